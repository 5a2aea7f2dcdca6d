"""A few random drives of the campaign `bench.twins`: exported decks run in ngspice as they are, without options."""

import random

import pytest

from bench.twins import compared, drawn
from circuitnn import Circuit
from circuitnn.models import compact
from circuitnn.netlist.writer import write
from validation.ngspice import available


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
@pytest.mark.parametrize("name", ["josephson", "vo2_thermal", "vo2_switch", "vteam", "pershin", "memdiode"])
def test_exported_decks_need_no_options(name):
    found = compared(drawn(name, compact()[name], random.Random(f"tests {name}")), scipy=False)
    assert {who: pair for who, pair in found.items() if not pair[1] <= 1.0} == {}


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
