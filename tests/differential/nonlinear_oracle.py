"""Random nonlinear circuits, with the currents and charges of `device_oracle`.

Every circuit has rails, held by sources to ground, and free nodes. An element is a card and a function of all
voltages and the time that gives what flows out of its nodes into it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import device_draws
import numpy as np
from device_oracle import Charges, Currents, Voltages

Function = Callable[[Voltages, float], float]


class Element(NamedTuple):
    """A card; what flows out of its nodes into it, and the charges that they hold."""

    card: str
    nodes: tuple[str, ...]
    currents: Currents
    charges: Charges | None = None


class Expression(NamedTuple):
    text: str
    value: Function


class Circuit(NamedTuple):
    text: str
    rails: dict[str, Callable[[float], float]]
    free: list[str]
    elements: list[Element]
    capacitance: dict[str, float]

    def voltages(self, x: np.ndarray, t: float) -> Voltages:
        return {"0": 0.0, **{n: f(t) for n, f in self.rails.items()}, **dict(zip(self.free, x, strict=True))}

    def imbalance(self, x: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
        """Sum of the currents that leave each free node, and the sum of their sizes. [A]"""
        v = self.voltages(x, t)
        return self._sums((e.nodes, e.currents(v, t)) for e in self.elements)

    def charges(self, x: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
        """Charge that each free node holds, and the sum of its parts' sizes. [C]"""
        v = self.voltages(x, t)
        held = [(e.nodes, e.charges(v)) for e in self.elements if e.charges is not None]
        return self._sums([*held, *(((n,), [c * v[n]]) for n, c in self.capacitance.items())])

    def _sums(self, parts: Iterable[tuple[tuple[str, ...], list[float]]]) -> tuple[np.ndarray, np.ndarray]:
        total, size = (dict.fromkeys(("0", *self.rails, *self.free), 0.0) for _ in range(2))
        for nodes, values in parts:
            for node, value in zip(nodes, values, strict=True):
                total[node] += value
                size[node] += abs(value)
        return np.array([total[n] for n in self.free]), np.array([size[n] for n in self.free])


KINDS = ("behavioural", "diode", "bipolar", "jfet", "mosfet1", "mosfet2", "mosfet3", "mosfet6")


