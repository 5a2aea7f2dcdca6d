import re
import shutil
import subprocess

import numpy as np
import pytest

from circuitnn.equations.graph import symbol
from circuitnn.errors import NetlistError, UnknownNameError
from circuitnn.flat import Sweep
from circuitnn.flat.measure_request import Crossing, Measure
from circuitnn.records import replace
from circuitnn.results import rawfile
from circuitnn.results.evaluation import evaluate, variables
from circuitnn.results.measure import measure, report
from circuitnn.results.result import Result

# Triangles of height 1, 2 and 3, with corners every second; v(c) is the time itself.
CORNERS = np.array([0.0, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0])


def with_values(result, rows, values):
    """A result with other values of the first voltage."""
    data = result.data.copy()
    data[rows, 1] = values
    return replace(result, data=data)


def triangles(step=0.125):
    t = np.arange(0.0, 6.0 + step / 2, step)
    a = np.interp(t, np.arange(7.0), CORNERS)
    names = ("time", "v(a)", "v(b)", "v(c)", "i(v1)")
    types = ("time", "voltage", "voltage", "voltage", "current")
    return Result(
        "triangles",
        "tran",
        "Transient Analysis",
        "time",
        names,
        types,
        np.column_stack([t, a, np.ones_like(t), t, -1e-3 * a]),
    )


def sweep(points, values, sweeps=()):
    data = np.column_stack([points, values])
    names, types = ("v-sweep", "v(b)"), ("voltage", "voltage")
    return Result("s", "dc", "DC transfer characteristic", "v-sweep", names, types, data, sweeps=sweeps)


def one(result, kind, signal="", **more):
    (outcome,) = measure([Measure("m", result.analysis, kind, signal, **more)], result)
    return outcome


def value(result, kind, signal="", **more):
    outcome = one(result, kind, signal, **more)
    assert outcome.value is not None, outcome.message
    return outcome.value


@pytest.mark.parametrize(
    ("edge", "count", "moment"),
    [
        ("cross", 1, 0.5),
        ("cross", 2, 1.5),
        ("cross", 3, 2.25),
        ("cross", -1, 6 - 1 / 6),
        ("rise", 2, 2.25),
        ("rise", -1, 4 + 1 / 6),
        ("fall", 1, 1.5),
        ("fall", -1, 6 - 1 / 6),
    ],
)
def test_when(edge, count, moment):
    found = value(triangles(), "when", when=Crossing("v(a)", 0.5, edge, count))
    assert found == pytest.approx(moment, rel=1e-12)


def test_when_of_two_signals():
    assert value(triangles(), "when", when=Crossing("v(a)", "v(b)", "rise", 3)) == pytest.approx(4 + 1 / 3)


def test_crossings_are_counted_from_the_window_on():
    event = Crossing("v(a)", 0.5, "rise", 2)
    assert value(triangles(), "when", when=event, start=1.2, stop=5.9) == pytest.approx(4 + 1 / 6)
    late = Crossing("v(a)", 0.5, "rise", 1, delay=1.2)
    assert value(triangles(), "when", when=late) == pytest.approx(2.25)


def test_a_touch_from_below_is_a_rise_and_a_fall():
    t = np.array([0.0, 1.0, 2.0, 3.0])
    r = replace(triangles(), data=np.column_stack([t, [0.0, 0.5, 0.0, 0.0], t, t, t]))
    assert value(r, "when", when=Crossing("v(a)", 0.5, "rise")) == 1.0
    assert value(r, "when", when=Crossing("v(a)", 0.5, "fall")) == 1.0
    assert one(r, "when", when=Crossing("v(a)", 0.5, "cross", 3)).value is None


def test_a_start_on_the_level_is_no_crossing():
    assert one(triangles(), "when", when=Crossing("v(c)", 0.0)).value is None


def test_find():
    r = triangles()
    assert value(r, "find", "v(c)", at=2.505) == pytest.approx(2.505)
    assert value(r, "find", "v(c)", when=Crossing("v(a)", 0.5, "fall", 2)) == pytest.approx(3.75)
    assert value(r, "find", "v(a)", at=0.0) == 0.0
    assert value(r, "find", "v(a)", at=6.0) == 0.0
    assert value(r, "find", "v(c,a)", at=2.5) == pytest.approx(1.5)
    assert "outside" in one(r, "find", "v(a)", at=10.0).message


