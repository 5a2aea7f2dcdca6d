"""Random circuits of diodes, transistors and behavioural sources; `bench/circuits.py` runs as many as one likes."""

import nonlinear_checks
import pytest

COUNTS = {"operating_point": 240, "sweep": 100, "transient": 40}
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("check", COUNTS)
def test_currents_written_anew_balance(check, part):
    wrong = {}
    for seed in range(part, COUNTS[check], PARTS):
        found = getattr(nonlinear_checks, check)(seed)
        if found:
            wrong[seed] = found
    assert not wrong, "\n".join(f"seed {seed}: {text[:500]}" for seed, text in wrong.items())
