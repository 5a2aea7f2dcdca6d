"""Cells with two resistance states, and their selectors, described by the figures of the literature.

The nonlinearity K½ of a selector or cell is I(v)/I(v/2) at the voltage `read`; 2 is linear. For i = i0·sinh(v/v0) it is
2·cosh(read/(2·v0)).
"""

from __future__ import annotations

import numpy as np

from circuitnn.crossbar import Conductance, Device, Gated, Resistance, Series
from circuitnn.crossbar.crossing import Cell
from circuitnn.errors import AnalysisError

KINDS = ("sinh", "1S1R", "1D1R", "1T1R")
DIODE_SLOPE = 0.0258520  # kT/q at 300.0 K [V]


def slope(nonlinearity: float, read: float) -> float:
    """Voltage per e-fold of a sinh characteristic with a given K½.

    Parameters
    ----------
    nonlinearity : float
        K½ = I(read)/I(read/2), above 2.
    read : float
        [V]

    Returns
    -------
    float
        v0 of i0·sinh(v/v0). [V]

    Raises
    ------
    AnalysisError
        If K½ is below 2, which no odd, convex characteristic has.
    """
    if not nonlinearity > 2.0:
        raise AnalysisError(f"nonlinearity = {nonlinearity:g}: must be above 2, which is a straight line")
    return float(read / (2.0 * np.arccosh(nonlinearity / 2.0)))


def bistable(
    on: np.ndarray,
    lrs: float,
    ratio: float,
    nonlinearity: float,
    read: float,
    kind: str = "sinh",
    parallel: np.ndarray | float = 1.0,
) -> Cell:
    """Make cells with two states.

    Parameters
    ----------
    on : ndarray of bool, shape (rows, columns)
        Cells in their low-resistance state.
    lrs : float
        Low resistance: `read` over the current at that voltage. [Ohm]
    ratio : float
        High over low resistance.
    nonlinearity : float
        K½; 2: the cells are resistors.
    read : float
        [V]
    kind : {"sinh", "1S1R", "1D1R", "1T1R"}
        ``sinh``: the whole cell follows i0·sinh(v/v0), its state scales i0. ``1S1R``: a sinh selector, which alone
        has that K½ and carries read/lrs at `read`, in series with a resistor. ``1D1R``: a diode in series with a
        resistor; K½ is not used. ``1T1R``: a transistor (EKV) in series with a resistor, gates along the rows.
    parallel : ndarray or float
        Number of equal cells in parallel that each one stands for (not for 1T1R).

    Returns
    -------
    Cell

    Raises
    ------
    AnalysisError
        If a number is out of range.
    """
    if kind not in KINDS:
        raise AnalysisError(f"kind = {kind!r}: must be one of {', '.join(KINDS)}")
    if not (lrs > 0.0 and ratio > 1.0 and read != 0.0):
        raise AnalysisError(
            f"lrs = {lrs:g}, ratio = {ratio:g}, read = {read:g}: the resistance must be positive, the ratio above 1, "
            "the voltage not 0"
        )
    resistance = np.where(on, lrs, lrs * ratio) / parallel
    if kind == "1D1R":
        saturation = (
            abs(read) / lrs * np.exp(-0.5 / DIODE_SLOPE)
        )  # half a volt at the current of the low state
        return Series(Device("diode", **{"is": saturation * parallel}), Resistance(resistance))
    if kind == "1T1R":
        return Gated(Resistance(resistance), Device("ekv"), along="rows")
    if nonlinearity == 2.0:
        return Conductance(1.0 / resistance)
    v0 = slope(nonlinearity, abs(read))
    scale = 1.0 / np.sinh(abs(read) / v0)
    if kind == "sinh":
        return Device("sinh_selector", i0=abs(read) / resistance * scale, v0=v0)
    return Series(
        Device("sinh_selector", i0=abs(read) / lrs * scale * parallel, v0=v0), Resistance(resistance)
    )
