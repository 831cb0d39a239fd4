# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Results as Krita's layers. All of them are made apart from the document and go in as one group, which is one
# step of undo.
import array
import json
import operator

from krita import Selection
from PyQt5.QtCore import QByteArray

from . import bench as b
from . import coverage as c
from . import jobs, picture, undo
from . import protocol as p
from .course import Pause, firmly
from .nodes import by_id, has_masks, idle
from .refusal import Refusal

ACTIVE_MS, SETTLED_MS = 100, 50
OPAQUE = {"U8": 255, "U16": 65535, "F16": 0x3C00, "F32": 1.0}


class Made:
    """A layer that is not in the document yet, its masks, and what is to be stored with it."""

    def __init__(self, name, node, masks, record):
        self.name, self.node, self.masks, self.record = name, node, masks, record


def _opacity(read, x, y, width, rows):
    """Alphas of a part of the picture, 0 to 1, or None where all of it is opaque."""
    values = []
    for row in range(y, y + rows):
        values.extend(read.values(read.row(x, row, width), read.channels - 1, read.channels))
    return None if min(values) >= 1.0 else values


def _shown(mask, limit, read, x, y, width, rows):
    """A band of a mask, below the selection and times the source's own opacity. x, y in the picture."""
    if limit is not None:
        left, top = x + read.rect[0], y + read.rect[1]
        level = b"".join(limit.row(left, top + row, width) for row in range(rows))
        mask = array.array("f", map(min, mask, c.levels(level)))
    opacity = _opacity(read, x, y, width, rows)
    return mask if opacity is None else array.array("f", map(operator.mul, mask, opacity))


def _area(message):
    shape = p.first(message, p.F_PIXELS).shape
    return shape[0] * shape[1]


def build(document, source, read, messages, job, limit):
    """[Made] of layer messages, the largest first; a generator. source: the layer that was read, or None."""
    # In the document's own colours: a layer of others would cost a step of undo.
    converter = b.Converter(b.new(), b.Space(source or document), b.Space(document))
    made = []
    for message in sorted(messages, key=_area, reverse=True):
        made.append((yield from _build_one(document, source, converter, read, message, job, limit)))
    return made


def _build_one(document, source, converter, read, message, job, limit):
    pixels, mask = p.first(message, p.F_PIXELS), p.first(message, p.F_MASK)
    x, y, name = p.first(message, p.F_X), p.first(message, p.F_Y), p.first(message, p.F_NAME, "Burin")
    width, height = pixels.shape[1], pixels.shape[0]
    place = [x + read.rect[0], y + read.rect[1], width, height]
    node, space = document.createNode(name, "paintlayer"), b.Space(document)
    masked = has_masks(document)
    selection, coverage = Selection() if masked else None, []
    alpha = read.channels - 1
    for top, rows, values in picture.layer_bands(pixels, mask, read.channels):
        values[alpha :: alpha + 1] = _shown(values[alpha :: alpha + 1], limit, read, x, y + top, width, rows)
        yield
        raw = converter.convert(values, width, rows)
        yield
        eight = picture.eight_bit(picture.alpha_of(raw, space.channels, space.bits), space.depth)
        coverage.append(eight)
        if masked:
            selection.setPixelData(QByteArray(eight), place[0], place[1] + top, width, rows)
            raw = picture.with_alpha(raw, space.channels, space.bits, OPAQUE[space.depth])
        node.setPixelData(QByteArray(raw), place[0], place[1] + top, width, rows)
        yield
    masks = []
    if masked:
        masks.append(document.createTransparencyMask("Mask"))
        masks[0].setSelection(selection)
    record = jobs.record_of(job, p.first(message, p.F_ID), "layer" if source else "visible",
                            source.uniqueId().toString() if source else "", read.rect, place)
    record["crop"] = yield from picture.hash_of(read, x, y, width, height)
    record["mask"] = c.Coverage(*place, b"".join(coverage)).hash()
    return Made(name, node, masks, record)


