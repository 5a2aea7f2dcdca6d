"""Sources with transfer functions of s: what they do, and what is refused."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError, TopologyError

BASE = ["filters", ".param tau=1u", ".func w(s) {1/(1+s*tau)}", "v1 a 0 2 ac 1", "r1 a 0 1k"]


def circuit(*cards):
    return Circuit.from_text("\n".join([*BASE, *cards, "rb b 0 1k", ""]))


@pytest.mark.parametrize(
    ("card", "exact"),
    [
        ("e1 b 0 laplace {v(a)} = {1/(1+s*tau)}", lambda s: 1 / (1 + s * 1e-6)),
        ("e1 b 0 laplace {v(a)} {1/(1+s/1meg)^3}", lambda s: 1 / (1 + s * 1e-6) ** 3),
        ("e1 b 0 a 0 laplace=1e12/(s**2+1.4e6*s+1e12)", lambda s: 1e12 / (s**2 + 1.4e6 * s + 1e12)),
        (
            "e1 b 0 laplace {3*v(a)} {(s**2+1e12)/(s**2+1e6*s+1e12)}",
            lambda s: 3 * (s**2 + 1e12) / (s**2 + 1e6 * s + 1e12),
        ),
        ("e1 b 0 a 0 laplace(s*{tau})", lambda s: s * 1e-6),
        (
            "e1 b 0 a 0 laplace=(1+s*1u)*(1+s*2u)/(1+s*3u)",
            lambda s: (1 + s * 1e-6) * (1 + s * 2e-6) / (1 + s * 3e-6),
        ),
        ("e1 b 0 laplace {v(a)} {5}", lambda s: 5 + 0 * s),
        ("g1 0 b laplace {v(a)} {1m/(1+s*tau)} m=2", lambda s: 2 / (1 + s * 1e-6)),
        ("b1 b 0 v=v(a)*2 laplace(w(s)+w(2*s))", lambda s: 2 / (1 + s * 1e-6) + 2 / (1 + s * 2e-6)),
        ("e1 b 0 laplace {v(a)} {1e7/(1+s/6)-1/s*0}", lambda s: 1e7 / (1 + s / 6)),
    ],
)
def test_phasors_are_the_function(card, exact):
    found = circuit(card).ac(1.0, 1e9, 3)
    np.testing.assert_allclose(found["v(b)"], exact(2j * np.pi * found["frequency"]), rtol=1e-9)


def test_step_of_two_instances_with_their_own_parameters():
    deck = [
        "steps",
        "v1 a 0 pulse(0 1 0 1p 1p 1)",
        "x1 a b lag t=1u",
        "x2 a c lag t=10u",
        ".subckt lag in out t=1",
        "e1 out 0 in 0 laplace=1/(1+s*{t})",
        "r1 out 0 1k",
        ".ends",
    ]
    found = Circuit.from_text("\n".join([*deck, ""])).tran("5u", reltol=1e-6)
    for name, tau in (("v(b)", 1e-6), ("v(c)", 1e-5)):
        np.testing.assert_allclose(found[name], -np.expm1(-found["time"] / tau), atol=2e-4)
    assert [name for name in found.names if "#" in name] == []


def test_integrator_in_a_loop_rests_where_its_input_is_0():
    assert circuit("e1 b 0 laplace {v(a)-v(b)/10} {1e6/s}").op()["v(b)"] == pytest.approx(20.0)


def test_integrator_without_a_loop_has_no_operating_point():
    with pytest.raises(TopologyError, match="e1#x0 has no direct-current path"):
        circuit("e1 b 0 laplace {v(a)} {1/s}").op()


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("e1 b 0 laplace {v(a)} {exp(-s*1n)}", r"ratio of polynomials in s, without exp\(\)"),
        ("e1 b 0 laplace {v(a)} {1/(1+sqrt(s))}", r"without sqrt\(\)"),
        ("e1 b 0 laplace {v(a)} {s**tau}", "without powers that are not numbers"),
        ("e1 b 0 laplace {v(a)} {s*s}", "the numerator has degree 2, the denominator 0"),
        ("e1 b 0 laplace {v(a)} {s*v(a)}", r"'v\(a\)' in a transfer function"),
        ("e1 b 0 laplace {v(a)} {1/(1+s*foo)}", "unknown parameter 'foo'"),
        ("e1 b 0 a laplace=1/s", "takes two controlling nodes"),
        ("e1 b 0 freq {v(a)} = (1,0,0) (10,-20)", "freq takes an expression and rows of three numbers"),
        ("e1 b 0 freq {v(a)} = (10,0,0) (1,-20,0)", "frequencies of 'e1' must increase"),
    ],
)
def test_anything_else_is_refused(card, message):
    with pytest.raises(NetlistError, match=message):
        circuit(card).op()


def test_windows_of_other_solvers_are_said():
    with pytest.warns(DeckWarning, match="'window' of 'e1' has no effect"):
        circuit("e1 b 0 a 0 laplace=1/(1+s) window=1m").op()
