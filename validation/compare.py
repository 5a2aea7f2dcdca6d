"""Deviation of one simulator's waveforms from another's, in units of the tolerance budget.

Operating points and sweeps: 1e-6 relative and 1 nV or 1 pA. Transients: 1e-3 of the signal's span, the
time axes being free to differ. Near an edge a shift in time is no error in value: a waveform passes where
the other one takes its value within `edge` seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from circuitnn.contract.overlay import distance
from circuitnn.results import Result

NOISE = 2e-4  # of densities, and of integrals over frequency
FORWARD = 5e-5  # of sensitivities: ngspice takes forward differences
RELATIVE = 1e-6
VOLTAGE_FLOOR = 1e-9
CURRENT_FLOOR = 1e-12
SPAN = 1e-3
FREQUENCY = 1e-3
# Below these a transient waveform is numerical noise around zero, not a signal.
VOLTAGE_SPAN_FLOOR = 1e-6
CURRENT_SPAN_FLOOR = 1e-9
# ngspice's own helpers for POLY, TABLE and VALUE: nodes and sources that no deck names.
_INTERNAL = re.compile(r"[#$]|_int\d+\)$|^i\(b[eg]\w*\)$")


@dataclass(frozen=True)
class Deviation:
    """Worst deviation of one variable.

    Parameters
    ----------
    analysis, variable : str
    error, allowed : float
        In the variable's unit; `share` is their quotient.
    at : float
        Where on the axis the worst is.
    """

    analysis: str
    variable: str
    error: float
    allowed: float
    at: float = 0.0

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
    wanted = [n for n in theirs.names if not _INTERNAL.search(n) and n != theirs.axis]
    # ngspice 44's integral of the noise at the input is off by 10 % where the gain falls: for a resistor at a
    # source it must be √(4kTR·Δf), which tests/analytic/test_noise.py checks.
    wanted = [n for n in wanted if not n.startswith("inoise_total")]
    missing = sorted(set(wanted) - set(ours.names))
    assert not missing, f"{ours.analysis}: variables of ngspice that are missing: {', '.join(missing[:9])}"
    return wanted


def compare(ours: Result, theirs: Result, edge: float = 0.0, bounds_only: bool = False) -> list[Deviation]:
    """Deviations of all variables of one analysis, worst first.

    Parameters
    ----------
    ours, theirs : Result
        Of the same analysis of the same deck.
    edge : float
        Shift in time that passes. [s]
    bounds_only : bool
        Compare the least and greatest value of the second half only: for free-running oscillators.
    """
    names = common_names(ours, theirs)
    if ours.analysis == "tran":
        judge = _bounds if bounds_only else _waveform
        found = [judge(ours, theirs, name, edge) for name in names]
    else:
        found = [_points(ours, theirs, name) for name in names]
    return sorted(found, key=lambda d: -d.share)


def _column(result: Result, name: str) -> np.ndarray:
    return np.asarray(result.data[:, result.names.index(name)])


def _floor(name: str, voltage: float, current: float) -> float:
    if name.startswith(("onoise", "inoise")):
        return 0.0
    return current if name.startswith("i(") else voltage


def _points(ours: Result, theirs: Result, name: str) -> Deviation:
    a, b = _column(ours, name), _column(theirs, name)
    if a.shape != b.shape:
        return Deviation(ours.analysis, f"{name}: {len(a)} points instead of {len(b)}", np.inf, 1.0)
    error = np.abs(a - b)
    relative = {"noise": NOISE, "noise_total": NOISE, "sens": FORWARD}.get(ours.analysis, RELATIVE)
    # a source of noise that is none has a budget of 0 and a deviation of 0
    allowed = np.maximum(relative * np.abs(b) + _floor(name, VOLTAGE_FLOOR, CURRENT_FLOOR), 1e-300)
    k = int(np.argmax(error / allowed))
    at = float(np.real(theirs.data[k, 0])) if theirs.axis else 0.0
    return Deviation(ours.analysis, name, float(error[k]), float(allowed[k]), at)


def _span(name: str, values: np.ndarray) -> float:
    return max(float(np.ptp(values)), _floor(name, VOLTAGE_SPAN_FLOOR, CURRENT_SPAN_FLOOR))


def _waveform(ours: Result, theirs: Result, name: str, edge: float) -> Deviation:
    ta, tb = _column(ours, "time"), _column(theirs, "time")
    a, b = _column(ours, name), _column(theirs, name)
    error = distance(ta, a, tb, b, edge)
    k = int(np.argmax(error))
    allowed = SPAN * _span(name, b)
    if abs(ta[-1] - tb[-1]) > 1e-9 * tb[-1]:
        return Deviation("tran", f"{name}: ends at {ta[-1]:g} s", np.inf, allowed, float(ta[-1]))
    return Deviation("tran", name, float(error[k]), allowed, float(tb[k]))


def _bounds(ours: Result, theirs: Result, name: str, _edge: float) -> Deviation:
    """Deviation of the least and greatest value over the second half, an oscillator's limit cycle."""
    errors = []
    half = []
    for result in (ours, theirs):
        time, values = _column(result, "time"), _column(result, name)
        late = values[time >= time[-1] / 2]
        half.append((float(late.min()), float(late.max())))
    errors = [abs(p - q) for p, q in zip(*half, strict=True)]
    # An event detected a step late shows in the bounds: ten times the waveforms' budget.
    allowed = 10 * SPAN * max(half[1][1] - half[1][0], _floor(name, VOLTAGE_SPAN_FLOOR, CURRENT_SPAN_FLOOR))
    return Deviation("tran", f"{name} (bounds)", max(errors), allowed)


def compare_measures(
    ours: dict[str, float], theirs: dict[str, float], oscillator: str = ""
) -> list[Deviation]:
    """Deviations of the measures: an oscillator's frequency or period by 0.1 %, the others only to be present."""
    found = []
    for name, value in theirs.items():
        if np.isnan(value):
            continue
        mine = ours.get(name)
        if mine is None:
            found.append(Deviation("meas", f"{name} is missing", np.inf, 1.0))
        elif name == oscillator:
            found.append(Deviation("meas", name, abs(mine - value), FREQUENCY * abs(value)))
    return found
