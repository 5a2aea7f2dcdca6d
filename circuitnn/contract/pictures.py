"""Pictures of a model's drive and response."""

from __future__ import annotations

from pathlib import Path

from circuitnn.contract.report import Report
from circuitnn.results import plot


def draw(report: Report, stem: Path) -> dict[str, Path]:
    """Draw drive and response beside a report.

    Parameters
    ----------
    report : Report
    stem : path
        The report's path without its suffix.

    Returns
    -------
    dict of str to path
        Title → picture.
    """
    response = report.response
    if response is None:
        return {}
    result = response.result
    shown = [name for state in response.moved for name in result.names if name.endswith(f"[{state}]")]
    paths: dict[str, Path] = {}
    for what, names in (("drive", ["v(in)"]), ("response", ["i(v1)", *shown])):
        path = stem.with_name(f"{stem.name}-{report.model}-{what}.png")
        figure = plot.draw(result, *names, title=f"{report.model}: {what}, {response.drive.source}")
        figure.savefig(path, dpi=110)
        paths[what] = path
    return paths
