# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Long work in short slices, so that the canvas stays alive: no thread may touch Krita's objects.
import time

from PyQt5.QtCore import QTimer

SLICE_SECONDS = 0.008


class Sliced:
    """Runs a generator a few milliseconds at a time. done(value) gets what it returns, failed(error)
    what it raises; neither is called after stop()."""

    def __init__(self, work, done, failed):
        self._work, self._done, self._failed = work, done, failed
        QTimer.singleShot(0, self._step)

    def stop(self):
        if self._work is not None:
            self._work.close()
            self._work = None

    def _step(self):
        end = time.monotonic() + SLICE_SECONDS
        try:
            while self._work is not None and time.monotonic() < end:
                next(self._work)
        except StopIteration as finished:
            self._work = None
            self._done(finished.value)
        except Exception as error:  # whatever it is, the user reads it in the docker
            self._work = None
            self._failed(error)
        if self._work is not None:
            QTimer.singleShot(0, self._step)
