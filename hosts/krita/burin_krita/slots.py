# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Where a job names modules (docs/job.md), and the part of a job that is about them.
import copy
from collections import namedtuple

SINGLE, HOOK, BUILT_IN_HOOK, PREPROCESSOR = range(4)

# role: of the modules that can be named, None for a hook that is none; usual: what works where none is named, and
# usual_id the module, if it is one; name, params: where in the job, as keys.
Slot = namedtuple("Slot", "kind role label usual usual_id name params")

DETECTOR, SEGMENTER = "burin.detector/1", "burin.segmenter/1"
UPSCALER, BLENDER = "burin.upscaler/1", "burin.blender/1"
SAMPLER, SCHEDULER = "burin.sampler/1", "burin.scheduler/1"
DETAIL_HOOK, PREPROCESSORS = "burin.detail_hook/1", "burin.preprocessor/1"

SINGLES = (
    Slot(SINGLE, DETECTOR, "Detector", "faces", "yunet", ("detect", "detector"), ("detect", "params")),
    Slot(SINGLE, SEGMENTER, "Masks from", "the detector", "", ("detect", "segmenter", "id"),
         ("detect", "segmenter", "params")),
    Slot(SINGLE, UPSCALER, "Enlarged by", "Lanczos-3", "", ("upscaler", "id"), ("upscaler", "params")),
    Slot(SINGLE, BLENDER, "Blended by", "the mask", "", ("paste", "blender", "id"), ("paste", "blender", "params")),
    Slot(SINGLE, SAMPLER, "Sampled by", "the sampler", "", ("detailer", "sampler_name"),
         ("detailer", "sampler_params")),
    Slot(SINGLE, SCHEDULER, "Levels from", "the schedule", "", ("detailer", "scheduler"),
         ("detailer", "scheduler_params")),
)
# Their keys of the job also take names of what is built in; an id of a module has a dot.
NAMES_TOO = (SAMPLER, SCHEDULER)


def at(job, path):
    """What stands there; None for nothing."""
    for key in path:
        if isinstance(job, dict):
            job = job.get(key)
        elif isinstance(job, list) and isinstance(key, int) and key < len(job):
            job = job[key]
        else:
            return None
    return job


def put(job, path, value):
    for key in path[:-1]:
        if isinstance(job, dict) and not isinstance(job.get(key), (dict, list)):
            job[key] = {}
        job = job[key]
    job[path[-1]] = value


def drop(job, path):
    """Also the objects that only surrounded it."""
    holder = at(job, path[:-1])
    if isinstance(holder, dict):
        holder.pop(path[-1], None)
        if not holder and path[:-1] and not isinstance(path[-2], int):
            drop(job, path[:-1])


def _owner(slot):
    """What goes with the module's name."""
    return slot.name if slot.role == DETECTOR or slot.role in NAMES_TOO else slot.name[:-1]


def _controls(job):
    """Slots of the controls whose preprocessor is a module: its id has a dot."""
    controls = at(job, ("controls",))
    for index, control in enumerate(controls if isinstance(controls, list) else ()):
        name = at(control, ("preprocessor",))
        if isinstance(name, str) and "." in name:
            yield Slot(PREPROCESSOR, PREPROCESSORS, "Control %d" % (index + 1), "", "",
                       ("controls", index, "preprocessor"), ("controls", index, "preprocessor_params"))


def slots(job):
    """The singles, then one for each hook and for each control whose preprocessor is a module."""
    found = list(SINGLES)
    hooks = at(job, ("hooks",))
    for index, hook in enumerate(hooks if isinstance(hooks, list) else ()):
        if at(hook, ("type",)) == "module":
            found.append(Slot(HOOK, DETAIL_HOOK, "Hook %d" % (index + 1), "", "", ("hooks", index, "id"),
                              ("hooks", index, "params")))
        else:
            found.append(Slot(BUILT_IN_HOOK, None, "Hook %d" % (index + 1), "", "", ("hooks", index, "type"),
                              ("hooks", index)))
    return found + list(_controls(job))


def module_at(job, slot):
    """What is named there; "" for the usual."""
    name = at(job, slot.name)
    if not isinstance(name, str) or (slot.role in NAMES_TOO and "." not in name):
        return ""
    return name


def put_module(job, slot, name):
    """Names another module of a single, without parameters; "": the usual."""
    if module_at(job, slot) == name:
        return
    drop(job, _owner(slot))
    drop(job, slot.params)
    if name:
        put(job, slot.name, name)


def params_at(job, slot):
    """A copy of the object of parameters."""
    found = at(job, slot.params)
    params = copy.deepcopy(found) if isinstance(found, dict) else {}
    if slot.kind == BUILT_IN_HOOK:
        params.pop("type", None)
    return params


def put_params(job, slot, params):
    """An empty object is left out."""
    if slot.kind == BUILT_IN_HOOK:
        put(job, slot.params, {"type": module_at(job, slot), **params})
    elif params:
        put(job, slot.params, params)
    else:
        drop(job, slot.params)


def add_hook(job, name):
    job.setdefault("hooks", []).append({"type": "module", "id": name})


def remove_hook(job, slot):
    del job["hooks"][slot.name[1]]
    if not job["hooks"]:
        del job["hooks"]


NAMES = tuple(slot.name for slot in SINGLES if _owner(slot) == slot.name)


def _places(job):
    places = [("detect", "params"), ("hooks",)]
    for slot in SINGLES:
        if slot.role in NAMES_TOO:
            places.append(slot.params)
        if slot.role not in NAMES_TOO or module_at(job, slot):
            places.append(_owner(slot))
    return places + ([("controls",)] if any(_controls(job)) else [])


def take_modules(job):
    """Takes what is about modules out of a job; hooks as a whole, and so controls where one names a module."""
    part = {}
    for place in _places(job):
        found = at(job, place)
        # What is of another type is not for a widget: the engine says what is wrong with it.
        wanted = str if place in NAMES else list if len(place) == 1 and place[0].endswith("s") else dict
        if found and isinstance(found, wanted):
            put(part, place, copy.deepcopy(found))
            drop(job, place)
    return part


def with_modules(job, part):
    """A job with what take_modules took; hooks of the job come behind."""
    job, part = copy.deepcopy(job), copy.deepcopy(part)
    behind = job.pop("hooks", None)
    _lay_over(job, part)
    if behind is not None:
        job["hooks"] = part.get("hooks", []) + behind if isinstance(behind, list) else behind
    return job


def _lay_over(job, part):
    for key, value in part.items():
        if isinstance(value, dict) and isinstance(job.get(key), dict):
            _lay_over(job[key], value)
        else:
            job[key] = value
