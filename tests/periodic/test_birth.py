"""Families of cycles that begin at Hopf points.

Oracles: the Stuart-Landau equation in closed form, the van der Pol oscillator by SciPy, and the same families reached
from a transient.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, NetlistError

OSCILLATORS = Path(__file__).resolve().parents[2] / "netlists/oscillator"
VAN_DER_POL = "van der Pol\n.param mu=-1\nb1 a 0 i={-mu*v(a)+v(a)*v(a)*v(a)}\nl1 a 0 2\nc1 a 0 0.5\n"


def landau(fifth, more=""):
    """z' = (µ + j)·z + z·|z|² - fifth·z·|z|⁴: subcritical at 0, folds at -1/(4·fifth)."""
    r2 = "(v(x)*v(x)+v(y)*v(y))"
    growth = f"({{mu}}+{r2}-{fifth!r}*{r2}*{r2})"
    return Circuit.from_text(
        f"t\n.param mu=-1\nc1 x 0 1\nc2 y 0 1\nb1 0 x i={growth}*v(x)-v(y)\nb2 0 y i=v(x)+{growth}*v(y)\n{more}\n.end\n"
    )


def test_van_der_pol_grows_from_its_point():
    """Amplitude √(4·µ/3) near the point; far away amplitude and period are those of SciPy's."""
    found = Circuit.from_text(VAN_DER_POL + ".end").cycles("mu", -1, 1, hopf=1)
    assert found.measures["hopf1"] == pytest.approx(0.0, abs=1e-10)
    mu, top = found.data[:, 0], found.array("max(v(a))")
    assert mu[0] < 1e-3 and mu[-1] == 1.0 and found.array("stable").all()
    small = mu < 0.01
    assert np.count_nonzero(small) > 3
    assert top[small] == pytest.approx(np.sqrt(4.0 * mu[small] / 3.0), rel=2e-3)
    assert found.special[0].onset.kind == "supercritical"

    def right(_, z):
        return [(z[0] - z[0] ** 3 - z[1]) / 0.5, z[0] / 2.0]

    def rises(_, z):
        return z[0]

    rises.direction = 1.0
    run = solve_ivp(right, (0.0, 200.0), [1.0, 0.0], "DOP853", rtol=1e-11, atol=1e-12, events=rises)
    assert 1.0 / found.array("frequency")[-1] == pytest.approx(
        run.t_events[0][-1] - run.t_events[0][-2], rel=1e-5
    )


@pytest.mark.long
def test_a_subcritical_family_folds():
    """From the point at 0 unstable cycles lead to the fold at -1/4, and stable ones to the end of the range."""
    circuit = landau(1.0)
    (point,) = circuit.arc("mu", -0.5, 0.5, 20).special
    assert point.onset.kind == "subcritical" and point.onset.side == -1
    found = circuit.cycles("mu", -0.5, 0.5, hopf=point, tolerance=1e-7)
    assert list(found.measures) == ["hopf1", "fold1"]
    assert found.measures["hopf1"] == pytest.approx(0.0, abs=1e-9)
    assert found.measures["fold1"] == pytest.approx(-0.25, abs=1e-6)
    mu, square = found.data[:, 0], found.array("max(v(x))") ** 2
    assert mu == pytest.approx(square**2 - square, abs=5e-3)
    stable = found.array("stable") == 1.0
    assert not stable[0] and stable[-1] and mu[-1] == 0.5
    assert np.array_equal(stable, square > 0.5)


