"""The study engine: spaces, records that survive a kill, processes and Dask, failures, provenance, chips."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
import types
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from operator import itemgetter

import numpy as np
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Access, Device, Faults, PullUp, Resistance, Series
from circuitnn.errors import AnalysisError, BudgetError, DeckWarning, UnknownNameError, WorkersLostError
from circuitnn.machine import budget
from circuitnn.studies import Corners, Grid, LatinHypercube, MonteCarlo, Points, Sobol, opened, study
from circuitnn.studies.digest import digest
from circuitnn.studies.random_arrays import RandomFaults, chip

DIVIDER = "divider\n.param ra=1k rb=agauss(1k,30,3)\nv1 in 0 10\nr1 in out {ra}\nr2 out 0 {rb}\n.op\n"


def parts(a, b):
    return {"sum": a + b, "row": [a, b], "phasor": complex(a, b)}


# ---------------------------------------------------------------------- spaces


@given(
    st.dictionaries(st.sampled_from("abcd"), st.lists(st.integers(-5, 5), min_size=1, max_size=4), min_size=1)
)
@settings(max_examples=30, deadline=None)
def test_a_grid_has_every_combination(axes):
    import itertools

    expected = [dict(zip(axes, v, strict=True)) for v in itertools.product(*axes.values())]
    assert list(Grid(**axes)) == expected


def test_products_of_spaces():
    space = Grid(n=[2, 4]) * MonteCarlo(3, x=stats.norm(0, 1))
    assert len(space) == 6 and list(space.dimensions) == ["n", "sample"]
    assert [space[k]["x"] for k in range(3)] == [space[k]["x"] for k in range(3, 6)]
    with pytest.raises(AnalysisError, match="both spaces"):
        Grid(n=[1]) * Grid(n=[2])


def test_correlated_samples_follow_their_distributions():
    n = 4000
    space = MonteCarlo(
        n,
        seed=5,
        correlation={("a", "b"): -0.8},
        a=stats.norm(3.0, 0.5),
        b=stats.norm(0, 2),
        c=stats.uniform(),
    )
    a, b, c = (np.array(space.columns[k][1]) for k in "abc")
    assert np.corrcoef(a, b)[0, 1] == pytest.approx(-0.8, abs=4 * 0.36 / np.sqrt(n))
    assert abs(np.corrcoef(a, c)[0, 1]) < 4 / np.sqrt(n)
    assert stats.kstest(a, stats.norm(3.0, 0.5).cdf).pvalue > 1e-4
    assert stats.kstest(c, "uniform").pvalue > 1e-4
    with pytest.raises(AnalysisError, match="semidefinite"):
        MonteCarlo(2, correlation=[[1, 2], [2, 1]], a=stats.norm(), b=stats.norm())


def test_more_samples_are_the_same_ones_and_others():
    few, many = MonteCarlo(5, x=stats.norm()), MonteCarlo(50, x=stats.norm())
    assert list(few) == [many[k] for k in range(5)]


@pytest.mark.parametrize("space", [LatinHypercube, Sobol])
def test_low_discrepancy_points_fill_every_slice(space):
    n = 64
    for column in space(n, x=stats.uniform(), y=stats.uniform(-1, 2)).columns.values():
        low, high = (-1.0, 1.0) if np.min(column[1]) < 0 else (0.0, 1.0)
        counts, _ = np.histogram(column[1], np.linspace(low, high, n + 1))
        assert counts.max() == 1
    assert all(np.isfinite(p["x"]) for p in space(n, x=stats.norm()))


# ---------------------------------------------------------------------- the engine


def test_metrics_become_a_data_set():
    found = study(parts, Grid(a=[1.0, 2.0], b=[10.0, 20.0, 30.0]))
    np.testing.assert_array_equal(found["sum"], [[11, 21, 31], [12, 22, 32]])
    assert found["row"].shape == (2, 3, 2) and found["phasor"].dtype == complex
    assert found["phasor"].sel(a=2.0, b=30.0) == 2 + 30j
    assert (found["failure"] == "").all()
    listed = study(parts, Points(a=[1.0, 2.0], b=5.0))
    assert listed["sum"].values.tolist() == [6.0, 7.0] and listed["b"].values.tolist() == [5.0, 5.0]
    cornered = study(lambda v=1.0, t=27.0: {"x": v * t}, Corners({"low": {"v": 2.0}, "hot": {"t": 100.0}}))
    assert cornered["x"].sel(corner="hot") == 100.0 and cornered["x"].sel(corner="low") == 54.0


def test_labelled_metrics_keep_their_labels():
    def build(a):
        return {"i": xarray.DataArray([a, 2 * a], {"v": [0.1, 0.2]}, ["v"], attrs={"units": "A"})}

    found = study(build, Grid(a=[1.0, 3.0]))
    assert found["i"].sel(v=0.2, a=3.0) == 6.0 and found["i"].attrs["units"] == "A"


def fragile(a):
    if a == 2:
        raise ValueError("two is too much")
    if a == 3:
        raise KeyError("three")
    if a == 4:
        return {"x": float("nan")}
    if a == 5:
        return {"x": [1.0, 2.0]}
    warnings.warn("one is odd", DeckWarning, stacklevel=1)
    return {"x": 1.0 / a}


def test_failures_are_kept_point_by_point(tmp_path):
    with pytest.warns(DeckWarning, match="one is odd"):
        found = study(fragile, Grid(a=[1, 2, 3, 4, 5]), record=tmp_path / "r")
    reasons = found["failure"].values.tolist()
    assert reasons[0] == "" and reasons[1] == "two is too much" and reasons[2].startswith("KeyError")
    assert "not a number: x" in reasons[3] and "shape" in reasons[4]
    assert found["x"].values[0] == 1.0 and np.isnan(found["x"].values[1:]).all()
    again = opened(tmp_path / "r")
    assert again["failure"].values.tolist() == reasons and again["a"].values.tolist() == [1, 2, 3, 4, 5]
    with pytest.raises(AnalysisError, match="all 1 points failed: two"):
        study(fragile, Grid(a=[2]))


def test_processes_and_executors_give_the_same_bits():
    space = MonteCarlo(40, a=stats.norm(), b=stats.norm())
    one = study(parts, space)
    with ThreadPoolExecutor(2) as executor:
        others = [study(parts, space, processes=2), study(parts, space, executor=executor)]
    for other in others:
        assert one.drop_attrs().identical(other.drop_attrs())


@pytest.mark.long
def test_a_scheduler_of_dask_and_two_workers(tmp_path):
    distributed = pytest.importorskip("distributed")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}

    def start(*words):
        return subprocess.Popen(
            [sys.executable, "-m", *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    port = _free_port()
    address = f"tcp://127.0.0.1:{port}"
    started = [
        start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    ]
    alone = ("--nthreads", "1", "--no-dashboard", "--no-nanny")
    started += [start("distributed.cli.dask_worker", address, *alone) for _ in range(2)]
    try:
        with distributed.Client(address, timeout="60s", set_as_default=False) as client:
            client.wait_for_workers(2, timeout=90)
        base = 3.0  # a closure of this test goes as what it is
        space = Grid(a=list(range(40)))
        there = study(lambda a: {"x": base * a, "who": os.getpid()}, space, scheduler=address)
        assert there["x"].values.tolist() == [3.0 * a for a in range(40)]
        assert len(set(there["who"].values.tolist()) - {os.getpid()}) == 2
        for victims, said in (
            (started[1:], "workers of the Dask scheduler"),
            (started[:1], "Dask scheduler"),
        ):
            _goes_on_without(victims, said, address, tmp_path / said)
            if victims == started[1:]:
                started += [start("distributed.cli.dask_worker", address, *alone)]
                with distributed.Client(address, timeout="60s", set_as_default=False) as client:
                    client.wait_for_workers(1, timeout=90)
    finally:
        for process in started[::-1]:
            process.kill()  # a worker that is asked to end may wait for a scheduler for minutes
            process.communicate(timeout=30)
    with pytest.raises(AnalysisError, match="no Dask scheduler answers"):
        study(parts, Grid(a=list(range(40)), b=[1]), scheduler=f"tcp://127.0.0.1:{_free_port()}")


def _goes_on_without(victims, said, address, record):
    """Workers or scheduler die during a study: an error that says how to go on, and the record does."""
    space = Grid(a=list(range(200)))

    def build(a):
        time.sleep(0.02)
        return {"x": 3.0 * a}

    def kill(_):
        for process in victims:
            process.kill()

    with pytest.raises(WorkersLostError, match=f"the {said} at .* gone") as caught:
        study(build, space, scheduler=address, record=record, partial=kill, interval=0.2)
    done = int(re.search(r"; (\d+) of 200 points are in", str(caught.value))[1])
    assert str(record) in str(caught.value) and 0 < done < 200
    found = study(build, space, record=record, processes=1)
    assert found.attrs["points computed"] == 200 - done
    assert found["x"].values.tolist() == [3.0 * a for a in range(200)]


def _free_port():
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.mark.long
@pytest.mark.parametrize("processes", [1, 2])
def test_a_study_that_runs_out_of_time_keeps_its_points(tmp_path, processes):
    """It does not take the deadline for a failure of the point at hand, and waits for no process."""

    def build(a):
        time.sleep(0.02 if a < 20 else 60.0)
        return {"x": 2.0 * a}

    started = time.monotonic()
    with (
        budget.limits(seconds=5.0),
        pytest.raises(BudgetError, match=r"--max-time.* of 40 points are in") as caught,
    ):
        study(build, Grid(a=list(range(40))), record=tmp_path / "record", processes=processes)
    assert time.monotonic() - started < 40.0
    assert not opened(tmp_path / "record")["failure"].values.any()
    assert f"{tmp_path / 'record'}, from which the same study" in str(caught.value)


KILLED = """
import sys, time
import numpy as np
from circuitnn.studies import MonteCarlo, study
from scipy.stats import norm

