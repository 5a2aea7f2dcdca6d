"""A few random drives of the campaign `bench.twins`: exported decks run in ngspice as they are, without options."""

import math
import random
import re

import pytest

from bench.twins import compared, drawn
from circuitnn import Circuit
from circuitnn.contract import ngspice_run
from circuitnn.models import compact
from circuitnn.netlist.writer import write
from validation.ngspice import available


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
@pytest.mark.parametrize("name", ["josephson", "vo2_thermal", "vo2_switch", "vteam", "pershin", "memdiode"])
def test_exported_decks_need_no_options(name):
    found = compared(drawn(name, compact()[name], random.Random(f"tests {name}")), scipy=False)
    assert {who: pair for who, pair in found.items() if not pair[1] <= 1.0} == {}


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
@pytest.mark.parametrize("chgtol", ["", "chgtol=1e-22"])
def test_rest_after_many_turns_takes_few_points(chgtol):
    """A step of femtoseconds makes currents of the rounding of voltages: Newton's method must not heed them."""
    deck = "t\ni1 0 a pwl(0 0 2p 300u 60p 300u 62p 50u)\nr1 a 0 4\nn1 a 0 m\n.model m josephson\n"
    deck = write(Circuit.from_text(f"{deck}.options {chgtol}\n.tran 1p 120p uic\n").flat)
    run = ngspice_run.run(deck, timeout=60.0)[0]
    assert len(run.time) < 5000
    turns = run["v(xn1.phi)"][-1] / (2.0 * math.pi)
    assert turns > 30.0 and turns % 1.0 == pytest.approx(math.asin(0.5) / (2.0 * math.pi), abs=1e-5)


DECK = "t\nv1 a 0 1\nn1 a 0 m\n.model m {}\n{}\n.end\n"


def options(model, cards):
    lines = write(Circuit.from_text(DECK.format(model, cards)).flat).splitlines()
    return [line for line in lines if line.startswith(".options")]


def test_tolerances_that_twins_need():
    usual = ".options reltol=1e-06 vntol=1e-09"
    assert options("vteam", ".tran 1n 1u uic") == options("vteam", "") == [usual]
    assert options("vteam", ".options gmin=1e-13 reltol=1e-4\n.tran 1n 1u uic") == [
        ".options gmin=1e-13 reltol=1e-06 vntol=1e-09"
    ]
    # what the deck asks for is no looser than that
    assert options("vteam", ".options reltol=1e-8\n.tran 1n 1u uic") == [".options reltol=1e-08 vntol=1e-09"]
    # states that follow at once would ring
    assert options("cbram", ".tran 1n 1u uic") == [usual + " method=gear"]
    # nothing moves in time, or nothing has a state
    assert options("vteam", ".op") == options("sinh_selector", ".tran 1n 1u") == []


@pytest.mark.parametrize(
    ("cards", "farads"),
    [
        (".tran 1n 1u uic", 1e-11),
        (".tran 1n 1u uic\n.tran 1m 100 uic", 1e-5),  # for the longest steps
        (".tran 1m 100 0 20m uic", 2e-4),
        (".tran 1f 100f uic", 1e-12),
        ("", 1e-9),
        (".tran 1n 1u uic\n.lyapunov 1u 1u", 1e-11),  # which has no print interval
    ],
)
def test_capacitors_of_states_suit_the_steps(cards, farads):
    text = write(Circuit.from_text(DECK.format("vteam", cards)).flat)
    assert float(re.search(r"^cq_x x size_x (\S+)", text, re.MULTILINE)[1]) == pytest.approx(farads)
