"""Every model of the catalogue, whatever it is, keeps the contract.

A new model is tested by being in the folder; `test_checks` shows that every check can fail.
"""

import inspect

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.contract import BATTERY, TWIN, Case, ngspice_run
from circuitnn.contract.drive import chosen, deck_of
from circuitnn.equations.kernel import handle
from circuitnn.models import catalogue, heated, lookup

# those with a thermal node, which the number of nodes on a card chooses, have no files of their own
MODELS = {**catalogue(), **heated(catalogue().values())}
# equations of thousands of operations
LARGE = {"b3soidd", "b3soifd", "b3soipd", "bsim3", "bsim4", "hfet1", "hicum", "mosfet2", "vbic"}
NAMES = sorted(MODELS)
BY_SIZE = [pytest.param(name, marks=[pytest.mark.long] if name in LARGE else []) for name in NAMES]


def told(outcome):
    return [str(finding) for finding in outcome.findings]


@pytest.mark.thinned(3)
@pytest.mark.parametrize("check", BATTERY, ids=lambda c: c.__name__)
@pytest.mark.parametrize("name", BY_SIZE)
def test_keeps_the_contract(name, check):
    outcome = check(Case(MODELS[name]))
    assert outcome.passed, told(outcome)


@pytest.mark.thinned(4)
@pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")
@pytest.mark.parametrize("check", TWIN, ids=lambda c: c.__name__)
@pytest.mark.parametrize("name", BY_SIZE)
def test_is_its_twin(name, check):
    outcome = check(Case(MODELS[name]))
    assert outcome.passed, told(outcome)


@pytest.mark.parametrize("name", NAMES)
def test_native_kernel_is_the_current_one(name):
    kernel = MODELS[name].kernel()
    assert handle(kernel).backend == "native", "the package was built from other equations"


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_lies_in_its_own_file(name):
    model = catalogue()[name]
    assert inspect.getmodule(model).__name__.endswith(f".{name}")
    for keyword in model.keywords:
        assert all(lookup(model.letter, keyword, level) is model for level in model.levels or (1,))


def test_lookup_of_nothing():
    assert lookup("d", "npn") is None
    assert lookup("S", "SW") is catalogue()["switch"]


@pytest.mark.thinned(3)
@pytest.mark.parametrize("name", NAMES)
def test_drive_moves_something(name):
    """What is compared with ngspice is no straight line: a current flows, and it changes."""
    model = MODELS[name]
    wanted = model.drive or chosen(Case(model))
    assert wanted is not None, "state a drive"
    result = Circuit.from_text(deck_of(model, wanted)).run()[0]
    assert np.ptp(result["i(v1)"]) > 0.0


def test_drive_of_a_slow_state():
    """The period is what the state needs, not what the fastest rate or a default says."""
    case = Case(catalogue()["memdiode"])
    wanted = chosen(case)
    result = Circuit.from_text(deck_of(case.model, wanted)).run()[0]
    assert np.ptp(result["@n1[h]"]) > 0.1
