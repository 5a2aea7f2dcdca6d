"""Decks with one faulty card: the exit code is ngspice's, and the analyses that ngspice runs are run."""

import subprocess
import sys

import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from validation.cases import both
from validation.ngspice import available

DECK = """one faulty card
v1 a 0 1 ac 1
r1 a b 1k
c1 b 0 1u
.op
.dc v1 0 1 0.5
.print dc v(b)
{card}
.end
"""
needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")


def outcome(command, path):
    """Exit code, number of rows of the sweep, and whether the operating point is listed."""
    run = subprocess.run([*command, "-b", path], capture_output=True, text=True, timeout=60, check=False)
    rows = [line for line in run.stdout.splitlines() if line[:2] in ("0\t", "1\t", "2\t")]
    return run.returncode, len(rows), "Voltage" in run.stdout


@pytest.mark.thinned(3)
@needs_ngspice
@pytest.mark.parametrize(
    "card",
    [
        ".print dc v(",
        ".print dc v(nowhere)",
        ".four 1k",
        ".four nonsense v(b)",
        ".four -1k v(b)",
        ".save (",
        ".meas dc",
        ".meas nonsense x find v(b) at=1",
        ".ic v(b)",
        ".ic v(b) 1",
        ".ic v(b)=1 v(a)",
        ".ic v(b)=",
        ".ic v(b)=1 nonsense",
        ".ic nonsense v(b)=1",
        ".nodeset v(b)",
        ".nodeset v(b) 1",
        ".nodeset b=1",
        ".temp",
        ".options reltol=",
        ".dc v9 0 1 0.1",
        ".dc v1 0 1 0.5 r9 1 2 1",
        ".dc nonsense",
        ".ac dec 10 0 1",
        ".noise v(b) v9 dec 1 1 10",
        ".noise v(b) v1 dec 0 1 10",
    ],
)
def test_the_rest_of_the_deck_is_run_where_ngspice_runs_it(card, tmp_path):
    path = tmp_path / "deck.cir"
    path.write_text(DECK.format(card=card))
    assert outcome([sys.executable, "-m", "circuitnn"], path) == outcome(["ngspice"], path)


@needs_ngspice
@pytest.mark.filterwarnings("ignore:.*has no value. it is 0")
@pytest.mark.parametrize("form", ["v(b)", "v(b) .5", "v(b) = .5", "v(b)=.5 v(a)", "v(a) v(b) .5"])
def test_initial_voltages_without_a_sign_or_a_value(form, tmp_path):
    deck = f"ic\nv1 a 0 1\nr1 a b 1k\nr2 a 0 1k\nc1 b 0 1u\n.tran 10u 1m\n.ic {form}\n.end\n"
    ours, theirs = both(deck, tmp_path)
    assert float(ours["v(b)"][0]) == pytest.approx(float(theirs["v(b)"][0]), abs=1e-9)


@needs_ngspice
@pytest.mark.parametrize("card", ["dec 2 10", "lin 3 10", "oct 3 10", "dec 2 1 10 nonsense"])
def test_small_signals_with_words_missing_or_left_over(card, tmp_path):
    deck = f"ac\nv1 a 0 ac 1\nr1 a b 1k\nc1 b 0 1u\n.ac {card}\n.end\n"
    with pytest.warns(DeckWarning, match=r"it gives no last frequency|'nonsense' on '\.ac' has no effect"):
        ours, theirs = both(deck, tmp_path)
    assert ours["frequency"].real == pytest.approx(theirs["frequency"].real, rel=1e-6)


def test_a_run_without_one_of_its_analyses_fails_after_the_others():
    circuit = Circuit.from_text(DECK.format(card=".tran {nothing} 1m\n.dc v9 0 1 1"))
    assert [card.kind for card in circuit.flat.analyses] == ["op", "dc"]
    with pytest.raises(NetlistError, match="unknown parameter 'nothing'") as caught:
        circuit.run()
    assert [result.analysis for result in caught.value.results] == ["op", "dc"]
    assert "no source, resistor or parameter 'v9'" in str(caught.value.others[0])


def test_check_names_analyses_that_cannot_be_run(tmp_path):
    path = tmp_path / "deck.cir"
    path.write_text(DECK.format(card=".tran"))
    command = [sys.executable, "-m", "circuitnn", "check", path]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, "'.tran' takes tstep, tstop" in run.stderr) == (1, True)


def test_a_deck_of_faulty_analyses_only_is_refused():
    with pytest.raises(NetlistError, match="takes tstep, tstop"):
        _ = Circuit.from_text("t\nv1 a 0 1\nr1 a 0 1\n.tran\n.end\n").flat


def test_faults_elsewhere_are_reported_with_those_of_analyses():
    with pytest.raises(NetlistError) as caught:
        _ = Circuit.from_text("t\nv1 a 0 1\nr1 a 0 {x}\n.op\n.tran\n.end\n").flat
    assert [fault.line for fault in caught.value.faults] == [3, 5]


def test_cards_from_python_are_refused():
    circuit = Circuit.from_text(DECK.format(card=""))
    with pytest.raises(NetlistError, match=r"'\.meas' ends where"):
        _ = circuit.with_card(".meas", "dc", keep=True).flat
