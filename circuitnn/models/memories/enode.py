"""Organic electrochemical synapse (ENODe): a channel whose doping is the charge of a battery.

    i(gate) = (v(gate, source) - w)/re                         into the channel, through the electrolyte
    cch·dw/dt = i(gate) - w/rleak                              w = Q/cch, the cell's own potential
    i(drain) = G·v(drain, source),   G = g0 - s·cch·w          not below floor

Charge that the gate drives into the channel reduces it and lowers its conductance. With the gate open the charge is
kept, apart from the leak: writing and reading are separate. The equations are linear, with the time constants re·cch
(write) and rleak·cch (retention). The gate's current returns through the source.

The form is a handbook choice after the description of the device, and no device is claimed: published are more than
500 states within about 1 V, less than 10 pJ a write event for 1000 µm², and writing with pulses down to 10 mV.
The default numbers allow this, but are not measured ones: re·cch is 1 s, the range of 1 V is 20 µS of 40 µS.

Noise: 4kT·G of the channel; 4kT/re and 4kT/rleak, which charge the cell too; T that of the instance.

References
----------
Y. van de Burgt et al., "A non-volatile organic electrochemical device as a low-voltage artificial synapse for
neuromorphic computing", Nature Materials 16, 414 (2017), doi:10.1038/nmat4856.
"""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.graph import max_
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Equations, Model, Parameter, State


class ENODe(Model):
    """Three-terminal electrochemical synapse."""

    name = "enode"
    terminals = ("drain", "gate", "source")
    parameters = (
        Parameter("g0", 40e-6, "S", "conductance of the channel without charge", low=0.0),
        Parameter("s", 2e3, "S/C", "conductance lost by a charge"),
        Parameter("cch", 10e-9, "F", "capacitance of the channel", low=1e-18),
        Parameter("re", 100e6, "Ohm", "resistance of electrolyte and gate", low=1e-3),
        Parameter("rleak", 1e15, "Ohm", "leak by which the charge is lost", low=1e-3),
        Parameter("floor", 1e-9, "S", "least conductance of the channel", low=0.0),
        Parameter("w0", 0.0, "V", "initial potential of the cell"),
    )
    states = (State("w", "V", "potential of the cell, its charge over cch", "w0"),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        w = m.unknown("w")
        write = (m.voltage("gate", "source") - w) / m["re"]
        m.flow("gate", "source", write)
        heat = 4.0 * BOLTZMANN * (m["temp"] + KELVIN)
        m.fluctuation("re", "gate", "source", heat / m["re"], rates={"w": 1.0 / m["cch"]})
        m.agitation("rleak", heat / m["rleak"], {"w": 1.0 / m["cch"]})
        m.state("w", (write - w / m["rleak"]) / m["cch"])
        conductance = max_(m["g0"] - m["s"] * m["cch"] * w, m["floor"])
        channel = conductance * m.voltage("drain", "source")
        m.flow("drain", "source", channel)
        johnson(m, "channel", "drain", "source", channel)
