# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The course of a run: a generator that is advanced a few milliseconds at a time, so that the canvas stays
# alive (no thread may touch Krita's objects), and that waits for the worker without holding anything up.
import time

from PyQt5.QtCore import QTimer

from .connection import Request
from .refusal import Refusal

SLICE_SECONDS = 0.008


class Ask:
    """Yielded by a run: a frame for the worker. The run goes on with (fields of the answer, fields of each
    layer message); start: whether a worker is started where none runs."""

    def __init__(self, frame, start=True):
        self.frame, self.start = frame, start


class Pause:
    """Yielded by a run: it goes on after so many milliseconds."""

    def __init__(self, milliseconds):
        self.milliseconds = milliseconds


class Cancelled(Exception):
    """Raised inside a run whose request was cancelled."""


def firmly(work):
    """Steps that are done to their end: a cancel between them comes too late."""
    while True:
        try:
            wanted = next(work)
        except StopIteration as finished:
            return finished.value
        try:
            yield wanted
        except Cancelled:
            continue


class Course:
    """work: a generator that yields None between steps. ended(sentence, whether it is an error) comes
    once, with what the run returns or raises. progress(fraction, text) comes from the worker."""

    def __init__(self, work, progress, ended, parent):
        self._work, self._progress, self._ended, self._parent = work, progress, ended, parent
        self._request, self._stop, self._inside = None, False, False
        self._go_on()

    def cancel(self):
        if self._request is not None:
            self._request.cancel()
        else:
            self._stop = True
            self._go_on()

    def _go_on(self, value=None, error=None, after=0):
        QTimer.singleShot(after, lambda: self._step(value, error))

    def _finish(self, text, is_error):
        self._work = None
        self._ended(text, is_error)

    def _step(self, value, error):
        # Krita may handle events, this timer's among them, in the middle of a step.
        if self._work is None or self._inside:
            return
        self._inside = True
        end = time.monotonic() + SLICE_SECONDS
        try:
            while time.monotonic() < end:
                if self._stop:
                    error, self._stop = Cancelled(), False
                if error is not None:
                    wanted, error = self._work.throw(error), None
                else:
                    wanted, value = self._work.send(value), None
                if self._stop:
                    continue
                if isinstance(wanted, Ask):
                    return self._ask(wanted)
                if isinstance(wanted, Pause):
                    return self._go_on(after=wanted.milliseconds)
        except StopIteration as finished:
            return self._finish(finished.value or "", False)
        except Cancelled:
            return self._finish("Cancelled; nothing changed.", False)
        except Refusal as refusal:
            return self._finish(str(refusal), True)
        except Exception as trouble:  # whatever it is, the user reads it
            return self._finish("%s: %s" % (type(trouble).__name__, trouble), True)
        finally:
            self._inside = False
        self._go_on(value, error)

    def _ask(self, wanted):
        layers = []
        request = Request(wanted.frame, self._parent, wanted.start)
        wanted.frame = None  # the pixels are its own now
        request.layer.connect(layers.append)
        request.progress.connect(self._progress)

        def over(value=None, error=None):
            self._request = None
            request.deleteLater()
            self._go_on(value, error)

        request.answered.connect(lambda _, fields: over((fields, layers)))
        request.failed.connect(lambda text, cancelled: over(error=Cancelled() if cancelled else Refusal(text)))
        self._request = request
