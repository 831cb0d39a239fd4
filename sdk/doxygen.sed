# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What the C headers' comments are to Doxygen: the first is the file's, those after code belong to it, the
# others to what follows.
1s|^/\* .*|/** @file|
/^#/b
s|^\(.*[;,{}].*\)/\* |\1/**< |
t
s|^\( *\)/\* |\1/** |
