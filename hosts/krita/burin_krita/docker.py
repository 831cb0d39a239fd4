# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The docker: settings, faces to tick, buttons, progress with Cancel. Nothing here waits.
from krita import DockWidget, Krita
from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtGui import QIcon
from PyQt5.QtWidgets import (QFrame, QGridLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea,
                             QSizePolicy, QVBoxLayout, QWidget)

from . import bench, commands
from .course import Course
from .faces import FacesList
from .form import Form
from .refusal import Refusal

MESSAGE_MS, CALM_MS = 5000, 500
URGENT = 1  # of Krita's floating messages: high, medium or low


class BurinDocker(DockWidget):
    def __init__(self):
        super().__init__()
        self.setWindowTitle("Burin")
        self._course = None
        self._found = None  # commands.Found: what was found, and in what
        self._editing = None  # commands.Opened: the layer that is edited
        self._kept = None  # settings to return to after that
        self._build()
        self._notifier = Krita.instance().notifier()
        self._notifier.setActive(True)
        # When there is no canvas yet that would have to wait.
        self._notifier.windowCreated.connect(bench.prepare)

    def canvasChanged(self, canvas):
        # Later: Krita is in the middle of showing or closing a document.
        QTimer.singleShot(CALM_MS, self._look_around)

    def _look_around(self):
        document = Krita.instance().activeDocument()
        if document is None or self.busy():
            return
        if self._found and document != self._found.document:
            self._found = None
            self.faces.forget()

    def enterEvent(self, event):
        # The mouse is on its way to a button, and Krita in the middle of nothing.
        if Krita.instance().activeDocument() is not None:
            bench.prepare()
        super().enterEvent(event)

    # --- widgets ----------------------------------------------------------------------------------

    def _build(self):
        self.form, self.faces = Form(), FacesList()
        self.form.failed.connect(lambda text: self._say(text, True))
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.addWidget(self.faces)
        column.addWidget(self.form)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        self._scroll = scroll
        self._buttons, self._edit_buttons = QWidget(), QWidget()
        self._fill(self._buttons, (("Find Faces", self.find_faces), ("Detail Faces", self.detail_faces),
                                   ("Detail Selection", self.detail_selection), ("Edit Burin Layer", self.edit_layer),
                                   ("Re-roll Burin Layer", self.reroll_layer),
                                   ("Release Memory", self.release_memory)))
        self._fill(self._edit_buttons, (("Redraw Layer", self.redraw_layer), ("Done", self.leave_layer)))
        self._edit_buttons.hide()
        self._bar = QProgressBar(maximum=1000)
        self._cancel = QPushButton("Cancel")
        self._cancel.clicked.connect(lambda _: self.cancel())
        self._cancel.setEnabled(False)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
        last = QHBoxLayout()
        last.addWidget(self._bar)
        last.addWidget(self._cancel)
        widget = QWidget()
        all_ = QVBoxLayout(widget)
        all_.addWidget(scroll, 1)
        all_.addWidget(self._buttons)
        all_.addWidget(self._edit_buttons)
        all_.addLayout(last)
        all_.addWidget(self._note)
        self.setWidget(widget)

    @staticmethod
    def _fill(holder, actions):
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        for index, (label, action) in enumerate(actions):
            button = QPushButton(label)
            button.clicked.connect(lambda _, run=action: run())
            grid.addWidget(button, index // 2, index % 2)

    def note(self):
        return self._note.text()

    def busy(self):
        return self._course is not None

    def _say(self, text, is_error=False):
        self._note.setText(text)
        window = Krita.instance().activeWindow()
        view = window.activeView() if is_error and window else None
        if view is not None and view.document() is not None:
            view.showFloatingMessage(text, QIcon(), MESSAGE_MS, URGENT)

    # --- the course of a run ----------------------------------------------------------------------

    def _run(self, work):
        """Starts a command unless one runs. work: a function of the settings that gives a generator."""
        if self.busy():
            return
        try:
            settings = self.form.values()
        except Refusal as refusal:
            return self._say(str(refusal), True)
        self._say("")
        bench.prepare()
        for each in (self._buttons, self._edit_buttons, self._scroll):
            each.setEnabled(False)
        self._cancel.setEnabled(True)
        self._course = Course(work(settings), self._show, self._end, self)

    def _end(self, text, is_error):
        self._course = None
        self._bar.setValue(0)
        self._bar.setFormat("%p%")
        for each in (self._buttons, self._edit_buttons, self._scroll):
            each.setEnabled(True)
        self._cancel.setEnabled(False)
        self._say(text, is_error)

    def _show(self, fraction, text):
        self._bar.setValue(int(1000 * fraction))
        self._bar.setFormat(text.replace("%", "%%"))

    def cancel(self):
        if self._course is not None:
            self._course.cancel()

    # --- commands ---------------------------------------------------------------------------------

    def _search(self, settings):
        self.faces.clear()
        self._found, picture = yield from commands.find(settings)
        yield from self.faces.show_faces(self._found.segs, picture)
        return picture

    def find_faces(self):
        def work(settings):
            yield from self._search(settings)
            count = len(self._found.segs)
            return "No faces were found." if count == 0 else "%d face%s found." % (count, " was" if count == 1 else "s were")

        self._run(work)

    def detail_faces(self):
        def work(settings):
            if self._found is None or not self._found.holds(settings):
                yield from self._search(settings)
                if not self._found.segs:
                    return "No faces were found, so nothing changed."
            text = yield from commands.detail_faces(settings, self._found, self.faces.choices())
            self.form.keep(settings)
            return text

        self._run(work)

    def detail_selection(self):
        def work(settings):
            text = yield from commands.detail_selection(settings)
            self.form.keep(settings)
            return text

        self._run(work)

    def edit_layer(self):
        """Shows the settings of the active layer, which Redraw Layer then redraws."""

        def work(settings):
            opened = yield from commands.open_layer()
            self._kept, self._editing = settings, opened
            self.form.show_settings(opened.settings())
            self._show_editing(True)
            return opened.about()

        self._run(work)

    def leave_layer(self):
        if self._editing and not self.busy():
            self._editing = None
            self.form.show_settings(self._kept)
            self._show_editing(False)
            self._say("")

    def _show_editing(self, editing):
        self.faces.setVisible(not editing)
        self._buttons.setVisible(not editing)
        self._edit_buttons.setVisible(editing)

    def redraw_layer(self):
        def work(settings):
            text = yield from commands.redraw(self._editing, settings)
            self._editing = None
            self.form.show_settings(self._kept)
            self._show_editing(False)
            return text

        if self._editing:
            self._run(work)

    def reroll_layer(self):
        def work(_):
            opened = yield from commands.open_layer()
            settings = opened.settings()
            settings["seed"] = None
            return (yield from commands.redraw(opened, settings))

        self._run(work)

    def release_memory(self):
        self._run(lambda _: commands.release_memory())