def test_derivative():
    assert value(triangles(), "deriv", "v(a)", at=2.55) == pytest.approx(2.0)
    r = triangles(0.01)
    r = with_values(r, slice(None), np.sin(r.time))
    # Parabolas through three points: the error falls with the square of the step.
    assert value(r, "deriv", "v(a)", at=2.503) == pytest.approx(np.cos(2.503), abs=5e-5)
    assert value(r, "deriv", "v(a)", at=0.0) == pytest.approx(1.0, abs=5e-3)


def test_delay():
    trigger, target = Crossing("v(a)", 0.5, "rise", 1), Crossing("v(a)", 0.5, "rise", 2)
    outcome = one(triangles(), "delay", trigger=trigger, target=target)
    assert outcome.value == pytest.approx(1.75)
    assert dict(outcome.details) == pytest.approx({"targ": 2.25, "trig": 0.5})
    assert value(triangles(), "delay", trigger=1.0, target=3.0) == 2.0
    assert value(triangles(), "delay", trigger=target, target=trigger) == pytest.approx(-1.75)


@pytest.mark.parametrize(
    ("kind", "window", "expected"),
    [
        ("avg", (np.nan, np.nan), 1.0),
        ("avg", (1.0, 3.0), 0.75),
        ("avg", (0.55, 0.65), 0.6),
        ("integ", (np.nan, np.nan), 6.0),
        ("integ", (0.3, 0.7), 0.2),
        ("integ", (1.5, 20.0), 5.125),
        ("min", (0.55, 1.5), 0.5),
        ("max", (0.0, 2.55), 1.1),
        ("pp", (0.5, 2.5), 1.0),
        ("max_at", (np.nan, np.nan), 5.0),
        ("min_at", (0.55, 1.3), 0.55),
    ],
)
def test_windows_are_cut_exactly(kind, window, expected):
    start, stop = window
    assert value(triangles(), kind, "v(a)", start=start, stop=stop) == pytest.approx(expected, rel=1e-12)


def test_rms():
    # ∫ of the squares of the three triangles: 2/3 (1 + 4 + 9).
    assert value(triangles(1 / 256), "rms", "v(a)") == pytest.approx(np.sqrt(28 / 3 / 6), rel=1e-5)


def test_td_opens_the_window():
    assert value(triangles(), "min", "v(c)", delay=5.0) == 5.0


def test_a_window_without_points_fails():
    assert "no point" in one(triangles(), "avg", "v(a)", start=7.0, stop=8.0).message


def test_a_falling_sweep_measures_as_a_rising_one():
    x = np.linspace(-2.0, 2.0, 41)
    for points in (x, x[::-1]):
        r = sweep(points, points / 2)
        assert value(r, "find", "v(b)", at=0.55) == pytest.approx(0.275)
        assert value(r, "integ", "v(b)", start=0.0, stop=1.0) == pytest.approx(0.25)
        assert value(r, "avg", "v(b)", start=1.0, stop=0.0) == pytest.approx(0.25)
        assert value(r, "max", "v(b)", start=-1.0, stop=1.0) == pytest.approx(0.5)


def test_inner_sweeps_are_not_joined():
    x = np.linspace(0.0, 1.0, 5)
    axes = (Sweep("v1", tuple(x)), Sweep("v2", (0.0, 1.0)))
    r = sweep(np.tile(x, 2), np.concatenate([x, x]), axes)
    assert value(r, "when", when=Crossing("v(b)", 0.6, "rise", 2)) == pytest.approx(0.6)
    assert one(r, "when", when=Crossing("v(b)", 0.6, "fall", 1)).value is None


def test_a_single_point():
    r = sweep(np.array([1.0]), np.array([3.0]))
    assert value(r, "find", "v(b)", at=1.0) == 3.0
    assert value(r, "avg", "v(b)") == 3.0
    assert one(r, "deriv", "v(b)", at=1.0).value is None


