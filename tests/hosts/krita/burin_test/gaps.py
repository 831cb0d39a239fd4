# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# How long the canvas stands still during whole runs (BURIN_TEST_CASES=gaps), beside what Krita needs itself for a
# new layer.
from krita import Krita
from PyQt5.QtCore import QEvent

from .support import Gaps, close, open_document, run, say

RUNS = 3


def cases(docker):
    docker.form.seed.setText("2")
    for width, height, depth in ((1024, 1024, "U8"), (1024, 1024, "F32"), (4000, 3000, "U8")):
        document, node = yield from open_document(depth, width=width, height=height)
        docker.enterEvent(QEvent(QEvent.Enter))
        yield 3000
        gaps = Gaps()
        size = "%d x %d %s, " % (width, height, depth)
        for name in ("idle", "add_new_paint_layer", "edit_undo"):
            gaps.reset()
            if name != "idle":
                Krita.instance().action(name).trigger()
            yield 2000
            say("GAP %s%s: longest %s" % (size, name, gaps))
        for _ in range(RUNS):
            for name, command in (("find", docker.find_faces), ("detail", docker.detail_faces), ("undo", None)):
                gaps.reset()
                if command:
                    yield from run(docker, command, node)
                else:
                    Krita.instance().action("edit_undo").trigger()
                yield 1000
                say("GAP %s%s: longest %s %s" % (size, name, gaps, docker.note()))
        gaps.stop()
        yield from close(document)
