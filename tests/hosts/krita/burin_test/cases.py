# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Burin's docker in the real Krita, with the painting engine in the worker.
import json
import os
import signal

from burin_krita.course import Cancelled, firmly
from krita import Krita, Selection
from PyQt5.QtCore import QByteArray, QEvent

from .module_cases import modules, parameters
from .support import (BROWN, FACES, FOLDER, HEIGHT, WIDTH, Gaps, check, close, documents, ended, floating_messages,
                      group_of, levels, names, near, open_document, outside, pack, run, say, seen, step, until_waiting, whole,
                      worker_pid)

OPPOSITE, HALVED = levels(BROWN, 2), levels(BROWN, 3)


def settings_file():
    with open(os.path.join(os.environ["XDG_CONFIG_HOME"], "burin", "editor.json"), encoding="utf-8") as file:
        return json.load(file)


def cases(docker):
    docker.form.seed.setText("2")
    only = os.environ.get("BURIN_TEST_ONLY", "").split()
    for part in (form, parameters, modules, depths, selections, cancelled, killed, closed, two_documents, opened_again, refused, sources,
                 alive):
        if only and part.__name__ not in only:
            continue
        yield from part(docker)
        docker.form.prompt.setText("")
        docker.form.seed.setText("2")
        for document in documents():
            yield from close(document)


def form(docker):
    """The file of settings, which another editor wrote, and what is typed wrong."""
    form = docker.form
    check("form: presets of the other editors", form.preset.findText("Portrait") >= 0)
    form.use_preset("Portrait")
    values = form.values()
    check("form: a preset's values", (values["denoise"], values["steps"], values["sampler"], values["seed"], values["prompt"])
          == (0.35, 12, "dpmpp_2m", 18446744073709551615, "an old man"), values)
    check("form: keys it has no field for", values["more"] == {"semantics": "impact", "detailer": {"cycle": 2}, "hooks": []}, values)
    form.size.show_number(640)
    form.preset.setEditText("Mine")
    form.save_preset()
    saved = settings_file()
    check("form: a preset is kept", saved["presets"]["Mine"]["size"] == 640 and "Portrait" in saved["presets"], saved)
    form.preset.setEditText("Mine")
    form.delete_preset()
    check("form: a preset is deleted", list(settings_file()["presets"]) == ["Portrait"])
    form.show_settings(type(values)(values, seed=None, more={}, prompt="", size=None, denoise=None, steps=None, sampler="",
                                    threshold=0.5))
    document, _ = yield from open_document()
    for field, text, sentence in ((form.seed, "-1", "The seed is '-1'"), (form.seed, "18446744073709551616", "The seed is"),
                                  (form.more, "[1]", "'More' is [1]"), (form.more, "{", "'More' is no JSON")):
        field.setText(text)
        docker.find_faces()
        check("form: refused: " + text, not docker.busy() and docker.note().startswith(sentence), docker.note())
        field.setText("")
    form.seed.setText("2")