def build(x, seed):
    time.sleep(0.03)
    with open(sys.argv[2], "a") as log:
        log.write(f"{seed}\\n")
    return {"y": np.sin(x) * np.random.default_rng(seed).random(), "z": [x, seed / 3]}

processes = int(sys.argv[3])
found = study(build, MonteCarlo(60, x=norm(0, 1), seeds=True), record=sys.argv[1], processes=processes)
print(found["y"].values.tobytes().hex() + found["z"].values.tobytes().hex(), found.attrs["points computed"])
"""


@pytest.mark.long
@pytest.mark.parametrize("processes", [1, 2])
def test_a_killed_study_goes_on_and_computes_nothing_twice(tmp_path, processes):
    (tmp_path / "script.py").write_text(KILLED)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}

    def start(record, log):
        words = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / record), str(tmp_path / log)]
        return subprocess.Popen(
            [*words, str(processes)],
            env=environment,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    whole, _ = start("whole", "log_whole").communicate(timeout=120)[0].split()
    killed = start("killed", "log")
    log = tmp_path / "log"
    end = time.monotonic() + 100
    while time.monotonic() < end and not (log.exists() and len(log.read_text().splitlines()) > 20):
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    kept = int(opened(tmp_path / "killed")["done"].sum())
    made = len(log.read_text().splitlines())
    assert 10 < kept <= made < 60
    # What was in flight, or waiting to be written, is all that is computed again: 0.2 s of work a process.
    assert made - kept <= (1 if processes == 1 else 4 * 7)
    bits, computed = start("killed", "log").communicate(timeout=120)[0].split()
    assert bits == whole
    assert int(computed) == 60 - kept
    lines = log.read_text().splitlines()
    assert len(lines) == made + 60 - kept and len(set(lines)) == 60


def test_a_record_is_of_one_study(tmp_path):
    space = Grid(a=[1.0, 2.0], b=[3.0])
    study(parts, space, record=tmp_path / "r")
    assert study(parts, space, record=tmp_path / "r").attrs["points computed"] == 0
    assert study(parts, space, record=tmp_path / "r", overwrite=True).attrs["points computed"] == 2
    with pytest.raises(AnalysisError, match=r"another study \(space"):
        study(parts, Grid(a=[1.0, 2.5], b=[3.0]), record=tmp_path / "r")
    with pytest.raises(AnalysisError, match=r"another study \(builder"):
        study(lambda a, b: {"sum": a - b}, space, record=tmp_path / "r")
    (tmp_path / "mine").mkdir()
    for overwrite in (False, True):
        with pytest.raises(AnalysisError, match="not a record of a study"):
            study(parts, space, record=tmp_path / "mine", overwrite=overwrite)
    assert json.loads((tmp_path / "r" / "zarr.json").read_text())["attributes"]["circuitnn_study"] == 1


def test_live_partial_results_and_interrupt():
    seen = []

    def slow(a):
        if a == 5:
            raise KeyboardInterrupt
        time.sleep(0.01)
        return {"x": a}

    found = study(
        slow, Grid(a=list(range(9))), partial=lambda d: seen.append(int(d["done"].sum())), interval=0.0
    )
    assert seen == [1, 2, 3, 4, 5]
    assert found["done"].values.tolist() == [True] * 5 + [False] * 4


def test_digests_do_not_depend_on_the_process():
    code = (
        "from circuitnn import Crossbar\nfrom circuitnn.crossbar import Device\n"
        "from circuitnn.studies.digest import digest\n"
        "print(digest((lambda x: x + 1, {'a': 1.0}, {3, 'b'}, Crossbar(2, 2, Device('vteam', ron=1e3)))))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env={**environment, "PYTHONHASHSEED": s},
        ).stdout
        for s in "12"
    }
    assert len(made) == 1 and len(made.pop()) == 17
    assert digest(Crossbar(2, 2, 1e-3)) != digest(Crossbar(2, 2, 2e-3))
    assert digest(lambda x: x + 1) != digest(lambda x: x + 2)


SCRIPT = """
import numpy as np
from functools import partial, lru_cache
from operator import itemgetter
class Cell:
    def __init__(self, gain):
        self.gain = gain
    def current(self, v):
        return self.gain * v
