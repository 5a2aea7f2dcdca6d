"""Oscillators and couplings by name, for studies and the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.errors import AnalysisError
from circuitnn.networks.couplings import Capacitive, Coupling, Resistive, Thermal
from circuitnn.networks.kinds import Cell, niobium_dioxide, thermal_neuristor, vanadium_dioxide
from circuitnn.networks.network import OscillatorNetwork
from circuitnn.records import dataclass

if TYPE_CHECKING:
    import xarray

POINTS = 80  # minimum steps per period
MOST_GRAPHS = 1_000_000  # that a question draws


@dataclass(frozen=True, eq=False)
class Kind:
    """An oscillator with the numbers that studies vary.

    Parameters
    ----------
    make : callable
        Takes ``capacitance`` and ``start``.
    capacitance : float
        [F]
    starts : (float, float)
        Voltages between which it oscillates. [V]
    period : float
        Approximate period. [s]
    """

    make: Callable[..., Cell]
    capacitance: float
    starts: tuple[float, float]
    period: float

    def cell(self, detuning: ArrayLike, start: ArrayLike) -> Cell:
        """Make the oscillators of a network.

        Parameters
        ----------
        detuning : array_like
            Relative increase of the capacitance of each.
        start : array_like
            Initial point of each: 0 … 1 of its swing.

        Returns
        -------
        Cell
        """
        low, high = self.starts
        return self.make(
            capacitance=self.capacitance * (1.0 + np.asarray(detuning, dtype=float)),
            start=low + (high - low) * np.asarray(start, dtype=float),
        )

    def free_period(self) -> float:
        """Compute the period of one uncoupled oscillator. [s]"""
        import networkx

        alone = OscillatorNetwork(networkx.empty_graph(1), self.cell(0.0, 0.5), Resistive(1.0))
        return float(1.0 / alone.tran(60.0 * self.period, self.period / POINTS).frequencies()[0])


KINDS = {
    "vo2": Kind(vanadium_dioxide, 300e-12, (12.05, 12.95), 1.6e-6),
    "nbo2": Kind(niobium_dioxide, 1e-12, (0.9, 1.15), 1.25e-8),
    "neuristor": Kind(thermal_neuristor, 145.346e-12, (1.4, 6.8), 2.7e-6),
}
COUPLINGS: dict[str, Callable[[float], Coupling]] = {
    "capacitive": Capacitive,
    "resistive": Resistive,
    "thermal": Thermal,
}
UNITS = {"capacitive": "F", "resistive": "Ohm", "thermal": "K/W"}


def known(table: dict[str, Any], name: str, label: str) -> Any:
    """Look up a name in a table.

    Raises
    ------
    AnalysisError
        Nothing has that name.
    """
    if name not in table:
        raise AnalysisError(f"{label} = '{name}': must be one of {', '.join(table)}")
    return table[name]


def cases(data: xarray.Dataset) -> list[tuple[str, xarray.Dataset]]:
    """Data of a study at each coupling, and its value with the unit: ``5 pF``."""
    from matplotlib.ticker import EngFormatter

    written = EngFormatter(UNITS[data.attrs["link"]])
    return [(str(written(float(c))), data.sel(coupling=c)) for c in data["coupling"].values]
