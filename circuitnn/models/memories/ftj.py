"""Ferroelectric tunnel junction: two domains in parallel, switched by nucleation and growth.

With s the share of the domains that block:

    i = v·(s/roff + (1 - s)/ron)
    v > 0:  ds/dt = n·(1 - s)·(h0^n - ln(1 - s))^(1 - 1/n)/tau      towards roff
    v < 0:  ds/dt = -n·s·(h0^n - ln s)^(1 - 1/n)/tau                towards ron
    tau = tau0·exp(va/|v|)                                          Merz's law

For v of one sign this is the law of Kolmogorov, Avrami and Ishibashi in the reduced time h = ∫dt/tau,

    s = 1 - exp(h0^n - (h0 + h)^n)

from s = 0, and from any s as if it had come from there; the other direction is the same for 1 - s. So no clock and
no event at a change of sign is needed. h0 is the growth already done by the nuclei that a saturated
domain keeps: with h0 = 0 nothing would ever leave saturation, as s = 0 solves the equation, too; it is
small against 1, and shifts h by its size.

The law is a handbook choice, and no device is claimed for tau0, va and n; ron and roff are those of a published fit.
The measured device needs several zones with different onsets, and a nonlinear tunnel current; neither is modelled.

Noise: 2q·i·coth(qv/2kT), electrons crossing a barrier one by one, T that of the instance; 4kT times the conductance
at rest.

References
----------
A. Chanthbouala et al., "A ferroelectric memristor", Nature Materials 11, 860 (2012), doi:10.1038/nmat3415.
Y. Ishibashi, Y. Takagi, "Note on Ferroelectric Domain Switching", J. Phys. Soc. Jpn. 31, 506 (1971),
doi:10.1143/JPSJ.31.506.
W. J. Merz, "Domain Formation and Domain Wall Motions in Ferroelectric BaTiO3 Single Crystals", Phys. Rev. 95, 690
(1954), doi:10.1103/PhysRev.95.690.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, abs_, exp, ln, max_, min_, pwr, u2, where
from circuitnn.models.fluctuations import shot
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

BTO = {"ron": 1.6e5, "roff": 4.6e7}
LEAST_VOLTAGE = 1e-3  # V, below which Merz's law stops falling
LEAST_SHARE = 1e-300  # of what is left to switch, in the logarithm


class FTJ(Model):
    """Two-terminal ferroelectric memristor."""

    name = "ftj"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "bto": ParameterSet(
            "The two resistances of the fit to a Co/BaTiO3/LSMO junction in Chanthbouala et al. (2012), "
            "doi:10.1038/nmat3415; quoted at second hand",
            BTO,
        )
    }
    parameters = (
        Parameter("ron", BTO["ron"], "Ohm", "resistance with s = 0", low=1e-3),
        Parameter("roff", BTO["roff"], "Ohm", "resistance with s = 1", low=1e-3),
        Parameter("tau0", 10e-12, "s", "switching time at infinite voltage", low=1e-18),
        Parameter("va", 15.0, "V", "activation voltage", low=0.0),
        Parameter("n", 2.0, "", "dimension of the growth", low=1.0, high=4.0),
        Parameter("h0", 1e-3, "", "reduced time that nuclei have grown already", low=1e-4, high=0.1),
        Parameter("s0", 0.0, "", "initial share of roff", low=0.0, high=1.0),
    )
    states = (State("s", "", "share of the domains that block", "s0", tolerance=1e-7),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, s = m.voltage("plus", "minus"), m.unknown("s")
        share = u2(s)
        current = v * (share / m["roff"] + (1.0 - share) / m["ron"])
        m.flow("plus", "minus", current)
        shot(m, "shot", "plus", "minus", current)
        up = v > 0.0
        speed = exp(-m["va"] / max_(abs_(v), LEAST_VOLTAGE)) / m["tau0"]
        left = where(up, 1.0 - s, s)
        m.state("s", where(up, speed, -speed) * _growth(m, left))


def _growth(m: Equations, left: Expr) -> Expr:
    """Rate at which what is left switches, in the reduced time."""
    done = -ln(min_(max_(left, LEAST_SHARE), 1.0)) + pwr(m["h0"], m["n"])
    return m["n"] * left * pwr(done, 1.0 - 1.0 / m["n"])
