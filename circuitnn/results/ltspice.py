"""Read rawfiles that LTspice writes.

Their header is that of SPICE, in UTF-16 or, before version XVII, in ASCII. The points are binary: of real results the
axis is a double and all else are floats, unless the flag ``double`` is there; all of complex results are doubles.
With the flag ``fastaccess`` the columns lie one after the other. A compressed waveform has points whose time is
negative. All points of ``.step`` are in one plot, with the flag ``stepped``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from circuitnn.errors import RawfileError
from circuitnn.machine.text import lines_of
from circuitnn.registry.analyses import plots
from circuitnn.results.quantities import OF_AXIS
from circuitnn.results.result import Result

UTF_16 = "Title:".encode("utf-16-le")
PROGRAM = b"LTspice"
HEADER = 1 << 22  # bytes of the longest header
START = 1 << 12  # bytes that tell who wrote a file: the program stands before the variables
_KINDS = {"device_current": "current", "subckt_current": "current"}
_PLOTNAMES = {"operation point": "operating point"}


class _Header(NamedTuple):
    """The header of a file: fields in small letters, names and kinds of the variables, and where the points begin."""

    fields: dict[str, str]
    variables: list[tuple[str, str]]
    begin: int


def is_ltspice(start: bytes) -> bool:
    """Whether a file that begins so was written by LTspice."""
    return start.startswith(UTF_16) or (
        start.startswith(b"Title:") and PROGRAM in start.partition(b"Binary:")[0]
    )


def read(path: str | os.PathLike[str]) -> list[Result]:
    """Read a rawfile of LTspice: one result, or one for each point of ``.step``.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of Result

    Raises
    ------
    RawfileError
        The file cannot be understood.
    OSError
        It cannot be read.
    """
    with open(path, "rb") as source:
        content = source.read()
    try:
        head = _header(content)
        flags = head.fields.get("flags", "").lower().split()
        points, count = int(head.fields["no. points"]), len(head.variables)
        data = _points(content[head.begin :], points, count, flags)
    except (KeyError, ValueError, IndexError) as error:
        raise RawfileError(f"{path}: not a rawfile of LTspice that can be read: {error}") from None
    message = "" if len(data) == points else f"the file has {len(data)} of {points} points"
    runs = list(_runs(head, np.real(data[:, 0]))) if "stepped" in flags else [slice(None)]
    return [_result(head, data[run], message, k + 1 if len(runs) > 1 else 0) for k, run in enumerate(runs)]


def _header(content: bytes) -> _Header:
    wide = content.startswith(UTF_16)
    mark = "Binary:\n".encode("utf-16-le" if wide else "ascii")
    end = content.find(mark, 0, HEADER)
    if end < 0:
        raise ValueError("no binary points")
    text = content[:end].decode("utf-16-le" if wide else "latin-1")
    above, _, below = text.partition("\nVariables:")
    fields = {}
    for line in lines_of(above):
        key, _, value = line.partition(":")
        fields[key.strip().lower()] = value.strip()
    variables = []
    for line in lines_of(below.strip()):
        _, name, kind = line.split("\t")[-3:]
        variables.append((name.strip().lower(), _KINDS.get(kind.strip(), kind.strip())))
    return _Header(fields, variables, end + len(mark))


def _points(content: bytes, points: int, count: int, flags: list[str]) -> np.ndarray:
    """The table of points; of a file that ends early, those that are complete."""
    first, rest = ("<c16", "<c16") if "complex" in flags else ("<f8", "<f8" if "double" in flags else "<f4")
    kinds = [np.dtype(first), *[np.dtype(rest)] * (count - 1)]
    row = sum(kind.itemsize for kind in kinds)
    there = min(points, len(content) // row)
    if "fastaccess" in flags:
        if there < points:
            raise ValueError("the file ends early")
        columns, offset = [], 0
        for kind in kinds:
            columns.append(np.frombuffer(content, kind, points, offset))
            offset += points * kind.itemsize
    else:
        table = np.frombuffer(content, np.dtype([(f"c{k}", kind) for k, kind in enumerate(kinds)]), there)
        columns = [table[f"c{k}"] for k in range(count)]
    data = np.column_stack(columns)
    return data.astype(complex if "complex" in flags else float)


def _runs(head: _Header, axis: np.ndarray) -> Iterator[slice]:
    """Runs of ``.step``: each begins where the first one began; operating points are one each."""
    # LTspice makes operating points a sweep; these are circuitnn's.
    if head.fields.get("plotname", "").lower() == "operating point":
        yield from (slice(k, k + 1) for k in range(len(axis)))
        return
    begins = np.flatnonzero(np.abs(axis) == np.abs(axis[:1]))
    begins = begins[np.diff(begins, prepend=-2) > 1]  # not the second of two points at the start
    for begin, end in zip(begins, [*begins[1:], len(axis)], strict=True):
        yield slice(int(begin), int(end))


def _result(head: _Header, data: np.ndarray, message: str, step: int) -> Result:
    plotname = head.fields.get("plotname", "")
    known = _PLOTNAMES.get(plotname.lower(), plotname.lower())
    plot = plots().get(known)
    names = tuple(name for name, _ in head.variables)
    first, kind = head.variables[0]
    has_axis = (plot is not None and plot.axis) or first in OF_AXIS or kind in ("time", "frequency")
    if kind == "time":
        data = data.copy()
        data[:, 0] = np.abs(data[:, 0])
    return Result(
        title=head.fields.get("title", "") + (f" (step {step})" if step else ""),
        analysis=known if plot is None else plot.name,
        plotname=plotname,
        axis=first if has_axis else None,
        names=names,
        types=tuple(kind for _, kind in head.variables),
        data=data,
        complete=not message,
        message=message,
    )
