# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Burin's docker in Krita.
from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita

from .docker import BurinDocker

Krita.instance().addDockWidgetFactory(
    DockWidgetFactory("burin_docker", DockWidgetFactoryBase.DockRight, BurinDocker)
)
