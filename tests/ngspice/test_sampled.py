"""XSPICE's code models of event-driven reals, against ngspice's own, and a sampled filter against its recurrence."""

import numpy as np
import pytest
from scipy.signal import lfilter

from circuitnn import load
from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import NetlistError, NoTwinError
from circuitnn.netlist.writer import write
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")
LEVELS = "0 0s 0s\n5n 1s 0s\n20n 1s 1s\n40n 0s 1s\n60n 1s 0s\n80n Us 1s\n100n 0s 0s\n130n 1s 1s\n"
AT = np.arange(0.55, 159, 0.5) * 1e-9


def deck(folder, cards, step="0.02n"):
    (folder / "levels.txt").write_text(LEVELS)
    return f"""reals
v1 q 0 1
r1 q 0 1
as [ x0 x1 ] s
.model s d_source(input_file="{folder}/levels.txt")
ro o 0 1
{cards}
.tran {step} 160n 0 {step}
.end
"""


CHAINS = (
    "a1 x0 null y m\n.model m d_to_real(zero=-1 one=3 delay=2n)\na2 y o n\n.model n real_to_v(transition_time=2n)",
    "a1 x0 x1 y m\n.model m d_to_real(zero=-1 one=3 delay=2n)\na2 y o n\n.model n real_to_v(transition_time=5n)",
    "a1 x0 null y m\n.model m d_to_real\na2 y z k\n.model k real_gain(gain=2 in_offset=1 delay=3n ic=2)\n"
    "a3 z %v(o) n\n.model n real_to_v(transition_time=3n)",
    "a1 ~x0 null y m\n.model m d_to_real\na2 y z k\n.model k real_gain\na3 z %i(o) n\n"
    ".model n real_to_v(transition_time=4n)",
    "a1 x0 null y m\n.model m d_to_real\na2 y x1 z k\n.model k real_delay(delay=2n)\na3 z o n\n"
    ".model n real_to_v(transition_time=2n)",
)


@needs_ngspice
@pytest.mark.parametrize("cards", CHAINS)
def test_chains(cards, tmp_path):
    """ngspice's first-order lag is of first order in its step of 0.02 ns, too."""
    ours, theirs = both(deck(tmp_path, cards), tmp_path)
    late = 40e-9  # its gains keep their initial value until their input changes for the first time
    mine, other = (np.interp(AT[late < AT], each["time"], each["v(o)"]) for each in (ours, theirs))
    assert np.ptp(other) > 0.5
    np.testing.assert_allclose(mine, other, atol=0.011 * np.ptp(other))


@pytest.mark.parametrize("step", ["0.1n", "5n"])
def test_gain_and_delays(step, tmp_path):
    """Exact values between the events, whatever the step; ngspice leaves real_to_v's gain out after t = 0."""
    cards = (
        "a1 x0 null y m\n.model m d_to_real(delay=2n)\na2 y z k\n"
        ".model k real_gain(gain=2 out_offset=1 delay=3n ic=7)\n"
        "a3 z o n\n.model n real_to_v(gain=10 transition_time=1p)"
    )
    found = Circuit.from_text(deck(tmp_path, cards, step)).run()[0]
    at = np.array([1, 8, 14, 40, 44, 47, 64, 68, 84, 88, 104, 108]) * 1e-9
    expected = np.array([70, 10, 30, 30, 30, 10, 10, 30, 30, 20, 20, 10])
    np.testing.assert_allclose(np.interp(at, found["time"], found["v(o)"]), expected, atol=1e-3)


@pytest.mark.parametrize("coefficient", [0.5, -0.8])
def test_recurrence(coefficient, tmp_path):
    """y[k] = x[k-1] + a·y[k-1] of a clocked loop of a sampler, a gain, and a sum that circuit elements make."""
    rng = np.random.default_rng(1)
    bits = rng.integers(0, 2, 40)
    rows = "".join(f"{10 * k}n {bit}s 0s\n{10 * k + 5}n {bit}s 1s\n" for k, bit in enumerate(bits))
    (tmp_path / "bits.txt").write_text(rows)
    (tmp_path / "filter.cir").write_text(f"""filter
as [ x clk ] s
.model s d_source(input_file="bits.txt")
a1 x null input m
.model m d_to_real(delay=0.5n)
a2 [ input feedback ] %v(total) sum
.model sum summer
a3 total clk y sampler
.model sampler real_delay(delay=0.5n)
a4 y feedback gain
.model gain real_gain(gain={coefficient} delay=0.5n)
ry y 0 1k
.tran 1n 400n
.end
""")
    found = load(tmp_path / "filter.cir").run()[0]
    at = (10 * np.arange(len(bits)) + 9) * 1e-9
    expected = lfilter([1.0], [1.0, -coefficient], bits)
    np.testing.assert_allclose(np.interp(at, found["time"], found["v(y)"]), expected, atol=1e-6)


@needs_ngspice
def test_written_for_ngspice(tmp_path):
    """But for samplers."""
    circuit = Circuit.from_text(deck(tmp_path, CHAINS[0]))
    ours, theirs = both(write(circuit.flat), tmp_path)
    mine, other = (np.interp(AT, each["time"], each["v(o)"]) for each in (ours, theirs))
    np.testing.assert_allclose(mine, other, atol=0.02 * np.ptp(other))
    with pytest.raises(NoTwinError, match="a real_delay cannot be written for ngspice"):
        write(Circuit.from_text(deck(tmp_path, CHAINS[4])).flat)


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ("a1 [ x0 ] null y m\n.model m d_to_real", "port 'in' of a d_to_real is one %d"),
        ("a1 x0 null null m\n.model m d_to_real", "port 'out' of a d_to_real is one %real"),
        ("a1 x0 y m\n.model m d_to_real", "a1' has 2 ports"),
        ("a1 %v(y) z m\n.model m real_gain", "port 'in' of a real_gain is one %real"),
        ("a1 ~y z m\n.model m real_gain", "port 'in' of a real_gain is one %real"),
    ],
)
def test_faulty_ports(cards, message, tmp_path):
    with pytest.raises(NetlistError, match=message):
        Circuit.from_text(deck(tmp_path, cards)).op()