def depths(docker):
    for depth, grey in (("U8", False), ("U16", False), ("F32", False), ("U8", True), ("U16", True)):
        name = depth + (" grey" if grey else "") + ": "
        document, node = yield from open_document(depth, grey)
        source, picture = whole(node), whole(document)
        yield from run(docker, docker.find_faces)
        check(name + "two faces are listed, with thumbnails", len(docker.faces.rows) == 2 and
              all(not row[3][1].pixmap().isNull() for row in docker.faces.rows), docker.note())
        yield from run(docker, docker.detail_faces)
        group = group_of(document)
        check(name + "a group above the source", names(document)[-1] == "Burin" and len(names(document)) == 2, docker.note())
        layers = group.childNodes()
        check(name + "one layer for each face, named by face, strength and seed",
              [layer.name() for layer in layers] == ["Face 1 \u00b7 0.40 \u00b7 seed 2", "Face 2 \u00b7 0.40 \u00b7 seed 2"],
              [layer.name() for layer in layers])
        check(name + "of the document's depth", all(layer.colorDepth() == depth for layer in layers))
        masks = [child.type() for layer in layers for child in layer.childNodes()]
        wanted = ["transparencymask"] * 2 if hasattr(document, "createTransparencyMask") else []
        check(name + "masks where Krita has them", masks == wanted, masks)
        wanted = OPPOSITE[:1] if grey else OPPOSITE
        for where, x, y in (("inside", 40, 50), ("first pixel inside the edge", 20, 30), ("last pixel inside", 59, 74)):
            check(name + where, near(seen(document, x, y), wanted), seen(document, x, y))
        check(name + "outside bit for bit", outside(picture, whole(document), FACES))
        check(name + "the source bit for bit", whole(node) == source)
        yield from step(document, "edit_undo")
        check(name + "one step of undo takes all away", names(document) == ["Background"] and whole(document) == picture and
              whole(node) == source, names(document))
        yield from step(document, "edit_redo")
        check(name + "redo brings it back", "Burin" in names(document) and near(seen(document, 40, 50), wanted) and
              outside(picture, whole(document), FACES), seen(document, 40, 50))
        if depth == "U8" and not grey:
            yield from one_step(docker, document, node)
        yield from close(document)


def one_step(docker, document, node):
    """A layer, then a run: two steps in all."""
    marker = document.createNode("marker", "paintlayer")
    document.rootNode().addChildNode(marker, document.topLevelNodes()[-1])
    document.waitForDone()
    yield from run(docker, docker.detail_faces, node)
    before = names(document)
    yield from step(document, "edit_undo")
    yield from step(document, "edit_undo")
    check("a run is one step of undo and no more", before.count("Burin") == 2 and names(document).count("Burin") == 1 and
          "marker" not in names(document), (before, names(document)))
    yield from step(document, "edit_undo")
    faces = docker.faces.rows
    faces[0][1].setChecked(False)
    faces[1][2].setText("black")
    yield from run(docker, docker.detail_faces, node)
    group = next(each for each in document.topLevelNodes() if each.name() == "Burin")
    check("only ticked faces, each with its own prompt", len(group.childNodes()) == 1 and near(seen(document, 110, 40), (0, 0, 0)),
          (seen(document, 110, 40), docker.note()))
    yield from run(docker, docker.find_faces, node)
    check("ticks and prompts stay with their faces", [(row[1].isChecked(), row[2].text()) for row in docker.faces.rows] ==
          [(False, ""), (True, "black")])
    docker.faces.rows[1][1].setChecked(False)
    yield from run(docker, docker.detail_faces)
    check("no face ticked: said", docker.note().startswith("No face was chosen"), docker.note())
    docker.faces.forget()
    docker._found = None


def selections(docker):
    document, node = yield from open_document()
    picture = whole(document)
    yield from run(docker, docker.detail_selection)
    check("selection: needed", docker.note().startswith("Nothing is selected"), docker.note())
    selection = Selection()
    selection.select(50, 40, 30, 20, 255)
    selection.select(50, 40, 10, 20, 128)
    selection.select(120, 90, 8, 8, 255)
    document.setSelection(selection)
    yield from run(docker, docker.detail_selection, node)
    layers = group_of(document).childNodes()
    check("selection: a layer for each piece", len(layers) == 2, docker.note())
    check("selection: inside", near(seen(document, 70, 50), OPPOSITE) and near(seen(document, 124, 94), OPPOSITE))
    check("selection: last pixel inside", near(seen(document, 79, 59), OPPOSITE), seen(document, 79, 59))
    check("selection: half selected is half redrawn", abs(seen(document, 55, 50)[0] - 127) <= 3, seen(document, 55, 50))
    check("selection: outside bit for bit", outside(picture, whole(document), ((50, 40, 80, 60), (120, 90, 128, 98))))
    yield from step(document, "edit_undo")
    docker.form.combined.setChecked(True)
    yield from run(docker, docker.detail_selection, node)
    check("selection: pieces as one", len(group_of(document).childNodes()) == 1 and near(seen(document, 124, 94), OPPOSITE))
    docker.form.combined.setChecked(False)
    yield from step(document, "edit_undo")
    yield from run(docker, docker.detail_faces, node)
    check("selection: faces it does not touch stay", [each.name()[:6] for each in group_of(document).childNodes()] == ["Face 1"], docker.note())
    check("selection: a face only where it is selected", near(seen(document, 59, 41), OPPOSITE, 90) and near(seen(document, 30, 50), BROWN, 0))

    yield from step(document, "edit_undo")
    soft = Selection()
    soft.select(50, 40, 40, 40, 255)
    soft.feather(6)
    document.setSelection(soft)
    box = (soft.x(), soft.y(), soft.x() + soft.width(), soft.y() + soft.height())
    picture = whole(document)
    yield from run(docker, docker.detail_selection, node)
    shares = [bytes(soft.pixelData(x, 60, 1, 1))[0] / 255 for x in range(46, 55)]
    wanted = [tuple(b + (o - b) * share for b, o in zip(BROWN, OPPOSITE)) for share in shares]
    check("feathered: the soft edge is the blend", 0 < min(shares) < 0.5 < max(shares) < 1 and
          all(near(seen(document, 46 + i, 60), each, 2) for i, each in enumerate(wanted)), (shares, seen(document, 50, 60)))
    check("feathered: outside bit for bit", outside(picture, whole(document), (box,)))


