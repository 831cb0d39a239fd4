# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Drives Burin's docker in the real Krita, with the painting engine in the worker: an even seed turns colours
# to their opposite. Every check is a line "PASS name" or "FAIL name" of $BURIN_TEST_RESULTS.
import os
import struct
import time

from krita import Extension, Krita
from PyQt5.QtCore import QByteArray, QTimer

RESULTS = open(os.environ["BURIN_TEST_RESULTS"], "w", buffering=1)
FOLDER = os.environ["BURIN_TEST_FOLDER"]
PROFILE = "sRGB-elle-V2-srgbtrc.icc"
WIDTH, HEIGHT = 160, 120
BROWN, OPPOSITE, HALVED = (200, 100, 50), (55, 155, 205), (100, 50, 25)


def say(line):
    RESULTS.write(line + "\n")


def check(name, ok, what=""):
    say(("PASS " if ok else "FAIL ") + name + ("" if ok else " " + str(what)))


def pixel_of(depth, colour, alpha=255):
    values = (*colour, alpha)
    if depth == "F32":
        return struct.pack("<4f", *(v / 255 for v in values))
    b_first = (colour[2], colour[1], colour[0], alpha)
    if depth == "U16":
        return struct.pack("<4H", *(v * 257 for v in b_first))
    return bytes(b_first)


def seen(document, x, y):
    data = bytes(document.pixelData(x, y, 1, 1))
    if document.colorDepth() == "F32":
        return tuple(round(v * 255) for v in struct.unpack("<4f", data)[:3])
    b, g, r = struct.unpack("<4H", data)[:3] if document.colorDepth() == "U16" else data[:3]
    return tuple(round(v / 257) for v in (r, g, b)) if document.colorDepth() == "U16" else (r, g, b)


def near(a, b):
    return all(abs(x - y) <= 1 for x, y in zip(a, b))


def open_document(depth):
    krita = Krita.instance()
    document = krita.createDocument(WIDTH, HEIGHT, "test", "RGBA", depth, PROFILE, 72.0)
    krita.activeWindow().addView(document)
    node = document.topLevelNodes()[0]
    node.setLocked(False)
    node.setPixelData(QByteArray(pixel_of(depth, BROWN) * (WIDTH * HEIGHT)), 0, 0, WIDTH, HEIGHT)
    document.setActiveNode(node)
    document.refreshProjection()
    document.waitForDone()
    return document, node


class Gaps:
    """The longest time between two turns of the event loop."""

    def __init__(self):
        self.longest, self._last = 0.0, time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)

    def _tick(self):
        now = time.monotonic()
        self.longest, self._last = max(self.longest, now - self._last), now


def run(docker, command, node=None):
    """Starts a command, with a node active, and waits for its end: for use with yield from."""
    if node is not None:
        Krita.instance().activeDocument().setActiveNode(node)
        yield 300
    command()
    end = time.monotonic() + 60
    while docker.busy() and time.monotonic() < end:
        yield 20