@lru_cache
def shape(v):
    return v**2
def helper(v):
    return shape(v) + even(v, 3)
def even(v, n):
    return helper(v) if n else np.abs(v)
FACTOR = 2.0
def build(v):
    return {"i": FACTOR * Cell(1.0).current(helper(v))}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.gain * v", "self.gain + v"),
        ("v**2", "v**3"),
        ("= 2.0", "= 3.0"),
        ("np.abs(v)", "np.sign(v)"),
        ("", ""),
    ],
)
def test_a_digest_has_what_a_function_refers_to(old, new):
    """A record of a builder whose helpers have changed is that of another study."""
    made = []
    for text in (SCRIPT, SCRIPT.replace(old, new)):
        module = types.ModuleType("of_a_user")
        exec(compile(text, "script", "exec"), vars(module))
        made.append(digest(module.build))
    assert (made[0] == made[1]) == (old == new)


def test_a_digest_has_the_arguments_of_callables():
    """Of those, too, whose attributes do not tell."""
    for one, other in (
        (partial(round, ndigits=1), partial(round, ndigits=2)),
        (itemgetter(0), itemgetter(1)),
        (str.upper, str.lower),
        ("a".count, "b".count),
        (re.compile("a"), re.compile("b")),
        (date(2026, 1, 1), date(2026, 1, 2)),
    ):
        assert digest(one) == digest(one) and digest(one) != digest(other)


