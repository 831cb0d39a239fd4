# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What the cases say and look at. Every check is a line "PASS name" or "FAIL name what" of $BURIN_TEST_RESULTS.
import os
import socket
import struct
import time

from krita import Krita
from PyQt5.QtCore import QByteArray, QTimer
from PyQt5.QtWidgets import QApplication

RESULTS = open(os.environ["BURIN_TEST_RESULTS"], "w", buffering=1)
FOLDER = os.environ["BURIN_TEST_FOLDER"]
WAITING = os.environ["BURIN_TEST_WAITING"]
RGB_PROFILE, GREY_PROFILE = "sRGB-elle-V2-srgbtrc.icc", "Gray-D50-elle-V2-srgbtrc.icc"
WIDTH, HEIGHT = 160, 120
BROWN = (200, 100, 50)
FACES = ((20, 30, 60, 75), (100, 30, 120, 60))  # where the painting engine finds them
LONGEST_S = 60
FORMATS = {"U8": "B", "U16": "H", "F16": "e", "F32": "f"}
MOST = {"U8": 255, "U16": 65535, "F16": 1.0, "F32": 1.0}


def say(line):
    RESULTS.write(line + "\n")


def check(name, ok, what=""):
    say(("PASS " if ok else "FAIL ") + name + ("" if ok else " " + str(what)))


def levels(colour, seed):
    """What the painting engine makes of a colour: an even seed its opposite, an odd one half of it."""
    return tuple(255 - v if seed % 2 == 0 else v / 2 for v in colour)


def pack(depth, colour, grey=False, alpha=255):
    most = MOST[depth]
    values = [v * most / 255 for v in ((colour[0], alpha) if grey else (*colour, alpha))]
    if not depth.startswith("F"):
        values = [round(v) for v in values]
        if not grey:
            values[0], values[2] = values[2], values[0]
    return struct.pack("<%d%s" % (len(values), FORMATS[depth]), *values)


def seen(document, x, y):
    """The picture's colours there, 0 to 255."""
    document.waitForDone()
    data = bytes(document.pixelData(x, y, 1, 1))
    depth = document.colorDepth()
    values = [v * 255 / MOST[depth] for v in struct.unpack("<%d%s" % (len(data) // struct.calcsize(FORMATS[depth]), FORMATS[depth]), data)]
    if len(values) == 2:
        return (values[0],)
    return tuple(values[:3] if depth.startswith("F") else (values[2], values[1], values[0]))


def near(a, b, by=1.0):
    return all(abs(x - y) <= by for x, y in zip(a, b))


def whole(holder):
    return bytes(holder.pixelData(0, 0, WIDTH, HEIGHT))


def outside(before, after, boxes):
    """Whether all bytes outside the boxes are the same."""
    pixel = len(before) // (WIDTH * HEIGHT)
    before, after = bytearray(before), bytearray(after)
    for x1, y1, x2, y2 in boxes:
        for y in range(y1, y2):
            for data in (before, after):
                data[(y * WIDTH + x1) * pixel : (y * WIDTH + x2) * pixel] = bytes(pixel * (x2 - x1))
    return before == after


def open_document(depth="U8", grey=False, width=WIDTH, height=HEIGHT, colour=BROWN):
    krita = Krita.instance()
    document = krita.createDocument(width, height, "test", "GRAYA" if grey else "RGBA", depth,
                                    GREY_PROFILE if grey else RGB_PROFILE, 72.0)
    krita.activeWindow().addView(document)
    node = document.topLevelNodes()[0]
    node.setLocked(False)
    row = QByteArray(pack(depth, colour, grey) * width)
    for y in range(height):
        node.setPixelData(row, 0, y, width, 1)
    document.refreshProjection()
    document.waitForDone()
    yield from activate(document, node)
    return document, node


def documents():
    """Those that a user has opened."""
    return [each for each in Krita.instance().documents() if each.name() != "Burin"]


def close(document):
    document.setBatchmode(True)
    document.setModified(False)
    document.close()
    yield 20


def activate(document, node):
    """Krita makes a node active a little later."""
    end = time.monotonic() + 5
    document.setActiveNode(node)
    yield 20
    while (document.activeNode() is None or document.activeNode().uniqueId() != node.uniqueId()) and time.monotonic() < end:
        document.setActiveNode(node)
        yield 20


def ended(docker):
    end = time.monotonic() + LONGEST_S
    while docker.busy() and time.monotonic() < end:
        yield 10


def run(docker, command, node=None):
    if node is not None:
        yield from activate(Krita.instance().activeDocument(), node)
    command()
    yield from ended(docker)
    Krita.instance().activeDocument().waitForDone()
    yield 10


def until_waiting(docker):
    """Until the engine waits in the middle of a job."""
    end = time.monotonic() + LONGEST_S
    while not os.path.exists(WAITING) and docker.busy() and time.monotonic() < end:
        yield 10
    if os.path.exists(WAITING):
        os.remove(WAITING)


def worker_pid():
    with socket.socket(socket.AF_UNIX) as worker:
        worker.connect(os.path.join(os.environ["XDG_RUNTIME_DIR"], "burin", "worker-1.sock"))
        return struct.unpack("3i", worker.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


def step(document, action):
    """edit_undo or edit_redo."""
    Krita.instance().action(action).trigger()
    for _ in range(2):  # a second step may follow the first
        yield 50
        document.waitForDone()
    yield 30


def told(docker):
    """Until the program burin has said what was asked."""
    end = time.monotonic() + LONGEST_S
    while docker.form.catalogue.busy() and time.monotonic() < end:
        yield 20
    yield 20


def choose(choice, name):
    index = choice.findText(name)
    choice.setCurrentIndex(index)
    choice.activated[int].emit(index)


def names(document):
    return [node.name() for node in document.topLevelNodes()]


def group_of(document):
    return next((node for node in document.topLevelNodes() if node.name() == "Burin"), None)


def floating_messages():
    return [each for each in QApplication.topLevelWidgets() if each.metaObject().className() == "KisFloatingMessage"]


class Gaps:
    """The longest time between two turns of the event loop, and the longest that this thread worked then."""

    def __init__(self):
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)
        self.reset()

    def stop(self):
        self._timer.stop()

    def reset(self):
        self.longest = self.work = 0.0
        self._last, self._worked = time.monotonic(), time.thread_time()

    def _tick(self):
        now, worked = time.monotonic(), time.thread_time()
        self.longest, self._last = max(self.longest, now - self._last), now
        self.work, self._worked = max(self.work, worked - self._worked), worked

    def __str__(self):
        return "%.0f ms, of work %.0f ms" % (1000 * self.longest, 1000 * self.work)
