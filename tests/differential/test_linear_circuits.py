"""Random linear circuits against exact solutions; `bench/circuits.py` runs as many as one likes."""

import linear_checks
import pytest

COUNTS = {
    "operating_point": 480,
    "small_signal": 120,
    "transfer": 240,
    "sweep": 200,
    "noise": 200,
    "sensitivity": 240,
    "transient": 120,
    "natural_frequencies": 80,
}
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("check", COUNTS)
def test_equal_to_the_exact_solution(check, part):
    wrong = {}
    for seed in range(part, COUNTS[check], PARTS):
        found = getattr(linear_checks, check)(seed)
        if found:
            wrong[seed] = found
    assert not wrong, "\n".join(f"seed {seed}: {text[:500]}" for seed, text in wrong.items())
