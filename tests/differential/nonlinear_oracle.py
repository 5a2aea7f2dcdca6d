"""Random nonlinear circuits, and the currents of their elements written anew from ngspice's manual.

Every circuit has rails, held by sources to ground, and free nodes. An element is a card and a function of all
voltages and the time that gives what flows out of its nodes into it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# ngspice 44's numbers, of CODATA 2014
VT = 1.38064852e-23 * 300.15 / 1.6021766208e-19
GMIN = 1e-12

Voltages = dict[str, float]
Currents = Callable[[Voltages, float], list[float]]
Function = Callable[[Voltages, float], float]


class Element(NamedTuple):
    card: str
    nodes: tuple[str, ...]
    currents: Currents


def junction(v: float, saturation: float, n: float = 1.0) -> float:
    """Forward exponential; backwards ngspice's 1 + (3nVt/(e·v))³."""
    thermal = n * VT
    if v >= -3.0 * thermal:
        return saturation * (math.exp(min(v / thermal, 300.0)) - 1.0) + GMIN * v
    return -saturation * (1.0 + (3.0 * thermal / (math.e * v)) ** 3) + GMIN * v


def diode(a: str, b: str, saturation: float, n: float) -> Currents:
    def of(v: Voltages, _: float) -> list[float]:
        i = junction(v[a] - v[b], saturation, n)
        return [i, -i]

    return of


def bipolar(nodes: tuple[str, str, str], sign: int, p: dict[str, float]) -> Currents:
    """Gummel-Poon without high injection and leakage: collector, base, emitter."""
    c, b, e = nodes

    def of(v: Voltages, _: float) -> list[float]:
        vbe, vbc = sign * (v[b] - v[e]), sign * (v[b] - v[c])
        forward, backward = junction(vbe, p["is"]), junction(vbc, p["is"])
        q1 = 1.0 / (1.0 - vbc / p["vaf"])
        ic = (forward - backward) / q1 - backward / p["br"]
        ib = forward / p["bf"] + backward / p["br"]
        return [sign * ic, sign * ib, -sign * (ic + ib)]

    return of


def mosfet(nodes: tuple[str, str, str, str], sign: int, p: dict[str, float]) -> Currents:
    """Shichman and Hodges: drain, gate, source, bulk; with the bulk's junctions."""
    d, g, s, b = nodes

    def of(v: Voltages, _: float) -> list[float]:
        vds, vgs, vbs = (sign * (v[x] - v[s]) for x in (d, g, b))
        vbd = vbs - vds
        channel = _channel(vgs, vds, vbs, p) if vds >= 0.0 else -_channel(vgs - vds, -vds, vbd, p)
        by_drain, by_source = junction(vbd, 1e-14), junction(vbs, 1e-14)
        currents = [channel - by_drain, 0.0, -channel - by_source, by_drain + by_source]
        return [sign * i for i in currents]

    return of


def _channel(vgs: float, vds: float, vbs: float, p: dict[str, float]) -> float:
    root = math.sqrt(p["phi"])
    body = math.sqrt(p["phi"] - vbs) if vbs <= 0.0 else max(0.0, root - vbs / (2.0 * root))
    over = vgs - p["vto"] - p["gamma"] * (body - root)
    if over <= 0.0:
        return 0.0
    beta = p["kp"] * p["w/l"] * (1.0 + p["lambda"] * vds)
    return 0.5 * beta * over**2 if over <= vds else beta * vds * (over - 0.5 * vds)


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
        total, size = dict.fromkeys(v, 0.0), dict.fromkeys(v, 0.0)
        for element in self.elements:
            for node, i in zip(element.nodes, element.currents(v, t), strict=True):
                total[node] += i
                size[node] += abs(i)
        return np.array([total[n] for n in self.free]), np.array([size[n] for n in self.free])


class Drawer:
    """Draws circuits of resistors, diodes, transistors and behavioural sources."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
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
            draw = r.choice([self._diode, self._bipolar, self._mosfet, self._behavioural])
            # Junctions lie between nodes that resistors hold: in series between two rails they would burn.
            draw(nodes if draw == self._behavioural else ["0", *free])
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

    def _add(self, card: str, nodes: tuple[str, ...], currents: Currents) -> None:
        self.cards.append(card)
        self.elements.append(Element(card, nodes, currents))

    def _name(self, letter: str) -> str:
        return f"{letter}{len(self.cards)}"

    def _resistor(self, a: str, b: str) -> None:
        value = self.r.choice([1e2, 1e3, 1e4, 1e5, 1e6])
        self._add(
            f"{self._name('r')} {a} {b} {value}",
            (a, b),
            lambda v, t: [(v[a] - v[b]) / value, (v[b] - v[a]) / value],
        )

    def _diode(self, nodes: list[str]) -> None:
        a, b = self.r.sample(nodes, 2)
        saturation, n = self.r.choice([1e-14, 1e-12, 1e-9]), self.r.choice([1.0, 1.5, 2.0])
        model = f"d{saturation:g}n{n:g}".replace("-", "m").replace(".", "p")
        self.models[model] = f".model {model} d(is={saturation} n={n})"
        self._add(f"{self._name('d')} {a} {b} {model}", (a, b), diode(a, b, saturation, n))

    def _bipolar(self, nodes: list[str]) -> None:
        free = [n for n in nodes if n[0] == "n"]
        base = self.r.choice(free)  # a resistor limits what flows into it
        c, e = self.r.sample([n for n in nodes if n != base], 2)
        kind, sign = self.r.choice([("npn", 1), ("pnp", -1)])
        p = {"is": 1e-15, "bf": self.r.choice([50.0, 200.0]), "br": self.r.choice([1.0, 5.0])}
        p["vaf"] = self.r.choice([50.0, 200.0])
        model = f"{kind}{p['bf']:g}x{p['br']:g}x{p['vaf']:g}"
        self.models[model] = f".model {model} {kind}({' '.join(f'{k}={v}' for k, v in p.items())})"
        self._add(f"{self._name('q')} {c} {base} {e} {model}", (c, base, e), bipolar((c, base, e), sign, p))

    def _mosfet(self, nodes: list[str]) -> None:
        d, g, s = self.r.sample(nodes, 3)
        kind, sign = self.r.choice([("nmos", 1), ("pmos", -1)])
        bulk = s
        p = {"vto": self.r.choice([0.5, 1.0]), "kp": self.r.choice([2e-5, 1e-4]), "phi": 0.6}
        p |= {"lambda": self.r.choice([0.0, 0.02]), "gamma": self.r.choice([0.0, 0.5])}
        model = f"{kind}{len(self.models)}"
        given = {**p, "vto": sign * p["vto"]}
        self.models[model] = (
            f".model {model} {kind}(level=1 {' '.join(f'{k}={v}' for k, v in given.items())})"
        )
        p["w/l"] = 10.0
        quad = (d, g, s, bulk)
        self._add(f"{self._name('m')} {' '.join(quad)} {model} w=10u l=1u", quad, mosfet(quad, sign, p))

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
