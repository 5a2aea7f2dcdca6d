"""Whatever the arguments of an array, a bias or a result are, they are used, or an error says what is wrong."""

import numpy as np
import pytest

from circuitnn.crossbar import MVM, Access, Bias, Crossbar, Device, Faults, Gated, PullUp, Resistance, Series
from circuitnn.errors import AnalysisError, CircuitnnError

NOT_NUMBERS = [float("nan"), None, "", "abc", 1j, object(), [], ("a", "b"), {}, np.array([1.0, 2.0])]
ODD = [*NOT_NUMBERS, 0, -1, 0.5, np.int64(2), np.float64(2.0), 1e300, 2**70]
ARRAY = Crossbar(4, 5, 1e-5, wordline_resistance=1.0, bitline_resistance=1.0)
READ = ARRAY.op(Access(1, 1, 1.0))
CALLS = {
    "Crossbar": (lambda *a: Crossbar(*a).op(Access(0, 0, 1.0)), [4, 5, 1e-5]),
    "temperature": (lambda t: Crossbar(4, 5, 1e-5, temperature=t), [27.0]),
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
        (lambda: ARRAY.op(PullUp(1, 1, 1.0, 1e3, [1, 2.5])), "col = 2.5: a whole number"),
        (lambda: Crossbar(4, 5, 1e-5, faults=Faults(opens=[(0, 9)])), "is not in an array"),
    ],
)
def test_what_was_rounded_or_taken_for_something_else_is_an_error(call, says):
    with pytest.raises(AnalysisError, match=says):
        call()
