"""Findings of the checks of a model, and their report: text, Markdown, JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

import circuitnn
from circuitnn.contract import ngspice_run

if TYPE_CHECKING:
    from circuitnn.contract.drive import Response

SEED = 0  # seed of the drawn parameters and points

Place = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Finding:
    """One way in which a model breaks a rule.

    Parameters
    ----------
    what : str
        The quantity that is wrong.
    off : float
        Deviation at the worst point, in its own unit.
    budget : float
        Allowed deviation there.
    bad, tried : int
        Number of points with too large a deviation, and of all points.
    where : mapping of str to (mapping of str to float)
        The worst point: ``unknowns`` and ``parameters`` by name.
    """

    what: str
    off: float = float("nan")
    budget: float = float("nan")
    bad: int = 0
    tried: int = 0
    where: Place = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [self.what]
        if np.isfinite(self.budget):
            parts.append(f"off by {self.off:.3g}, allowed {self.budget:.3g}")
        if self.tried:
            parts.append(f"at {self.bad} of {self.tried} points")
        if self.where.get("unknowns"):
            parts.append(f"worst at {_listed(self.where['unknowns'])}")
        return "; ".join(parts)


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value:.6g}" for name, value in values.items())


@dataclass
class Outcome:
    """Outcome of one check.

    Parameters
    ----------
    check : str
        Its name.
    rule : str
        The rule, with the budget.
    findings : list of Finding
    worst : float
        Largest deviation as a share of its budget; NaN if there is nothing to measure.
    skipped : str
        Why the check was skipped; empty if it was not.
    notes : list of str
        Remarks that are not failures.
    """

    check: str
    rule: str
    findings: list[Finding] = field(default_factory=list)
    worst: float = float("nan")
    skipped: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def verdict(self) -> str:
        """``good``, ``FAILED`` or ``skipped``."""
        return "FAILED" if self.findings else "skipped" if self.skipped else "good"

    def compare(self, what: str, off: np.ndarray, budget: np.ndarray, where: Callable[[int], Place]) -> None:
        """Compare deviations at many points with their budgets.

        Parameters
        ----------
        what : str
        off, budget : ndarray, shape (n,)
        where : callable
            Number of a point → the point.
        """
        off, budget = np.broadcast_arrays(np.abs(np.asarray(off, dtype=float)), budget)
        off = np.where(np.isnan(off), np.inf, off)
        share = np.where(off > 0.0, off / np.maximum(budget, 1e-300), 0.0)
        worst = int(np.argmax(share))
        self.worst = float(np.fmax(self.worst, share[worst]))
        bad = int(np.count_nonzero(share > 1.0))
        if bad:
            finding = Finding(what, float(off[worst]), float(budget[worst]), bad, share.size, where(worst))
            self._merge(finding)

    def _merge(self, finding: Finding) -> None:
        """Record a finding; for several of one quantity, report the worst and count all points."""
        for k, known in enumerate(self.findings):
            if known.what == finding.what:
                worst = max(known, finding, key=lambda f: f.off / max(f.budget, 1e-300))
                bad, tried = known.bad + finding.bad, known.tried + finding.tried
                self.findings[k] = replace(worst, bad=bad, tried=tried)
                return
        self.findings.append(finding)

    def note(self, what: str) -> None:
        """Report something that is not a failure, once.

        Parameters
        ----------
        what : str
            The sentence.
        """
        if what not in self.notes:
            self.notes.append(what)

    def require(self, holds: bool, what: str) -> None:
        """Add a finding unless a condition holds.

        Parameters
        ----------
        holds : bool
        what : str
            The finding.
        """
        if not holds:
            self.findings.append(Finding(what))

    def require_most(self, good: np.ndarray, what: str) -> None:
        """Add a finding unless something holds at more than half of the points.

        Parameters
        ----------
        good : ndarray of bool, shape (n,)
        what : str
            The finding.
        """
        self.require(2 * int(np.count_nonzero(good)) > good.size, what)


def versions() -> dict[str, str]:
    """Versions of the software used by the checks."""
    by_name = {
        "circuitnn": circuitnn.__version__,
        "Python": platform.python_version(),
        "NumPy": np.__version__,
    }
    return by_name | {"ngspice": ngspice_run.version() or "not found"}


@dataclass
class Report:
    """Outcomes of all checks of one model.

    Parameters
    ----------
    model : str
    outcomes : list of Outcome
    versions : mapping of str to str
        Versions of the package, Python, NumPy and ngspice.
    seed : int
        Seed of the drawn parameters and points.
    response : Response, optional
        Response of the model to its drive.
    left_out : str
        Why checks were omitted.
    """

    model: str
    outcomes: list[Outcome] = field(default_factory=list)
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = SEED
    response: Response | None = None
    left_out: str = ""

    @property
    def passed(self) -> bool:
        """Whether no check found anything."""
        return all(outcome.passed for outcome in self.outcomes)

    def summary(self) -> str:
        """Return the verdict in one line.

        Returns
        -------
        str
        """
        failed = sum(not o.passed for o in self.outcomes)
        skipped = sum(o.passed and bool(o.skipped) for o in self.outcomes)
        done = len(self.outcomes) - skipped
        left = f", {skipped} skipped" if skipped else ""
        if failed:
            return f"FAILED: {self.model}, {failed} of {done} checks{left}"
        return f"PASSED: {self.model}, {done} checks{left}"

    def states(self) -> list[tuple[str, float]]:
        """List how far the drive moved each state.

        Returns
        -------
        list of (str, float)
            Name, and movement as a share of the state's range.
        """
        return list(self.response.moved.items()) if self.response else []

    def as_json(self) -> str:
        """Return every number of the report as JSON.

        Returns
        -------
        str
        """
        content: dict[str, object] = {"verdict": self.summary(), "model": self.model, "passed": self.passed}
        content |= {"versions": dict(self.versions), "seed": self.seed, "left_out": self.left_out}
        if self.response is not None:
            content |= {"drive": asdict(self.response.drive), "moved": dict(self.response.moved)}
        outcomes = [{**asdict(o), "verdict": o.verdict} for o in self.outcomes]
        return json.dumps(_finite({**content, "outcomes": outcomes}), indent=2, ensure_ascii=False) + "\n"

    def as_markdown(self, pictures: Mapping[str, str] | None = None) -> str:
        """Return the report as a Markdown page that begins with the verdict.

        Parameters
        ----------
        pictures : mapping of str to str, optional
            Title of each picture and its file.

        Returns
        -------
        str
        """
        lines = [f"# {self.summary()}", ""]
        lines += [
            ", ".join(f"{name} {version}" for name, version in self.versions.items()) + f"; seed {self.seed}."
        ]
        lines += ["", *([f"Note: {self.left_out}.", ""] if self.left_out else [])]
        lines += ["| check | verdict | worst / budget | rule |", "| --- | --- | --- | --- |"]
        for o in self.outcomes:
            worst = f"{o.worst:.2g}" if np.isfinite(o.worst) else ""
            rule = f"{o.rule} (skipped: {o.skipped})" if o.skipped else o.rule
            lines.append(f"| {o.check} | {o.verdict} | {worst} | {rule.replace('|', chr(92) + '|')} |")
        for o in self.outcomes:
            if o.findings or o.notes:
                lines += ["", f"## {o.check}", ""]
            for finding in o.findings:
                lines.append(f"- {finding}")
                if finding.where.get("parameters"):
                    lines.append(f"  - with {_listed(finding.where['parameters'])}")
            lines += [f"- told, no failure: {note}" for note in o.notes]
        return "\n".join([*lines, *self._of_the_drive(pictures or {}), ""])

    def _of_the_drive(self, pictures: Mapping[str, str]) -> list[str]:
        if self.response is None:
            return []
        drive = self.response.drive
        lines = ["", "## drive", "", f"`{drive.source}`, `{drive.elements}`, `.tran {drive.times}`"]
        if self.states():
            lines += ["", "| state | moved, share of its range |", "| --- | --- |"]
            lines += [f"| {name} | {share:.3g} |" for name, share in self.states()]
        for what, file in pictures.items():
            lines += ["", f"![{what}]({file})"]
        return lines


def _finite(value: object) -> object:
    """JSON has no NaN and no infinity: they become null and text."""
    if isinstance(value, Mapping):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else str(value)
    return value
