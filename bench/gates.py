"""Large circuits of gates for `bench.starts`: adders, memories, latches, logic arrays, of MOS and bipolar transistors.

Each element has its card and the currents that flow out of its nodes into it, by the laws of ``tests/differential``,
which know nothing of the package. A BSIM transistor has none; its circuits are checked by ngspice.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "differential"))
oracle = importlib.import_module("device_oracle")

Law = Callable[[dict[str, float]], list[float]]
CHANNELS = {1: oracle.level1, 2: oracle.level2, 3: oracle.level3}
BSIM = {8: "version=3.3.0", 14: "version=4.8.0"}


@dataclass
class Gates:
    """A circuit under construction.

    Parameters
    ----------
    rng : numpy.random.Generator
    level : int
        Of the MOSFETs; 0: bipolar transistors.
    style : str
        What pulls up: ``cmos``, ``depletion``, ``enhancement``, ``pseudo``.
    access : float
        Resistance beside each end of a channel; 0: none. [Ohm]
    supply : float
        [V]
    """

    rng: np.random.Generator
    level: int
    style: str
    access: float
    supply: float
    cards: list[str] = field(default_factory=list)
    laws: list[tuple[tuple[str, ...], Law]] = field(default_factory=list)
    rails: dict[str, float] = field(default_factory=dict)
    models: dict[str, tuple[int, dict[str, float]]] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        self.rail("vdd", self.supply)
        for name, sign in (("mn", 1), ("mp", -1), ("md", 1)) if self.level else (("qn", 1),):
            self.models[name] = sign, self._parameters(name)

    # ------------------------------------------------------------------ parameters

    def _parameters(self, name: str) -> dict[str, float]:
        rng = self.rng

        def some(*values: float) -> float:
            return float(rng.choice(values))

        if not self.level:
            return {"is": 1e-16, "bf": some(50, 100), "br": some(1, 4), "vaf": some(50, 100)}
        vto = -some(1.5, 2.5) if name == "md" else some(0.5, 0.7, 1.0)
        if self.level in BSIM:
            return {"vth0": vto}
        p = {"vto": vto, "phi": some(0.6, 0.7), "gamma": some(0.3, 0.6), "kp": some(2e-5, 5e-5)}
        if self.level == 1:
            return p | {"lambda": some(0.0, 0.02)}
        p |= {"tox": some(2e-8, 5e-8), "nsub": some(1e15, 2e16), "xj": some(1e-7, 3e-7)}
        p |= {"delta": some(0.0, 1.0), "nfs": some(0.0, 0.0, 1e11)}
        if self.level == 2:
            return p | {"ucrit": some(1e4, 5e4), "uexp": some(0.0, 0.1, 0.2)}
        p |= {"theta": some(0.0, 0.1), "eta": some(0.0, 0.5), "kappa": some(0.2, 1.0)}
        return p | {"vmax": some(0.0, 1e5), "uo": 600.0}

    def deck(self, more: tuple[str, ...] = ()) -> str:
        """The netlist, with more cards."""
        cards = [f"v{n} {n} 0 {v!r}" for n, v in self.rails.items()] + self.cards
        for name, (sign, p) in self.models.items():
            named = {k: sign * v if k in ("vto", "vth0") else v for k, v in p.items()}
            words = " ".join(f"{k}={v!r}" for k, v in named.items())
            kind = ("nmos" if sign > 0 else "pmos") if self.level else "npn"
            level = f"level={self.level} {BSIM.get(self.level, '')} " if self.level else ""
            cards.append(f".model {name} {kind}({level}{words})")
        return "\n".join(["gates", *cards, *more, ".end", ""])

    @property
    def transistors(self) -> int:
        """Number of transistors."""
        return sum(card[0] in "mq" for card in self.cards)

    # ------------------------------------------------------------------ elements

    def node(self) -> str:
        """A new node."""
        self.count += 1
        return f"n{self.count}"

    def rail(self, name: str, volts: float) -> str:
        """A node held by a source."""
        self.rails[name] = float(volts)
        return name

    def bit(self) -> str:
        """An input at either level."""
        self.count += 1
        return self.rail(f"i{self.count}", float(self.rng.choice([0.0, self.supply])))

    def resistor(self, a: str, b: str, ohms: float) -> None:
        """A resistor."""
        self.cards.append(f"r{len(self.cards)} {a} {b} {ohms!r}")
        self.laws.append(((a, b), lambda v: [(v[a] - v[b]) / ohms, (v[b] - v[a]) / ohms]))

    def capacitor(self, a: str, farads: float) -> None:
        """A capacitor to ground, which carries no current at rest."""
        self.cards.append(f"c{len(self.cards)} {a} 0 {farads!r}")

    def mos(self, model: str, d: str, g: str, s: str, width: float) -> None:
        """A MOSFET of so many µm; its bulk is a rail."""
        bulk = "vdd" if model == "mp" else "0"
        if self.access:
            inner = self.node(), self.node()
            self.resistor(d, inner[0], self.access)
            self.resistor(s, inner[1], self.access)
            d, s = inner
        size = {"w": width * 1e-6, "l": 2e-6}
        self.cards.append(f"m{len(self.cards)} {d} {g} {s} {bulk} {model} w={size['w']!r} l={size['l']!r}")
        if self.level in CHANNELS:
            sign, p = self.models[model]
            currents, _ = oracle.mosfet((d, g, s, bulk), sign, p | size, CHANNELS[self.level])
            self.laws.append(((d, g, s, bulk), lambda v: currents(v, 0.0)))

    def npn(self, c: str, b: str, e: str) -> None:
        """A bipolar transistor."""
        self.cards.append(f"q{len(self.cards)} {c} {b} {e} qn")
        currents, _ = oracle.bipolar((c, b, e), 1, self.models["qn"][1])
        self.laws.append(((c, b, e), lambda v: currents(v, 0.0)))

    # ------------------------------------------------------------------ gates

    def load(self, inputs: tuple[str, ...], y: str, series: bool) -> None:
        """What pulls an output up."""
        if self.style == "cmos":
            top = "vdd"
            for k, a in enumerate(inputs):
                low = y if not series or k == len(inputs) - 1 else self.node()
                self.mos("mp", low, a, top, 12)
                top = low if series else "vdd"
        elif self.style == "depletion":
            self.mos("md", "vdd", y, y, 2)
        elif self.style == "enhancement":
            self.mos("mn", "vdd", "vdd", y, 2)
        else:
            self.mos("mp", y, "0", "vdd", 3)

    def nand(self, *inputs: str, y: str = "") -> str:
        """Output of a NAND gate; of one input, an inverter."""
        y = y or self.node()
        if not self.level:
            inverted = [self.nor(a) for a in inputs] if len(inputs) > 1 else inputs
            return self.nor(self.nor(*inverted, y=""), y=y) if len(inputs) > 1 else self.nor(*inputs, y=y)
        self.load(inputs, y, series=False)
        top = y
        for k, a in enumerate(inputs):
            low = "0" if k == len(inputs) - 1 else self.node()
            self.mos("mn", top, a, low, 8 * len(inputs))
            top = low
        return y

    def nor(self, *inputs: str, y: str = "") -> str:
        """Output of a NOR gate; of bipolar transistors, one of resistors and transistors."""
        y = y or self.node()
        if self.level:
            self.load(inputs, y, series=True)
            for a in inputs:
                self.mos("mn", y, a, "0", 8)
            return y
        self.resistor("vdd", y, 1e3)
        for a in inputs:
            base = self.node()
            self.resistor(a, base, 4.7e3)
            self.npn(y, base, "0")
        return y

    def switch(self, a: str, y: str, on: str, off: str) -> None:
        """A pass transistor, or two of them."""
        self.mos("mn", y, on, a, 6)
        if self.style == "cmos":
            self.mos("mp", y, off, a, 6)
