# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Krita's pixels to the worker's tensors and back, in bands of rows. Krita keeps 8 and 16 bit colours as
# blue, green, red and floats as red, green, blue.
import array
import glob
import hashlib
import os

from . import protocol as p

BAND_PIXELS = 64 * 1024
DEPTHS = {"U8": (p.DL_UINT, 8, "B"), "U16": (p.DL_UINT, 16, "H"), "F16": (p.DL_FLOAT, 16, "H"), "F32": (p.DL_FLOAT, 32, "f")}
FLOAT_OPPOSITES = {"U8": 255.0, "U16": 65535.0}


class Refusal(Exception):
    """One sentence for the user."""


def bands(width, height):
    rows = max(1, BAND_PIXELS // max(1, width))
    for y in range(0, height, rows):
        yield y, min(rows, height - y)


def check_colours(holder):
    if holder.colorModel() not in ("RGBA", "GRAYA") or holder.colorDepth() not in DEPTHS:
        raise Refusal(
            "The colours are %s, %s; Burin needs RGB or greyscale of 8, 16 or 32 bit, so convert them first."
            % (holder.colorModel(), holder.colorDepth())
        )


def read(holder, x, y, width, height):
    """Tensor [height, width, 4 or 2] of a node or a document, by a generator."""
    check_colours(holder)
    code, bits, kind = DEPTHS[holder.colorDepth()]
    colours = holder.colorModel() == "RGBA"
    pixel = (4 if colours else 2) * bits // 8
    # Only a paint layer has pixels of its own; a group shows its layers.
    own = not hasattr(holder, "type") or holder.type() == "paintlayer"
    pixels = holder.pixelData if own else holder.projectionPixelData
    parts = []
    for top, rows in bands(width, height):
        raw = bytes(pixels(x, y + top, width, rows))
        if len(raw) != width * rows * pixel:
            raise Refusal("Krita did not give the pixels of '%s'." % holder.name())
        if colours and code == p.DL_UINT:
            values = array.array(kind)
            values.frombytes(raw)
            values[0::4], values[2::4] = values[2::4], values[0::4]
            raw = values.tobytes()
        parts.append(raw)
        yield
    return p.Tensor(code, bits, (height, width, 4 if colours else 2), b"".join(parts))


def hash_of(tensor, x, y, width, height):
    """sha256 of a part of a tensor, rows from top to bottom."""
    pixel = tensor.shape[2] * tensor.bits // 8
    stride = tensor.shape[1] * pixel
    total = hashlib.sha256()
    for row in range(y, y + height):
        total.update(tensor.data[row * stride + x * pixel : row * stride + (x + width) * pixel])
    return "sha256:" + total.hexdigest()


def rgba_bands(pixels, mask, opacity=None):
    """Bands (y, rows, bytes) of a float RGBA layer of colours and a mask, both float arrays."""
    height, width, channels = pixels.shape
    colours, shown = pixels.floats(), mask.floats()
    for top, rows in bands(width, height):
        start, end = top * width, (top + rows) * width
        out = array.array("f", bytes(16 * (end - start)))
        band = colours[start * channels : end * channels]
        for c in range(3):
            out[c::4] = band[(c if channels == 3 else 0) :: channels]
        out[3::4] = shown[start:end]
        yield top, rows, out.tobytes()


def grey_bands(pixels, mask):
    height, width, _ = pixels.shape
    colours, shown = pixels.floats(), mask.floats()
    for top, rows in bands(width, height):
        start, end = top * width, (top + rows) * width
        out = array.array("f", bytes(8 * (end - start)))
        out[0::2] = colours[start:end]
        out[1::2] = shown[start:end]
        yield top, rows, out.tobytes()


def profile_bytes(name):
    """The ICC profile of this name, from the files that Krita reads; None for sRGB."""
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
    raise Refusal("The colour profile '%s' was not found among Krita's files." % name)
