"""`circuitnn.compare`: deviations of one result from another, in Python and on the command line."""

import json

import numpy as np
import pytest

import circuitnn
from circuitnn import AnalysisError, Circuit, Result, UnknownNameError
from circuitnn.cli import execute

RC = "an RC circuit\nv1 a 0 sin(0 1 1k) ac 1\nr1 a b {r}\nc1 b 0 1u\n.end\n"


def result(x, y, axis="time", analysis="tran", **more):
    columns = {axis: np.asarray(x, float), "v(b)": np.asarray(y), **more}
    kinds = (axis if axis in ("time", "frequency") else "voltage", *["voltage"] * (len(columns) - 1))
    return Result(
        "t", analysis, analysis, axis, tuple(columns), kinds, np.column_stack(list(columns.values()))
    )


def test_the_same_is_the_same():
    run = Circuit.from_text(RC.format(r="1k")).tran("1m")
    found = circuitnn.compare(run, run)
    assert found.worst == 0.0 and {d.name for d in found.deviations} == {"v(a)", "v(b)", "i(v1)"}


def test_numbers_of_a_known_difference():
    """A ramp beside one with a triangle on it: largest, where, root of the mean square."""
    t = np.linspace(0.0, 2.0, 201)
    found = circuitnn.compare(result(t, t), result(t, t + 0.1 * (1.0 - np.abs(t - 1.0))))
    (deviation,) = found.deviations
    assert (deviation.largest, deviation.at, deviation.size) == pytest.approx((0.1, 1.0, 2.0))
    assert deviation.relative == found.worst == pytest.approx(0.05)
    assert deviation.rms == pytest.approx(0.1 / np.sqrt(3.0), rel=1e-4)


def test_other_points_are_no_deviation():
    """The same function at other points, with an edge; only where both have values."""
    rng = np.random.default_rng(5)
    t, u = (np.unique(np.append(rng.uniform(0.0, 1.0, 4000), [0.5, 0.5 + 1e-9])) for _ in range(2))

    def wave(x):
        return np.sin(20.0 * x) + (x > 0.5)

    found = circuitnn.compare(result(t, wave(t)), result(u[: len(u) * 3 // 4], wave(u[: len(u) * 3 // 4])))
    assert found.worst < 1e-3 and found.deviations[0].at <= u[len(u) * 3 // 4]


def test_phasors_over_the_logarithm_of_the_frequency():
    f, g = np.logspace(0, 6, 121), np.logspace(0, 6, 172)
    first, second = (result(x, 1.0 / (1.0 + 1j * x / 1e3), "frequency", "ac") for x in (f, g))
    assert circuitnn.compare(first, second).worst < 1e-3
    assert circuitnn.compare(
        first, result(g, 1.1 / (1.0 + 1j * g / 1e3), "frequency", "ac")
    ).worst == pytest.approx(0.1, rel=1e-2)


def test_operating_points_and_names():
    first, second = (Circuit.from_text(RC.format(r=r)).op() for r in ("1k", "2k"))
    assert circuitnn.compare(first, second).worst == 0.0
    other = Circuit.from_text("t\nv1 a 0 0\nr1 a c 1k\nr2 c 0 1k\n.end\n").op()
    assert circuitnn.compare(first, other).missing == ("v(b)",)
    with pytest.raises(UnknownNameError):
        circuitnn.compare(first, other, "v(b)")
    with pytest.raises(AnalysisError, match="one that has none"):
        circuitnn.compare(first, result([0, 1], [0, 1]))
    with pytest.raises(AnalysisError, match="no value of time in common"):
        circuitnn.compare(result([0, 1], [0, 1]), result([2, 3], [0, 1]))
    with pytest.raises(AnalysisError, match="turn back"):
        circuitnn.compare(result([0, 1, 0], [0, 1, 0]), result([0, 1], [0, 1]))


def test_what_is_shown(tmp_path):
    first, second = (Circuit.from_text(RC.format(r=r)).tran("2m", "20u") for r in ("1k", "1.1k"))
    found = circuitnn.compare(first, second)
    assert str(found).splitlines()[0].split() == ["signal", "largest", "deviation", "of", "at", "time", "rms"]
    assert list(found.to_pandas()["signal"]) == [d.name for d in found.deviations]
    assert "<table" in found._repr_html_()
    found.plot("v(b)", path=tmp_path / "c.png")
    assert (tmp_path / "c.png").stat().st_size > 5000


def test_the_command(tmp_path, capsys):
    for r, name in (("1k", "a.raw"), ("1.1k", "b.raw")):
        circuit = Circuit.from_text(RC.format(r=r))
        from circuitnn.results import rawfile

        rawfile.write(tmp_path / name, [circuit.op(), circuit.tran("2m", "20u")])
    a, b = str(tmp_path / "a.raw"), str(tmp_path / "b.raw")
    assert execute(["compare", a, a, "--limit", "0"]) == 0
    capsys.readouterr()
    assert execute(["compare", a, b, "--limit", "1", "--json", "--picture", str(tmp_path / "p.svg")]) == 1
    numbers = json.loads(capsys.readouterr().out)
    assert [n["analysis"] for n in numbers] == ["op", "tran"] and 0.03 < numbers[1]["worst"] < 0.2
    assert (tmp_path / "p.svg").exists()
    assert execute(["compare", a, b, "--signals", "v(a)", "--limit", "1"]) == 0
    assert "v(a)" in capsys.readouterr().out
