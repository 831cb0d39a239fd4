# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Runs the cases in the real Krita when it is up, and ends it.
import importlib
import os
import traceback

from krita import Extension, Krita
from PyQt5.QtCore import QTimer

from .support import say

READY_MS, TRIES = 200, 100


class Tests(Extension):
    def setup(self):
        self._tries = 0

    def createActions(self, window):
        QTimer.singleShot(READY_MS, self.begin)

    def begin(self):
        docker = next((d for d in Krita.instance().dockers() if d.objectName() == "burin_docker"), None)
        self._tries += 1
        if docker is None and self._tries < TRIES:
            return QTimer.singleShot(READY_MS, self.begin)
        say("KRITA " + Krita.instance().version())
        module = importlib.import_module("burin_test." + os.environ.get("BURIN_TEST_CASES", "cases"))
        self._cases = module.cases(docker)
        self.step()

    def step(self):
        try:
            QTimer.singleShot(next(self._cases), self.step)
        except StopIteration:
            say("END")
            for document in Krita.instance().documents():
                document.setBatchmode(True)
                document.setModified(False)
            Krita.instance().action("file_quit").trigger()
        except Exception:
            say("FAIL the cases ended early: " + traceback.format_exc().replace("\n", " | "))
            say("END")
            os._exit(1)


Krita.instance().addExtension(Tests(Krita.instance()))