def test_operating_point():
    r = Result("t", "op", "Operating Point", None, ("v(a)",), ("voltage",), np.array([[2.0]]))
    assert value(r, "find", "v(a)", at=0.0) == 2.0
    assert value(r, "max", "v(a)") == 2.0
    assert "no axis" in one(r, "when", when=Crossing("v(a)", 1.0)).message


def test_param_uses_what_was_measured_before():
    r = triangles()
    cards = [
        Measure("top", "tran", "max", "v(a)"),
        Measure("gone", "tran", "find", "v(zz)", at=1.0),
        Measure("double", "tran", "param", expression=symbol("top") * 2.0 + 1.0),
        Measure("lost", "tran", "param", expression=symbol("gone") * 2.0),
        Measure("other", "dc", "max", "v(a)"),
    ]
    outcomes = measure(cards, r)
    assert r.measures == {"top": 3.0, "double": 7.0}
    assert [o.value for o in outcomes] == [3.0, None, 7.0, None]
    assert "v(zz)" in outcomes[1].message
    assert "gone" in outcomes[3].message


def test_a_measure_is_never_nan():
    r = with_values(triangles(), 3, np.inf)
    outcome = one(r, "max", "v(a)")
    assert outcome.value is None
    assert "not finite" in outcome.message


def test_no_points_fails():
    r = replace(triangles(), data=triangles().data[:0])
    assert one(r, "avg", "v(a)").value is None


def test_report_is_ngspices():
    r = triangles()
    measure([Measure("top", "tran", "max", "v(a)"), Measure("gone", "tran", "max", "v(zz)")], r)
    assert report(r) == (
        "  Measurements for Transient Analysis\n\n"
        "top                 =  3.000000e+00 at=  5.000000e+00\n"
        "gone                =   failed\n"
    )
    assert report(triangles()) == ""


def test_evaluate_expressions():
    r = triangles()
    np.testing.assert_allclose(evaluate(r, "V(a)*i(V1)"), -1e-3 * r["v(a)"] ** 2)
    np.testing.assert_allclose(evaluate(r, "v(c,a)/2 + time"), (r["v(c)"] - r["v(a)"]) / 2 + r.time)
    np.testing.assert_array_equal(evaluate(r, "2*1"), np.full(len(r), 2.0))
    with pytest.raises(UnknownNameError, match="v\\(zz\\)"):
        evaluate(r, "v(zz)*2")
    with pytest.raises(UnknownNameError):
        evaluate(r, "zz")
    with pytest.raises(NetlistError):
        evaluate(r, "v(a)*")


