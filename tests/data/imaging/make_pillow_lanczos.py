# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
"""Writes pillow_lanczos.txt: what Pillow makes of noise at several sizes. Needs numpy and a Pillow
before 13 (from there on some reductions of tall pictures run the vertical pass first).

A line: channels, input width and height, output width and height, FNV-1a 64 hash of the result's
bytes, and its first eight bytes. The input's bytes are the high bytes of the generator
s -> 1664525 s + 1013904223 (mod 2^32) from s = 1, row by row.
"""
import pathlib

import numpy
import PIL
from PIL import Image

SIZES = [
    (1, 16, 16, 16, 16), (1, 1, 1, 7, 5), (1, 5, 1, 1, 9), (1, 64, 48, 13, 31), (3, 64, 48, 64, 48),
    (3, 40, 30, 97, 30), (3, 40, 30, 40, 77), (3, 80, 100, 205, 256), (3, 333, 251, 256, 193),
    (3, 301, 199, 38, 25), (3, 7, 9, 512, 384), (3, 2, 3, 3, 2), (3, 256, 768, 100, 300),
    (3, 257, 255, 256, 256),
]


def noise(count):
    state, values = 1, bytearray()
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state >> 24)
    return bytes(values)


def fnv1a(data):
    result = 0xCBF29CE484222325
    for byte in data:
        result = (result ^ byte) * 0x100000001B3 % 2**64
    return result


def main():
    lines = [f"# Pillow {PIL.__version__}, made by make_pillow_lanczos.py"]
    for channels, width, height, new_width, new_height in SIZES:
        shape = (height, width) if channels == 1 else (height, width, channels)
        picture = numpy.frombuffer(noise(width * height * channels), numpy.uint8).reshape(shape)
        resized = Image.fromarray(picture).resize((new_width, new_height), Image.Resampling.LANCZOS)
        data = numpy.asarray(resized).tobytes()
        first = " ".join(str(byte) for byte in (data + bytes(8))[:8])
        lines.append(f"{channels} {width} {height} {new_width} {new_height} {fnv1a(data)} {first}")
    path = pathlib.Path(__file__).with_name("pillow_lanczos.txt")
    path.write_text("\n".join(lines) + "\n")


main()
