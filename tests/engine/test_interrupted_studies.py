"""A study that is interrupted within a point ends, does not take the point for done, and replaces no earlier answer."""

import logging
import signal
import subprocess
import sys
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

from circuitnn import Circuit, cli
from circuitnn.machine import budget
from circuitnn.studies import Grid, opened, pool, study

DECKS = {
    "tran": "t\nv1 a 0 sin(0 1 1meg)\nr1 a b 1k\nc1 b 0 100p\n.tran 1n {stop}\n.param stop=20u\n",
    "dc": "t\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dm\n.model dm d\n.dc v1 0 {stop} 1u\n.param stop=20u\n",
}


@pytest.mark.parametrize("kind", DECKS)
def test_a_point_whose_run_kept_its_points_is_not_done(monkeypatch, kind):
    """Ctrl-C within the run of the second of three points."""
    circuit, asked = Circuit.from_text(DECKS[kind]), []

    def press(what):
        asked.append(what)
        if stops[-1] > 1e-3 and sum(one.startswith(kind) for one in asked) == 3:
            raise KeyboardInterrupt

    stops = []

    def last(stop):
        stops.append(stop)
        asked.clear()
        (result,) = circuit.with_parameters(stop=stop).run()
        return {"length": float(len(result))}

    monkeypatch.setattr(budget, "ask_time", press)
    found = study(last, Grid(stop=[20e-6, 20e-3 if kind == "tran" else 2.0, 40e-6]))
    assert found["done"].values.tolist() == [True, False, False]
    assert len(stops) == 2 and np.isnan(found["length"].values[1:]).all()


def test_an_answer_of_few_points_does_not_replace_that_of_all(tmp_path, monkeypatch, capsys):
    from circuitnn.studies.questions import mvm

    monkeypatch.chdir(tmp_path)
    words = ["study", "mvm", "--size", "4,8,12", "--chips", "1", "-q", "-o", "out.nc", "--picture", "out.png"]
    assert cli.execute(words) == 0
    whole = (tmp_path / "out.nc").read_bytes(), (tmp_path / "out.png").read_bytes()
    first = mvm.Point.__call__

    def interrupted(at, compensation, line_resistance, size):
        if size == 12:
            raise KeyboardInterrupt
        return first(at, compensation, line_resistance, size)

    monkeypatch.setattr(mvm.Point, "__call__", interrupted)
    assert cli.execute(words) == 130
    assert "Interrupted: matrix-vector products: 2 of 3 points are done" in capsys.readouterr().err
    assert ((tmp_path / "out.nc").read_bytes(), (tmp_path / "out.png").read_bytes()) == whole
    assert (tmp_path / "out.partial.nc").exists() and (tmp_path / "out.partial.png").exists()
    assert cli.execute([*words, "--record", "rec"]) == 130
    assert "2 of 3 points are in rec" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert cli.execute([*words, "--record", "rec"]) == 0


def test_too_few_points_for_an_answer(tmp_path, monkeypatch, capsys):
    from circuitnn.studies.questions import mvm

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    (tmp_path / "out.nc").write_text("earlier")
    monkeypatch.setattr(mvm.Point, "__call__", interrupted)
    assert cli.execute(["study", "mvm", "--size", "4", "--chips", "1", "-q", "-o", "out.nc"]) == 130
    assert "0 of 1 points are done" in capsys.readouterr().err
    assert (tmp_path / "out.nc").read_text() == "earlier"


class Stopped(Grid):
    """A space during whose writing a signal comes."""

    def write(self, group):
        super().write(group)
        raise KeyboardInterrupt


@pytest.mark.parametrize("earlier", [False, True])
def test_a_record_takes_its_name_when_it_is_whole(tmp_path, earlier):
    """One that was interrupted while it was made had no coordinates, and could not be read again."""
    record = tmp_path / "rec"
    if earlier:
        study(double, Grid(a=[1.0]), record=record)
    with pytest.raises(KeyboardInterrupt):
        study(double, Stopped(a=[1.0, 2.0]), record=record, overwrite=earlier)
    assert [path.name for path in tmp_path.iterdir()] == ["rec"] * earlier
    if earlier:
        assert opened(record).load()["twice"].values.tolist() == [2.0]
    found = study(double, Grid(a=[1.0, 2.0]), record=record, overwrite=earlier)
    assert found["twice"].values.tolist() == [2.0, 4.0]


def double(a):
    return {"twice": 2.0 * a}


def test_processes_that_ctrl_c_ended_while_they_started():
    """They break the pool, which is no lack of memory once the study itself was interrupted."""
    future = Future()
    future.set_exception(BrokenProcessPool("SIGINT(-2)"))
    assert pool._result(future, interrupted=True) == []
    with pytest.raises(BrokenProcessPool):
        pool._result(future, interrupted=False)


def test_what_dask_logs_about_a_lost_scheduler_is_ours_to_say(capsys):
    logger = logging.getLogger("distributed.client")
    handler, level = logging.StreamHandler(sys.stderr), logger.level
    logger.addHandler(handler)
    try:
        with pool._silenced(pool.CHATTER):
            logger.error("a traceback")
        assert capsys.readouterr().err == "" and logger.level == level
        logger.error("another one")
        assert "another one" in capsys.readouterr().err
    finally:
        logger.removeHandler(handler)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_after_the_end_is_no_traceback(number):
    """It comes while the interpreter ends, when an exception would be printed, with another exit code."""
    code = (
        "import os, signal, atexit; from circuitnn import cli; assert cli.execute_alone(['engines']) == 0\n"
        f"atexit.register(os.kill, os.getpid(), {int(number)})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -number
    assert done.stderr == ""
