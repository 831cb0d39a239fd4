# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The faces that were found, as numbered thumbnails with a tick and a prompt each.
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QImage, QPixmap
from PyQt5.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

SIDE, FINEST = 64, 128
SAME = 0.3  # boxes of the same face in two searches overlap by more than this
LAID_BACK = (
    "The model draws a face larger than this. Laid back it has so many pixels again; scale the image up first to "
    "keep more detail."
)


class FacesList(QWidget):
    def __init__(self):
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(2, 1)
        self.rows = []  # (segment, tick, prompt, widgets)
        self._before = []

    def clear(self):
        if self.rows:
            self._before = [(row[0]["bbox"], *choice) for row, choice in zip(self.rows, self.choices())]
        for row in self.rows:
            for widget in row[3]:
                widget.deleteLater()
        self.rows = []

    def forget(self):
        """Of another document: ticks and prompts are not for it."""
        self.clear()
        self._before = []

    def choices(self):
        """(whether it is ticked, its prompt) of each face."""
        return [(tick.isChecked(), prompt.text().strip()) for _, tick, prompt, _ in self.rows]

    def show_faces(self, segs, picture):
        """A generator. Ticks and prompts are kept for a face that was listed before."""
        for seg in segs:
            ticked, words = next(((t, w) for box, t, w in self._before if _overlap(box, seg["bbox"]) > SAME), (True, ""))
            tick, image, prompt = QCheckBox(str(seg["id"])), QLabel(), QLineEdit(words)
            tick.setChecked(ticked)
            image.setFixedWidth(SIDE)
            image.setPixmap((yield from _thumbnail(picture, seg["bbox"])))
            prompt.setPlaceholderText("prompt for this face")
            prompt.setToolTip("Prompt for this face; empty: the common one")
            x1, y1, x2, y2 = seg["bbox"]
            about = QLabel("%d x %d pixels, %.0f %% sure" % (x2 - x1, y2 - y1, 100 * seg.get("confidence", 1.0)))
            about.setToolTip(LAID_BACK)
            about.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
            side = QWidget()
            lines = QVBoxLayout(side)
            lines.setContentsMargins(0, 0, 0, 0)
            lines.addWidget(about)
            lines.addWidget(prompt)
            for column, widget in enumerate((tick, image, side)):
                self._grid.addWidget(widget, len(self.rows), column)
            self.rows.append((seg, tick, prompt, (tick, image, side)))
            yield


def _overlap(a, b):
    """Intersection over union of two boxes."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _thumbnail(picture, box):
    """A box with a little around it; of large ones only every so many pixels are looked at. A generator."""
    x1, y1, x2, y2 = box
    margin = max(x2 - x1, y2 - y1) / 5
    left, top = max(0, int(x1 - margin)), max(0, int(y1 - margin))
    width = max(1, min(picture.rect[2], int(x2 + margin)) - left)
    height = max(1, min(picture.rect[3], int(y2 + margin)) - top)
    step = max(1, max(width, height) // FINEST)
    channels = picture.channels
    out, rows = bytearray(), 0
    for y in range(top, top + height, step):
        raw = picture.row(left, y, width)
        line = [picture.levels(raw, c if channels == 4 else 0, channels * step) for c in range(3)]
        shown = bytearray(3 * len(line[0]))
        for c in range(3):
            shown[c::3] = line[c]
        out += shown
        rows += 1
        yield
    across = len(out) // (3 * rows)
    image = QImage(bytes(out), across, rows, across * 3, QImage.Format_RGB888).copy()
    return QPixmap.fromImage(image).scaled(SIDE, SIDE, Qt.KeepAspectRatio, Qt.SmoothTransformation)