@pytest.mark.long
def test_both_points_of_niobium_dioxide_give_one_family():
    """Each way ends at the other point; rows are cycles that a transient reaches as well."""
    circuit = Circuit.from_text(
        f"nbo2\n.include {OSCILLATORS / 'nbo2_poole_frenkel.inc'}\nVdd vdd 0 2\nRl vdd a 6k\nC1 a 0 1p ic=0\n"
        "X1 a 0 t nbo2\n.options vntol=1e-9 abstol=1e-15 chgtol=1e-19\n.end\n"
    )
    low, high = circuit.arc("vdd", 1, 4).special
    up, down = (circuit.cycles("vdd", 1, 4, hopf=number) for number in (1, 2))
    for found, first, last in ((up, low, high), (down, high, low)):
        assert found.measures["hopf1"] == pytest.approx(first.value, abs=1e-7)
        assert found.measures["hopf2"] == pytest.approx(last.value, abs=1e-6)
        assert [s.onset.kind for s in found.special] == ["supercritical", "supercritical"]
    reached = circuit.cycles("vdd", 2.0, 2.1, tstab="1u", uic=True)
    order = np.argsort(up.data[:, 0])
    for name in ("frequency", "max(v(a))"):
        between = np.interp(2.0, up.data[order, 0], up.array(name)[order])
        assert between == pytest.approx(reached.array(name)[0], rel=5e-3)


@pytest.mark.long
def test_cycles_that_turn_a_hysteresis_have_no_normal_form():
    """Vanadium dioxide remembers where its temperature turned: however small a cycle is, it turns there."""
    circuit = Circuit.from_text(
        "t\nvdd vdd 0 1\nrl vdd a 5k\nc1 a 0 1n\nn1 a 0 m\n.model m vo2_thermal\n.end"
    )
    arc = circuit.arc("vdd", 8, 8.3, 10, settled=True)
    assert any("n1 has no event along them" in note for note in arc.statistics.notes)
    with pytest.raises(AnalysisError, match="events change what devices remember"):
        circuit.cycles("vdd", 0.5, 12, hopf=1)


@pytest.mark.parametrize(
    ("current", "card", "message"),
    [
        ("v(a)*v(a)*v(a)", "-1 1 hopf 2", "1 Hopf points lie on the curve of operating points .*, not 2"),
        ("v(a)*v(a)*v(a)", "-1 -0.5 hopf", "no Hopf points lie on"),
        ("0", "-1 1 hopf", "is undecided"),
        ("v(a)*v(a)*v(a)\ni1 0 a sin(0 1 1)", "-1 1 hopf", "sources drive"),
    ],
)
def test_what_cannot_begin(current, card, message):
    text, *more = current.split("\n")
    deck = VAN_DER_POL.replace("v(a)*v(a)*v(a)", text) + "\n".join(more)
    with pytest.raises(AnalysisError, match=message):
        Circuit.from_text(f"{deck}\n.cycles mu {card}\n.end").run()


def test_words_and_points_of_other_circuits():
    circuit = Circuit.from_text(VAN_DER_POL + ".end")
    (point,) = circuit.arc("mu", -1, 1, 10).special
    with pytest.raises(AnalysisError, match="have larger values, beyond the range"):
        circuit.cycles("mu", -1, -0.5, hopf=point)
    with pytest.raises(AnalysisError, match="does not know"):
        landau(1.0).cycles("mu", -1, 1, hopf=point)
    with pytest.raises(AnalysisError, match="along mu is no Hopf point along temp"):
        circuit.cycles("temp", 1, 2, hopf=point)
    with pytest.raises(AnalysisError, match="either tstab or the number of hopf"):
        circuit.cycles("mu", -1, 1)
    with pytest.raises(NetlistError, match="with hopf takes a name"):
        Circuit.from_text(VAN_DER_POL + ".cycles mu -1 1 hopf 1 2\n.end").run()
    card = ".cycles mu -1 0.05 hopf"
    (found,) = Circuit.from_text(f"{VAN_DER_POL}{card}\n.end").run()
    assert found.measures["hopf1"] == pytest.approx(0.0, abs=1e-10) and found.data[-1, 0] == 0.05
    assert "* .cycles param:mu -1.0 0.05 hopf 1" in Circuit.from_text(f"{VAN_DER_POL}{card}\n.end").export()
