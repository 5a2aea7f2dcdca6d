"""Continuation: whole curves, folds included, against curves in closed form."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, ConvergenceError, NetlistError
from circuitnn.machine.budget import limits


def arc(text, *arguments, **options):
    return Circuit.from_text(f"t\n{text}\n.end\n").arc(*arguments, **options)


def turns(r):
    """Values of the source at which the curve turns back."""
    (note,) = (n for n in r.statistics.notes if n.startswith("arc: folds"))
    return [float(w) for w in note.split("=")[1].split(",")]


@pytest.mark.long
@pytest.mark.parametrize(("start", "stop"), [(-1.0, 1.0), (1.0, -1.0)])
def test_the_whole_fold(start, stop):
    """V = s³ - s turns at ±2/(3·√3)."""
    r = arc(f"v1 1 0 0\nn1 1 0 m\n.model m fold s0={1.3 * np.sign(start)}", "v1", start, stop, reltol=1e-6)
    v, s = r["v(1)"], r["@n1[s]"]
    assert v[0] == start and v[-1] == stop
    assert np.allclose(v, s**3 - s, atol=1e-9)
    assert np.all(
        np.diff(s) * np.sign(stop - start) > 0.0
    )  # every s once: both outer branches and the middle
    assert np.array_equal(v, r[r.axis])
    fold = 2.0 / (3.0 * math.sqrt(3.0))
    assert turns(r) == pytest.approx([np.sign(stop) * fold, np.sign(start) * fold], abs=1e-5)


@pytest.mark.long
def test_points_lie_as_densely_as_asked():
    for points in (50, 200):
        r = arc("v1 1 0 0\nn1 1 0 m\n.model m fold s0=-1.3", "v1", -1, 1, points)
        assert np.max(np.abs(np.diff(r["@n1[s]"]))) < 1.31 * 1.3248 / points


@pytest.mark.long
def test_thermal_ndr_under_voltage_drive():
    """The middle branch, which no transient and no voltage sweep sees: v = i·R along i² = Gamma·dT/R."""
    r = arc("v1 1 0 0\nn1 1 0 m\n.model m pickett", "v1", 0.01, 2.0, reltol=1e-6)
    v, i, y = r["v(1)"], -r["i(v1)"], r["@n1[y]"]
    rho = 7e-3 * 20e-9 / (math.pi * 9e-16)
    resistance = rho / (1.0 + 69.0 * np.exp(2.0 * y))
    inside = (y > -39.9) & (y < -1.1e-3)
    assert inside.sum() > 100
    assert v[inside] / i[inside] == pytest.approx(resistance[inside], rel=1e-9)
    assert (i**2 * resistance)[inside] == pytest.approx(
        (-2 * math.pi * 20e-9 * 1.5 / y * 784.0)[inside], rel=1e-6
    )
    assert turns(r) == pytest.approx([1.44471, 0.74449], abs=2e-5)


@pytest.mark.long
def test_load_line_decides_on_folds():
    card = "\nn1 2 0 m\n.model m pickett"
    assert turns(arc(f"v1 1 0 0\nr1 1 2 1{card}", "v1", 0.01, 3.0))
    stiff = arc(f"i1 0 2 0{card}", "i1", 1e-6, 400e-6)
    assert not any("folds" in n for n in stiff.statistics.notes)
    assert stiff["v(2)"].max() == pytest.approx(1.44471, rel=1e-4)


def test_tunnel_diode_under_current_drive():
    """N-shaped curves fold under current drive, where the cubic is flat."""
    b = "i={1e-3*v(%s)-2e-3*v(%s)^2+1.1e-3*v(%s)^3}"
    one = arc("i1 0 1 0\nb1 1 0 " + b % ("1", "1", "1"), "i1", 0.0, 1e-3, reltol=1e-6)
    roots = np.roots([3.3, -4.0, 1.0]).real
    expected = sorted(1e-3 * v - 2e-3 * v**2 + 1.1e-3 * v**3 for v in roots)
    assert sorted(turns(one)) == pytest.approx(expected, rel=1e-3)


def test_linear_circuits_have_straight_arcs():
    r = arc("v1 1 0 0\nr1 1 2 1k\nr2 2 0 3k", "v1", 0, "4", 20)
    assert r["v(2)"] == pytest.approx(0.75 * r["v(1)"])
    assert r["v(1)"][-1] == 4.0


@pytest.mark.long
def test_card_runs_and_prints():
    deck = "t\nv1 1 0 0\nn1 1 0 m\n.model m fold s0=-1.3\n.arc v1 -1 1 50\n.meas dc top MAX @n1[s]\n.end"
    (r,) = Circuit.from_text(deck).run()
    assert r.measures["top"] == pytest.approx(1.32472, rel=1e-4)


def test_faults():
    with pytest.raises(AnalysisError, match="there is no v9 to follow"):
        arc("v1 1 0 0\nr1 1 0 1", "v9", 0, 1)
    with pytest.raises(AnalysisError, match="must differ"):
        arc("v1 1 0 0\nr1 1 0 1", "v1", 1, 1)
    for card, message in [
        ("v1 0", "takes source"),
        ("r9 0 1", "no source, resistor or parameter 'r9'"),
        ("v1 1 1", "must differ"),
    ]:
        with pytest.raises(NetlistError, match=message):
            Circuit.from_text(f"t\nv1 1 0 0\nr1 1 0 1\n.arc {card}\n.end").run()


def test_a_curve_that_ends_keeps_its_points():
    """sqrt has no real value beyond its end: what was found up to there is in the error."""
    with pytest.raises(ConvergenceError) as failure:
        arc(
            "v1 1 0 0\nr1 1 2 1k\nb1 2 0 i=v(2)<0.5 ? 1e-3 : 1e-3+1e3*(v(2)-0.5)^2*(time+1e9)",
            "v1",
            0,
            1e9,
            50,
        )
    assert failure.value.result is not None and len(failure.value.result) > 1


@pytest.mark.long
def test_an_arc_ends_at_its_end_whatever_rounding_makes_of_its_steps():
    """Three steps of 0.2 fell short of 0.6 by rounding, and the next one began there: it went on for ever."""
    text = "t\n.param mu=0.5\nb1 a 0 i=mu*(v(a)*v(a)*v(a)/3-v(a))\nr1 a 0 1\n.end\n"
    for points in (2, 3, 5, 6, 7, 10):
        for stop in (0.6, 0.7, 0.3):
            result = Circuit.from_text(text).arc("mu", 0, stop, points)
            assert result[result.axis][-1] == pytest.approx(stop, rel=1e-12) and len(result) < 100


def test_progress_rises_to_the_end_and_points_have_a_limit():
    """A curve that turns back does not undo what has been gone; a limit keeps the points so far."""
    fold = Circuit.from_text("t\nv1 1 0 0\nn1 1 0 m\n.model m fold s0=-1.3\n.end")
    told = []
    fold.arc("v1", -1, 1, 40, progress=lambda fraction, text: told.append((fraction, text)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and 0.9 < fractions[-1] <= 1.0 and {t for _, t in told} == {"arc"}
    with pytest.raises(ConvergenceError, match="points") as failure, limits(points=20):
        fold.arc("v1", -1, 1, 40)
    assert 15 <= len(failure.value.result) <= 20
