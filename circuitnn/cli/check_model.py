"""``circuitnn check-model``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from circuitnn.cli.outcome import FAILED
from circuitnn.cli.own_models import load_all, models_called, models_option
from circuitnn.cli.terminal import progress_bar

if TYPE_CHECKING:
    from circuitnn.contract import Report

COLOURS = {"good": "green", "FAILED": "bold red", "skipped": "dim"}


@click.command("check-model")
@click.argument("name", metavar="NAME|FILE.py")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report: .md or .json."
)
@click.option("--without-ngspice", is_flag=True, help="Leave out the comparison with ngspice.")
@models_option
def check_model(name: str, output: Path | None, without_ngspice: bool, files: Sequence[str]) -> int:
    """Test a compact model against the rules for all models, and against its twin in ngspice.

    NAME is a model of the package; FILE.py contains your own models. The first line is the verdict. Each check says
    where in the range of parameters and unknowns the model deviates, and by how much. A Markdown report has pictures of
    drive and response. A check that takes more than a minute fails. The exit code is 1 if a check fails.
    """
    from circuitnn import contract
    from circuitnn.models import heated

    if output is not None and output.suffix not in (".md", ".json"):
        raise click.UsageError(f"{output}: a report is .md or .json")
    load_all(files)
    models = models_called(name)
    models += heated(models).values()  # the same with a thermal node, where cards may name one
    with progress_bar() as progress:
        reports = [contract.check_model(model, not without_ngspice, progress=progress) for model in models]
    for report in reports:
        show(report)
    if output is not None:
        _write(reports, output)
        click.echo(f"written: {output}")
    return 0 if all(report.passed for report in reports) else FAILED


def show(report: Report) -> None:
    """Print a report."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("worst / budget", justify="right")
    table.add_column("what must hold", ratio=1)
    for o in report.outcomes:
        colour = COLOURS[o.verdict]
        worst = f"{o.worst:.2g}" if math.isfinite(o.worst) else ""
        rule = f"skipped: {o.skipped}" if o.skipped else o.rule
        table.add_row(o.check, f"[{colour}]{o.verdict}[/]", worst, escape(rule))
    console = Console(highlight=False)
    console.print(f"[bold]{escape(report.summary())}[/]", soft_wrap=True)
    if report.left_out:
        console.print(escape(report.left_out), soft_wrap=True)
    console.print(table)
    for o in report.outcomes:
        for finding in o.findings:
            console.print(f"[bold red]{escape(o.check)}[/]: {escape(str(finding))}", soft_wrap=True)
        if o.notes:
            more = f" and {len(o.notes) - 1} more, see the written report" if len(o.notes) > 1 else ""
            console.print(f"[dim]{escape(o.check)}, told: {escape(o.notes[0])}{more}[/]", soft_wrap=True)
    if report.response is not None and report.states():
        moved = ", ".join(f"{name} {share:.3g}" for name, share in report.states())
        drive = report.response.drive
        console.print(
            f"moved by these shares of their ranges: {escape(moved)} ({escape(drive.source)})", soft_wrap=True
        )
    named = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    console.print(f"[dim]{escape(named)}; seed {report.seed}[/]", soft_wrap=True)


def _write(reports: Sequence[Report], output: Path) -> None:
    if output.suffix == ".md":
        from circuitnn.contract import pictures

        pages = []
        for report in reports:
            files = {name: path.name for name, path in pictures.draw(report, output.with_suffix("")).items()}
            pages.append(report.as_markdown(files))
        output.write_text("\n".join(pages), encoding="utf-8")
    else:
        texts = [report.as_json().strip() for report in reports]
        whole = texts[0] if len(texts) == 1 else "[\n" + ",\n".join(texts) + "\n]"
        output.write_text(whole + "\n", encoding="utf-8")
