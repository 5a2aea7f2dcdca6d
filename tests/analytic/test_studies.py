"""Monte Carlo samples and corners against closed forms."""

import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError, UnknownNameError

DIVIDER = """divider
.param ra=agauss(1k,30,3) rb=agauss(1k,30,3)
v1 in 0 10
r1 in out {ra}
r2 out 0 {rb}
.op
.meas op half find v(out) at=0
"""


def divider(more=""):
    return Circuit.from_text(DIVIDER + more)


def test_mean_and_sigma_of_a_divider():
    n = 300
    study = divider().monte_carlo(n, signals=())
    row = study.statistics().loc["half"]
    # First order: sigma(v)/V = sigma(r)/r sqrt(2)/4; the second order moves the mean by 1e-5 of it.
    sigma = 10.0 * 0.01 * math.sqrt(2.0) / 4.0
    assert row["count"] == n
    assert row["mean"] == pytest.approx(5.0, abs=4.0 * sigma / math.sqrt(n))
    assert row["std"] == pytest.approx(sigma, rel=4.0 / math.sqrt(2.0 * n))
    # Quantiles of a normal distribution; their standard error is sqrt(q(1-q)/n)/pdf.
    assert (row["p95"] - row["p05"]) / sigma == pytest.approx(2 * 1.6449, abs=4 * 2.11 * math.sqrt(2.0 / n))
    assert row["min"] < row["p05"] < row["median"] < row["p95"] < row["max"]


def test_yield_of_a_known_distribution():
    n = 300
    deck = "t\nv1 a 0 {aunif(1,0.5)}\nr1 a 0 1\n.op\n.meas op v find v(a) at=0\n"
    study = Circuit.from_text(deck).monte_carlo(n, limits={"v": (0.75, 1.25)}, signals=())
    values = study.measures["v"]
    assert values.between(0.5, 1.5).all()
    assert values.min() < 0.52 and values.max() > 1.48
    assert study.yielded == pytest.approx(0.5, abs=4.0 * math.sqrt(0.25 / n))
    assert study.statistics().loc["v", "yield"] == study.yielded == study.good("v").mean()
    assert values.std() == pytest.approx(1.0 / math.sqrt(12.0), rel=0.1)


def test_the_same_bits_for_any_number_of_processes_and_any_executor():
    deck = divider(".tran 1u 20u\nc1 out 0 1n ic=0\n.meas tran end find v(out) at=15u\n")
    one = deck.monte_carlo(10, seed=3)
    two = deck.monte_carlo(10, seed=3, processes=2)
    with ThreadPoolExecutor(1) as executor:
        other = deck.monte_carlo(10, seed=3, executor=executor)
    for study in (two, other):
        assert one.measures.equals(study.measures)
        assert one.seeds == study.seeds
        for key in ("op", "tran"):
            assert one.signals[key].identical(study.signals[key])
    assert not one.measures.equals(deck.monte_carlo(10, seed=4).measures)
    # More samples are the same ones and others.
    assert one.measures.equals(deck.monte_carlo(12, seed=3).measures[:10])


def test_a_sample_is_the_deck_with_its_seed():
    study = divider().monte_carlo(3, signals=["v(out)", "v(in,out)"])
    again = divider(f".options seed={study.seeds[2]}\n").op()
    assert again["v(out)"] == study.measures["half"][2] == study.signals["op"]["v(out)"].values[2]
    assert study.signals["op"]["v(in,out)"].values[2] == 10.0 - again["v(out)"]


def test_samples_that_fail_are_kept_with_their_message():
    # u is 2 or -2, and a saturation current below zero a fault of that sample.
    deck = """one in two
.param u=limit(0,2)
v1 a 0 1
r1 a b 1k
d1 b 0 dm
.model dm d(is={1e-14*u})
.op
.meas op v find v(b) at=0
"""
    study = Circuit.from_text(deck).monte_carlo(12, limits={"v": (0.0, 1.0)})
    assert 0 < len(study.failures) < 12
    assert all("'is'" in message for message in study.failures.values())
    good = study.measures["v"].dropna()
    assert len(good) + len(study.failures) == 12
    assert list(study.signals["op"]["sample"].values) == list(good.index)
    assert study.yielded == len(good) / 12


