#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What networks laid out as the published ones give, with weights drawn by name: convolutions in
# numpy, double precision, one tap at a time. published_tests.cpp draws the same weights.
# Usage: make_published.py FOLDER
import math
import sys
from pathlib import Path

import numpy as np

SEED, STEP = 2166136261, 16777619  # FNV-1a
MOST = 64 * 192 * 9
LAST = {"conv_last", "model.10"}


def powers(count):
    """What `count` steps of the generator multiply by and add."""
    factors, sums = np.empty(count, np.uint64), np.empty(count, np.uint64)
    factor, total = 1, 0
    for i in range(count):
        total = (total * 1664525 + 1013904223) % 2**32
        factor = factor * 1664525 % 2**32
        factors[i], sums[i] = factor, total
    return factors, sums


FACTORS, SUMS = powers(MOST)


def draw(name, count):
    """`count` numbers from -1 to 1 that follow from the name."""
    state = SEED
    for byte in name.encode():
        state = (state ^ byte) * STEP % 2**32
    states = (FACTORS[:count] * np.uint64(state) + SUMS[:count]) % np.uint64(2**32)
    return 2 * ((states >> np.uint64(8)).astype(np.float64) / 2**24) - 1


class Weights:
    def __init__(self, half):
        self.half = half

    def stored(self, values):
        values = values.astype(np.float32)
        return (values.astype(np.float16) if self.half else values).astype(np.float64)

    def convolution(self, x, name, outputs, gain):
        inputs = x.shape[0]
        spread = gain * math.sqrt(3 / (9 * inputs))
        weight = self.stored(spread * draw(name + ".weight", outputs * inputs * 9))
        weight = weight.reshape(outputs, inputs, 3, 3)
        middle = 0.5 if name in LAST else 0
        bias = self.stored(middle + 0.1 * draw(name + ".bias", outputs))
        height, width = x.shape[1:]
        around = np.zeros((inputs, height + 2, width + 2))
        around[:, 1:-1, 1:-1] = x
        result = np.repeat(bias[:, None], height * width, 1)
        for dy in range(3):
            for dx in range(3):
                seen = around[:, dy : dy + height, dx : dx + width].reshape(inputs, -1)
                result += weight[:, :, dy, dx] @ seen
        return result.reshape(outputs, height, width)

    def slopes(self, x, name):
        slope = self.stored(0.25 + 0.1 * draw(name + ".weight", x.shape[0]))
        return np.where(x < 0, slope[:, None, None] * x, x)


def leaky(x):
    return np.where(x < 0, 0.2 * x, x)


def repeated(x, times):
    return x.repeat(times, 1).repeat(times, 2)


def gathered(x, s):
    """Each s x s block of a channel becomes s * s channels."""
    channels, height, width = x.shape
    result = np.empty((channels * s * s, height // s, width // s))
    for c in range(channels):
        for dy in range(s):
            for dx in range(s):
                result[c * s * s + dy * s + dx] = x[c, dy::s, dx::s]
    return result


def scattered(x, s):
    """The reverse."""
    channels, height, width = x.shape
    result = np.empty((channels // (s * s), height * s, width * s))
    for c in range(channels):
        place = c % (s * s)
        result[c // (s * s), place // s :: s, place % s :: s] = x[c]
    return result


REAL_ESRGAN = {
    "first": "conv_first",
    "dense": "body.{}.rdb{}.conv{}",
    "trunk": "conv_body",
    "ups": ["conv_up1", "conv_up2"],
    "high": "conv_hr",
    "last": "conv_last",
}
FIRST_RELEASE = {
    "first": "model.0",
    "dense": "model.1.sub.{}.RDB{}.conv{}.0",
    "trunk": "model.1.sub.6",
    "ups": ["model.3", "model.6"],
    "high": "model.8",
    "last": "model.10",
}


def rrdb(x, w, names, blocks, shuffle):
    width, growth = 64, 32
    first = w.convolution(gathered(x, shuffle), names["first"], width, 1.4)
    x = first
    for block in range(blocks):
        before_block = x
        for part in range(1, 4):
            before, seen = x, x
            for i in range(1, 5):
                name = names["dense"].format(block, part, i)
                seen = np.concatenate([seen, leaky(w.convolution(seen, name, growth, 0.6))])
            name = names["dense"].format(block, part, 5)
            x = before + 0.2 * w.convolution(seen, name, width, 0.6)
        x = before_block + 0.2 * x
    # Each block adds a fifth of what it is given.
    x = first + w.convolution(x, names["trunk"], width, 1.2**-blocks)
    for up in names["ups"]:
        x = leaky(w.convolution(repeated(x, 2), up, width, 1.4))
    x = leaky(w.convolution(x, names["high"], width, 1.4))
    return w.convolution(x, names["last"], 3, 0.1)


def compact(x, w, convolutions, factor):
    picture = x
    for i in range(convolutions + 1):
        x = w.slopes(w.convolution(x, f"body.{2 * i}", 64, 1.37), f"body.{2 * i + 1}")
    x = w.convolution(x, f"body.{2 * convolutions + 2}", 3 * factor**2, 0.2)
    return scattered(x, factor) + repeated(picture, factor)


def picture(height, width):
    values = 0.5 + 0.4 * np.sin(0.7 * np.arange(3 * height * width))
    values = values.astype(np.float32).astype(np.float64)
    return values.reshape(height, width, 3).transpose(2, 0, 1)


def main():
    folder = Path(sys.argv[1])
    whole, half = Weights(False), Weights(True)
    networks = {
        "RealESRGAN_x4plus": lambda: rrdb(picture(3, 4), half, REAL_ESRGAN, 23, 1),
        "ESRGAN_x4_old": lambda: rrdb(picture(3, 4), whole, FIRST_RELEASE, 6, 1),
        "RealESRGAN_x2plus": lambda: rrdb(picture(6, 8), whole, REAL_ESRGAN, 2, 2),
        "RealESRGAN_x1": lambda: rrdb(picture(4, 8), whole, REAL_ESRGAN, 1, 4),
        "realesr-general-x4v3": lambda: compact(picture(3, 4), half, 32, 4),
        "realesr-animevideov3": lambda: compact(picture(3, 4), whole, 16, 4),
        "compact_x2": lambda: compact(picture(5, 4), whole, 16, 2),
    }
    for name, make in networks.items():
        result = make()
        print(f"{name}: {result.shape}, {result.min():.3f} to {result.max():.3f}")
        result.transpose(1, 2, 0).astype(np.float32).tofile(folder / f"{name}.f32")


main()
