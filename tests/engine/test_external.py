"""Sources whose values functions give while a transient runs."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, CircuitnnError

DECK = """low pass, driven from outside
v1 a 0 dc 0.25 external
r1 a b 1k
c1 b 0 1u
.end
"""


def test_a_driven_low_pass_follows_its_closed_form():
    w, tau = 2.0 * math.pi * 50.0, 1e-3
    circuit = Circuit.from_text(DECK.replace("dc 0.25", "dc 0"))
    r = circuit.with_external(V1=lambda t: math.sin(w * t)).tran("40m", tmax="10u")
    h = 1.0 / (1.0 + 1j * w * tau)
    steady = abs(h) * np.sin(w * r.time + np.angle(h))
    exact = steady - abs(h) * np.sin(np.angle(h)) * np.exp(-r.time / tau)
    np.testing.assert_allclose(r["v(b)"], exact, atol=2e-6)


def test_operating_points_have_the_dc_value_and_copies_multiply_currents():
    assert Circuit.from_text(DECK).op()["v(b)"] == pytest.approx(0.25)
    deck = "x\ni1 0 a dc 0 external m=3\nr1 a 0 1\n.end\n"
    r = Circuit.from_text(deck).with_external(i1=lambda t: 2.0 * t).tran("1m")
    np.testing.assert_allclose(r["v(a)"], 6.0 * r.time, atol=1e-12)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda t: 1.0 / 0.0, "function of v1 failed at t = 0 s: "),
        (lambda t: math.nan if t > 5e-4 else 0.0, "nan is not finite"),
        (lambda t: "x", "could not convert"),
    ],
)
def test_a_function_that_fails_ends_the_run_with_its_points(function, message):
    with pytest.raises(CircuitnnError, match=message) as caught:
        Circuit.from_text(DECK).with_external(v1=function).tran("1m")
    assert caught.value.result is not None


def test_an_interrupt_in_the_function_is_one_of_the_run():
    def function(t):
        if t > 5e-4:
            raise KeyboardInterrupt
        return 1.0

    r = Circuit.from_text(DECK).with_external(v1=function).tran("1m")
    assert not r.complete and "interrupted" in r.message


def test_what_has_no_function_or_no_word_is_an_error():
    circuit = Circuit.from_text(DECK)
    with pytest.raises(AnalysisError, match=r"with_external\(v1=function\)"):
        circuit.tran("1m")
    with pytest.raises(AnalysisError, match="r1 is not a source"):
        circuit.with_external(r1=lambda t: 1.0)
    assert "external" in circuit.export()
