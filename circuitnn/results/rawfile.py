"""Read and write ngspice's rawfiles; ngspice's ``load`` reads those written here.

A file is a sequence of plots. A plot is a header of ``Key: value`` lines, a list of
variables, and the points: little-endian doubles after ``Binary:``, or text after
``Values:``. A voltage axis, called ``v-sweep`` in results, is ``v(v-sweep)`` in the file.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import IO, NamedTuple

import numpy as np

from circuitnn.errors import RawfileError
from circuitnn.machine.text import decoded, lowered
from circuitnn.machine.writing import whole
from circuitnn.records import fill_in
from circuitnn.registry.analyses import Plot, plots
from circuitnn.results.blockwise import blocks, mapped
from circuitnn.results.growing_rawfile import rescuing
from circuitnn.results.quantities import OF_AXIS
from circuitnn.results.rawheader import (
    POINTS,
    SPIKES,
    TYPES_OUT,
    WITHOUT_SIGNALS,
    WRAPPED,
    arguments_of,
    header,
)
from circuitnn.results.result import Result

_TYPES_IN = {b: a for a, b in TYPES_OUT.items()}
_UNWRAPPED = {b: a for a, b in WRAPPED.items()}
_LINE_LIMIT = 1 << 16
IN_MEMORY = 1 << 30  # bytes; larger tables stay in their file


def write(path: str | os.PathLike[str], results: Sequence[Result], binary: bool = True) -> None:
    """Write results into one rawfile, one plot each.

    Parameters
    ----------
    path : path
    results : sequence of Result
    binary : bool
        False writes text with 17 significant digits (ngspice writes 16), so that every number reads back the same.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    if binary and _grew(path, results):
        return
    plots: list[_Plotted] = []
    readable = partial(_readable, plots, sum(map(len, results)))
    with rescuing(path, results, readable, write_plots) as rescue, whole(path, "wb", rescue=rescue) as out:
        for result in results:
            plots.append(_Plotted(out.tell() if out.seekable() else 0, result, binary))
            _write_plot(out, result, binary)


class _Plotted(NamedTuple):
    """A plot that is being written: where it begins in the file."""

    start: int
    result: Result
    binary: bool


def _readable(plots: list[_Plotted], count: int, file: IO[bytes]) -> str:
    """Repair a rawfile that ends early: its last plot has the points that are there; say how many they are."""
    there = os.fstat(file.fileno()).st_size
    while plots and there:
        plot = plots.pop()
        with mmap.mmap(file.fileno(), there, access=mmap.ACCESS_READ) as text:
            begin = text.find(b"Binary:\n" if plot.binary else b"Values:\n", plot.start) + 8
            rows, end = _rows_in(plot, text, begin) if begin >= 8 else (0, 0)
            offset = text.find(POINTS, plot.start) + len(POINTS)
        if rows:
            os.pwrite(file.fileno(), b"%-8d" % rows, offset)
            os.ftruncate(file.fileno(), end)
            return f"{sum(len(plot.result) for plot in plots) + rows:,} of {count:,} points are"
    return ""


def _rows_in(plot: _Plotted, text: mmap.mmap, begin: int) -> tuple[int, int]:
    """Complete rows of a plot from `begin`, and where they end."""
    if plot.binary:
        width = plot.result.data.shape[1] * np.dtype(_dtype(plot.result)).itemsize
        rows = (len(text) - begin) // width
        return rows, begin + rows * width
    rows = text[begin:].count(b"\n\n")
    return rows, text.rfind(b"\n\n") + 2


def _grew(path: str | os.PathLike[str], results: Sequence[Result]) -> bool:
    """Whether the results already lie in a growing file, which is then renamed to this path."""
    if not any(isinstance(result.data, np.memmap) for result in results):
        return False
    from circuitnn.results.growing_rawfile import renamed

    return renamed(path, results)


def write_plots(out: IO[bytes], results: Sequence[Result], binary: bool = True) -> None:
    """Write results into an open file; see `write`.

    Parameters
    ----------
    out : binary file
    results : sequence of Result
    binary : bool
    """
    for result in results:
        _write_plot(out, result, binary)


def _write_plot(out: IO[bytes], result: Result, binary: bool) -> None:
    out.write(header(result).encode("utf-8", "backslashreplace"))
    if binary:
        out.write(b"Binary:\n")
        write_points(out, result)
    else:
        out.write(b"Values:\n")
        done = 0
        for block in blocks(result.data):
            out.writelines(_text_points(block, done))
            done += len(block)


