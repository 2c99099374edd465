# SPDX-License-Identifier: GPL-2.0-or-later
"""The factor by which everything takes longer now than on a quiet machine: deadlines are longer by that."""

import os

MOST = 4  # of the machine's other work; sanitizers come on top of it


class Scaled(float):
    """A time that has the slowness in it; what is multiplied by it has it too."""

    def __mul__(self, other):
        return Scaled(float(self) * other)

    __rmul__ = __mul__


def machine():
    """By the machine's other work, now."""
    return min(max(os.getloadavg()[0] / (os.cpu_count() or 1), 1), MOST)


def scaled(seconds):
    """The time as it is, if it was multiplied by Env.slow, else by what the machine's work asks."""
    return seconds if isinstance(seconds, Scaled) else Scaled(seconds * machine())
