"""Yakopcic's memristor in its later form: two conductances, mixed by the state.

    i = x·gmaxp·sinh(bmaxp·v) + (1 - x)·gminp·sinh(bminp·v)        v ≥ 0, and with gmaxn, … for v < 0
    dx/dt = eta · g(v) · f(v, x)
    g = ap·(exp(v) - exp(vp))        v > vp
        -an·(exp(-v) - exp(vn))      v < -vn
        0                            between
    f, where eta·v ≥ 0:   exp(-alphap·(x - xp)) · (1 - x)/(1 - xp)      x ≥ xp,   else 1
       where eta·v < 0:   exp(alphan·(x - xn)) · x/xn                   x ≤ xn,   else 1

with voltages in volts as numbers. Other than in ``yakopcic``, a current flows at x = 0. Rates that lead out of
0 ≤ x ≤ 1 end over the last 1e-4; sinh continues as a straight line beyond 40.

Fitted behaviour, not physics: valid inside the range the parameters were fitted in.

Noise: 2q·i·coth(qv/2kT), electrons crossing a barrier one by one, T that of the instance; 4kT times the conductance
at rest.

References
----------
C. Yakopcic, T. M. Taha, G. Subramanyam, R. E. Pino, IEEE TCAD 32, 1201 (2013), doi:10.1109/TCAD.2013.2252057.
Numbers of the public SPICE text ``memristor.sub`` for 10 µm Nb-doped SrTiO3 devices (T. F. Tiotto et al., 2021).
"""

from __future__ import annotations

from circuitnn.equations.graph import exp, limexp, limited_sinh, u2, where
from circuitnn.models.fluctuations import shot
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

SRTIO3 = {
    "gmaxp": 9e-5,
    "bmaxp": 4.96,
    "gminp": 1.5e-5,
    "bminp": 6.91,
    "gmaxn": 1.7e-4,
    "bmaxn": 3.23,
    "gminn": 4.4e-7,
    "bminn": 2.6,
    "vp": 0.5,
    "vn": 0.5,
    "ap": 90.0 / 844.3632,
    "an": 10.0 / 844.3632,
    "xp": 0.1,
    "xn": 0.242,
    "alphap": 1.0,
    "alphan": 1.0,
    "eta": 1.0,
    "x0": 0.0,
}


class YakopcicGen(Model):
    """Two-terminal memristor with thresholds and two sinh currents."""

    name = "yakopcic_gen"
    hidden_units = "the published speed is exp(v) with v in volts"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "srtio3": ParameterSet(
            "Fit to 10 µm Nb:SrTiO3 as in a public SPICE text; form after doi:10.1109/TCAD.2013.2252057",
            SRTIO3,
        )
    }
    parameters = (
        Parameter("gmaxp", SRTIO3["gmaxp"], "A", "current scale at x = 1, v ≥ 0", low=0.0),
        Parameter("bmaxp", SRTIO3["bmaxp"], "1/V", "curvature at x = 1, v ≥ 0", low=0.0),
        Parameter("gminp", SRTIO3["gminp"], "A", "current scale at x = 0, v ≥ 0", low=0.0),
        Parameter("bminp", SRTIO3["bminp"], "1/V", "curvature at x = 0, v ≥ 0", low=0.0),
        Parameter("gmaxn", SRTIO3["gmaxn"], "A", "current scale at x = 1, v < 0", low=0.0),
        Parameter("bmaxn", SRTIO3["bmaxn"], "1/V", "curvature at x = 1, v < 0", low=0.0),
        Parameter("gminn", SRTIO3["gminn"], "A", "current scale at x = 0, v < 0", low=0.0),
        Parameter("bminn", SRTIO3["bminn"], "1/V", "curvature at x = 0, v < 0", low=0.0),
        Parameter("vp", SRTIO3["vp"], "V", "positive threshold", low=0.0),
        Parameter("vn", SRTIO3["vn"], "V", "size of the negative threshold", low=0.0),
        Parameter("ap", SRTIO3["ap"], "1/s", "speed beyond the positive threshold", low=0.0),
        Parameter("an", SRTIO3["an"], "1/s", "speed beyond the negative threshold", low=0.0),
        Parameter("xp", SRTIO3["xp"], "", "where upward motion starts to slow down", low=0.0, high=0.999),
        Parameter("xn", SRTIO3["xn"], "", "where downward motion does", low=1e-3, high=1.0),
        Parameter("alphap", SRTIO3["alphap"], "", "slowing down of upward motion", low=0.0),
        Parameter("alphan", SRTIO3["alphan"], "", "slowing down of downward motion", low=0.0),
        Parameter("eta", SRTIO3["eta"], "", "1 or -1: direction at positive voltage", low=-1.0, high=1.0),
        Parameter("x0", SRTIO3["x0"], "", "initial state", low=0.0, high=1.0),
    )
    states = (State("x", "", "state of the device", "x0", low=0.0, high=1.0),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, x = m.voltage("plus", "minus"), u2(m.unknown("x"))
        positive = v > 0.0
        high = where(positive, m["gmaxp"], m["gmaxn"]) * limited_sinh(
            where(positive, m["bmaxp"], m["bmaxn"]) * v
        )
        low = where(positive, m["gminp"], m["gminn"]) * limited_sinh(
            where(positive, m["bminp"], m["bminn"]) * v
        )
        current = x * high + (1.0 - x) * low
        m.flow("plus", "minus", current)
        shot(m, "shot", "plus", "minus", current)
        beyond = where(positive, v - m["vp"], -v - m["vn"]) > 0.0
        growth = limexp(where(positive, v, -v)) - exp(where(positive, m["vp"], m["vn"]))
        rate = where(beyond, m["eta"] * where(positive, m["ap"], -m["an"]) * growth, 0.0)
        up = m["eta"] * v >= 0.0
        edge = where(up, m["xp"], m["xn"])
        fade = exp(where(up, -m["alphap"], m["alphan"]) * (x - edge))
        room = where(up, (1.0 - x) / (1.0 - m["xp"]), x / m["xn"])
        slows = where(up, x >= edge, x <= edge)
        m.state("x", rate * where(slows, fade * room, 1.0))
