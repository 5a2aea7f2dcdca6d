"""``absdelay``: against what was there a delay ago, in closed form."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD, load

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, CircuitnnError, NoTwinError
from circuitnn.models import named
from circuitnn.models.twins import twin

EXACT = ".options reltol=1e-5 abstol=1e-14 vntol=1e-9\n"
FOLLOWER = f"""{HEAD}module dut(p, n, q);
  inout p, n, q; electrical p, n, q; parameter real td = 1n, gain = 1; real x;
  analog begin {{}} V(q, n) <+ gain * {{}}; end
endmodule
"""
DECK = "t\nv1 a 0 dc 0.3 ac 1 {}\nn1 a 0 q m{}\nr1 q 0 1k noisy=0\n.model m dut {}\n{}"


def follower(value: str, folder: Path, before: str = "") -> None:
    """Load a module whose output is an expression of V(p) and td."""
    load(FOLLOWER.format(before, value), folder)


def run(source: str = "", more: str = "", card: str = "", cards: str = EXACT) -> list:
    """Results of a follower at a source."""
    return Circuit(DECK.format(source, more, card, cards + ".end\n")).run()


@pytest.mark.parametrize("factor", [1.0, 0.0])
def test_static(factor: float, tmp_path: Path) -> None:
    """Operating points and sweeps know no past; in ac a delay turns the phase, and does not if it is 0."""
    follower("absdelay(V(p), td)", tmp_path)
    op, dc, ac = run(
        card=f"td={factor}n", cards=EXACT + ".op\n.dc v1 0 1 0.5\n.ac lin 4 1meg 1.2g\n.sens v(q) dc\n"
    )[:3]
    assert np.isclose(op["v(q)"], 0.3, rtol=1e-9)
    assert np.allclose(dc["v(q)"], [0, 0.5, 1], atol=1e-9)
    frequency = np.real(ac["frequency"])
    assert np.allclose(ac["v(q)"], np.exp(-2j * np.pi * frequency * factor * 1e-9), rtol=1e-9)


@pytest.mark.parametrize(
    ("value", "before", "late"),
    [
        ("absdelay(V(p), td)", "", [(1.0, 1e-9)]),
        ("absdelay(V(p), td, 10n)", "", [(1.0, 1e-9)]),
        ("(x + absdelay(x, 2*td))", "x = absdelay(V(p), td);", [(1.0, 1e-9), (1.0, 3e-9)]),
        ("(V(p) - 0.5*absdelay(V(p), 0.7*td))", "", [(1.0, 0.0), (-0.5, 0.7e-9)]),
    ],
)
def test_pulses(value: str, before: str, late: list[tuple[float, float]], tmp_path: Path) -> None:
    """Pulses come out as they went in; their corners are time points there, too."""
    follower(value, tmp_path, before)
    (tran,) = run("pulse(0.3 1 2n 10p 10p 3n 8n)", cards=EXACT + ".tran 0.1n 20n\n")
    time = tran["time"]
    expected = np.zeros(len(time))
    for factor, delay in late:
        phase = np.mod(time - delay - 2e-9, 8e-9)
        pulse = np.interp(phase, [0, 10e-12, 3.01e-9, 3.02e-9, 8e-9], [0.3, 1, 1, 0.3, 0.3])
        expected += factor * np.where(time - delay > 2e-9, pulse, 0.3)
    assert np.max(np.abs(tran["v(q)"] - expected)) < 1e-9


def test_sine(tmp_path: Path) -> None:
    """Between time points the past is interpolated, within the tolerance; devices have delays of their own."""
    follower("absdelay(V(p), td)", tmp_path)
    cards = EXACT + "n2 a 0 q2 m td=0.37n\nr2 q2 0 1k\n.tran 0.1n 20n\n"
    (tran,) = run("sin(0.3 1 200meg)", cards=cards)
    for name, delay in (("v(q)", 1e-9), ("v(q2)", 0.37e-9)):
        since = np.maximum(tran["time"] - delay, 0)
        assert (
            np.max(np.abs(tran[name] - 0.3 - np.sin(2 * np.pi * 2e8 * since))) < 5e-5
        )  # of reltol 1e-5: five times


def test_flow(tmp_path: Path) -> None:
    """A current of nanoamperes, delayed."""
    body = "I(p, n) <+ V(p, n) * 1n; I(q, n) <+ -absdelay(I(p, n), td);"
    load(FOLLOWER.replace("V(q, n) <+ gain * {};", "").format(body), tmp_path)
    (tran,) = run("sin(0.3 1 200meg)", cards=EXACT + ".tran 0.1n 20n\n")
    since = np.maximum(tran["time"] - 1e-9, 0)
    assert np.max(np.abs(tran["v(q)"] * 1e6 - 0.3 - np.sin(2 * np.pi * 2e8 * since))) < 1e-4


def test_feedback(tmp_path: Path) -> None:
    """x' = 1 - x(t - 1) from rest: the method of steps gives polynomials."""
    body = "I(p, n) <+ ddt(V(p, n)) + absdelay(V(p, n), 1);"
    load(
        f"{HEAD}module dut(p, n); inout p, n; electrical p, n; analog begin {body} end endmodule\n", tmp_path
    )
    deck = f"t\ni1 0 a pulse(0 1 0 1n 1n 100 200)\nn1 a 0 m\n.model m dut\n{EXACT}.tran 0.05 10\n.end\n"
    (tran,) = Circuit(deck).run()
    expected = [
        sum((-1) ** k * (t - k) ** (k + 1) / math.factorial(k + 1) for k in range(math.floor(t) + 1))
        for t in tran["time"].tolist()
    ]
    assert np.max(np.abs(tran["v(a)"] - expected)) < 1e-4


