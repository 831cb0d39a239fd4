# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What cannot be done, as one sentence for the user.


class Refusal(Exception):
    """Its text is shown by Krita."""
