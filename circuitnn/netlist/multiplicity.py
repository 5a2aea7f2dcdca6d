"""Copies within copies: `m` of a device or of an X card in a subcircuit that has an `m` itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements import registered

if TYPE_CHECKING:
    from circuitnn.netlist.parameters import Number, World


def warn_nested(
    world: World, names: Sequence[str], origins: Sequence[int], own: Number, outer: Number
) -> None:
    """Warn of the first cards whose copies are copied: they are so many in parallel, which ngspice does not count.

    Parameters
    ----------
    world : World
    names : sequence of str
    origins : sequence of int
        Of the cards.
    own : float or ndarray
        `m` of the cards, one after the other in each instance; a number if it is the same of all.
    outer : float or ndarray
        Of the instances they are in.
    """
    if names and names[0][0] in registered():  # a user's element, which ngspice does not know
        return
    own, outer = (np.atleast_1d(m) for m in np.broadcast_arrays(own, outer))
    for index in np.flatnonzero((own != 1.0) & (outer != 1.0))[:1]:
        row = index % len(names)
        world.warn(
            origins[row],
            f"'{names[row]}' with m={own[index]:g} in a subcircuit with m={outer[index]:g} counts as "
            f"{own[index] * outer[index]:g} in parallel; ngspice takes the outermost m alone",
        )
