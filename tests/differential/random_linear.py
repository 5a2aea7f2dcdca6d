"""Random linear circuits: a deck, and the same circuit as plain parts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from linear_oracle import Part

SUFFIX = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 3: "k", 6: "meg", 9: "g"}
# Typical exponents of the values of a kind: resistance, capacitance, inductance, source, gain, delay.
EXPONENT = {"r": 3, "c": -9, "l": -3, "s": 0, "gain": 0, "g": -3, "h": 3, "td": -9, "z": 2}
KINDS = "rrrrrrcclkvviieeffgghhbbt"


class Item(NamedTuple):
    """A part as its definition has it; of `scaled` ones the value is to be multiplied by the parameter p."""

    part: Part
    scaled: bool = False


class Drawn(NamedTuple):
    """A deck without its analyses, and its parts, flat."""

    text: str
    parts: list[Part]


SPREADS = (0.0, 1.0, 3.0, 6.0)
ODDNESS = (0.0, 0.1, 0.5)


def drawn(seed: int, **given: object) -> Drawn:
    """The circuit of a seed: every third tame, every third odd, values over 0, 2, 6, 12 decades in turn."""
    spread, odd = SPREADS[seed % 4], ODDNESS[seed // 4 % 3]
    return Drawer(seed, **{"spread": spread, "odd": odd, **given}).circuit()


class Drawer:
    """Draws one circuit.

    `spread` is how many decades values go to either side; `odd` is how often something unusual is drawn:
    zeros, negative values, loops, islands, shorts. `resistance` is the typical exponent of resistances.
    """

    def __init__(
        self,
        seed: int,
        spread: float,
        odd: float,
        kinds: str = KINDS,
        nodes: int = 0,
        stop: Fraction = Fraction(0),
        resistance: int = EXPONENT["r"],
    ) -> None:
        self.r = random.Random(seed)
        self.spread, self.odd, self.kinds = spread, odd, kinds
        self.exponents = EXPONENT | {"r": resistance}
        self.stop = stop  # of a transient, whose sources have waveforms
        self.count = nodes or self.r.randint(1, 7)
        self.parameters: list[str] = []

    def circuit(self) -> Drawn:
        r = self.r
        nodes = ["0"] + [f"n{k}" for k in range(1, self.count + 1)]
        lines, items = self._definition(nodes, r.randint(self.count, 3 * self.count + 2), "")
        blocks, calls, more = self._block(nodes) if r.random() < 0.3 else ([], [], [])
        self._touch(lines, items, {n for part in more for n in part.nodes})
        parts = [*(item.part for item in items), *more]
        lines += calls
        r.shuffle(lines)
        text = "\n".join([*self.parameters, *blocks, *lines])
        return Drawn(text, parts)

    def strange(self) -> bool:
        return self.r.random() < self.odd

    def number(self, what: str, zero: bool = True, negative: bool = True) -> tuple[str, Fraction]:
        """A number with three digits, and how it may be written."""
        r = self.r
        if zero and r.random() < 0.3 * self.odd:
            return "0", Fraction(0)
        exponent = self.exponents[what] + round(r.uniform(-self.spread, self.spread))
        digits = r.choice([r.randint(1, 9) * 100, r.randint(100, 999)])
        negated = negative and r.random() < (0.4 if what in ("s", "gain", "g", "h") else self.odd)
        value = Fraction(-digits if negated else digits, 100) * Fraction(10) ** exponent
        mantissa = f"{'-' if negated else ''}{digits // 100}.{digits % 100:02d}"
        text = f"{mantissa}e{exponent}"
        if exponent in SUFFIX and r.random() < 0.5:
            text = mantissa + SUFFIX[exponent]
        if r.random() < 0.1:
            name = f"p{len(self.parameters)}"
            factor = r.choice([1, 2, 5])
            self.parameters.append(f".param {name}={text}")
            return f"{{{name}*{factor}}}", value * factor
        return text, value

    def _wave(self, start: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
        """Corners of a waveform that begins at the dc value; none where no transient is wanted."""
        if not self.stop:
            return ()
        corners, time = [(Fraction(0), start)], Fraction(0)
        for _ in range(self.r.randint(1, 4)):
            time += self.stop * Fraction(self.r.randint(1, 250), 1000)
            corners.append((time, start * self.r.choice([0, 1, -1, 2]) + self.r.choice([0, 1])))
        return tuple(corners)

    def _pair(self, nodes: list[str]) -> tuple[str, str]:
        a = self.r.choice(nodes)
        if self.odd and self.r.random() < 0.1 * self.odd:
            return a, a
        return a, self.r.choice([n for n in nodes if n != a])

    def _definition(self, nodes: list[str], count: int, scale: str) -> tuple[list[str], list[Item]]:
        """Cards and items between these nodes, of which all but odd ones are held by resistors."""
        lines: list[str] = []
        items: list[Item] = []
        if not self.strange():
            for k in range(1, len(nodes)):
                self._element("r", nodes[k], self.r.choice(nodes[:k]), nodes, lines, items, scale)
        for _ in range(count):
            kind = self.r.choice(self.kinds)
            a, b = self._pair(nodes)
            if kind in "veh" and not self.strange() and self._joined(a, b, items):
                kind = "i"
            self._element(kind, a, b, nodes, lines, items, scale)
        return lines, items

    def _touch(
        self, lines: list[str], items: list[Item], touched: set[str], needed: Sequence[str] = ()
    ) -> None:
        """Give nodes that only control something an element of their own: without one they are a fault of the deck."""
        touched = touched | {n for item in items for n in item.part.nodes} | {"0"}
        controls = [c for item in items for _, c in item.part.terms if not isinstance(c, str)]
        for node in sorted({*needed, *(n for pair in controls for n in pair)} - touched):
            self._element("c" if self.strange() else "r", node, "0", ["0"], lines, items, "")

    @staticmethod
    def _joined(a: str, b: str, items: list[Item]) -> bool:
        """Whether sources and inductors already fix the voltage between two nodes."""
        group = {n: n for item in items for n in item.part.nodes}
        for item in items:
            part = item.part
            if part.kind in "vlt":
                for p, q in zip(part.nodes[::2], part.nodes[1::2], strict=True):
                    old, new = group[p], group[q]
                    group = {n: new if g == old else g for n, g in group.items()}
        return a == b or (a in group and b in group and group[a] == group[b])

    def _element(
        self, kind: str, a: str, b: str, nodes: list[str], lines: list[str], items: list[Item], scale: str
    ) -> None:
        name = f"{kind}{len(items) + 1}"
        if kind in "rcl":
            if kind == "l" and not self.strange() and self._joined(a, b, items):
                return
            self._passive(kind, name, a, b, lines, items, scale)
        elif kind == "k":
            self._windings(nodes, lines, items)
        elif kind in "vi":
            text, value = self.number("s")
            ac, phasor = ("", Fraction(0)) if self.r.random() < 0.4 else self.number("s")
            m, factor = self._multiplier(kind)
            wave = self._wave(value)
            scaled = tuple((t, v * factor) for t, v in wave)
            part = Part(kind, name, (a, b), value * factor, ac=phasor * factor, written=value, wave=scaled)
            items.append(Item(part))
            shape = f" pwl({' '.join(f'{float(n)!r}' for corner in wave for n in corner)})" if wave else ""
            dc = self.r.choice(["dc ", ""])
            lines.append(f"{name} {a} {b} {dc}{text}{' ac ' + ac if ac else ''}{m}{shape}")
        elif kind == "t":
            c, d = self._pair(nodes)
            if not self.strange() and (self._joined(a, c, items) or self._joined(b, d, items)):
                return
            (z, impedance), (td, delay) = self.number("z", False, False), self.number("td", False, False)
            items.append(Item(Part("t", name, (a, b, c, d), impedance, delay=delay)))
            lines.append(f"{name} {a} {b} {c} {d} z0={z} td={td}")
        else:
            self._controlled(kind, name, a, b, nodes, lines, items)

    def _multiplier(self, kind: str) -> tuple[str, int]:
        if kind not in "vehl" and self.r.random() < 0.15:
            m = self.r.randint(2, 5)
            return f" m={m}", m
        return "", 1

    def _passive(
        self, kind: str, name: str, a: str, b: str, lines: list[str], items: list[Item], scale: str
    ) -> None:
        text, value = self.number(kind, zero=kind == "c")
        m, factor = self._multiplier(kind)
        written, hotter = value, 0
        if kind == "r" and self.r.random() < 0.1:
            tc1, rise = self.r.randint(-9, 9), self.r.randint(-50, 50)
            m += f" tc1={tc1}e-3 dtemp={rise}"
            hotter = rise
            value *= 1 + Fraction(tc1 * rise, 1000)
        scaled = bool(scale) and self.r.random() < 0.5
        if scaled:
            text = f"{{{scale}*({text.strip('{}')})}}"
        value = value / factor if kind in "rl" else value * factor
        items.append(Item(Part(kind, name, (a, b), value, written=written, rise=hotter), scaled))
        lines.append(f"{name} {a} {b} {text}{m}")

    def _windings(self, nodes: list[str], lines: list[str], items: list[Item]) -> None:
        """Coupled inductors, of which there are rarely two by themselves."""
        taken = {w for item in items for w in item.part.windings}
        for _ in range(self.r.randint(2, 4)):
            self._element("l", *self._pair(nodes), nodes, lines, items, "")
        free = [i for i in items if i.part.kind == "l" and i.part.name not in taken and i.part.value > 0]
        if len(free) < 2:
            return
        name = f"k{len(items) + 1}"
        wound = self.r.sample(free, self.r.randint(2, min(4, len(free))))
        windings = tuple(i.part.name for i in wound)
        coefficient = self.r.choice(
            [Fraction(0 if self.stop else 1), Fraction(1, 2), Fraction(99, 100), Fraction(1, 1000)]
        )
        items.append(Item(Part("k", name, (), coefficient, windings=windings)))
        lines.append(f"{name} {' '.join(windings)} {float(coefficient)}")

    def _controlled(
        self, kind: str, name: str, a: str, b: str, nodes: list[str], lines: list[str], items: list[Item]
    ) -> None:
        """An E, F, G, H, in all forms, or a B."""
        r = self.r
        sources = [i.part.name for i in items if i.part.kind == "v" and i.part.name[0] == "v"]
        if kind in "fh" and not sources:
            return
        output = "v" if kind in "eh" or (kind == "b" and r.random() < 0.5) else "i"
        if kind == "b" and output == "v" and not self.strange() and self._joined(a, b, items):
            output = "i"
        form = r.choice(["plain", "plain", "poly", "value"]) if kind != "b" else "value"
        count = 1 if form == "plain" else r.randint(1, 3)
        mixed = form == "value"
        terms, texts = [], []
        for _ in range(count):
            current = kind in "fh" or (mixed and bool(sources) and r.random() < 0.3)
            control = r.choice(sources) if current else self._pair(nodes)
            text, gain = self.number(self._gain(output, current))
            terms.append((gain, control))
            texts.append(text)
        constant_text, constant = ("0", Fraction(0)) if form == "plain" else self.number("s")
        m, factor = self._multiplier(output)
        terms = [(g * factor, c) for g, c in terms]
        items.append(Item(Part(output, name, (a, b), constant * factor, terms=tuple(terms), written=gain)))
        controls = [c if isinstance(c, str) else " ".join(c) for _, c in terms]
        if form == "plain":
            lines.append(f"{name} {a} {b} {controls[0]} {texts[0]}{m}")
        elif form == "poly":
            given = " ".join([*controls, constant_text, *texts])
            lines.append(f"{name} {a} {b} poly({count}) {given}{m}")
        else:
            total = "+".join(
                f"({t.strip('{}')})*{f'i({c})' if isinstance(c, str) else self._voltage(c)}"
                for t, (_, c) in zip(texts, terms, strict=True)
            )
            total += f"+({constant_text.strip('{}')})"
            word = f"{output}={total}" if kind == "b" else f"value={{{total}}}"
            lines.append(f"{name} {a} {b} {word}{m}")

    def _voltage(self, pair: tuple[str, str]) -> str:
        a, b = pair
        if b == "0" and self.r.random() < 0.5:
            return f"v({a})"
        return self.r.choice([f"v({a},{b})", f"(v({a})-v({b}))"])

    @staticmethod
    def _gain(output: str, current: bool) -> str:
        if current:
            return "h" if output == "v" else "gain"
        return "gain" if output == "v" else "g"

    def _block(self, outer: list[str]) -> tuple[list[str], list[str], list[Part]]:
        """A subcircuit with a parameter, and one to three instances of it."""
        r = self.r
        ports = [f"q{k}" for k in range(r.randint(1, min(3, len(outer))))]
        inner = [f"w{k}" for k in range(r.randint(0, 3))]
        kept, self.kinds = self.kinds, self.kinds.replace("t", "").replace("k", "")
        own_parameters, self.parameters = self.parameters, []
        lines, items = self._definition(["0", *ports, *inner], r.randint(1, 4), "scale")
        self.kinds = kept
        self._touch(lines, items, set(), ports)
        block = [f".subckt block {' '.join(ports)} scale=1", *self.parameters, *lines, ".ends"]
        self.parameters = own_parameters
        calls, parts = [], []
        for k in range(r.randint(1, 3)):
            nodes = r.sample(outer, len(ports))
            factor, m = r.choice([1, 1, 2, 10]), r.choice([1, 1, 1, 3])
            call = f"x{k} {' '.join(nodes)} block"
            calls.append(call + (f" scale={factor}" if factor > 1 else "") + (f" m={m}" if m > 1 else ""))
            names = dict(zip(ports, nodes, strict=True)) | {"0": "0"} | {w: f"x{k}.{w}" for w in inner}
            parts += [_placed(item, f"x{k}", names, factor, m) for item in items]
        return block, calls, parts


def _placed(item: Item, path: str, names: dict[str, str], factor: int, m: int) -> Part:
    """A part of a subcircuit as it is in an instance of it."""
    part = item.part
    by = factor if item.scaled else 1
    value = part.value * by
    terms = [
        (g, f"{c[0]}.{path}.{c}" if isinstance(c, str) else (names[c[0]], names[c[1]])) for g, c in part.terms
    ]
    ac = part.ac
    if part.kind in "rl":
        value /= m
    elif part.kind in "ci":
        value, ac = value * m, ac * m
        terms = [(g * m, c) for g, c in terms]
    return part._replace(
        name=f"{part.name[0]}.{path}.{part.name}",
        nodes=tuple(names[n] for n in part.nodes),
        value=value,
        written=part.written * by,
        ac=ac,
        wave=tuple((t, v * m if part.kind == "i" else v) for t, v in part.wave),
        terms=tuple(terms),
    )
