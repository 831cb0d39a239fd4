# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The modules that a job names: which one where, and a widget for each parameter that it declares.
import copy
import json

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from . import slots
from .inputs import Choice, entry
from .param_form import ParamForm, usable
from .refusal import Refusal

LABEL_WIDTH = 79


class ModulesForm(QWidget):
    """Edits what slots.take_modules takes out of a job. Nothing is asked of the program burin before open()."""

    changed = pyqtSignal()

    def __init__(self, catalogue):
        super().__init__()
        self._catalogue, self._job, self._opened = catalogue, {}, False
        self._typed = []  # (slot, entry) of the hooks whose keys are typed
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._inner = None
        self.forms, self.choices = {}, {}  # by the slot's label
        catalogue.changed.connect(self._build_again)
        self._build()

    def open(self):
        self._opened = True
        self._catalogue.ask_again()
        self._build_again()

    def show_part(self, part):
        self._job = copy.deepcopy(part)
        self._build()

    def part(self):
        """Raises Refusal for a text of JSON that is none."""
        for slot, typed in self._typed:
            slots.put_params(self._job, slot, _object(typed.text(), slot.label))
        return copy.deepcopy(self._job)

    # --- rows -------------------------------------------------------------------------------------

    def _build_again(self):
        """With what the program burin has said meanwhile; what is being typed stays."""
        texts = {slot: typed.text() for slot, typed in self._typed}
        self._build()
        for slot, typed in self._typed:
            typed.setText(texts.get(slot, typed.text()))

    def _build(self):
        if self._inner is not None:
            self._inner.hide()
            self._inner.deleteLater()
        self._inner, self._typed, self.forms, self.choices = QWidget(), [], {}, {}
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(0, 0, 0, 0)
        if self._catalogue.problem():
            column.addWidget(_note(self._catalogue.problem()))
        for slot in slots.slots(self._job):
            if self._is_of_use(slot):
                self._add(column, slot)
        self._add_more_hooks(column)
        self._box.addWidget(self._inner)

    def _is_of_use(self, slot):
        """Where there is something to choose besides the names of what is built in."""
        return (slot.role not in slots.NAMES_TOO or slots.module_at(self._job, slot)
                or self._catalogue.modules(slot.role))

    def _add(self, column, slot):
        if slot.kind == slots.SINGLE:
            column.addLayout(_line(slot.label, self._choice(slot)))
        elif slot.kind == slots.PREPROCESSOR:
            column.addLayout(_line(slot.label, _note(self._title(slot))))
        else:
            column.addLayout(_line(slot.label, _note(self._title(slot)), self._remover(slot)))
        if slot.kind == slots.BUILT_IN_HOOK:
            typed = entry("Its other keys, as JSON (docs/job.md)", "other keys, as JSON")
            params = slots.params_at(self._job, slot)
            typed.setText(json.dumps(params, ensure_ascii=False) if params else "")
            self._typed.append((slot, typed))
            column.addLayout(_line("", typed))
        else:
            self._add_params(column, slot)

    def _add_params(self, column, slot):
        name = slots.module_at(self._job, slot) or slot.usual_id
        if not name or not self._opened:
            return
        module = self._catalogue.find(slot.role, name)
        if module is None:
            if slots.module_at(self._job, slot) and self._catalogue.modules(slot.role):
                column.addWidget(_note("There is no plug-in '%s' for this." % name))
            return
        self._catalogue.ask(module["id"])
        declared = self._catalogue.declared(module["id"])
        if isinstance(declared, str):
            column.addWidget(_note(declared))
        elif declared and usable(declared):
            params = slots.params_at(self._job, slot)

            def keep():
                slots.put_params(self._job, slot, params)
                self.changed.emit()

            form = ParamForm(declared, params, keep)
            self.forms[slot.label] = form
            column.addWidget(form)

    def _title(self, slot):
        name = slots.module_at(self._job, slot)
        module = self._catalogue.find(slot.role, name)
        return module["name"] or name if module else name or "?"

    def _choice(self, slot):
        modules = self._catalogue.modules(slot.role)
        names = [""] + [each["id"] for each in modules]
        now = slots.module_at(self._job, slot)
        known = self._catalogue.find(slot.role, now)
        if known:
            now = known["id"]
        choice = Choice([slot.usual] + [each["name"] or each["id"] for each in modules], "")
        for index, each in enumerate(modules):
            choice.setItemData(index + 1, "%s\n%s" % (each["description"], each["id"]), Qt.ToolTipRole)
        if now not in names:
            names.append(now)
            choice.addItem(now)
        choice.setCurrentIndex(names.index(now))
        choice.setToolTip("A plug-in; %s where none is chosen" % slot.usual)
        choice.activated[int].connect(lambda index: self._chosen(slot, names[index], now))
        self.choices[slot.label] = choice
        return choice

    def _chosen(self, slot, name, before):
        if name != before:
            self._change(lambda: slots.put_module(self._job, slot, name))

    def _remover(self, slot):
        button = QToolButton()
        button.setText("\u2715")
        button.setAutoRaise(True)
        button.setToolTip("Without this hook")
        button.clicked.connect(lambda _: self._change(lambda: slots.remove_hook(self._job, slot)))
        return button

    def _add_more_hooks(self, column):
        modules = self._catalogue.modules(slots.DETAIL_HOOK)
        if not modules:
            return
        choice = Choice(["add one ..."] + [each["name"] or each["id"] for each in modules],
                        "What is done besides, in this order")
        for index, each in enumerate(modules):
            choice.setItemData(index + 1, "%s\n%s" % (each["description"], each["id"]), Qt.ToolTipRole)
        choice.activated[int].connect(lambda index: index and self._change(
            lambda: slots.add_hook(self._job, modules[index - 1]["id"])))
        self.choices["Hooks"] = choice
        column.addLayout(_line("Hooks", choice))

    def _change(self, change):
        for slot, typed in self._typed:  # what is being typed stays, if it can be used
            try:
                slots.put_params(self._job, slot, _object(typed.text(), slot.label))
            except Refusal:
                continue
        change()
        self._build()
        self.changed.emit()


def _object(text, what):
    try:
        found = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise Refusal("The keys of '%s' are no JSON (%s); expected an object." % (what, error)) from None
    if not isinstance(found, dict):
        raise Refusal("The keys of '%s' are %s; expected a JSON object." % (what, text))
    return found


def _note(text):
    label = QLabel(text)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
    return label


def _line(label, *widgets):
    line = QHBoxLayout()
    name = QLabel(label)
    name.setFixedWidth(LABEL_WIDTH)
    line.addWidget(name)
    for index, widget in enumerate(widgets):
        line.addWidget(widget, 0 if index else 1)
    return line