def write_points(out: IO[bytes], result: Result) -> None:
    """Write the numbers of a result as they follow ``Binary:`` in a rawfile.

    Parameters
    ----------
    out : binary file
    result : Result
        Real or complex.
    """
    for block in blocks(result.data):
        out.write(np.ascontiguousarray(block, dtype=_dtype(result)).data)


def _dtype(result: Result) -> str:
    return "<c16" if np.iscomplexobj(result.data) else "<f8"


def _text_points(data: np.ndarray, first: int) -> Iterator[bytes]:
    if np.iscomplexobj(data):
        row = "\n\t".join(["%.16e,%.16e"] * data.shape[1])
        data = np.ascontiguousarray(data).view(float)
    else:
        row = "\n\t".join(["%.16e"] * data.shape[1])
    for index, values in enumerate(data, first):
        yield f" {index}\t{row % tuple(values.tolist())}\n\n".encode("ascii")


# ---------------------------------------------------------------------- reading


def read(path: str | os.PathLike[str]) -> list[Result]:
    """Read every plot of a rawfile, binary or text.

    A file that ends early gives the points it has, with ``complete=False``.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of Result

    Raises
    ------
    RawfileError
        If it is not a rawfile.
    OSError
        If the file cannot be read.
    """
    results = []
    with open(path, "rb") as source:
        reader = _Reader(source, str(path), os.fstat(source.fileno()).st_size)
        while (plot := reader.plot()) is not None:
            results.append(plot)
    if not results:
        raise RawfileError(f"{path}: no plot in this file; is it a rawfile?")
    return results


class _Reader:
    """Plots of an open rawfile, one after the other."""

    def __init__(self, source: IO[bytes], path: str, size: int) -> None:
        self.source = source
        self.path = path
        self.size = size
        self.line = 0
        self.grown: Result | None = None  # the last plot, if it may have grown during a run
        self.end = 0  # of that plot

    def fail(self, message: str) -> RawfileError:
        return RawfileError(f"{self.path}:{self.line}: {message}")

    def next_line(self) -> bytes | None:
        raw = self.source.readline(_LINE_LIMIT)
        self.line += 1
        return raw.rstrip(b"\r\n") if raw else None

    def plot(self) -> Result | None:
        """Next plot, or None at the end of the file."""
        fields: dict[bytes, bytes] = {}
        variables: list[list[bytes]] = []
        while (line := self.next_line()) is not None:
            if not line.strip():
                continue
            key, colon, value = line.partition(b":")
            key = key.strip().lower()
            if not colon or len(key) > 40:
                if self.grown is not None and not fields:
                    self._cut_off()
                    return None
                raise self.fail("not a header line of a rawfile" if fields else self._no_rawfile())
            if key == b"variables":
                variables = self.variables(self.count(fields, "no. variables"), value)
            elif key in (b"binary", b"values"):
                if not variables:
                    raise self.fail("the header lacks variables")
                result = self.result(*_decoded(fields, variables), key == b"binary")
                self.grown = result if key == b"binary" else None
                self.end = self.source.tell()
                return result
            elif key == b"option" and key in fields:
                fields[key] += b"\t" + value.strip()
            else:
                fields[key] = value.strip()
        if fields:
            raise self.fail("the file ends inside a header")
        return None

    def _no_rawfile(self) -> str:
        """What is said of a file that does not begin as one: people give the deck instead of its result."""
        deck = os.path.basename(self.path)
        return (
            f"not a rawfile, which begins with 'Title:'; a deck is run first: circuitnn run {deck} -o out.raw"
        )

    def _cut_off(self) -> None:
        """Mark the last plot as cut off: points follow that its header did not count when the run ended."""
        assert self.grown is not None
        message = f"the {self.size - self.end} bytes after the points are not a plot: the run was cut off"
        fill_in(self.grown, complete=False, message=message)

    def count(self, fields: Mapping[bytes, bytes], key: str) -> int:
        try:
            number = int(fields.get(key.encode(), b""))
        except ValueError:
            raise self.fail(f"the header lacks a number for '{key}'") from None
        # A variable takes a line of the file, a point at least one byte per variable.
        if not 0 <= number <= max(self.size, 1):
            raise self.fail(f"'{key}' is {number}, which does not fit the file")
        return number

    def variables(self, count: int, first: bytes) -> list[list[bytes]]:
        """Name and type of each variable."""
        variables = []
        for k in range(count):
            # Some writers put the first variable on the line of the keyword.
            line = first if k == 0 and first.strip() else self.next_line()
            words = (line or b"").split()  # at ASCII blanks only: other blanks may be part of a name
            if len(words) < 3 or words[0] != b"%d" % k:
                raise self.fail(f"variable {k} is expected here")
            variables.append(words[1:3])
        return variables

    def result(self, fields: dict[str, str], variables: list[tuple[str, str]], binary: bool) -> Result:
        flags = fields.get("flags", "real").lower().split()
        kind = "<c16" if "complex" in flags else "<f8"
        points = self.count({b"no. points": fields.get("no. points", "").encode()}, "no. points")
        if binary:
            data = self.binary_points(points, len(variables), kind)
        else:
            data = self.text_points(points, len(variables), kind)
        if np.iscomplexobj(data) and variables[0][1] == "frequency":
            data[:, 0].imag = 0.0  # ngspice does not initialise it
        message = "" if len(data) == points else f"the file has {len(data)} of {points} points"
        plotname = fields.get("plotname", "")
        plot = plots().get(plotname.lower())
        kind_inside = WITHOUT_SIGNALS.get(plot.name) if plot is not None else None
        if plot is not None and kind_inside is not None:
            inside = INSIDE.get(plot.name)
            variables = [
                _as_inside(name, kind, kind_inside)
                if inside is None or inside.fullmatch(name)
                else (name, kind)
                for name, kind in variables
            ]
        names = tuple(name for name, _ in variables)
        return Result(
            title=fields.get("title", ""),
            analysis=plotname.lower() if plot is None else plot.name,
            plotname=plotname,
            axis=names[0] if _has_axis(plot, *variables[0]) else None,
            names=names,
            types=tuple(kind for _, kind in variables),
            data=data,
            complete=not message,
            message=message,
            arguments=arguments_of(fields.get("option", ""))
            if plot is not None and plot.name == SPIKES
            else {},
        )

    def binary_points(self, points: int, columns: int, kind: str) -> np.ndarray:
        row, start = columns * np.dtype(kind).itemsize, self.source.tell()
        left = (self.size - start) // row
        points = min(points, left)
        if kind == "<f8" and points * row > IN_MEMORY:  # only the requested part is loaded
            table = mapped(self.source, start, (points, columns), kind, writable=False)
            self.source.seek(start + points * row if points < left else 0, int(points == left) * os.SEEK_END)
            return table
        data = np.fromfile(self.source, kind, points * columns)
        if points == left:
            self.source.seek(0, os.SEEK_END)  # a torn last point
        return data.reshape(points, columns).astype(kind[1:], copy=False)

    def text_points(self, points: int, columns: int, kind: str) -> np.ndarray:
        number = _parse_complex if kind == "<c16" else float
        rows: list[list[complex]] = []
        words: list[bytes] = []
        while len(rows) < points and (line := self.next_line()) is not None:
            words += line.split()
            if len(words) > columns:
                try:
                    rows.append([number(word) for word in words[1 : columns + 1]])
                except ValueError:
                    raise self.fail(f"not a number in {decoded(line)!r}") from None
                del words[: columns + 1]
        return np.array(rows, dtype=kind[1:]).reshape(len(rows), columns)


