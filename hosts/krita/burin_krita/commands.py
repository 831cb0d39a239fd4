# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The commands of the docker, as runs (course.py): each reads what it needs, asks the worker and puts layers
# into the document.
import json
import os
import tempfile

from krita import Krita

from . import coverage as c
from . import jobs, layers, picture
from . import protocol as p
from . import settings as s
from .course import Ask
from .nodes import by_id, check_open, idle
from .refusal import Refusal

SOURCES = ("paintlayer", "grouplayer", "filelayer", "clonelayer", "vectorlayer", "filllayer")
DONE = 1


def _scratch():
    """A private folder for masks."""
    return tempfile.TemporaryDirectory(prefix="burin-", dir=os.environ.get("XDG_RUNTIME_DIR") or None)


def _document():
    document = Krita.instance().activeDocument()
    if document is None:
        raise Refusal("No document is open; open one first.")
    if document.width() < 1 or document.height() < 1:
        raise Refusal("The document has no pixels.")
    return document


def _source(document, settings):
    """The layer that is read, or None for all that is visible."""
    node = document.activeNode()
    if settings["source"] == "visible":
        return None
    if node is None:
        raise Refusal("No layer is active; choose one first.")
    if node.type() not in SOURCES:
        raise Refusal("'%s' is a %s; choose a layer first." % (node.name(), _kind(node)))
    if node.locked():
        raise Refusal("The layer '%s' is locked; unlock it first." % node.name())
    return node


def _kind(node):
    name = node.type()
    return name[: -len("mask")] + " mask" if name.endswith("mask") else name.replace("layer", " layer")


def _read(document, node):
    """The picture of a layer, or of all that is visible; a generator."""
    rect = [0, 0, document.width(), document.height()]
    read = yield from picture.read(document if node is None else node, rect)
    check_open(document)
    return read


def _limit(document):
    """Coverage of the selection or None; a generator."""
    selection = document.selection()
    if selection is None or selection.width() < 1 or selection.height() < 1:
        return None
    box = (selection.x(), selection.y(), selection.width(), selection.height())
    return (yield from c.read(selection.pixelData, *box))


def _frame(kind, job, settings, read, profile, scratch, *more):
    """A request about a picture; a generator."""
    fields = [p.text(p.F_JOB, json.dumps(job)), p.text(p.F_BASE_DIR, scratch), read.field(p.F_IMAGE)]
    icc = yield from picture.profile_bytes(profile)
    if icc:
        fields.append(p.raw(p.F_ICC, icc))
    if settings["device"] != "auto":
        fields.append(p.text(p.F_DEVICE, settings["device"]))
    return p.frame(kind, *fields, *more)


class Found:
    """Faces of a layer of a document, or of all that is visible (node: None)."""

    def __init__(self, document, node, segs, masks):
        self.document, self.node, self.segs, self.masks = document, node, segs, masks

    def holds(self, settings):
        """Whether these are the faces of what would be read now."""
        document = Krita.instance().activeDocument()
        if document != self.document:
            return False
        if settings["source"] == "visible" or self.node is None:
            return settings["source"] == "visible" and self.node is None
        active = document.activeNode()
        return active is not None and active.uniqueId() == self.node.uniqueId()


def find(settings):
    """(Found, the picture)"""
    document = _document()
    node = _source(document, settings)
    with _scratch() as scratch:
        read = yield from _read(document, node)
        profile = (node or document).colorProfile()
        frame = yield from _frame(p.DETECT, jobs.detect_job(settings), settings, read, profile, scratch,
                                  p.text(p.F_MASKS_NAME, "faces.safetensors"))
        fields, _ = yield Ask(frame)
    segs = json.loads(p.first(fields, p.F_TEXT, "{}")).get("segs", [])
    return Found(document, node, segs, p.first(fields, p.F_MASKS)), read


def _detail(document, node, settings, job, read, scratch):
    """(job with all defaults, layer messages, sentence about those that were not made)"""
    # With its defaults, so that what is stored with a layer means the same later.
    complete = p.frame(p.COMPLETE_JOB, p.text(p.F_JOB, json.dumps(job)), p.text(p.F_BASE_DIR, scratch))
    fields, _ = yield Ask(complete)
    job = json.loads(p.first(fields, p.F_TEXT, "{}"))
    profile = (node or document).colorProfile()
    frame = yield from _frame(p.DETAIL, job, settings, read, profile, scratch)
    _, messages = yield Ask(frame)
    check_open(document)
    said = " ".join("%s: %s" % (p.first(each, p.F_NAME, ""), p.first(each, p.F_MESSAGE, ""))
                    for each in messages if p.first(each, p.F_LAYER_STATUS) != DONE)
    done = [each for each in messages if p.first(each, p.F_LAYER_STATUS) == DONE]
    if not done:
        raise Refusal(said or "The engine made no layer, so nothing changed.")
    return job, done, said


