"""Heterostructure field-effect transistor of level 5 (HFET1), as ngspice 44 has it.

The channel is that of `hfet2`, nmax whatever the temperature; its capacitances have p = 1 and ½·epsi·w at each end, and
cds lies between the ends. The gate has one of two forms.

gatemod = 0, two diodes and a resistance in series at each end, and a leakage:

    v = rgs·i + m1s·VT·ln(1 + i/(½·js1s·l·w)) + m2s·VT·ln(1 + i/(½·js2s·l·w))
    ½·ggr·l·w·v·exp(-del·v/VT) + gmin·v

with rgd, js1d, m1d, js2d, m2d at the drain. The current i is ngspice's estimate, too low by up to 14 % where i is near
½·js2s·l·w, by 0.001 % elsewhere.

gatemod = 1, thermionic emission, at the drain by electrons that the field has heated to Td:

    Igs = J(T)·(exp(vgs/(m2s·VT)) - 1),  J(T) = ½·l·w·astar·T²·exp(-phib/VT)
    Igd = J(Td)·exp((vgs - v2)/(m2d·k·Td/q)) - J(T),  Td = T + talpha·v1·v2
    v2 = vds/(1 + (vds/s2)^mt2)^(1/mt2),  s2 = cm1·Isat/g + cm2
    v1 = v2/(1 + (v2/s1)^mt1)^(1/mt1),  s1 = ck1·Isat/g + ck2

They add a1·(Igd·(1 + a2·vgte·v3) - Igs) to the channel's current, v3 = vds/(1 + (vds/s3)^mv1)^(1/mv1),
s3 = cm3·Isat/g.

Where vds < 0, ngspice takes the voltage of the gate over the source, which acts as drain there; here drain and source
are exchanged completely. In ngspice the thermionic current of the source jumps to -J at vgs = -5·VT. Noise: thermal of
the resistances, of the channel 8/3·k·T·gm; ngspice has none.

References
----------
K. Lee, M. Shur, T. A. Fjeldly, T. Ytterdal, "Semiconductor Device Modeling for VLSI", Prentice Hall, 1993.
T. A. Fjeldly, B.-J. Moon, M. Shur, "Approximate analytical solution of generalized diode equation", IEEE Trans.
Electron Devices 38, 1976 (1991), doi:10.1109/16.119046 (not checked).
Parameters, defaults and what the books leave open as measured on ngspice 44.
"""

from __future__ import annotations

from typing import ClassVar

from circuitnn.equations.graph import ONE, Expr, exp, limit, max_, where
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.gallium_arsenide import COLLAPSE, INTERNAL
from circuitnn.models.semiconductors.hfet import COMMON, STEEPEST, Channel, Gate, Hfet, kelvin, knee
from circuitnn.models.semiconductors.junction import K_OVER_Q
from circuitnn.models.semiconductors.series_diodes import Diode, in_series

SHARE = 0.99999  # of the diodes' current that ngspice lets flow
LEAST_RESISTANCE = 1e-6  # Ohm
LEAST_VOLTAGE = 1e-9  # V
DIODES = tuple(
    Parameter(name + end, default, unit, f"{meaning}, at the {'drain' if end == 'd' else 'source'}", low=low)
    for end in "ds"
    for name, default, unit, meaning, low in (
        ("rg", 90.0, "Ohm", "resistance in series with the gate's diodes", 0.0),
        ("js1", 1.0, "A/m²", "saturation current of the first diode", 1e-12),
        ("m1", 1.32, "", "its emission coefficient", 0.1),
        ("js2", 1.15e6, "A/m²", "saturation current of the second one", 1e-12),
        ("m2", 6.9, "", "its emission coefficient", 0.01),
    )
)


