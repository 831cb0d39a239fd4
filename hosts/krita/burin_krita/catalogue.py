# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Which modules there are and what each of them declares, as the program burin tells (`burin plugins --json`).
# It runs in a process of its own: nothing waits, and a module that crashes harms nobody.
import json

from PyQt5.QtCore import QObject, QProcess, QTimer, pyqtSignal

from .program import burin_program, process

LIMIT_MS = 30000
ALL = ""


def _is(module, name):
    return module["id"] == name or module["id"].endswith("." + name)


def _modules(answer):
    """The usable entries of the list, in order of precedence."""
    for entry in answer if isinstance(answer, list) else ():
        if isinstance(entry, dict) and entry.get("problem") is None and \
                all(isinstance(entry.get(key), str) for key in ("id", "role", "name", "description")):
            yield entry


class Catalogue(QObject):
    changed = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self._answers, self._running = {}, {}

    def modules(self, role):
        """Those of a role; none before the program has answered."""
        return [each for each in _modules(self._answers.get(ALL)) if each["role"] == role]

    def find(self, role, name):
        """The one that a job means by an id or by what follows its last dot; None: not known."""
        return next((each for each in self.modules(role) if name and _is(each, name)), None)

    def declared(self, module_id):
        """The list of its parameters; a sentence if there is none to be had; None before the program has answered."""
        answer = self._answers.get(module_id)
        if isinstance(answer, dict):
            answer = answer.get("params")
        return answer if answer is None or isinstance(answer, (str, list)) else []

    def problem(self):
        """Why there is no list of modules; "" if there is one."""
        answer = self._answers.get(ALL)
        return answer if isinstance(answer, str) else ""

    def ask_again(self):
        """The list, which may be another one by now; what the modules declare is then asked anew too."""
        self._ask(ALL)

    def ask(self, module_id):
        """What a module declares, unless that is known."""
        if module_id not in self._answers:
            self._ask(module_id)

    def busy(self):
        return bool(self._running)

    def _ask(self, name):
        if name in self._running:
            return
        program = burin_program()
        if not program:
            return self._answer(name, "The program burin was not found; install it or set BURIN_PROGRAM.")
        run = process(program, ["plugins", "--json"] + ([name] if name else []), self)
        self._running[name] = run
        limit = QTimer(run)
        limit.setSingleShot(True)
        limit.timeout.connect(run.kill)
        limit.start(LIMIT_MS)
        run.finished.connect(lambda code, status: self._ended(name, run, code == 0 and status == QProcess.NormalExit))
        run.errorOccurred.connect(lambda error: self._failed(name, run, error))
        run.start()

    def _failed(self, name, run, error):
        if error == QProcess.FailedToStart:  # else it is said to have finished too
            self._ended(name, run, False)

    def _ended(self, name, run, well):
        del self._running[name]
        run.deleteLater()
        said = bytes(run.readAllStandardError()).decode("utf-8", "replace").strip().splitlines()
        try:
            answer = json.loads(bytes(run.readAllStandardOutput()).decode("utf-8")) if well else None
        except ValueError:
            answer = None
        if answer is None:
            answer = said[-1] if said else "The program %s did not say which plug-ins there are." % run.program()
        self._answer(name, answer)

    def _answer(self, name, answer):
        if name == ALL and answer != self._answers.get(ALL):
            self._answers.clear()
        if answer != self._answers.get(name):
            self._answers[name] = answer
            self.changed.emit()
