"""Circuits without a solution: the error says what, where, and what to try."""

import re
import subprocess
import sys

import pytest

from circuitnn import Circuit
from circuitnn.errors import ConvergenceError, SingularMatrixError, TopologyError
from circuitnn.results import rawfile
from circuitnn.solvers.linear import have_klu

UNSOLVABLE = {
    "two sources in parallel": (
        "v1 a 0 1\nv2 a 0 2",
        TopologyError,
        "v2 closes a loop .* between nodes a and 0",
    ),
    "an inductor across sources": (
        "v1 a 0 1\ne1 b 0 a 0 2\nl1 a b 1m",
        TopologyError,
        "l1 closes a loop .* put a small resistance in series",
    ),
    "a shorted source": ("v1 a a 1\nr1 a 0 1", TopologyError, "v1 is shorted: both its ends are node a"),
    "two currents in series": (
        "i1 0 a 1m\ni2 a 0 3m",
        TopologyError,
        "node a .* 0.002 A is driven out of it .* add a resistance to ground",
    ),
    "a controlled current into a capacitor": (
        "v1 in 0 1\ng1 0 a in 0 1m\nc1 a 0 1p",
        TopologyError,
        "node a .* 0.001 A is driven into it",
    ),
    "conductances that cancel": (
        "r1 a 0 1k\ng1 a 0 a 0 -1m\ni1 0 a 1m",
        SingularMatrixError,
        r"singular at v\(a\) \(node of r1, i1, g1\): .* conductances that cancel",
    ),
    "a source that contradicts itself": (
        "v1 in 0 1\nb1 a 0 v=v(a)+v(in)\nr1 a 0 1k",
        SingularMatrixError,
        r"singular at v\(a\) \(node of r1, b1\), i\(b1\): .* contradict each other",
    ),
    "a current that no voltage balances": (
        "v1 in 0 1\nr1 in a 1k\nb1 a 0 i=1+v(a)*v(a)",
        ConvergenceError,
        r"worst is v\(a\) \(node of r1, b1\), last update \S+ V, residual of its equation \S+ A\. Try \.nodeset",
    ),
    "a load line across a step": (
        "v1 in 0 1\nr1 in a 1k\nb1 a 0 i=v(a)>0.5 ? 1m : 0",
        ConvergenceError,
        r"v\(a\) \(node of r1, b1\), last update \S+ V, residual of its equation -0.001 A",
    ),
    "a switch that opens when it is closed": (
        "v1 in 0 1\nr1 in a 1k\ns1 a 0 a 0 sm\n.model sm sw(vt=0.5 ron=1 roff=1g)",
        ConvergenceError,
        "no state of the switches agrees with their controls",
    ),
}


@pytest.mark.parametrize("what", UNSOLVABLE)
def test_an_operating_point_that_does_not_exist(what):
    cards, kind, sentence = UNSOLVABLE[what]
    if kind is SingularMatrixError and not have_klu():
        sentence = "the matrix is singular"  # SuperLU does not say where
    with pytest.raises(kind) as caught:
        Circuit.from_text(f"{what}\n{cards}\n.op\n.end\n").op()
    assert re.match("op: .*" + sentence, str(caught.value))


# c dv/dt = v² from 1 V has v = 1/(1 - t): there is none after one second
ESCAPE = "escape\nc1 a 0 1 ic=1\nb1 0 a i=v(a)*v(a)\n.tran 10m 2 uic\n.end\n"


def test_a_failed_transient_keeps_its_points_and_exits_with_a_code(tmp_path):
    (tmp_path / "deck.cir").write_text(ESCAPE)
    command = [sys.executable, "-m", "circuitnn", "-b", "-r", "out.raw", "deck.cir"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert re.search(r"tran at t = 0.99\d* s, h = \S+ s: .*worst is v\(a\) \(node of c1, b1\)", run.stderr)
    assert "method=gear" in run.stderr
    kept = rawfile.read(tmp_path / "out.partial.raw")[0]  # what did not end well takes no whole name
    early = kept.time < 0.9
    assert early.sum() > 50
    assert kept["v(a)"][early] == pytest.approx(1 / (1 - kept.time[early]), rel=1e-2)


def test_a_transient_is_not_told_of_what_only_rest_forbids():
    """An inductor across a source has no operating point, and a good transient; two sources have neither."""
    deck = "loops\nv1 a 0 1\nl1 a 0 1m\nv2 b 0 1\nv3 b 0 2\n.tran 1u 10u uic\n.end\n"
    with pytest.raises(TopologyError, match="v3 closes a loop") as caught:
        Circuit.from_text(deck).run()
    assert "l1" not in str(caught.value)
