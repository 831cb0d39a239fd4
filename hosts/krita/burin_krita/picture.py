# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Krita's pixels to the worker's tensors and back, in bands of rows. Krita keeps 8 and 16 bit colours as
# blue, green, red and floats as red, green, blue.
import array
import glob
import hashlib
import os
import struct

from . import protocol as p
from .refusal import Refusal

READ_PIXELS, READ_FLOATS, WRITE_PIXELS = 64 * 1024, 8 * 1024, 8 * 1024
DEPTHS = {"U8": (p.DL_UINT, 8), "U16": (p.DL_UINT, 16), "F16": (p.DL_FLOAT, 16), "F32": (p.DL_FLOAT, 32)}
KINDS = {8: "B", 16: "H", 32: "f"}  # of array; 16 bit floats are moved, not counted with


def bands(width, height, pixels):
    """(first row, rows) from top to bottom, about `pixels` pixels each."""
    rows = max(1, pixels // max(1, width))
    for y in range(0, height, rows):
        yield y, min(rows, height - y)


def check_colours(holder):
    if holder.colorModel() not in ("RGBA", "GRAYA") or holder.colorDepth() not in DEPTHS:
        raise Refusal(
            "The colours are %s, %s; Burin needs RGB or greyscale of 8, 16 or 32 bit, so convert them first."
            % (holder.colorModel(), holder.colorDepth())
        )


class Picture:
    """A rectangle of the document: rect [x, y, width, height]; the rest are channels with alpha, as the
    worker takes them. The pixels lie in bands, which are never put together."""

    def __init__(self, rect, code, bits, channels):
        self.rect, self.code, self.bits, self.channels = list(rect), code, bits, channels
        self.pixel = channels * bits // 8
        self.parts, self._rows = [], 1

    def add(self, rows, data):
        if not self.parts:
            self._rows = rows
        self.parts.append(data)

    def row(self, x, y, width):
        """Bytes of a row from x, y of the picture on."""
        start = ((y % self._rows) * self.rect[2] + x) * self.pixel
        return memoryview(self.parts[y // self._rows])[start : start + width * self.pixel]

    def values(self, raw, first, step):
        """Every step-th number of bytes, 0 to 1, for what is shown only."""
        if self.code == p.DL_FLOAT and self.bits == 16:
            return struct.unpack("<%de" % (len(raw) // 2), raw)[first::step]
        numbers = array.array(KINDS[self.bits])
        numbers.frombytes(raw)
        if self.code == p.DL_FLOAT:
            return numbers[first::step]
        most = float((1 << self.bits) - 1)
        return [number / most for number in numbers[first::step]]

    def levels(self, raw, first, step):
        """The same as bytes."""
        if self.code == p.DL_UINT:  # the high byte, little-endian
            size = self.bits // 8
            return bytes(raw[size * first + size - 1 :: size * step])
        return bytes([min(255, max(0, int(value * 255 + 0.5))) for value in self.values(raw, first, step)])

    def field(self, number):
        shape = (self.rect[3], self.rect[2], self.channels)
        return p.tensor(number, p.Tensor(self.code, self.bits, shape, None), self.parts)


def read(holder, rect, own=False):
    """Picture of a node or a document; a generator. own: without a layer's masks and styles."""
    check_colours(holder)
    code, bits = DEPTHS[holder.colorDepth()]
    channels = 4 if holder.colorModel() == "RGBA" else 2
    picture = Picture(rect, code, bits, channels)
    pixels = holder.pixelData if own or not hasattr(holder, "projectionPixelData") else holder.projectionPixelData
    x, y, width, height = rect
    for top, rows in bands(width, height, READ_PIXELS if code == p.DL_UINT else READ_FLOATS):
        raw = bytes(pixels(x, y + top, width, rows))
        if len(raw) != width * rows * picture.pixel:
            raise Refusal("Krita did not give the pixels of '%s'." % holder.name())
        if channels == 4 and code == p.DL_UINT:
            raw = _swapped(raw, bits)
        picture.add(rows, raw)
        yield
    return picture


def _swapped(raw, bits):
    """Red and blue of 4 channels in each other's place."""
    values = array.array(KINDS[bits])
    values.frombytes(raw)
    values[0::4], values[2::4] = values[2::4], values[0::4]
    return values.tobytes()


def hash_of(picture, x, y, width, height):
    """sha256 of a part of a picture (its coordinates), rows from top to bottom; a generator."""
    total = hashlib.sha256()
    for top, rows in bands(width, height, READ_PIXELS):
        for row in range(y + top, y + top + rows):
            total.update(picture.row(x, row, width))
        yield
    return "sha256:" + total.hexdigest()


def alpha_of(raw, channels, bits):
    """Every alpha of bytes of pixels, as they are kept."""
    values = array.array("H" if bits == 16 else KINDS[bits])
    values.frombytes(raw)
    return values[channels - 1 :: channels]


def eight_bit(alpha, depth):
    """Alphas of alpha_of as bytes."""
    if depth == "U8":
        return alpha.tobytes()
    if depth == "U16":
        return alpha.tobytes()[1::2]  # the high byte, little-endian
    values = struct.unpack("<%de" % len(alpha), alpha.tobytes()) if depth == "F16" else alpha
    return bytes([min(255, max(0, int(value * 255 + 0.5))) for value in values])


def with_alpha(raw, channels, bits, alpha):
    """Bytes of pixels with another alpha, as they are kept; alpha: of alpha_of, or one number."""
    values = array.array("H" if bits == 16 else KINDS[bits])
    values.frombytes(raw)
    if not isinstance(alpha, array.array):
        alpha = array.array(values.typecode, [alpha]) * (len(values) // channels)
    values[channels - 1 :: channels] = alpha
    return values.tobytes()


def layer_bands(colours, mask, channels):
    """(first row, rows, colours with alpha as float bytes) of a layer message's tensors."""
    height, width, given = colours.shape
    for top, rows in bands(width, height, WRITE_PIXELS):
        start, count = top * width, rows * width
        band = colours.floats(start * given, count * given)
        out = array.array("f", bytes(4 * channels * count))
        for channel in range(channels - 1):
            out[channel::channels] = band[(channel if given == 3 else 0) :: given]
        out[channels - 1 :: channels] = mask.floats(start, count)
        yield top, rows, out


def profile_bytes(name):
    """The ICC profile of this name, from the files that Krita reads; None for sRGB; a generator."""
    if not name or name.lower().startswith("srgb") and "g10" not in name and "linear" not in name.lower():
        return None
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    folders = [os.path.join(home, "color/icc"), os.path.join(home, "krita/profiles"), "/usr/share/color/icc"]
    wanted = (name.encode("latin-1", "ignore"), name.encode("utf-16-be"))
    for folder in folders:
        for path in sorted(glob.glob(os.path.join(folder, "**", "*.ic[cm]"), recursive=True)):
            try:
                with open(path, "rb") as file:
                    data = file.read(4 << 20)
            except OSError:
                continue
            if os.path.basename(path) == name or any(w and w in data for w in wanted):
                return data
            yield
    raise Refusal("The colour profile '%s' was not found among Krita's files." % name)
