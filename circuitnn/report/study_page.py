"""Sections about a study: its answer, metrics over its parameters, failures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.report.numbers import kept, packed, symbol, written
from circuitnn.report.page import Drawing, Section, Table

if TYPE_CHECKING:
    import xarray

MOST_METRICS, MOST_CURVES, MOST_RUNS, BINS = 16, 12, 100, 60
NOT_SETTINGS = ("title", "summary", "study", "table", "analysis", "plotname")
RANDOM = ("sample", "chip")  # dimensions of random repetitions
LONG = 48  # points from which on a dimension is an axis of curves
POINTS = 2000  # of a curve
FAR = 30.0  # largest over least value from which on an axis is logarithmic


def sections(data: xarray.Dataset, settings: Mapping[str, Any]) -> list[Section]:
    """Sections about the findings of a study.

    Parameters
    ----------
    data : xarray.Dataset
    settings : mapping
        Attributes other than the provenance.

    Returns
    -------
    list of Section
    """
    sections = []
    if table := settings.get("table"):
        sections.append(Section("Answer", tables=[_kept_table(str(table))]))
    names = metrics(data)
    varying = [name for name in names if _varies(data[name])]
    drawings = [_drawing(data[name]) for name in varying[:MOST_METRICS]]
    left = len(varying) - MOST_METRICS
    sentences = [f"The first {MOST_METRICS} metrics are drawn, {left} others are not."] if left > 0 else []
    if len(varying) < len(names):
        same = ", ".join(name for name in names if name not in varying)
        sentences.append(f"Constant, or without values, and therefore not drawn: {same}.")
    sections.append(Section("Metrics", sentences, drawings, [_ranges(data, names)] if names else []))
    if failed := failures(data):
        sections.append(Section("Failures", tables=[Table(["point", "reason"], failed, wide=2)]))
    sections.append(Section("Parameters", tables=_parameters(data, settings)))
    return sections


def summary(data: xarray.Dataset) -> list[str]:
    """Summarise the study in words, with its answer if it has one.

    Parameters
    ----------
    data : xarray.Dataset

    Returns
    -------
    list of str
    """
    sentences = [line for line in str(data.attrs.get("summary", "")).split("\n") if line]
    sizes = ", ".join(f"{name} ({size})" for name, size in _own_dimensions(data).items())
    points = int(np.prod(list(_own_dimensions(data).values()), dtype=int))
    failed = len(failures(data))
    sentences.append(f"{points:,} points over {sizes or 'nothing'}; {failed or 'none'} failed.")
    if "done" in data:
        sentences.append(f"{int(data['done'].sum()):,} points are finished; the others are not there yet.")
    return sentences


def metrics(data: xarray.Dataset) -> list[str]:
    """Names of the study's metrics."""
    return [str(n) for n in data.data_vars if data[n].dtype.kind in "fiuc" and data[n].size]


def failures(data: xarray.Dataset) -> list[list[str]]:
    """Points that failed, and why."""
    if "failure" not in data:
        return []
    reasons = data["failure"]
    text = reasons.to_numpy().astype(str)
    return [
        [
            ", ".join(f"{d} {_value(reasons, d, k)}" for d, k in zip(reasons.dims, where, strict=True)),
            text[where],
        ]
        for where in zip(*np.nonzero(text != ""), strict=True)
    ]


def _own_dimensions(data: xarray.Dataset) -> dict[str, int]:
    """Dimensions of the points: those of the failure reasons; otherwise those that all metrics have."""
    if "failure" in data:
        return {str(d): int(n) for d, n in data["failure"].sizes.items()}
    shared = [set(data[name].dims) for name in metrics(data)]
    common = set.intersection(*shared) if shared else set()
    return {str(d): int(n) for d, n in data.sizes.items() if d in common}


def _kept_table(text: str) -> Table:
    try:
        stored = json.loads(text)
        return Table([str(h) for h in stored["headings"]], [[str(c) for c in row] for row in stored["rows"]])
    except (ValueError, KeyError, TypeError):
        raise AnalysisError(
            "the attribute 'table' of the file is not a table as Answer.save writes it"
        ) from None


def _ranges(data: xarray.Dataset, names: Sequence[str]) -> Table:
    rows = []
    for name in names:
        values, unit = _real(data[name].to_numpy()), str(data[name].attrs.get("units", ""))
        values = values[np.isfinite(values)]
        if len(values):
            numbers = (
                values.min(),
                values.mean(),
                np.median(values),
                values.max(),
                values.std(ddof=len(values) > 1),
            )
            cells = [written(float(v), unit) for v in numbers]
        else:
            cells = [""] * 5
        rows.append([name, f"{len(values):,}", *cells])
    heading = ["metric", "values", "least", "mean", "median", "largest", "standard deviation"]
    return Table(heading, rows, "Over all points that have a value")