def cancelled(docker):
    document, node = yield from open_document()
    count, before = len(names(document)), whole(document)
    docker.form.prompt.setText("wait")
    docker.detail_faces()
    yield from until_waiting(docker)
    check("cancel: progress is shown", docker._bar.format() == "waiting" or docker._bar.value() >= 0)
    docker.cancel()
    yield from ended(docker)
    check("cancel: said", docker.note().startswith("Cancelled"), docker.note())
    check("cancel: nothing changed", len(names(document)) == count and whole(document) == before)
    docker.form.prompt.setText("")
    yield from run(docker, docker.detail_faces, node)
    check("after a cancel: the next run works", "Burin" in names(document), docker.note())
    docker.find_faces()
    docker.cancel()
    yield from ended(docker)
    check("cancel while reading: said", docker.note().startswith("Cancelled"), docker.note())
    done = []

    def work():
        for number in range(3):
            done.append(number)
            yield

    steps = firmly(work())
    next(steps)
    steps.throw(Cancelled())
    list(steps)
    check("cancel while layers go in: too late", done == [0, 1, 2], done)


def killed(docker):
    document, node = yield from open_document()
    before = whole(document)
    docker.form.prompt.setText("wait")
    docker.detail_faces()
    yield from until_waiting(docker)
    os.kill(worker_pid(), signal.SIGKILL)
    yield from ended(docker)
    check("worker killed: said", "ended in the middle" in docker.note(), docker.note())
    check("worker killed: shown by Krita", len(floating_messages()) > 0)
    check("worker killed: nothing changed", names(document) == ["Background"] and whole(document) == before)
    docker.form.prompt.setText("")
    yield from run(docker, docker.detail_faces, node)
    check("worker killed: the next run starts another", "Burin" in names(document), docker.note())


def closed(docker):
    document, node = yield from open_document()
    docker.form.prompt.setText("wait")
    docker.detail_faces()
    yield from until_waiting(docker)
    yield from close(document)
    docker.cancel()
    yield from ended(docker)
    document, node = yield from open_document(width=1024, height=1024)
    docker.form.prompt.setText("")
    docker.detail_faces()
    yield 30
    yield from close(document)
    yield from ended(docker)
    check("document closed: said", "closed meanwhile" in docker.note(), docker.note())
    document, node = yield from open_document()
    yield from run(docker, docker.find_faces, node)
    docker.detail_faces()
    node.remove()
    yield from ended(docker)
    check("source deleted meanwhile: the layers come all the same", names(document) == ["Burin"], (names(document), docker.note()))