def test_names_that_results_have_are_no_metrics(tmp_path):
    for build, space, metrics in (
        (lambda a: {"failure": a}, Grid(a=[1.0, 2.0]), None),
        (lambda a: {"a": a}, Grid(a=[1.0, 2.0]), None),
        (lambda a: a, Grid(a=[1.0, 2.0]), {"a": float}),
        (lambda done: {"b": done}, Grid(done=[1.0]), None),
    ):
        with pytest.raises(AnalysisError, match="choose another name"):
            study(build, space, metrics)
    with pytest.raises(AnalysisError, match="cannot be multiplied"):
        Grid(a=[1.0, 2.0]) * Corners({"hot": {"temp": 125}})


def test_ten_thousand_samples_take_little_memory():
    space = MonteCarlo(10_000, a=stats.norm(), b=stats.norm())
    tracemalloc.start()
    found = study(lambda a, b: {"x": a, "y": b}, space)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.sizes == {"sample": 10_000}
    assert grown < 10e6


# ---------------------------------------------------------------------- circuits


def test_a_circuit_at_every_point():
    circuit = Circuit.from_text(DIVIDER.replace("agauss(1k,30,3)", "1k"))
    found = circuit.study(
        Grid(ra=[1e3, 3e3], v1=[4.0, 8.0]),
        {"out": "op find v(out) at=0", "twice": lambda op: 2 * op["v(out)"]},
    )
    np.testing.assert_allclose(found["out"], [[2.0, 4.0], [1.0, 2.0]])
    np.testing.assert_allclose(found["twice"], 2 * found["out"])
    with pytest.raises(AnalysisError, match="there is no 'rx'"):
        circuit.study(Grid(rx=[1.0]), {"out": "op find v(out) at=0"})
    with pytest.raises(AnalysisError, match="no measures"):
        circuit.study(Grid(ra=[1.0]))