def _insert(document, node, settings, job, read, limit, scratch):
    job, done, said = yield from _detail(document, node, settings, job, read, scratch)
    made = yield from layers.build(document, node, read, done, job, limit)
    check_open(document)
    yield from layers.insert(document, node, made)
    return said or "%d redrawn." % len(made)


def detail_faces(settings, found, choices):
    document, node = found.document, found.node
    if node is not None and node.locked():
        raise Refusal("The layer '%s' is locked; unlock it first." % node.name())
    with _scratch() as scratch:
        read = yield from _read(document, node)
        limit = yield from _limit(document)
        job = jobs.faces_job(settings, found.segs, choices, read.rect, limit)
        if found.masks is not None:
            with open(os.path.join(scratch, "faces.safetensors"), "wb") as file:
                file.write(found.masks)
        return (yield from _insert(document, node, settings, job, read, limit, scratch))


def detail_selection(settings):
    document = _document()
    node = _source(document, settings)
    with _scratch() as scratch:
        limit = yield from _limit(document)
        if limit is None:
            raise Refusal("Nothing is selected; select what is to be redrawn first.")
        read = yield from _read(document, node)
        job = yield from jobs.selection_job(settings, limit, read.rect, scratch)
        return (yield from _insert(document, node, settings, job, read, limit, scratch))


class Opened:
    """A layer that Burin made, opened again."""

    def __init__(self, document, node, record, changed, painted):
        self.document, self.node, self.record = document, node, record
        self.changed, self.painted = changed, painted

    def settings(self):
        return s.of_job(self.record["job"])

    def about(self):
        text = "'%s' is edited." % self.node.name()
        if self.changed:
            text += " The picture below has changed since."
        if self.painted:
            text += " The mask was painted since; it is used and kept as it is."
        return text

    def place(self):
        """[x, y, width, height] where it lies now."""
        x, y, width, height = self.record["layer"]
        at, then = self.node.position(), self.record["position"]
        return [x + at.x() - then[0], y + at.y() - then[1], width, height]

    def source(self):
        """The layer it was made from; None: all that was visible."""
        if self.record.get("source") == "visible":
            return None
        source = by_id(self.document.rootNode(), self.record.get("source_id"))
        if source is None:
            raise Refusal("The layer that '%s' was made from is no longer there." % self.node.name())
        return source


def open_layer():
    document = _document()
    node = document.activeNode()
    if node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    record = layers.record(document, node)
    if record is None:
        raise Refusal("The active layer was not made by Burin; choose one that was.")
    if node.locked():
        raise Refusal("The layer '%s' is locked; unlock it first." % node.name())
    opened = Opened(document, node, record, False, False)
    source = opened.source()
    if source is not None:
        picture.check_colours(source)
        place = opened.place()
        below = yield from picture.read(source, place)
        opened.changed = (yield from picture.hash_of(below, 0, 0, *place[2:])) != record.get("crop")
    shown = yield from layers.shown(node, opened.place())
    opened.painted = shown.hash() != record.get("mask")
    return opened


def redraw(opened, settings):
    """Redraws it in its place, with the mask it has now."""
    document, node = opened.document, opened.node
    check_open(document)
    if by_id(document.rootNode(), node.uniqueId().toString()) is None:
        raise Refusal("The layer '%s' is no longer there." % node.name())
    source, place = opened.source(), opened.place()
    with _scratch() as scratch:
        if source is None:
            read = yield from _read_without(document, node)
        else:
            read = yield from _read(document, source)
        shown = yield from layers.shown(node, place)
        job = yield from jobs.rerun_job(opened.record, settings, place, read.rect, shown, scratch)
        job, done, _ = yield from _detail(document, source, settings, job, read, scratch)
    made = yield from layers.rebuild(document, node, source, read, done[0], job, place)
    check_open(document)
    yield from layers.replace(document, node, made)
    return "'%s' took its place." % made.name


def _read_without(document, node):
    """What is visible without Burin's group; a generator."""
    parent = node.parentNode()
    hidden = parent if parent != document.rootNode() else node
    was = hidden.visible()
    try:
        hidden.setVisible(False)
        document.refreshProjection()
        yield from idle(document)
        return (yield from _read(document, None))
    finally:
        hidden.setVisible(was)
        document.refreshProjection()


def release_memory():
    yield Ask(p.frame(p.RELEASE_MEMORY), start=False)
    return "Burin's models have left memory."
