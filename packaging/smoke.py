"""What a wheel must do right after it is installed: solve, draw, answer as ngspice's library, without a compiler.

python packaging/smoke.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import circuitnn
from circuitnn.crossbar import Crossbar

DECK = """two stages
v1 in 0 dc 5
rc in c 1k
rb in b 100k
q1 c b 0 m1
.model m1 npn(bf=100)
n1 in 0 mem
.model mem vteam
.op
.tran 10n 1u
.end
"""


def main() -> None:
    """Run all checks; an assertion fails if one does not hold."""
    op, tran = circuitnn.Circuit.from_text(DECK).run()
    assert 0.0 < op["v(c)"] < 5.0 and tran.complete
    product = Crossbar(64, 64, 1e-5, wordline_resistance=1).mvm(np.full(64, 0.1))
    assert np.all((product > 0.0) & (product < 64 * 1e-6))
    with tempfile.TemporaryDirectory() as folder:
        deck = Path(folder) / "deck.cir"
        deck.write_text(DECK)
        environment = {**os.environ, "PATH": os.path.dirname(sys.executable)}  # no compiler
        command = [sys.executable, "-m", "circuitnn", "run", str(deck), "-o", str(deck.with_suffix(".raw"))]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        tran.plot("v(c)", path=deck.with_suffix(".png"))
        assert deck.with_suffix(".raw").stat().st_size > 0 and deck.with_suffix(".png").stat().st_size > 0
    print(f"circuitnn {circuitnn.__version__} works")


if __name__ == "__main__":
    main()