# Variables that are not signals in plots that also have signals: v(S_2_1).
INSIDE = {"sp": re.compile(r"v\((?:(?:[syz]|cy)_\d+_\d+|nf|nfmin|rn|sopt)\)", re.IGNORECASE)}


def _decoded(
    fields: Mapping[bytes, bytes], variables: Sequence[Sequence[bytes]]
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Decode a header, with one encoding for all of it, so that distinct names stay distinct."""
    words = [*fields, *fields.values(), *(word for pair in variables for word in pair)]
    text = decoded(b"\n".join(words)).split("\n")
    count = len(fields)
    pairs = zip(text[2 * count :: 2], text[2 * count + 1 :: 2], strict=True)
    return dict(zip(text[:count], text[count : 2 * count], strict=True)), [
        (_UNWRAPPED.get(lowered(name), name), _TYPES_IN.get(kind, kind)) for name, kind in pairs
    ]


def _as_inside(name: str, kind: str, kind_inside: str) -> tuple[str, str]:
    """Name and kind of a variable that is not a signal: ``pole(1)``, which the file calls ``v(pole(1))``."""
    if not name.endswith(")") or name[:2] != {"voltage": "v(", "current": "i("}.get(kind):
        return name, kind
    return lowered(name[2:-1]), kind if kind == "current" else kind_inside


def _parse_complex(word: bytes) -> complex:
    real, _, imaginary = word.partition(b",")
    return complex(float(real), float(imaginary or 0.0))


def _has_axis(plot: Plot | None, name: str, kind: str) -> bool:
    """Whether the first variable is the axis."""
    return (plot is not None and plot.axis) or name in OF_AXIS or kind in ("time", "frequency")
