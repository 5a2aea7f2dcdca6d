"""Samples that were interrupted or killed go on where they ended. Oracle: the same samples without an interruption."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from circuitnn import Circuit, cli, load
from circuitnn.errors import AnalysisError, BudgetError
from circuitnn.machine import budget

DECK = """rc
.include values.inc
v1 a 0 sin(0 {u} 1k) dc {u} ac {u}
r1 a b 1k
c1 b 0 100n
.tran 1u {stop}
.meas tran top max v(b)
.meas tran never when v(b)=9
.meas tran mean avg v(a)
"""
VALUES = ".param u=agauss(1,0.1,1) stop=1m\n"
NAME = "out.0123abcd.partial.jsonl"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.cir").write_text(DECK)
    (tmp_path / "values.inc").write_text(VALUES)
    return tmp_path


def stopped(count, **arguments):
    """A study that Ctrl-C ends after some samples."""

    def press(fraction, _):
        if fraction * arguments["samples"] >= count - 0.5:
            raise KeyboardInterrupt

    circuit = arguments.pop("circuit")
    return circuit.monte_carlo(**arguments, progress=press)


def left_behind(count=3, samples=8, **more):
    """Leave the record of samples beside ``out.csv`` as a killed run does."""
    given = {"signals": (), "record": NAME, **more}
    assert len(stopped(count, circuit=load("d.cir"), samples=samples, **given)) == count


def run(*words):
    return cli.execute(["run", "d.cir", "-q", "-o", "out.csv", *words])


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.long
def test_a_killed_run_goes_on_with_the_same_bits(folder, jobs):
    (folder / "values.inc").write_text(VALUES.replace("1m", "10m"))
    words = ["run", "d.cir", "-q", "-o", "out.csv", "--samples", "16", "--processes", jobs]
    assert cli.execute([*words[:4], "whole.csv", *words[5:]]) == 0
    (folder / "out.csv").write_text("earlier")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen([sys.executable, "-m", "circuitnn", *words], env=environment) as process:
        while not (lines := [p.read_bytes().count(b"\n") for p in folder.glob("*.jsonl")]) or lines[0] < 4:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    (record,) = folder.glob("out.????????.partial.jsonl")
    kept = [json.loads(line) for line in record.read_bytes().split(b"\n")[1:-1]]
    assert 3 <= len(kept) < 16
    assert (folder / "out.csv").read_text() == "earlier"
    changed = {k["run"]: k["measures"] for k in kept}
    # what is in the record is not run again: a changed number shows
    text = record.read_text().replace(repr(kept[0]["measures"]["top"]), "42.0")
    record.write_text(text)
    assert cli.execute([*words, "--resume"]) == 0
    found, whole = ((folder / name).read_text() for name in ("out.csv", "whole.csv"))
    assert "42.0" in found
    assert found.replace("42.0", repr(changed[kept[0]["run"]]["top"])) == whole
    assert not list(folder.glob("*.partial.*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--samples", "9"], "samples 8 instead of 9"),
        (["--samples", "8", "--seed", "2"], "seed 1 instead of 2"),
        (["--samples", "8", "--set", "u=2"], "other circuit"),
        (["--samples", "8", "--plot", "v(b)"], "other signals"),
        (["--samples", "8", "--ngbehavior", "lta"], "other circuit"),
    ],
)
def test_other_samples_are_refused(folder, capsys, words, said):
    left_behind()
    before = (folder / NAME).read_bytes()
    (folder / "out.csv").write_text("earlier")
    assert run("--resume", *words) == 1
    assert said in capsys.readouterr().err
    assert (folder / NAME).read_bytes() == before and (folder / "out.csv").read_text() == "earlier"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("d.cir", "r1 a b 1k", "r1 a b 2k", "other circuit"),
        ("values.inc", "0.1,1", "0.2,1", "other circuit"),
        ("d.cir", ".tran 1u", ".options reltol=1e-4\n.tran 1u", "options"),
        ("d.cir", "top max", "top min", "other circuit"),
    ],
)
def test_another_deck_is_refused(folder, capsys, name, old, new, said):
    left_behind()
    (folder / name).write_text((folder / name).read_text().replace(old, new))
    assert run("--resume", "--samples", "8") == 1
    assert said in capsys.readouterr().err


def test_limits_and_processes_and_the_name_of_the_deck_may_differ(folder):
    assert run("--samples", "8") == 0
    whole = (folder / "out.csv").read_text()
    left_behind()
    words = ["--resume", "--samples", "8", "--processes", "2", "--limit", "top=0:2"]
    assert cli.execute(["run", f"{folder}/d.cir", "-q", "-o", "out.csv", *words]) == 0
    assert (folder / "out.csv").read_text() == whole


@pytest.mark.parametrize("analysis", ["tran 1u 1m", "ac dec 5 1 1meg", "op"])
def test_signals_have_the_same_bits(folder, analysis):
    given = {"circuit": load("d.cir"), "samples": 6, "analysis": analysis}
    whole = stopped(6, **given)
    assert len(stopped(2, **given, record="r")) == 2
    found = stopped(6, **given, record="r")
    assert found.measures.equals(whole.measures) and list(found.measures) == list(whole.measures)
    assert found.missing == whole.missing and found.seeds == whole.seeds
    assert found.signals.keys() == whole.signals.keys()
    for key, signals in whole.signals.items():
        assert found.signals[key].identical(signals)


def test_operating_points_in_blocks(folder):
    circuit = Circuit.from_text("t\nv1 a 0 {agauss(1,0.1,1)}\nr1 a b 1k\nd1 b 0 dm\n.model dm d\n.op\n")
    given = {"circuit": circuit, "samples": 2500, "measures": {"m": "op find v(b) at=0"}, "signals": ()}
    whole = circuit.monte_carlo(**{k: v for k, v in given.items() if k != "circuit"})
    assert len(stopped(1000, **given, record="r")) == 1024
    with open("r", "rb+") as file:  # within a block, which is solved as a whole
        file.truncate(20_000)
    found = stopped(2500, **given, record="r")
    assert np.array_equal(found.measures["m"], whole.measures["m"])


def test_a_failed_sample_is_kept_with_its_reason(folder):
    # a saturation current below zero is a fault of that sample
    deck = "t\n.param u=limit(0,2)\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dm\n.model dm d(is={1e-14*u})\n.op\n"
    given = {"circuit": Circuit.from_text(deck), "samples": 12}
    whole = stopped(12, **given)
    assert 0 < len(whole.failures) < 12
    stopped(8, **given, record="r")
    assert stopped(12, **given, record="r").failures == whole.failures


def test_damage_costs_its_samples_only(folder):
    assert run("--samples", "8") == 0
    whole = (folder / "out.csv").read_text()
    left_behind(5)
    lines = (folder / NAME).read_bytes().split(b"\n")
    lines[2] = lines[2][:40]
    (folder / NAME).write_bytes(b"\n".join(lines)[:-30])  # the last line is cut short
    with pytest.warns(UserWarning, match="damaged in 1 of its lines"):
        found = load("d.cir").monte_carlo(8, signals=(), record=NAME)
    found.save("found.csv")
    assert (folder / "found.csv").read_text() == whole


def test_other_files_are_no_records(folder):
    (folder / "r").write_text("thesis")
    with pytest.raises(AnalysisError, match="is not a record of samples"):
        load("d.cir").monte_carlo(2, record="r", overwrite=True)
    assert (folder / "r").read_text() == "thesis"


def test_one_run_at_a_time(folder):
    def begin_again(*_):
        with pytest.raises(AnalysisError, match="another run is writing"):
            load("d.cir").monte_carlo(3, record="r")

    assert len(load("d.cir").monte_carlo(3, record="r", progress=begin_again)) == 3


def test_nothing_to_go_on_from(folder, capsys):
    assert run("--samples", "2", "--resume") == 0
    assert "Note: there are no samples" in capsys.readouterr().err
    assert run("--resume") == 2
    assert cli.execute(["run", "d.cir", "--samples", "2", "--resume"]) == 2


def test_the_samples_of_a_run_out_of_time_stay(folder, capsys):
    (folder / "values.inc").write_text(VALUES.replace("1m", "100m"))
    assert run("--samples", "1000", "--max-time", "1.5") == 1
    said = capsys.readouterr().err
    (record,) = folder.glob("*.jsonl")
    assert "out of time" in said and f"--resume goes on from {record.name}" in said
    assert record.read_bytes().count(b"\n") == (folder / "out.partial.csv").read_bytes().count(b"\n") > 1
    circuit = load("d.cir")
    with budget.limits(seconds=0.5), pytest.raises(BudgetError, match="of 1000 samples are made") as caught:
        circuit.monte_carlo(1000, signals=())
    assert 0 < len(caught.value.study) < 1000


def test_a_misspelt_limit_does_not_lose_the_samples(folder, capsys):
    assert run("--samples", "3", "--limit", "tpo=0:2") == 1
    assert "tpo" in (said := capsys.readouterr().err) and "--resume goes on from" in said
    (record,) = folder.glob("*.jsonl")
    assert record.read_bytes().count(b"\n") == 4
    assert run("--samples", "3", "--limit", "top=0:2", "--resume") == 0
    assert not record.exists()


def test_pictures_of_few_samples_do_not_replace_those_of_all(folder, monkeypatch):
    from circuitnn.studies.sampling import Sampling

    words = ("--samples", "3", "--picture", "out.png", "--plot", "v(b)")
    assert run(*words) == 0
    names = ("out.csv", "out.png", "out_signal.png")
    whole = [(folder / name).read_bytes() for name in names]
    made = Sampling.run

    def interrupted(sampling, *given, **more):
        made(sampling, *given, **more)
        sampling.outcomes[2] = None

    monkeypatch.setattr(Sampling, "run", interrupted)
    assert run(*words) == 130
    assert [(folder / name).read_bytes() for name in names] == whole
    assert {p.name for p in folder.glob("*.partial.*")} >= {"out.partial.csv", "out.partial.png"}


def test_decks_with_arrays_and_own_models(folder, monkeypatch):
    """Wherever they lie; other models that a process has do not matter."""
    deck = "t\n.crossbar x1 rows=2 cols=2 g={agauss(1m,0.1m,1)}\nv1 x1.w1 0 {agauss(1,0.1,1)}\nr1 x1.w1 0 1\n.op\n"
    (folder / "d.cir").write_text(deck)
    (folder / "sub").mkdir()
    (folder / "sub" / "d.cir").write_text(deck)
    given = {"samples": 4, "measures": {"i": "op find i(v1) at=0"}, "signals": (), "record": "r"}
    stopped(2, circuit=load("d.cir"), **given)
    from circuitnn.studies import circuit_studies

    class Other:
        name = "other"

    monkeypatch.setattr(circuit_studies, "registered", lambda: [Other])
    whole = load("d.cir").monte_carlo(4, measures=given["measures"], signals=())
    assert load(f"{folder}/sub/d.cir").monte_carlo(**given).measures.equals(whole.measures)


def test_a_record_without_any_sample_is_not_named(folder):
    """A first sample that does not fit is in memory only; the message names no file that has none."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))"
    code = f"import sys; {limit}; from circuitnn import cli; sys.exit(cli.execute(sys.argv[1:]))"
    words = ["run", "d.cir", "-q", "-o", "out.nc", "--samples", "4"]
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1
    assert "File too large; 1 of 4 samples are made" in done.stderr
    assert not list(folder.glob("*.jsonl")) and "jsonl; " not in done.stderr.replace("jsonl: ", "")
