"""``python -m bench.veriloga_mutations [--count N] [--seed S] [--files FOLDER]``: mutated Verilog-A files.

Each mutation must work or give errors with a place: what ends otherwise, or takes more than `LIMIT` seconds, is printed
with its text, and the exit status is 1. With ``--files``, files of a folder are mutated, too.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from pathlib import Path

from circuitnn.veriloga.device import model_of
from circuitnn.veriloga.library import read_text
from circuitnn.veriloga.source import VerilogAError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "veriloga"))
LIMIT = 30.0  # s


def main() -> int:
    """Run the campaign."""
    from verilog_a_mutations import SEEDS, mutated

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=Path)
    given = parser.parse_args()
    texts = [*SEEDS]
    if given.files:
        texts += [p.read_text(errors="replace") for p in sorted(given.files.rglob("*.va")) if p.is_file()]
    draw = random.Random(given.seed)
    bad = good = 0
    for number in range(given.count):
        text = mutated(draw.choice(texts), draw)
        begin = time.process_time()
        try:
            for design in read_text(text, "mutated.va"):
                model_of(design).assembled()
            good += 1
        except VerilogAError:
            pass
        except Exception:
            bad += 1
            print(f"--- {number}\n{text}\n{traceback.format_exc()}")
        if time.process_time() - begin > LIMIT:
            bad += 1
            print(f"--- {number}: {time.process_time() - begin:.1f} s\n{text}")
    print(f"{given.count} mutations: {good} still work, {bad} ended badly")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
