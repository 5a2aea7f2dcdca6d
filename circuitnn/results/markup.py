"""Results and statistics as notebooks show them: tables in HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from circuitnn.results.result import Result
    from circuitnn.results.statistics import Statistics

MAX_ROWS = 40


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table of text cells; long tables are truncated.

    Parameters
    ----------
    heading : sequence of str
    rows : sequence of sequence of str

    Returns
    -------
    str
        HTML.
    """
    lines = [_row("th", heading), *(_row("td", row) for row in rows[:MAX_ROWS])]
    if len(rows) > MAX_ROWS:
        more = f"… and {len(rows) - MAX_ROWS} more"
        lines.append(f'<tr><td colspan="{len(heading)}">{more}</td></tr>')
    return f"<table>{''.join(lines)}</table>"


def headed(title: str, *parts: str) -> str:
    """Write a bold title above some parts.

    Parameters
    ----------
    title : str
        Plain text.
    *parts : str
        HTML.

    Returns
    -------
    str
        HTML.
    """
    return f"<div><p><b>{escape(title)}</b></p>{''.join(parts)}</div>"


def picture(figure: Any, text: str) -> str:
    """Write a figure into the page.

    Parameters
    ----------
    figure : Picture
    text : str
        Description of the picture, for those who cannot see it.

    Returns
    -------
    str
        HTML.
    """
    png = b64encode(figure.png()).decode()
    return f'<img alt="{escape(text)}" src="data:image/png;base64,{png}">'


def of_result(result: Result) -> str:
    """Write the contents of a result: variables with their ranges, measures, notes.

    Parameters
    ----------
    result : Result

    Returns
    -------
    str
        HTML.
    """
    points = f"{len(result)} point{'s' * (len(result) != 1)}"
    parts = [table(*_variables(result))]
    if result.measures:
        parts.append(table(["measure", "value"], [[n, f"{v:.6g}"] for n, v in result.measures.items()]))
    if not result.complete:
        parts.append(f"<p>Incomplete: {escape(result.message)}</p>")
    return headed(f"{result.title}: {result.plotname}, {points}", *parts, _notes(result.statistics.notes))


def of_statistics(statistics: Statistics) -> str:
    """Write the statistics of a run.

    Parameters
    ----------
    statistics : Statistics

    Returns
    -------
    str
        HTML.
    """
    rows = [[label, f"{count:,}"] for label, count in statistics.counts() if count]
    rows += [[f"time, {phase}", f"{spent:.4g} s"] for phase, spent in statistics.seconds.items()]
    rows += [["linear solver", statistics.linear_solver]] if statistics.linear_solver else []
    rows += [[f"not used: {engine}", why] for engine, why in statistics.declined.items()]
    rows += [["homotopy", statistics.homotopy]] if statistics.homotopy else []
    return headed("Statistics", table(["", ""], rows), _notes(statistics.notes))


def _row(cell: str, words: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(word)}</{cell}>' for word in words)}</tr>"


def _variables(result: Result) -> tuple[list[str], list[list[str]]]:
    names = list(zip(result.names, result.units, strict=True))
    if not len(result):
        return ["variable", "unit"], [[name, unit] for name, unit in names]
    phasors = np.iscomplexobj(result.data)
    if len(result) == 1:
        rows = [
            [name, f"{value:.6g}", unit] for (name, unit), value in zip(names, result.data[0], strict=True)
        ]
        return ["variable", "value", "unit"], rows
    shown = result.data[:, : MAX_ROWS + 1]  # truncated columns need not be read
    sizes = np.abs(shown) if phasors else shown
    rows = [
        [name, f"{low:.6g}", f"{high:.6g}", unit]
        for (name, unit), low, high in zip(names, sizes.min(axis=0), sizes.max(axis=0), strict=False)
    ]
    rows += [[name, "", "", unit] for name, unit in names[len(rows) :]]
    part = "magnitude" if phasors else "value"
    return ["variable", f"least {part}", f"largest {part}", "unit"], rows


def _notes(notes: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ul>" if notes else ""
