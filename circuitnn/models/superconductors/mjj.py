"""Magnetic Josephson junction as a synapse: pulses change its critical current.

Clusters of a magnetic metal in the barrier of a resistively shunted junction weaken the supercurrent the more, the
better they are aligned. With w their order and vf = v(field) - v(minus) what aligns them:

    d(phi)/dt = (2·π/Phi0)·v
    i = (icmax - (icmax - icmin)·w)·sin(phi) + v/rn + cap·dv/dt
    dw/dt = (v²/rn)/etrain·(goal - w)   where |v| > vtrain, fading in over vtrain/10
    goal = min(|vf|/vsat, 1)

A training pulse drives the order towards what the field asks for, by a factor exp(-energy/etrain) of the way
left; without field it scrambles the clusters. Single flux quanta stay below vtrain and only read. The
field's terminal draws no current.

Published, as the source's abstract has it: voltage pulses tune the critical current through the alignment of
manganese clusters; spikes below 1 aJ, training pulses down to 3 aJ, plasma frequencies above 100 GHz. How order
follows pulses and the critical current follows order was not found in a form that could be checked: the equations of
w, goal and vtrain are placeholders of the right sign and size, and no device is claimed. See ``josephson`` for
phases, tolerances and operating points.

Noise: 4kT/rn of the shunt. T is that of the instance, 27 °C unless the deck says ``.temp -268.95`` for liquid helium.

References
----------
M. L. Schneider et al., "Ultralow power artificial synapses using nanotextured magnetic Josephson junctions", Sci.
Adv. 4, e1701329 (2018), doi:10.1126/sciadv.1701329.
"""

from __future__ import annotations

import math

from circuitnn.equations.graph import abs_, min_, sin, u2
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter, State
from circuitnn.models.superconductors.josephson import TURN, phase


class MJJ(Model):
    """Josephson junction with magnetic clusters; the third terminal is the field that aligns them."""

    name = "mjj"
    terminals = ("plus", "minus", "field")
    drive = Drive(
        "PULSE(0 80m 5p 1p 1p 1p)",
        "rb in a 100\nvf f 0 0.8\nn1 a 0 f m icmax=40u etrain=1a\n.options vntol=1n chgtol=1e-22",
        "0.01p 12p 0 0.01p uic",
    )
    parameters = (
        Parameter("icmax", 100e-6, "A", "critical current without order", low=0.0),
        Parameter("icmin", 20e-6, "A", "critical current of full order", low=0.0),
        Parameter("cap", 50e-15, "F", "capacitance", low=0.0),
        Parameter("rn", 2.0, "Ohm", "shunt resistance", low=1e-6),
        Parameter("etrain", 3e-18, "J", "energy of a training pulse", low=1e-24),
        Parameter("vtrain", 1e-3, "V", "voltage above which pulses train", low=1e-9),
        Parameter("vsat", 1.0, "V", "field voltage of full order", low=1e-9),
        Parameter("phi0", 0.0, "rad", "initial phase", low=-math.pi, high=math.pi),
        Parameter("w0", 0.0, "", "initial order", low=0.0, high=1.0),
    )
    states = (
        State("phi", "rad", "phase difference, between -4·π and 4·π", "phi0", hold=False, turn=TURN),
        State("w", "", "order of the clusters", "w0", low=0.0, high=1.0),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, w = m.voltage("plus", "minus"), m.unknown("w")
        critical = m["icmax"] - (m["icmax"] - m["icmin"]) * u2(w)
        power, shunted = v * v / m["rn"], v / m["rn"]
        m.flow("plus", "minus", critical * sin(phase(m, v)) + shunted, m["cap"] * v)
        johnson(m, "rn", "plus", "minus", shunted)
        goal = min_(abs_(m.voltage("field", "minus")) / m["vsat"], 1.0)
        trains = u2(10.0 * (abs_(v) / m["vtrain"] - 1.0))
        m.state("w", power / m["etrain"] * trains * (goal - w))
