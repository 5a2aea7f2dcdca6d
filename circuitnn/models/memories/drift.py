"""Linear ion drift (the memristor of Strukov et al.) with the usual windows.

With x the doped part of the film, w/d:

    i = v/R,   R = ron·x + roff·(1 - x)
    dx/dt = kappa·i·f(x, i),   kappa = mu·ron/d²

    window 0 (none)          f = 1
    window 1 (Joglekar)      f = 1 - (2·x - 1)^(2·p)
    window 2 (Biolek)        f = 1 - (x - (i < 0 ? 1 : 0))^(2·p)
    window 3 (Prodromakis)   f = j·(1 - ((x - ½)² + ¾)^p)

The unknown is y = ln(x/(1 - x)), so that dy/dt = kappa·i·f/(x·(1 - x)). In this variable windows 1 and 3, which vanish
at both ends for either direction, do not lock the state up: with z = 4·x·(1 - x), window 1 gives
4·kappa·i·(1 - (1 - z)^p)/z, which tends to 4·kappa·i·p, and window 3 is similar, so that x returns from arbitrarily
close to 1. Windows 0 and 2 stop at |y| = 16, 1e-7 from the end, and leave at once when the current reverses.

Exact for Joglekar, p = 1, with q the charge that has passed:
R = roff + (ron - roff)/(1 + a·exp(-4·kappa·q)), a = (Rini - ron)/(roff - Rini).

A teaching model: no threshold, no nonlinearity in the field.

Noise: 4kT·i/v, T that of the instance.

References
----------
D. B. Strukov, G. S. Snider, D. R. Stewart, R. S. Williams, Nature 453, 80 (2008), doi:10.1038/nature06932.
Y. N. Joglekar, S. J. Wolf, Eur. J. Phys. 30, 661 (2009), doi:10.1088/0143-0807/30/4/001.
Z. Biolek, D. Biolek, V. Biolková, Radioengineering 18, 210 (2009).
T. Prodromakis et al., IEEE Trans. Electron Devices 58, 3099 (2011), doi:10.1109/TED.2011.2158004.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, eq, exp, expm1, ln, log1p, max_, or_, tanh, u2, where
from circuitnn.equations.graph import symbol as parameter
from circuitnn.models.fluctuations import johnson
from circuitnn.models.memories.windows import room, vanishing
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

R1 = {"ron": 100.0, "roff": 1e4, "d": 10e-9, "mu": 1e-14, "window": 1.0, "p": 1.0, "x0": 5e3 / 9.9e3}
END = 16.0


class Drift(Model):
    """Two-terminal memristor with linear ion drift."""

    name = "drift"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "r1": ParameterSet(
            "Film of Strukov et al. (2008), doi:10.1038/nature06932, figure 2, as Biolek, Di Ventra and "
            "Pershin (2013), arXiv:1307.2717, take it in their model R.1; x0 is (10 kΩ - 5 kΩ)/(10 kΩ - 100 Ω)",
            R1,
        )
    }
    parameters = (
        Parameter("ron", R1["ron"], "Ohm", "resistance of the doped film", low=1e-3),
        Parameter("roff", R1["roff"], "Ohm", "resistance of the undoped film", low=1e-3),
        Parameter("d", R1["d"], "m", "thickness", low=1e-12),
        Parameter("mu", R1["mu"], "m²/(V s)", "mobility of the ions", low=0.0),
        Parameter(
            "window", R1["window"], "", "0 none, 1 Joglekar, 2 Biolek, 3 Prodromakis", low=0.0, high=3.0
        ),
        Parameter("p", R1["p"], "", "exponent of the window", low=0.1, high=100.0),
        Parameter("j", 1.0, "", "height of Prodromakis' window", low=0.0),
        Parameter("x0", R1["x0"], "", "initial doped part", low=1e-7, high=1.0 - 1e-7),
    )
    states = (
        State("y", "", "ln(x/(1 - x)) of the doped part x", ln(parameter("x0") / (1.0 - parameter("x0")))),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, y = m.voltage("plus", "minus"), m.unknown("y")
        x = 0.5 * (1.0 + tanh(0.5 * y))
        current = v / (m["roff"] + (m["ron"] - m["roff"]) * x)
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        kappa = m["mu"] * m["ron"] / (m["d"] * m["d"])
        m.state("y", kappa * current * cls._window(m, y, current))

    @staticmethod
    def _window(m: Equations, y: Expr, current: Expr) -> Expr:
        """f/(x·(1 - x)), stopped at the ends where the window itself does not."""
        kind = m["window"]
        none, joglekar, biolek = eq(kind, 0.0), eq(kind, 1.0), eq(kind, 2.0)
        hard = or_(none, biolek)
        soft, z = vanishing(m, y, joglekar), room(y)
        # distance from the end the current drives the state away from
        away = where(current < 0.0, -y, y)
        sharp = -expm1(-2.0 * m["p"] * log1p(exp(-max_(away, -END)))) / z
        stop = u2(END - away)
        flat = where(none, 1.0 / z, sharp) * stop
        return 4.0 * where(hard, flat, where(joglekar, soft, m["j"] * soft))