class Drawer:
    """Draws circuits of resistors, diodes, transistors and behavioural sources; `detail` as in `device_draws`."""

    def __init__(self, seed: int, detail: int = 0, kinds: Sequence[str] = KINDS) -> None:
        self.r = random.Random(seed)
        self.detail, self.kinds = detail, kinds
        self.cards: list[str] = []
        self.elements: list[Element] = []
        self.models: dict[str, str] = {}

    def circuit(self, moving: bool = False) -> Circuit:
        r = self.r
        free = [f"n{k}" for k in range(r.randint(2, 6))]
        rails: dict[str, Callable[[float], float]] = {}
        for k in range(r.randint(1, 3)):
            self._rail(f"p{k}", rails, moving)
        nodes = ["0", *rails, *free]
        for n in free:  # each is held, and meets something nonlinear
            self._resistor(n, r.choice([m for m in nodes if m != n]))
            self._resistor(n, r.choice(["0", *rails]))
        for _ in range(r.randint(1, 2 * len(free) + 2)):
            kind = r.choice(self.kinds)
            if kind == "behavioural":
                self._behavioural(nodes)
            else:  # between nodes that resistors hold: in series between two rails junctions would burn
                self._device(["0", *free], kind)
        capacitance = {n: r.choice([1e-12, 1e-11, 1e-10]) for n in free} if moving else {}
        self.cards += [f"c{n} {n} 0 {c}" for n, c in capacitance.items()]
        return Circuit(
            "\n".join([*self.cards, *self.models.values()]), rails, free, self.elements, capacitance
        )

    def _rail(self, name: str, rails: dict[str, Callable[[float], float]], moving: bool) -> None:
        dc = self.r.choice([5.0, -5.0, 1.0, 3.3, 0.0, 12.0])
        if moving and self.r.random() < 0.6:
            size, frequency = self.r.choice([0.1, 1.0, 3.0]), self.r.choice([1e5, 1e6])
            rails[name] = lambda t: dc + size * math.sin(2.0 * math.pi * frequency * t)
            self.cards.append(f"v{name} {name} 0 sin({dc} {size} {frequency})")
        else:
            rails[name] = lambda t: dc
            self.cards.append(f"v{name} {name} 0 {dc}")

    def _add(
        self, card: str, nodes: tuple[str, ...], currents: Currents, charges: Charges | None = None
    ) -> None:
        self.cards.append(card)
        self.elements.append(Element(card, nodes, currents, charges))

    def _name(self, letter: str) -> str:
        return f"{letter}{len(self.cards)}"

    def _resistor(self, a: str, b: str) -> None:
        value = self.r.choice([1e2, 1e3, 1e4, 1e5, 1e6])
        self._add(
            f"{self._name('r')} {a} {b} {value}",
            (a, b),
            lambda v, t: [(v[a] - v[b]) / value, (v[b] - v[a]) / value],
        )

    def _device(self, nodes: list[str], kind: str) -> None:
        drawn = device_draws.DEVICES[kind](self.r, self.detail)
        ends = self.r.sample(nodes, drawn.terminals)
        if kind == "bipolar":  # a resistor limits what flows into the base
            free = [n for n in nodes if n[0] == "n"]
            base = self.r.choice(free)
            c, e = self.r.sample([n for n in nodes if n != base], 2)
            ends = [c, base, e]
        if drawn.letter == "m":
            ends.append(self.r.choice(ends[::2]) if self.r.random() < 0.7 else self.r.choice(nodes))
        model = f"{kind}{len(self.models)}"
        self.models[model] = f".model {model} {drawn.model}"
        currents, charges = drawn.equations(tuple(ends))
        self._add(
            f"{self._name(drawn.letter)} {' '.join(ends)} {model} {drawn.size}".rstrip(),
            tuple(ends),
            currents,
            charges,
        )

    def _behavioural(self, nodes: list[str]) -> None:
        a, b = self.r.sample(nodes, 2)
        inner = self._expression(nodes, 3)
        scale = self.r.choice([1e-5, 1e-4])
        # bounded, so that the resistors decide how far a node goes
        text = f"{scale}*tanh({inner.text})"

        def of(v: Voltages, t: float) -> list[float]:
            i = scale * math.tanh(inner.value(v, t))
            return [i, -i]

        self._add(f"{self._name('b')} {a} {b} i={text}", (a, b), of)

    def _expression(self, nodes: list[str], depth: int) -> Expression:
        r = self.r
        if depth == 0 or r.random() < 0.2:
            if r.random() < 0.3:
                number = round(r.uniform(-3, 3), 3)
                return Expression(f"({number})", lambda v, t: number)
            a, b = r.sample(nodes, 2)
            return r.choice(
                [
                    Expression(f"v({a},{b})", lambda v, t: v[a] - v[b]),
                    Expression(f"v({a})", lambda v, t: v[a]),
                ]
            )
        if r.random() < 0.4:
            return self._function(self._expression(nodes, depth - 1))
        x, y = self._expression(nodes, depth - 1), self._expression(nodes, depth - 1)
        text, value = r.choice(_BINARY)
        return Expression(text.format(x=x.text, y=y.text), lambda v, t: value(x.value(v, t), y.value(v, t)))

    def _function(self, x: Expression) -> Expression:
        text, value = self.r.choice(_UNARY)
        return Expression(text.format(x=x.text), lambda v, t: value(x.value(v, t)))


# How a deck writes an operation, and what it is; each has a value everywhere and no jump.
_UNARY: list[tuple[str, Callable[[float], float]]] = [
    ("sin({x})", math.sin),
    ("cos({x})", math.cos),
    ("tanh({x})", math.tanh),
    ("atan({x})", math.atan),
    ("exp(-abs({x}))", lambda x: math.exp(-abs(x))),
    ("sqrt(abs({x})+0.1)", lambda x: math.sqrt(abs(x) + 0.1)),
    ("ln(1+({x})^2)", lambda x: math.log(1.0 + x * x)),
    ("log10(2+abs({x}))", lambda x: math.log10(2.0 + abs(x))),
    ("uramp({x})", lambda x: max(x, 0.0)),
    ("(-({x}))", lambda x: -x),
    ("asinh({x})", math.asinh),
    ("cosh(tanh({x}))", lambda x: math.cosh(math.tanh(x))),
    ("sinh(tanh({x}))", lambda x: math.sinh(math.tanh(x))),
    ("pow(abs({x})+1,1.5)", lambda x: (abs(x) + 1.0) ** 1.5),
    ("acos(0.5*tanh({x}))", lambda x: math.acos(0.5 * math.tanh(x))),
    ("asin(0.5*tanh({x}))", lambda x: math.asin(0.5 * math.tanh(x))),
    ("tan(tanh({x}))", lambda x: math.tan(math.tanh(x))),
    ("pwl({x},-1,0,0,1,2,-1)", lambda x: x + 1.0 if x < 0.0 else 1.0 - x),  # ngspice goes on straight outside
]
_BINARY: list[tuple[str, Callable[[float, float], float]]] = [
    ("({x}+{y})", lambda x, y: x + y),
    ("({x}-{y})", lambda x, y: x - y),
    ("({x}*{y})", lambda x, y: x * y),
    ("({x}/(1+({y})^2))", lambda x, y: x / (1.0 + y * y)),
    ("min({x},{y})", min),
    ("max({x},{y})", max),
    ("({x}>{y} ? {x} : {y})", max),
]
