# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What a person chooses, kept between runs and under names in the file of all editors (docs/hosts.md).
import copy
import json
import os
import random

from . import slots
from .refusal import Refusal

TEXTS = ("model", "prompt", "negative", "sampler", "scheduler", "device")
REALS = ("denoise", "cfg", "crop_factor", "feather")
WHOLES = ("size", "steps")
OF_JOB = {"denoise": ("detailer", "denoise"), "cfg": ("detailer", "cfg"), "steps": ("detailer", "steps"),
          "size": ("detailer", "guide_size"), "sampler": ("detailer", "sampler_name"),
          "scheduler": ("detailer", "scheduler"), "feather": ("paste", "feather"),
          "model": ("model", "checkpoint"), "prompt": ("prompt", "positive"), "negative": ("prompt", "negative")}


def defaults():
    """A text of "" and a number of None are as the model recommends. more: other keys of a job, which win."""
    settings = dict.fromkeys(TEXTS, "")
    settings.update(dict.fromkeys(REALS + WHOLES + ("seed",)))
    settings.update(device="auto", source="layer", combined=False, threshold=0.5, more={})
    return settings


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def from_json(values):
    """Keys that are not known are left out; values of a wrong type are as if they were absent."""
    settings = defaults()
    if not isinstance(values, dict):
        return settings
    for key in TEXTS:
        if isinstance(values.get(key), str):
            settings[key] = values[key]
    for key in REALS + ("threshold",):
        if _number(values.get(key)):
            settings[key] = float(values[key])
    for key in WHOLES:
        if _number(values.get(key)):
            settings[key] = int(values[key])
    seed = values.get("seed")
    if isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0:
        settings["seed"] = seed
    if values.get("source") == "visible":
        settings["source"] = "visible"
    if isinstance(values.get("combined"), bool):
        settings["combined"] = values["combined"]
    if isinstance(values.get("more"), dict):
        settings["more"] = values["more"]
    return settings


def to_json(settings):
    return {key: value for key, value in settings.items() if value not in (None, "", {})}


def merge(target, patch):
    """JSON merge patch (RFC 7396), in place."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            if not isinstance(target.get(key), dict):
                target[key] = {}
            merge(target[key], value)
        else:
            target[key] = copy.deepcopy(value)


def new_seed():
    return random.getrandbits(32)


def job_of(settings):
    """The job without what is redrawn."""
    job = {"burin_job": 1, "detailer": {"seed": new_seed() if settings["seed"] is None else settings["seed"]}}
    for key, (part, name) in OF_JOB.items():
        if settings[key] not in (None, ""):
            job.setdefault(part, {})[name] = settings[key]
    merge(job, settings["more"])
    return job


def of_job(job):
    """The settings that a layer's job was made of, the modules it names among them; a segment's own prompt stands
    for the job's."""
    values = {key: (job.get(part) or {}).get(name) for key, (part, name) in OF_JOB.items()}
    own = (job["segs"][0].get("prompt") or {}) if job.get("segs") else {}
    for key, name in (("prompt", "positive"), ("negative", "negative")):
        values[key] = own.get(name) or values[key]
    detailer = job.get("detailer") or {}
    values["seed"] = detailer.get("seed")
    values["more"] = {"detailer": {key: detailer[key] for key in ("cycle", "noise_mask_feather")
                                   if detailer.get(key) is not None}}
    if job.get("semantics"):
        values["more"]["semantics"] = job["semantics"]
    modules = slots.take_modules(copy.deepcopy(job))
    for key in ("sampler", "scheduler"):
        if slots.at(modules, OF_JOB[key]):
            values[key] = None
    values["more"] = slots.with_modules(values["more"], modules)
    return from_json(values)


def settings_file():
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(config, "burin", "editor.json")


def load():
    """(last settings, presets by name); a file that is missing or not readable as such gives defaults."""
    try:
        with open(settings_file(), encoding="utf-8") as file:
            values = json.load(file)
    except (OSError, ValueError):
        values = None
    if not isinstance(values, dict):
        values = {}
    presets = values.get("presets")
    if not isinstance(presets, dict):
        presets = {}
    return from_json(values.get("last")), {name: from_json(each) for name, each in presets.items()}


def save(last, presets):
    """Replaces the file whole."""
    path = settings_file()
    temporary = "%s.%d" % (path, os.getpid())
    values = {"burin_editor": 1, "last": to_json(last),
              "presets": {name: to_json(each) for name, each in presets.items()}}
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "w", encoding="utf-8", errors="replace") as file:
            json.dump(values, file, indent=2, ensure_ascii=False)
            file.write("\n")
        os.replace(temporary, path)
    except OSError:
        try:
            os.remove(temporary)
        except OSError:
            pass
        raise Refusal("Cannot keep the settings in %s." % path) from None
