"""Random sources: their distributions, and what their numbers hang on."""

import itertools

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, NetlistError
from circuitnn.flat import Waveform
from circuitnn.system.randomsources import drawn

DECK = "t\nv1 a 0 {source}\nr1 a 0 1\n.options seed={seed}\n.tran 1u {stop} 0 1u\n.end\n"


def run(source, seed=1, stop="2m"):
    return Circuit.from_text(DECK.format(source=source, seed=seed, stop=stop)).run()[0]


def held(source):
    """Values in the middle of each interval of 1 µs."""
    result = run(source)
    return np.interp((np.arange(1999) + 0.5) * 1e-6, result.time, result["v(a)"])


def test_white_noise():
    result = run("dc 3 trnoise(0.2 2u)")
    samples = np.interp(np.arange(1, 1000) * 2e-6, result.time, result["v(a)"])
    assert result["v(a)"][0] == pytest.approx(3.0)
    assert np.mean(samples) == pytest.approx(3.0, abs=4 * 0.2 / np.sqrt(999))
    assert np.std(samples) == pytest.approx(0.2, rel=0.1)
    assert abs(np.corrcoef(samples[1:], samples[:-1])[0, 1]) < 0.13
    between = np.interp(2e-6 * np.arange(1, 999) + 1e-6, result.time, result["v(a)"])
    assert between == pytest.approx((samples[1:] + samples[:-1]) / 2, abs=1e-9)


@pytest.mark.parametrize(
    ("source", "mean", "deviation", "low", "high"),
    [
        ("dc 1 trrandom(1 1u 0 2 0.5)", 1.5, 2 / np.sqrt(3), -0.5, 3.5),
        ("trrandom(2 1u 0 0.3 2)", 2.0, 0.3, -np.inf, np.inf),
        ("trrandom(3 1u 0 0.5 1)", 1.5, 0.5, 1.0, np.inf),
        ("trrandom(4 1u 0 9 0)", 9.0, 3.0, 0.0, np.inf),
    ],
)
def test_distributions(source, mean, deviation, low, high):
    values = held(source)
    assert np.mean(values) == pytest.approx(mean, abs=4 * deviation / np.sqrt(len(values)))
    assert np.std(values) == pytest.approx(deviation, rel=0.12)
    assert low - 1e-9 <= values.min() and values.max() <= high + 1e-9


def test_before_the_delay_there_is_the_offset():
    result = run("dc 1 trrandom(2 1u 10u 1 0.5)", stop="20u")
    assert result["v(a)"][result.time <= 10e-6] == pytest.approx(1.5)
    assert np.ptp(result["v(a)"][result.time > 10.5e-6]) > 0.1


def test_seed_and_name_say_which_numbers_come():
    first, again, other = (run("trnoise(1 1u)", seed, "20u")["v(a)"] for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.allclose(first, other)
    two = "t\nv1 a 0 trnoise(1 1u)\nv2 b 0 trnoise(1 1u)\nr1 a b 1\n.tran 1u 20u\n.end\n"
    (both,) = Circuit.from_text(two).run()
    assert not np.allclose(both["v(a)"], both["v(b)"])


def test_operating_points_are_at_rest():
    assert Circuit.from_text(DECK.format(source="trrandom(1 1u 0 2 0.5)", seed=1, stop=1)).op()["v(a)"] == 0.5
    assert Circuit.from_text(DECK.format(source="dc 4 trnoise(1 1u)", seed=1, stop=1)).op()["v(a)"] == 4.0


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("trnoise(1 0)", "interval of trnoise"),
        ("trnoise(0 1u 2 0.1)", "exponent of trnoise"),
        ("trnoise(0 1u 0 0 1 0 1u)", "mean times of trnoise"),
        ("trrandom(5 1u)", "types 1 to 4"),
        ("trrandom(1 1u -1)", "delay of trrandom"),
        ("trnoise(1)", "takes 2 to 7 numbers"),
    ],
)
def test_faults(source, message):
    with pytest.raises(NetlistError, match=rf"deck:2.*{message}"):
        _ = Circuit.from_text(DECK.format(source=source, seed=1, stop=1)).flat


def test_the_number_of_samples_is_bounded():
    with pytest.raises(AnalysisError, match="at most 10,000,000 are drawn"):
        run("trnoise(1 1f)", stop="1")


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5])
def test_density_of_flicker_noise(exponent):
    """Equation (116) of Kasdin: 2·dt·amplitude²/(2 sin(pi f dt))^exponent, one-sided."""
    interval, count, amplitude = 1e-6, 1 << 14, 0.1
    power = np.zeros(count // 2)
    for seed in range(8):
        wave = drawn(
            Waveform("trnoise", (0.0, interval, exponent, amplitude)), "v1", 0.0, seed, 2 * count * interval
        )
        values = np.array(wave.values[1::2])[count : 2 * count]
        spectrum = np.fft.rfft(values * np.hanning(count))
        power += np.abs(spectrum[1:]) ** 2 / (8 * 0.375 * count) * 2.0 * interval
    f = np.arange(1, count // 2 + 1) / (count * interval)
    expected = 2.0 * interval * amplitude**2 / (2.0 * np.sin(np.pi * f * interval)) ** exponent
    bands = np.geomspace(20, count // 2, 9).astype(int)
    ratio = [np.mean(power[a:b] / expected[a:b]) for a, b in itertools.pairwise(bands)]
    assert ratio == pytest.approx(np.ones(8), abs=0.2)


def test_telegraph_noise():
    """A trap that captures within 20 us on average and emits within 60 us is occupied for 3/4 of the time."""
    wave = drawn(Waveform("trnoise", (0.0, 0.0, 0.0, 0.0, 2.0, 20e-6, 60e-6)), "v1", 1.0, 3, 0.1)
    times, values = np.array(wave.values).reshape(-1, 2).T
    assert set(values) == {1.0, 3.0} and np.all(np.diff(times) >= 0.0)
    jumps = times[:-1][np.diff(values) != 0.0]
    assert len(jumps) == pytest.approx(2 * 0.1 / 80e-6, rel=0.08)
    waits = np.diff(np.concatenate([[0.0], jumps]))
    assert (waits[::2].mean(), waits[1::2].mean()) == pytest.approx((20e-6, 60e-6), rel=0.1)


def test_all_three_together_are_their_sum():
    def values(*numbers):
        made = drawn(Waveform("trnoise", numbers), "v1", 0.0, 1, 1e-3)
        return np.array(made.values).reshape(-1, 2).T

    t, v = values(0.1, 1e-6, 1.0, 0.1, 5.0, 1e-4, 1e-4)
    alone, smooth = values(0.1, 1e-6, 1.0, 0.1)
    high = v - np.interp(t, alone, smooth)
    assert np.all(np.isclose(high, 0.0) | np.isclose(high, 5.0)) and 0.0 < high.mean() < 5.0
