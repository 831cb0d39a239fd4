# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Results as Krita's layers. Krita's scripts cannot put steps of undo together: all layers go into a
# group that is not in the document yet, and the group goes in last, as one step.
import array
import json

from PyQt5.QtCore import QByteArray, QTimer

from . import jobs, picture
from . import protocol as p

ACTIVE_MS = 100


def _put(holder, node, x, y, bands, width):
    # Floats first, in the picture's own profile; Krita converts to the depth itself.
    model, depth, profile = holder.colorModel(), holder.colorDepth(), holder.colorProfile()
    node.setColorSpace(model, "F32", profile)
    for top, rows, data in bands:
        node.setPixelData(QByteArray(data), x, y + top, width, rows)
        yield
    if depth != "F32":
        node.setColorSpace(model, depth, profile)
        yield


def _limited_bands(bands, tensor_width, tensor_height, channels, limit, source, x, y):
    """Bands with their alpha below the selection and times the source's own."""
    for top, rows, data in bands:
        values = array.array("f")
        values.frombytes(data)
        shown = values[channels - 1 :: channels]
        if limit is not None:
            level = b"".join(limit.row(x, y + top + row, tensor_width) for row in range(rows))
            shown = jobs.limited(shown, [value / 255.0 for value in level], jobs.LEAST)
        opacity = _opacity(source, x, y + top, tensor_width, rows)
        if opacity is not None:
            shown = jobs.limited(shown, opacity, jobs.TIMES)
        values[channels - 1 :: channels] = shown
        yield top, rows, values.tobytes()


def _opacity(source, x, y, width, rows):
    """Alpha of the picture as floats, or None where all of it is opaque. x, y in the picture."""
    channels, kind = source.shape[2], {8: "B", 16: "H", 32: "f"}[source.bits]
    if source.code == p.DL_FLOAT and source.bits == 16:
        return None
    most = 1.0 if kind == "f" else float((1 << source.bits) - 1)
    pixel = channels * source.bits // 8
    out = []
    for row in range(y, y + rows):
        start = (row * source.shape[1] + x) * pixel
        line = array.array(kind)
        line.frombytes(source.data[start : start + width * pixel])
        out.extend(line[channels - 1 :: channels])
    if min(out) >= most:
        return None
    return [value / most for value in out]


def build(document, holder, source, rect, results, job, limit):
    """Layers of `results` (fields of layer messages), detached; a generator that returns
    [(node, record)]. rect: [x, y, w, h] of the picture; limit: Coverage in its coordinates or None."""
    made = []
    ordered = sorted(results, key=lambda f: -_area(p.first(f, p.F_PIXELS)))
    for fields in ordered:
        pixels, mask = p.first(fields, p.F_PIXELS), p.first(fields, p.F_MASK)
        height, width = pixels.shape[0], pixels.shape[1]
        x, y = p.first(fields, p.F_X), p.first(fields, p.F_Y)
        grey = holder.colorModel() == "GRAYA"
        bands = picture.grey_bands(pixels, mask) if grey else picture.rgba_bands(pixels, mask)
        bands = _limited_bands(bands, width, height, 2 if grey else 4, limit, source, x, y)
        node = document.createNode(p.first(fields, p.F_NAME, "Burin"), "paintlayer")
        yield from _put(holder, node, rect[0] + x, rect[1] + y, bands, width)
        position = [node.position().x(), node.position().y()]
        kept = jobs.record_of(job, p.first(fields, p.F_ID), rect, [rect[0] + x, rect[1] + y, width, height],
                              picture.hash_of(source, x, y, width, height), position)
        kept["source_id"] = holder.uniqueId().toString()
        made.append((node, kept))
        yield
    return made


def _area(tensor):
    return tensor.shape[0] * tensor.shape[1]


def insert(document, above, made):
    """A group of them directly above a node."""
    group = document.createGroupLayer("Burin")
    for node, _ in made:
        group.addChildNode(node, None)
    above.parentNode().addChildNode(group, above)
    for node, record in made:
        store(document, node, record)
    document.refreshProjection()
    # Krita makes the new group active a little later; the next run is to read the source again.
    QTimer.singleShot(ACTIVE_MS, lambda: document.setActiveNode(above))
    return group


def replace(document, old, node, record):
    """A layer in the place of another."""
    node.setOpacity(old.opacity())
    node.setBlendingMode(old.blendingMode())
    old.parentNode().addChildNode(node, old)
    forget(document, old)
    old.remove()
    store(document, node, record)
    document.setActiveNode(node)
    document.refreshProjection()


def _key(node):
    return jobs.RECORD + node.uniqueId().toString()


def store(document, node, record):
    text = json.dumps(record, ensure_ascii=False).encode("utf-8")
    document.setAnnotation(_key(node), "Burin layer", QByteArray(text))


def forget(document, node):
    document.removeAnnotation(_key(node))


def record(document, node):
    """What is stored with a layer, or None."""
    if node is None or _key(node) not in document.annotationTypes():
        return None
    return jobs.read_record(document.annotation(_key(node)))
