# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Pictures of the docker for docs/, with a real engine: BURIN_TEST_CASES=shots, BURIN_TEST_SHOTS the folder,
# BURIN_TEST_PICTURE the document.
import os
import time

from krita import Krita

from .support import check, choose, ended, told

WIDTH, HEIGHT, TALL = 380, 760, 1040
LONGEST_S = 120


def cases(docker):
    folder = os.environ["BURIN_TEST_SHOTS"]
    document = Krita.instance().openDocument(os.environ["BURIN_TEST_PICTURE"])
    Krita.instance().activeWindow().addView(document)
    docker.setFloating(True)
    docker.resize(WIDTH, HEIGHT)
    yield 1500
    docker.find_faces()
    end = time.monotonic() + LONGEST_S
    while docker.busy() and time.monotonic() < end:
        yield 50
    docker.form.denoise.show_number(0.4)
    yield 500
    check("plain", docker.grab().save(os.path.join(folder, "krita-docker.png")), docker.note())
    docker.form.advanced.setChecked(True)
    docker.resize(WIDTH, TALL)
    yield from told(docker)
    choose(docker.form.modules.choices["Enlarged by"], "ESRGAN")
    choose(docker.form.modules.choices["Hooks"], "Noise injection")
    yield from told(docker)
    docker.form.modules.forms["Hook 1"].rows[0].widget.setValue(0.25)
    scroll = docker._scroll.verticalScrollBar()
    scroll.setValue(scroll.maximum())
    yield 500
    check("advanced", docker.grab().save(os.path.join(folder, "krita-advanced.png")))
    docker.form.advanced.setChecked(False)
    docker.resize(WIDTH, HEIGHT)
    docker.form.steps.show_number(4)
    docker.detail_faces()
    end = time.monotonic() + LONGEST_S
    while docker._bar.value() < 250 and docker.busy() and time.monotonic() < end:
        yield 50
    check("running", docker.grab().save(os.path.join(folder, "krita-running.png")), docker.note())
    yield from ended(docker)
    yield 1500
    check("result", Krita.instance().activeWindow().qwindow().grab().save(os.path.join(folder, "window.png")), docker.note())
