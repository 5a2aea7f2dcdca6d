"""Integration methods and step controllers are values: what they promise, and that a new one is one file."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn._cext.method import Method
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.solvers import methods
from circuitnn.solvers.methods import Stage

SDIRK = '''
"""Two-stage diagonally implicit Runge-Kutta method of second order, stiffly accurate (Alexander 1977)."""

from math import sqrt

from circuitnn._cext.method import Method
from circuitnn.solvers.methods import Stage, be

G = 1.0 - 1.0 / sqrt(2.0)
SYNONYMS = ("alexander",)
METHOD = Method(
    "sdirk2",
    (Stage(G, 1.0 / G, (-1.0 / G,)), Stage(1.0, 1.0 / G, (-1.0 / G,), (0.0, -(1.0 - G) / G))),
    starter=be.METHOD,
)
'''
RC = """relaxation of a ring
v1 a 0 pulse(0 1 0 1u 1u 1 2)
r1 a b 100
l1 b c 1m
c1 c 0 10n
r2 c 0 1k
.options method={method} reltol={reltol}
.tran 1u 100u
.end
"""


def exact(t):
    """Voltage of the resonator above from its eigenvalues, for a ramp of 1 us."""
    A = np.array([[-100.0 / 1e-3, -1.0 / 1e-3], [1.0 / 10e-9, -1.0 / (1e3 * 10e-9)]])
    b = np.array([1.0 / 1e-3, 0.0])
    values, vectors = np.linalg.eig(A)
    w = np.linalg.solve(vectors, b.astype(complex))

    def ramp(s):
        s = np.maximum(s, 0.0)[:, None]
        return vectors[1] * w * ((np.exp(values * s) - 1.0) / values**2 - s / values)

    return np.real(np.sum(ramp(t) - ramp(t - 1e-6), axis=1)) / 1e-6


@pytest.fixture
def sdirk(tmp_path, monkeypatch):
    (tmp_path / "sdirk2.py").write_text(SDIRK)
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(tmp_path)])


@pytest.mark.parametrize("method", ["trap", "gear", "blend", "trbdf2", "sdirk2", "alexander"])
def test_a_method_is_a_file(sdirk, method):
    result = Circuit.from_text(RC.format(method=method, reltol="1e-7 trtol=1")).run()[0]
    assert np.max(np.abs(result["v(c)"] - exact(result.time))) < 1e-4


def test_an_unknown_method_is_named_with_those_there_are():
    known = "method = rk4: must be be, blend, gear, trap or trbdf2"
    with pytest.warns(DeckWarning, match=f"{known}; it has no effect"):
        Circuit.from_text(RC.format(method="rk4", reltol=1e-3)).run()
    with pytest.raises(AnalysisError, match=known):
        Circuit.from_text(RC.format(method="trap", reltol=1e-3)).tran(1e-6, method="rk4")


def test_the_stages_of_tr_bdf2_share_their_matrix():
    """A linear circuit factors as often as with one stage, though it solves twice."""
    one, two = (
        Circuit.from_text(RC.format(method=m, reltol=1e-3)).run()[0].statistics for m in ("trap", "trbdf2")
    )
    assert two.iterations > 1.5 * two.points
    changes = [(s.factorisations + s.refactorisations) / s.points for s in (one, two)]
    assert changes[1] < changes[0] + 0.05


def test_tr_bdf2_does_not_ring():
    """A capacitor between sources whose current jumps: the trapezoidal rule alternates, TR-BDF2 does not."""
    deck = "t\nv1 a 0 pwl(0 0 1u 1 10u 1)\nr1 a b 1m\nc1 b 0 1n\n.options method=trbdf2\n.tran 10n 10u\n.end"
    result = Circuit.from_text(deck).run()[0]
    late = result["i(v1)"][result.time > 1.2e-6]
    assert np.max(np.abs(late)) < 1e-9


@pytest.mark.parametrize(
    ("stages", "order", "divisor"),
    [
        ((Stage(1.0, 1.0, (-1.0,)),), 1, 2.0),
        ((Stage(1.0, 2.0, (-2.0,), (-1.0,)),), 2, 12.0),
        (methods.find("trbdf2").stages, 2, 1.0 / 0.04044011451988086),
    ],
)
def test_order_and_error_follow_from_the_weights(stages, order, divisor):
    """Error of one step for q = t**(order + 1), found by taking the step."""
    method = Method("mine", stages)
    assert method.order == order
    ends, charges, rates = [0.0], [0.0], [0.0]
    for stage in stages:
        rate = (order + 1) * stage.at**order
        known = sum(w * q for w, q in zip(stage.charges, charges, strict=False))
        known += sum(w * r for w, r in zip(stage.rates, rates, strict=False))
        ends.append(stage.at)
        charges.append((rate - known) / stage.alpha)
        rates.append(rate)
    error = abs(charges[-1] - 1.0)
    assert error == pytest.approx((2.0 if order == 1 else 6.0) / divisor, rel=1e-12)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ((Stage(1.0, 1.0, (-0.9,)),), "do not integrate a constant rate"),
        ((Stage(0.5, 1.0, (-1.0,)),), "the last stage must end at 1"),
        ((Stage(1.0, -1.0, (1.0,)),), "alpha be positive"),
        ((Stage(1.0, 1.0, (-1.0, 0.5)),), "stage 1 knows 1 charges"),
        ((Stage(1.0, 1.0, (-1.0,)),) * 4, "at most 3"),
    ],
)
def test_weights_that_are_no_method_are_refused(stages, message):
    with pytest.raises(ValueError, match=message):
        Method("mine", stages)


@pytest.mark.parametrize(
    ("given", "message"), [({"blend": 0.4}, "not stable"), ({"highest": 6}, "must be 2 to 5")]
)
def test_multistep_formulas_that_are_none_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Method("mine", **given)