def cases(docker):
    for depth in ("U8", "U16", "F32"):
        document, node = open_document(depth)
        yield 300
        docker._seed.setText("2")
        docker._prompt.setText("")
        before = len(document.topLevelNodes())
        yield from run(docker, docker.find_faces, node)
        check(depth + ": two faces are listed", len(docker._rows) == 2, docker.note())
        yield from run(docker, docker.detail_faces)
        document.waitForDone()
        yield 200
        group = document.topLevelNodes()[-1]
        check(depth + ": a group above the source", group.name() == "Burin" and len(document.topLevelNodes()) == before + 1, docker.note())
        check(depth + ": two layers", len(group.childNodes()) == 2)
        check(depth + ": inside", near(seen(document, 40, 50), OPPOSITE), seen(document, 40, 50))
        check(depth + ": first pixel inside the edge", near(seen(document, 20, 30), OPPOSITE), seen(document, 20, 30))
        check(depth + ": pixel before the edge", near(seen(document, 19, 30), BROWN), seen(document, 19, 30))
        check(depth + ": outside", near(seen(document, 150, 110), BROWN), seen(document, 150, 110))
        check(depth + ": the source is as it was", bytes(node.pixelData(40, 50, 1, 1)) == pixel_of(depth, BROWN))
        check(depth + ": named by face, strength and seed", group.childNodes()[0].name() == "Face 1 \u00b7 0.40 \u00b7 seed 2", group.childNodes()[0].name())
        check(depth + ": of the document's depth", group.childNodes()[0].colorDepth() == depth)
        Krita.instance().action("edit_undo").trigger()
        document.waitForDone()
        yield 300
        check(depth + ": one step of undo takes it away", near(seen(document, 40, 50), BROWN), seen(document, 40, 50))
        Krita.instance().action("edit_redo").trigger()
        document.waitForDone()
        yield 300
        if depth != "U8":
            document.setBatchmode(True)
            document.setModified(False)
            document.close()
            yield 200
    document, node = open_document("U8")
    yield 300
    yield from run(docker, docker.detail_selection)
    check("selection: needed", docker.note().startswith("Nothing is selected"), docker.note())
    from krita import Selection

    selection = Selection()
    selection.select(50, 40, 30, 20, 255)
    selection.select(50, 40, 10, 20, 128)
    document.setSelection(selection)
    document.setActiveNode(node)
    yield 200
    yield from run(docker, docker.detail_selection)
    document.waitForDone()
    yield 200
    check("selection: inside", near(seen(document, 70, 50), OPPOSITE), (seen(document, 70, 50), docker.note()))
    check("selection: last pixel inside", near(seen(document, 79, 59), OPPOSITE), seen(document, 79, 59))
    check("selection: half selected is half redrawn", abs(seen(document, 55, 50)[0] - 127) <= 3, seen(document, 55, 50))
    check("selection: outside", near(seen(document, 80, 60), BROWN), seen(document, 80, 60))
    document.setSelection(None)
    docker._prompt.setText("wait")
    document.setActiveNode(node)
    yield 300
    count = len(document.topLevelNodes())
    docker.detail_faces()
    started = time.monotonic()
    while not os.path.exists(os.environ["BURIN_TEST_WAITING"]) and time.monotonic() < started + 20:
        yield 20
    yield 1000
    docker.cancel()
    yield 500
    check("cancel: said", docker.note().startswith("Cancelled"), docker.note())
    check("cancel: nothing changed", len(document.topLevelNodes()) == count)
    docker._prompt.setText("")
    yield from run(docker, docker.detail_faces, node)
    check("after a cancel: the next run works", len(document.topLevelNodes()) == count + 1, docker.note())
    document.setBatchmode(True)
    path = os.path.join(FOLDER, "reopen.kra")
    document.saveAs(path)
    document.waitForDone()
    document.setModified(False)
    document = Krita.instance().openDocument(path)
    Krita.instance().activeWindow().addView(document)
    yield 500
    group = next(each for each in document.topLevelNodes() if len(each.childNodes()) == 2)
    layer = group.childNodes()[0]
    docker._seed.setText("3")
    yield from run(docker, docker.redraw_layer, layer)
    document.waitForDone()
    yield 300
    group = next(each for each in document.topLevelNodes() if each.uniqueId() == group.uniqueId())
    check("re-opened: redrawn in its place", len(group.childNodes()) == 2 and near(seen(document, 40, 40), HALVED),
          (seen(document, 40, 40), docker.note()))
    check("re-opened: outside", near(seen(document, 150, 110), BROWN), seen(document, 150, 110))
    yield from run(docker, docker.redraw_layer, document.topLevelNodes()[0])
    check("a layer of others: refused", "was not made by Burin" in docker.note(), docker.note())
    shot = os.environ.get("BURIN_TEST_SHOT")
    if shot:
        yield from run(docker, docker.find_faces)
        yield 500
        docker.grab().save(shot)
    big = Krita.instance().createDocument(1536, 1536, "big", "RGBA", "U8", PROFILE, 72.0)
    Krita.instance().activeWindow().addView(big)
    yield 500
    gaps = Gaps()
    docker._seed.setText("2")
    big.setActiveNode(big.topLevelNodes()[0])
    yield 500
    gaps.longest = 0.0
    yield from run(docker, docker.detail_faces)
    check("a large picture is redrawn", "2 redrawn" in docker.note(), docker.note())
    say("GAP %.1f ms" % (1000 * gaps.longest))
    for each in Krita.instance().documents():
        each.setBatchmode(True)
        each.setModified(False)


class Tests(Extension):
    def setup(self):
        pass

    def createActions(self, window):
        QTimer.singleShot(3000, self.begin)

    def begin(self):
        docker = next(d for d in Krita.instance().dockers() if d.objectName() == "burin_docker")
        self._cases = cases(docker)
        self.step()

    def step(self):
        try:
            QTimer.singleShot(next(self._cases), self.step)
        except StopIteration:
            say("END")
            Krita.instance().action("file_quit").trigger()
        except Exception as error:
            import traceback

            say("FAIL the cases ended early: " + traceback.format_exc().replace("\n", " | "))
            say("END")
            os._exit(1)


Krita.instance().addExtension(Tests(Krita.instance()))
