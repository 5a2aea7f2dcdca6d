"""The oscillators of a network: subcircuits with one node that is coupled to others."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.checks import numbers
from circuitnn.errors import AnalysisError
from circuitnn.machine.frozen_values import Plain
from circuitnn.machine.text import lines_of
from circuitnn.machine.user_input import mapping_of, real
from circuitnn.records import dataclass, field
from circuitnn.units import number_of

_WORD = re.compile(r"[^\s(){},=*/+'\"-]+")  # of a card or an expression


@dataclass(frozen=True, eq=False)
class Cell(Plain):
    """One oscillator as a subcircuit.

    Parameters
    ----------
    body : str
        Cards of the subcircuit. The node ``out`` is the one that is coupled and observed; a node ``heat``, if there
        is one, is the thermal node of its device, which thermal couplings join; ``0`` is ground; parameters are in
        braces.
    parameters : mapping of str to array_like
        Values of the parameters: one for all oscillators, or one for each.
    level : float
        Level of ``out`` whose upward crossing begins a period. [V]
    method : str, optional
        Integration method of the network, unless its run asks for another. Default "blend", of orders up to 4; use
        "trap" if the cell has inductors, whose oscillations may be undamped.
    rails : mapping of str to float, optional
        Supply nodes that all oscillators share, and their voltages. A source in each cell instead costs two more
        unknowns per oscillator, a quarter of the run time. [V]
    """

    body: str
    parameters: Mapping[str, ArrayLike] = field(default_factory=dict)
    level: float = 0.0
    method: str = ""
    rails: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.body, str) or not isinstance(self.method, str):
            raise AnalysisError("the body of a cell is a text of cards, and its method a word")
        given = mapping_of(self.parameters, "parameters", '{"resistance": 47e3}')
        object.__setattr__(
            self, "parameters", {name: _values(value, str(name)) for name, value in given.items()}
        )
        rails = mapping_of(self.rails, "rails", '{"supply": 14.0}')
        object.__setattr__(
            self, "rails", {rail: number_of(v, f"voltage of {rail}") for rail, v in rails.items()}
        )
        object.__setattr__(self, "level", number_of(self.level, "level"))
        self._check_names()
        if not self.method:
            inductive = any(line.lstrip()[:1] in ("l", "L") for line in lines_of(self.body))
            object.__setattr__(self, "method", "trap" if inductive else "blend")
        super().__post_init__()

    def _check_names(self) -> None:
        """Refuse parameters and rails that would have no effect."""
        words = set(_WORD.findall(self.body.lower()))
        for kind in ("parameters", "rails"):
            for name in getattr(self, kind):
                if str(name).lower() not in words:
                    raise AnalysisError(f"{kind}: the body of the cell has no {name!r}")

    @property
    def heated(self) -> bool:
        """Whether the oscillator has a thermal node."""
        cards = (line.lower().split() for line in lines_of(self.body) if line.lstrip()[:1] not in (".", "*"))
        return any("heat" in words for words in cards)


def _values(value: ArrayLike, name: str) -> float | np.ndarray:
    """One finite number, or a row of them."""
    row = real(value, name)
    numbers(row, name, [row.shape if row.ndim == 1 else ()], ("oscillator",), -np.inf, False)
    return row if row.ndim else float(row)


def vanadium_dioxide(
    resistance: ArrayLike = 47e3,
    capacitance: ArrayLike = 300e-12,
    supply: float = 14.0,
    start: ArrayLike = 12.5,
) -> Cell:
    """Make a Pearson–Anson oscillator with a hysteretic vanadium dioxide switch.

    Parameters
    ----------
    resistance : array_like
        Load resistance, to ground. [Ohm]
    capacitance : array_like
        [F]
    supply : float
        [V]
    start : array_like
        Voltage at t = 0. [V]

    Returns
    -------
    Cell

    References
    ----------
    P. Maffezzoni, L. Daniel, N. Shukla, S. Datta, A. Raychowdhury, "Modeling and simulation of vanadium dioxide
    relaxation oscillators", IEEE TCAS-I 62, 2207 (2015), doi:10.1109/TCSI.2015.2452332.
    """
    body = """n1 supply out vo2
.model vo2 vo2_switch
r1 out 0 {resistance}
c1 out 0 {capacitance} ic={start}"""
    values = {"resistance": resistance, "capacitance": capacitance, "start": start}
    supply = number_of(supply, "supply")
    return Cell(body, values, supply - 1.5, rails={"supply": supply})


def niobium_dioxide(
    resistance: ArrayLike = 6e3, capacitance: ArrayLike = 1e-12, supply: float = 2.0, start: ArrayLike = 1.0
) -> Cell:
    """Make a Pearson–Anson oscillator with the thermal NDR of niobium dioxide (Poole–Frenkel conduction).

    Parameters
    ----------
    resistance : array_like
        Resistance from the supply. [Ohm]
    capacitance : array_like
        [F]
    supply : float
        [V]
    start : array_like
        Voltage at t = 0. [V]

    Returns
    -------
    Cell
    """
    return _pearson_anson("poole_frenkel", 1.05, resistance, capacitance, supply, start)


def chaotic_niobium_dioxide(
    resistance: ArrayLike = 4.7e3,
    capacitance: ArrayLike = 1.5e-12,
    supply: float = 1.62,
    start: ArrayLike = 1.0,
) -> Cell:
    """Make a chaotic oscillator of niobium dioxide whose Mott transition has hysteresis (``nbo2_mott``).

    Parameters
    ----------
    resistance : array_like
        Resistance from the supply. [Ohm]
    capacitance : array_like
        [F]
    supply : float
        Chaotic from 1.59 V to 1.68 V with the other defaults. [V]
    start : array_like
        Voltage at t = 0. [V]

    Returns
    -------
    Cell
    """
    return _pearson_anson("nbo2_mott", 1.0, resistance, capacitance, supply, start)


def thermal_neuristor(
    resistance: ArrayLike = 12e3,
    capacitance: ArrayLike = 145.346e-12,
    supply: float = 13.0,
    start: ArrayLike = 0.0,
) -> Cell:
    """Make a neuristor of vanadium dioxide that its own current heats; neighbours may couple by heat.

    In the source a fiftieth of the heat that a device loses goes to each neighbour: ``Thermal(243.2e3)``.

    Parameters
    ----------
    resistance : array_like
        Resistance from the supply. [Ohm]
    capacitance : array_like
        [F]
    supply : float
        It spikes from 10.5 V to 15.5 V with the other defaults. [V]
    start : array_like
        Voltage at t = 0. [V]

    Returns
    -------
    Cell

    References
    ----------
    Y.-H. Zhang, C. Sipling, E. Qiu, I. K. Schuller, M. Di Ventra, "Collective dynamics and long-range order in thermal
    neuristor networks", Nat. Commun. 15, 6986 (2024), doi:10.1038/s41467-024-51254-4, and the code published with it.
    """
    return _pearson_anson("vo2_thermal", 3.0, resistance, capacitance, supply, start, "out 0 heat")


def _pearson_anson(
    model: str,
    threshold: float,
    resistance: ArrayLike,
    capacitance: ArrayLike,
    supply: float,
    start: ArrayLike,
    nodes: str = "out 0",
) -> Cell:
    """Make a device beside a capacitor, with a resistor from the supply."""
    body = f"""rl supply out {{resistance}}
c1 out 0 {{capacitance}} ic={{start}}
n1 {nodes} mott
.model mott {model}"""
    values = {"resistance": resistance, "capacitance": capacitance, "start": start}
    return Cell(body, values, threshold, rails={"supply": number_of(supply, "supply")})
