# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Jobs (docs/job.md), masks on their way to the worker, and what is stored with a layer (docs/hosts.md).
import array
import json
import math
import operator
import os
import random
import struct

from .picture import Refusal

RECORD = "burin-layer/"


def job_of(settings):
    """settings: model, prompt, negative, denoise, size, steps, seed; None or "": as the model recommends."""
    seed = settings.get("seed")
    job = {"burin_job": 1, "detailer": {"seed": random.getrandbits(32) if seed is None else seed}}
    if settings.get("model"):
        job["model"] = {"checkpoint": settings["model"]}
    for key, name in (("prompt", "positive"), ("negative", "negative")):
        if settings.get(key):
            job.setdefault("prompt", {})[name] = settings[key]
    for key, name in (("denoise", "denoise"), ("size", "guide_size"), ("steps", "steps")):
        if settings.get(key) is not None:
            job["detailer"][name] = settings[key]
    return job


def surroundings(box, factor, width, height):
    """A box [x1, y1, x2, y2] `factor` times as large about its centre, moved to lie inside the picture."""

    def grow(low, high, limit):
        length = min(limit, max(high - low, round((high - low) * factor)))
        start = min(max(0, math.floor((low + high - length) / 2)), limit - length)
        return start, start + length

    x1, x2 = grow(box[0], box[2], width)
    y1, y2 = grow(box[1], box[3], height)
    return [x1, y1, x2, y2]


class Coverage:
    """Bytes 0 to 255 over a rectangle; 0 outside."""

    def __init__(self, x, y, width, height, data):
        self.x, self.y, self.width, self.height, self.data = x, y, width, height, bytes(data)

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
        """[x1, y1, x2, y2] around what is `least` or more, or None."""
        table = bytes(1 if value >= least else 0 for value in range(256))
        rows = [
            (y, line)
            for y in range(self.height)
            for line in [self.data[y * self.width : (y + 1) * self.width].translate(table)]
            if 1 in line
        ]
        if not rows:
            return None
        left = min(line.index(1) for _, line in rows)
        right = max(line.rindex(1) for _, line in rows) + 1
        return [self.x + left, self.y + rows[0][0], self.x + right, self.y + rows[-1][0] + 1]


LEVELS = [struct.pack("<f", value / 255.0) for value in range(256)]


def write_mask(path, key, coverage, crop):
    """A safetensors file with one float mask over `crop`; a generator."""
    x1, y1, x2, y2 = crop
    size = 4 * (x2 - x1) * (y2 - y1)
    header = json.dumps(
        {key: {"dtype": "F32", "shape": [y2 - y1, x2 - x1], "data_offsets": [0, size]}}
    ).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for y in range(y1, y2):
            file.write(b"".join([LEVELS[value] for value in coverage.row(x1, y, x2 - x1)]))
            yield


def selection_job(settings, coverage, width, height, scratch):
    """The job that redraws a selection (in coordinates of the picture); a generator."""
    whole = coverage.bounds(1)
    if whole is None or whole[2] <= 0 or whole[3] <= 0 or whole[0] >= width or whole[1] >= height:
        raise Refusal("The selection does not touch the picture; select a part of it.")
    box = coverage.bounds(128) or whole
    box = [max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3])]
    grown = surroundings(box, 3.0, width, height)
    crop = [
        max(0, min(grown[0], whole[0])),
        max(0, min(grown[1], whole[1])),
        min(width, max(grown[2], whole[2])),
        min(height, max(grown[3], whole[3])),
    ]
    path = os.path.join(scratch, "masks.safetensors")
    yield from write_mask(path, "seg.1.mask", coverage, crop)
    job = job_of(settings)
    job["paste"] = {"feather": 0}
    job["segs"] = [
        {"id": 1, "label": "selection", "confidence": 1.0, "bbox": box, "crop_region": crop,
         "mask": {"tensor": path, "key": "seg.1.mask"}}
    ]
    return job


def record_of(job, seg_id, picture, layer, crop_hash, position):
    """What is stored with a layer: picture and layer are [x, y, width, height] of the document."""
    kept = {key: value for key, value in job.items() if key not in ("image", "output", "only", "filters")}
    seg = next(each for each in job["segs"] if each["id"] == seg_id)
    kept["segs"] = [{key: value for key, value in seg.items() if key != "mask"}]
    return {"burin_layer": 1, "job": kept, "source": "layer", "picture": picture, "layer": layer,
            "crop": crop_hash, "position": position}


def read_record(data):
    try:
        record = json.loads(bytes(data).decode("utf-8"))
        if record["burin_layer"] != 1 or len(record["job"]["segs"]) != 1:
            raise ValueError
        for key in ("picture", "layer"):
            if len(record[key]) != 4 or not all(isinstance(value, int) for value in record[key]):
                raise ValueError
        if len(record["job"]["segs"][0]["bbox"]) != 4:
            raise ValueError
        return record
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        raise Refusal("What Burin stored with the layer cannot be used.") from None


def rerun_job(record, settings, layer, picture, coverage, scratch):
    """The job that redraws a layer where it lies now; a generator."""
    if not (picture[0] <= layer[0] and picture[1] <= layer[1]
            and layer[0] + layer[2] <= picture[0] + picture[2] and layer[1] + layer[3] <= picture[1] + picture[3]):
        raise Refusal("The picture no longer covers the layer; move the layer back over it.")
    if coverage.bounds(1) is None:
        raise Refusal("The layer is clear everywhere, so there is nothing to redraw.")
    job = json.loads(json.dumps(record["job"]))
    for key, value in job_of(settings).items():
        if isinstance(value, dict):
            job[key] = {**(job.get(key) or {}), **value}
        else:
            job[key] = value
    seg = job["segs"][0]
    dx = record["picture"][0] - record["layer"][0] + layer[0] - picture[0]
    dy = record["picture"][1] - record["layer"][1] + layer[1] - picture[1]
    crop = [layer[0] - picture[0], layer[1] - picture[1]]
    crop += [crop[0] + layer[2], crop[1] + layer[3]]
    seg["bbox"] = [seg["bbox"][0] + dx, seg["bbox"][1] + dy, seg["bbox"][2] + dx, seg["bbox"][3] + dy]
    seg["crop_region"] = crop
    seg.pop("landmarks", None)
    path = os.path.join(scratch, "masks.safetensors")
    yield from write_mask(path, "seg.mask", coverage, crop)
    seg["mask"] = {"tensor": path, "key": "seg.mask"}
    return job


def limited(shown, limit, combine):
    """A band of a mask with each value no larger than (min) or times (mul) that of `limit`."""
    return array.array("f", map(combine, shown, limit))


LEAST, TIMES = min, operator.mul
