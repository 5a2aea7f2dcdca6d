"""``.meas`` cards."""

from __future__ import annotations

import re
import warnings
from math import inf, isnan, nan
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unexpected, unwrap
from circuitnn.equations.graph import Expr, as_expr, substitute, symbols
from circuitnn.equations.ngspice import to_ngspice
from circuitnn.errors import DeckWarning, nearest
from circuitnn.flat.measure_request import PULSES, Crossing, Measure
from circuitnn.netlist.expressions import ExpressionError, is_probe, parse_expression
from circuitnn.netlist.language import Language
from circuitnn.netlist.signal_names import canonical
from circuitnn.records import replace
from circuitnn.registry.analyses import ANALYSES, measured

if TYPE_CHECKING:
    from circuitnn.netlist.statements import Statements

LAST = -1
_PART = re.compile(r"\bv([mpri])(?:ag|hase|eal|mag)\(")  # vmag(out) is vm(out), as in ngspice
_OF_PHASOR = re.compile(r"\b(mag|db|re|im)\(([vi])(\([^()]*\))\)")  # mag(v(out)), as LTspice has it
_LETTERS = {"mag": "m", "db": "db", "re": "r", "im": "i"}
KINDS = tuple("trig find when avg rms min max pp integ min_at max_at deriv param".split()) + PULSES
ALIASES = {"integral": "integ", "derivative": "deriv", "eqn": "param"}
_CALL = re.compile(r"(avg|rms|min|max|pp|integ|integral)\((.+)\)")
_EDGES = ("rise", "fall", "cross")
_NUMBERS = ("val", "td", "from", "to", "at")
_LEVELS = ("on", "off", "minval")
_OPTIMIZER = ("goal", "minval", "weight")


class _Words:
    """The words of a card, read one after the other."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.position = 0

    def peek(self) -> str:
        return self.words[self.position] if self.position < len(self.words) else ""

    def take(self, expected: str) -> str:
        if not self.peek() or self.peek() == "=":
            raise CardError(
                f"'.meas' ends where {expected} is expected", self.words[-1] if self.words else ""
            )
        self.position += 1
        return self.words[self.position - 1]

    def equals(self) -> bool:
        if self.peek() == "=":
            self.position += 1
            return True
        return False


def read_measure(statements: Statements, tokens: list[str], origin: int) -> Measure:
    """Read a ``.meas`` card.

    A card that cannot be measured does not stop the run, as in ngspice: a warning says why, and the measure fails.

    Parameters
    ----------
    statements : Statements
    tokens : list of str
    origin : int

    Returns
    -------
    Measure

    Raises
    ------
    CardError
        The card has no name, or measures a kind of analysis that has no measures.
    """
    words = _Words([*tokens[:1], *(part for word in tokens[1:3] for part in _parts(word)), *tokens[3:]])
    analysis = words.take("the analysis")
    if analysis not in ANALYSES or not ANALYSES[analysis].measured:
        if words.peek() not in (*KINDS, *ALIASES):
            *most, last = measured()
            raise CardError(f"'.meas {analysis}': measures are of {', '.join(most)} or {last}", analysis)
        words.position -= 1  # LTspice's cards need not name the analysis
        analysis = _only_measured(statements, analysis)
    name = words.take("a name")
    where = statements.deck.sources.where(origin)
    try:
        return _asked(statements, words, name, analysis, origin)
    except CardError as error:
        return _faulty(Measure(name, analysis, "faulty", where=where), str(error))


def _parts(word: str) -> list[str]:
    """LTspice's ``avg(v(a))`` as the two words that it is here; other words as they are."""
    call = _CALL.fullmatch(word)
    return [word] if call is None else [call[1], call[2]]


def _only_measured(statements: Statements, name: str) -> str:
    """Return the one analysis of the deck that has measures.

    Raises
    ------
    CardError
        There is none, or more than one.
    """
    kinds = dict.fromkeys(keyword[1:] for keyword, _, _ in statements.deck.cards if keyword[1:] in ANALYSES)
    analyses = [kind for kind in kinds if ANALYSES[kind].measured]
    if len(analyses) != 1:
        choice = " or ".join(analyses or measured())
        raise CardError(f"'.meas {name}' does not say of which analysis it is: {choice}", name)
    return analyses[0]


