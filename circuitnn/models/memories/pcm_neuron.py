"""Phase-change neuron: pulses crystallise the cell step by step until it fires and is melted again.

The cell between plus and minus is the one of `pcm`, without drift; its crystalline fraction x is the membrane
potential. Where x has reached xth and the cell has cooled down below tx - width again, the neuron fires:

    x becomes x0 + sigma·z                  z normal of mean 0 and variance 1, drawn anew each time
    spike is at vspike for the time tspike, behind rspike, relative to minus

x is kept between 0 and 0.9·xth. The reset is an idealised one: no current flows for it and it takes no time. That the
amorphous volume a reset leaves differs from one to the next makes the intervals random, as in the published neuron;
its parameters could not be verified, and no device is claimed for xth, sigma and the spike.

With the cell's default numbers, pulses of 4 V and 10 ns crystallise 1 - exp(-0.198·n) after n pulses (0.2, less the
time it takes to heat up and cool down), so that the threshold 0.8 is passed in the 9th.

Noise: 4kT·i/v of the cell at the temperature T, 4kT/rspike of the output at that of the instance. sigma is drawn in
transients.

References
----------
T. Tuma, A. Pantazi, M. Le Gallo, A. Sebastian, E. Eleftheriou, "Stochastic phase-change neurons", Nature
Nanotechnology 11, 693 (2016), doi:10.1038/nnano.2016.70.
"""

from __future__ import annotations

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import Expr, limit, min_, symbol, where
from circuitnn.models.fluctuations import johnson
from circuitnn.models.memories.pcm import PARAMETERS, STATES, conductance, phase_change
from circuitnn.models.model import Equations, Model, Parameter


class PCMNeuron(Model):
    """Phase-change cell with a comparator and a stochastic reset."""

    name = "pcm_neuron"
    terminals = ("plus", "minus", "spike")
    claims = frozenset({"energy balance"})
    parameters = (
        *PARAMETERS,
        Parameter("xth", 0.8, "", "crystalline fraction at which it fires", low=0.01, high=1.0),
        Parameter("sigma", 0.0, "", "standard deviation of x after a reset", low=0.0),
        Parameter("vspike", 1.0, "V", "voltage of a spike"),
        Parameter("tspike", 10e-9, "s", "duration of a spike", low=1e-18),
        Parameter("rspike", 1e3, "Ohm", "output resistance", low=1e-3),
    )
    states = STATES
    memories = {"firing": 0.0, "until": 0.0}
    randoms = {"z": "normal"}

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        t, v, spike = m.unknown("t"), m.voltage("spike", "minus"), m["vspike"] * symbol("firing")
        return m["ch"] * t, m["delta"] * (t - m["temp"] - KELVIN) + v * (v - spike) / m["rspike"]

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, x, firing = m.voltage("plus", "minus"), m.unknown("x"), symbol("firing")
        current = v * conductance(m, v, m["roff"])
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current, m.unknown("t"))
        phase_change(m, v * current)
        m.flow("spike", "minus", (m.voltage("spike", "minus") - m["vspike"] * firing) / m["rspike"])
        johnson(m, "rspike", "spike", "minus", m.voltage("spike", "minus") / m["rspike"])
        cool = 1.0 - m.unknown("t") / (m["tx"] - m["width"])
        left = limit(m["x0"] + m["sigma"] * symbol("z"), 0.0, 0.9 * m["xth"])
        m.event(
            "fire",
            min_(x - m["xth"], cool),
            {"x": left, "firing": 1.0, "until": m.time + m["tspike"]},
            redraw=("z",),
        )
        m.event("rest", where(firing > 0.5, m.time - symbol("until"), -1.0), {"firing": 0.0})
