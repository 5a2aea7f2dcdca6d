"""How far data travel: the package's files and functions that a task passes through.

    python -m bench.frames [--list]

A profile function counts Python frames of `circuitnn` in the second run of each task, so that imports are not counted.
Comprehensions and lambdas belong to the function around them. Compiled code has no frames.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np

import circuitnn
from bench.generators import oscillators

PACKAGE = Path(circuitnn.__file__).parent
DIODE = "diode\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dm\n.model dm d\n.end\n"
NIOBIUM = "\n".join(["ring", *oscillators.niobium_ring(100), ".end", ""])


def operating_point() -> None:
    """Text with a source, a resistor and a diode, to the operating point."""
    circuitnn.Circuit.from_text(DIODE).op()


def oscillators_together() -> None:
    """Transient of a hundred NbO2 oscillators."""
    circuitnn.Circuit.from_text(NIOBIUM).tran(1e-7, 1e-9)


def product() -> None:
    """A vector times a matrix on an array with line resistance."""
    circuitnn.Crossbar(64, 64, np.full((64, 64), 1e-5)).mvm(np.full(64, 0.1))


# the task, and the most files and functions that it should take
TASKS: dict[str, tuple[Callable[[], None], int, int]] = {
    "operating point of a diode": (operating_point, 50, 220),
    "transient of 100 NbO2 oscillators": (oscillators_together, 60, 270),
    "Crossbar(64, 64, g).mvm(v)": (product, 9, 30),
}


def frames(task: Callable[[], None]) -> Counter[tuple[str, str]]:
    """Calls of each function, by file and qualified name."""
    calls: Counter[tuple[str, str]] = Counter()

    def called(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        path = Path(code.co_filename)
        if event == "call" and not code.co_name.startswith("<") and path.is_relative_to(PACKAGE):
            name = getattr(code, "co_qualname", code.co_name)  # Python 3.11
            calls[str(path.relative_to(PACKAGE)), name] += 1

    task()
    sys.setprofile(called)
    try:
        task()
    finally:
        sys.setprofile(None)
    return calls


def main() -> None:
    """Print the counts."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--list", action="store_true", help="show every function with its calls")
    listed = arguments.parse_args().list
    for name, (task, most_files, most_functions) in TASKS.items():
        calls = frames(task)
        files = {file for file, _ in calls}
        print(f"{name}: {len(files)} files ({most_files}), {len(calls)} functions ({most_functions})")
        for (file, function), count in sorted(calls.items()) if listed else ():
            print(f"    {count:6d}  {file}: {function}")


if __name__ == "__main__":
    main()
