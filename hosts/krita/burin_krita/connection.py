# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# The worker on its socket: started when it is needed, one request at a time, never waited for.
import os

from PyQt5.QtCore import QObject, QTimer, pyqtSignal
from PyQt5.QtNetwork import QLocalSocket

from . import protocol as p
from .program import burin_program, process

CANCELLED = 6
TRIES, TRY_MS = 150, 100
CHUNK = 256 * 1024


def socket_path():
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = os.path.join(runtime, "burin") if runtime else "/tmp/burin-%d" % os.getuid()
    return os.environ.get("BURIN_WORKER_ADDRESS") or os.path.join(folder, "worker-1.sock")


def _chunks(frame):
    """The bytes of a frame in pieces of at most CHUNK."""
    for part in frame:
        view = memoryview(part)
        for at in range(0, len(view), CHUNK):
            yield bytes(view[at : at + CHUNK])


class Request(QObject):
    """One request on a connection of its own; dropping the connection cancels it."""

    progress = pyqtSignal(float, str)
    layer = pyqtSignal(dict)
    answered = pyqtSignal(int, dict)
    failed = pyqtSignal(str, bool)  # sentence, whether it was cancelled

    def __init__(self, frame, parent=None, start=True):
        super().__init__(parent)
        self._parts, self._start = _chunks(frame), start
        self._tries, self._ended = 0, False
        self._reader = p.FrameReader()
        self._socket = QLocalSocket(self)
        self._socket.setReadBufferSize(4 * CHUNK)
        self._socket.connected.connect(self._greet)
        self._socket.readyRead.connect(self._read)
        self._socket.bytesWritten.connect(self._write)
        self._socket.disconnected.connect(self._hung_up)
        self._socket.error.connect(self._trouble)
        self._welcomed = False
        self._socket.connectToServer(socket_path())

    def cancel(self):
        self._end("Cancelled; nothing changed.", True)

    def _end(self, sentence, cancelled=False):
        if self._ended:
            return
        self._ended = True
        self._socket.abort()
        self.failed.emit(sentence, cancelled)

    def _trouble(self, _):
        if self._ended or self._welcomed:
            return
        if not self._start:
            return self._end("Burin's worker does not run; nothing is in memory.")
        if self._tries == 0 and not self._start_worker():
            return
        self._tries += 1
        if self._tries > TRIES:
            return self._end("Burin's worker did not start within %d seconds." % (TRIES * TRY_MS / 1000))
        QTimer.singleShot(TRY_MS, self._connect_again)

    def _connect_again(self):
        if not self._ended and self._socket.state() == QLocalSocket.UnconnectedState:
            self._socket.connectToServer(socket_path())

    def _start_worker(self):
        program = burin_program()
        if not program:
            self._end("The program burin was not found; install it or set BURIN_PROGRAM.")
            return False
        worker = process(program, ["serve", "--background"])
        worker.setStandardOutputFile(os.devnull)
        worker.setStandardErrorFile(os.devnull)
        if not worker.startDetached()[0]:
            self._end("The program %s could not be started." % program)
            return False
        return True

    def _greet(self):
        hello = p.frame(
            p.HELLO,
            p.integer(p.F_MAJOR, p.MAJOR),
            p.integer(p.F_MINOR, p.MINOR),
            p.text(p.F_PROGRAM, "krita"),
            p.text(p.F_VERSION, "1"),
        )
        self._socket.write(b"".join(hello))

    def _write(self, _=0):
        # Pixels go out in pieces: one write of all would copy for as long as the canvas stands still.
        if not self._welcomed or self._ended:
            return
        written = 0
        while written < CHUNK and self._socket.bytesToWrite() < 4 * CHUNK:
            piece = next(self._parts, None)
            if piece is None:
                return
            self._socket.write(piece)
            written += len(piece)

    def _read(self):
        # A piece at a time: to read all would go on for as long as the worker writes.
        if self._ended:
            return
        try:
            for kind, body in self._reader.feed(self._socket.read(CHUNK)):
                self._handle(kind, p.read_fields(body))
                if self._ended:
                    return
        except p.ProtocolError as error:
            return self._end(str(error))
        if self._socket.bytesAvailable():
            QTimer.singleShot(0, self._read)

    def _handle(self, kind, fields):
        if kind == p.WELCOME:
            self._welcomed = True
            self._write()
        elif kind == p.ERROR:
            self._end(p.first(fields, p.F_TEXT, "The worker failed."), p.first(fields, p.F_STATUS) == CANCELLED)
        elif kind == p.PROGRESS:
            said = p.first(fields, p.F_TEXT) or p.first(fields, p.F_STAGE, "")
            self.progress.emit(p.first(fields, p.F_FRACTION, 0.0), said)
        elif kind == p.LAYER:
            self.layer.emit(fields)
        elif kind in (p.TEXT, p.RESULT, p.DONE):
            self._ended = True
            self._socket.abort()
            self.answered.emit(kind, fields)

    def _hung_up(self):
        while not self._ended and self._socket.bytesAvailable():
            self._read()
        if self._ended:
            return
        if self._welcomed:
            self._end("Burin's worker ended in the middle; the next run starts another.")
        else:  # it was just leaving
            self._trouble(None)
