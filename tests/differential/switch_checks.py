"""Random linear circuits with switches: one of the settings in which every switch agrees with its control."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import partial
from itertools import product
from typing import NamedTuple

import linear_checks
import sensitivity_checks
from linear_checks import ULPS, off, run
from linear_oracle import Network, Part, Solved
from random_linear import Drawn, drawn

from circuitnn.errors import ConvergenceError

NEAR = Fraction(1, 10**9)  # of a control to a threshold, relative, where rounding decides
DEVICES = (
    2 * 10**5
)  # roundings in small-signal solutions of devices, whose residuals are made no smaller than 1e-11


class Switch(NamedTuple):
    """A switch: on from one threshold of its control on, off below the other, `started` between them."""

    name: str
    nodes: tuple[str, str]
    control: tuple[str, str] | str
    on_at: Fraction
    off_at: Fraction
    gradual: bool
    ron: Fraction
    roff: Fraction
    started: bool

    def part(self, on: bool) -> Part:
        return Part("r", self.name, self.nodes, self.ron if on else self.roff)

    def value(self, network: Network, solved: Solved) -> Fraction:
        if isinstance(self.control, str):
            return solved.x[network.branch[self.control]]
        a, b = (Fraction(0) if n == "0" else solved.x[network.place[n]] for n in self.control)
        return a - b

    def seen(self, got: dict[str, float]) -> float:
        """The control in a result."""
        if isinstance(self.control, str):
            return got[f"i({self.control})"]
        a, b = (0.0 if n == "0" else got[f"v({n})"] for n in self.control)
        return a - b

    def agrees(self, on: bool, control: Fraction) -> bool:
        """Whether a setting may go with a control."""
        width = NEAR * max(abs(control), abs(self.on_at), abs(self.off_at))
        if self.gradual:
            return control >= self.on_at - width if on else control <= self.off_at + width
        return control >= self.off_at - width if on else control <= self.on_at + width


class Switched(NamedTuple):
    """A circuit, its switches, and all settings with their networks that have a solution."""

    drawing: Drawn
    switches: list[Switch]
    settings: list[tuple[tuple[bool, ...], list[Part], Network, Solved]]

    def settled(self) -> list[tuple[list[Part], Network, Solved]]:
        """Settings in which all switches agree with their controls."""
        controls = [[s.value(n, x) for s in self.switches] for _, _, n, x in self.settings]
        found = []
        for (states, parts, network, solved), values in zip(self.settings, controls, strict=True):
            fits = all(s.agrees(on, v) for s, on, v in zip(self.switches, states, values, strict=True))
            # A control that stays between the thresholds whatever the switches do leaves its own where it began.
            abrupt = not any(s.gradual for s in self.switches)
            kept = not abrupt or all(
                on == s.started
                for k, (s, on) in enumerate(zip(self.switches, states, strict=True))
                if all(s.off_at < v[k] < s.on_at for v in controls)
            )
            if fits and kept:
                found.append((parts, network, solved))
        return found

    def between(self, got: dict[str, float]) -> bool:
        """Whether a gradual switch is neither on nor off."""
        return any(s.off_at < s.seen(got) < s.on_at for s in self.switches if s.gradual)


def switched(seed: int) -> Switched | None:
    """The circuit of a seed; nothing where it has no solution without its switches."""
    base = drawn(seed, odd=0.0, spread=(0.0, 1.0)[seed % 2], kinds="rrrrcclkvviieeffgghhb")
    network = Network(base.parts)
    solved = network.at_rest()
    if not solved.regular or not network.nodes:
        return None
    r = random.Random(seed)
    cards, switches = [], []
    for k in range(r.randint(1, 3)):
        cards_of_one, switch = _one(r, k, base, network, solved)
        cards += cards_of_one
        switches.append(switch)
    settings = []
    for states in product((False, True), repeat=len(switches)):
        parts = [*base.parts, *(s.part(on) for s, on in zip(switches, states, strict=True))]
        whole = Network(parts)
        found = whole.at_rest()
        if found.regular:
            settings.append((states, parts, whole, found))
    return Switched(Drawn("\n".join([base.text, *cards]), base.parts), switches, settings)


def _one(r: random.Random, k: int, base: Drawn, network: Network, solved: Solved) -> tuple[list[str], Switch]:
    """A switch whose threshold is of the order of what controls it."""
    nodes = ["0", *network.nodes]
    sources = [p.name for p in base.parts if p.name[0] == "v" and "." not in p.name]
    control: tuple[str, str] | str = (
        r.choice(sources) if sources and r.random() < 0.5 else tuple(r.sample(nodes, 2))
    )
    kind = "w" if isinstance(control, str) else "s"
    name, (a, b) = f"{kind}z{k}", r.sample(nodes, 2)
    ron, roff = _short(r.uniform(1, 100)), _short(r.uniform(1e3, 1e6))
    switch = Switch(
        name, (a, b), control, Fraction(0), Fraction(0), r.random() < 0.3, ron, roff, r.random() < 0.3
    )
    usual = float(switch.value(network, solved))
    level = _short(r.choice([0.5, 0.9, 1.5, -1.0]) * usual) if usual else _short(r.choice([-1e-3, 1e-3]))
    width = abs(level) * r.choice([Fraction(0), Fraction(1, 10), Fraction(1, 2)])
    if switch.gradual:
        width = width or abs(level) / 100
        letters, begins = ("von", "voff") if kind == "s" else ("ion", "ioff"), ""
        kind_of_model, given = f"{'v' if kind == 's' else 'i'}switch", (level + width, level - width)
    else:
        letters, begins = (
            ("vt", "vh") if kind == "s" else ("it", "ih"),
            " on" if switch.started else r.choice(["", " off"]),
        )
        kind_of_model, given = "sw" if kind == "s" else "csw", (level, width)
    numbers = " ".join(f"{n}={float(v)!r}" for n, v in zip(letters, given, strict=True))
    held = control if isinstance(control, str) else " ".join(control)
    cards = [
        f"{name} {a} {b} {held} mz{k}{begins}",
        f".model mz{k} {kind_of_model}({numbers} ron={float(ron)!r} roff={float(roff)!r})",
    ]
    return cards, switch._replace(on_at=level + width, off_at=level - width)


def _short(value: float) -> Fraction:
    """Two digits, so that the card has the number itself."""
    return Fraction(f"{value:.1e}")


def _solution(seed: int) -> tuple[str, list[Drawn]]:
    """What is wrong with the operating point; the circuit as it has settled, where it is one of resistors.

    Settings that differ in a switch without a voltage have the same operating point.
    """
    circuit = switched(seed)
    if circuit is None:
        return "", []
    settled = circuit.settled()
    try:
        (result,) = run(circuit.drawing, ".op")
    except ConvergenceError as error:
        return (f"{len(settled)} solutions, but {error}" if settled else ""), []
    got = dict(zip(result.names, result.data[0], strict=True))
    if circuit.between(got):
        return "", []
    if not settled:
        return ("" if result.statistics.notes else "no setting agrees with its controls, and not a word"), []
    wrong, right = [], []
    for parts, network, solved in settled:
        found = off(network.names, got, solved.x, network.bound(solved, ULPS))
        if found:
            wrong.append(found)
        else:
            right.append(Drawn(circuit.drawing.text, parts))
    return "" if right else "; or ".join(wrong), right


def operating_point(seed: int) -> str:
    """A setting in which all agrees, or an error."""
    return _solution(seed)[0]


def small_signal(seed: int) -> str:
    """`.ac` with the switches as they have settled."""
    return _judged(partial(linear_checks.small_signal, ulps=DEVICES), seed)


def transfer(seed: int) -> str:
    """`.tf`."""
    return _judged(linear_checks.transfer, seed)


def noise(seed: int) -> str:
    """`.noise`, with that of the switches."""
    return _judged(linear_checks.noise, seed)


def sensitivity(seed: int) -> str:
    """`.sens` at rest."""
    return _judged(sensitivity_checks.at_rest, seed)


def _judged(check: object, seed: int) -> str:
    found = [check(seed, drawing) for drawing in _solution(seed)[1]]
    return "" if "" in found else "; or ".join(found)
