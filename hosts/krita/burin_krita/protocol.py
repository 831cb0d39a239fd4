# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Frames of the worker's protocol (docs/protocol.md), read and written with what Python has.
import array
import mmap
import struct

MAGIC = b"BRNW"
MAJOR, MINOR = 1, 0
LARGEST_BODY, SMALL_BODY = 8 << 30, 1 << 20

HELLO, WELCOME, CANCEL, ERROR, PROGRESS, LOG, LAYER, PREVIEW = range(1, 9)
COMPLETE_JOB, DETECT, DETAIL, RELEASE_MEMORY = 16, 19, 20, 22
TEXT, RESULT, DONE = 32, 33, 35

F_MAJOR, F_MINOR, F_PROGRAM, F_VERSION, F_STATUS, F_TEXT, F_FRACTION = 1, 2, 3, 4, 5, 6, 7
F_STAGE = 9
F_JOB, F_BASE_DIR, F_MASKS_NAME, F_IMAGE, F_ICC, F_DEVICE, F_DTYPE = 16, 17, 19, 20, 21, 22, 23
F_ID, F_X, F_Y, F_PIXELS, F_MASK, F_NAME, F_MESSAGE, F_LAYER_STATUS = 32, 33, 34, 37, 39, 40, 41, 45
F_MASKS = 48

INTEGER, REAL, TEXT_KIND, BYTES, TENSOR = 1, 2, 3, 4, 5
DL_UINT, DL_FLOAT = 1, 2


class ProtocolError(Exception):
    """What came is no message of this protocol."""


class Tensor:
    """code: DL_UINT or DL_FLOAT; bits: of one value; shape: at most four numbers; data: bytes, or None where
    they lie elsewhere."""

    def __init__(self, code, bits, shape, data):
        self.code, self.bits, self.shape, self.data = code, bits, tuple(shape), data

    def floats(self, start, count):
        """`count` values from `start` on, in C order."""
        if (self.code, self.bits) != (DL_FLOAT, 32):
            raise ProtocolError("A layer's values are not float32.")
        values = array.array("f")
        values.frombytes(self.data[4 * start : 4 * (start + count)])
        return values


# A field is a list of bytes and a frame too: large ones are never put together.


def _field(number, kind, *parts):
    length = sum(len(part) for part in parts)
    return [struct.pack("<HBBIQ", number, kind, 0, 0, length), *parts, b"\0" * (-length % 8)]


def integer(number, value):
    return _field(number, INTEGER, struct.pack("<q", value))


def real(number, value):
    return _field(number, REAL, struct.pack("<d", value))


def text(number, value):
    return _field(number, TEXT_KIND, value.encode("utf-8"))


def raw(number, value):
    return _field(number, BYTES, bytes(value))


def tensor(number, value, parts):
    """parts: the values, in pieces."""
    head = struct.pack("<BBB5x", value.code, value.bits, len(value.shape))
    return _field(number, TENSOR, head + struct.pack("<%dq" % len(value.shape), *value.shape), *parts)


def frame(kind, *fields):
    body = [part for field in fields for part in field]
    return [MAGIC + struct.pack("<IQ", kind, sum(len(part) for part in body)), *body]


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
    """Puts frames together from what a stream gives, however it is cut. A body is copied once, into memory that is
    taken as it is filled: making or moving tens of megabytes at once would take longer than a canvas may stand still."""

    def __init__(self):
        self._head, self._body, self._filled, self._wanted, self._kind = bytearray(), None, 0, 0, 0

    def feed(self, data):
        """Yields (kind, body) of each frame that is complete now."""
        view = memoryview(data)
        while True:
            if self._body is None:
                taken = min(16 - len(self._head), len(view))
                self._head += view[:taken]
                view = view[taken:]
                if len(self._head) < 16:
                    return
                self._begin()
            taken = min(self._wanted - self._filled, len(view))
            self._body[self._filled : self._filled + taken] = view[:taken]
            self._filled += taken
            view = view[taken:]
            if self._filled < self._wanted:
                return
            body, self._body, self._head = self._body, None, bytearray()
            yield self._kind, body

    def _begin(self):
        if self._head[:4] != MAGIC:
            raise ProtocolError("What came from the worker is no message of Burin's.")
        self._kind, self._wanted = struct.unpack_from("<IQ", self._head, 4)
        if self._wanted > LARGEST_BODY:
            raise ProtocolError("A message claims %d bytes." % self._wanted)
        self._filled = 0
        if self._wanted <= SMALL_BODY:
            self._body = bytearray(self._wanted)
            return
        try:
            self._body = mmap.mmap(-1, self._wanted)
        except OSError:
            raise ProtocolError("There is no memory for a message of %d bytes." % self._wanted) from None


def first(fields, number, default=None):
    values = fields.get(number)
    return values[0] if values else default
