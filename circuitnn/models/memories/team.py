"""TEAM: bipolar memristor with current thresholds.

The state is x = (w - xon)/(xoff - xon), with w the width of the undoped region:

    i/ioff > 1:   dw/dt = koff · (i/ioff - 1)^alphaoff · f
    i/ion  > 1:   dw/dt = kon · (i/ion - 1)^alphaon · f
    else          dw/dt = 0
    i = v/R,  R = ron + (roff - ron)·x                (exponential = 0)
              R = ron · exp(x·ln(roff/ron))           (exponential = 1)

The thresholds are two currents of opposite sign; with koff > 0 > kon a current beyond ioff raises the
resistance. The windows f are those of the module ``windows``. Window 4 is the source's own,
exp(-exp((w - aoff)/wc)) upwards and exp(-exp(-(w - aon)/wc)) downwards. It slows the state down without
stopping it: x leaves 0 … 1 by a few wc, and R follows, down to half of ron. Window 0 keeps it inside. With windows 1
and 3 the state is ln(x/(1 - x)), y, so that they hold to any distance from the ends.

A simple stand-in for the Simmons tunnel barrier of Pickett et al. Valid between the thresholds and some ten
times their size; no temperature, no statistics.

Noise: 4kT·i/v, T that of the instance.

References
----------
S. Kvatinsky, E. G. Friedman, A. Kolodny, U. C. Weiser, "TEAM: ThrEshold Adaptive Memristor Model", IEEE
TCAS-I 60, 211 (2013), doi:10.1109/TCSI.2012.2215714.
"""

from __future__ import annotations

from circuitnn.equations.graph import exp, limit, ln, max_, pwr, u2, where
from circuitnn.models.fluctuations import johnson
from circuitnn.models.logit import position
from circuitnn.models.memories.windows import VANISHING, move, windows
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

PICKETT = {
    "ron": 50.0,
    "roff": 1000.0,
    "xon": 0.0,
    "xoff": 3e-9,
    "koff": 1.46e-18,
    "kon": -4.68e-22,
    "alphaoff": 10.0,
    "alphaon": 10.0,
    "ioff": 115e-6,
    "ion": -8.9e-6,
    "aon": 0.0,
    "aoff": 3e-9,
    "wc": 1e-12,
    "window": 4.0,
}


class TEAM(Model):
    """Two-terminal memristor with current thresholds."""

    name = "team"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "pickett": ParameterSet(
            "Fit to the device of Pickett et al. (2009), doi:10.1063/1.3236506, as in "
            "doi:10.1109/TCSI.2012.2215714; window as narrow as the regression tests of Xyce have it",
            PICKETT,
        )
    }
    parameters = (
        Parameter("ron", PICKETT["ron"], "Ohm", "resistance at x = 0", low=1e-3),
        Parameter("roff", PICKETT["roff"], "Ohm", "resistance at x = 1", low=1e-3),
        Parameter("xon", PICKETT["xon"], "m", "width at ron"),
        Parameter("xoff", PICKETT["xoff"], "m", "width at roff, above xon"),
        Parameter("koff", PICKETT["koff"], "m/s", "speed beyond ioff"),
        Parameter("kon", PICKETT["kon"], "m/s", "speed beyond ion"),
        Parameter("alphaoff", PICKETT["alphaoff"], "", "exponent beyond ioff", low=1.0, high=30.0),
        Parameter("alphaon", PICKETT["alphaon"], "", "exponent beyond ion", low=1.0, high=30.0),
        Parameter("ioff", PICKETT["ioff"], "A", "threshold towards roff", nonzero=True),
        Parameter("ion", PICKETT["ion"], "A", "threshold towards ron, of the other sign", nonzero=True),
        Parameter("exponential", 0.0, "", "1: resistance exponential in x; 0: linear", low=0.0, high=1.0),
        *windows(PICKETT["window"]),
        Parameter("aoff", PICKETT["aoff"], "m", "where window 4 sets in upwards"),
        Parameter("aon", PICKETT["aon"], "m", "where window 4 sets in downwards"),
        Parameter("wc", PICKETT["wc"], "m", "width of window 4", low=1e-15),
        Parameter("x0", 0.0, "", "initial state", low=0.0, high=1.0),
    )
    states = (State("x", "", "position in the layer, 0 at ron and 1 at roff", "x0"),)
    vanishing = VANISHING

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, x, d = m.voltage("plus", "minus"), position(m, "x"), m["xoff"] - m["xon"]
        counted = where(m["window"] > 3.5, limit(x, -1.0, 2.0), u2(x))
        linear = m["ron"] + (m["roff"] - m["ron"]) * counted
        exponential = m["ron"] * exp(counted * ln(m["roff"] / m["ron"]))
        i = v / max_(where(m["exponential"] > 0.5, exponential, linear), 0.5 * m["ron"])
        m.flow("plus", "minus", i)
        johnson(m, "thermal", "plus", "minus", i)
        # The two regions exclude each other, so that one power serves both.
        off = i / m["ioff"] > 0.0
        beyond = max_(where(off, i / m["ioff"], i / m["ion"]) - 1.0, 0.0)
        speed = where(off, m["koff"], m["kon"]) / d
        up, w = speed > 0.0, m["xon"] + d * x
        s = where(up, 1.0 - x, x)
        soft = where(up, m["aoff"] - w, w - m["aon"]) / m["wc"]
        power = pwr(beyond, where(off, m["alphaoff"], m["alphaon"]))
        move(m, speed * power, s, soft)
