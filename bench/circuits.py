"""Random circuits of ``tests/differential`` against independent solutions, for any range of seeds.

python -m bench.circuits operating_point 1000 5000
python -m bench.circuits switch.operating_point 0 1000
python -m bench.circuits nonlinear.accepted_points 0 1000
python -m bench.circuits ngspice.waveforms 0 1000
python -m bench.circuits rlc.initial_conditions 0 1000
python -m bench.circuits rlc.from_rest 0 1000
python -m bench.circuits rlc.little_damping 0 1000
python -m bench.circuits charge.trap 0 1000
python -m bench.circuits charge.gear 0 1000
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

from circuitnn.errors import CircuitnnError

TESTS = Path(__file__).parents[1] / "tests" / "differential"


def main(check: str, first: int, last: int) -> int:
    """Run the seeds from `first` to `last` - 1; print each failing one and return their number."""
    sys.path.insert(0, str(TESTS))
    kind, _, name = check.rpartition(".")
    run = getattr(importlib.import_module(f"{kind or 'linear'}_checks"), name)
    started, wrong = time.perf_counter(), 0
    for seed in range(first, last):
        try:
            found = run(seed)
        except CircuitnnError as error:
            found = f"{type(error).__name__}: {error}"
        if found:
            wrong += 1
            print(f"seed {seed}: {found[:300]}", flush=True)
    print(f"{check}: {wrong} of {last - first} wrong, {time.perf_counter() - started:.0f} s")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])) > 0)
