"""VTEAM: bipolar memristor with voltage thresholds.

The state is w/d, the position in the switching layer, 0 at ron and 1 at roff:

    v/voff > 1:   d/dt(w) = koff · (v/voff - 1)^aoff · f
    v/von  > 1:   d/dt(w) = kon · (v/von - 1)^aon · f
    else          d/dt(w) = 0
    i = v/R,  R = ron + (roff - ron)·x                (exponential = 0)
              R = ron · exp(x·ln(roff/ron))           (exponential = 1)

with x = w/d. The thresholds are two voltages of opposite sign; with koff > 0 > kon a voltage beyond
voff raises the resistance (reset). The windows f are those of the module ``windows``; by default it is the
rectangular one: outward rates stop over the last 1e-4 of the range, and inward rates act at once, so that the state
neither winds up nor locks up. Windows 1 and 3 hold to any distance from the ends: the state is then ln(x/(1 - x)), y,
and a state that starts at an end stays there, as the equation says. With window 4, exp(-exp((w - woff)/wc)) upwards and
exp(-exp(-(w - won)/wc)) downwards, the state is stopped at the bounds as well.

Valid between the thresholds and a few times their size; no temperature, no statistics.

Noise: 4kT·i/v, T that of the instance.

References
----------
S. Kvatinsky, M. Ramadan, E. G. Friedman, A. Kolodny, "VTEAM: A General Model for Voltage-Controlled
Memristors", IEEE TCAS-II 62, 786 (2015), doi:10.1109/TCSII.2015.2433536, equations 1 to 4.
"""

from __future__ import annotations

from circuitnn.equations.graph import exp, ln, max_, pwr, u2, where
from circuitnn.models.fluctuations import johnson
from circuitnn.models.logit import position
from circuitnn.models.memories.windows import VANISHING, move, windows
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

MEMTORCH = {
    "ron": 50.0,
    "roff": 1000.0,
    "d": 3e-9,
    "koff": 5e-4,
    "kon": -10.0,
    "aoff": 1.0,
    "aon": 3.0,
    "voff": 0.02,
    "von": -0.2,
}


BIOLEK = {
    "ron": 2e3,
    "roff": 10e3,
    "d": 1e-6,
    "koff": 1e-6,
    "kon": -1e-6,
    "aoff": 3.0,
    "aon": 3.0,
    "voff": -0.8,
    "von": 0.8,
    "x0": 0.375,
}


class VTEAM(Model):
    """Two-terminal memristor with voltage thresholds."""

    name = "vteam"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "memtorch": ParameterSet(
            "Defaults of MemTorch, C. Lammie et al., Neurocomputing 485, 124 (2022), "
            "doi:10.1016/j.neucom.2022.02.043",
            MEMTORCH,
        ),
        "biolek": ParameterSet(
            "Benchmark of Biolek, Kolka, Biolková et al. (2021) for the model of doi:10.1109/TCSII.2015.2433536; it "
            "sets at positive voltage. Speeds are per range, so that a layer of 1 µm stands for any",
            BIOLEK,
        ),
    }
    parameters = (
        Parameter("ron", MEMTORCH["ron"], "Ohm", "resistance at x = 0", low=1e-3),
        Parameter("roff", MEMTORCH["roff"], "Ohm", "resistance at x = 1", low=1e-3),
        Parameter("d", MEMTORCH["d"], "m", "thickness of the layer", low=1e-12),
        Parameter("koff", MEMTORCH["koff"], "m/s", "speed beyond voff"),
        Parameter("kon", MEMTORCH["kon"], "m/s", "speed beyond von"),
        Parameter("aoff", MEMTORCH["aoff"], "", "exponent beyond voff", low=1.0, high=30.0),
        Parameter("aon", MEMTORCH["aon"], "", "exponent beyond von", low=1.0, high=30.0),
        Parameter("voff", MEMTORCH["voff"], "V", "threshold towards roff", nonzero=True),
        Parameter("von", MEMTORCH["von"], "V", "threshold towards ron, of the other sign", nonzero=True),
        Parameter("exponential", 0.0, "", "1: resistance exponential in x; 0: linear", low=0.0, high=1.0),
        *windows(),
        Parameter("woff", MEMTORCH["d"], "m", "where window 4 sets in upwards"),
        Parameter("won", 0.0, "m", "where window 4 sets in downwards"),
        Parameter("wc", 107e-12, "m", "width of window 4", low=1e-15),
        Parameter("x0", 0.0, "", "initial state", low=0.0, high=1.0),
    )
    states = (State("x", "", "position in the layer, 0 at ron and 1 at roff", "x0", low=0.0, high=1.0),)
    vanishing = VANISHING

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, place = m.voltage("plus", "minus"), position(m, "x")
        x = u2(place)
        linear = m["ron"] + (m["roff"] - m["ron"]) * x
        exponential = m["ron"] * exp(x * ln(m["roff"] / m["ron"]))
        current = v / where(m["exponential"] > 0.5, exponential, linear)
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        # The two regions exclude each other, so that one power serves both.
        off = v / m["voff"] > 0.0
        beyond = max_(where(off, v / m["voff"], v / m["von"]) - 1.0, 0.0)
        speed = where(off, m["koff"], m["kon"]) / m["d"]
        up, w = speed > 0.0, m["d"] * place
        s = where(up, 1.0 - place, place)
        soft = where(up, m["woff"] - w, w - m["won"]) / m["wc"]
        power = pwr(beyond, where(off, m["aoff"], m["aon"]))
        move(m, speed * power, s, soft)
