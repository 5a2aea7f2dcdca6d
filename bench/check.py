"""``python -m bench.check [--update]``: counters of the benchmark's quick decks beside stored ones.

Points, iterations and factorisations do not depend on how busy a machine is, but nearly always tell why a time has
changed. One that is off by more than `SHARE` fails, whether there are more or fewer: ``--update`` stores the new ones,
and the commit says why they have changed. Processors with other instructions round differently; hence the share.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench import cases
from bench.runner.case import OURS
from bench.runner.contenders import Ours, prepare_environment

STORED = Path(__file__).with_name("counters.json")
START = "start of the process, trivial deck"
SHARE = 0.03
FEW = 2  # difference that is never held against a counter
TRIVIAL = "a source, a resistor and a diode\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dd\n.model dd d\n.op\n.end\n"
# Runs the command of its arguments and says how many modules of the package are there at the end.
LOADED = """
import atexit, sys
say = lambda: print(sum(name.partition(".")[0] == "circuitnn" for name in sys.modules), file=sys.stderr)
atexit.register(say)
from circuitnn.cli import main
main()
"""

Counters = dict[str, dict[str, int]]


def counted() -> Counters:
    """Counters of all quick cases that are decks, by the names of the cases."""
    found = {START: {"modules": modules()}}
    for group in cases.groups():
        for case in cases.cases(group, quick=True):
            contender = case.contenders[OURS]
            if isinstance(contender, Ours):
                found[case.name] = contender.counters()
    return found


def modules() -> int:
    """How many modules of the package a new process imports to run a trivial deck."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "trivial.cir").write_text(TRIVIAL)
        words = [sys.executable, "-c", LOADED, "-b", "-r", "out.raw", "trivial.cir"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    return int(done.stderr.split()[-1])


def differences(stored: Mapping[str, Mapping[str, int]], found: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What has changed by more than the share, a line each; cases and counters that only one of them has, too."""
    lines = [f"{name}: not stored" for name in found.keys() - stored.keys()]
    lines += [f"{name}: stored, but there is no such case" for name in stored.keys() - found.keys()]
    for name in found.keys() & stored.keys():
        before, now = stored[name], found[name]
        for counter in before.keys() | now.keys():
            old, new = before.get(counter, 0), now.get(counter, 0)
            if abs(new - old) > max(FEW, SHARE * old):
                lines.append(f"{name}: {counter} {old} → {new}")
    return sorted(lines)


def main(arguments: list[str]) -> int:
    """Compare, or store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(": ")[2].partition("\n")[0])
    parser.add_argument("--update", action="store_true", help="store what is counted now")
    given = parser.parse_args(arguments)
    prepare_environment()
    found = counted()
    if given.update:
        STORED.write_text(json.dumps(found, indent=1) + "\n")
        return 0
    lines = differences(json.loads(STORED.read_text()), found)
    print("\n".join(lines) or f"counters of {len(found)} cases are those of {STORED.name}")
    if lines:
        print("If this is intended: python -m bench.check --update", file=sys.stderr)
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
