"""``.meas``: numbers derived from a result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from circuitnn.errors import CircuitnnError
from circuitnn.flat.measure_request import PULSES, Measure
from circuitnn.records import dataclass, fill_in
from circuitnn.registry.analyses import ANALYSES
from circuitnn.results.evaluation import MeasureFailure, evaluate
from circuitnn.results.path import Outcome, Path
from circuitnn.results.result import Result


@dataclass(frozen=True)
class Measured:
    """Outcome of one ``.meas`` card.

    Parameters
    ----------
    name : str
    value : float or None
        None when it failed.
    details : tuple of (str, float)
        Where the number was found: ``at``, ``from`` and ``to``, ``targ`` and ``trig``.
    message : str
        Why it failed.
    kind : str
        What was measured; ngspice prints some kinds with a digit less.
    """

    name: str
    value: float | None
    details: tuple[tuple[str, float], ...] = ()
    message: str = ""
    kind: str = ""

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.name:<20}=   failed"
        blank = " " * (self.kind in ("rms", "integ", "when"))
        return self._line(blank, 5 if blank or self.kind == "param" else 6)

    def of_command(self) -> str:
        """Write the line that the command ``meas`` prints, whose format is not that of cards.

        Returns
        -------
        str
        """
        return str(self) if self.value is None else self._line("", 5 if self.kind in ("rms", "integ") else 6)

    def _line(self, blank: str, digits: int) -> str:
        words = [f"{self.name:<20}=  {blank}{self.value:.{digits}e}"]
        return " ".join([*words, *(f"{label}=  {x:.{digits}e}" for label, x in self.details)])


def measure(cards: Iterable[Measure], result: Result) -> list[Measured]:
    """Evaluate the cards that belong to the result's analysis, and store the values in the result.

    Parameters
    ----------
    cards : iterable of Measure
        In the deck's order; a ``param`` sees the measures before it.
    result : Result
        Its `measures` and `measured` are filled.

    Returns
    -------
    list of Measured
        One per card. A card that fails is included with its reason; nothing is raised.
    """
    outcomes: list[Measured] = []
    values: dict[str, float] = {}
    path: Path | None = None  # one for all cards, so that each signal is searched for its edges once
    for card in cards:
        if card.analysis != result.analysis:
            continue
        try:
            with np.errstate(all="ignore"):  # non-finite values are refused below
                if path is None and result.axis is not None and len(result):
                    path = Path(result)
                value, *details = _evaluate(card, result, values, path)
            if not np.isfinite(value):
                raise MeasureFailure("the value is not finite")
            places = tuple((label, float(x)) for label, x in details)
            outcome = Measured(card.name, float(value), places, kind=card.kind)
            values[card.name] = float(value)
        except CircuitnnError as failure:
            outcome = Measured(card.name, None, message=str(failure))
        outcomes.append(outcome)
    result.measures.update(values)
    fill_in(result, measured=(*result.measured, *outcomes))
    return outcomes


# ---------------------------------------------------------------------- kinds of measure


def _evaluate(card: Measure, result: Result, values: Mapping[str, float], path: Path | None) -> Outcome:
    """The value, followed by the details."""
    if card.fault:
        raise MeasureFailure(card.fault)
    if card.kind == "param":
        return (_parameter(card, values),)
    if len(result) == 0:
        raise MeasureFailure("there are no points")
    if path is None:
        return _of_operating_point(card, result)
    if card.kind == "delay":
        trigger, target = path.moment(card.trigger), path.moment(card.target)
        return target - trigger, ("targ", target), ("trig", trigger)
    if card.kind == "when":
        return (path.at(path.crossing(card.when, card.start, card.stop)),)
    if card.kind in ("find", "deriv"):
        where = path.crossing(card.when, card.start, card.stop) if card.when else path.position(card.at)
        signal = path.values(card.signal)
        return (path.interpolate(signal, where) if card.kind == "find" else path.slope(signal, where),)
    if card.kind in PULSES:
        from circuitnn.results.pulse_measures import of_pulses  # few decks have one

        return of_pulses(card, path)
    return path.window(card)


def _parameter(card: Measure, values: Mapping[str, float]) -> float:
    from circuitnn.equations.graph import symbols
    from circuitnn.equations.unclamped import exact

    assert card.expression is not None
    for name in sorted(symbols([card.expression])):
        if name not in values:
            raise MeasureFailure(f"it needs {name}, which is not measured before or failed")
    value, culprit = exact(card.expression, values)
    if culprit is not None:
        raise MeasureFailure(f"'{culprit!r}' has no finite value")
    return float(value)


def _of_operating_point(card: Measure, result: Result) -> Outcome:
    if card.kind in ("find", "avg", "min", "max"):
        return (float(evaluate(result, card.signal)[0]),)
    if card.kind == "rms":
        return (abs(float(evaluate(result, card.signal)[0])),)
    raise MeasureFailure("an operating point has no axis")


def report(result: Result) -> str:
    """Format the measures of a result as ngspice's batch mode prints them.

    Parameters
    ----------
    result : Result

    Returns
    -------
    str
        Empty if there are none.
    """
    if not result.measured:
        return ""
    heading = ANALYSES[result.analysis].measured if result.analysis in ANALYSES else result.plotname
    lines = [f"  Measurements for {heading}", ""]
    return "\n".join([*lines, *(str(outcome) for outcome in result.measured)]) + "\n"
