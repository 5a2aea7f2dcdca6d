"""The benchmark's result as JSON: one entry a case, with the samples of each contender."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bench.runner.case import OURS, Case
from bench.runner.machine import machine, versions
from bench.runner.spread import Spread, ratios, spread
from bench.runner.turns import Measured, samples_of

SCHEMA = 1
CLOCKS = ("processor", "wall")

Entry = dict[str, Any]
Document = dict[str, Any]


def entry(case: Case, measured: Mapping[str, Measured]) -> Entry:
    """One case as JSON values.

    Parameters
    ----------
    case : Case
    measured : mapping of str to Measured

    Returns
    -------
    dict
        ``group``, ``family``, ``size``, ``unit``, ``error_is``, and ``contenders``: by name, each with its ``kind``,
        ``processor`` and ``wall`` seconds (median, least, greatest, count), ``ratio`` of its processor time to that
        of circuitnn pair by pair, ``megabytes``, ``error``, ``counters``, or ``absent``: why it was not run.
    """
    ours = samples_of(measured[OURS], lambda s: s.processor)
    contenders: dict[str, Entry] = {}
    for name, found in measured.items():
        said: Entry = {"kind": found.kind}
        contenders[name] = said
        if found.absent:
            said["absent"] = found.absent
        if not found.samples:
            continue
        for clock in CLOCKS:
            said[clock] = _plain(spread(samples_of(found, lambda s, clock=clock: getattr(s, clock))))  # type: ignore[misc]
        if name != OURS:
            said["ratio"] = _plain(ratios(samples_of(found, lambda s: s.processor), ours))
        said["megabytes"] = round(max(sample.megabytes for sample in found.samples), 1)
        if not math.isnan(found.error):
            said["error"] = float(f"{found.error:.3g}")
        if found.counters:
            said["counters"] = dict(found.counters)
    told: Entry = {"group": case.group, "family": case.family, "size": case.size, "unit": case.unit}
    return {**told, "error_is": case.error_is, "contenders": contenders}


def _plain(found: Spread | None) -> Entry | None:
    """A spread with four digits."""
    if found is None:
        return None
    return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in asdict(found).items()}


def document(entries: list[Entry], settings: Mapping[str, Any]) -> Document:
    """All cases, and what they ran on and with."""
    return {
        "schema": SCHEMA,
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "machine": machine(),
        "versions": versions(),
        "settings": dict(settings),
        "cases": entries,
    }


def save(result: Document, path: Path) -> None:
    """Write it, in place of a file that is there only once it is complete."""
    made = path.with_suffix(".part")
    made.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    made.replace(path)


def load(path: Path) -> Document:
    """Read what `save` has written."""
    found: Document = json.loads(path.read_text())
    if found.get("schema") != SCHEMA:
        raise SystemExit(
            f"{path.name}: written by another version of the benchmark (schema {found.get('schema')})"
        )
    return found
