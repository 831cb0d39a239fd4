# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The part of the docker that asks for settings, with presets.
import json

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (QCheckBox, QComboBox, QFileDialog, QFormLayout, QHBoxLayout, QPushButton, QSizePolicy,
                             QToolButton, QVBoxLayout, QWidget)

from . import settings as s
from . import slots
from .catalogue import Catalogue
from .inputs import BROWSE_WIDTH, Choice, Number, entry
from .modules_form import ModulesForm
from .refusal import Refusal

SAMPLERS = ("", "euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_sde", "dpmpp_3m_sde", "ddim",
            "uni_pc", "lcm")
SCHEDULES = ("", "normal", "karras", "exponential", "sgm_uniform", "simple", "ddim_uniform", "beta")
SEMANTICS = (("as the model recommends", None), ("burin", "burin"), ("impact", "impact"), ("foreach", "foreach"))
LARGEST_SEED = 2**64 - 1


def _narrow(button):
    button.setSizePolicy(QSizePolicy.Maximum, QSizePolicy.Fixed)
    return button


class Form(QWidget):
    failed = pyqtSignal(str)

    def __init__(self):
        super().__init__()
        last, self._presets = s.load()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self._add_presets(box)
        form = QFormLayout()
        box.addLayout(form)
        row = QHBoxLayout()
        self.model = entry("A .safetensors file; empty: the built-in face model", "the built-in face model")
        browse = QPushButton("...")
        browse.setFixedWidth(BROWSE_WIDTH)
        browse.clicked.connect(self._browse)
        row.addWidget(self.model)
        row.addWidget(browse)
        form.addRow("Model", row)
        self.prompt = entry("What to draw")
        self.negative = entry("What not to draw")
        self.denoise = Number(0.01, 1.0, 0.05, 2, 0.4, "How much is redrawn: 0.3 keeps the face, 0.6 makes another")
        self.size = Number(64, 2048, 64, 0, 512, "Pixels that the shorter side is enlarged to for the model")
        self.source = Choice(("the active layer", "everything visible"), "What is read")
        for label, widget in (("Prompt", self.prompt), ("Avoid", self.negative), ("Strength", self.denoise),
                              ("Size", self.size), ("Redraw", self.source)):
            form.addRow(label, widget)
        self._add_advanced(box)
        self.show_settings(last)

    def _add_advanced(self, box):
        self.advanced = QToolButton()
        self.advanced.setText("Advanced")
        self.advanced.setCheckable(True)
        self.advanced.setAutoRaise(True)
        self.advanced.setArrowType(Qt.RightArrow)
        self.advanced.setToolButtonStyle(Qt.ToolButtonTextBesideIcon)
        box.addWidget(self.advanced)
        inner = QWidget()
        inner.hide()
        box.addWidget(inner)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        self.catalogue = Catalogue(self)
        self.modules = ModulesForm(self.catalogue)

        def opened(open_):
            inner.setVisible(open_)
            if open_:
                self.modules.open()
            self.advanced.setArrowType(Qt.DownArrow if open_ else Qt.RightArrow)

        self.advanced.toggled.connect(opened)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addWidget(self.modules)
        last = QFormLayout()
        column.addLayout(last)
        self.steps = Number(1, 200, 1, 0, 20, "Sampling steps")
        self.cfg = Number(0, 30, 0.5, 1, 7, "How closely the prompt is followed")
        self.sampler = Choice(SAMPLERS, "euler, dpmpp_2m ...; empty: as the model recommends", True)
        self.scheduler = Choice(SCHEDULES, "normal, karras ...; empty: as the model recommends", True)
        self.crop_factor = Number(1, 10, 0.5, 1, 3, "How much of the picture the model sees, in sizes of the face")
        self.feather = Number(0, 200, 1, 0, 12, "Soft edge of the mask, in pixels")
        self.mask_feather = Number(0, 100, 1, 0, 20, "Soft edge of what is redrawn, in pixels")
        self.cycle = Number(1, 10, 1, 0, 2, "Passes, each from the last one's result")
        self.seed = entry("A whole number; empty: another one each time", "another one each time")
        self.threshold = Number(0.05, 0.99, 0.05, 2, 0.5, "A face is listed from this confidence on")
        self.threshold.setMinimum(0.05)
        self.threshold.setSpecialValueText("")
        self.combined = QCheckBox("Pieces of the selection are one")
        self.semantics = Choice([name for name, _ in SEMANTICS], "Burin's own rules, or the reference's to the letter")
        self.device = entry("auto, cpu, cuda or cuda:1", "auto")
        self.more = entry('Other keys of a job, as JSON: {"hooks": [{"type": "denoise_schedule", "target": 0.3}]}',
                          "other keys of a job, as JSON")
        self.more.editingFinished.connect(self._sort_more)
        for label, widget in (("Steps", self.steps), ("Guidance", self.cfg), ("Sampler", self.sampler),
                              ("Schedule", self.scheduler), ("Surroundings", self.crop_factor),
                              ("Feather", self.feather), ("Denoise mask", self.mask_feather), ("Cycles", self.cycle),
                              ("Seed", self.seed), ("Confidence", self.threshold), ("", self.combined),
                              ("Semantics", self.semantics), ("Device", self.device)):
            form.addRow(label, widget)
        last.addRow("More", self.more)

    def _sort_more(self):
        """What is about modules goes from the text into their widgets."""
        try:
            more = self._typed_more()
            typed = slots.take_modules(more)
            if typed:
                hooks = typed.pop("hooks", [])
                part = slots.with_modules(self.modules.part(), typed)
                if hooks:
                    part["hooks"] = part.get("hooks", []) + hooks
                self.modules.show_part(part)
                self._show_more(more)
        except Refusal:
            return  # said when it is used

    def _browse(self):
        # Krita's own dialog would wait here; this one does not.
        dialog = QFileDialog(self, "Choose a model", "", "Checkpoints (*.safetensors)")
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.model.setText)
        dialog.open()

    # --- presets ----------------------------------------------------------------------------------

    def _add_presets(self, box):
        self.preset = Choice(sorted(self._presets), "Choose a preset, or type a name and press Save", True)
        self.preset.lineEdit().setPlaceholderText("preset")
        self.preset.setCurrentIndex(-1)
        self.preset.setInsertPolicy(QComboBox.NoInsert)
        self.preset.activated[str].connect(self.use_preset)
        save, remove = _narrow(QPushButton("Save")), _narrow(QPushButton("Delete"))
        save.clicked.connect(lambda _: self.save_preset())
        remove.clicked.connect(lambda _: self.delete_preset())
        row = QHBoxLayout()
        for widget in (self.preset, save, remove):
            row.addWidget(widget)
        box.addLayout(row)

    def use_preset(self, name):
        if name in self._presets:
            self.show_settings(self._presets[name])

    def save_preset(self):
        name = self.preset.currentText().strip()
        if name:
            self._change_presets(name, lambda presets: presets.update({name: self.values()}))

    def delete_preset(self):
        name = self.preset.currentText().strip()
        self._change_presets("", lambda presets: presets.pop(name, None))

    def _change_presets(self, shown, change):
        # Read anew: another editor may have changed the file.
        last, presets = s.load()
        try:
            change(presets)
            s.save(last, presets)
        except Refusal as refusal:
            return self.failed.emit(str(refusal))
        self._presets = presets
        self.preset.clear()
        self.preset.addItems(sorted(presets))
        self.preset.setEditText(shown)

    def keep(self, settings):
        """Makes them the last ones."""
        try:
            s.save(settings, s.load()[1])
        except Refusal as refusal:
            self.failed.emit(str(refusal))

    # --- values -----------------------------------------------------------------------------------

    def _typed_more(self):
        text = self.more.text().strip()
        try:
            more = json.loads(text) if text else {}
        except ValueError as error:
            raise Refusal("'More' is no JSON (%s); expected an object of a job's keys." % error) from None
        if not isinstance(more, dict):
            raise Refusal("'More' is %s; expected a JSON object of a job's keys." % text)
        return more

    def _show_more(self, more):
        self.more.setText(json.dumps(more, ensure_ascii=False) if more else "")

    def _more(self):
        more = slots.with_modules(self._typed_more(), self.modules.part())
        detailer = {}
        for key, widget in (("cycle", self.cycle), ("noise_mask_feather", self.mask_feather)):
            if widget.whole() is not None:
                detailer[key] = widget.whole()
        if detailer:
            s.merge(more, {"detailer": detailer})
        semantics = SEMANTICS[self.semantics.currentIndex()][1]
        if semantics:
            more["semantics"] = semantics
        return more

    def _seed(self):
        text = self.seed.text().strip()
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or int(text) > LARGEST_SEED:
            raise Refusal("The seed is '%s'; expected a whole number from 0 to %d." % (text, LARGEST_SEED))
        return int(text)

    def values(self):
        """Raises Refusal for a seed or a text of JSON that is none."""
        return {"model": self.model.text().strip(), "prompt": self.prompt.text(), "negative": self.negative.text(),
                "sampler": self.sampler.currentText().strip(), "scheduler": self.scheduler.currentText().strip(),
                "device": self.device.text().strip() or "auto", "denoise": self.denoise.number(),
                "cfg": self.cfg.number(), "crop_factor": self.crop_factor.number(), "feather": self.feather.number(),
                "size": self.size.whole(), "steps": self.steps.whole(), "seed": self._seed(),
                "source": "visible" if self.source.currentIndex() == 1 else "layer",
                "combined": self.combined.isChecked(), "threshold": round(self.threshold.value(), 2),
                "more": self._more()}

    def show_settings(self, settings):
        for key in ("model", "prompt", "negative"):
            getattr(self, key).setText(settings[key])
        self.device.setText("" if settings["device"] == "auto" else settings["device"])
        for key in ("sampler", "scheduler"):
            getattr(self, key).setEditText(settings[key])
        for key in ("denoise", "cfg", "crop_factor", "feather", "size", "steps"):
            getattr(self, key).show_number(settings[key])
        self.seed.setText("" if settings["seed"] is None else str(settings["seed"]))
        self.source.setCurrentIndex(1 if settings["source"] == "visible" else 0)
        self.combined.setChecked(settings["combined"])
        self.threshold.setValue(settings["threshold"])
        more = json.loads(json.dumps(settings["more"]))
        detailer = more.get("detailer") if isinstance(more.get("detailer"), dict) else {}
        self.cycle.show_number(_taken(detailer, "cycle"))
        self.mask_feather.show_number(_taken(detailer, "noise_mask_feather"))
        if "detailer" in more and not more["detailer"]:
            del more["detailer"]
        names = [value for _, value in SEMANTICS]
        semantics = more.get("semantics")
        self.semantics.setCurrentIndex(names.index(semantics) if semantics in names else 0)
        if semantics in names:
            more.pop("semantics", None)
        self.modules.show_part(slots.take_modules(more))
        self._show_more(more)


def _taken(values, key):
    """Takes a number out of a dictionary; None where there is none."""
    value = values.get(key)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        del values[key]
        return value
    return None