def test_seeds_are_those_of_monte_carlo():
    circuit = Circuit.from_text(DIVIDER)
    measures = {"out": "op find v(out) at=0"}
    found = circuit.study(MonteCarlo(5, seed=3), measures)
    np.testing.assert_allclose(
        found["out"], circuit.monte_carlo(5, seed=3, measures=measures).measures["out"]
    )


@pytest.mark.parametrize("measure", [["out"], {"out": 1}, {"out"}, None, "uot"])
def test_what_is_no_name_of_a_measure_is_an_error(measure):
    found = Circuit.from_text(DIVIDER).monte_carlo(2, seed=3, measures={"out": "op find v(out) at=0"})
    for call in (found.__getitem__, found.waterfall):
        with pytest.raises(UnknownNameError, match="no measure "):
            call(measure)


def test_measures_without_a_value_are_said():
    found = Circuit.from_text(DIVIDER).study(
        Grid(ra=[1e3]), {"never": "op when v(out)=99", "out": "op find v(out) at=0"}
    )
    assert np.isnan(found["never"].values[0]) and found["out"].values[0] > 4.9
    assert "never" in found["failure"].values[0]


# ---------------------------------------------------------------------- arrays


def selector_array(n=6, **more):
    cell = Series(Device("sinh_selector"), Resistance(1e5))
    return Crossbar(n, n, cell, wordline_resistance=1.0, bitline_resistance=1.0, **more)


def test_an_array_at_every_point_is_the_array_by_hand():
    found = selector_array().study(
        Grid(r=[1e4, 1e5], wordline_resistance=[1.0, 50.0], **{"sinh_selector.v0": [0.1]}),
        Access(0, 5, 1.0),
        ["selected_current", "total_power"],
    )
    for r in (1e4, 1e5):
        for w in (1.0, 50.0):
            cell = Series(Device("sinh_selector", v0=0.1), Resistance(r))
            by_hand = Crossbar(6, 6, cell, wordline_resistance=w, bitline_resistance=1.0).op(
                Access(0, 5, 1.0)
            )
            there = found.sel(r=r, wordline_resistance=w).isel({"sinh_selector.v0": 0})
            assert float(there["selected_current"]) == by_hand.selected_current
            assert float(there["total_power"]) == by_hand.total_power


