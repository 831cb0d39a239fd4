# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Jobs (docs/job.md) of what is redrawn, and what is stored with a layer (docs/hosts.md).
import json
import math
import os

from . import coverage as c
from . import settings as s
from . import slots
from .refusal import Refusal

RECORD = "burin-layer/"
FEATHERED = 128  # what a selection's soft edge surrounds is this much selected


def surroundings(box, factor, width, height):
    """A box [x1, y1, x2, y2] `factor` times as large about its centre, moved to lie inside the picture."""

    def grow(low, high, limit):
        length = min(limit, max(high - low, round((high - low) * factor)))
        start = min(max(0, math.floor((low + high - length) / 2)), limit - length)
        return start, start + length

    x1, x2 = grow(box[0], box[2], width)
    y1, y2 = grow(box[1], box[3], height)
    return [x1, y1, x2, y2]


def detect_job(settings):
    job = s.job_of(settings)
    s.merge(job, {"detect": {"threshold": settings["threshold"]}})
    if settings["crop_factor"] is not None:
        job["detect"]["crop_factor"] = settings["crop_factor"]
    return job


def _with_segs(job, segs):
    for other in ("detect", "selection", "only", "filters"):
        job.pop(other, None)
    job["segs"] = segs
    return job


def faces_job(settings, segs, choices, rect, limit):
    """segs: of a SEGS file; choices: (whether it is ticked, prompt) of each; limit: Coverage of the
    document or None; faces that it does not touch are left out."""
    chosen = []
    for seg, (ticked, prompt) in zip(segs, choices):
        x1, y1, x2, y2 = seg["bbox"]
        box = [math.floor(x1) + rect[0], math.floor(y1) + rect[1], math.ceil(x2) + rect[0], math.ceil(y2) + rect[1]]
        if not ticked or limit is not None and not limit.touches(box):
            continue
        chosen.append({**seg, "prompt": {"positive": prompt}} if prompt else seg)
    if not chosen:
        raise Refusal("No face was chosen, so nothing changed.")
    return _with_segs(s.job_of(settings), chosen)


def selection_job(settings, limit, rect, scratch):
    """The job that redraws a selection, piece by piece or as one; a generator."""
    width, height = rect[2:]
    parts = [limit] if settings["combined"] else (yield from c.pieces(limit))
    segs, masks = [], {}
    for part in parts:
        whole = yield from part.bounds(1)
        box = (yield from part.bounds(FEATHERED)) or whole
        if whole is None:
            continue
        whole, box = ([at[0] - rect[0], at[1] - rect[1], at[2] - rect[0], at[3] - rect[1]] for at in (whole, box))
        if whole[2] <= 0 or whole[3] <= 0 or whole[0] >= width or whole[1] >= height:
            continue
        box = [max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3])]
        grown = surroundings(box, settings["crop_factor"] or 3.0, width, height)
        crop = [max(0, min(grown[0], whole[0])), max(0, min(grown[1], whole[1])),
                min(width, max(grown[2], whole[2])), min(height, max(grown[3], whole[3]))]
        key = "seg.%d.mask" % (len(segs) + 1)
        masks[key] = (c.Coverage(part.x - rect[0], part.y - rect[1], part.width, part.height, part.data), crop)
        segs.append({"id": len(segs) + 1, "label": "selection", "confidence": 1.0, "bbox": box, "crop_region": crop,
                     "mask": {"tensor": os.path.join(scratch, "masks.safetensors"), "key": key}})
    if not segs:
        raise Refusal("The selection does not touch the picture; select a part of it.")
    yield from c.write_masks(segs[0]["mask"]["tensor"], masks)
    job = s.job_of(settings)
    if settings["feather"] is None:
        # The selection's own edge is the blend unless another is asked for.
        s.merge(job, {"paste": {"feather": 0}})
    return _with_segs(job, segs)


def record_of(job, seg_id, source, source_id, picture, layer):
    """What is stored with a layer: picture and layer are [x, y, width, height] of the document."""
    left_out = ("image", "output", "detect", "selection", "only", "filters")
    kept = {key: value for key, value in job.items() if key not in left_out}
    seg = next(each for each in job["segs"] if each["id"] == seg_id)
    kept["segs"] = [{key: value for key, value in seg.items() if key != "mask"}]
    return {"burin_layer": 1, "job": kept, "source": source, "source_id": source_id, "picture": picture,
            "layer": layer}


def read_record(data):
    try:
        record = json.loads(bytes(data).decode("utf-8"))
        if record["burin_layer"] != 1 or len(record["job"]["segs"]) != 1:
            raise ValueError
        for key, count in (("picture", 4), ("layer", 4), ("position", 2)):
            if len(record[key]) != count or not all(isinstance(value, int) for value in record[key]):
                raise ValueError
        if len(record["job"]["segs"][0]["bbox"]) != 4:
            raise ValueError
        return record
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        raise Refusal("What Burin stored with the layer cannot be used.") from None


def rerun_job(record, settings, layer, picture, shown, scratch):
    """The job that redraws a layer where it lies now and where `shown`, a Coverage of the document, shows
    something; a generator."""
    if not (picture[0] <= layer[0] and picture[1] <= layer[1]
            and layer[0] + layer[2] <= picture[0] + picture[2] and layer[1] + layer[3] <= picture[1] + picture[3]):
        raise Refusal("The picture no longer covers the layer; move the layer back over it.")
    if (yield from shown.bounds(1)) is None:
        raise Refusal("The layer is clear everywhere, so there is nothing to redraw.")
    job = json.loads(json.dumps(record["job"]))
    # The form showed all of it.
    slots.take_modules(job)
    s.merge(job, s.job_of(settings))
    seg = job["segs"][0]
    # The form showed the segment's own prompt, so what it says now stands for both.
    seg.pop("prompt", None)
    s.merge(job, {"prompt": {"positive": settings["prompt"], "negative": settings["negative"]}})
    dx = record["picture"][0] - record["layer"][0] + layer[0] - picture[0]
    dy = record["picture"][1] - record["layer"][1] + layer[1] - picture[1]
    x, y = layer[0] - picture[0], layer[1] - picture[1]
    crop = [x, y, x + layer[2], y + layer[3]]
    seg["bbox"] = [seg["bbox"][0] + dx, seg["bbox"][1] + dy, seg["bbox"][2] + dx, seg["bbox"][3] + dy]
    seg["crop_region"] = crop
    for point in seg.get("landmarks") or []:
        point[0] += dx
        point[1] += dy
    path = os.path.join(scratch, "masks.safetensors")
    moved = c.Coverage(shown.x - picture[0], shown.y - picture[1], shown.width, shown.height, shown.data)
    yield from c.write_masks(path, {"seg.mask": (moved, crop)})
    seg["mask"] = {"tensor": path, "key": "seg.mask"}
    return job
