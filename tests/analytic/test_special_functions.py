"""LTspice's special functions against closed forms, truth tables, and flip-flops written as a few lines of Python."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import NetlistError


def _run(cards: str, tstop: float, tstep: float, **options: object):
    return Circuit.from_text(f"t\n{cards}\n.end").tran(tstop, tstep, **options)


def _crossing(result, signal: str, level: float, rising: bool, which: int = 0) -> float:
    t, v = result["time"], result[signal]
    side = v > level
    at = np.flatnonzero(side[1:] != side[:-1])
    at = [k for k in at if side[k + 1] == rising]
    k = at[which]
    return t[k] + (t[k + 1] - t[k]) * (level - v[k]) / (v[k + 1] - v[k])


@pytest.mark.parametrize("edges", ["", "trise=50u tfall=100u", "trise=30u"])
@pytest.mark.parametrize("delay", [0.0, 20e-6])
def test_schmitt_trigger_switches_at_its_thresholds(edges: str, delay: float) -> None:
    card = f"a1 in 0 0 0 0 qn q 0 SCHMITT vt=0.2 vh=0.3 vhigh=5 vlow=-1 td={delay} rout=10 {edges}"
    result = _run(f"v1 in 0 sin(0 1 1k)\n{card}\nr1 q 0 1k\nr2 qn 0 1k", 2e-3, 1e-6)
    rise = {"": 0.0, "trise=50u tfall=100u": 50e-6, "trise=30u": 30e-6}[edges]
    fall = 100e-6 if "tfall" in edges else rise
    shared = 1000 / 1010
    level = 2.0 * shared  # half way between -1 and 5, where the share of the resistances is taken off
    up, down = math.asin(0.5) / (2e3 * math.pi), 0.5e-3 + math.asin(0.1) / (2e3 * math.pi)
    assert _crossing(result, "v(q)", level, True) == pytest.approx(up + delay + 0.5 * rise, abs=2e-7)
    assert _crossing(result, "v(q)", level, False) == pytest.approx(down + delay + 0.5 * fall, abs=2e-7)
    assert _crossing(result, "v(qn)", level, False) == pytest.approx(up + delay + 0.5 * rise, abs=2e-7)
    assert result["v(q)"].max() == pytest.approx(5 * shared, rel=1e-5)
    assert result["v(q)"].min() == pytest.approx(-shared, rel=1e-5)
    if rise:
        for share in (0.1, 0.9):
            at = (-1 + 6 * share) * shared
            found = _crossing(result, "v(q)", at, True)
            assert found == pytest.approx(up + delay + share * rise, abs=1e-2 * rise + 2e-7)


@pytest.mark.parametrize("uic", [True, False])
def test_relaxation_oscillator(uic: bool) -> None:
    cards = "a1 c 0 0 0 0 q 0 0 SCHMITT vt=0.5 vh=0.2 rout=1\nr1 q c 1k\nc1 c 0 1u"
    result = _run(cards, 0.02, 1e-5, uic=uic)
    period = _crossing(result, "v(q)", 0.5, True, 4) - _crossing(result, "v(q)", 0.5, True, 3)
    assert period == pytest.approx(2 * 1001e-6 * math.log(0.7 / 0.3), rel=1e-3)


def test_schmitt_trigger_of_a_difference() -> None:
    cards = "v1 a 0 3\nv2 b 0 pwl(0 3 1m 1)\na1 a b 0 0 0 0 q 0 SCHMITT vt=1 vh=0.25\nr1 q 0 1k"
    assert _crossing(_run(cards, 1e-3, 1e-6), "v(q)", 0.5, True) == pytest.approx(0.625e-3, abs=2e-6)


GATES = {
    "AND": lambda bits: all(bits),
    "OR": lambda bits: any(bits),
    "XOR": lambda bits: sum(bits) == 1,
    "BUF": lambda bits: bits[0],
    "INV": lambda bits: bits[0],
}


@pytest.mark.parametrize(
    ("kind", "count"), [("AND", 2), ("AND", 5), ("OR", 3), ("XOR", 2), ("BUF", 1), ("INV", 1)]
)
def test_gates_at_rest(kind: str, count: int) -> None:
    """What is at the common node, which is not ground here, does not count; neither is it low."""
    places = [[1, 2, 3, 4, 5], [5, 3, 1, 2, 4]][count in (2, 3)][:count]
    for bits in itertools.product((0, 1), repeat=count):
        nodes = ["com"] * 5
        for place, k in zip(places, range(count), strict=True):
            nodes[place - 1] = f"i{k}"
        sources = "\n".join(f"v{k} i{k} com {3 * bit}" for k, bit in enumerate(bits))
        card = f"a1 {' '.join(nodes)} qn q com {kind} vhigh=3 rhigh=100 rlow=1k"
        point = Circuit.from_text(f"g\nvc com 0 7\n{sources}\n{card}\nr1 q com 1k\nr2 qn com 1k\n.end").op()
        wanted = bool(GATES[kind](bits))
        for node, high in (("q", wanted), ("qn", not wanted)):
            assert point[f"v({node})"] - 7 == pytest.approx(3 * 1000 / 1100 if high else 0.0, abs=1e-6)


def test_output_lags_behind_its_capacitance() -> None:
    for words, tau in (("cout=1n rout=1k", 1e-6), ("tau=2u rout=50", 2e-6)):
        result = _run(f"v1 in 0 pulse(0 1 1u 1p 1p)\na1 in 0 0 0 0 0 q 0 BUF {words}", 8e-6, 1e-8)
        t = result["time"]
        wanted = np.where(t > 1e-6, 1 - np.exp(-(t - 1e-6) / tau), 0.0)
        assert np.allclose(result["v(q)"], wanted, atol=2e-3)


def _bits(rng: np.random.Generator, count: int, offset: float, rare: bool = False) -> tuple[np.ndarray, str]:
    """Bits that change at (k + offset)·10 ns, and a source that shows them."""
    bits = (rng.random(count) < (0.12 if rare else 0.5)).astype(int)
    points = [(0.0, 0)]
    for k in range(1, count):
        if bits[k] != points[-1][1]:
            at = (k + offset) * 10e-9
            points += [(at, points[-1][1]), (at + 0.1e-9, int(bits[k]))]
    bits[0] = 0
    return bits, "pwl(" + " ".join(f"{t!r} {5 * b}" for t, b in points) + ")"


@pytest.mark.parametrize("seed", range(3))
def test_flip_flops_follow_their_state_tables(seed: int) -> None:
    """The output after each change of an input, against a D flip-flop and a latch in a few lines."""
    rng, count, offsets = np.random.default_rng(seed), 60, {"d": 0.0, "p": 0.2, "c": 0.4, "k": 0.6}
    drawn = {name: _bits(rng, count, o, name in "pc") for name, o in offsets.items()}
    sources = "\n".join(f"v{name} {name} 0 {source}" for name, (_, source) in drawn.items())
    cards = f"""{sources}
    a1 d 0 k p c qn q 0 DFLOP vhigh=5 td=0.2n ic={seed % 2}
    a2 d c 0 0 0 0 s 0 SRFLOP vhigh=5
    r1 q 0 1k
    r2 qn 0 1k
    r3 s 0 1k"""
    result = _run(cards, count * 10e-9, 1e-9)
    now = dict.fromkeys(offsets, 0)
    stored, latched = seed % 2, 0
    for k in range(1, count):
        for name, offset in offsets.items():
            before, now[name] = now[name], int(drawn[name][0][k])
            rises = name == "k" and now["k"] > before
            stored = 0 if now["c"] else 1 if now["p"] else now["d"] if rises else stored
            latched = 0 if now["c"] else 1 if now["d"] else latched
            at = (k + offset) * 10e-9 + 1.5e-9
            if at < result["time"][-1]:
                seen = {n: np.interp(at, result["time"], result[f"v({n})"]) > 2.5 for n in ("q", "qn", "s")}
                assert seen == {"q": bool(stored), "qn": not stored, "s": bool(latched)}, (k, name)


def test_sample_and_hold() -> None:
    cards = """vin in 0 pwl(0 0 100n 4)
    vref low 0 1
    vclk clk 0 pulse(0 1 10n 0.1n 0.1n 9.9n 20n)
    vg gate 0 pwl(0 0 30n 0 30.1n 1 50n 1 50.1n 0)
    a1 in low clk 0 0 0 held 0 SAMPLEHOLD rout=1
    a2 in 0 0 gate 0 0 track 0 SAMPLEHOLD
    r1 held 0 1meg
    r2 track 0 1meg"""
    result = _run(cards, 100e-9, 1e-10)
    t = result["time"]
    for k in range(5):
        taken = (10e-9 + 20e-9 * k + 0.05e-9) / 100e-9 * 4 - 1
        for later in (1e-9, 19e-9):
            at = 10e-9 + 20e-9 * k + later
            if at < 100e-9:
                assert np.interp(at, t, result["v(held)"]) == pytest.approx(taken, abs=2e-3)
    assert np.interp(20e-9, t, result["v(track)"]) == pytest.approx(0.0, abs=1e-6)
    assert np.interp(40e-9, t, result["v(track)"]) == pytest.approx(1.6, abs=1e-3)
    assert np.interp(90e-9, t, result["v(track)"]) == pytest.approx(50.05e-9 / 100e-9 * 4, abs=2e-3)


def test_gates_in_subcircuits_take_parameters() -> None:
    cards = """v1 in 0 pulse(0 1 10n 1p 1p)
    x1 in a gate td=5n
    x2 in b gate td=20n
    .subckt gate i o td=1n
    .param low={td/2}
    a1 i 0 0 0 0 o 0 0 BUF td={td} trise={low} vhigh=2
    r1 o 0 1k
    .ends"""
    result = _run(cards, 60e-9, 1e-10)
    assert _crossing(result, "v(a)", 1.0, False) == pytest.approx(16.25e-9, abs=2e-10)
    assert _crossing(result, "v(b)", 1.0, False) == pytest.approx(35e-9, abs=5e-10)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (
            "a1 a 0 0 0 0 0 b 0 AND vhgh=5",
            "'a1' (and) has no parameter 'vhgh' (did you mean vhigh or rhigh?)",
        ),
        ("a1 0 0 0 0 0 0 b 0 AND", "'a1': no input of the and is connected"),
        ("a1 a b c 0 0 0 d 0 XOR", "'a1': a xor has 2 inputs here, 3 are connected"),
        ("a1 a b 0 0 0 0 d 0 INV", "'a1': a inv has one input, 2 are connected"),
        ("a1 a c c 0 0 0 d 0 DFLOP", "'a1': a dflop has inputs 1 and 3 and 4 and 5, not 2"),
        ("a1 a 0 0 0 0 0 b 0 SCHMITT vt=1 vh=-1", "'a1': vh = -1 is negative"),
        (
            "a1 a 0 0 0 0 0 b 0 SAMPLEHOLD",
            "'a1': a samplehold needs an input (1, 2) and a clock (3) or gate (4)",
        ),
        ("a1 a 0 0 0 0 0 b 0 BUF fast", "'a1' has an unexpected word: 'fast'"),
        ("a1 a 0 0 b 0 AND td=1n", "'a1' is an A device of LTspice: eight nodes"),
        ("a1 a b 0 0 0 0 c 0 MODULATE mark=1k", "for modulate write the code model sine"),
    ],
)
def test_errors(card: str, said: str) -> None:
    with pytest.raises(NetlistError, match=re.escape(said)):
        Circuit.from_text(f"t\nv1 a 0 1\nr1 a 0 1\nr2 b 0 1\nr3 c 0 1\n{card}\n.end").op()


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("a1 a 0 0 0 0 0 b 0 BUF tripdt=1n", "'tripdv' and 'tripdt' of 'a1' have no effect"),
        ("a1 a 0 0 0 0 0 0 0 BUF", "'a1' has no effect: no output is connected"),
        ("a1 a 0 0 0 0 0 b 0 SCHMITT vt=1", "'a1': vh of a Schmitt trigger is 0.1 V unless given"),
    ],
)
def test_warnings(card: str, said: str) -> None:
    with pytest.warns(UserWarning, match=re.escape(said)):
        Circuit.from_text(f"t\nv1 a 0 1\nr2 b 0 1\n{card}\n.end").op()
