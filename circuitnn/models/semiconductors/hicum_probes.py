"""Values of HICUM transistors that decks may ask for, with ngspice's names."""

from __future__ import annotations

import math

from circuitnn.equations.graph import Expr, max_, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.hicum_device import Device
from circuitnn.models.semiconductors.junction import inverse

TERMINALS = {
    "c": ("collector", "ci"),
    "b": ("base", "bp", "bi"),
    "e": ("emitter", "ei"),
    "s": ("substrate", "si"),
}


def state_probes(m: Equations, device: Device) -> None:
    """State them all."""
    small = _SmallSignals(m, device)
    _voltages(m, device)
    _currents(m, device)
    _resistances(m, device)
    small.state()
    warm = device.warm
    m.probe("ick", "A", "critical current", device.scale * device.critical)
    m.probe("tf", "s", "forward transit time", device.tf)
    m.probe("p", "W", "power that heats it", where(device.heated, device.scale * device.warmed, 0.0))
    m.probe("tk", "K", "temperature", warm.t)
    m.probe("dtsh", "K", "how much warmer its power makes it", device.warmth)


def _voltages(m: Equations, device: Device) -> None:
    for name, plus, minus in (
        ("vbe", "base", "emitter"),
        ("vbbp", "base", "bp"),
        ("vbc", "base", "collector"),
        ("vce", "collector", "emitter"),
        ("vsc", "substrate", "collector"),
        ("vbiei", "bi", "ei"),
        ("vbpbi", "bp", "bi"),
        ("vbici", "bi", "ci"),
        ("vciei", "ci", "ei"),
    ):
        m.probe(name, "V", f"voltage from {plus} to {minus}", m.voltage(plus, minus))


def _currents(m: Equations, device: Device) -> None:
    for name, nodes in TERMINALS.items():
        m.probe(f"i{name}", "A", f"current into the {nodes[0]}", m.current(*nodes))
    for name, meaning, current in (
        ("iavl", "avalanche current", device.iavl),
        ("ibei", "base current to the emitter, inside", device.ibei),
        ("ibci", "base current to the collector less the avalanche current", device.ibci - device.iavl),
        ("it", "transfer current", device.now),
    ):
        m.probe(name, "A", meaning, device.scale * m["polarity"] * current)
    base = m.current(*TERMINALS["b"])
    m.probe("betadc", "", "current gain", m.current(*TERMINALS["c"]) / base)


def _resistances(m: Equations, device: Device) -> None:
    warm, scale = device.warm, device.scale
    inner = 1.0 / max_(device.gbi, 1e-30)
    inner = where(m["rbi0"] > 0.0, inner, 0.0)
    for name, meaning, resistance in (
        ("rcx_t", "resistance of the collector, outside", warm["rcx"]),
        ("re_t", "resistance of the emitter", warm["re"]),
        ("rbi", "resistance of the base, inside", inner),
        ("rb", "resistance of the base", inner + warm["rbx"]),
    ):
        m.probe(name, "Ohm", meaning, resistance / scale)
    m.probe("crbi", "F", "capacitance across rbi", scale * device.cbi)


class _SmallSignals:
    """Slopes of currents and charges, with the hole charge that follows."""

    def __init__(self, m: Equations, device: Device) -> None:
        self.m, self.device = m, device

    def _slope(self, value: Expr, name: str) -> Expr:
        """Slope by a voltage, with the hole charge that follows it."""
        partial, target = self.m.partial, self.device.target
        followed = partial(target, name) / (1.0 - partial(target, "grown"))
        return partial(value, name) + partial(value, "grown") * followed

    def state(self) -> None:
        """State conductances, capacitances, and what follows from them."""
        m, device = self.m, self.device
        gmin, tunnelling = device.own_gmin, device.tunnelling
        of_emitter, of_collector = (self._slope(device.now, name) for name in ("vbiei", "vbici"))
        gm = of_emitter + of_collector + gmin
        gpi = m.partial(device.ibei + device.irei - tunnelling[0], "vbiei") + gmin
        gpi_outer = m.partial(device.ibep + device.irep - tunnelling[1], "vbpei") + gmin
        avalanche = -self._slope(device.iavl, "vbici")
        gmu = m.partial(device.ibci, "vbici") + gmin - avalanche
        gmu_outer = m.partial(device.ibcx, "vbpci") + gmin
        to_substrate = m.partial(device.to_substrate, "vbpci") + m.partial(device.to_substrate, "vsici")
        cpi = device.jei.capacitance + self._slope(device.qf, "vbiei")
        cpi_outer = device.jep.capacitance + m["cbepar"]
        cmu = device.jci.capacitance + m["tr"] * self._slope(device.reverse, "vbici")
        cmu_outer = device.jcb.capacitance + device.jcx.capacitance + m["cbcpar"]
        cmu_outer = cmu_outer + m.partial(device.q_substrate, "vbpci")
        gain = gm / (gpi + gpi_outer)
        scale, inverses = device.scale, 1.0 / device.scale
        for name, unit, meaning, value in (
            ("gmi", "S", "transconductance", scale * gm),
            ("gms", "S", "transconductance to the substrate", scale * (to_substrate + gmin)),
            ("rpii", "Ohm", "resistance of base-emitter, inside", inverses / gpi),
            ("rpix", "Ohm", "resistance of base-emitter, outside", inverses / gpi_outer),
            ("rmui", "Ohm", "resistance of base-collector, inside", inverses / gmu),
            ("rmux", "Ohm", "resistance of base-collector, outside", inverses / gmu_outer),
            ("roi", "Ohm", "resistance of collector-emitter", inverses / (avalanche - of_collector)),
            ("cpii", "F", "capacitance of base-emitter, inside", scale * cpi),
            ("cpix", "F", "capacitance of base-emitter, outside", scale * cpi_outer),
            ("cmui", "F", "capacitance of base-collector, inside", scale * cmu),
            ("cmux", "F", "capacitance of base-collector, outside", scale * cmu_outer),
            ("ccs", "F", "capacitance of collector-substrate", scale * self._of_substrate()),
            ("betaac", "", "current gain of small signals", gain),
            ("ft", "Hz", "transit frequency", self._transit(gm, gain, (cpi + cpi_outer, cmu + cmu_outer))),
        ):
            m.probe(name, unit, meaning, value)

    def _of_substrate(self) -> Expr:
        return self.device.js.capacitance + self.device.jsp.capacitance

    def _transit(self, gm: Expr, gain: Expr, capacitances: tuple[Expr, Expr]) -> Expr:
        """Transit frequency. [Hz]"""
        warm, device = self.device.warm, self.device
        cpi, cmu = capacitances
        base = warm["rbx"] + inverse(device.gbi)
        delay = warm["rcx"] + warm["re"] + (warm["re"] + base) / gain
        return gm / (2.0 * math.pi * (cpi + cmu + delay * gm * cmu))
