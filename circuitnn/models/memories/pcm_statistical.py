"""Phase-change memory as its statistics: steps of programming, drift, noise of reading; no physics of the pulse.

    i = v·(g·(1 + age/t0)^-nu + (rm·g + rc)·read)

A pulse is what rises above vset, and ends where the voltage falls below half of it. If it has been above vreset as
well it is a reset: g becomes greset and p becomes 1. Else it sets one step further:

    p becomes p·exp(-1/memory)
    g becomes g + m1·g + c1 + a1·p + sigma·z·(m2·g + c2 + a2·p),      not below gleast

with z normal of mean 0 and variance 1, drawn anew for each pulse. Either makes the age 0; the state
l = ln(1 + age/t0) obeys dl/dt = exp(-l)/t0, without a clock. read is normal noise that takes a new value every
`interval` (0: none). sigma = 0 gives the mean of the programming steps. Random numbers follow from ``.options seed``
and the instance's name.

With inference = 1 the cell is one that was programmed to g0 and verified, at age t0, with u = g/gmax (g at the last
programming, u not below 1e-6):

    g = g0 + sigma·(0.2635 + 1.965·u - 1.1731·u²) µS      once, before the analysis, with u = g0/gmax
    nu normal, of mean      -0.0155·ln u + 0.0244         between 0.049 and 0.1
    and standard deviation  -0.0125·ln u - 0.0059         between 0.008 and 0.045, times nusigma

and otherwise nu has the mean nu and the standard deviation nusigma. It is never negative, and drawn anew with each
pulse.

The drift law is often written (age/t0)^-nu, which is the same for ages well beyond t0. The noise of reading
of the second source, which grows with the age, is not in here.

Noise analyses have 4kT·i/v, T that of the instance, and the noise of reading as it is far below 1/interval,
2·interval·(v·(rm·g + rc))². What is drawn with a pulse is not in them.

References
----------
S. R. Nandakumar et al., "A phase-change memory model for neuromorphic computing", J. Appl. Phys. 124, 152135 (2018),
doi:10.1063/1.5042408; numbers as in public implementations.
Statistics with inference = 1: IBM Analog Hardware Acceleration Kit, M. J. Rasch et al., AICAS (2021),
doi:10.1109/AICAS51828.2021.9458494.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, exp, floor, limit, ln, max_, symbol, where
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

MICRO = 1e-6  # S in µS
NANDAKUMAR = {
    "m1": -0.084,
    "c1": 0.880e-6,
    "a1": 1.40e-6,
    "m2": 0.091,
    "c2": 0.260e-6,
    "a2": 2.15e-6,
    "memory": 2.6,
    "nu": 0.04,
    "nusigma": 0.0,
    "t0": 38.6,
    "rm": 0.03,
    "rc": 0.13e-6,
    "inference": 0.0,
}
AIHWKIT = {"inference": 1.0, "nusigma": 1.0, "t0": 20.0, "gmax": 25e-6}


class PCMStatistical(Model):
    """Two-terminal phase-change cell, described by measured statistics."""

    name = "pcm_statistical"
    terminals = ("plus", "minus")
    drive = Drive(
        "PULSE(0 2 1u 20n 20n 100n 2u)", "n1 in 0 m t0=1u interval=3u", "0.5n 10u 0 0.5n uic", edge=5e-9
    )
    sets = {
        "nandakumar": ParameterSet("Nandakumar et al. (2018), doi:10.1063/1.5042408", NANDAKUMAR),
        "aihwkit": ParameterSet(
            "IBM Analog Hardware Acceleration Kit, doi:10.1109/AICAS51828.2021.9458494", AIHWKIT
        ),
    }
    parameters = (
        Parameter("g0", 0.1e-6, "S", "initial conductance", low=0.0),
        Parameter("vset", 1.0, "V", "voltage above which there is a pulse", low=1e-6),
        Parameter("vreset", 3.0, "V", "voltage above which a pulse resets, above vset", low=1e-6),
        Parameter("greset", 0.1e-6, "S", "conductance after a reset", low=0.0),
        Parameter("gleast", 0.01e-6, "S", "least conductance", low=0.0),
        Parameter("m1", NANDAKUMAR["m1"], "", "mean step per conductance"),
        Parameter("c1", NANDAKUMAR["c1"], "S", "mean step"),
        Parameter("a1", NANDAKUMAR["a1"], "S", "mean step right after a reset, in addition"),
        Parameter("m2", NANDAKUMAR["m2"], "", "deviation of a step per conductance"),
        Parameter("c2", NANDAKUMAR["c2"], "S", "deviation of a step"),
        Parameter("a2", NANDAKUMAR["a2"], "S", "deviation of a step right after a reset, in addition"),
        Parameter("memory", NANDAKUMAR["memory"], "", "pulses after which a reset is forgotten", low=1e-3),
        Parameter("sigma", 1.0, "", "scale of the deviations when programmed; 0: means only", low=0.0),
        Parameter("nu", NANDAKUMAR["nu"], "", "exponent of drift", low=0.0, high=1.0),
        Parameter("nusigma", 0.0, "", "deviation of nu; a scale if inference is 1", low=0.0),
        Parameter("t0", NANDAKUMAR["t0"], "s", "age from which on drift counts", low=1e-12),
        Parameter("rm", NANDAKUMAR["rm"], "", "noise of reading per conductance", low=0.0),
        Parameter("rc", NANDAKUMAR["rc"], "S", "noise of reading", low=0.0),
        Parameter("interval", 0.0, "s", "time after which the noise has a new value; 0: no noise", low=0.0),
        Parameter("inference", 0.0, "", "1: a cell programmed to g0 and verified", low=0.0, high=1.0),
        Parameter("gmax", AIHWKIT["gmax"], "S", "largest conductance, if inference is 1", low=1e-12),
    )
    states = (State("l", "", "ln(1 + age/t0)", 0.0),)
    randoms = {"z": "normal", "znu": "normal", "zinitial": "normal", "read": "normal"}
    memories = {"level": 0.0, "p": 1.0, "due": "interval"}

    @classmethod
    def equations(cls, m: Equations) -> None:
        m.memories["g"] = _initial(m)
        v, age, g = m.voltage("plus", "minus"), m.unknown("l"), symbol("g")
        size = m["rm"] * g + m["rc"]
        read = size * _noise(m)
        current = v * (g * exp(-_nu(m, g) * age) + read)
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        m.fluctuation("read", "plus", "minus", 2.0 * m["interval"] * v * v * size * size)
        m.state("l", exp(-age) / m["t0"])
        _pulses(m, v, g)


def _initial(m: Equations) -> Expr:
    share = m["g0"] / m["gmax"]
    deviation = MICRO * (0.2635 + 1.965 * share - 1.1731 * share * share)
    programmed = max_(m["g0"] + m["sigma"] * deviation * symbol("zinitial"), m["gleast"])
    return where(m["inference"] > 0.5, programmed, m["g0"])


def _nu(m: Equations, g: Expr) -> Expr:
    """Exponent of drift since the last pulse."""
    decades = ln(max_(g / m["gmax"], 1e-6))
    mean = limit(0.0244 - 0.0155 * decades, 0.049, 0.1)
    deviation = limit(-0.0059 - 0.0125 * decades, 0.008, 0.045)
    verified = m["inference"] > 0.5
    spread = m["nusigma"] * symbol("znu")
    return max_(where(verified, mean + deviation * spread, m["nu"] + spread), 0.0)


def _noise(m: Equations) -> Expr:
    """Noise of reading, drawn anew on a grid in time."""
    due, on = symbol("due"), m["interval"] > 0.0
    late = where(on, (m.time - due) / where(on, m["interval"], 1.0), -1.0)
    m.event("read", late, {"due": due + m["interval"] * (1.0 + floor(late))}, redraw=("read",))
    return where(on, symbol("read"), 0.0)


def _pulses(m: Equations, v: Expr, g: Expr) -> None:
    """Events: the voltage rises above vset and vreset (level 1 and 2), and falls again."""
    level, p = symbol("level"), symbol("p")
    threshold = where(level < 0.5, m["vset"], m["vreset"])
    m.event("rise", where(level > 1.5, -1.0, v - threshold), {"level": where(v > m["vreset"], 2.0, 1.0)})
    reset = level > 1.5
    less = p * exp(-1.0 / m["memory"])
    step = m["m1"] * g + m["c1"] + m["a1"] * less
    step = step + m["sigma"] * symbol("z") * (m["m2"] * g + m["c2"] + m["a2"] * less)
    m.event(
        "fall",
        where(level > 0.5, 0.5 * m["vset"] - v, -1.0),
        {
            "level": 0.0,
            "p": where(reset, 1.0, less),
            "g": where(reset, m["greset"], max_(g + step, m["gleast"])),
            "l": 0.0,
        },
        redraw=("z", "znu"),
    )
