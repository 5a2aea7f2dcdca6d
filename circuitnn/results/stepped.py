"""Write the points of ``.step`` as LTspice does: one plot for all; its readers tell the steps apart by the axis."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO

import numpy as np

from circuitnn.machine.writing import whole
from circuitnn.results import rawfile
from circuitnn.results.growing import rescuing
from circuitnn.results.rawheader import header
from circuitnn.results.result import Result


def write(path: str | os.PathLike[str], results: Sequence[Result]) -> bool:
    """Write the results of all steps into one plot of a rawfile, with LTspice's flags; all numbers are doubles.

    Parameters
    ----------
    path : path
    results : sequence of Result
        Those of the first step first.

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
    with (
        rescuing(path, results, _lost, rawfile.write_plots) as rescue,
        whole(path, "wb", rescue=rescue) as out,
    ):
        _write(out, results)
    return True


def parted(title: str) -> tuple[str, str]:
    """The deck's title, and what varies, ``load = 1000, n = 2``, of the title of a step."""
    own, _, values = title.rpartition(" (")
    return own, values.removesuffix(")")


def _lost(file: IO[bytes]) -> str:
    """Of a file that ends early, its readers could not tell how many points it has."""
    return ""


def _told_apart(plot: Sequence[Result]) -> bool:
    """Whether each step has the same variables, and begins where the first one did and where it has no other point."""
    if len({result.title for result in plot}) < len(plot) or len(plot) < 2:
        return False
    first = plot[0]
    if any(result.names != first.names or not len(result) for result in plot):
        return False
    if first.axis is None:
        return all(len(result) == 1 for result in plot)
    begin = first.data[0, 0]
    return all(np.flatnonzero(result.data[:, 0] == begin).tolist() == [0] for result in plot)


def _write(out: IO[bytes], plot: Sequence[Result]) -> None:
    title, _ = parted(plot[0].title)
    out.write(header(plot[0], sum(map(len, plot)), stepped=title).encode("utf-8", "backslashreplace"))
    out.write(b"Binary:\n")
    for result in plot:
        rawfile.write_points(out, result)
