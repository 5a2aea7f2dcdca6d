"""Results as text: ngspice's tables, and the summary of ``circuitnn run``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from circuitnn.errors import CircuitnnError
from circuitnn.flat import Printed
from circuitnn.machine.text import lowered
from circuitnn.ngspice import line_printer
from circuitnn.ngspice.listing import heading, natural, number, pages, plain
from circuitnn.results.evaluation import evaluate, variables
from circuitnn.results.phasors import SUFFIXES
from circuitnn.results.quantities import UNITS
from circuitnn.results.result import DIFFERENCE, Result

# vdb(a,b), which ngspice expands
_PART_OF_DIFFERENCE = re.compile(rf"v(?P<part>{'|'.join(SUFFIXES)})\((?P<plus>[^(),]+),(?P<minus>[^(),]+)\)")
MAX_ROWS = 40  # of a summary
MAX_SIDE = 10  # of points side by side


def print_table(result: Result, expressions: Sequence[str]) -> Iterator[str]:
    """Lines of a ``.print`` card: pages of three signals beside the axis.

    Raises
    ------
    UnknownNameError, NetlistError
        A signal is unknown or cannot be parsed.
    """
    axis = [(result.axis, result.data[:, 0])] if result.axis else []
    yield from pages(lowered(result.title), result.plotname, axis, _columns(result, expressions))


def plotted(result: Result, expressions: Sequence[str]) -> Iterator[str]:
    """Lines of a ``.plot`` card: a line printer's curves; those of a transient have a line per step of its card.

    Raises
    ------
    UnknownNameError, NetlistError
        A signal is unknown or cannot be parsed.
    """
    columns = _columns(result, expressions)
    if expressions == ["all"]:
        columns = [(plain(name), np.real(result.array(name))) for name in sorted(result.names, key=natural)]
    if result.axis is None:
        x = plain(result.names[0]), result.data[:, 0]
    else:
        x = result.axis, np.real(result.data[:, 0])
    axis = line_printer.Axis.around(np.array([np.real(values) for _, values in columns]))
    if result.analysis == "tran":
        x, columns = line_printer.on_steps(result, x, columns)
    yield from line_printer.plot(result.title, result.plotname, x, columns, axis)


def _columns(result: Result, expressions: Sequence[str]) -> list[tuple[str, np.ndarray]]:
    everything = result.names[result.axis is not None :]
    asked = [n for text in expressions or ("all",) for n in (everything if text == "all" else (text,))]
    return [(_heading(text), evaluate(result, text)) for text in asked]


def _heading(text: str) -> str:
    """ngspice's heading of a column: ``v(a)-v(b)`` for ``v(a,b)``, ``v1#branch`` for ``i(v1)``."""
    difference = DIFFERENCE.fullmatch(text)
    if difference:
        return f"v({difference[1]})-v({difference[2]})"
    part = _PART_OF_DIFFERENCE.fullmatch(text)
    if part:
        return f"{SUFFIXES[part['part']]}(v({part['plus']})-v({part['minus']}))"
    return heading(text)


def transfer_function(result: Result) -> Iterator[str]:
    """Lines of ngspice's list of a transfer function and the resistances of its ports."""
    yield "\nTransfer function information:"
    for name in sorted(result.names, key=natural):
        yield f"{name} = {number(float(np.real(result.array(name)[0])))}"
    yield ""


def operating_point_table(result: Result) -> Iterator[str]:
    """Lines of ngspice's list of node voltages and source currents."""
    yield "\tNode                                  Voltage"
    yield "\t----                                  -------"
    yield "\t----\t-------"
    for kind, above in (("voltage", ""), ("current", "\n\tSource\tCurrent\n\t------\t-------\n")):
        if above:
            yield above
        rows = zip(result.names, result.types, result.data[0].tolist(), strict=True)
        for name, of_kind, value in [*rows][::-1]:  # ngspice's list begins with the last node
            if of_kind == kind:
                shown = _node(name[2:-1]) if name.startswith("v(") else heading(name)
                yield f"\t{shown:<32} {number(value)}"


def _node(name: str) -> str:
    """A node in the list of voltages: ``out``, but ``V(2)``."""
    return f"V({name})" if name[:1].isdigit() else name


