"""What a ``.meas`` card asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.equations.graph import Expr

# Xyce's measures of pulses, see `results.pulse_measures`.
PULSES = ("freq", "duty", "on_time", "off_time")


@dataclass(frozen=True)
class Crossing:
    """The moment a signal crosses a level, as ``when``, ``trig`` and ``targ`` of ``.meas`` specify it.

    Parameters
    ----------
    signal : str
        Signal or expression in signals, lower case, e.g. ``"v(out)"`` or ``"v(a)*i(v1)"``.
    level : float or str
        The value to cross, or a second signal: ``when v(a)=v(b)``.
    edge : {"cross", "rise", "fall"}
    count : int
        Which one, from 1; -1 is the last.
    delay : float
        ``td``, or ``from`` of a ``trig`` or ``targ``: earlier crossings do not count. NaN if the card has none. [s]
    stop : float
        ``to`` of a ``trig`` or ``targ``: later crossings do not count. [s]
    """

    signal: str
    level: float | str
    edge: str = "cross"
    count: int = 1
    delay: float = float("nan")
    stop: float = float("inf")


@dataclass(frozen=True)
class Measure:
    """A ``.meas`` card with all its numbers evaluated.

    Parameters
    ----------
    name : str
        Name of the result, lower case.
    analysis : str
        Name of the analysis; the parser refuses analyses that have no measures.
    kind : str
        ``"delay"``: axis of `target` minus axis of `trigger`; ``"when"``: axis of `when`;
        ``"find"``, ``"deriv"``: value, slope of `signal` at `when` or at `at`;
        ``"avg" "rms" "min" "max" "pp" "integ" "min_at" "max_at"``: of `signal` on [start, stop];
        ``"freq" "duty" "on_time" "off_time"``: of pulses, see `results.pulse_measures`;
        ``"param"``: `expression` of other measures; ``"faulty"``: none, because of `fault`.
    signal : str
        Signal or expression in signals, lower case; empty for ``delay``, ``when``, ``param``.
    trigger, target : Crossing or float or None
        ``delay`` only; a float is ``at=``.
    when : Crossing or None
    at, start, stop, delay : float
        ``at=``, ``from=``, ``to=``, ``td=``; NaN if not on the card. [axis unit]
    on, off : float
        Levels above which, and below which, ``"freq" "duty" "on_time" "off_time"`` take a signal for on and off.
    expression : Expr or None
        ``param`` only: symbols are the names of other measures; parameters are substituted.
    where : str
        ``file:line`` of the card.
    fault : str
        Why the card says nothing that could be measured.
    """

    name: str
    analysis: str
    kind: str
    signal: str = ""
    trigger: Crossing | float | None = None
    target: Crossing | float | None = None
    when: Crossing | None = None
    at: float = float("nan")
    start: float = float("nan")
    stop: float = float("nan")
    delay: float = float("nan")
    on: float = float("nan")
    off: float = float("nan")
    expression: Expr | None = None
    where: str = ""
    fault: str = ""

    def signals(self) -> list[str]:
        """Return the signals that it reads, and levels that may be signals."""
        signals = [self.signal]
        for event in (self.trigger, self.target, self.when):
            if isinstance(event, Crossing):
                signals += [event.signal, str(event.level)]
        return signals