def two_documents(docker):
    first, node = yield from open_document()
    yield from run(docker, docker.find_faces)
    docker.detail_faces()
    yield 5
    second, _ = yield from open_document(colour=(10, 20, 30))
    before = whole(second)
    yield from ended(docker)
    yield 50
    check("two documents: the one that was read gets the layers", "Burin" in names(first) and near(seen(first, 40, 50), OPPOSITE), docker.note())
    check("two documents: the other stays", names(second) == ["Background"] and whole(second) == before)


def opened_again(docker):
    document, node = yield from open_document()
    docker.form.prompt.setText("a face")
    yield from run(docker, docker.detail_faces, node)
    check("last values are kept", settings_file()["last"]["prompt"] == "a face")
    path = os.path.join(FOLDER, "again.kra")
    document.setBatchmode(True)
    document.saveAs(path)
    document.waitForDone()
    yield from close(document)
    docker.form.prompt.setText("")
    document = Krita.instance().openDocument(path)
    Krita.instance().activeWindow().addView(document)
    yield 100
    layer = group_of(document).childNodes()[0]
    layer.setOpacity(200)
    if hasattr(document, "createTransparencyMask"):
        mask = layer.childNodes()[0]
        selection = mask.selection()
        selection.setPixelData(QByteArray(bytes(20 * 10)), 20, 30, 20, 10)
        mask.setSelection(selection)
    else:
        layer.setPixelData(QByteArray(bytes(4 * 20 * 10)), 20, 30, 20, 10)
    document.refreshProjection()
    document.waitForDone()
    before = whole(document)
    yield from run(docker, docker.edit_layer, layer)
    check("edit: its settings are shown", (docker.form.prompt.text(), docker.form.seed.text()) == ("a face", "2"), docker.note())
    check("edit: says that it was painted", "painted since" in docker.note() and "changed since" not in docker.note(), docker.note())
    docker.form.seed.setText("3")
    docker.form.prompt.setText("another")
    yield from run(docker, docker.redraw_layer)
    group = group_of(document)
    new = group.childNodes()[0]
    check("edit: redrawn in its place", len(group.childNodes()) == 2 and new.name().endswith("seed 3"), docker.note())
    shown = tuple(b + (h - b) * 200 / 255 for b, h in zip(BROWN, HALVED))
    check("edit: the new colours, at the old opacity", new.opacity() == 200 and near(seen(document, 50, 60), shown), seen(document, 50, 60))
    check("edit: what was painted stays", near(seen(document, 25, 35), BROWN, 0) and near(seen(document, 20, 40), shown), seen(document, 25, 35))
    check("edit: outside bit for bit", outside(before, whole(document), FACES))
    check("edit: the form is as it was", docker.form.prompt.text() == "", docker.form.prompt.text())
    after = whole(document)
    yield from step(document, "edit_undo")
    layers = group_of(document).childNodes()
    check("edit: one step of undo brings the old layer back", whole(document) == before and len(layers) == 2 and
          layers[0].name().endswith("seed 2"), [each.name() for each in layers])
    yield from step(document, "edit_redo")
    layers = group_of(document).childNodes()
    check("edit: one step of redo brings the new one back", whole(document) == after and len(layers) == 2 and
          layers[0].name().endswith("seed 3"), [each.name() for each in layers])
    yield from step(document, "edit_undo")
    check("edit: and undo again", whole(document) == before, [each.name() for each in group_of(document).childNodes()])
    yield from run(docker, docker.edit_layer, group_of(document).childNodes()[0])
    check("edit: also after undo", docker.form.prompt.text() == "a face", docker.note())
    docker.leave_layer()
    yield from run(docker, docker.reroll_layer, group_of(document).childNodes()[0])
    check("re-roll: another seed", not group_of(document).childNodes()[0].name().endswith("seed 2"), docker.note())
    node = document.topLevelNodes()[0]
    node.setPixelData(QByteArray(pack("U8", (1, 2, 3)) * 100), 40, 40, 10, 10)
    yield from run(docker, docker.edit_layer, group_of(document).childNodes()[0])
    check("edit: says that the picture below has changed", "changed since" in docker.note(), docker.note())
    docker.leave_layer()
    yield from run(docker, docker.edit_layer, node)
    check("edit: a layer of others is refused", "was not made by Burin" in docker.note(), docker.note())


