"""Random sources: their distributions, and what their numbers hang on."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, NetlistError

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
        ("trnoise(1 1u 1 0.1)", "white noise only"),
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