def _faulty(measure: Measure, fault: str) -> Measure:
    """A measure that fails, with a warning."""
    warnings.warn(f"{measure.where}: '{measure.name}' cannot be measured: {fault}", DeckWarning, stacklevel=2)
    return replace(measure, fault=fault)


def _asked(statements: Statements, words: _Words, name: str, analysis: str, origin: int) -> Measure:
    """What a card asks for after its name."""
    kind = words.take("what to measure")
    kind = ALIASES.get(kind, kind)
    where = statements.deck.sources.where(origin)
    if kind not in KINDS:
        raise CardError(f"'.meas' cannot '{kind}'{nearest(kind, KINDS)}", kind)
    if kind == "param":
        words.equals()
        text = words.take("an expression")
        return Measure(name, analysis, kind, expression=_expression(statements, text, origin), where=where)
    if kind == "trig":
        trigger, target = _delay(statements, words, origin)
        return Measure(name, analysis, "delay", trigger=trigger, target=target, where=where)
    signal, crossing = "", None
    if kind == "when":
        crossing = _when(statements, words, origin)
    else:
        signal = _signal(statements, words.take("a signal"))
        if words.peek() == "when":
            words.take("when")
            crossing = _when(statements, words, origin)
    numbers, edge = _qualifiers(statements, words, origin, pulses=kind in PULSES)
    if crossing is not None:
        crossing = Crossing(crossing.signal, crossing.level, *edge, numbers.get("td", nan))
    on, off = _levels(kind, numbers) if kind in PULSES else (nan, nan)
    if kind in ("find", "deriv") and crossing is None and "at" not in numbers:
        raise CardError(f"'{kind}' needs 'when' or 'at='", kind)
    return Measure(
        name,
        analysis,
        kind,
        signal,
        when=crossing,
        at=numbers.get("at", nan),
        start=numbers.get("from", nan),
        stop=numbers.get("to", nan),
        delay=numbers.get("td", nan),
        on=on,
        off=off,
        where=where,
    )


def _levels(kind: str, numbers: dict[str, float]) -> tuple[float, float]:
    """Levels above which a signal is on, and below which it is off; one stands for the other, 0 for both."""
    on, off = numbers.get("on", nan), numbers.get("off", nan)
    on, off = (
        (0.0, 0.0) if isnan(on) and isnan(off) else (off if isnan(on) else on, on if isnan(off) else off)
    )
    if off > on:
        raise CardError(f"'{kind}' has off={off:g} above on={on:g}", "off")
    slack = numbers.get("minval", 0.0)
    return on - slack, off - slack if kind == "duty" else off + slack


def _signal(statements: Statements, text: str) -> str:
    """Read a signal or an expression of signals; functions and parameters of the deck are substituted."""
    signal, functions = _PART.sub(r"v\1(", canonical(text)), statements.reader.functions
    if _LETTERS.keys().isdisjoint(functions):
        signal = _OF_PHASOR.sub(lambda match: f"{match[2]}{_LETTERS[match[1]]}{match[3]}", signal)
    try:
        graph = parse_expression(signal, Language(functions, results=True))
    except ExpressionError as error:
        raise CardError(str(error), text, error.position) from None
    if graph.op == "symbol":  # a bare word is a variable of the result, even if a parameter has its name
        return signal
    known = {n: statements.environment.get(n) for n in symbols([graph]) if n.isidentifier()}
    numbers = {n: as_expr(v) for n, v in known.items() if isinstance(v, float)}
    if numbers or any(f"{name}(" in signal for name in functions):
        return to_ngspice(substitute([graph], numbers)[0])
    return signal


def _level(statements: Statements, text: str, origin: int) -> float | str:
    """A number, or a second signal."""
    text = canonical(text) if text.startswith("par(") else text
    value = statements.reader.any_value(text)
    if isinstance(value, Expr) and any(is_probe(s) or s[0] == "@" for s in symbols([value])):
        return _signal(statements, text)
    return statements.number(text, origin)


def _when(statements: Statements, words: _Words, origin: int) -> Crossing:
    signal = _signal(statements, words.take("a signal"))
    if not words.equals():
        raise CardError("'when' takes signal=value", "when")
    return Crossing(signal, _level(statements, words.take("a value"), origin))


