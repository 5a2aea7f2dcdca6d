"""A page about the modules of a Verilog-A file: what a reader should know of them, and how they do in the checks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from circuitnn.contract import Report
from circuitnn.machine.writing import whole
from circuitnn.records import dataclass
from circuitnn.report.page import Drawing, Page, Section, Table
from circuitnn.report.provenance import of_file
from circuitnn.report.render import rendered
from circuitnn.report.waveform_page import curve_points
from circuitnn.results.result import Result

POINTS = 4000  # of a curve


@dataclass(frozen=True)
class Examined:
    """What is found out about a module.

    Parameters
    ----------
    name : str
    remarks : tuple of (str, str, str)
        Place, kind and sentence of each.
    facts : tuple of (str, str)
        Sizes and the like.
    report : Report, optional
        Outcomes of the checks; None if they were left out.
    compiled : Result, optional
        The transient of the compiled file in ngspice.
    """

    name: str
    remarks: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    report: Report | None = None
    compiled: Result | None = None

    @property
    def verdict(self) -> str:
        """In one line."""
        count = f"{len(self.remarks)} remark{'s' * (len(self.remarks) != 1)}"
        return f"{self.name}: {count}" if self.report is None else f"{self.report.summary()}; {count}"


def write(file: Path, modules: Sequence[Examined], path: Path, versions: dict[str, str]) -> None:
    """Write the page of a file.

    Parameters
    ----------
    file : Path
        The Verilog-A file.
    modules : sequence of Examined
    path : Path
        The page.
    versions : dict of str to str
        Of what was used.
    """
    sections = [section for module in modules for section in _sections(module)]
    summary = [module.verdict for module in modules]
    provenance = of_file(file) | versions
    page = Page(f"Verilog-A: {file.name}", "QA sheet", summary, sections, provenance)
    with whole(path, "wb") as out:
        out.write(rendered(page))


def _sections(module: Examined) -> list[Section]:
    rows = [(place, kind, sentence) for place, kind, sentence in module.remarks]
    tables = [Table(["fact", "value"], module.facts, "Sizes", wide=2)]
    tables += [Table(["place", "kind", "remark"], rows, "Remarks", wide=3)] if rows else []
    remarks = [] if rows else ["Nothing in the text asks for a remark."]
    sections = [Section(f"{module.name}: reading", remarks, tables=tables)]
    if module.report is not None:
        sections.append(_checks(module.name, module.report))
        sections += _curves(module, module.report)
    return sections


def _checks(name: str, report: Report) -> Section:
    rows = [
        (o.check, o.skipped or o.rule, o.verdict, f"{o.worst:.2g}" if o.worst > 0.0 else "")
        for o in report.outcomes
    ]
    sentences = [f"{o.check}: {finding}" for o in report.outcomes for finding in o.findings]
    sentences += [f"{report.left_out}."] if report.left_out else []
    tables = [Table(["check", "what must hold", "verdict", "worst / budget"], rows, "Checks", wide=2)]
    notes = [(o.check, note) for o in report.outcomes for note in o.notes]
    tables += [Table(["check", "note"], notes, "Told, no failure", wide=2)] if notes else []
    return Section(
        f"{name}: checks", sentences, tables=tables, warning="" if report.passed else report.summary()
    )


def _curves(module: Examined, report: Report) -> list[Section]:
    """The driven transient: voltage, current of both simulators, states."""
    response = report.response
    if response is None:
        return []
    result = response.result
    states = [n for n in result.names if n.endswith(tuple(f"[{name}]" for name in response.moved))]
    panels = [
        {"label": "Voltage", "unit": "V", "log": False},
        {"label": "Current", "unit": "A", "log": False},
    ]
    curves: list[dict[str, Any]] = []

    def draw(name: str, of: Result, signal: str, panel: int) -> None:
        look = {"name": name, "panel": panel, "shown": True, "colour": len(curves)}
        curves.append(look | curve_points(of.time, of[signal], POINTS))

    draw("v(in)", result, "v(in)", 0)
    draw("i(v1)", result, "i(v1)", 1)
    if module.compiled is not None:
        draw("i(v1), OpenVAF and ngspice", module.compiled, "i(v1)", 1)
    for name in states:
        panels.append({"label": name, "unit": "", "log": False})
        draw(name, result, name, len(panels) - 1)
    content = {"x": {"name": "time", "unit": "s", "log": False}, "panels": panels, "curves": curves}
    moved = [(name, f"{share:.3g}") for name, share in response.moved.items()]
    tables = [Table(["state", "moved, share of its range"], moved, "Coverage of the states")] if moved else []
    sentence = f"{response.drive.source}, {response.drive.elements}, .tran {response.drive.times}"
    drawing = Drawing("waves", f"Response of {module.name}", content)
    return [Section(f"{module.name}: response", [sentence], [drawing], tables)]
