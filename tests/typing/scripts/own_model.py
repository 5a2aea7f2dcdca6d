"""A model of one's own, in a circuit built in Python."""

from circuitnn import Circuit
from circuitnn.equations.graph import abs_, max_
from circuitnn.models import Equations, Model, Parameter, State, register


@register
class Synapse(Model):
    """Two-terminal memristor with short-term memory."""

    name = "synapse"
    terminals = ("plus", "minus")
    parameters = (
        Parameter("goff", 1e-6, "S", "conductance at x = 0", low=0.0),
        Parameter("gon", 1e-4, "S", "conductance at x = 1", low=0.0),
        Parameter("tau", 1e-3, "s", "time constant of forgetting", low=1e-12),
    )
    states = (State("x", "", "how conductive it is", 0.0, low=0.0, high=1.0),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, x = m.voltage("plus", "minus"), m.unknown("x")
        m.flow("plus", "minus", (m["goff"] + (m["gon"] - m["goff"]) * x) * v)
        m.state("x", 1e4 * max_(abs_(v) - 0.3, 0.0) * (1.0 - x) - x / m["tau"])


c = Circuit("forgets").V("1", "in", 0, "pulse(0 1 0.1m 1u 1u 0.1m 0.3m 5)").N("1", "in", 0, "syn")
c.model("syn", "synapse", tau=6e-4)
print(c.tran("4m", "2u")["@n1[x]"].max())
