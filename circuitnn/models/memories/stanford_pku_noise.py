"""Stanford-PKU resistive memory with the noise of its rate.

The equations of ``stanford_pku``, with one term more:

    dg/dt = … + dgap·z/(1 + exp((tcrit - T)/tsmth))

The source draws z at each evaluation, so that what comes out depends on the time steps. Here z is normal with
variance 1 and takes a new value at every multiple of `correlation`, whatever the steps. As in the source it acts
at any voltage: over a time t the gap wanders by dgap·√(correlation·t), times what T leaves of it, which bounds
how long a correlation time may be for a cell that is to keep its state. The correlation time has no published
value; 1 ns is a choice.

Noise analyses have the density of z at frequencies far below 1/correlation, 2·correlation, and the shot noise of
``stanford_pku``.

References
----------
Z. Jiang, S. Yu, Y. Wu, J. H. Engel, X. Guan, H.-S. P. Wong, "Verilog-A Compact Model for Oxide-based Resistive
Random Access Memory (RRAM)", SISPAD 2014, p. 41, doi:10.1109/SISPAD.2014.6931558; version 1.0.0 of the model,
doi:10.4231/D37H1DN48.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, exp, floor, max_, min_, symbol
from circuitnn.models.memories.stanford_pku import NM, V1, StanfordPKU
from circuitnn.models.model import Equations, Parameter, ParameterSet

NOISE = {"dgap": 0.02, "tcrit": 450.0, "tsmth": 500.0}


class StanfordPKUNoise(StanfordPKU):
    """Two-terminal resistive memory with a gap that moves at random, too."""

    name = "stanford_pku_noise"
    sets = {"v1": ParameterSet("Defaults of version 1.0.0 of the model, doi:10.4231/D37H1DN48", V1 | NOISE)}
    parameters = (
        *StanfordPKU.parameters,
        Parameter("dgap", NOISE["dgap"], "m/s", "noise of the rate when hot", low=0.0),
        Parameter("tcrit", NOISE["tcrit"], "K", "temperature at which the noise is halved", low=0.0),
        Parameter("tsmth", NOISE["tsmth"], "K", "width of the rise of the noise with temperature", low=1.0),
        Parameter("correlation", 1e-9, "s", "time between draws", low=1e-15),
    )
    memories = {"due": "correlation"}
    randoms = {"z": "normal"}

    @classmethod
    def noise(cls, m: Equations, t: Expr) -> Expr:
        interval, due = m["correlation"], symbol("due")
        # The later of the two, so that a late start is caught up with and rounding never stops the clock.
        after = max_(due, interval * floor(m.time / interval)) + interval
        m.event("draw", (m.time - due) / interval, {"due": after}, redraw=("z",))
        hot = 1.0 / (1.0 + exp(min_((m["tcrit"] - t) / m["tsmth"], 100.0)))
        size = m["dgap"] * hot
        m.agitation("gap", 2.0 * interval * size * size, {"g": 1.0 / NM})
        return size * symbol("z")