def test_measures_that_fail_are_missing_and_said():
    study = divider(".meas op never when v(out)=1\n").monte_carlo(
        3,
        measures={
            "inverse": lambda op: 1.0 / (op["v(in)"] - 10.0),
            "nothing": lambda op: None,
            "top": "op find v(in) at=0",
        },
        signals=(),
    )
    assert not study.failures
    assert set(study.missing[1]) == {"never", "inverse", "nothing"}
    assert study.missing[1]["nothing"] == "its function gave a NoneType, not a number"
    assert study.measures["top"].tolist() == [10.0, 10.0, 10.0]
    assert study.statistics().loc["never", "count"] == 0


def test_one_analysis_in_place_of_the_decks():
    study = divider("c1 out 0 1u\n").monte_carlo(3, "tran 10u 1m", points=11)
    assert list(study.signals) == ["tran"]
    np.testing.assert_allclose(study.signals["tran"]["time"], np.linspace(0.0, 1e-3, 11))
    with pytest.raises(AnalysisError, match="not an analysis"):
        divider().monte_carlo(3, "trn 10u 1m")


def test_nothing_random_is_warned_of():
    with pytest.warns(DeckWarning, match="all samples are the same"):
        Circuit.from_text("t\nv1 a 0 1\nr1 a 0 1\n.op\n").monte_carlo(2)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"samples": 0}, "0 samples"),
        ({"samples": 2, "seed": -1}, "seed"),
        ({"samples": 2, "processes": 0}, "processes"),
        ({"samples": 2, "limits": {"hlf": (0, 1)}}, "half"),
        ({"samples": 2, "points": 1}, "points"),
    ],
)
def test_arguments_that_make_no_sense(arguments, match):
    with pytest.raises(AnalysisError, match=match):
        divider().monte_carlo(**arguments)


def test_corners_of_parameters_temperature_and_libraries(tmp_path):
    (tmp_path / "cells.lib").write_text(
        "* sections\n.lib slow\n.param rs=2k\n.endl\n.lib fast\n.param rs=500\n.endl\n"
    )
    deck = (
        "t\n.lib cells.lib slow\n.param vdd=1\nv1 a 0 {vdd}\nr1 a 0 {rs} tc1=1m\nd1 a 0 dm\n"
        ".model dm d(is=1e-30 rs=1)\n.op\n"
    )
    circuit = Circuit.from_text(deck, tmp_path / "deck.cir")
    corners = {
        "as is": {},
        "hot": {"temp": 127},
        "fast": {"lib": "fast"},
        "one": {"lib": {"cells.lib": "fast"}, "VDD": "500m"},
        "r": {"r1": 4e3},
        "tc": {"@r1[tc1]": 2e-3, "temp": 127.0},
        "leaky": {"@dm[is]": 1e-3},
    }
    study = circuit.corners(corners, processes=2)
    current = dict(
        zip(study.signals["op"]["corner"].values.tolist(), -study.signals["op"]["i(v1)"].values, strict=True)
    )
    expected = {
        "as is": 1 / 2e3,
        "hot": 1 / 2.2e3,
        "fast": 1 / 500,
        "one": 0.5 / 500,
        "r": 1 / 4e3,
        "tc": 1 / 2.4e3,
    }
    for label, value in expected.items():
        assert current[label] == pytest.approx(value, rel=1e-7), label
    assert current["leaky"] > 0.1
    assert not study.seeds
    for wrong, near in (
        ({"vd": 1}, "vdd"),
        ({"@dm[iz]": 1}, "is"),
        ({"lib": "fst"}, "fst"),
        ({"temp": "x"}, "a finite number is needed"),
    ):
        with pytest.raises((AnalysisError, NetlistError), match=near):
            circuit.corners({"wrong": wrong})


def test_a_corner_has_samples_of_its_own():
    nominal = divider(".param vdd=10\n").monte_carlo(4, signals=())
    hot = divider(".param vdd=10\n").at_corner({"temp": 100}).monte_carlo(4, signals=())
    assert nominal.measures.equals(hot.measures)  # the divider does not feel it, and the draws are the same


