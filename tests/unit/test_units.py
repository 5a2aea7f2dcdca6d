"""Numbers with suffixes and units."""

from __future__ import annotations

import pytest

from circuitnn.units import parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        ("-1.5", -1.5),
        ("+.5", 0.5),
        ("1.", 1.0),
        ("1e3", 1e3),
        ("1d3", 1e3),
        ("1e-3meg", 1e3),
        ("1e3k", 1e6),
        ("4.7k", 4700.0),
        ("10kohm", 1e4),
        ("1meg", 1e6),
        ("1MEG", 1e6),
        ("1M", 1e-3),
        ("1mohm", 1e-3),
        ("1mil", 25.4e-6),
        ("2.5u", 2.5e-6),
        ("1µF", 1e-6),
        ("1nH", 1e-9),
        ("1pF", 1e-12),
        ("1f", 1e-15),
        ("1a", 1e-18),
        ("1g", 1e9),
        ("1t", 1e12),
        ("5V", 5.0),
        ("1e", 1.0),
        ("1x", 1.0),
    ],
)
def test_numbers(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text", ["", "k", "4k7", "1 k", "1e999", "1e99999999999999999999", "nan", "inf", "1_000", "--1"]
)
def test_what_is_no_number(text):
    with pytest.raises(ValueError, match=r"is not a number|too large"):
        parse_number(text)


def test_suffixed_numbers_are_the_nearest_doubles():
    # 4.7 * 1e-9 is not: the product of two doubles is rounded once more
    assert parse_number("4.7n") == 4.7e-9
    assert parse_number("8.2p") == 8.2e-12
