"""Behavioural sources that depend on the frequency, ``hertz``, in small-signal analyses.

Elsewhere ``hertz`` is 0. At a frequency, an expression e adds the difference from 0 Hz of its slopes,

    de/dx + Σ de/d(ddt c)·jω·dc/dx.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import ZERO, Expr, symbols
from circuitnn.flat import Behavioural, of_nodes
from circuitnn.system.groups import lift_rates
from circuitnn.system.triples import Dispersive

if TYPE_CHECKING:
    from circuitnn.system.system import System

Known = Mapping[str, np.ndarray | float]


def spectral(system: System, x: np.ndarray, t: float) -> list[Dispersive]:
    """Entries that frequency-dependent sources add to the equations linearised at a point.

    Parameters
    ----------
    system : System
    x : ndarray, shape (n + 1,)
        Ground is last.
    t : float
        [s]
    """
    return [
        entry
        for table in system.circuit.behavioural
        if table.spectral is not None
        for entry in _of(system, table, x, t)
    ]


def _of(system: System, table: Behavioural, x: np.ndarray, t: float) -> list[Dispersive]:
    assert table.spectral is not None
    controls = {name: of_nodes(nodes) for name, nodes in table.voltages.items()}
    controls |= {name: system.unknowns.of_branches(names) for name, names in table.currents.items()}
    known: dict[str, np.ndarray | float] = {name: x[numbers] for name, numbers in controls.items()}
    known |= {**table.columns, "time": t, "temper": system.options.temp, "gmin": system.options.gmin}
    plus, minus = of_nodes(table.nodes).T
    # The current leaves its first node; a voltage is subtracted in the equation of its branch.
    rows = (
        ((plus, 1.0), (minus, -1.0))
        if table.kind == "i"
        else ((system.unknowns.of_branches(table.names), -1.0),)
    )
    entries = []
    for name, column in controls.items():
        slopes = _slopes(table.spectral, name), _slopes(table.expression, name)
        if all(value is ZERO for value in (*slopes[0], *slopes[1])):
            continue
        entries += [
            Dispersive(row, column, partial(_more, slopes=slopes, known=known, factor=sign))
            for row, sign in rows
        ]
    return entries


def _slopes(value: Expr, name: str) -> tuple[Expr, Expr]:
    """Derivative with respect to an unknown, and the factor of jω; rates are 0 at the point."""
    rates: list[str] = []
    static, charges = lift_rates(value, rates)
    moving = ZERO
    for rate, charge in zip(rates, charges, strict=True):
        moving = moving + differentiate(static, rate) * differentiate(charge, name)
    return differentiate(static, name), moving


def _more(
    omega: np.ndarray, slopes: tuple[tuple[Expr, Expr], tuple[Expr, Expr]], known: Known, factor: float
) -> np.ndarray:
    """Slopes at frequencies minus those at 0 Hz, shape (m, n)."""
    rates = {name for pair in slopes for value in pair for name in symbols([value]) if name[:4] == "rate"}
    nothing = dict.fromkeys(rates, 0.0)
    static, moving = evaluate(slopes[0], {**known, **nothing, "hertz": omega[:, None] / (2.0 * np.pi)})
    rest = evaluate(slopes[1], {**known, **nothing, "hertz": 0.0})
    count = max(np.size(value) for value in known.values())
    return factor * ((static - rest[0]) + 1j * omega[:, None] * (moving - rest[1])) * np.ones(count)
