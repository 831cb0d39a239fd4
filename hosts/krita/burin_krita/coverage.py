# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Selections and masks as bytes over a rectangle, and their way to the worker.
import array
import hashlib
import json
import re
import struct

from .picture import READ_PIXELS, bands

RUN = re.compile(rb"[^\0]+")
LEVELS = array.array("f", (value / 255.0 for value in range(256)))
STEP_ROWS = 64


class Coverage:
    """Bytes 0 to 255 over a rectangle; 0 outside."""

    def __init__(self, x, y, width, height, data):
        self.x, self.y, self.width, self.height, self.data = x, y, width, height, data

    def row(self, x, y, width):
        """`width` bytes from x, y on."""
        if not self.y <= y < self.y + self.height:
            return bytes(width)
        left = max(x, self.x)
        right = min(x + width, self.x + self.width)
        if right <= left:
            return bytes(width)
        at = (y - self.y) * self.width - self.x
        return bytes(left - x) + self.data[at + left : at + right] + bytes(x + width - right)

    def bounds(self, least):
        """[x1, y1, x2, y2] around what is `least` or more, or None; a generator."""
        table = bytes(1 if value >= least else 0 for value in range(256))
        found = None
        for y in range(self.height):
            line = self.data[y * self.width : (y + 1) * self.width].translate(table)
            left = line.find(1)
            if left >= 0:
                right = line.rindex(1) + 1
                found = found or [left, y, right, y]
                found = [min(found[0], left), found[1], max(found[2], right), y + 1]
            if y % STEP_ROWS == STEP_ROWS - 1:
                yield
        return found and [self.x + found[0], self.y + found[1], self.x + found[2], self.y + found[3]]

    def touches(self, box):
        """Whether anything is covered inside [x1, y1, x2, y2]."""
        return any(any(self.row(box[0], y, box[2] - box[0])) for y in range(box[1], box[3]))

    def hash(self):
        return "sha256:" + hashlib.sha256(self.data).hexdigest()


def levels(data):
    """Bytes as floats 0 to 1."""
    return array.array("f", [LEVELS[value] for value in data])


def read(pixels, x, y, width, height):
    """Coverage of a call like pixelData of a selection or a mask; a generator."""
    parts = []
    for top, rows in bands(width, height, READ_PIXELS):
        parts.append(bytes(pixels(x, y + top, width, rows)))
        yield
    return Coverage(x, y, width, height, b"".join(parts))


def times(one, other):
    """The product of two over the first one's rectangle; a generator."""
    parts = []
    for y in range(one.y, one.y + one.height):
        a, b = one.row(one.x, y, one.width), other.row(one.x, y, one.width)
        opaque = b"\xff" * one.width
        parts.append(a if b == opaque else b if a == opaque
                     else bytes([(u * v + 127) // 255 for u, v in zip(a, b)]))
        yield
    return Coverage(one.x, one.y, one.width, one.height, b"".join(parts))


def pieces(coverage):
    """The parts that do not touch, diagonals included, by their topmost, then leftmost run; a generator."""
    parent, runs, above = [], [], []

    def root(label):
        while parent[label] != label:
            parent[label] = parent[parent[label]]
            label = parent[label]
        return label

    for y in range(coverage.height):
        line = coverage.data[y * coverage.width : (y + 1) * coverage.width]
        here = []
        first = 0
        for run in RUN.finditer(line):
            start, end = run.span()
            label = len(parent)
            parent.append(label)
            while first < len(above) and above[first][1] < start:
                first += 1
            at = first
            while at < len(above) and above[at][0] <= end:
                parent[max(root(label), root(above[at][2]))] = min(root(label), root(above[at][2]))
                at += 1
            here.append((start, end, label))
            runs.append((y, start, end, label))
        above = here
        if y % STEP_ROWS == STEP_ROWS - 1:
            yield
    parts = {}
    for y, start, end, label in runs:
        parts.setdefault(root(label), []).append((y, start, end))
    found = []
    for part in sorted(parts):
        found.append((yield from _piece(coverage, parts[part])))
    return found


def _piece(coverage, runs):
    left, right = min(run[1] for run in runs), max(run[2] for run in runs)
    top, bottom = runs[0][0], runs[-1][0] + 1
    width = right - left
    data = bytearray(width * (bottom - top))
    for count, (y, start, end) in enumerate(runs):
        at, source = (y - top) * width - left, y * coverage.width
        data[at + start : at + end] = coverage.data[source + start : source + end]
        if count % STEP_ROWS == STEP_ROWS - 1:
            yield
    return Coverage(coverage.x + left, coverage.y + top, width, bottom - top, bytes(data))


def write_masks(path, masks):
    """A safetensors file with a float mask over each crop: masks is {key: (coverage, [x1, y1, x2, y2])};
    a generator."""
    header, at = {}, 0
    for key, (_, (x1, y1, x2, y2)) in masks.items():
        size = 4 * (x2 - x1) * (y2 - y1)
        header[key] = {"dtype": "F32", "shape": [y2 - y1, x2 - x1], "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for coverage, (x1, y1, x2, y2) in masks.values():
            for y in range(y1, y2):
                file.write(levels(coverage.row(x1, y, x2 - x1)).tobytes())
                yield