def test_every_chip_draws_its_own_cells():
    array = Crossbar(30, 30, Device("vteam", ron=1e3, roff=1e5, **{"ron.dev": 0.1}))
    one, two = (chip(array, s).made.columns["ron"] for s in (1, 2))
    assert not np.array_equal(one, two) and np.array_equal(one, chip(array, 1).made.columns["ron"])
    assert np.std(np.log(one)) == pytest.approx(0.1, rel=4 / np.sqrt(2 * 900))
    drawn = chip(array, 3, {"ron": "1e3*exp(0.3*agauss(0,1,1))", "x0": stats.uniform(0.2, 0.3)}).made.columns
    assert np.std(np.log(drawn["ron"])) > 0.25
    assert drawn["x0"].min() >= 0.2 and drawn["x0"].max() <= 0.5
    placed = chip(Crossbar(2, 3, 1e-3), 1, {"g": "1e-6*(1+row+10*col)"}).conductance
    np.testing.assert_allclose(placed, 1e-6 * (1 + np.arange(2)[:, None] + 10 * np.arange(3)))
    for wrong, match in (({"rom": 1.0}, "no part"), ({"g": "1e-3*foo"}, "foo"), ({"g": "1e-3*("}, "1e-3")):
        with pytest.raises(AnalysisError, match=match):
            chip(
                Crossbar(2, 2, 1e-3),
                1,
                {k: v if isinstance(v, str) else stats.norm() for k, v in wrong.items()},
            )


def test_the_temperature_of_an_array_leaves_devices_with_one_of_their_own():
    """Both are called temp: that of the array is meant, and a warning says where it has no effect."""
    array = Crossbar(2, 2, Device("poole_frenkel", temp=40.0))
    with pytest.warns(DeckWarning, match=r"no effect on poole_frenkel.*vary poole_frenkel\.temp"):
        assert chip(array, 1, temp=85.0).temp == 85.0
    assert chip(array, 1, **{"poole_frenkel.temp": 85.0}).cell.parameters["temp"] == 85.0
    assert chip(Crossbar(2, 2, Device("poole_frenkel")), 1, temp=85.0).temp == 85.0


def test_random_faults_have_their_probabilities():
    law = RandomFaults(on=0.1, off=0.2, open=0.05, short=0.02, word=0.03, bit=0.04)
    drawn = [law.draw(60, 50, s) for s in range(20)]
    cells = 20 * 60 * 50

    def near(count, probability, of):
        return abs(count - probability * of) < 4.5 * np.sqrt(of * probability * (1 - probability))

    assert near(sum(list(f.stuck.values()).count(law.g_on) for f in drawn), 0.1, cells)
    assert near(sum(list(f.stuck.values()).count(law.g_off) for f in drawn), 0.2, cells)
    assert near(sum(len(f.opens) for f in drawn), 0.05, cells)
    assert near(sum(len(f.shorts) for f in drawn), 0.02, cells)
    assert near(sum(len(f.open_word) for f in drawn), 0.03, 20 * 60 * 49)
    assert near(sum(len(f.open_bit) for f in drawn), 0.04, 20 * 59 * 50)
    with pytest.raises(AnalysisError, match="exceed 1"):
        RandomFaults(on=0.7, off=0.7)


def test_faulty_chips_with_dead_nodes_are_solved():
    found = selector_array(8).study(
        MonteCarlo(12),
        Access(7, 0, 1.0, "floating"),
        {"i": "total_power", "dead": lambda r: any("0 V" in n for n in r.statistics.notes)},
        faults=RandomFaults(open=0.2, short=0.1, word=0.3, bit=0.3),
    )
    assert (found["failure"] == "").all() and len(set(found["i"].values.tolist())) > 5
    assert found["dead"].sum() > 0


def test_a_scheme_may_depend_on_the_point():
    found = Crossbar(4, 4, 1e-5).study(
        Grid(voltage=[0.5, 1.0]),
        lambda voltage: PullUp(0, 0, voltage, 1e5),
        ["total_power"],
        bias=["voltage"],
    )
    assert float(found["total_power"][1] / found["total_power"][0]) == pytest.approx(4.0)


def test_faults_given_by_hand_stay():
    array = Crossbar(3, 3, 1e-5, faults=Faults(opens=[(1, 1)]))
    found = array.study(Grid(sense_resistance=[0.0, 10.0]), Access(1, 1, 1.0), ["selected_current"])
    assert found["selected_current"].values.tolist() == [0.0, 0.0]