class Hfet1(Hfet):
    """Heterostructure transistor of level 5 (element Z)."""

    name = "hfet1"
    rare = True
    levels = (5,)
    internal = INTERNAL
    collapse: ClassVar = COLLAPSE
    grid = "inner_gate"
    ends: ClassVar = {"source": "source_end", "drain": "drain_end"}
    parameters = (
        *COMMON,
        Parameter("ggr", 40.0, "", "leakage of the gate, in S/m²", low=0.0),
        Parameter("rg", 0.0, "Ohm", "resistance of the gate", low=0.0),
        Parameter("ri", 0.0, "Ohm", "resistance that the source's capacitance is charged through", low=0.0),
        Parameter("rf", 0.0, "Ohm", "resistance that the drain's capacitance is charged through", low=0.0),
        Parameter("cds", 0.0, "F", "capacitance of drain and source", low=0.0),
        Parameter("gatemod", 0.0, "", "0 diodes, 1 thermionic emission", low=0.0),
        *DIODES,
        Parameter("phib", 0.5, "eV", "barrier of the emission", low=0.0),
        Parameter("astar", 4e4, "", "Richardson's constant, in A/(m²·K²)", low=0.0),
        Parameter("talpha", 1200.0, "", "heating of the electrons, in K/V²", low=0.0),
        Parameter("mt1", 3.5, "", "sharpness of the heating's knee", low=1.0, high=50.0),
        Parameter("mt2", 9.9, "", "sharpness of the knee of the voltage that heats", low=1.0, high=50.0),
        Parameter("ck1", 1.0, "", "limit of the heating over the saturation voltage", low=0.0),
        Parameter("ck2", 0.0, "V", "what it has beside that", low=0.0),
        Parameter("cm1", 3.0, "", "limit of the voltage that heats over the saturation voltage", low=0.0),
        Parameter("cm2", 0.0, "V", "what it has beside that", low=0.0),
        Parameter("cm3", 0.17, "", "limit of the drain's part in a2 over the saturation voltage", low=0.0),
        Parameter("a1", 0.0, "", "drain current by a current of the gate"),
        Parameter("a2", 0.0, "1/V²", "its growth with both voltages"),
        Parameter("mv1", 3.0, "", "sharpness of the knee of cm3", low=1.0, high=50.0),
    )
    warned: ClassVar = {
        **dict.fromkeys(
            ("kappa", "delf", "fgds", "tf"), "the output conductance has no frequency of its own"
        ),
        "p": "level 5 shares the capacitance evenly",
    }

    @classmethod
    def below(cls, m: Equations, threshold: Expr) -> Expr:
        return threshold

    @classmethod
    def densest(cls, m: Equations) -> Expr:
        return m["nmax"]

    @classmethod
    def shares(cls, m: Equations, gate: Gate, channel: Channel) -> tuple[Expr, Expr, Expr]:
        return 2.0 / 3.0 * ONE, 2.0 / 3.0 * ONE, 0.5 * m["epsi"] * m["w"]

    @classmethod
    def leakage(cls, m: Equations, gate: Gate, channel: Channel, ahead: Expr) -> None:
        p, count, vt = m["polarity"], m["multiplier"], K_OVER_Q * kelvin(m)
        half, emits = 0.5 * m["l"] * m["w"], m["gatemod"] > 0.5
        emission = cls._emission(m, gate, channel, half, ahead)
        for end, hot in zip("sd", emission, strict=True):
            node = "inner_source" if end == "s" else "inner_drain"
            v = p * m.voltage("inner_gate", node)
            first, second = (Diode(half * m[f"js{k}{end}"], m[f"m{k}{end}"] * vt) for k in (1, 2))
            resistance = max_(m["rg" + end], LEAST_RESISTANCE)
            diodes = SHARE * in_series(max_(v, -10.0 * first.vt), first, second, resistance)
            falling = exp(limit(-v * m["del"] / vt, -80.0, 80.0))
            current = where(emits, hot, diodes + half * m["ggr"] * v * falling) + m.gmin * v
            m.flow("inner_gate", node, p * count * current)
            emitted = half * m["astar"] * kelvin(m) * kelvin(m) * exp(-m["phib"] / (K_OVER_Q * kelvin(m)))
            saturation = count * where(emits, emitted, first.saturation)
            m.limit_junction(
                node, "inner_gate", where(emits, second.vt, first.vt), max_(saturation, 1e-300), -p
            )
        m.flow(
            "inner_drain", "inner_source", charge=count * m["cds"] * m.voltage("inner_drain", "inner_source")
        )

    @classmethod
    def _emission(
        cls, m: Equations, gate: Gate, channel: Channel, half: Expr, ahead: Expr
    ) -> tuple[Expr, Expr]:
        """Thermionic currents into source and drain [A]; states what they add to the channel's."""
        t, saturation = kelvin(m), channel.saturation

        def emitted(kelvins: Expr) -> Expr:
            return half * m["astar"] * kelvins * kelvins * exp(-m["phib"] / (K_OVER_Q * kelvins))

        def held(of: str, beside: Expr | float) -> Expr:
            return max_(m[of] * saturation + beside, LEAST_VOLTAGE)

        heating = knee(gate.vds, held("cm1", m["cm2"]), m["mt2"])
        hot = t + m["talpha"] * heating * knee(heating, held("ck1", m["ck2"]), m["mt1"])
        cold = emitted(t)
        near, far = (where(ahead, m[f"m2{a}"], m[f"m2{b}"]) for a, b in ("sd", "ds"))
        source = cold * (exp(max_(gate.over / (near * K_OVER_Q * t), -STEEPEST)) - 1.0)
        drain = emitted(hot) * exp(max_((gate.over - heating) / (far * K_OVER_Q * hot), -STEEPEST)) - cold
        grown = 1.0 + m["a2"] * gate.vgte * knee(gate.vds, held("cm3", 0.0), m["mv1"])
        added = m["polarity"] * m["multiplier"] * m["a1"] * (drain * grown - source)
        added = where(m["gatemod"] > 0.5, added, 0.0)
        m.flow("inner_drain", "inner_source", where(ahead, added, -added))
        return where(ahead, source, drain), where(ahead, drain, source)
