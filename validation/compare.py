"""Deviation of one simulator's results from another's, in units of the tolerance budget.

The budget has the form of SPICE's own test of convergence, reltol·|v| + abstol. Operating points, sweeps
and phasors: reltol 1e-6 with 1 nV or 1 pA. Transients: 1e-3 of the signal's span, the time axes being
free to differ. Near an edge a shift in time is no error in value: a waveform passes where the other
one takes its value within `edge` seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from circuitnn.contract.overlay import distance
from circuitnn.results.result import Result

RELATIVE = 1e-6
VOLTAGE_FLOOR = 1e-9
CURRENT_FLOOR = 1e-12
# Where ngspice is less accurate than RELATIVE: it takes forward differences for sensitivities, prints six
# digits of harmonics, finds poles to about 1e-6, and integrates noise with rounded powers of frequency; higher
# derivatives of its bipolar transistor are off by about 3e-5 (tests/unit/test_tensors.py checks ours by differences).
LOOSER = {"noise": 2e-4, "noise_total": 2e-4, "sens": 5e-5, "four": 1e-3, "pz": 1e-5}
LOOSER |= dict.fromkeys(
    ("disto_2f1", "disto_3f1", "disto_f1_plus_f2", "disto_f1_minus_f2", "disto_2f1_minus_f2"), 5e-5
)
SPAN = 1e-3
# Transient waveforms below these are numerical noise around zero, not signals.
VOLTAGE_SPAN_FLOOR = 1e-6
CURRENT_SPAN_FLOOR = 1e-9
# ngspice's internal nodes and sources for POLY, TABLE and VALUE, which no deck names.
_INTERNAL = re.compile(r"[#$]|_(int|vmeas_)\d+\)$|^i\(([abelv]\.[\w.]+\.)?[abelv]_?[bcefghlr]\w*\)$")


@dataclass(frozen=True)
class Deviation:
    """Worst deviation of one variable.

    Parameters
    ----------
    analysis, variable : str
    error, allowed : float
        In the variable's unit; `share` is their quotient.
    at : float
        Position on the axis of the worst deviation.
    ours, theirs : complex
        Values compared there.
    """

    analysis: str
    variable: str
    error: float
    allowed: float
    at: float = 0.0
    ours: complex = np.nan
    theirs: complex = np.nan

    @property
    def share(self) -> float:
        """Error in units of the budget: passes up to 1."""
        return self.error / self.allowed if self.allowed > 0 else float(self.error > 0) * np.inf

    def __str__(self) -> str:
        return f"{self.analysis} {self.variable}: {self.error:.3g} off at {self.at:.6g}, {self.allowed:.3g} allowed"


def common_names(ours: Result, theirs: Result) -> list[str]:
    """Variables of ngspice that a user can name, all of which `ours` must have.

    Raises
    ------
    AssertionError
        One of them is missing.
    """
    known = set(ours.names)
    wanted = [n for n in theirs.names if (n in known or not _INTERNAL.search(n)) and n != theirs.axis]
    missing = sorted(set(wanted) - known)
    assert not missing, f"{ours.analysis}: variables of ngspice that are missing: {', '.join(missing[:9])}"
    return wanted


def compare(ours: Result, theirs: Result, edge: float = 0.0, span: float = SPAN) -> list[Deviation]:
    """Deviations of all variables of one analysis, worst first.

    Parameters
    ----------
    ours, theirs : Result
        Of the same analysis of the same deck.
    edge : float
        Shift in time that passes. [s]
    span : float
        Budget of transients, as a share of the signal's span.
    """
    if ours.analysis == "four":
        found = _harmonics(ours, theirs)
    elif ours.analysis == "pz":
        found = [_roots(ours, theirs, kind) for kind in ("pole", "zero")]
    else:
        names = common_names(ours, theirs)
        transient = ours.analysis == "tran"
        found = [] if transient or not theirs.axis else [_axis(ours, theirs)]
        found += [
            _waveform(ours, theirs, name, edge, span) if transient else _points(ours, theirs, name)
            for name in names
        ]
    return sorted(found, key=lambda d: -d.share)


def column(result: Result, name: str) -> np.ndarray:
    """One variable of a result."""
    return np.asarray(result.data[:, result.names.index(name)])


def floor_of(name: str, voltage: float, current: float) -> float:
    """The noise floor of a kind of signal."""
    if name.startswith(("onoise", "inoise")):
        return 0.0
    return current if name.startswith("i(") else voltage


def span_of(name: str, values: np.ndarray) -> float:
    """Range of a transient signal, at least the floor."""
    return max(float(np.ptp(values)), floor_of(name, VOLTAGE_SPAN_FLOOR, CURRENT_SPAN_FLOOR))


def _worst(
    analysis: str, name: str, a: np.ndarray, b: np.ndarray, allowed: np.ndarray, axis: np.ndarray | None
) -> Deviation:
    error = np.abs(a - b)
    # a noise source without noise has a budget of 0 and a deviation of 0
    allowed = np.maximum(allowed, 1e-300)
    k = int(np.argmax(error / allowed))
    at = float(np.real(axis[k])) if axis is not None else 0.0
    return Deviation(analysis, name, float(error[k]), float(allowed[k]), at, a[k], b[k])


def _axis(ours: Result, theirs: Result) -> Deviation:
    """The axis of the points; for nested sweeps the innermost one."""
    a, b = ours.data[:, 0], theirs.data[:, 0]
    if a.shape != b.shape:
        return Deviation(ours.analysis, f"{len(a)} points instead of {len(b)}", np.inf, 1.0)
    # sweeps add up their steps, which leaves rounding errors near 0
    allowed = 1e-9 * np.abs(b) + 1e-12 * float(np.max(np.abs(b)))
    return _worst(ours.analysis, f"{theirs.axis} (axis)", a, b, allowed, b)


def _points(ours: Result, theirs: Result, name: str) -> Deviation:
    a, b = column(ours, name), column(theirs, name)
    if a.shape != b.shape:
        return Deviation(ours.analysis, f"{name}: {len(a)} points instead of {len(b)}", np.inf, 1.0)
    relative = LOOSER.get(ours.analysis, RELATIVE)
    allowed = relative * np.abs(b) + floor_of(name, VOLTAGE_FLOOR, CURRENT_FLOOR)
    return _worst(ours.analysis, name, a, b, allowed, theirs.data[:, 0] if theirs.axis else None)


def _waveform(ours: Result, theirs: Result, name: str, edge: float, span: float) -> Deviation:
    ta, tb = column(ours, "time"), column(theirs, "time")
    a, b = column(ours, name), column(theirs, name)
    error = distance(ta, a, tb, b, edge)
    k = int(np.argmax(error))
    allowed = span * span_of(name, b)
    if abs(ta[-1] - tb[-1]) > 1e-9 * tb[-1]:
        return Deviation("tran", f"{name}: ends at {ta[-1]:g} s", np.inf, allowed, float(ta[-1]))
    mine = float(np.interp(tb[k], ta, a))
    return Deviation("tran", name, float(error[k]), allowed, float(tb[k]), mine, float(b[k]))


def _harmonics(ours: Result, theirs: Result) -> list[Deviation]:
    """Phasors of the harmonics, relative to the largest one: phases of rounding errors are meaningless."""
    found = []
    for name in (n for n in theirs.names if n.startswith("mag(")):
        phasors = [
            column(r, name) * np.exp(1j * np.radians(column(r, name.replace("mag", "phase", 1))))
            for r in (ours, theirs)
        ]
        allowed = np.full(len(phasors[1]), LOOSER["four"] * np.max(np.abs(phasors[1])))
        a, b = phasors
        found.append(_worst("four", name[4:-1], a, b, allowed, column(theirs, "frequency")))
    return found


def _roots(ours: Result, theirs: Result, kind: str) -> Deviation:
    """Poles or zeros, each of ngspice's against the nearest of ours."""
    a, b = (
        np.array([column(r, n)[0] for n in r.names if n.startswith(f"{kind}(")], dtype=complex)
        for r in (ours, theirs)
    )
    if a.size != b.size:
        return Deviation("pz", f"{a.size} {kind}s instead of {b.size}", np.inf, 1.0)
    if not a.size:
        return Deviation("pz", f"{kind}s (none)", 0.0, 1.0)
    nearest = np.array([a[np.argmin(np.abs(a - root))] for root in b])
    allowed = LOOSER["pz"] * np.maximum(np.abs(b), 1e-6 * np.max(np.abs(b)))
    return _worst("pz", f"{kind}s", nearest, b, allowed, None)
