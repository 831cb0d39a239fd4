# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Widgets that the forms are made of.
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSizePolicy

RECOMMENDED = "as the model recommends"
BROWSE_WIDTH = 32


class Spin(QDoubleSpinBox):
    """Fits any width, and changes by the wheel only while it is being edited."""

    def __init__(self):
        super().__init__()
        self.setFocusPolicy(Qt.StrongFocus)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)

    def wheelEvent(self, event):
        # Scrolling the docker is not meant for the numbers that pass below the mouse.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Number(Spin):
    """A number, or none: its lowest place. start: where it begins when it is stepped up from there."""

    def __init__(self, low, high, step, digits, start, hint):
        super().__init__()
        self._start = start
        self.setDecimals(digits)
        self.setRange(low - step, high)
        self.setSingleStep(step)
        self.setValue(self.minimum())
        self.setSpecialValueText(RECOMMENDED)
        self.setToolTip(hint)

    def stepBy(self, steps):
        if steps > 0 and self.value() == self.minimum():
            self.setValue(self._start)
        else:
            super().stepBy(steps)

    def number(self):
        return None if self.value() == self.minimum() else round(self.value(), self.decimals())

    def whole(self):
        return None if self.value() == self.minimum() else int(self.value())

    def show_number(self, value):
        self.setValue(self.minimum() if value is None else value)


class Choice(QComboBox):
    def __init__(self, names, hint, editable=False):
        super().__init__()
        self.addItems(names)
        self.setEditable(editable)
        self.setToolTip(hint)
        self.setFocusPolicy(Qt.StrongFocus)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        if editable:
            self.lineEdit().setPlaceholderText(RECOMMENDED)

    def wheelEvent(self, event):
        event.ignore()


def entry(hint, empty=""):
    made = QLineEdit()
    made.setToolTip(hint)
    made.setPlaceholderText(empty)
    return made
