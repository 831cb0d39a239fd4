# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Modules that a job names, and the widgets for what they declare.
import json

from burin_krita import slots
from burin_krita.param_form import ParamForm
from PyQt5.QtWidgets import QLabel

from .support import check, choose, group_of, open_document, run, told

DECLARED = (
    {"id": "tick", "name": "Tick", "type": "bool", "default": True, "description": "Whether."},
    {"id": "count", "name": "Count", "type": "int", "default": 3, "minimum": -2, "maximum": 2**40, "unit": "px",
     "description": "How many."},
    {"id": "share", "name": "Share", "type": "double", "default": 0.125, "minimum": 0.0, "maximum": 1.0, "unit": None,
     "description": "How much."},
    {"id": "way", "name": "Way", "type": "choice", "default": "b", "description": None,
     "choices": [{"id": "a", "name": "First", "description": "The first way."}, {"id": "b", "name": "Second", "description": None}]},
    {"id": "words", "name": "Words", "type": "text", "default": "face", "description": "Which."},
    {"id": "file", "name": "File", "type": "path", "default": "", "description": "Where."},
    {"id": "odd", "name": "Odd", "type": "int", "default": "x", "minimum": 0, "maximum": 1},
    {"id": "new", "name": "New", "type": "colour", "default": "red"},
)


def parameters(docker):
    """A widget for every type of parameter."""
    params = {"count": 2**41, "share": 0.123456789, "way": "c", "words": 5, "unknown": [1]}
    form = ParamForm(DECLARED, params, lambda: None)
    rows = {row.param["id"]: row for row in form.rows}
    check("parameters: what is not as documented is left out", list(rows) == ["tick", "count", "share", "way", "words", "file"])
    widgets = {key: row.widget for key, row in rows.items()}
    check("parameters: a value that the module would not take is shown as the default",
          (widgets["count"].number(), widgets["way"].currentText(), widgets["words"].text()) == (3, "Second (default)", "face"))
    check("parameters: ranges and units", (widgets["count"].minimum(), widgets["count"].maximum(), widgets["count"].suffix(),
                                           widgets["share"].maximum()) == (-2, 2**40, " px", 1))
    check("parameters: the text, the range and the default are the tool tip",
          widgets["count"].toolTip().startswith("How many.") and "From -2 to" in widgets["count"].toolTip() and
          widgets["count"].toolTip().endswith("Default: 3 px") and "The first way." in widgets["way"].toolTip(),
          widgets["count"].toolTip())
    check("parameters: what differs from the default is marked", rows["share"].label.font().bold() and
          rows["share"].back.isEnabled() and not rows["tick"].label.font().bold() and not rows["tick"].back.isEnabled())
    widgets["share"].setValue(0.123)
    check("parameters: a number with more digits than are shown stays", params["share"] == 0.123456789, params)
    widgets["tick"].setChecked(False)
    widgets["count"].setValue(2**35)
    widgets["way"].setCurrentIndex(0)
    widgets["words"].setText("eye")
    widgets["words"].textEdited.emit("eye")
    rows["share"].back.click()
    check("parameters: only what differs is kept, and what is not known", params ==
          {"tick": False, "count": 2**35, "way": "a", "words": "eye", "unknown": [1]}, params)
    for key in ("tick", "count", "way", "words"):
        rows[key].back.click()
    check("parameters: back to the defaults", params == {"unknown": [1]} and widgets["count"].number() == 3 and
          widgets["words"].text() == "face", params)
    yield 10


