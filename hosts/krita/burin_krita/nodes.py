# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What documents and layers of Krita are asked in several places.
from krita import Krita

from .course import Pause
from .refusal import Refusal

IDLE_MS = 10


def check_open(document):
    if document not in Krita.instance().documents():
        raise Refusal("The document was closed meanwhile.")


def has_masks(document):
    """Whether scripts of this Krita can make masks of layers; else the mask is the layer's alpha."""
    return hasattr(document, "createTransparencyMask")


def idle(document):
    """Until Krita has updated the picture, so that no call has to wait for that; a generator."""
    while not document.tryBarrierLock():
        yield Pause(IDLE_MS)
        check_open(document)
    document.unlock()


def by_id(node, wanted):
    for child in node.childNodes():
        if child.uniqueId().toString() == wanted:
            return child
        found = by_id(child, wanted)
        if found is not None:
            return found
    return None
