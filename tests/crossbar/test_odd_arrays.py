"""Whatever the arguments of an array, a bias or a result are, they are used, or an error says what is wrong."""

import numpy as np
import pytest

from circuitnn.crossbar import MVM, Access, Bias, Crossbar, Device, Faults, Gated, PullUp, Resistance, Series
from circuitnn.crossbar.evolution import Evolution
from circuitnn.errors import AnalysisError, CircuitnnError, ConvergenceError

NOT_NUMBERS = [float("nan"), None, "", "abc", 1j, object(), [], ("a", "b"), {}, np.array([1.0, 2.0])]
ODD = [*NOT_NUMBERS, 0, -1, 0.5, np.int64(2), np.float64(2.0), 1e300, 2**70]
ARRAY = Crossbar(4, 5, 1e-5, wordline_resistance=1.0, bitline_resistance=1.0)
READ = ARRAY.op(Access(1, 1, 1.0))
CELL = Device("vteam", ron=5e3, roff=1e5, von=-0.7, voff=0.7, aon=3, aoff=3, kon=-4, koff=4, x0=0.5)


def moving():
    """Cells with states, made anew: a call must not leave its traces to the next one."""
    return Evolution(Crossbar(2, 2, CELL, wordline_resistance=1.0, bitline_resistance=1.0))


CALLS = {
    "Crossbar": (lambda *a: Crossbar(*a).op(Access(0, 0, 1.0)), [4, 5, 1e-5]),
    "temp": (lambda t: Crossbar(4, 5, 1e-5, temp=t), [27.0]),
    "mvm": (ARRAY.mvm, [np.ones(4)]),
    "MVM": (lambda v: ARRAY.op(MVM(v)), [np.ones(4)]),
    "Access": (lambda *a: ARRAY.op(Access(*a)), [1, 1, 1.0, "half"]),
    "gates": (lambda side: ARRAY.op(Access(1, 1, 1.0, gates_along=side)), ["rows"]),
    "PullUp": (lambda *a: ARRAY.op(PullUp(*a)), [1, 1, 1.0, 1e3, "one"]),
    "Bias": (lambda *a: ARRAY.op(Bias(left=a[0], bottom=a[1])), [np.ones(4), np.zeros(5)]),
    "Device": (
        lambda name, i0: Crossbar(4, 5, Device(name, i0=i0)).op(Access(1, 1, 1.0)),
        ["sinh_selector", 1e-6],
    ),
    "Series": (
        lambda *a: Crossbar(4, 5, Series(*a)).op(Access(1, 1, 1.0)),
        [Device("sinh_selector"), Resistance(1e4)],
    ),
    "Gated": (lambda *a: Crossbar(4, 5, Gated(*a)).op(Access(1, 1, 1.0)), [Resistance(1e4), Device("ekv")]),
    "sensitivity": (lambda output: ARRAY.sensitivity(READ, output), [0]),
    "sneak_paths": (READ.sneak_paths, [3]),
    "products": (lambda *a: ARRAY.products(a[0]).pull(a[1]), [np.ones((2, 4)), np.ones((2, 5))]),
    "with_cell": (lambda *a: ARRAY.with_cell(*a).mvm(np.ones(4)), [1, 2, 1e-4]),
    "other lines": (lambda *a: ARRAY.op(Access(1, 1, 1.0, "half", *a)), [0.3, 0.2]),
    "stay": (lambda time: moving().stay(Access(0, 0, -1.2), time), [1e-9]),
    "stay_alone": (lambda *a: moving().stay_alone(*a), [-1.2, 1e-9]),
    "conductance": (lambda v: moving().conductance(v), [0.1]),
    "state": (lambda x: moving().set_state("x", x), [0.5]),
}


@pytest.mark.parametrize(
    ("name", "place"), [(n, k) for n, (_, good) in CALLS.items() for k in range(len(good))]
)
@pytest.mark.filterwarnings("ignore")
def test_odd_arguments_are_errors_of_the_package(name, place):
    call, good = CALLS[name]
    for value in ODD:
        try:
            call(*good[:place], value, *good[place + 1 :])
        except CircuitnnError as error:
            assert len(str(error)) > 10


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: ARRAY.op(Access(1, 1, 1.0, gates_along="row")),
            "gates_along = 'row': must be one of rows, columns",
        ),
        (lambda: ARRAY.op(Access(1.5, 1, 1.0)), "row = 1.5: a whole number"),
        (lambda: ARRAY.sensitivity(READ, 0.9), "output = 0.9: a whole number"),
        (lambda: ARRAY.op(PullUp(1, 1, 1.0, 1e3, [1, 2.5])), r"pulled = \[1, 2.5\]: .* whole numbers"),
        (lambda: Crossbar(4, 5, 1e-5, faults=Faults(opens=[(0, 9)])), "is not in an array"),
    ],
)
def test_what_was_rounded_or_taken_for_something_else_is_an_error(call, says):
    with pytest.raises(AnalysisError, match=says):
        call()


def test_states_stay_where_they_were_if_they_cannot_be_followed():
    """A rate that no step follows: the next pulse begins from the states before."""
    evolution = moving()
    before = evolution.state("x")
    with pytest.raises(ConvergenceError):
        evolution.stay(Access(0, 0, -1e60), 1e-9)
    np.testing.assert_array_equal(evolution.state("x"), before)
    assert evolution.stay(Access(0, 0, -1.2), 1e-9).change["x"][0, 0] < -0.1
    with pytest.raises(AnalysisError, match="voltage = 0 V"):
        evolution.conductance(0.0)
    with pytest.raises(AnalysisError, match="must not be negative"):
        evolution.stay_alone(-1.2, -1e-9)