def prints(results: Iterable[Result], cards: Sequence[Printed]) -> Iterator[tuple[str, str]]:
    """Output of the ``.print`` and ``.plot`` cards: ("out", line) for a line, ("error", text) for a card that fails.

    Card by card, each for all results of its kind, the latest first, as in ngspice.
    """
    latest = [*results][::-1]
    for kind, expressions, drawn, _ in cards:
        card, text_of = (".plot", plotted) if drawn else (".print", print_table)
        for result in (r for r in latest if r.analysis == kind):
            good = []
            for text in expressions:
                try:
                    if text != "all":
                        evaluate(result, text)
                    good.append(text)
                except CircuitnnError as error:
                    yield "error", f"{card} {kind} {text}: {error}"
            for line in text_of(result, good) if good and len(result) else ():
                yield "out", line


def not_printed(results: Sequence[Result], cards: Sequence[Printed]) -> Iterator[str]:
    """Sentences about signals of ``.print`` and ``.plot`` cards that no result has."""
    for kind, expressions, drawn, where in cards:
        for text in expressions:
            for result in (r for r in results if r.analysis == kind and text != "all"):
                try:
                    variables(result, text)
                except CircuitnnError as error:
                    yield f"{where}: '{'.plot' if drawn else '.print'} {kind} {text}': {error}"
                    break


def summary(result: Result, statistics: bool = False) -> Iterator[str]:
    """Lines for people: the analysis, ranges of the variables, measures, cost."""
    count = len(result)
    cost = result.statistics
    spent = cost.seconds.get("total")
    words = [f"{count:,d} point{'s' * (count != 1)}"]
    words += [f"{cost.iterations:,d} Newton iterations"] if cost.iterations else []
    words += [f"{spent:.3g} s"] if spent is not None else []
    words += [cost.linear_solver] if cost.linear_solver else []
    words += [f"{cost.homotopy} was needed"] if cost.homotopy else []
    step = ", ".join(f"{name} = {value:g}" for name, value in result.step.items())
    yield f"{result.plotname}{f' at {step}' if step else ''}: {', '.join(words)}"
    if not result.complete:
        yield f"  INCOMPLETE: {result.message}"
    yield from (f"  {line}" for line in result.findings)
    if count:
        yield from _rows(result)
    if result.analysis == "four":
        yield from (f"    {name} = {value:g} %" for name, value in result.measures.items())
    if result.measured:
        yield "  measures"
        for outcome in result.measured:
            yield f"    {outcome}{f': {outcome.message}' if outcome.message else ''}"
    yield from (f"  note: {note}" for note in cost.notes)
    if statistics:
        yield from (f"  {line}" for line in str(cost).split("\n"))


def _rows(result: Result) -> Iterator[str]:
    if result.axis is None:
        return _op_rows(result)
    if result.analysis == "solutions" and len(result) <= MAX_SIDE:
        return _point_rows(result)
    return _range_rows(result)


def _point_rows(result: Result) -> Iterator[str]:
    """Rows with a column per point, for results with few points."""
    shown = min(len(result.names), MAX_ROWS)
    width = max(map(len, result.names[:shown]))
    for name, unit, values in zip(result.names[:shown], result.units, result.data.T.tolist(), strict=False):
        yield f"    {name:<{width}}  {' '.join(f'{value:13.6g}' for value in values)} {unit}".rstrip()
    yield from _left_out(result, shown)


def _op_rows(result: Result) -> Iterator[str]:
    shown = min(len(result.names), MAX_ROWS)
    width = max(map(len, result.names[:shown]), default=0)
    units = [UNITS.get(kind, "") for kind in result.types[:shown]]
    for name, unit, value in zip(result.names[:shown], units, result.data[0], strict=False):
        yield f"    {name:<{width}}  {value:14.7g} {unit}"
    yield from _left_out(result, shown)


def _range_rows(result: Result) -> Iterator[str]:
    shown = min(len(result.names), MAX_ROWS)
    width = max([6, *map(len, result.names[:shown])])
    # magnitudes of phasors
    data = np.abs(result.data) if np.iscomplexobj(result.data) else result.data
    low, high, last = data.min(axis=0), data.max(axis=0), data[-1]
    yield f"    {'':<{width}}  {'least':>14} {'greatest':>14} {'last':>14}"
    for k in range(shown):
        row = f"{low[k]:14.6g} {high[k]:14.6g} {last[k]:14.6g}"
        yield f"    {result.names[k]:<{width}}  {row} {result.units[k]}"
    yield from _left_out(result, shown)


def _left_out(result: Result, shown: int) -> Iterator[str]:
    if shown < len(result.names):
        yield f"    … and {len(result.names) - shown} more"
