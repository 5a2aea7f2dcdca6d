"""Figures beside a page, for papers: drawn by matplotlib from the same data."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.crossbar.picture import draw
from circuitnn.errors import AnalysisError
from circuitnn.report import array_page
from circuitnn.report.page import Page
from circuitnn.results.figures import colours, new_figure, shorten, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure


def figures(subject: Any, page: Page, signals: Sequence[str]) -> dict[str, Figure]:
    """Draw the figures of a page.

    Parameters
    ----------
    subject : list of Result, or xarray.Dataset
    page : Page
        About the subject.
    signals : sequence of str

    Returns
    -------
    dict of str to Figure
        Figures by a word for their content, which can be part of a file name.
    """
    if isinstance(subject, list):
        return _of_results(subject, signals)
    if array_page.is_array(subject):
        operating = _operating_point(subject)
        return {field: draw(operating, field) for field in ("cell_current", "currents", "ir_drop")}
    drawings = [d for section in page.sections for d in section.drawings if d.kind == "plain"]
    return {f"{k + 1}": _plain(d.content, page.title) for k, d in enumerate(drawings)}


def _of_results(results: Sequence[Any], signals: Sequence[str]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for result in results:
        names = [name for name in signals if name in result]
        if not len(result) or (signals and not names):
            continue
        name, number = result.analysis, sum(key.rstrip("0123456789") == result.analysis for key in figures)
        figures[f"{name}{number + 1}" if number else name] = result.plot(*names)
    return figures


def _operating_point(data: Any) -> Any:
    """A data set with the attributes of a result that `circuitnn.crossbar.picture` reads."""
    shape = data["cell_current"].shape
    fields = {name: data[name].to_numpy() for name in array_page.FIELDS}
    array = SimpleNamespace(shape=shape, paired="pair" in data.coords, name=data.attrs.get("title", ""))
    ends = SimpleNamespace(bias=SimpleNamespace(selected=array_page.selected(data)))
    return SimpleNamespace(array=array, ends=ends, **fields)


def unpacked(values: Any) -> Any:
    """Inverse of `circuitnn.report.numbers.packed`; texts stay unchanged."""
    if isinstance(values, Mapping):
        ((kind, content),) = values.items()
        return np.frombuffer(b64decode(content), f"<{kind}")
    return values


def _plain(content: Mapping[str, Any], title: str) -> Figure:
    """Draw a picture of a study's page."""
    if not content["traces"]:
        raise AnalysisError("nothing to draw: no point has a value")
    with styled():
        figure = new_figure(8.0, 4.5)
        panel = figure.subplots()
        cycle = colours()
        for trace in content["traces"]:
            x, y = unpacked(trace["x"]), unpacked(trace["y"])
            look = {"label": shorten(trace["name"], 40), "alpha": trace["opacity"]}
            look["color"] = cycle[trace["colour"] % len(cycle)]
            if trace["type"] == "bar":
                panel.bar(x, y, width=unpacked(trace["width"]), **look)
            else:
                panel.plot(x, y, marker="o" if "markers" in trace["mode"] else "", markersize=4, **look)
        for name, label, scale in (
            ("x", panel.set_xlabel, panel.set_xscale),
            ("y", panel.set_ylabel, panel.set_yscale),
        ):
            axis = content[name]
            label(f"{axis['name']} [{axis['unit']}]" if axis["unit"] else axis["name"])
            scale("log" if axis.get("log") else "linear")
        if len(content["traces"]) > 1 and content["legend"]:
            panel.legend()
        figure.suptitle(shorten(title), x=0.02, ha="left", fontweight="bold")
    return figure
