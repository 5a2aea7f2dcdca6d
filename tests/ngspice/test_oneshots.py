"""XSPICE's one-shot against ngspice's own: triggers at every stage of a pulse, clear, thresholds, random parameters."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import NetlistError
from circuitnn.netlist.writer import write
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")
AT = np.arange(0.3e-6, 70e-6, 0.237e-6)
CURVE = "cntl_array=[-1 0 10 11] pw_array=[1u 1u 11u 11u]"
EDGES = "rise_time=1u fall_time=2u rise_delay=3u fall_delay=4u"


def deck(card, clock="pulse(0 1 10u 1n 1n 5u 100u)", control="5", clear="0", ports="c k r o"):
    return f"""oneshot
vc c 0 {clock}
vk k 0 {control}
vr r 0 {clear}
a1 {ports} m
ro o 0 1k
.model m oneshot({card})
.tran 10n 70u 0 10n
.end
"""


def agree(text, tmp_path, moves=True):
    """Within one step of ngspice, which sees a clock at its time points only."""
    ours, theirs = both(text, tmp_path)
    mine, other = (np.interp(AT, each["time"], each["v(o)"]) for each in (ours, theirs))
    late = np.interp(AT + 10e-9, theirs["time"], theirs["v(o)"])
    np.testing.assert_allclose(mine, other, atol=1e-4 + np.max(np.abs(late - other)))
    assert (np.ptp(other) > 0.5) == moves


def twice(time):
    """Two short pulses of a clock, at 10 µs and at this time. [µs]"""
    starts = (10.0, time)
    corners = "".join(f" {s}u 0 {s + 1e-3}u 1 {s + 0.4}u 1 {s + 0.401}u 0" for s in starts)
    return f"pwl(0 0{corners})"


@needs_ngspice
@pytest.mark.parametrize("retrigger", ["", "retrig=true"])
@pytest.mark.parametrize("time", [11, 13.5, 15, 23, 24.5, 25.5, 26.5], ids=str)
def test_second_trigger(time, retrigger, tmp_path):
    """In the delay, the rise, the pulse, the fall and after it, which lasts from 24 to 26 µs."""
    agree(deck(f"{CURVE} {EDGES} {retrigger}", twice(time)), tmp_path)


@needs_ngspice
@pytest.mark.parametrize("control", ["-0.5", "1", "5", "20", "pwl(0 1 18u 1 18.1u 9 60u 9)"])
def test_widths(control, tmp_path):
    agree(deck(f"{CURVE} {EDGES}", control=control), tmp_path)


@needs_ngspice
@pytest.mark.parametrize(
    ("card", "clock", "clear"),
    [
        ("", "pulse(0 1 10u 1n 1n 30u 100u)", "pulse(0 1 15u 1n 1n 2u 100u)"),
        ("", "pulse(0 1 10u 1n 1n 5u 100u)", "pulse(0 1 9u 1n 1n 4u 100u)"),
        ("", "pulse(0 1 10u 1n 1n 2u 4u)", "pulse(0 1 20u 1n 1n 7.3u 100u)"),
        ("out_low=-2 clk_trig=3", "pulse(0 5 10u 1n 1n 30u 100u)", "pulse(0 5 15u 4u 1n 2u 100u)"),
        (
            "pos_edge_trig=false clk_trig=3",
            "pulse(0 5 10u 1n 1n 30u 100u)",
            "pulse(0 5 45u 4u 1n 2u 100u)",
        ),
    ],
)
def test_clear(card, clock, clear, tmp_path):
    agree(deck(f"{CURVE} {EDGES} {card}", clock, clear=clear), tmp_path)


@needs_ngspice
@pytest.mark.parametrize(
    ("threshold", "edge", "clock", "moves"),
    [
        (0.5, "true", "0", False),
        (0.5, "true", "1", True),
        (0.5, "false", "1", False),
        (0.5, "true", "pulse(1 0 10u 1n 1n 5u 100u)", True),
        (0.5, "false", "pulse(1 0 10u 1n 1n 5u 100u)", True),
        (0.5, "true", "pulse(-5 5 10u 1n 1n 5u 100u)", True),
        (-1, "true", "0", False),
        (-1, "true", "pulse(-5 5 10u 1n 1n 5u 100u)", True),
        (-1, "false", "-5", True),
        (-1, "false", "pulse(-5 5 10u 1n 1n 5u 100u)", True),
    ],
)
def test_starts(threshold, edge, clock, moves, tmp_path):
    """Before the start the clock counts as 0 V."""
    text = deck(f"{CURVE} {EDGES} clk_trig={threshold} pos_edge_trig={edge}", clock, clear="-9")
    agree(text, tmp_path, moves)


@pytest.mark.parametrize(
    ("card", "clock"),
    [("pos_edge_trig=false", "pwl(0 0.4 10u 0.4 11u 0.1)"), ("clk_trig=-1", "pwl(0 0 10u 0 11u 1)")],
)
def test_edges_are_needed(card, clock):
    """ngspice takes the first movement beyond the threshold for an edge."""
    (found,) = Circuit.from_text(deck(f"{CURVE} {card}", clock, clear="-9")).run()
    assert np.ptp(found["v(o)"]) == 0.0


@needs_ngspice
@pytest.mark.parametrize("card", ["", "cntl_array=[-1 2 3] pw_array=[5u 10u 11u]"])
@pytest.mark.parametrize("ports", ["c null null o", "%vd(c 0) null %v(r) %vd(o 0)", "c null r %i(o)"])
def test_ports_and_defaults(ports, card, tmp_path):
    text = deck(card, ports=ports).replace("ro o 0 1k", "ro o 0 1")
    agree(text, tmp_path)


@needs_ngspice
@pytest.mark.parametrize("seed", range(6))
def test_random_parameters(seed, tmp_path):
    rng = np.random.default_rng(seed)
    times = " ".join(f"{n}={rng.uniform(0.2, 3):.3f}u" for n in EDGES.replace("=", " ").split()[::2])
    corners = np.sort(rng.choice(np.arange(3, 68), 14, replace=False))
    values = "".join(f" {t}u {k % 2} {t + 0.01}u {1 - k % 2}" for k, t in enumerate(corners))
    clear = f"pulse(0 1 {rng.uniform(20, 50):.3f}u 1n 1n {rng.uniform(1, 9):.3f}u 1)"
    card = f"{CURVE} {times} retrig={rng.choice(['true', 'false'])} pos_edge_trig={rng.choice(['true', 'false'])}"
    agree(deck(card, f"pwl(0 0{values})", f"{rng.uniform(0, 8):.3f}", clear), tmp_path)


@needs_ngspice
@pytest.mark.parametrize("edge", ["true", "false"])
def test_written_for_ngspice(edge, tmp_path):
    text = deck(
        f"{CURVE} {EDGES} pos_edge_trig={edge} retrig=true", twice(15), clear="pulse(0 1 28u 1n 1n 1 2)"
    )
    agree(write(Circuit.from_text(text).flat), tmp_path)


def test_exact_corners():
    """Rise and fall at the stated times, whatever the step."""
    text = deck(f"{CURVE} {EDGES}").replace(".tran 10n 70u 0 10n", ".tran 1u 70u")
    (found,) = Circuit.from_text(text).run()
    expected = np.interp(found["time"], np.array([13.0005, 14.0005, 24.0005, 26.0005]) * 1e-6, [0, 1, 1, 0])
    np.testing.assert_allclose(found["v(o)"], expected, atol=1e-3)
    assert len(found["time"]) < 400


@pytest.mark.parametrize("card", ["cntl_array=[0 1] pw_array=[1u]", "cntl_array=[1 0] pw_array=[1u 2u]"])
def test_faulty_curves(card):
    with pytest.raises(NetlistError, match="needs as many rising cntl_array= as pw_array="):
        Circuit.from_text(deck(card)).op()
