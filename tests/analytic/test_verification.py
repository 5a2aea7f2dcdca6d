"""``verify``: figures of a deck against those of a tighter run."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from circuitnn import Circuit
from circuitnn.analyses import tran
from circuitnn.circuit.verification import Verification, tightened
from circuitnn.cli import group
from circuitnn.errors import AnalysisError
from circuitnn.system.accuracy import state_tolerance

# A low-pass at default tolerances; everything about it is settled.
SETTLED = """rc
v1 in 0 pulse(0 1 0 1n) ac 1
r1 in out 1k
c1 out 0 1n
.op
.dc v1 0 1 .1
.ac dec 3 1k 1meg
.noise v(out) v1 dec 2 1 1k
.tran 10n 5u
"""
# Van der Pol's oscillator at tolerances that let it have any amplitude.
LOOSE = """oscillator
l1 a 0 1u ic=1m
c1 a 0 1u
b1 a 0 i=-v(a)*0.5+v(a)**2*v(a)*0.5
.options reltol=0.3 vntol=0.1 chgtol=1
.tran 1u 100u uic
"""


def moved(found, name):
    (figure,) = (f for f in found.figures if f.name == name)
    return figure.moved


def test_a_deck_that_passes():
    found = Circuit.from_text(SETTLED).verify()
    assert found.passed and found.worst.moved < 0.01
    assert {f.analysis for f in found.figures} == {"op", "dc", "ac", "noise", "noise_total", "tran"}
    assert {f.name for f in found.figures if f.analysis == "tran" and "v(out)" in f.name} == {
        f"v(out) {what}" for what in ("min", "max", "mean", "final")
    }
    assert found.verdict.startswith("verified: ") and str(found).startswith(found.verdict)


def test_a_deck_that_must_fail():
    found = Circuit.from_text(LOOSE).verify()
    assert not found.passed and found.worst.moved > 10
    assert moved(found, "v(a) period") > 1 and not any("final" in f.name for f in found.figures)
    assert "beyond the limit of 1 %" in found.verdict


def test_the_limit_decides():
    circuit = Circuit.from_text(SETTLED)
    worst = circuit.verify().worst.moved
    assert circuit.verify(limit=worst * 1.01).passed and not circuit.verify(limit=worst * 0.99).passed
    with pytest.raises(AnalysisError, match="must not be negative"):
        circuit.verify(limit=-1)


def test_steps_are_halved_and_tolerances_a_tenth():
    circuit = Circuit.from_text(SETTLED + ".options reltol=1e-4 abstol=1n\n")
    tight = tightened(circuit)
    assert (tight.options().reltol, tight.options().abstol) == (1e-5, pytest.approx(1e-10))
    assert tran.finer(circuit.flat.analyses[-1].arguments, 2.0)["tmax"] == 5e-9
    for deck, longest in ((".tran 10n 5u", 10e-9), (".tran 1u 5u", 1e-7), (".tran 10n 5u 0 4n", 4e-9)):
        found = Circuit.from_text(SETTLED).verify(deck.removeprefix("."))
        one, other = (np.diff(r.time).max() for r in (found.results[0], found.again[0]))
        assert one == pytest.approx(longest, rel=1e-6) and other == pytest.approx(longest / 2, rel=1e-6)


@pytest.mark.parametrize(
    "given", ["reltol=1e-2", "reltol=1e-3", "reltol=1e-5", "reltol=1e-7", "statetol=1e-9"]
)
def test_states_are_tightened_whatever_the_options(given):
    """From reltol=1e-5 on, both runs had the same tolerance of states."""
    circuit = Circuit.from_text(SETTLED + f".options {given}\n")
    before, after = (state_tolerance(c.options()) for c in (circuit, tightened(circuit)))
    assert after == pytest.approx(before / 10.0, rel=0.02)


def test_what_really_moves_is_what_is_said():
    """A sine sampled by coarse steps: extrema are missed by what the figures say."""
    found = Circuit.from_text("sine\nv1 a 0 sin(0 1 1k)\nr1 a 0 1\n.tran 400u 10m 0 400u\n").verify()
    for figure in found.figures:
        if figure.name in ("v(a) min", "v(a) max"):
            assert figure.moved == pytest.approx(100 * abs(figure.again - figure.value), rel=0.05)
    assert moved(found, "v(a) period") < 1


def test_measures_are_the_figures_where_there_are_some():
    deck = (
        SETTLED
        + ".meas tran half when v(out)=0.5\n.meas tran never when v(out)=2\n.meas op x find v(out) at=0\n"
    )
    found = Circuit.from_text(deck).verify()
    assert [f.name for f in found.figures if f.analysis == "tran"] == ["half", "never"]
    assert moved(found, "half") < 0.1 and moved(found, "never") == 0.0  # it fails in both


def test_a_measure_that_is_lost_fails():
    deck = LOOSE + ".meas tran top when v(a)=1.4\n"
    found = Circuit.from_text(deck).verify()
    assert not found.passed and "lost" in found.verdict


def test_zero_is_no_figure_that_moves():
    """Nodes that are zero up to the tolerances may be anything there."""
    deck = "bridge\nv1 a 0 1\n" + "\n".join(
        f"r{k} {p} {n} 1k" for k, (p, n) in enumerate(["ab", "b0", "ac", "c0", "bc"])
    )
    found = Circuit.from_text(deck + "\nd1 b c dm\n.model dm d\n.op\n.dc v1 0 1 0.1\n").verify()
    assert found.passed


def test_random_numbers_are_the_same():
    deck = (
        "noisy\n.param r=agauss(1k,200,3)\nv1 a 0 trnoise(1 10n 0 0)\nr1 a b {r}\nc1 b 0 10p\n.tran 1n 1u\n"
    )
    for seed in (1, 7):
        found = Circuit.from_text(deck).with_options(seed=seed).verify()
        assert found.passed, str(found)
    assert Circuit.from_text(deck).verify().results[0]["v(b)"].max() != found.results[0]["v(b)"].max()


def test_steps_of_parameters_are_told_apart():
    found = Circuit.from_text(
        "t\n.param p=1k\nv1 a 0 1\nr1 a b {p}\nr2 b 0 1k\n.step param p 1k 3k 1k\n.op\n"
    ).verify()
    assert {f.analysis for f in found.figures} == {"op 1", "op 2", "op 3"}


def test_a_tighter_run_that_fails_is_not_verified():
    circuit = Circuit.from_text(
        "t\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dm\n.model dm d\ne1 c 0 b 0 1\nr2 c 0 1k\n"
        ".options gminsteps=0 srcsteps=0 itl1=100\n.op\n"
    )
    tight = tightened(circuit).with_options(itl1=1)
    from circuitnn.circuit.verification import against

    found = against(circuit, circuit.run(), 1.0, lambda _: tight.run())
    assert not found.passed and "the run with tighter tolerances failed" in found.verdict
    assert not Verification((), 1.0, []).worst


def call(tmp_path, deck, *words):
    path = tmp_path / "deck.cir"
    path.write_text(deck)
    return CliRunner().invoke(
        group.group, ["run", str(path), "--verify", *words], catch_exceptions=False, standalone_mode=False
    )


@pytest.mark.parametrize(
    ("deck", "words", "code", "said"),
    [
        (SETTLED, [], 0, "verified: "),
        (SETTLED, ["--limit", "1e-9%"], 1, "not verified"),
        (LOOSE, [], 1, "not verified"),
        (LOOSE, ["--limit", "100"], 0, "verified: "),
        (LOOSE, ["-q"], 1, "not verified"),
    ],
)
def test_the_command(tmp_path, deck, words, code, said):
    done = call(tmp_path, deck, *words)
    assert done.return_value == code and said in done.output + done.stderr
    assert ("as it is" in done.output) == ("-q" not in words)


def test_the_command_with_control_blocks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    deck = (
        SETTLED
        + ".control\nalter r1 = 2k\ntran 10n 5u\nmeas tran half when v(out)=0.5\nwrite out.raw v(out)\n.endc\n"
    )
    done = call(tmp_path, deck, "-o", "mine.csv")
    assert done.return_value == 0 and "tran      half" in done.output
    before = (tmp_path / "out.raw").stat().st_mtime_ns
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deck.cir", "mine.csv", "out.raw"]
    (tmp_path / "out.raw").unlink()
    assert before and call(tmp_path, deck, "-q").return_value == 0


@pytest.mark.parametrize(
    "words", [["--limit", "a=1:2"], ["--limit", "1", "--limit", "2"], ["--samples", "3"], ["--limit", "-1"]]
)
def test_the_command_misused(tmp_path, words):
    import click

    with pytest.raises(click.UsageError):
        call(tmp_path, SETTLED, *words)
