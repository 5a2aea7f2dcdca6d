"""Attributes of data sets: what describes a result beside its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.machine.text import valid

if TYPE_CHECKING:
    from circuitnn.results.result import Result


def attributes(result: Result) -> dict[str, str | int | float]:
    """Collect the attributes of a data set from a result.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict of str to str, int or float
        Title, analysis, whether the result is complete, measures (``measure rise``), of spikes the signals' names by
        their numbers (``signal 0``), provenance.
    """
    attributes = {
        "title": result.title,
        "analysis": result.analysis,
        "plotname": result.plotname,
        "complete": int(result.complete),
        "message": result.message,
        **{f"measure {name.replace('/', '|')}": value for name, value in result.measures.items()},
        **{f"signal {k}": name for k, name in enumerate(result.arguments.get("levels", ()))},
        **result.provenance,
    }
    return {name: valid(value) if isinstance(value, str) else value for name, value in attributes.items()}
