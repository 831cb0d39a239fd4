# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# How long the canvas stands still during whole runs (BURIN_TEST_CASES=gaps), beside what Krita needs itself for a
# new layer, and which part of the docker's own work took longest.
import os
import sys
import time

from burin_krita import bench, connection, course
from krita import Krita, Selection
from PyQt5.QtCore import QEvent

from .support import Gaps, close, group_of, open_document, run, say, told

RUNS = 3
SIZES = ((1024, 1024, "U8"), (1024, 1024, "F32"), (4000, 3000, "U8"))


class Longest:
    """The longest piece of the docker's work that nothing came between."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.seconds, self.where = 0.0, "-"

    def add(self, begin, where):
        took = time.monotonic() - begin
        if took > self.seconds:
            self.seconds, self.where = took, where

    def __str__(self):
        return "longest piece %.0f ms from %s" % (1000 * self.seconds, self.where)


LONGEST = Longest()


def _place(work):
    while getattr(work, "gi_yieldfrom", None) is not None:
        work = work.gi_yieldfrom
    frame = getattr(work, "gi_frame", None)
    return "-" if frame is None else "%s:%d" % (os.path.basename(frame.f_code.co_filename), frame.f_lineno)


class Timed:
    """A run whose steps are timed."""

    def __init__(self, work):
        self._work = work

    def send(self, value):
        return self._do(self._work.send, value)

    def throw(self, error):
        return self._do(self._work.throw, error)

    def _do(self, call, value):
        where, begin = _place(self._work), time.monotonic()
        try:
            return call(value)
        finally:
            LONGEST.add(begin, where)


def _watch():
    """Times the steps of runs and the turns of the connection."""
    begin_course = course.Course.__init__

    def watched(self, work, *rest):
        begin_course(self, Timed(work), *rest)

    course.Course.__init__ = watched
    for name in ("_read", "_write", "_greet"):
        setattr(connection.Request, name, _timed(getattr(connection.Request, name), name))


class Places(Gaps):
    """Where the docker was, if it was, before and after the longest gap."""

    def reset(self):
        super().reset()
        self.places, self._before = "", "-"

    def _tick(self):
        frame, here, longest = sys._getframe(), "-", self.longest
        while frame is not None and here == "-":
            name = frame.f_code.co_filename
            if "burin_krita" in name:
                here = "%s:%d" % (os.path.basename(name), frame.f_lineno)
            frame = frame.f_back
        super()._tick()
        if self.longest > longest:
            self.places = "(%s to %s)" % (self._before, here)
        self._before = here

    def __str__(self):
        return super().__str__() + " " + self.places


def _timed(call, name):
    def timed(self, *rest):
        begin = time.monotonic()
        try:
            return call(self)
        finally:
            LONGEST.add(begin, "Request." + name)

    return timed


def cases(docker):
    _watch()
    docker.form.seed.setText("2")
    wanted = os.environ.get("BURIN_TEST_ONLY", "").split()
    gaps = Places()

    def look(name, *also):
        say("GAP %s: longest %s %s" % (name, gaps, " ".join(map(str, also))))

    for width, height, depth in SIZES:
        if wanted and str(width) not in wanted and depth not in wanted:
            continue
        document, node = yield from open_document(depth, width=width, height=height)
        size = "%d x %d %s, " % (width, height, depth)
        yield 2000
        gaps.reset()
        first = bench._seed is None
        docker.enterEvent(QEvent(QEvent.Enter))
        yield 1000
        look(size + "mouse over the docker", "first" if first else "")
        gaps.reset()
        docker.form.advanced.setChecked(True)
        yield from told(docker)
        look(size + "advanced opened")
        docker.form.advanced.setChecked(False)
        for name in ("idle", "add_new_paint_layer", "edit_undo"):
            gaps.reset()
            if name != "idle":
                Krita.instance().action(name).trigger()
            yield 1000
            look(size + name)
        for _ in range(RUNS):
            yield from _rounds(docker, document, node, gaps, lambda name: look(size + name, LONGEST, docker.note()))
        yield from close(document)
    gaps.stop()


def _rounds(docker, document, node, gaps, look):
    def over(name, command, active):
        gaps.reset()
        LONGEST.reset()
        if command:
            yield from run(docker, command, active)
        else:
            Krita.instance().action("edit_undo").trigger()
        yield 700
        look(name)

    yield from over("find", docker.find_faces, node)
    yield from over("detail", docker.detail_faces, node)
    layer = group_of(document).childNodes()[0]
    yield from over("edit", docker.edit_layer, layer)
    yield from over("redraw", docker.redraw_layer, layer)
    for _ in range(2):
        yield from over("undo", None, node)
    selection = Selection()
    width, height = document.width(), document.height()
    selection.select(width // 4, height // 4, width // 4, height // 4, 255)
    selection.select(5 * width // 8, height // 4, width // 8, height // 8, 255)
    document.setSelection(selection)
    yield from over("selection", docker.detail_selection, node)
    yield from over("undo", None, node)
    Krita.instance().action("deselect").trigger()
    yield 300
