# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The docker: settings, faces to tick, progress with Cancel. Nothing here waits.
import json
import os

from krita import DockWidget, Krita
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QImage, QPixmap
from PyQt5.QtWidgets import (QCheckBox, QDoubleSpinBox, QFormLayout, QGridLayout, QHBoxLayout, QLabel,
                             QLineEdit, QProgressBar, QPushButton, QScrollArea, QSpinBox, QVBoxLayout, QWidget)

from . import jobs, layers, picture
from . import protocol as p
from .connection import Request, Scratch
from .slices import Sliced


class BurinDocker(DockWidget):
    def __init__(self):
        super().__init__()
        self.setWindowTitle("Burin")
        self._work = self._request = self._scratch = None
        self._running = False  # also while Krita handles events in the middle of a step
        self._faces = None  # what was found, and in what
        self._rows = []
        self._build()

    def canvasChanged(self, canvas):
        self._forget_faces()

    # --- widgets ----------------------------------------------------------------------------------

    def _build(self):
        self._prompt, self._negative, self._model, self._seed = (QLineEdit() for _ in range(4))
        self._model.setPlaceholderText("the built-in face model")
        self._seed.setPlaceholderText("another one each time")
        self._strength = QDoubleSpinBox(decimals=2, minimum=0.0, maximum=1.0, singleStep=0.05)
        self._size, self._steps = QSpinBox(maximum=2048, singleStep=64), QSpinBox(maximum=200)
        for box in (self._strength, self._size, self._steps):
            box.setSpecialValueText("as the model recommends")
        form = QFormLayout()
        for label, widget in (("Prompt", self._prompt), ("Avoid", self._negative), ("Strength", self._strength),
                              ("Size", self._size), ("Steps", self._steps), ("Seed", self._seed),
                              ("Model", self._model)):
            form.addRow(label, widget)
        self._list = QGridLayout()
        inner = QWidget()
        inner.setLayout(self._list)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        self._buttons = QWidget()
        grid = QGridLayout(self._buttons)
        grid.setContentsMargins(0, 0, 0, 0)
        for index, (label, action) in enumerate((("Find Faces", self.find_faces), ("Detail Faces", self.detail_faces),
                                                 ("Detail Selection", self.detail_selection),
                                                 ("Redraw Burin Layer", self.redraw_layer),
                                                 ("Re-roll Burin Layer", self.reroll_layer),
                                                 ("Release Memory", self.release_memory))):
            button = QPushButton(label)
            button.clicked.connect(lambda _, run=action: run())
            grid.addWidget(button, index // 2, index % 2)
        self._bar = QProgressBar(maximum=1000)
        self._cancel = QPushButton("Cancel")
        self._cancel.clicked.connect(lambda _: self.cancel())
        self._cancel.setEnabled(False)
        self._note = QLabel()
        self._note.setWordWrap(True)
        last = QHBoxLayout()
        last.addWidget(self._bar)
        last.addWidget(self._cancel)
        all_ = QVBoxLayout()
        all_.addLayout(form)
        all_.addWidget(scroll, 1)
        all_.addWidget(self._buttons)
        all_.addLayout(last)
        all_.addWidget(self._note)
        widget = QWidget()
        widget.setLayout(all_)
        self.setWidget(widget)

    def settings(self):
        text = self._seed.text().strip()
        return {"prompt": self._prompt.text(), "negative": self._negative.text(), "model": self._model.text(),
                "denoise": self._strength.value() or None, "size": self._size.value() or None,
                "steps": self._steps.value() or None, "seed": int(text) if text.isdigit() else None}

    def note(self):
        return self._note.text()

    def busy(self):
        return self._running

    def _say(self, text):
        self._note.setText(text)

    def _forget_faces(self):
        self._faces = None
        for _, tick, entry, image in self._rows:
            for widget in (tick, entry, image):
                widget.deleteLater()
        self._rows = []

    # --- the course of a run ----------------------------------------------------------------------

    def _begin(self):
        self._running = True
        self._say("")
        self._buttons.setEnabled(False)
        self._cancel.setEnabled(True)
        self._scratch = self._scratch or Scratch()

    def _end(self, text):
        self._running = False
        self._work = self._request = None
        self._bar.setValue(0)
        self._bar.setFormat("%p%")
        self._buttons.setEnabled(True)
        self._cancel.setEnabled(False)
        if self._faces is None and self._scratch:
            self._scratch.remove()
            self._scratch = None
        self._say(text)

    def cancel(self):
        if self._request is not None:
            self._request.cancel()
        elif self._work is not None:
            self._work.stop()
            self._end("Cancelled; nothing changed.")

    def _slice(self, work, then):
        def done(value):
            self._work = None
            then(value)

        self._work = Sliced(work, done, lambda error: self._end(str(error)))

    def _ask(self, frame, then, start=True):
        request = Request(frame, self, start)
        found = []
        request.layer.connect(found.append)
        request.progress.connect(self._show)
        request.failed.connect(lambda sentence, _: self._end(sentence))

        def answered(_, fields):
            self._request = None
            then(fields, found)

        request.answered.connect(answered)
        self._request = request

    def _show(self, fraction, text):
        self._bar.setValue(int(1000 * fraction))
        self._bar.setFormat(text)

    def _read(self):
        """The active layer of the active document; a generator."""
        document = Krita.instance().activeDocument()
        node = document.activeNode() if document else None
        if node is None:
            raise picture.Refusal("No layer is active; choose one first.")
        if node.type() not in ("paintlayer", "grouplayer", "filelayer", "clonelayer", "vectorlayer"):
            raise picture.Refusal("'%s' is no layer; choose one first." % node.name())
        if node.locked():
            raise picture.Refusal("The layer '%s' is locked; unlock it first." % node.name())
        if document.width() < 1 or document.height() < 1:
            raise picture.Refusal("The document has no pixels.")
        rect = [0, 0, document.width(), document.height()]
        tensor = yield from picture.read(node, *rect)
        icc = picture.profile_bytes(node.colorProfile())
        selection = document.selection()
        limit = None
        if selection is not None and selection.width() > 0:
            box = (selection.x(), selection.y(), selection.width(), selection.height())
            limit = jobs.Coverage(*box, selection.pixelData(*box))
        return {"document": document, "node": node, "rect": rect, "tensor": tensor, "icc": icc, "limit": limit}

    def _request_frame(self, kind, job, read, *more):
        fields = [p.text(p.F_JOB, json.dumps(job)), p.text(p.F_BASE_DIR, self._scratch.path),
                  p.tensor(p.F_IMAGE, read["tensor"])]
        if read["icc"]:
            fields.append(p.raw(p.F_ICC, read["icc"]))
        return p.frame(kind, *fields, *more)

    def _detail(self, job, read, place):
        # With its defaults, so that what is stored with a layer means the same later.
        complete = p.frame(p.COMPLETE_JOB, p.text(p.F_JOB, json.dumps(job)), p.text(p.F_BASE_DIR, self._scratch.path))

        def completed(fields, _):
            whole = json.loads(p.first(fields, p.F_TEXT, "{}"))
            self._ask(self._request_frame(p.DETAIL, whole, read), lambda _, found: finished(whole, found))

        def finished(whole, found):
            if read["document"] not in Krita.instance().documents():
                return self._end("The document was closed meanwhile.")
            said = [p.first(f, p.F_NAME, "") + ": " + p.first(f, p.F_MESSAGE, "")
                    for f in found if p.first(f, p.F_LAYER_STATUS) != 1]
            done = [f for f in found if p.first(f, p.F_LAYER_STATUS) == 1]
            if not done:
                return self._end("Nothing changed. " + " ".join(said))

            def built(made):
                place(made)
                self._end(" ".join(said) or "%d redrawn." % len(made))

            self._slice(layers.build(read["document"], read["node"], read["tensor"], read["rect"], done, whole,
                                     read["limit"]), built)

        self._ask(complete, completed)

    # --- commands ---------------------------------------------------------------------------------

    def find_faces(self, then=None):
        if self.busy():
            return
        self._forget_faces()
        self._begin()

        def found(read, fields):
            segs = json.loads(p.first(fields, p.F_TEXT, "{}")).get("segs", [])
            masks = p.first(fields, p.F_MASKS)
            if masks is not None:
                with open(os.path.join(self._scratch.path, "faces.safetensors"), "wb") as file:
                    file.write(masks)
            self._faces = (read, segs)
            for seg in segs:
                self._add_row(seg, read["tensor"])
            self._end("%d faces were found." % len(segs) if len(segs) != 1 else "1 face was found.")
            if then and segs:
                then()

        def ask(read):
            self._ask(self._request_frame(p.DETECT, jobs.job_of(self.settings()), read,
                                          p.text(p.F_MASKS_NAME, "faces.safetensors")),
                      lambda fields, _: found(read, fields))

        self._slice(self._read(), ask)

    def _add_row(self, seg, tensor):
        row = len(self._rows)
        tick = QCheckBox(str(seg["id"]))
        tick.setChecked(True)
        image, entry = QLabel(), QLineEdit()
        image.setPixmap(_thumbnail(tensor, seg["bbox"]))
        entry.setPlaceholderText("prompt for this face")
        for column, widget in enumerate((tick, image, entry)):
            self._list.addWidget(widget, row, column)
        self._rows.append((seg["id"], tick, entry, image))

    def detail_faces(self):
        if self.busy():
            return
        if self._faces is None:
            return self.find_faces(self.detail_faces)
        read, segs = self._faces
        chosen = []
        for seg, (_, tick, entry, _) in zip(segs, self._rows):
            if not tick.isChecked():
                continue
            seg = dict(seg)
            if entry.text():
                seg["prompt"] = {"positive": entry.text()}
            chosen.append(seg)
        if not chosen:
            return self._say("No face was chosen, so nothing changed.")
        self._begin()
        job = jobs.job_of(self.settings())
        job["segs"] = chosen
        self._detail(job, read, lambda made: layers.insert(read["document"], read["node"], made))

    def detail_selection(self):
        if self.busy():
            return
        self._begin()

        def work():
            read = yield from self._read()
            if read["limit"] is None:
                raise picture.Refusal("Nothing is selected; select what is to be redrawn first.")
            job = yield from jobs.selection_job(self.settings(), read["limit"], *read["rect"][2:], self._scratch.path)
            return read, job

        self._slice(work(), lambda both: self._detail(
            both[1], both[0], lambda made: layers.insert(both[0]["document"], both[0]["node"], made)))

    def redraw_layer(self, seed=True):
        """seed: whether the layer's own is kept unless another is given."""
        if self.busy():
            return
        self._begin()

        def work():
            document = Krita.instance().activeDocument()
            node = document.activeNode() if document else None
            stored = layers.record(document, node) if document else None
            if stored is None:
                raise picture.Refusal("The active layer was not made by Burin; choose one that was.")
            source = _by_id(document.rootNode(), stored.get("source_id"))
            if source is None:
                raise picture.Refusal("The layer that '%s' was made from is no longer there." % node.name())
            x, y, width, height = stored["layer"]
            x += node.position().x() - stored["position"][0]
            y += node.position().y() - stored["position"][1]
            picture.check_colours(source)
            rect = [0, 0, document.width(), document.height()]
            tensor = yield from picture.read(source, *rect)
            alpha = yield from _alpha(node, x, y, width, height)
            read = {"document": document, "node": source, "rect": rect, "tensor": tensor,
                    "icc": picture.profile_bytes(source.colorProfile()), "limit": alpha}
            settings = self.settings()
            if settings["seed"] is None and seed:
                settings["seed"] = stored["job"]["detailer"].get("seed")
            job = yield from jobs.rerun_job(stored, settings, [x, y, width, height], rect, alpha, self._scratch.path)
            return read, job, node

        def run(found):
            read, job, node = found
            self._detail(job, read, lambda made: layers.replace(read["document"], node, *made[0]))

        self._slice(work(), run)

    def reroll_layer(self):
        self.redraw_layer(seed=False)

    def release_memory(self):
        if self.busy():
            return
        self._begin()
        self._ask(p.frame(p.RELEASE_MEMORY), lambda *_: self._end("Burin's models have left memory."), start=False)


def _by_id(node, wanted):
    for child in node.childNodes():
        if child.uniqueId().toString() == wanted:
            return child
        found = _by_id(child, wanted)
        if found is not None:
            return found
    return None


def _alpha(node, x, y, width, height):
    """Coverage of a layer's alpha; a generator."""
    tensor = yield from picture.read(node, x, y, width, height)
    channels = tensor.shape[2]
    step = channels * tensor.bits // 8
    if tensor.code == p.DL_UINT:  # the high byte, little-endian
        data = bytes(tensor.data)[step - 1 :: step]
    elif tensor.bits == 32:
        data = bytes(min(255, max(0, int(v * 255 + 0.5))) for v in tensor.floats()[channels - 1 :: channels])
    else:
        raise picture.Refusal("Layers of 16 bit floats cannot be redrawn in place.")
    return jobs.Coverage(x, y, width, height, data)


def _thumbnail(tensor, box):
    x1, y1, x2, y2 = (int(value) for value in box)
    pixel = tensor.shape[2] * tensor.bits // 8
    stride = tensor.shape[1] * pixel
    rows = []
    for y in range(y1, max(y1 + 1, y2)):
        line = bytes(tensor.data[y * stride + x1 * pixel : y * stride + max(x1 + 1, x2) * pixel])
        rows.append(_eight_bit(line, tensor))
    width = max(1, x2 - x1)
    image = QImage(b"".join(rows), width, len(rows), width * 3, QImage.Format_RGB888).copy()
    return QPixmap.fromImage(image).scaled(56, 56, Qt.KeepAspectRatio, Qt.SmoothTransformation)


def _eight_bit(line, tensor):
    channels = tensor.shape[2]
    if tensor.bits == 8:
        values = line
    elif tensor.code == p.DL_UINT:
        values = line[1::2]
    else:
        import array

        floats = array.array("f")
        floats.frombytes(line if tensor.bits == 32 else b"\0" * (2 * len(line)))
        values = bytes(min(255, max(0, int(v * 255))) for v in floats)
    out = bytearray(3 * (len(values) // channels))
    for c in range(3):
        out[c::3] = values[(c if channels == 4 else 0) :: channels]
    return bytes(out)