def modules(docker):
    """Modules that a job names and what they declare."""
    form = docker.form
    document, node = yield from open_document()
    form.more.setText('{"paste": {"alpha": 200}, "hooks": [{"type": "denoise_schedule", "target": 0.3}]}')
    form.more.editingFinished.emit()
    check("modules: they leave the text", form.more.text() == '{"paste": {"alpha": 200}}', form.more.text())
    check("modules: nothing is asked before it is needed", not form.catalogue.busy() and form.catalogue.modules(slots.UPSCALER) == [])
    form.advanced.setChecked(True)
    form.modules._typed[0][1].setText('{"target": 0.')
    yield from told(docker)
    choices = form.modules.choices
    check("modules: what is being typed stays when the answer comes", form.modules._typed[0][1].text() == '{"target": 0.', "")
    form.modules._typed[0][1].setText('{"target": 0.3}')
    check("modules: those there are can be chosen", choices["Enlarged by"].findText("ESRGAN") > 0 and
          choices["Detector"].findText("YOLO") > 0 and choices["Hooks"].findText("Noise injection") > 0,
          form.catalogue.problem())
    check("modules: no row where there is none", "Sampled by" not in choices, list(choices))
    choose(choices["Levels from"], "Karras (example)")
    check("modules: a schedule", form.values()["more"].get("detailer") == {"scheduler": "burin.scheduler.example"}, form.values()["more"])
    yield from told(docker)
    choose(form.modules.choices["Levels from"], "the schedule")
    check("modules: and back", "detailer" not in form.values()["more"], form.values()["more"])
    choices = form.modules.choices
    choose(choices["Enlarged by"], "ESRGAN")
    choose(form.modules.choices["Hooks"], "Noise injection")
    yield from told(docker)
    rows = {row.param["id"]: row for row in form.modules.forms["Hook 2"].rows}
    start = rows["start"].widget
    check("modules: a number with its range and its sentence", start.maximum() > start.minimum() and
          start.number() == rows["start"].param["default"] and len(start.toolTip().splitlines()) == 3, start.toolTip())
    start.setValue(0.25)
    check("modules: hundredths can be entered", start.number() == 0.25, start.number())
    network = form.modules.forms["Enlarged by"].rows[0]
    network.put("/a/network.safetensors")
    hook = {"type": "module", "id": "burin.detail_hook.noise_injection", "params": {"start": start.number()}}
    more = form.values()["more"]
    check("modules: the job gets them in their order", more == {
        "paste": {"alpha": 200}, "hooks": [{"type": "denoise_schedule", "target": 0.3}, hook],
        "upscaler": {"id": "burin.upscaler.esrgan", "params": {"model": "/a/network.safetensors"}}}, more)
    choose(form.modules.choices["Enlarged by"], "Lanczos-3")
    form.modules._typed[0][1].setText("[]")
    docker.find_faces()
    check("modules: keys that are no object are refused", docker.note() == "The keys of 'Hook 1' are []; expected a JSON object.", docker.note())
    form.modules._typed[0][1].setText('{"target": 0.3}')
    yield from run(docker, docker.detail_faces, node)
    layer = group_of(document).childNodes()[0]
    stored = json.loads(bytes(document.annotation("burin-layer/" + layer.uniqueId().toString())).decode("utf-8"))["job"]
    check("modules: they are stored with the layer", stored["hooks"][1]["params"] == hook["params"], (docker.note(), stored.get("hooks")))
    form.show_settings(type(more)(form.values(), more={}))
    yield from run(docker, docker.edit_layer, layer)
    yield from told(docker)
    check("modules: shown again when the layer is edited", form.modules.forms["Hook 2"].rows[0].widget.number() ==
          hook["params"]["start"], form.values()["more"])
    docker.leave_layer()
    form.more.setText('{"upscaler": {"id": "nobody.knows"}}')
    form.more.editingFinished.emit()
    yield from told(docker)
    labels = [each.text() for each in form.modules.findChildren(QLabel)]
    check("modules: one that is not there is said", "There is no plug-in 'nobody.knows' for this." in labels, labels)
    check("modules: and stays in the job", form.values()["more"] == {"upscaler": {"id": "nobody.knows"}}, form.values()["more"])
    form.show_settings(type(more)(form.values(), more={}))
    form.advanced.setChecked(False)
