"""What a transient records: what the cards ask for, before the run and not after it."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import recorded

DECK = """t
v1 a 0 sin(0 1 1meg) ac 1
r1 a b 1k
c1 b 0 1n
r2 b c 1k
d1 c 0 dm
l1 c d 1u
r3 d 0 1k
.model dm d(is=1f rs=10 cjo=1p)
.tran 10n 1u
"""


def kept(cards):
    circuit = Circuit.from_text(f"{DECK}{cards}\n.end\n").flat
    simulation = Simulation(circuit, Circuit.from_text(DECK).options())
    return {simulation.system.unknowns.names[k] for k in recorded(simulation)}


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        (".save v(b)", "v(b)"),
        (".save v(b) i(l1)", "v(b) i(l1)"),
        (".save v(b,c)", "v(b) v(c)"),
        (".save @r2[i]", "v(b) v(c)"),
        (".save @l1[i] @c1[i]", "i(l1) v(c) v(d) v(b)"),
        (".save v(b)\n.meas tran m max v(c)", "v(b) v(c)"),
        (".save v(b)\n.meas tran m param='m2*2'\n.meas tran m2 max v(c)", "v(b) v(c)"),
        (".save v(b)\n.meas tran m find v(c) when v(d)=v(a)", "v(a) v(b) v(c) v(d)"),
        (".save v(b)\n.meas tran m trig v(c) val=0 rise=1 targ par('v(d)*2') val=0 rise=1", "v(b) v(c) v(d)"),
        (".save v(b)\n.meas ac m max vdb(c)", "v(b) v(c)"),
        (".save v(b)\n.print tran v(c) v(d,a)", "v(a) v(b) v(c) v(d)"),
        (".save v(b)\n.four 1meg v(c)", "v(b) v(c)"),
        (".print tran v(c)\n.save v(nosuch)", "v(c)"),
    ],
)
def test_what_is_asked_for(cards, expected):
    assert kept(cards) == set(expected.split())


@pytest.mark.parametrize(
    "cards", ["", ".save all", ".save v(nosuch)", ".save v(b)\n.print tran all", ".save v(b) all"]
)
def test_everything_where_nothing_else_is_asked_for(cards):
    assert kept(cards) == {"v(a)", "v(b)", "v(c)", "v(d)", "i(v1)", "i(l1)"}


def test_the_inside_of_devices_that_are_asked_for():
    assert kept(".save v(b) @d1[id]") >= {"v(b)", "v(c)"} and len(kept(".save v(b) @d1[id]")) == 3
    assert kept(".save all @d1[id]") > kept("")


@pytest.mark.parametrize(
    "cards",
    [
        ".save v(b) @d1[id]",
        ".save @c1[i] @l1[v] v(b,c)",
        ".save all @d1[id] @d1[gd] @r1[p]",
        ".options savecurrents",
        ".save v(b)\n.meas tran m pp v(c)\n.meas tran n when v(d)=0.1 cross=last",
        pytest.param(
            ".save v(b) @d1[nosuch] @nosuch[i]", marks=pytest.mark.filterwarnings("ignore:tran. no '.save")
        ),
    ],
)
def test_numbers_are_those_of_a_run_that_keeps_all(cards):
    (found,) = Circuit.from_text(f"{DECK}{cards}\n.end\n").run()
    (whole,) = Circuit.from_text(f"{DECK}.save all @d1[id] @d1[gd]\n.end\n").run()
    assert len(found.names) > 1 and found.data.shape[1] == len(found.names)
    for name in found.names:
        assert np.array_equal(found[name], whole[name]), name
    if found.measures:
        (all_of_it,) = Circuit.from_text(f"{DECK}{cards.partition(chr(10))[2]}\n.end\n").run()
        assert found.measures == all_of_it.measures


def test_a_measure_that_is_none_says_so_as_ever():
    text = f"{DECK}.save v(b)\n.meas tran m max v(nosuch)\n.meas tran k max v(c)*nosuch\n.end\n"
    (found,) = Circuit.from_text(text).run()
    assert not found.measures and all("nosuch" in outcome.message for outcome in found.measured)
