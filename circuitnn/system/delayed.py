"""States of devices that follow others after a delay, such as those of ``absdelay`` in Verilog-A.

The equation of such a state y, of which the device's own part is y = 0, is completed to

    y - s(t - td) = 0

with another state s. In the frequency domain the factor of s is exp(-jω·td), thus 1 in operating points. In a transient
s is a wave that is sent into one end of a lossless line, and y is what the other end receives (`_cext.delays`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import Expr
from circuitnn.flat import FlatCircuit
from circuitnn.models import named
from circuitnn.options import Options
from circuitnn.records import dataclass
from circuitnn.system.groups import Placed, columns_of
from circuitnn.system.triples import Dispersive

Slope = Callable[[float], np.ndarray]


@dataclass(frozen=True, eq=False)
class Delayed:
    """Delays of a group's instances.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (n,)
        Unknowns that follow, and those that they follow.
    delays : ndarray, shape (n,)
        [s]
    tolerance : float
        Absolute tolerance, in the unit of the state.
    delay : Expr
        The delay in terms of parameters.
    """

    rows: np.ndarray
    columns: np.ndarray
    delays: np.ndarray
    tolerance: float
    delay: Expr

    def dispersive(self) -> Dispersive:
        """The entries in the frequency domain."""
        return Dispersive(self.rows, self.columns, partial(_turned, delays=self.delays))


def delayed(placed: Placed) -> Iterator[Delayed]:
    """Delays of a group of devices, with the final numbers of their unknowns."""
    model = named(placed.name)
    tolerances = {state.name: state.tolerance for state in model.states}
    for late, (early, delay) in model.delays.items():
        rows, columns = (placed.nodes[placed.kernel.inputs.index(name)] for name in (late, early))
        values = evaluate([delay], placed.columns)[0]
        delays = np.array(np.broadcast_to(values, len(rows)), dtype=float)
        yield Delayed(rows, columns, delays, tolerances[early], delay)


def shortest_delay(circuit: FlatCircuit, options: Options) -> float:
    """The shortest delay in the devices of a circuit; infinite without any. [s]"""
    shortest = [np.inf]
    for table in circuit.devices:
        delays = named(table.model).delays
        columns = columns_of(table, options.temp, options.tnom, options.seed) if delays else {}
        shortest += [float(np.min(evaluate([delay], columns)[0])) for _, delay in delays.values()]
    return min(shortest)


def by_parameter(placed: Placed, name: str) -> Iterator[tuple[np.ndarray, np.ndarray, Slope]]:
    """Rows, columns and derivatives of the entries by a parameter, as functions of ω [rad/s]."""
    for each in delayed(placed):
        slope = np.broadcast_to(
            evaluate([differentiate(each.delay, name)], placed.columns)[0], len(each.rows)
        )
        if np.any(slope):
            yield each.rows, each.columns, partial(_slope, delays=each.delays, slope=slope)


def _turned(omega: np.ndarray, delays: np.ndarray) -> np.ndarray:
    return -np.exp(-1j * np.outer(omega, delays))


def _slope(omega: float, delays: np.ndarray, slope: np.ndarray) -> np.ndarray:
    return 1j * omega * slope * np.exp(-1j * omega * delays)
