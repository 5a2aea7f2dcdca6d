"""Random R/L/C circuits at default options against exact exponentials, with ``uic`` and some ``ic=``, and without.

A check gives what is wrong, or nothing. The motion is that of `linear_transients`, from the charges and fluxes that
the initial conditions give.
"""

from __future__ import annotations

import random
import warnings
from fractions import Fraction

import numpy as np
from linear_oracle import Network
from linear_transients import Motion
from random_linear import drawn

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, DeckWarning

STOP = Fraction(1, 10**5)  # [s]
KINDS = "rrccclllvi"
OFF = 0.02  # of the largest value of an unknown, or of SHARE of that of its kind
SHARE = 0.02
LEAST_VOLTAGE, LEAST_CURRENT = 1e-6, 1e-9  # [V, A]
FASTEST = 1e9  # [1/s]
LOOKED_AT = 60  # points of a run


def initial_conditions(seed: int) -> str:
    """A transient with uic, in which half of the capacitors and inductors have ``ic=``."""
    return _off(seed, uic=True)


def from_rest(seed: int) -> str:
    """A transient from the operating point."""
    return _off(seed, uic=False)


def little_damping(seed: int) -> str:
    """The same with large resistances: modes that ring, and inductors that currents are forced through."""
    return _off(seed, uic=False, resistance=5)


def _off(seed: int, uic: bool, resistance: int = 3) -> str:
    spread = (0.0, 0.5, 1.0)[seed % 3]
    drawing = drawn(seed, odd=0.0, spread=spread, kinds=KINDS, stop=STOP, resistance=resistance)
    given, text = _given(drawing.text, random.Random(seed)) if uic else ({}, drawing.text)
    network = Network(drawing.parts)
    try:
        motion = Motion(network)
    except ValueError:
        return ""
    voltages = np.array([name[0] == "v" for name in network.names])
    if not motion.d or (voltages & motion.fast).any() or np.abs(motion.rates).max() > FASTEST:
        return ""  # nothing moves, a differentiator, or faster than the run can show
    if uic:
        motion.start = motion.drive_moving @ _charges(network, given)
    stop = float(STOP)
    deck = "\n".join(["t", text, f".tran {stop / 100!r} {stop!r}{' uic' * uic}", ".end", ""])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeckWarning)
            (result,) = Circuit.from_text(deck).run()
    except AnalysisError as error:
        return "" if uic and "contradict each other" in str(error) else str(error)
    t, x = result.data[:, 0], result.data[:, [result.names.index(name) for name in network.names]]
    looked = np.unique(np.linspace(0, len(t) - 1, LOOKED_AT).astype(int))
    exact = motion.at(t[looked])
    size = np.abs(exact).max(axis=0)
    for kind, least in ((voltages, LEAST_VOLTAGE), (~voltages, LEAST_CURRENT)):
        size[kind] = np.maximum(size[kind], SHARE * size[kind].max(initial=0.0) + least)
    apart = np.maximum(np.abs(x[looked] - exact) - motion.rounding, 0.0)
    error = np.where(motion.fast, 0.0, apart / size)
    k, e = np.unravel_index(np.argmax(error), error.shape)
    if error[k, e] <= OFF:
        return ""
    return f"{network.names[e]} at {t[looked[k]]:g} s is {x[looked[k], e]:g}, exact {exact[k, e]:g}"


def _given(text: str, rng: random.Random) -> tuple[dict[str, Fraction], str]:
    """Give half of the capacitors and inductors outside subcircuits an ``ic=``."""
    given, lines, inside = {}, [], False
    for line in text.split("\n"):
        name = line.split(" ", 1)[0]
        inside = name == ".subckt" or (inside and name != ".ends")
        if name[:1] in ("c", "l") and not inside and rng.random() < 0.5:
            given[name] = Fraction(rng.randint(-200, 200), 100 if name[0] == "c" else 100_000)
            line += f" ic={float(given[name])!r}"
        lines.append(line)
    return given, "\n".join(lines)


def _charges(network: Network, given: dict[str, Fraction]) -> np.ndarray:
    """Charges of the nodes, and fluxes of the inductors with the sign of their equations."""
    q = [Fraction(0)] * network.n
    for part in network.parts:
        value = part.value * given.get(part.name, Fraction(0))
        if part.kind == "l":
            q[network.branch[part.name]] -= value
        elif part.kind == "c":
            for node, sign in zip(part.nodes, (1, -1), strict=True):
                if node != "0":
                    q[network.place[node]] += sign * value
    return np.array([float(v) for v in q])
