# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What a module declares that can be set, as rows of a form. The job gets what differs from the module's default.
import math

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (QCheckBox, QFileDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton,
                             QWidget)

from .inputs import BROWSE_WIDTH, Choice, Spin

MOST_DIGITS, STEPS = 8, 100
TYPES = ("bool", "int", "double", "choice", "text", "path")


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def fits(param, value):
    """Whether the module takes the value."""
    kind = param["type"]
    if kind == "bool":
        return isinstance(value, bool)
    if kind in ("int", "double"):
        return _is_number(value) and param["minimum"] <= value <= param["maximum"] and \
            (kind == "double" or value == int(value))
    if kind == "choice":
        return any(choice["id"] == value for choice in param["choices"])
    return isinstance(value, str)


def usable(declared):
    """Those of a declaration that can be shown; what is not as documented is left out."""
    found = []
    for param in declared:
        try:
            if param["type"] in TYPES and fits(param, param["default"]) and isinstance(param["id"], str) and \
                    isinstance(param["name"], str):
                found.append(param)
        except (KeyError, TypeError):
            continue
    return found


def digits(param):
    """Behind the point: as many as the range and the default need."""
    if param["type"] == "int":
        return 0
    span = param["maximum"] - param["minimum"]
    needed = max(2, 3 - math.floor(math.log10(span))) if span > 0 else 2
    while needed < MOST_DIGITS and round(param["default"], needed) != param["default"]:
        needed += 1
    return min(needed, MOST_DIGITS)


def step(param):
    """About a hundredth of the range, a round number."""
    span = param["maximum"] - param["minimum"]
    least = 10.0 ** -digits(param)
    if span <= 0:
        return least
    power = 10.0 ** math.floor(math.log10(span / STEPS))
    return max(least, min(power * (5 if span / STEPS / power >= 5 else 2 if span / STEPS / power >= 2 else 1),
                          1.0 if param["type"] == "int" and span <= 10 * STEPS else math.inf))


def _shown(param, value):
    """A value as a person reads it."""
    if param["type"] == "bool":
        return "on" if value else "off"
    if param["type"] == "choice":
        return next(choice.get("name") or choice["id"] for choice in param["choices"] if choice["id"] == value)
    if param["type"] in ("int", "double"):
        return "%g%s" % (value, " " + param["unit"] if param.get("unit") else "")
    return value or "empty"


def hint(param):
    """The sentence, the range and the default."""
    lines = [param.get("description") or param["name"]]
    for choice in param.get("choices") or ():
        if choice.get("description"):
            lines.append("%s: %s" % (choice.get("name") or choice["id"], choice["description"]))
    if param["type"] in ("int", "double"):
        lines.append("From %g to %s" % (param["minimum"], _shown(param, param["maximum"])))
    lines.append("Default: " + _shown(param, param["default"]))
    return "\n".join(lines)


class ParamSpin(Spin):
    """Also of whole numbers, which may be larger than a QSpinBox takes."""

    def __init__(self, param):
        super().__init__()
        self.setDecimals(digits(param))
        self.setRange(param["minimum"], param["maximum"])
        self.setSingleStep(step(param))
        self.setKeyboardTracking(False)
        if param.get("unit"):
            self.setSuffix(" " + param["unit"])
        self._whole = param["type"] == "int"

    def number(self):
        return int(self.value()) if self._whole else round(self.value(), self.decimals())


class Row:
    """One parameter: its label, its widget and a button that puts the default back. changed(): after every change by
    a person."""

    def __init__(self, param, params, changed):
        self.param, self._params, self._changed, self._showing = param, params, changed, False
        self.label, self.widget, self.back = QLabel(param["name"]), self._make(), QToolButton()
        self.back.setText("\u21ba")
        self.back.setAutoRaise(True)
        self.back.setToolTip("Back to the default: " + _shown(param, param["default"]))
        self.back.clicked.connect(lambda _: self.put(param["default"]))
        for each in (self.label, self.widget):
            each.setToolTip(hint(param))
        self._show(self.value())

    def value(self):
        """What the job has, if the module takes it, else the default."""
        given = self._params.get(self.param["id"])
        return given if fits(self.param, given) else self.param["default"]

    def put(self, value):
        """As if a person had entered it."""
        if value in (self.param["default"], self._held(self.param["default"])):
            self._params.pop(self.param["id"], None)
        elif value != self._held(self.value()):
            self._params[self.param["id"]] = value
        self._show(self.value())
        self._changed()

    def _held(self, value):
        """A value as the widget holds it: a number has only so many digits there."""
        return round(value, digits(self.param)) if self.param["type"] == "double" else value

    def _make(self):
        param, kind = self.param, self.param["type"]
        if kind == "bool":
            box = QCheckBox()
            box.toggled.connect(self._entered)
            return box
        if kind in ("int", "double"):
            spin = ParamSpin(param)
            spin.valueChanged.connect(lambda _: self._entered(spin.number()))
            return spin
        if kind == "choice":
            names = [(choice.get("name") or choice["id"]) + (" (default)" if choice["id"] == param["default"] else "")
                     for choice in param["choices"]]
            choice = Choice(names, "")
            choice.currentIndexChanged[int].connect(lambda index: self._entered(param["choices"][index]["id"]))
            return choice
        entry = QLineEdit()
        entry.setPlaceholderText("none" if kind == "path" else "")
        entry.textEdited.connect(self._entered)
        return entry

    def _entered(self, value):
        if not self._showing:
            self.put(value)

    def _show(self, value):
        self._showing = True
        kind, widget = self.param["type"], self.widget
        if kind == "bool":
            widget.setChecked(value)
        elif kind in ("int", "double"):
            widget.setValue(value)
        elif kind == "choice":
            widget.setCurrentIndex([choice["id"] for choice in self.param["choices"]].index(value))
        elif widget.text() != value:
            widget.setText(value)
        self._showing = False
        usual = self._held(value) == self._held(self.param["default"])
        font = self.label.font()
        font.setBold(not usual)
        self.label.setFont(font)
        self.back.setEnabled(not usual)


class ParamForm(QWidget):
    """declared: as `burin plugins ID --json` gives it; params: of the job, changed in place."""

    def __init__(self, declared, params, changed):
        super().__init__()
        form = QFormLayout(self)
        form.setContentsMargins(12, 0, 0, 0)
        self.rows = [Row(param, params, changed) for param in usable(declared)]
        for row in self.rows:
            line = QHBoxLayout()
            line.setSpacing(2)
            line.addWidget(row.widget, 1)
            if row.param["type"] == "path":
                line.addWidget(self._browse(row))
            line.addWidget(row.back)
            form.addRow(row.label, line)

    def _browse(self, row):
        button = QToolButton()
        button.setText("...")
        button.setFixedWidth(BROWSE_WIDTH)

        def choose():
            dialog = QFileDialog(self, row.param["name"], row.widget.text())
            dialog.setAttribute(Qt.WA_DeleteOnClose)
            dialog.fileSelected.connect(row.put)
            dialog.open()

        button.clicked.connect(lambda _: choose())
        return button