def _delay(statements: Statements, words: _Words, origin: int) -> tuple[Crossing | float, Crossing | float]:
    """Read what follows ``trig``: both ends of a delay."""
    trigger, since = _event(statements, words, origin)
    if words.take("targ") != "targ":
        raise CardError("'trig' needs a 'targ'", "trig")
    target, target_since = _event(statements, words, origin)
    if words.peek():
        raise unexpected(".meas", words.peek())
    return _counted(trigger, since or target_since), _counted(target, target_since or since)


def _event(statements: Statements, words: _Words, origin: int) -> tuple[Crossing | float, float]:
    """Read the event after ``trig`` or ``targ``, and its ``from``; 0 is none, as in ngspice."""
    if words.peek() == "at":
        words.take("at")
        words.equals()
        return statements.number(words.take("a value"), origin), 0.0
    signal = _signal(statements, words.take("a signal"))
    level: float | str = 0.0  # as in ngspice
    if words.equals():  # trig v(a)=0.5, as LTspice has it
        level = _level(statements, words.take("a value"), origin)
    numbers, edge = _qualifiers(statements, words, origin)
    since = numbers.get("from", 0.0)
    if "at" in numbers:
        return numbers["at"], since
    level = numbers.get("val", level)
    return Crossing(signal, level, *edge, numbers.get("td", nan), numbers.get("to", inf)), since


def _counted(event: Crossing | float, since: float) -> Crossing | float:
    """Return the event with crossings counted from `since`: ``from`` of one end of a delay holds for the other, too."""
    if not isinstance(event, Crossing) or not since:
        return event
    return replace(event, delay=since if isnan(event.delay) else max(since, event.delay))


def _qualifiers(
    statements: Statements, words: _Words, origin: int, pulses: bool = False
) -> tuple[dict[str, float], tuple[str, int]]:
    """``val= td= from= to= at= rise= fall= cross=``, in any order; `pulses`: ``on= off= minval=``, too."""
    known = (*_NUMBERS, *_LEVELS) if pulses else _NUMBERS
    numbers: dict[str, float] = {}
    edge = ("cross", 1)
    while words.peek() and words.peek() != "targ":
        key = words.take("a name")
        if not words.equals() and key != "at":  # as in LTspice
            raise CardError(f"'{key}' needs a value: {key}=…", key)
        text = words.take("a value")
        if key in _EDGES:
            count = LAST if text == "last" else int(statements.number(text, origin))
            if count < 1 and count != LAST:
                raise CardError(f"{key}={text} must be 1, 2, … or last", text)
            edge = (key, count)
        elif key in known:
            numbers[key] = statements.number(text, origin)
        elif key in _OPTIMIZER:
            statements.reader.idle(origin, f"'{key}=' of '.meas' has no effect: it is for HSPICE's optimizer")
        else:
            raise CardError(f"'.meas' has no '{key}='{nearest(key, [*_EDGES, *known])}", key)
    return numbers, edge


def _expression(statements: Statements, text: str, origin: int) -> Expr:
    """Read an expression of other measures; parameters of the deck become numbers."""
    environment = statements.environment
    language = Language(statements.reader.functions, as_parameter=True)
    try:
        expression = parse_expression(unwrap(text), language)
    except ExpressionError as error:
        raise CardError(str(error), unwrap(text), error.position) from None
    measured = {m.name for m in statements.measures}
    known = {n: environment.get(n) for n in symbols([expression]) if n not in measured}
    numbers = {n: as_expr(v) for n, v in known.items() if isinstance(v, float)}
    return substitute([expression], numbers)[0]


def check_measures(statements: Statements) -> None:
    """Let ``param`` measures fail that use names which are not measured."""
    names = {m.name for m in statements.measures}
    known = [*names, *statements.deck.root.parameters]
    for k, measure in enumerate(statements.measures):
        if measure.expression is None:
            continue
        for name in sorted(symbols([measure.expression]) - names)[:1]:
            message = f"'{name}' is neither measured nor a parameter{nearest(name, known)}"
            statements.measures[k] = _faulty(measure, message)
