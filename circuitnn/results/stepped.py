"""Write the points of ``.step`` as LTspice does: one plot for all; its readers tell the steps apart by the axis."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import numpy as np

from circuitnn.machine.writing import whole
from circuitnn.records import replace
from circuitnn.results import rawfile
from circuitnn.results.growing_rawfile import rescuing
from circuitnn.results.rawheader import header
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from circuitnn.flat import Sweep

_KINDS = {
    "temp": "temperature",
    "v": "voltage",
    "i": "current",
}  # of what a sweep varies, by its first letter


def write(
    path: str | os.PathLike[str], results: Sequence[Result], title: str, steps: Sequence[Sweep]
) -> bool:
    """Write the results of all steps into one plot of a rawfile, with LTspice's flags; all numbers are doubles.

    Operating points, one for each step, have as first variable what varies: that of the innermost ``.step``.

    Parameters
    ----------
    path : path
    results : sequence of Result
        Those of the first step first.
    title : str
        The deck's.
    steps : sequence of Sweep
        The ``.step`` cards.

    Returns
    -------
    bool
        False, and nothing is written, if readers could not tell the steps apart, or of several analyses.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    if not _told_apart(results):
        return False
    if results[0].axis is None:
        results = [_with_swept(result, steps[-1]) for result in results]
    with (
        rescuing(path, results, _lost, rawfile.write_plots) as rescue,
        whole(path, "wb", rescue=rescue) as out,
    ):
        _write(out, results, title)
    return True


def _with_swept(result: Result, sweep: Sweep) -> Result:
    """An operating point with the value that a sweep has there as its first variable, as LTspice writes it."""
    name = sweep.target.removeprefix("param:")
    kind = "param" if sweep.target != name else _KINDS.get(name if name == "temp" else name[0], "param")
    return replace(
        result,
        names=(name, *result.names),
        types=(kind, *result.types),
        data=np.column_stack([np.full(len(result), result.step[name]), result.data]),
    )


def _lost(file: IO[bytes]) -> str:
    """Of a file that ends early, its readers could not tell how many points it has."""
    return ""


def _told_apart(plot: Sequence[Result]) -> bool:
    """Whether each step has the same variables, and begins where the first one did and where it has no other point."""
    if len({tuple(result.step.items()) for result in plot}) < len(plot) or len(plot) < 2:
        return False  # a second analysis, or a value that the cards name twice
    first = plot[0]
    if any(result.names != first.names or not len(result) for result in plot):
        return False
    if first.axis is None:
        return all(len(result) == 1 for result in plot)
    begin = first.data[0, 0]
    return all(np.flatnonzero(result.data[:, 0] == begin).tolist() == [0] for result in plot)


def _write(out: IO[bytes], plot: Sequence[Result], title: str) -> None:
    out.write(header(plot[0], sum(map(len, plot)), stepped=title).encode("utf-8", "backslashreplace"))
    out.write(b"Binary:\n")
    for result in plot:
        rawfile.write_points(out, result)