def rebuild(document, old, source, read, message, job, place):
    """Made that takes the place of a layer: its alpha and its masks are the old ones; a generator."""
    pixels, mask = p.first(message, p.F_PIXELS), p.first(message, p.F_MASK)
    x, y, name = p.first(message, p.F_X), p.first(message, p.F_Y), p.first(message, p.F_NAME, "Burin")
    width = pixels.shape[1]
    space = b.Space(old)
    node = document.createNode(name, "paintlayer")
    space.put(node)
    converter = b.Converter(b.new(), b.Space(source or document), space)
    for top, rows, values in picture.layer_bands(pixels, mask, read.channels):
        values[read.channels - 1 :: read.channels] = array.array("f", [1.0]) * (width * rows)
        raw = converter.convert(values, width, rows)
        yield
        at = (place[0], place[1] + top, width, rows)
        alpha = picture.alpha_of(bytes(old.pixelData(*at)), space.channels, space.bits)
        node.setPixelData(QByteArray(picture.with_alpha(raw, space.channels, space.bits, alpha)), *at)
        yield
    masks = [child.duplicate() for child in old.childNodes()]
    for kept in ("Opacity", "BlendingMode", "Visible", "ColorLabel", "InheritAlpha"):
        getattr(node, "set" + kept)(getattr(old, kept[0].lower() + kept[1:])())
    before = record(document, old)
    after = jobs.record_of(job, p.first(message, p.F_ID), before["source"], before["source_id"], read.rect, place)
    after["crop"] = yield from picture.hash_of(read, x, y, place[2], place[3])
    after["mask"] = before.get("mask")
    return Made(name, node, masks, after)


def insert(document, above, made):
    """A group of them directly above a layer, or at the top where that is None or no longer there; a generator."""
    bench = b.new()
    group = document.createGroupLayer("Burin")
    # Krita shows a group that comes with its layers only if it has no picture of its own.
    group.setPassThroughMode(True)
    holder = b.held(bench, group)
    for each in made:
        _add_masks(bench, each)
        holder.addChildNode(each.node, None)
        yield
    yield from idle(document)
    yield from firmly(_put_in(document, group, above, made))


def _put_in(document, group, above, made):
    if above and above.parentNode() is None:
        above = None
    parent = above.parentNode() if above else document.rootNode()
    # Until it is drawn with its masks; without any it is drawn as it goes in.
    group.setVisible(not _masked(made))
    parent.addChildNode(group, above or _top(parent))
    for each in made:
        store(document, each.node, each.record)
    yield from _settled(document)
    group.setVisible(True)
    _show(document, made)
    # Krita makes the new group active a little later; the next run is to read the source again.
    yield Pause(ACTIVE_MS)
    if above:
        document.setActiveNode(above)


def _settled(document):
    """Until Krita has drawn what was changed, its canvas and its own dockers, which may come later than the picture: the
    next change would have to wait for all of that at once; a generator."""
    yield Pause(SETTLED_MS)
    yield from idle(document)


def _masked(made):
    return any(each.masks for each in made)


def _show(document, made):
    document.setModified(True)
    if _masked(made):
        # A layer that comes with a mask is shown without it until all is drawn anew.
        document.refreshProjection()


def _add_masks(bench, made):
    if made.masks:
        holder = b.held(bench, made.node)
        for mask in made.masks:
            holder.addChildNode(mask, None)


def _top(parent):
    children = [child for child in parent.childNodes() if not child.type().endswith("mask")]
    return children[-1] if children else None


def replace(document, old, made):
    """A layer in the place of another: two steps for Krita, which undo.py joins; a generator. What is stored with the
    old one stays, for whoever takes them back."""
    _add_masks(b.new(), made)
    yield from idle(document)
    yield from firmly(_change_places(document, old, made))


def _change_places(document, old, made):
    old.parentNode().addChildNode(made.node, old)
    # Joined while both are there: whoever takes a step back now takes one.
    undo.join(document, old.uniqueId().toString(), made.node.uniqueId().toString())
    store(document, made.node, made.record)
    yield from _settled(document)
    if by_id(document.rootNode(), made.node.uniqueId().toString()) is None:
        raise Refusal("The new layer was taken back meanwhile, so nothing changed.")
    old.remove()
    yield from _settled(document)
    _show(document, [made])
    yield Pause(ACTIVE_MS)
    document.setActiveNode(made.node)


def _key(node):
    return jobs.RECORD + node.uniqueId().toString()


def store(document, node, record):
    record["position"] = [node.position().x(), node.position().y()]
    text = json.dumps(record, ensure_ascii=False).encode("utf-8")
    document.setAnnotation(_key(node), "Burin layer", QByteArray(text))


def record(document, node):
    """What is stored with a layer, or None."""
    if node is None or _key(node) not in document.annotationTypes():
        return None
    return jobs.read_record(document.annotation(_key(node)))


def shown(node, place):
    """Coverage of what a layer shows: its alpha times its masks; a generator."""
    own = yield from picture.read(node, place, own=True)
    parts = []
    for data in own.parts:
        parts.append(picture.eight_bit(picture.alpha_of(data, own.channels, own.bits), node.colorDepth()))
        yield
    coverage = c.Coverage(*place, b"".join(parts))
    for child in node.childNodes():
        if child.type() == "transparencymask" and child.visible():
            pixels = child.selection().pixelData if hasattr(child, "selection") else child.pixelData
            coverage = yield from c.times(coverage, (yield from c.read(pixels, *place)))
    return coverage
