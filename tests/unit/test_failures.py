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
        "node a .* 0.002 A is driven out of it .* add a resistance to ground, or give a transient the voltage",
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
        r"v\(a\) \(node of r1, b1\), last update \S+ V, residual of its equation -0.001 A.*"
        "the condition in the expression of b1 makes its value jump, .* balances on neither side",
    ),
    "a load line across a unit step": (
        "v1 in 0 1\nr1 in a 1k\nb1 a 0 i=1.2m*u(v(a)-0.5)",
        ConvergenceError,
        "the step in the expression of b1 makes its value jump",
    ),
    "a comparator that undoes its condition": (
        "v1 in 0 1\nr1 in a 1k\nb1 k 0 v=v(a)>0.5 ? 1 : 0\ng1 a 0 k 0 1m",
        ConvergenceError,
        r"worst is i\(b1\), .*the condition in the expression of b1 makes its value jump",
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


NEURON = "neuron without hysteresis\nv1 in 0 5\nr1 in m 1meg\nr2 m 0 1meg\nc1 m 0 100p ic=0\n{}\n.end\n"
RELAYS = {
    "the condition in the expression of bs turns over": "bs s 0 v=v(m)>1 ? 1 : 0\ng1 m 0 s 0 10u",
    "the condition in the expression of b1 turns over": "r3 m k 1k\nb1 k 0 i=v(k)>1 ? 10m : 0",
    "the step in the expression of b1 turns over": "r3 m k 1k\nb1 k 0 i=10m*u(v(k)-1)",
    "what a switch does turns over": "bs s 0 v=v(m)>1 ? 1 : 0\ns1 m 0 s 0 sm\n.model sm sw(vt=0.5 vh=0 ron=1k roff=1g)",
}


@pytest.mark.parametrize("current", ["(v(a)>0.5 ? 1.2m : 0)", "1.2m*u(v(a)-0.5)"])
def test_a_finite_slope_finds_the_point_on_the_jump(current):
    """As the message says: the load line, 1 V and 1 kOhm, crosses the jump at 0.5 V."""
    deck = f"load line\nv1 in 0 1\nr1 in a 1k\nb1 a 0 i={current}\n.end\n"
    with pytest.raises(ConvergenceError, match=r"such as 0\.5\+0\.5\*tanh\(\(v\(a\)-1\)/1m\) for v\(a\)>1"):
        Circuit.from_text(deck).dc("v1", 0.0, 1.0, 0.1)
    sloped = deck.replace(current, "1.2m*(0.5+0.5*tanh((v(a)-0.5)/1m))")
    assert Circuit.from_text(sloped).op()["v(a)"] == pytest.approx(0.5, abs=1e-3)
    assert max(Circuit.from_text(sloped).dc("v1", 0.0, 1.0, 0.1)["v(a)"]) < 0.502


@pytest.mark.parametrize("sentence", RELAYS)
def test_a_neuron_that_resets_itself_without_hysteresis_is_told_what_it_lacks(sentence):
    with pytest.raises(ConvergenceError, match=sentence):
        Circuit.from_text(NEURON.format(RELAYS[sentence])).tran("0.2m", "1u", uic=True)


@pytest.mark.parametrize(
    "mended",
    [
        "s1 m 0 m 0 sm\n.model sm sw(vt=0.6 vh=0.4 ron=1k roff=1g)",
        "bs a 0 v=v(m)>1 ? 1 : 0\nrs a s 1k\ncs s 0 1n\ng1 m 0 s 0 10u",
        "bs s 0 v=0.5+0.5*tanh((v(m)-1)/0.01)\ng1 m 0 s 0 10u",
    ],
)
def test_what_the_message_proposes_helps(mended):
    result = Circuit.from_text(NEURON.format(mended)).tran("0.5m", "1u", uic=True)
    assert 0.9 < result["v(m)"].max() < 1.2


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