def test_datasets_and_files(tmp_path):
    import pandas
    import xarray

    study = divider("i2 0 out dc 0 ac 1m\n.ac dec 1 1 100\nc1 out 0 1m\n").monte_carlo(4)
    with pytest.raises(AnalysisError, match="which analysis"):
        study.to_xarray()
    with pytest.raises(UnknownNameError):
        study.to_xarray("tran")
    dataset = study.to_xarray("ac")
    assert dataset["v(out)"].dims == ("sample", "frequency")
    assert dataset["half"].dims == ("sample",)
    op, ac = study.save(tmp_path / "out.nc")
    with xarray.open_dataset(op, engine="h5netcdf") as read:
        np.testing.assert_array_equal(read["v(out)"], study.measures["half"])
        np.testing.assert_array_equal(read["seed"], study.seeds)
    with xarray.open_dataset(ac, engine="h5netcdf") as read:
        np.testing.assert_array_equal(read["v(out)"], dataset["v(out)"])
    (table,) = study.save(tmp_path / "out.csv")
    read = pandas.read_csv(table, index_col="sample")
    np.testing.assert_allclose(read["half"], study.measures["half"], rtol=1e-15)
    with pytest.raises(AnalysisError, match="csv"):
        study.save(tmp_path / "out.raw")


def test_pictures(tmp_path):
    study = divider("c1 out 0 1u\n.tran 10u 1m\n").monte_carlo(6, limits={"half": (4.9, np.inf)}, points=20)
    (panel,) = study.histogram(path=tmp_path / "h.png").axes
    assert sum(p.get_height() for p in panel.patches if hasattr(p, "get_height") and p.get_height() >= 1) >= 6
    assert "yield" in panel.get_title("left")
    (panel,) = study.overlay("v(out)", tmp_path / "o.png").axes
    assert len(panel.lines) == 6 + 3  # and the quantiles
    assert (tmp_path / "h.png").stat().st_size > 5000 < (tmp_path / "o.png").stat().st_size
    with pytest.raises(UnknownNameError, match="half"):
        study.histogram("hlf")
    with pytest.raises(UnknownNameError):
        study.overlay("v(zz)")
    with pytest.raises(AnalysisError, match="histogram"):
        study.overlay("v(out)", analysis="op")


@pytest.mark.parametrize("processes", [1, 2])
def test_an_interrupted_study_keeps_what_it_has(processes):
    whole = divider().monte_carlo(40, signals=())

    def interrupt(fraction, text):
        if fraction > 0.2:
            raise KeyboardInterrupt

    study = divider().monte_carlo(40, signals=(), processes=processes, progress=interrupt)
    assert study.interrupted and not whole.interrupted
    assert 8 <= len(study) < 40 == len(whole)
    assert study.measures["half"].equals(whole.measures["half"][study.measures.index])
    assert study.seeds == tuple(np.array(whole.seeds)[study.measures.index])


UNGUARDED = """
import sys
from circuitnn import Circuit, load_models

load_models(sys.argv[1])
diodes = "\\n".join(f"d{k} a x{k} dm\\nr{k} x{k} 0 1k" for k in range(1500))
deck = f"t\\nv1 a 0 {{aunif(1,0.5)}}\\nn1 a 0 mine\\n{diodes}\\n.model dm d\\n.model mine half\\n.op\\n"
deck += ".options threads=2\\n"
circuit = Circuit.from_text(deck)
here = circuit.monte_carlo(4, measures={"i": lambda r: r["i(v1)"]}, signals=())
there = circuit.monte_carlo(4, measures={"i": lambda r: r["i(v1)"]}, signals=(), processes=2)
print(here.measures.equals(there.measures), len(there))
"""
HALF = '''"""Half a siemens."""
from circuitnn.models import Model


class Half(Model):
    """A resistor. No device is claimed."""

    name = "half"
    terminals = ("plus", "minus")

    @classmethod
    def equations(cls, m):
        m.flow("plus", "minus", 0.5 * m.voltage("plus", "minus"))
'''


@pytest.mark.long
def test_workers_after_threads(tmp_path):
    """A script without a guard, with threads at work before, a model from a file and a lambda."""
    (tmp_path / "half.py").write_text(HALF)
    (tmp_path / "script.py").write_text(UNGUARDED)
    words = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "half.py")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    run = subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment)
    assert run.stdout.split() == ["True", "4"], run.stderr
