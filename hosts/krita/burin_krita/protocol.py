# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Frames of the worker's protocol (docs/protocol.md), read and written with what Python has.
import array
import struct

MAGIC = b"BRNW"
MAJOR, MINOR = 1, 0
LARGEST_BODY = 8 << 30

HELLO, WELCOME, CANCEL, ERROR, PROGRESS, LOG, LAYER, PREVIEW = range(1, 9)
COMPLETE_JOB, DETECT, DETAIL, RELEASE_MEMORY = 16, 19, 20, 22
TEXT, RESULT, DONE = 32, 33, 35

F_MAJOR, F_MINOR, F_PROGRAM, F_VERSION, F_STATUS, F_TEXT, F_FRACTION = 1, 2, 3, 4, 5, 6, 7
F_STAGE = 9
F_JOB, F_BASE_DIR, F_MASKS_NAME, F_IMAGE, F_ICC, F_DEVICE, F_DTYPE = 16, 17, 19, 20, 21, 22, 23
F_MEMORY, F_THREADS = 24, 25
F_ID, F_X, F_Y, F_PIXELS, F_MASK, F_NAME, F_MESSAGE, F_LAYER_STATUS = 32, 33, 34, 37, 39, 40, 41, 45
F_MASKS = 48

INTEGER, REAL, TEXT_KIND, BYTES, TENSOR = 1, 2, 3, 4, 5
DL_UINT, DL_FLOAT = 1, 2

STATUS_CANCELLED = "cancelled"


class ProtocolError(Exception):
    """What came is no message of this protocol."""


class Tensor:
    """code: DL_UINT or DL_FLOAT; bits: of one value; shape: at most four numbers; data: bytes."""

    def __init__(self, code, bits, shape, data):
        self.code, self.bits, self.shape, self.data = code, bits, tuple(shape), data

    def floats(self):
        if (self.code, self.bits) != (DL_FLOAT, 32):
            raise ProtocolError("A layer's values are not float32.")
        values = array.array("f")
        values.frombytes(self.data)
        return values


def _field(number, kind, body):
    return struct.pack("<HBBIQ", number, kind, 0, 0, len(body)) + body + b"\0" * (-len(body) % 8)


def integer(number, value):
    return _field(number, INTEGER, struct.pack("<q", value))


def real(number, value):
    return _field(number, REAL, struct.pack("<d", value))


def text(number, value):
    return _field(number, TEXT_KIND, value.encode("utf-8"))


def raw(number, value):
    return _field(number, BYTES, bytes(value))


def tensor(number, value):
    head = struct.pack("<BBB5x", value.code, value.bits, len(value.shape))
    return _field(
        number, TENSOR, head + struct.pack("<%dq" % len(value.shape), *value.shape) + bytes(value.data)
    )


def frame(kind, *fields):
    body = b"".join(fields)
    return MAGIC + struct.pack("<IQ", kind, len(body)) + body


def read_fields(body):
    """The fields of a body by number, each a list of values."""
    found = {}
    at, end = 0, len(body)
    view = memoryview(body)
    while at < end:
        if end - at < 16:
            raise ProtocolError("A message ends inside a field.")
        number, kind, _, _, length = struct.unpack_from("<HBBIQ", body, at)
        at += 16
        if length > end - at:
            raise ProtocolError("A field is longer than its message.")
        value = view[at : at + length]
        if kind == INTEGER and length == 8:
            value = struct.unpack("<q", value)[0]
        elif kind == REAL and length == 8:
            value = struct.unpack("<d", value)[0]
        elif kind == TEXT_KIND:
            value = bytes(value).decode("utf-8", "replace")
        elif kind == TENSOR:
            value = _read_tensor(value)
        elif kind != BYTES:
            raise ProtocolError("A field is of an unknown kind.")
        found.setdefault(number, []).append(value)
        at += length + (-length % 8)
    return found


def _read_tensor(value):
    if len(value) < 8:
        raise ProtocolError("A tensor has no head.")
    code, bits, dimensions = struct.unpack_from("<BBB", value, 0)
    start = 8 + 8 * dimensions
    if dimensions > 4 or len(value) < start or bits % 8 or bits == 0:
        raise ProtocolError("A tensor has a wrong head.")
    shape = struct.unpack_from("<%dq" % dimensions, value, 8)
    size = bits // 8
    for side in shape:
        if side < 0:
            raise ProtocolError("A tensor has a negative side.")
        size *= side
    if size != len(value) - start:
        raise ProtocolError("A tensor's values do not fill its shape.")
    return Tensor(code, bits, shape, value[start:])


class FrameReader:
    """Puts frames together from what a stream gives, however it is cut."""

    def __init__(self):
        self._have = bytearray()

    def feed(self, data):
        self._have += data

    def take(self):
        """(kind, body) of the next complete frame, or None."""
        if len(self._have) < 16:
            return None
        if self._have[:4] != MAGIC:
            raise ProtocolError("What came from the worker is no message of Burin's.")
        kind, length = struct.unpack_from("<IQ", self._have, 4)
        if length > LARGEST_BODY:
            raise ProtocolError("A message claims %d bytes." % length)
        if len(self._have) < 16 + length:
            return None
        body = bytes(memoryview(self._have)[16 : 16 + length])
        del self._have[: 16 + length]
        return kind, body


def first(fields, number, default=None):
    values = fields.get(number)
    return values[0] if values else default