def test_noise_and_sensitivity(tmp_path: Path) -> None:
    """Noise that meets its echo, and the derivative of the phase by the delay."""
    follower("(x + absdelay(x, td))", tmp_path, 'x = white_noise(4e-18, "a") + V(p);')
    noise = run(cards=".noise v(q) v1 lin 5 50meg 950meg\n")[0]
    turn = np.exp(-2j * np.pi * np.real(noise["frequency"]) * 1e-9)
    assert np.allclose(noise["onoise_spectrum"], 2e-9 * np.abs(1 + turn), rtol=1e-6)
    sens = run(card="td=1n", cards=".sens v(q) ac lin 1 130meg 130meg\n")[0]
    slope = -2j * np.pi * 130e6 * np.exp(-2j * np.pi * 0.13)
    assert np.allclose(sens["n1:td"], slope, rtol=1e-6)


def test_second_run_from_the_cache(tmp_path: Path) -> None:
    """A device of its own parameters after another has run."""
    follower("absdelay(V(p), td)", tmp_path)
    for delay in (1.0, 2.5, 1.0):
        (tran,) = run("pwl(0 0.3 1n 0.3 5n 1)", card=f"td={delay}n", cards=EXACT + ".tran 0.1n 8n\n")
        expected = np.interp(tran["time"] - delay * 1e-9, [1e-9, 5e-9], [0.3, 1.0])
        assert np.max(np.abs(tran["v(q)"] - expected)) < 1e-9


def test_without_operating_point(tmp_path: Path) -> None:
    """With uic, 0 has gone into a delay before the start."""
    follower("absdelay(V(p), td)", tmp_path)
    (tran,) = run("pwl(0 1 9n 1)", cards=EXACT + ".tran 0.1n 4n uic\n")
    time, out = tran["time"][1:], tran["v(q)"][1:]
    assert np.allclose(out[time < 0.99e-9], 0, atol=1e-9)
    assert np.allclose(out[time > 1.01e-9], 1, atol=1e-9)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("absdelay(V(p), td * V(p))", "delay that changes during the simulation"),
        ("absdelay(V(p), -1n)", "delay of 'absdelay' is negative"),
    ],
)
def test_refused(value: str, message: str, tmp_path: Path) -> None:
    """Delays that change, and negative ones."""
    follower(value, tmp_path)
    with pytest.raises(CircuitnnError, match=message):
        run(cards=".op\n")


def test_no_twin(tmp_path: Path) -> None:
    """What ngspice cannot express is not left out."""
    follower("absdelay(V(p), td)", tmp_path)
    with pytest.raises(NoTwinError, match="delays have no twin"):
        twin(named("dut"))


def test_far_shorter_than_the_run(tmp_path: Path) -> None:
    """No step is longer than the shortest delay: a message says so where that is too many."""
    follower("absdelay(V(p), td)", tmp_path)
    with pytest.raises(AnalysisError, match="shortest delay of a line or a device"):
        run(card="td=1e-18", cards=".tran 1n 1u\n")
