"""The benchmark's result as one HTML page with charts of time against size and of time against error."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from bench.runner.document import Document, Entry
from bench.runner.markdown import better, title

PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>circuitnn: benchmark</title>
<style>body {{ font: 16px/1.5 sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }}
.chart {{ height: 26rem; }} h2 {{ margin-top: 3rem; }}</style>
<script>{script}</script></head><body>
<h1>Benchmark</h1>
<p>{about}</p>
<p>Processor seconds, medians of runs in turn on one core; bars span the fastest and the slowest run. Dashed: time
within a process; solid: whole process.</p>
{charts}
</body></html>
"""
DASH = {"function": "dash", "process": "solid"}
# Colours that remain distinct in most kinds of colour blindness (Okabe and Ito 2008).
COLOURS = ("#d55e00", "#0072b2", "#56b4e9", "#009e73", "#cc79a7", "#e69f00", "#000000", "#f0e442")


def text(result: Document) -> str:
    """The whole page.

    Raises
    ------
    ModuleNotFoundError
        Plotly is not installed: it is in the extra ``report``.
    """
    from plotly.offline import get_plotlyjs

    machine = result["machine"]
    told = [f"{result['date']}, {machine['processor'] or machine['architecture']}, {machine['cores']} cores"]
    told += [f"{name} {version}" for name, version in result["versions"].items()]
    return PAGE.format(
        script=get_plotlyjs(),
        about=html.escape(", ".join(told)),
        charts="\n".join(_charts(result["cases"])),
    )


def _charts(cases: list[Entry]) -> Iterator[str]:
    """Sections of the page: ratios of all cases, then the charts of each group."""
    yield "<h2>Time of ngspice, the faster of its solvers, divided by that of circuitnn</h2>"
    yield _chart(_ratios(cases))
    for group in dict.fromkeys(case["group"] for case in cases):
        yield f"<h2>{html.escape(group)}</h2>"
        within = [case for case in cases if case["group"] == group]
        for family in dict.fromkeys(case["family"] for case in within):
            row = [case for case in within if case["family"] == family]
            if len(row) > 1:
                yield _chart(_over_size(family, row))
        precise = _over_error(group, within)
        if precise.data:
            yield _chart(precise)


def _chart(figure: Any) -> str:
    """A figure as a part of the page."""
    figure.update_layout(template="simple_white", margin={"t": 48, "b": 48, "l": 64, "r": 16})
    return str(figure.to_html(full_html=False, include_plotlyjs=False, default_height="26rem"))


def _ratios(cases: list[Entry]) -> Any:
    """Bars of all cases that ngspice has run."""
    from plotly import graph_objects

    found = [(title(case), ratio) for case in cases if (ratio := better(case)) is not None]
    names, ratios = [name for name, _ in found], [ratio for _, ratio in found]
    figure = graph_objects.Figure(
        graph_objects.Bar(x=ratios, y=names, orientation="h", marker_color=COLOURS[1])
    )
    figure.add_vline(x=1.0, line_color="black", line_width=1)
    figure.update_layout(height=120 + 18 * len(names))
    figure.update_xaxes(type="log", title="times as long as circuitnn")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def _over_size(family: str, cases: list[Entry]) -> Any:
    """Time of each contender over the size."""
    from plotly import graph_objects

    figure = graph_objects.Figure()
    for k, name in enumerate(dict.fromkeys(name for case in cases for name in case["contenders"])):
        points = [
            (case["size"], found)
            for case in cases
            if "processor" in (found := case["contenders"].get(name, {}))
        ]
        if not points:
            continue
        times = [found["processor"] for _, found in points]
        figure.add_scatter(
            x=[size for size, _ in points],
            y=[time["median"] for time in times],
            error_y={
                "array": [time["greatest"] - time["median"] for time in times],
                "arrayminus": [time["median"] - time["least"] for time in times],
            },
            name=name,
            line={
                "color": COLOURS[k % len(COLOURS)],
                "dash": DASH[points[0][1]["kind"]],
            },
        )
    figure.update_layout(title=family)
    figure.update_xaxes(type="log", title=cases[0]["unit"])
    figure.update_yaxes(type="log", title="processor time [s]", exponentformat="power")
    return figure


def _over_error(group: str, cases: list[Entry]) -> Any:
    """Time over the error: work and precision."""
    from plotly import graph_objects

    figure = graph_objects.Figure()
    for k, name in enumerate(dict.fromkeys(name for case in cases for name in case["contenders"])):
        points = [
            (title(case), found["error"], found["processor"]["median"])
            for case in cases
            if (found := case["contenders"].get(name, {})).get("error") and "processor" in found
        ]
        if points:
            names, errors, times = zip(*points, strict=True)
            figure.add_scatter(
                x=errors,
                y=times,
                text=names,
                name=name,
                mode="markers",
                marker_color=COLOURS[k % len(COLOURS)],
            )
    figure.update_layout(title=f"{group}: time over error")
    figure.update_xaxes(type="log", title="error against the reference", exponentformat="power")
    figure.update_yaxes(type="log", title="processor time [s]", exponentformat="power")
    return figure
