"""Threshold memristor whose state is its resistance, after Pershin and Di Ventra.

    i = v/R
    dR/dt = beta·v + ½·(alpha - beta)·(|v + vt| - |v - vt|),   ron ≤ R ≤ roff

so that R changes at the rate alpha·v inside ±vt, and beyond it at beta·(v ∓ vt) ± alpha·vt. The unknown is
x = (R - ron)/(roff - ron). Outward rates fade to zero over the last 1e-4 of the range, in place of the step
functions of the source, inward rates act at once.

Half a period of a sine of amplitude V and frequency f, alpha = 0, moves R by
(beta·vt/(2·π·f))·(2·√((V/vt)² - 1) - π + 2·arcsin(vt/V)) exactly.

Noise: 4kT·i/v, T that of the instance.

References
----------
D. Biolek, M. Di Ventra, Y. V. Pershin, "Reliable SPICE Simulations of Memristors, Memcapacitors and
Meminductors", Radioengineering 22, 945 (2013), arXiv:1307.2717, model R.2.
Y. V. Pershin, S. La Fontaine, M. Di Ventra, "Memristive model of amoeba learning", Phys. Rev. E 80, 021926
(2009), doi:10.1103/PhysRevE.80.021926.
"""

from __future__ import annotations

from circuitnn.equations.graph import max_, min_, u2
from circuitnn.equations.graph import symbol as parameter
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

R2 = {"ron": 1e3, "roff": 1e4, "rini": 5e3, "beta": 1e13, "alpha": 0.0, "vt": 4.6}


class Pershin(Model):
    """Two-terminal memristor, dR/dt a piecewise linear function of the voltage."""

    name = "pershin"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "r2": ParameterSet(
            "Biolek, Di Ventra and Pershin (2013), arXiv:1307.2717, R.2",
            R2,
        )
    }
    parameters = (
        Parameter("ron", R2["ron"], "Ohm", "smallest resistance", low=1e-3),
        Parameter("roff", R2["roff"], "Ohm", "largest resistance", low=1e-3),
        Parameter("rini", R2["rini"], "Ohm", "initial resistance", low=1e-3),
        Parameter("beta", R2["beta"], "Ohm/(V s)", "speed beyond the threshold"),
        Parameter("alpha", R2["alpha"], "Ohm/(V s)", "speed below the threshold"),
        Parameter("vt", R2["vt"], "V", "threshold", low=0.0),
    )
    states = (
        State(
            "x",
            "",
            "(R - ron)/(roff - ron)",
            (parameter("rini") - parameter("ron")) / (parameter("roff") - parameter("ron")),
            low=0.0,
            high=1.0,
        ),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, span = m.voltage("plus", "minus"), m["roff"] - m["ron"]
        current = v / (m["ron"] + span * u2(m.unknown("x")))
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        inner = min_(max_(v, -m["vt"]), m["vt"])
        rate = (m["alpha"] * inner + m["beta"] * (v - inner)) / span
        m.state("x", rate)
