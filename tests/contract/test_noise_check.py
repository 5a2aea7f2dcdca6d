"""The check of noise at rest can fail, and names what is off."""

import pytest

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.contract import Case
from circuitnn.contract.noise import noise_at_rest
from circuitnn.models import Model, Parameter
from circuitnn.models.fluctuations import johnson, shot


class Layers(Model):
    """A barrier behind a resistance, and a capacity."""

    name = "layers"
    terminals = ("plus", "minus")
    internal = ("inner",)
    claims = frozenset({"passive", "no current at zero bias"})
    parameters = (
        Parameter("g", 1e-3, "S", "conductance of the barrier at rest", low=1e-9),
        Parameter("r", 100.0, "Ohm", "resistance before it", low=1e-3),
        Parameter("c", 1e-12, "F", "capacity across it", low=0.0),
    )

    @classmethod
    def equations(cls, m):
        """State the model's equations."""
        v = m.voltage("inner", "minus")
        across, through = m["g"] * (v + v * v * v), m.voltage("plus", "inner") / m["r"]
        m.flow("inner", "minus", across, m["c"] * v)
        m.flow("plus", "inner", through)
        cls.noise(m, across, through)

    @classmethod
    def noise(cls, m, across, through):
        """State the noise."""
        shot(m, "shot", "inner", "minus", across)
        johnson(m, "r", "plus", "inner", through)


def outcome(noise=None):
    altered = {"noise": classmethod(noise)} if noise else {}
    return noise_at_rest(Case(type("Altered", (Layers,), {"__doc__": "Layers.", **altered})))


def test_passes():
    made = outcome()
    assert made.passed
    assert not made.skipped


@pytest.mark.parametrize(
    "noise",
    [
        lambda cls, m, across, through: shot(m, "shot", "inner", "minus", across),
        lambda cls, m, across, through: johnson(m, "all", "plus", "minus", across),
        lambda cls, m, across, through: Layers.noise(m, 1.001 * across, through),
        lambda cls, m, across, through: m.fluctuation(
            "r", "plus", "inner", 4.0 * BOLTZMANN * (m["tnom"] + KELVIN) / m["r"]
        ),
    ],
)
def test_fails(noise):
    made = outcome(noise)
    assert not made.passed
    assert "noise beyond 4kT·Re(Y)" in str(made.findings[0])


def test_a_model_that_states_none_is_told_so():
    assert "states no noise" in outcome(lambda cls, m, across, through: None).skipped
