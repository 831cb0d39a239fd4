# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The program burin: where it lies, and a process of it.
import os
import shutil

from PyQt5.QtCore import QProcess, QProcessEnvironment

# What a bundled Krita sets for itself would break another program.
SCRUBBED = ("LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONHOME", "PYTHONPATH", "QT_PLUGIN_PATH", "APPDIR", "APPIMAGE",
            "GIO_MODULE_DIR")


def burin_program():
    """Where the program burin lies: $BURIN_PROGRAM, the installation this plug-in is of, $PATH."""
    given = os.environ.get("BURIN_PROGRAM")
    if given:
        return given
    folder = os.path.dirname(os.path.realpath(__file__))
    for _ in range(5):
        folder = os.path.dirname(folder)
        for below in ("bin/burin", "build/release/bin/burin", "build/dev/bin/burin"):
            if os.access(os.path.join(folder, below), os.X_OK):
                return os.path.join(folder, below)
    return shutil.which("burin")


def process(program, arguments, parent=None):
    """A QProcess that is not started yet."""
    made = QProcess(parent)
    environment = QProcessEnvironment.systemEnvironment()
    for name in SCRUBBED:
        environment.remove(name)
    made.setProcessEnvironment(environment)
    made.setProgram(program)
    made.setArguments(arguments)
    return made
