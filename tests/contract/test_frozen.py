"""Stochastic models with their random numbers frozen: what their twins are held to."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.models import catalogue, register
from circuitnn.models.fixed_random_numbers import frozen
from circuitnn.models.twins import twin

STOCHASTIC = sorted(n for n, m in catalogue().items() if m.stated().randoms)


def test_there_are_some():
    assert {"smtj", "pcm_neuron", "jart_vcm_var", "stanford_pku_noise"} <= set(STOCHASTIC)


@pytest.mark.parametrize("name", STOCHASTIC)
def test_frozen_models_have_twins(name):
    model = catalogue()[name]
    made = frozen(model)
    assert made is not model and not made.stated().randoms
    assert set(made.stated().events) == set(model.stated().events)
    assert model.stated().randoms, "the original must stay as it was"
    assert twin(made).startswith(f".subckt {name}_frozen_twin")


def test_what_draws_has_no_twin():
    with pytest.raises(ValueError, match="random"):
        twin(catalogue()["smtj"])


def test_models_without_draws_are_themselves():
    assert frozen(catalogue()["vteam"]) is catalogue()["vteam"]


def test_frozen_telegraph_is_a_clock():
    """At 0 V both dwell times are tau0·exp(delta), times the frozen number."""
    made = register(frozen(catalogue()["smtj"]))
    deck = f"t\nv1 1 0 1u\nn1 1 0 m\n.model m {made.name} delta=5 e=2\n.end"
    r = Circuit.from_text(deck).tran(3e-6, tstep=3e-9, reltol=1e-6)
    jumps = r.time[1:][np.abs(np.diff(r["i(v1)"])) > 1e-11]
    assert len(jumps) == 10
    assert np.diff(jumps) == pytest.approx(np.full(9, 2e-9 * np.exp(5.0)), rel=1e-3)