def _parameters(data: xarray.Dataset, settings: Mapping[str, Any]) -> list[Table]:
    rows = []
    for name, values in data.coords.items():
        listed = values.to_numpy().ravel()
        text = [_text(v) for v in (listed if len(listed) <= 12 else listed[[0, 1, 2, -1]])]
        shown = ", ".join(text) if len(listed) <= 12 else f"{text[0]}, {text[1]}, {text[2]}, … {text[3]}"
        rows.append([str(name), f"{len(listed):,}", f"{shown} {symbol(str(values.attrs.get('units', '')))}"])
    cells = [[k, str(v)] for k, v in settings.items() if k not in NOT_SETTINGS]
    tables = [Table(["parameter", "number", "values"], rows, "Parameters that vary", wide=3)] if rows else []
    return [*tables, Table(["setting", "value"], cells, "Settings", wide=2)] if cells else tables


def _varies(values: xarray.DataArray) -> bool:
    numbers = _real(values.to_numpy())
    numbers = numbers[np.isfinite(numbers)]
    return bool(len(numbers)) and bool(numbers.min() < numbers.max())


def _drawing(values: xarray.DataArray) -> Drawing:
    """A picture that suits the dimensions of a metric."""
    long = [str(d) for d, n in values.sizes.items() if n > 1]
    chance = [d for d in long if d in RANDOM or (values[d].dtype.kind not in "fiu" and d == "point")]
    axes = [d for d in long if d not in chance and values[d].dtype.kind in "fiu"]
    squeezed = values.squeeze(drop=True)
    if chance and not any(values.sizes[d] >= LONG for d in axes):
        return _histogram(squeezed, chance)
    return _curves(squeezed, max(reversed(axes), key=lambda d: values.sizes[d]) if axes else long[0])


def _histogram(values: xarray.DataArray, chance: Sequence[str]) -> Drawing:
    traces, shown, total = [], 0, 0
    numbers = _real(values.to_numpy())
    numbers = numbers[np.isfinite(numbers)]
    edges = np.histogram_bin_edges(numbers, min(BINS, max(1, int(len(numbers) ** 0.5))))
    for label, part in _slices(values, [d for d in values.dims if d not in chance]):
        total += 1
        if shown == MOST_CURVES:
            continue
        count = np.histogram(part[np.isfinite(part)], edges)[0]
        middle, width = (edges[1:] + edges[:-1]) / 2.0, np.diff(edges)
        look = {"type": "bar", "name": label, "colour": shown, "opacity": 0.7}
        traces.append(look | {"x": packed(middle), "y": packed(count), "width": packed(width)})
        shown += 1
    content = {"traces": traces, "x": _axis(values, str(values.name)), "y": {"name": "points", "unit": ""}}
    return Drawing(
        "plain",
        f"Histogram of {values.name}",
        content | {"overlay": True, "words": False, "left": total - shown, "legend": shown > 1},
    )


def _curves(values: xarray.DataArray, along: str) -> Drawing:
    others = [d for d in values.dims if d != along]
    runs = any(d in RANDOM for d in others)
    most = MOST_RUNS if runs else MOST_CURVES
    x = values[along].to_numpy()
    text = x.dtype.kind not in "fiu"
    traces: list[dict[str, Any]] = []
    total = 0
    for label, part in _slices(values.transpose(*others, along), others):
        total += 1
        if len(traces) == most:
            continue
        seen = np.flatnonzero(np.isfinite(part))
        where = seen[kept(part[seen], POINTS)] if len(seen) else seen
        mode = "lines" if len(x) >= LONG else "lines+markers"
        look: dict[str, Any] = {"type": "scatter", "mode": mode, "name": label}
        look |= {"colour": 0 if runs else len(traces), "opacity": 0.3 if runs else 1.0}
        over = [_text(v) for v in x[where]] if text else packed(x[where])
        traces.append(look | {"x": over, "y": packed(part[where])})
    content = {"traces": traces, "x": _axis(values[along], along) | {"log": not text and _far(x)}}
    content["y"] = _axis(values, str(values.name)) | {"log": _far(_real(values.to_numpy()))}
    legend = len(traces) > 1 and not runs
    label = f"{values.name} over {along}"
    return Drawing(
        "plain",
        label,
        content | {"overlay": False, "words": text, "left": total - len(traces), "legend": legend},
    )


def _slices(values: xarray.DataArray, others: Sequence[Any]) -> Iterator[tuple[str, np.ndarray]]:
    """Every combination of the other dimensions: a label and the numbers."""
    numbers = _real(values.transpose(*others, ...).to_numpy())
    for where in product(*(range(values.sizes[d]) for d in others)):
        yield (
            ", ".join(f"{d} {_value(values, d, k)}" for d, k in zip(others, where, strict=True)),
            numbers[where],
        )


def _axis(values: xarray.DataArray, name: str) -> dict[str, Any]:
    return {"name": name, "unit": symbol(str(values.attrs.get("units", "")))}


def _far(values: np.ndarray) -> bool:
    values = values[np.isfinite(values)]
    return bool(len(values)) and bool(values.min() > 0.0) and bool(values.max() > FAR * values.min())


def _real(values: np.ndarray) -> np.ndarray:
    return np.abs(values) if np.iscomplexobj(values) else values.astype(float)


def _value(values: xarray.DataArray, dimension: Any, index: int) -> str:
    return _text(values[dimension].to_numpy()[index])


def _text(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, (float, np.floating)) else str(value)
