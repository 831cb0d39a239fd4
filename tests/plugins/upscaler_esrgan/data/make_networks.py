#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Makes the small networks of this folder with drawn weights, and what PyTorch 2 on the CPU gives
# for the test picture. Needs torch, numpy and safetensors; usage: make_networks.py FOLDER
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn


def conv(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class Dense(nn.Module):
    """Wang et al. 2018: each convolution sees the input and all results before it."""

    def __init__(self, width, growth):
        super().__init__()
        for i in range(1, 6):
            setattr(self, f"conv{i}", conv(width + (i - 1) * growth, growth if i < 5 else width))

    def forward(self, x):
        seen = x
        for i in range(1, 5):
            seen = torch.cat([seen, F.leaky_relu(getattr(self, f"conv{i}")(seen), 0.2)], 1)
        return x + 0.2 * self.conv5(seen)


class Block(nn.Module):
    def __init__(self, width, growth):
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (Dense(width, growth) for _ in range(3))

    def forward(self, x):
        return x + 0.2 * self.rdb3(self.rdb2(self.rdb1(x)))


class Rrdb(nn.Module):
    def __init__(self, width, growth, blocks, shuffle):
        super().__init__()
        self.shuffle = shuffle
        self.conv_first = conv(3 * shuffle**2, width)
        self.body = nn.Sequential(*(Block(width, growth) for _ in range(blocks)))
        self.conv_body = conv(width, width)
        self.conv_up1, self.conv_up2 = conv(width, width), conv(width, width)
        self.conv_hr, self.conv_last = conv(width, width), conv(width, 3)

    def forward(self, x):
        # A size that is no multiple goes on mirrored.
        height, width = (4 // self.shuffle * side for side in x.shape[2:])
        pad = [-side % self.shuffle for side in x.shape[2:]]
        x = F.pad(x, (0, pad[1], 0, pad[0]), mode="reflect")
        x = self.conv_first(F.pixel_unshuffle(x, self.shuffle))
        x = x + self.conv_body(self.body(x))
        for up in (self.conv_up1, self.conv_up2):
            x = F.leaky_relu(up(F.interpolate(x, scale_factor=2, mode="nearest")), 0.2)
        return self.conv_last(F.leaky_relu(self.conv_hr(x), 0.2))[:, :, :height, :width]


class Compact(nn.Module):
    def __init__(self, width, convolutions, factor):
        super().__init__()
        self.factor = factor
        layers = [conv(3, width), nn.PReLU(width)]
        for _ in range(convolutions):
            layers += [conv(width, width), nn.PReLU(width)]
        self.body = nn.Sequential(*layers, conv(width, 3 * factor**2))

    def forward(self, x):
        enlarged = F.interpolate(x, scale_factor=self.factor, mode="nearest")
        return F.pixel_shuffle(self.body(x), self.factor) + enlarged


def picture(height, width):
    index = torch.arange(3 * height * width, dtype=torch.float64)
    values = 0.5 + 0.4 * torch.sin(0.7 * index)
    return values.reshape(1, height, width, 3).permute(0, 3, 1, 2).float()


def draw(net, share):
    for value in net.parameters():
        spread = share / math.sqrt(value[0].numel()) if value.dim() == 4 else 0.1
        value.data.normal_(0, spread)
    if isinstance(net, Rrdb):
        net.conv_last.weight.data *= 0.1
        net.conv_last.bias.data.fill_(0.5)
    return net


@torch.no_grad()
def make(folder, name, net, dtype):
    weights = {key: value.to(dtype) for key, value in net.state_dict().items()}
    net.load_state_dict({key: value.float() for key, value in weights.items()})
    save_file(weights, folder / f"{name}.safetensors")
    result = net(picture(7, 9))
    print(name, tuple(result.shape), f"{result.min():.3f} to {result.max():.3f}")
    result[0].permute(1, 2, 0).contiguous().numpy().tofile(folder / f"{name}.f32")


def main():
    folder = Path(sys.argv[1])
    torch.manual_seed(5)
    torch.set_num_threads(1)
    make(folder, "rrdb_x4", draw(Rrdb(3, 2, 2, 1), 1.4), torch.float32)
    make(folder, "rrdb_x2", draw(Rrdb(4, 2, 1, 2), 1.4), torch.float16)
    make(folder, "compact_x3", draw(Compact(5, 2, 3), 0.3), torch.bfloat16)


main()
