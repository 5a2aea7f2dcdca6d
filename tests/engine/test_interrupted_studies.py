"""A study that is interrupted within a point ends, does not take the point for done, and replaces no earlier answer."""

import numpy as np
import pytest

from circuitnn import Circuit, cli
from circuitnn.machine import budget
from circuitnn.studies import Grid, study

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
