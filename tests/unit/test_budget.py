"""What a run may take, and that everything that grows with numbers in a deck asks for it."""

import io
import subprocess
import sys
import time

import numpy as np
import pytest

from circuitnn import Circuit, cli
from circuitnn.errors import AnalysisError, BudgetError, NetlistError
from circuitnn.machine import budget
from circuitnn.ngspice import control
from circuitnn.results import rawfile

RC = "rc\nv1 a 0 sin(0 1 1meg)\nr1 a b 1k\nc1 b 0 1n\n{}\n.end\n"


def run(cards):
    return Circuit.from_text(RC.format(cards)).run()


@pytest.mark.parametrize(
    ("cards", "what"),
    [
        (".dc v1 0 1 1m", "dc: 1001 points; at most 100 are allowed"),
        (".dc v1 0 1 0.1 r1 1k 2k 0.1k", "dc: 121 points"),
        (".tran 1n 1m", r"tran at t = .*: \d+ points"),
        (".op\n.step param x 1 1000 1\n.param x=1", ".step: 1000 points"),
        (".op\n.step r1 1 11 1\n.step v1 1 11 1", ".step: 121 points"),
    ],
)
def test_points(cards, what):
    with budget.limits(points=100), pytest.raises(BudgetError, match=what):
        run(cards)


def test_a_transient_that_runs_out_of_points_or_time_keeps_what_it_has():
    for given in ({"points": 5000}, {"seconds": 0.3}):
        with budget.limits(**given), pytest.raises(BudgetError) as caught:
            run(".tran 1n 1")
        (result,) = caught.value.results
        assert not result.complete and len(result) > 1000
        assert str(caught.value) in result.message
        assert np.all(np.diff(result.time) > 0)


def test_time_ends_steps_and_control_blocks():
    started = time.monotonic()
    with budget.limits(seconds=0.3), pytest.raises(BudgetError, match=r"at most 0\.3 s"):
        run(".op\n.step r1 1 100000 1")
    with budget.limits(seconds=1.0):
        deck = Circuit.from_text(RC.format(".control\nop\nwhile 1\nlet x = 1\nend\n.endc"))
        with pytest.raises(NetlistError, match=r"deck:\d+: .*--max-time") as caught:
            control.run(deck, io.StringIO())
    assert caught.value.results[0].analysis == "op"
    assert time.monotonic() - started < 10.0


def test_memory():
    more = budget.resident() + 50e6
    with budget.limits(memory=more):
        run(".op")
        with pytest.raises(BudgetError, match="--max-memory"):
            run(".dc v1 0 1 2e-7")
        with pytest.raises(NetlistError, match="--max-memory"):
            control.run(Circuit.from_text(RC.format(".control\nlet x=vector(1e7)\n.endc")), io.StringIO())
    with budget.limits(memory=1.0), pytest.raises(BudgetError):
        run(".op")


def test_the_tighter_limit_holds():
    with budget.limits(points=10), budget.limits(points=1000), pytest.raises(BudgetError):
        budget.ask_points(11, "x")
    budget.ask_points(11, "x")


@pytest.mark.long
def test_steps_do_not_hold_all_steps():
    """Each point's circuit held the values of all points: 4 GB for ten thousand."""
    words = (
        "import resource, sys; from circuitnn import Circuit; n = int(sys.argv[1]);"
        "deck = f't\\n.param p=1\\nv1 a 0 {{p}}\\nr1 a 0 1k\\n.op\\n.step param p 1 2 {1 / n}\\n';"
        "results = Circuit.from_text(deck).run();"
        "print(len(results), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    held = []
    for n in (100, 1600):
        out = subprocess.run(
            [sys.executable, "-c", words, str(n)], capture_output=True, text=True, check=True
        )
        count, size = map(int, out.stdout.split())
        assert count == n + 1
        held.append(size)
    scale = 1.0 if sys.platform == "linux" else 1 / 1024  # KiB, elsewhere bytes
    assert held[0] * scale > 10_000  # KiB of an interpreter with NumPy: the unit is the right one
    assert (held[1] - held[0]) * scale < 1500 * 40  # KiB a point


@pytest.mark.long
def test_functions_that_double_are_bounded():
    functions = "\n".join(f".func f{k}(x)={{f{k - 1}(f{k - 1}(x))}}" for k in range(1, 40))
    deck = f"t\n.func f0(x)={{x*x+1}}\n{functions}\nb1 a 0 v=f39(v(b))\nr1 a 0 1\nr2 b 0 1\n.op\n"
    with pytest.raises(NetlistError, match=r"f\d+ calls amount to more than \d+ operations"):
        Circuit.from_text(deck).op()
    few = deck.replace("=f39(v(b))", "=f3(0.1)")  # x*x + 1, eight times
    wanted = 0.1
    for _ in range(8):
        wanted = wanted * wanted + 1.0
    assert Circuit.from_text(few).op()["v(a)"] == pytest.approx(wanted)


@pytest.mark.parametrize(
    "card", [".tran 0.1n 1e-310", ".tran 1e-320 1e-318", ".tran 1n 1n 0 1e-310", ".tran 5e-324 1n"]
)
@pytest.mark.filterwarnings("ignore:.*takes tstep and then tstop")
def test_times_that_are_hardly_numbers_end(card):
    started = time.monotonic()
    try:
        run(card)
    except (AnalysisError, NetlistError) as error:
        assert "tran" in str(error)
    assert time.monotonic() - started < 10.0


def test_the_commands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deck.cir").write_text(RC.format(".tran 1n 1\n.print tran v(b)"))
    for words in (["run", "deck.cir", "-o", "out.raw"], ["-b", "deck.cir", "-r", "out.raw"]):
        assert cli.execute([*words, "--max-time", "0.3"]) == 1
        assert "--max-time" in capsys.readouterr().err
        (result,) = rawfile.read("out.partial.raw")
        assert len(result) > 1000 and not (tmp_path / "out.raw").exists()
        (tmp_path / "out.partial.raw").unlink()
        assert cli.execute([*words, "--max-points", "2000"]) == 1
        assert "--max-points" in capsys.readouterr().err
        assert cli.execute([*words, "--max-memory", "1"]) == 1
        assert "--max-memory" in capsys.readouterr().err
        assert cli.execute([*words, "--max-memory", "x"]) != 0
