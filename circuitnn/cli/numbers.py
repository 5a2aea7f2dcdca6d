"""Results and answers as JSON for other programs; docs/results.md has the schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.results.result import Result

if TYPE_CHECKING:
    from circuitnn.studies.question import Answer


def document(kind: str, **content: Any) -> str:
    """A JSON document; numbers that are nan or infinite, which JSON lacks, are null.

    Parameters
    ----------
    kind : str
        What made it, ``run`` or ``study``.
    **content
        Its entries.

    Returns
    -------
    str
    """
    return json.dumps(
        _plain({"schema": f"circuitnn-{kind}-1", **content}), indent=1, ensure_ascii=False, allow_nan=False
    )


def run_document(deck: str, results: Sequence[Result], code: int) -> str:
    """The document of ``circuitnn run``.

    Parameters
    ----------
    deck : str
    results : sequence of Result
    code : int
        The exit code.

    Returns
    -------
    str
    """
    return document("run", deck=deck, exit_code=code, results=[_of_result(r) for r in results])


def study_document(answer: Answer, code: int) -> str:
    """The document of ``circuitnn study``.

    Parameters
    ----------
    answer : Answer
    code : int
        The exit code.

    Returns
    -------
    str
    """
    data = answer.data
    return document(
        "study",
        study=answer.question,
        title=answer.title,
        exit_code=code,
        summary=answer.summary,
        table={"headings": answer.headings, "rows": answer.rows},
        settings={str(name): value for name, value in data.attrs.items()},
        data={
            str(name): {
                "dims": list(array.dims),
                "unit": array.attrs.get("units", ""),
                "values": array.values,
            }
            for name, array in data.variables.items()
        },
    )


def _of_result(result: Result) -> dict[str, Any]:
    cost = result.statistics
    return {
        "analysis": result.analysis,
        "plotname": result.plotname,
        "title": result.title,
        "step": dict(result.step),
        "axis": result.axis,
        "points": len(result),
        "complete": result.complete,
        "message": result.message,
        "variables": _variables(result),
        "measures": dict(result.measures) | {m.name: None for m in _failed(result)},
        "failed": {m.name: m.message for m in _failed(result)},
        "findings": [str(finding) for finding in result.findings],
        "notes": [str(note) for note in cost.notes],
        "statistics": {"iterations": cost.iterations, "seconds": cost.seconds},
    }


def _failed(result: Result) -> list[Any]:
    return [outcome for outcome in result.measured if outcome.name not in result.measures]


def _variables(result: Result) -> dict[str, dict[str, Any]]:
    """The value of each variable at an operating point; else range and last value, of phasors the magnitudes."""
    data = np.abs(result.data) if np.iscomplexobj(result.data) else result.data
    by_name: dict[str, dict[str, Any]] = {}
    for name, unit, values in zip(result.names, result.units, data.T, strict=True):
        if not len(values):
            by_name[name] = {"unit": unit}
        elif result.axis is None and len(values) == 1:
            by_name[name] = {"unit": unit, "value": values[0]}
        else:
            by_name[name] = {
                "unit": unit,
                "least": values.min(),
                "greatest": values.max(),
                "last": values[-1],
            }
    return by_name


def _plain(value: Any) -> Any:
    """A value of Python's own types; of a complex number its parts, and null for what is no number."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, complex):
        return [_plain(value.real), _plain(value.imag)]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
