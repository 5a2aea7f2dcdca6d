"""The header of a plot in a rawfile, as ngspice reads it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn._cext.names import listed
from circuitnn.results.quantities import TABLE

if TYPE_CHECKING:
    from circuitnn.results.result import Result

POINTS = b"\nNo. Points: "
COMMAND = "Command: ngspice-44 rawfile, written by circuitnn"
COMMAND_OF_STEPS = "Command: circuitnn, in the format of LTspice"
SPIKES = "spikes"  # the analysis
OPTION = "Option:"
TYPES_OUT = {q.name: q.type_in_file for q in TABLE if q.type_in_file}
WRAPPED = {q.axis: q.axis_in_file for q in TABLE if q.axis_in_file}
# Plots whose variables are not signals; in files ngspice treats them as voltages, v(pole(1)), or currents,
# i(inoise_total).
WITHOUT_SIGNALS = {"tf": "notype", "pz": "notype", "sens": "notype", "noise_total": "voltage", "sp": "notype"}
# Beginnings of the names of signals in such plots; all other names, such as pole(1), are wrapped.
SIGNALS = dict.fromkeys(WITHOUT_SIGNALS, ()) | {"sp": ("v(", "i(")}


def header(
    result: Result, points: int | None = None, in_file: bool = True, stepped: str | None = None
) -> str:
    """Format the header of a plot, up to and including the list of variables.

    Parameters
    ----------
    result : Result
    points : int, optional
        Number of points to announce; default: as many as there are.
    in_file : bool
        Whether to say whose format it is: readers of files tell dialects apart by that, those of server mode expect the
        header of earlier versions of ngspice.
    stepped : str, optional
        Title of a plot that has all points of ``.step``, as LTspice writes it.

    Returns
    -------
    str
    """
    flags = "complex" if np.iscomplexobj(result.data) else "real"
    lines = [
        f"Title: {' '.join((result.title if stepped is None else stepped).split())}",
        f"Date: {time.strftime('%a %b %d %H:%M:%S  %Y')}",
        *([COMMAND if stepped is None else COMMAND_OF_STEPS] if in_file else []),
        f"Plotname: {result.plotname}",
        *kept_arguments(result),
        f"Flags: {flags}{'' if stepped is None else ' forward stepped double'}",
        f"No. Variables: {len(result.names)}",
        f"No. Points: {len(result.data) if points is None else points:<8d}",
        "Variables:\n",
    ]
    return "\n".join(lines) + _variables(result)


def kept_arguments(result: Result) -> list[str]:
    """Lines with what the numbers of a table of spikes mean: times, and name and level of each signal.

    ngspice takes them for options of the plot.
    """
    if result.analysis != SPIKES or not result.arguments:
        return []
    start, stop, levels = (result.arguments[name] for name in ("tstart", "tstop", "levels"))
    signals = [
        f'{OPTION} signal{k} = "{float(level)!r} {name}"' for k, (name, level) in enumerate(levels.items())
    ]
    return [f'{OPTION} times = "{float(start)!r} {float(stop)!r}"', *signals]


def arguments_of(options: str) -> dict[str, Any]:
    """Arguments of the analysis that made a table of spikes, from the options in the header, a tab between them.

    Empty if they are not those that `kept_arguments` writes.
    """
    try:
        times, *signals = [line.partition('"')[2].removesuffix('"') for line in options.split("\t")]
        start, stop = map(float, times.split(" "))
        pairs = [signal.split(" ", 1) for signal in signals]
        levels = {name: float(level) for level, name in pairs}
    except ValueError:
        return {}
    return {"tstart": start, "tstop": stop, "levels": levels}


def _variables(result: Result) -> str:
    """The list of variables, a line each."""
    names, kinds = result.names, result.types
    if result.analysis in WITHOUT_SIGNALS:
        names, kinds = _as_voltages(result)
    if result.axis is not None:  # only axes have other names and kinds in the file
        names = tuple([WRAPPED.get(name, name) for name in names])
        kinds = tuple([TYPES_OUT.get(kind, kind) for kind in kinds])
    if any(name[0] == "@" for name in names):  # i(@m1[id]), as ngspice has it
        names = tuple(
            [
                f"{kind[0].replace('c', 'i')}({name})"
                if name[0] == "@" and kind in ("voltage", "current")
                else name
                for name, kind in zip(names, kinds, strict=True)
            ]
        )
    try:
        return listed(names, kinds).decode()
    except UnicodeEncodeError:
        rows = zip(names, kinds, strict=True)
        return "".join(f"\t{k}\t{name}\t{kind}\n" for k, (name, kind) in enumerate(rows))


def _as_voltages(result: Result) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and kinds of variables that ngspice treats as voltages or currents, whatever they are."""
    names, kinds = [], []
    for name, kind in zip(result.names, result.types, strict=True):
        seen = "current" if kind == "current" else "voltage"
        signal = name == result.axis or (name.endswith(")") and name.startswith(SIGNALS[result.analysis]))
        names.append(name if signal else f"{'i' if seen == 'current' else 'v'}({name})")
        kinds.append(kind if signal else seen)
    return tuple(names), tuple(kinds)


def header_bytes(result: Result, points: int | None = None, size: int = 0) -> bytes:
    """Header of a plot up to its data; padded to `size` by blanks after the number of points."""
    text = header(result, points).encode("utf-8", "backslashreplace") + b"Binary:\n"
    end = text.index(b"\n", text.index(POINTS) + 1)
    return text[:end] + b" " * (size - len(text)) + text[end:]
