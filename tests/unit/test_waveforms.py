"""Waveforms of sources: values as ngspice 44 gave them, and every corner found."""

import math

import numpy as np
import pytest

from circuitnn import Circuit, load
from circuitnn.errors import NetlistError
from circuitnn.flat import Waveform
from circuitnn.system.sources import make_sources, value_at_zero

TSTEP, TSTOP = 1e-5, 1e-3


def source(kind, *values, **more):
    return make_sources(np.zeros(1), [Waveform(kind, values, **more)], TSTEP, TSTOP)


# (waveform, time, value printed by ngspice 44 for `tran 10u 1m 0 10u`)
NGSPICE = [
    (("am", 0.3, 2, 1e3, 1e4, 1e-4), 1.32e-4, 0.300075),
    (("am", 0.5, 1.5, 2, 1e3, 1e4, 1e-4, 30, 60), 5.28e-5, 0.0),
    (("am", 0.5, 1.5, 2, 1e3, 1e4, 1e-4, 30, 60), 1.32e-4, 0.736454),
    (("sffm", 0.5, 2, 1e4, 3, 1e3), 5.28e-5, 1.11821),
    (("sffm", 0.5, 2, 1e4, 3, 1e3), 1.32e-4, 2.09104),
    (("sffm", 0.5, 2, 1e4, 3, 1e3, 1e-4, 30, 60), 1.32e-4, 2.42994),
    (("pulse", 0, 1, 1e-4, 0, 0, 0), 1.32e-4, 1.0),
    (("pulse", 0, 1, 1e-4, 1e-5, 1e-5, 5e-5, 1.5e-4, 2), 4.1e-4, 0.0),
    (("pulse", 0, 1, 1e-4, 1e-5, 1e-5, 5e-5, 1.5e-4, 0.2), 1.2e-4, 1.0),
    (("pulse", 0, 1, 1e-4, 1e-5, 1e-5, 5e-5, 1.5e-4, 0.2), 1.4e-4, 0.0),
    (("pulse", 0, 1, 1e-4, 1e-5, 1e-5, 5e-5, 1.5e-4, 1e-12), 1.2e-4, 0.0),
    (("sin", 1, 2), 5.28e-5, 1.6514),
    (("sin", 1, 2, 1e4, 1e-4, 1e3, 30), 5.28e-5, 2.0),
    (("sin", 1, 2, 1e4, 1e-4, 1e3, 30), 1.32e-4, 2.10548),
    (("exp", 1, 2), 5.28e-5, 1.02379),
    (("exp", 1, 2, 1e-4, 5e-5, 3e-4, 1e-4), 2.5e-4, 1.95021),
    (("exp", 1, 2, 1e-4, 5e-5, 3e-4, 1e-4), 4.1e-4, 1.33084),
]


@pytest.mark.parametrize(("card", "time", "value"), NGSPICE)
def test_values_are_those_of_ngspice(card, time, value):
    assert source(*card).values(time)[0] == pytest.approx(value, rel=2e-5, abs=1e-9)


def test_a_count_that_is_not_whole_ends_within_a_pulse():
    """The jump is a corner, as no step may go over it."""
    s = source("pulse", 0, 1, 1e-4, 1e-5, 1e-5, 5e-5, 1.5e-4, 1.2)
    corners, t = [], 2.3e-4
    while t < math.inf:
        t = s.corner(t)
        corners.append(t)
    assert corners == pytest.approx([2.5e-4, 2.6e-4, 2.8e-4, math.inf])
    assert [s.values(t)[0] for t in (2.79e-4, 2.81e-4)] == [1.0, 0.0]


def test_pwl_repeats_and_is_delayed():
    s = source("pwl", 1e-4, 0, 2e-4, 1, 3e-4, 0, repeat=1e-4, delay=5e-5)
    at = {1.0e-4: 0.0, 2.5e-4: 1.0, 4.1e-4: 0.6, 7.65e-4: 0.15}
    assert {t: round(s.values(t)[0], 12) for t in at} == pytest.approx(at)
    corners, t = [], 0.0
    for _ in range(5):
        t = s.corner(t + 1e-9)
        corners.append(t)
    assert corners == pytest.approx([1.5e-4, 2.5e-4, 3.5e-4, 4.5e-4, 5.5e-4])