DECK = """agreement with ngspice
v1 a 0 pwl(0 0 1 1 2 0 3 2 4 0 5 3 6 0)
v2 b 0 pwl(0 0.5 6 0.7)
v3 c 0 sin(0 1 0.7)
r1 a 0 1k
r2 b 0 1k
r3 c 0 1k
.tran 10m 6
.meas tran w1 when v(a)=0.45 rise=2
.meas tran w2 when v(a)=v(b) fall=2
.meas tran w3 when v(c)=0.3 cross=last
.meas tran w4 when v(a)=0.45 td=1.2
.meas tran f1 find v(c) when v(a)=0.45 fall=2
.meas tran f2 find v(c) at=2.503
.meas tran d1 trig v(a) val=0.45 rise=1 targ v(c) val=-0.2 fall=2
.meas tran d2 trig at=1 targ v(a) val=0.5 fall=last
.meas tran a1 avg v(c) from=1.001 to=3.003
.meas tran r1 rms v(c) from=1.001 to=3.003
.meas tran n1 integ v(c) from=1.001 to=3.003
.meas tran m1 min v(c) from=0.3 to=4.2
.meas tran m2 max v(c) from=0.3 to=4.2
.meas tran p1 pp v(c)
.meas tran m3 max_at v(a)
.end
"""
nan = np.nan
CARDS = [
    Measure("w1", "tran", "when", when=Crossing("v(a)", 0.45, "rise", 2)),
    Measure("w2", "tran", "when", when=Crossing("v(a)", "v(b)", "fall", 2)),
    Measure("w3", "tran", "when", when=Crossing("v(c)", 0.3, "cross", -1)),
    Measure("w4", "tran", "when", when=Crossing("v(a)", 0.45, "cross", 1, 1.2)),
    Measure("f1", "tran", "find", "v(c)", when=Crossing("v(a)", 0.45, "fall", 2)),
    Measure("f2", "tran", "find", "v(c)", at=2.503),
    Measure(
        "d1",
        "tran",
        "delay",
        trigger=Crossing("v(a)", 0.45, "rise", 1),
        target=Crossing("v(c)", -0.2, "fall", 2),
    ),
    Measure("d2", "tran", "delay", trigger=1.0, target=Crossing("v(a)", 0.5, "fall", -1)),
    Measure("a1", "tran", "avg", "v(c)", start=1.001, stop=3.003),
    Measure("r1", "tran", "rms", "v(c)", start=1.001, stop=3.003),
    Measure("n1", "tran", "integ", "v(c)", start=1.001, stop=3.003),
    Measure("m1", "tran", "min", "v(c)", start=0.3, stop=4.2),
    Measure("m2", "tran", "max", "v(c)", start=0.3, stop=4.2),
    Measure("p1", "tran", "pp", "v(c)"),
    Measure("m3", "tran", "max_at", "v(a)"),
]
# ngspice rounds the window of an average to the next points, and the ends of the others.
ROUNDED = {"a1": 5e-3, "n1": 1e-4, "m1": 1e-4, "m2": 1e-4}


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
def test_ngspice_measures_the_same(tmp_path):
    (tmp_path / "deck.cir").write_text(DECK)

    def run(*options):
        return subprocess.run(
            ["ngspice", "-b", *options, "deck.cir"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout

    theirs = dict(re.findall(r"^(\w+) +=\s+([-+.\de]+)", run(), re.MULTILINE))
    run("-r", "out.raw")
    (result,) = rawfile.read(tmp_path / "out.raw")
    outcomes = measure(CARDS, result)
    assert len(theirs) >= len(outcomes) == len(CARDS)
    for outcome in outcomes:
        assert outcome.value is not None, outcome
        tolerance = ROUNDED.get(outcome.name, 2e-5)
        assert outcome.value == pytest.approx(float(theirs[outcome.name]), abs=tolerance), outcome.name


def test_variables_of_an_expression():
    r = triangles()
    assert variables(r, "V(a)") == {"v(a)"}
    assert variables(r, "a") == {"v(a)"}
    assert variables(r, "v(a,b)") == {"v(a)", "v(b)"}
    assert variables(r, "v(c,0)*i(v1)") == {"v(c)", "i(v1)"}
    with pytest.raises(UnknownNameError):
        variables(r, "zz")


def test_parts_of_phasors_stand_in_expressions():
    names, types = ("frequency", "v(a)", "v(b)"), ("frequency", "voltage", "voltage")
    f = np.array([1.0, 10.0, 100.0])
    r = Result(
        "t", "ac", "AC Analysis", "frequency", names, types, np.column_stack([f, 10.0 / f + 0j, 1j * f])
    )
    np.testing.assert_allclose(evaluate(r, "vdb(b)-vdb(a)"), 20.0 * np.log10(f**2 / 10.0))
    np.testing.assert_allclose(evaluate(r, "vm(a,b)*2"), 2.0 * np.abs(10.0 / f - 1j * f))
    assert variables(r, "vdb(b)-vp(a)") == {"v(a)", "v(b)"}
    assert value(r, "find", "vdb(b)/20-vi(b)", at=10.0) == pytest.approx(1.0 - 10.0)


def test_functions_of_phasors_are_their_parts():
    names, types = ("frequency", "v(a)"), ("frequency", "voltage")
    r = Result("t", "ac", "AC Analysis", "frequency", names, types, np.array([[1.0, 3.0 + 4.0j]]))
    for function, part in (("mag", "vm"), ("ph", "vp"), ("db", "vdb"), ("real", "vr"), ("im", "vi")):
        assert evaluate(r, f"{function}(v(a))") == evaluate(r, f"{part}(a)")
    assert evaluate(r, "mag(v(a))") == 5.0
