# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Two steps that are taken back and done again as one. Krita's scripts cannot put the adding of a layer and the
# removal of another into one step; between the two both layers are there, and they are at no other time.
from krita import Krita
from PyQt5.QtCore import QTimer

from .nodes import by_id, has_masks

WAIT_MS = 10
WATCHED = "burin_watched"
_pairs = []  # (document, id of the layer that was removed, id of the one that was added before)
_following = False


def join(document, removed, added):
    """The last two steps of the document added one layer and removed another."""
    open_ones = Krita.instance().documents()
    _pairs[:] = [pair for pair in _pairs if pair[0] in open_ones]
    _pairs.append((document, removed, added))
    for name in ("edit_undo", "edit_redo"):  # each window has its own
        action = Krita.instance().action(name)
        if action is not None and not action.property(WATCHED):
            action.setProperty(WATCHED, True)
            action.triggered.connect(lambda _, action=action: _pressed(action))


def _pressed(action):
    if not _following and _pairs:
        QTimer.singleShot(0, lambda: _follow(Krita.instance().activeDocument(), action))


def _follow(document, action):
    """Takes the second step when the first is done."""
    global _following
    if document is None or document != Krita.instance().activeDocument():
        return
    if not document.tryBarrierLock():
        QTimer.singleShot(WAIT_MS, lambda: _follow(document, action))
        return
    document.unlock()
    if not any(pair[0] == document and _both_there(document.rootNode(), pair) for pair in _pairs):
        return
    _following = True
    try:
        action.trigger()
    finally:
        _following = False
    if has_masks(document):
        # A layer that comes back with its mask is shown without it until all is drawn anew.
        document.refreshProjection()


def _both_there(root, pair):
    return by_id(root, pair[1]) is not None and by_id(root, pair[2]) is not None