def test_every_corner_of_a_pulse_train_is_found_in_order():
    s = source("pulse", 0, 1, 1e-6, 1e-8, 2e-8, 1e-7, 3e-7)
    found, t = [], 0.0
    while t < 2e-6:
        t = s.corner(t + 1e-12)
        found.append(t)
    expected = [1e-6 + k * 3e-7 + d for k in range(5) for d in (0, 1e-8, 1.1e-7, 1.3e-7)]
    assert found == pytest.approx(expected[: len(found)])
    assert len(found) >= 14


@pytest.mark.parametrize("low", [0.0, 0.1, -3.0])
def test_rounding_of_time_leads_to_no_value_beyond_those_of_a_pulse(low):
    rng = np.random.default_rng(1)
    for _ in range(50):
        rise, fall, width = rng.uniform(1e-9, 1e-7, 3)
        high = low + rng.uniform(0.1, 300.0)
        s = source("pulse", low, high, 0, rise, fall, width, 1.7e-7 + width)
        t = 0.0
        for _ in range(40):
            t = s.corner(t + 1e-12)
            for near in t * (1.0 + 1.1e-16 * np.arange(-4, 5)):
                assert low <= s.values(near)[0] <= high * (1.0 + 4e-16)


def test_a_pulse_with_a_number_of_periods_ends():
    s = source("pulse", 0, 1, 0, 1e-9, 1e-9, 1e-6, 3e-6, 2)
    assert s.corner(5e-6) == math.inf
    assert s.values(6.5e-6)[0] == 0.0


@pytest.mark.parametrize("count", [0.0, 40.0])
def test_a_pulse_that_the_next_one_cuts_short_has_a_corner_there_and_jumps_after_it(count):
    s = source("pulse", -2.0, 2.0, 3e-6, 2.5e-5, 2.5e-5, 1.0, 5e-5, count)
    t = 3e-6
    for k in range(1, 41):
        assert s.corner(t + 1e-12) == pytest.approx(3e-6 + (k - 0.5) * 5e-5)
        t = s.corner(s.corner(t + 1e-12) + 1e-12)
        assert t == pytest.approx(3e-6 + k * 5e-5)
        assert s.values(t)[0] == 2.0  # the jump comes after the corner, whatever rounding says
        assert s.values(t + 1e-9)[0] == pytest.approx(-2.0, abs=1e-3)


def test_value_at_zero_is_the_waveforms():
    assert value_at_zero(Waveform("sin", (1.0, 2.0, 1e3, 0.0, 0.0, 30.0))) == pytest.approx(2.0)
    assert value_at_zero(Waveform("pulse", (3.0, 5.0))) == 3.0


@pytest.mark.parametrize(
    ("card", "at_end"),
    [
        ((0.0, 0.0, 0.0, TSTOP), 1.0),
        ((1e-4,), 1.0),
        ((-1e-4, 0.0, 0.0, 2.0 * TSTOP), 1.0),
        ((0.0, 0.0, 0.0, 5e-4), 0.0),
    ],
)
def test_a_pulse_without_a_period_comes_once_and_is_on_to_the_end(card, at_end):
    s = source("pulse", 0.0, 1.0, *card)
    assert s.values(TSTOP)[0] == at_end
    assert s.values(math.nextafter(TSTOP, 0.0))[0] == at_end


def test_a_pulse_longer_than_its_period_is_on_until_the_next_begins():
    s = source("pulse", 0.0, 1.0, 0.0, 1e-9, 1e-9, 1.0, 2.0**-12)
    for k in range(1, 4):
        assert s.values(k * 2.0**-12)[0] == 1.0
        assert s.values(k * 2.0**-12 + 5e-10)[0] == pytest.approx(0.5)


