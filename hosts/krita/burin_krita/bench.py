# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# A document that nobody sees, where layers are made. Whatever a script does to a layer, even one that is in no
# document, is a step of undo of the document that the script has the layer from; what has been put into
# this one once is had from this one, so that the user's document sees one step: the finished group.
from krita import Krita
from PyQt5.QtCore import QByteArray, QCoreApplication

from . import picture

NAME, SIDE = "Burin", 8
_seed = None


def prepare():
    """Krita needs some 90 ms to make a document, so this is called when a window is new; not by a timer, since
    Krita 5.1 lets timers run in the middle of opening or closing a document and does not survive others
    being made then. It is never closed for the same reason. A clone takes 2 ms, is not among Krita's
    documents, and goes with its last reference."""
    global _seed
    if _seed is None:
        # While Krita is still whole: what goes after that takes it down.
        QCoreApplication.instance().aboutToQuit.connect(_leave)
        _seed = Krita.instance().createDocument(SIDE, SIDE, NAME, "RGBA", "U8", "", 72.0)


def _leave():
    global _seed
    _seed = None


def new():
    prepare()
    return _seed.clone()


def held(bench, node):
    """The same node, which has no children yet, as had from the bench."""
    root = bench.rootNode()
    root.addChildNode(node, None)
    for child in root.childNodes():
        if child.uniqueId() == node.uniqueId():
            child.remove()
            return child
    raise RuntimeError("Krita did not take the layer '%s'." % node.name())


class Space:
    """Colours as Krita names them."""

    def __init__(self, holder):
        self.model, self.depth, self.profile = holder.colorModel(), holder.colorDepth(), holder.colorProfile()
        self.channels = 4 if self.model == "RGBA" else 2
        self.bits = picture.DEPTHS[self.depth][1]

    def put(self, node, depth=None):
        wanted = (self.model, depth or self.depth, self.profile)
        if (node.colorModel(), node.colorDepth(), node.colorProfile()) != wanted:
            node.setColorSpace(*wanted)


class Converter:
    """Float bands in one space to bytes in another: Krita converts, a band at a time."""

    def __init__(self, bench, given, wanted):
        self._bench, self._given, self._wanted = bench, given, wanted
        bench.setColorSpace(given.model, "F32", given.profile)

    def convert(self, values, width, rows):
        """Bytes, as setPixelData takes them."""
        node = self._bench.createNode("", "paintlayer")
        self._given.put(node, "F32")
        node.setPixelData(QByteArray(values.tobytes()), 0, 0, width, rows)
        self._wanted.put(node)
        return bytes(node.pixelData(0, 0, width, rows))
