"""Declarations of a model besides its equations: parameters, states, published sets, a typical transient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from circuitnn.equations.graph import ONE, Expr, as_expr, max_, min_, symbol, where
from circuitnn.records import dataclass

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Parameter:
    """A number of a model card or of an instance.

    Parameters
    ----------
    name : str
    default : float or str
        A number, or the name of another parameter whose value it takes.
    unit : str
    meaning : str
    low, high : float
        Valid range.
    aliases : tuple of str
        Other names a deck may use.
    nonzero : bool
        Whether 0 is invalid although it lies within the range, as for a threshold of either sign.
    clipped : bool
        Whether a value outside counts as the end of the range, with a warning, instead of being refused.
    usual : float
        Size of usual values where the default is 0: how far checks go. Else it follows from the unit.
    """

    name: str
    default: float | str
    unit: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    aliases: tuple[str, ...] = ()
    nonzero: bool = False
    clipped: bool = False
    usual: float = math.nan

    @property
    def range(self) -> str:
        """The range in words."""
        return f"{self.low:g} … {self.high:g}" + (", not 0" if self.nonzero else "")

    def refuses(self, values: np.ndarray) -> np.ndarray:
        """Find the values that lie outside the range.

        Parameters
        ----------
        values : ndarray

        Returns
        -------
        ndarray of bool
            Same shape as `values`.
        """
        return (values < self.low) | (values > self.high) | ((values == 0.0) & self.nonzero)


@dataclass(frozen=True)
class Probe:
    """A value of a device that decks may ask for, as ``@q1[gm]``; computed on demand.

    Parameters
    ----------
    unit, meaning : str
    value : Expr
        ``ddt`` in it counts as 0 outside transients.
    """

    unit: str
    meaning: str
    value: Expr


def surroundings(name: str) -> Expr:
    """Ambient temperature: a parameter gives it at ``tnom``, and it moves with ``temp``. [K]

    It never falls below 1 K, the smallest value of such a parameter.

    Parameters
    ----------
    name : str
        Name of a parameter in kelvin.
    """
    return max_(symbol(name) + (symbol("temp") - symbol("tnom")), 1.0)


# Value of a parameter that follows from others unless the card gives it.
UNSET = 1e30

# Symbols of the simulator, forbidden as names of parameters, nodes or states.
RESERVED = frozenset(("time", "gmin", "temper"))

# Of the card of a model whose parameters depend on the temperature.
NOMINAL = Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",))

# What every instance of a compact model may have, unless the model says otherwise.
TEMPERATURE = Parameter("temp", math.nan, "°C", "temperature of this instance")
INSTANCE = (
    Parameter("multiplier", 1.0, "", "number of devices in parallel", low=0.0, aliases=("m",)),
    TEMPERATURE,
)
# … and those of devices that SPICE has.
OF_SPICE = (
    *INSTANCE,
    Parameter("off", 0.0, "", "accepted for compatibility: start of the operating point"),
)


class Stimulus(NamedTuple):
    """A phasor in small-signal analyses.

    Parameters
    ----------
    into : tuple of (str, Expr)
        Inputs to whose residuals it is added, with factors.
    magnitude, phase : Expr
        [A] for a current, [rad]
    """

    into: tuple[tuple[str, Expr], ...]
    magnitude: Expr
    phase: Expr


@dataclass(frozen=True)
class State:
    """A quantity with a rate equation of its own: an unknown of the circuit.

    Parameters
    ----------
    name : str
    unit : str
    meaning : str
    initial : str, float or Expr
        Parameter that holds the initial value, the value, or an expression in parameters.
    tolerance : float
        Absolute tolerance, in the state's unit; choose units in which the state is about 1.
    low, high : float
        Bounds. Equations never see a value outside, and at every accepted time point the state lies within, its
        bounds included. Where one is finite, rates that point outward fall to zero over the last `stop` of the
        range; rates that point inward never do, so that no state locks up.
    stop : float
        Width of that fading, as a fraction of the range (of `tolerance`·1e3 if only one bound is given).
    hold : bool
        Whether operating points hold the state at its initial value (a memory) instead of solving
        for its equilibrium (a temperature, a filament that dissolves).
    turn : float
        For an angle, what it may be moved by without changing anything, in the state's unit; 0 for other states. An
        event that changes angles only may set them back by whole turns. Periodic orbits close up to whole turns.
    """

    name: str
    unit: str
    meaning: str
    initial: str | float | Expr
    tolerance: float = 1e-6
    low: float = -math.inf
    high: float = math.inf
    stop: float = 1e-4
    hold: bool = True
    turn: float = 0.0

    def start(self) -> Expr:
        """Return the initial value in terms of the parameters.

        Returns
        -------
        Expr
        """
        return symbol(self.initial) if isinstance(self.initial, str) else as_expr(self.initial)

    @property
    def fading(self) -> float:
        """Width over which rates fade before a bound, in the state's unit."""
        both = math.isfinite(self.low) and math.isfinite(self.high)
        return self.stop * (self.high - self.low if both else 1e3 * self.tolerance)

    def within(self) -> Expr:
        """Return the state as equations see it: an iterate of Newton's method beyond a bound is evaluated at the bound.

        Returns
        -------
        Expr
        """
        return min_(max_(symbol(self.name), self.low), self.high)

    def bounded(self, rate: Expr) -> Expr:
        """Stop the outward parts of a rate at the bounds.

        Beyond a bound, where a Newton iterate may lie, the sign changes and pulls the iterate back. If the rate stayed
        at zero there, Newton's method would alternate between two flat sides.

        Parameters
        ----------
        rate : Expr

        Returns
        -------
        Expr
        """
        x = symbol(self.name)
        up = min_((self.high - x) / self.fading, 1.0) if math.isfinite(self.high) else ONE
        down = min_((x - self.low) / self.fading, 1.0) if math.isfinite(self.low) else ONE
        return rate if up is down else rate * where(rate > 0.0, up, down)


@dataclass(frozen=True)
class ParameterSet:
    """Published numbers for the parameters of a model; ``set=`` on its ``.model`` card takes them.

    Parameters
    ----------
    source : str
        Their source, with DOI.
    values : mapping of str to float
    """

    source: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Drive:
    """A short transient in which ``circuitnn check-model`` compares a model with its twin in ngspice.

    Parameters
    ----------
    source : str
        Waveform of the voltage source ``v1`` between the nodes ``in`` and 0.
    elements : str
        Cards, with the model as ``m``; the compared instance is ``n1``.
    times : str
        Numbers of the ``.tran`` card.
    budget : float
        Allowed difference of current and states, as a share of their spans.
    edge : float
        Allowed shift in time: a twin's events happen one step late. [s]
    heat : str
        Cards at the node ``heat``, without which a device with a thermal node there would have no path for heat.
    """

    source: str
    elements: str
    times: str
    budget: float = 1e-2
    edge: float = 0.0
    heat: str = ""