def test_spikes_are_trains_of_pulses_and_those_that_overlap_are_one(tmp_path):
    """1 ms, 2 ms and 2.05 ms, width 0.1 ms, edges 10 us: areas of 0.11 and 0.16 ms; the same times from a file."""
    (tmp_path / "times.txt").write_text("1m 2m\n2.05m ; the last\n")
    deck = tmp_path / "deck.cir"
    deck.write_text(
        "spikes\nv1 a 0 spikes(0 1 0.1m 10u 1m 2m 2.05m)\nv2 b 0 spikes(-1 1 {w} 10u) file=times.txt td=1m\n"
        ".param w=0.1m\nr1 a b 1k\n.tran 10u 5m\n.end\n"
    )
    result = load(deck).run()[0]
    area = [
        np.sum(0.5 * (y[1:] + y[:-1]) * np.diff(result.time))
        for y in map(result.__getitem__, ("v(a)", "v(b)"))
    ]
    assert area == pytest.approx([0.27e-3, 2 * 0.27e-3 - 5e-3], abs=1e-12)
    at = np.interp([1.009e-3, 1.06e-3, 2.15e-3], result.time, result["v(a)"])
    assert at == pytest.approx([0.9, 1.0, 1.0], abs=1e-9)
    assert np.interp(2.15e-3 + 1e-3, result.time, result["v(b)"]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ("0 1 1m", "spikes takes 4"),
        ("0 1 1m 1u 2m 1m", "times of spikes must increase: 0.001 after 0.002"),
        ("0 1 1m 1u -1m", "a spike at -0.001 s"),
        ("0 1 1m 0 1m", "rise above 0"),
    ],
)
def test_spikes_without_sense_are_errors(numbers, message):
    with pytest.raises(NetlistError, match=message):
        _ = Circuit.from_text(f"x\nv1 a 0 spikes({numbers})\nr1 a 0 1\n.tran 1u 1m\n.end\n").flat


@pytest.mark.parametrize(
    "waveform", ["am(1 2 3 10k 100k)", "trnoise(0 1u 1 2m 3m 10u 10u)", "sffm(1 2 1k 3 20k)"]
)
def test_sources_side_by_side_give_the_sum(waveform):
    """Every number in amperes counts m times."""
    one, two = (
        Circuit.from_text(f"*\ni1 0 a {waveform} m={m}\nr1 a 0 1\n.tran 1u 100u 0 1u\n.end\n").run()[0]
        for m in (1, 2)
    )
    assert np.interp(one["time"], two["time"], two["v(a)"]) == pytest.approx(2.0 * one["v(a)"], abs=1e-6)


def test_a_jump_charges_a_capacitor():
    """The closed form after a jump of a table, and one of the current through a coil."""
    circuit = Circuit.from_text("*\nv1 a 0 pwl(0 0 1u 0 1u 5 9u 5)\nr1 a b 1k\nc1 b 0 1n\n.end\n")
    result = circuit.tran(5e-6, 5e-8, reltol=1e-5)
    after = result["time"] > 1.0001e-6
    t = result["time"][after] - 1e-6
    assert result["v(b)"][after] == pytest.approx(5.0 * (1.0 - np.exp(-t / 1e-6)), abs=2e-3)
    assert np.all(result["v(a)"][result["time"] <= 1e-6] == 0.0)


def test_r_alone_repeats_the_whole_table():
    deck = "t\nv1 a 0 pwl(0 0 1u 1 2u 0 3u 2 {})\nr1 a 0 1\n.tran 0.1u 8u\n.end\n"
    alone, from_zero = (Circuit.from_text(deck.format(words)).run()[0]["v(a)"] for words in ("r", "r=0"))
    assert np.array_equal(alone, from_zero) and np.max(alone[len(alone) // 2 :]) > 1.9


def test_constants_that_change_at_the_same_time():
    """Continuation changes a supply and stays at a time: values kept for the iterations of a step are not those."""
    constants = np.array([1.0, 2.0, 3.0])
    sources = make_sources(constants, [None, Waveform("sin", (1.0, 2.0)), None], TSTEP, TSTOP)
    before = sources.values(1.32e-4)
    constants[0] = 5.0
    after = sources.values(1.32e-4)
    assert (before[0], after[0]) == (1.0, 5.0)
    assert before[1:] == after[1:] == sources.values(1.32e-4)[1:]