def refused(docker):
    document, node = yield from open_document()
    node.setLocked(True)
    before = len(floating_messages())
    yield from run(docker, docker.detail_faces)
    check("locked: refused in one sentence", docker.note() == "The layer 'Background' is locked; unlock it first.", docker.note())
    check("locked: shown by Krita", len(floating_messages()) > before or before > 0)
    node.setLocked(False)
    mask = document.createFilterMask("tint", Krita.instance().filter("invert"), node)
    node.addChildNode(mask, None)
    yield from run(docker, docker.find_faces, mask)
    check("a mask: refused", docker.note() == "'tint' is a filter mask; choose a layer first.", docker.note())
    cmyk = Krita.instance().createDocument(WIDTH, HEIGHT, "cmyk", "CMYKA", "U8", "", 72.0)
    Krita.instance().activeWindow().addView(cmyk)
    yield 50
    cmyk.topLevelNodes()[0].setLocked(False)
    yield from run(docker, docker.find_faces, cmyk.topLevelNodes()[0])
    check("CMYK: refused", docker.note().startswith("The colours are CMYKA, U8;"), docker.note())
    for each in documents():
        yield from close(each)
    docker.find_faces()
    yield from ended(docker)
    check("no document: refused", docker.note() == "No document is open; open one first.", docker.note())
    docker.release_memory()
    yield from ended(docker)
    check("memory is released", docker.note() == "Burin's models have left memory.", docker.note())


def sources(docker):
    """A group, a vector layer, a layer with a mask, all that is visible."""
    document, node = yield from open_document()
    group = document.createGroupLayer("group")
    document.rootNode().addChildNode(group, node)
    inner = document.createNode("inner", "paintlayer")
    inner.setPixelData(QByteArray(pack("U8", (10, 20, 30)) * (WIDTH * HEIGHT)), 0, 0, WIDTH, HEIGHT)
    group.addChildNode(inner, None)
    vector = document.createVectorLayer("vector")
    document.rootNode().addChildNode(vector, group)
    document.refreshProjection()
    document.waitForDone()
    yield from run(docker, docker.detail_faces, group)
    check("a group is read as it looks", near(seen(document, 40, 50), levels((10, 20, 30), 2)) and names(document) ==
          ["Background", "group", "Burin", "vector"], (docker.note(), names(document)))
    yield from step(document, "edit_undo")
    yield from run(docker, docker.detail_faces, vector)
    check("a vector layer is read", names(document) == ["Background", "group", "vector", "Burin"], (docker.note(), names(document)))
    check("a clear source shows nothing", near(seen(document, 40, 50), (10, 20, 30), 0), seen(document, 40, 50))
    yield from step(document, "edit_undo")
    docker.form.source.setCurrentIndex(1)
    yield from run(docker, docker.detail_faces, node)
    check("all that is visible: the group lies at the top", names(document)[-1] == "Burin" and
          near(seen(document, 40, 50), levels((10, 20, 30), 2)), (docker.note(), names(document)))
    docker.form.source.setCurrentIndex(0)
    yield from run(docker, docker.edit_layer, group_of(document).childNodes()[0])
    docker.form.seed.setText("3")
    yield from run(docker, docker.redraw_layer)
    check("all that is visible: redrawn from what lies below", near(seen(document, 40, 50), levels((10, 20, 30), 3)),
          (seen(document, 40, 50), docker.note()))


def alive(docker):
    """The canvas during a whole run. Only this thread's own work is judged: the machine may be busy."""
    document, _ = yield from open_document(width=1024, height=1024)
    docker.enterEvent(QEvent(QEvent.Enter))
    yield 500
    gaps = Gaps()
    yield from run(docker, docker.detail_faces)
    check("a large picture is redrawn", docker.note() == "2 redrawn.", docker.note())
    # docs/benchmarks.md has what it is; a whole picture converted in Python would take a second.
    check("this thread never works a quarter of a second on end", gaps.work < 0.25, gaps)
    say("GAP 1024 x 1024: longest gap %s" % gaps)
