"""Commands that run analyses, and those that change the circuit."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import LONG, AnalysisError, BudgetError, CircuitnnError
from circuitnn.machine.text import lowered
from circuitnn.netlist.alter import model_of
from circuitnn.netlist.measures import ALIASES, KINDS
from circuitnn.ngspice import listing
from circuitnn.ngspice.control.stops import held
from circuitnn.ngspice.control.words import split
from circuitnn.ngspice.vectors import listed, resting, with_inner
from circuitnn.records import replace
from circuitnn.registry.analyses import ANALYSES, ORDER
from circuitnn.results.measure import measure as measure_cards

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.ngspice.control.interpreter import Interpreter
    from circuitnn.results.result import Result

_ASSIGNMENT = re.compile(r"\s*(?P<target>[^=]+?)\s*=\s*(?P<value>.+?)\s*$")
_LIST = re.compile(r"\s*(?P<target>.+?)\s+(?P<value>\[[^\]]*\])\s*$")  # alter @v1[sin] [ 0 1 1k ]
_KIND = re.compile(r"\w*")
_MEASURED = frozenset([*KINDS, *ALIASES]) - {"param"}
_VECTOR = re.compile(r"(?P<head>=\s*)(?P<name>[a-z_]\w*)(?![\w(\[.])")
_PARAMETER = re.compile(r"@(?P<device>[\w.]+)\[(?P<key>\w+)\]$")


def analysis(name: str, interpreter: Interpreter, text: str) -> None:
    """Run the command of an analysis; its words are those of the card."""
    _keep(interpreter, interpreter.circuit.with_card(f".{name}", lowered(text), interpreter.origin))


def run(interpreter: Interpreter, text: str) -> None:
    """``run``: the deck's own analyses."""
    if not interpreter.circuit.flat.analyses:
        interpreter.warn("'run' does nothing: the deck has no analysis card, as .op or .tran")
        return
    _keep(interpreter, interpreter.circuit)


def _keep(interpreter: Interpreter, circuit: Circuit) -> None:
    """Run the circuit's analyses and keep their results."""
    failure: CircuitnnError | None = None
    if interpreter.batch:
        circuit = with_inner(circuit)
    interpreter.analysed, interpreter.rest = interpreter.circuit, None
    try:
        results = circuit.run(interpreter.progress, order=ORDER)
    except BudgetError:
        raise
    except CircuitnnError as error:
        results, failure = list(error.results), error
    transients = [card for card in circuit.flat.analyses if card.kind == "tran"]
    for result in results:
        if result.analysis == "four":  # .four of the deck belongs to its own run, after the control blocks
            continue
        if interpreter.batch:
            result = listed(resting(result, circuit.flat), circuit.flat)
        for line in listing.started(result, circuit.flat.options):
            interpreter.say(line)
        if listing.without_rest(result):
            interpreter.tell(listing.WITHOUT_REST)
        interpreter.tell(f"\nNo. of Data Rows : {len(result)}")
        interpreter.plots.add(result)
        if result.analysis == "tran" and transients:
            held(interpreter, interpreter.plots.current, circuit, transients.pop(0))
        if interpreter.notice is not None:
            interpreter.notice(result)
    if interpreter.batch:
        _say_measures(interpreter, results)
    if failure is not None:
        raise failure


def _say_measures(interpreter: Interpreter, results: list[Result]) -> None:
    """What the deck's ``.meas`` cards say of the last run, under the heading of the first card, as in ngspice."""
    cards = interpreter.circuit.flat.measures
    if not cards or not results:
        return
    last = results[-1]
    if not last.measured:  # of a command such as tran, not of run
        measure_cards(cards, last)
    lines = [f"\n  Measurements for {ANALYSES[cards[0].analysis].measured}\n", *map(str, last.measured), ""]
    interpreter.say("\n".join(lines))
    for outcome in last.measured:
        if outcome.value is None:
            print(f"Error: measure  {outcome.name}  : {outcome.message}", file=sys.stderr)


def alter(interpreter: Interpreter, text: str) -> None:
    """``alter r1 = 2k``, ``alter v1 dc = 1``, ``alter @d1[area] = 2``, ``alter @v1[pulse] = [ 0 1 1n ]``."""
    target, value = _assigned(interpreter, text, "alter")
    match = _PARAMETER.fullmatch(target)
    words = [match["device"], match["key"]] if match else target.split()
    if not 1 <= len(words) <= 2:
        raise AnalysisError(
            "'alter' takes device = value, device parameter = value or @device[parameter] = value"
        )
    key = words[1] if len(words) == 2 else ""
    interpreter.circuit = interpreter.circuit.altered(
        {(words[0], key): value if len(value) > 1 else value[0]}
    )


def altermod(interpreter: Interpreter, text: str) -> None:
    """``altermod m1 m2 is = 1e-15``, ``altermod @m1[is] = 1e-15``."""
    target, value = _one(interpreter, text, "altermod")
    match = _PARAMETER.fullmatch(target)
    words = [match["device"], match["key"]] if match else target.split()
    if len(words) < 2:
        raise AnalysisError("'altermod' takes model parameter = value")
    for name in words[:-1]:
        card = model_of(interpreter.circuit.deck, name)  # of a device: the model that it shares
        model = name if card is None else card.name
        interpreter.circuit = interpreter.circuit.altered(models={model: {words[-1]: value}})


def alterparam(interpreter: Interpreter, text: str) -> None:
    """``alterparam p = 2``: takes effect with ``reset``, as in ngspice."""
    target, value = _one(interpreter, text, "alterparam")
    changed = interpreter.original.with_parameters(**{target: value})
    _ = changed.flat  # fails here if there is no such parameter
    interpreter.original = changed


def reset(interpreter: Interpreter, text: str) -> None:
    """``reset``: restore the circuit of the deck, with the changes of ``alterparam``."""
    interpreter.circuit = interpreter.original
    title = lowered(interpreter.circuit.title.strip())
    interpreter.tell(f"Reset re-loads circuit {title}\n\nCircuit: {title}\n")


def _one(interpreter: Interpreter, text: str, command: str) -> tuple[str, float]:
    target, values = _assigned(interpreter, text, command)
    if len(values) > 1:
        raise AnalysisError(f"'{command}' takes one number, not a list")
    return target, values[0]


def _assigned(interpreter: Interpreter, text: str, command: str) -> tuple[str, tuple[float, ...]]:
    """Split an assignment into target and number or, in brackets, numbers."""
    match = _ASSIGNMENT.match(text) or _LIST.match(text)
    if match is not None:
        target, value = lowered(match["target"]), match["value"]
    else:
        target, _, value = lowered(text).rpartition(" ")
        if not target.strip():
            raise AnalysisError(f"'{command}' takes a name, = and a value")
    words = split(value.strip("[] ").replace(",", " ")) if value.startswith("[") else [value]
    if not words:
        raise AnalysisError(f"'{command}' takes a value, and the brackets are empty")
    return target.strip(), tuple(float(np.real(interpreter.plots.compute(word)[0])) for word in words)


def _with_number(interpreter: Interpreter, match: re.Match[str]) -> str:
    """Replace a vector of ``let`` that stands for a number of a measure, as in ``val=half``."""
    plots, name = interpreter.plots, match["name"]
    known = plots.current.own.get(name, plots.all["const"].own.get(name))
    if known is None or len(known) != 1:
        return match.group()
    return f"{match['head']}{float(np.real(known[0]))!r}"


def _measurable(interpreter: Interpreter, words: list[str]) -> bool:
    """Whether ``meas`` has what it needs; if not, say so with ngspice's words.

    Formulas (``param=``) belong to cards: in a control block ngspice has ``let`` for them.
    """
    if not words:
        raise AnalysisError("'meas' takes an analysis, a name and what to measure")
    if len(words) > 2:
        name, kind = words[1:3]
        if _KIND.findall(kind)[0] in _MEASURED:
            return True
        interpreter.say(
            f"\tmeasure '{name}'  failed\nError: measure  {name}  :\n\tno such function as '{kind}'"
        )
        if kind.startswith("param"):
            interpreter.warn(f"'meas' has no formulas, as in ngspice; write let {name} = …")
    interpreter.say(f" meas {' '.join(words)} failed!\n")
    if len(words) == 1:
        interpreter.say("   unspecified output var name")
    elif len(words) == 2:
        interpreter.warn(f"'meas' does not say what {words[1]} is: max v(out), when v(out)=1, …")
    return False


def measure(interpreter: Interpreter, text: str) -> None:
    """``meas tran name …``: as the card, on the current plot; the value becomes a vector, too."""
    words = split(lowered(text))
    if not _measurable(interpreter, words):
        return
    plot = interpreter.plots.current
    text = _VECTOR.sub(lambda match: _with_number(interpreter, match), lowered(text))
    cards = interpreter.circuit.with_card(".meas", text, interpreter.origin).flat.measures
    if not cards:
        raise AnalysisError(f"'meas {text[:LONG]}' cannot be read; a warning says why")
    card, result = cards[-1], replace(plot.with_own(), measures={}, measured=())
    if card.analysis != result.analysis:
        interpreter.say(f" meas {' '.join(words)} failed!\n")
        raise AnalysisError(f"'{card.name}' measures {card.analysis}, and the current plot is {plot.name}")
    for outcome in measure_cards([card], result):
        if outcome.value is None:
            interpreter.say(f" meas {' '.join(words)} failed!\n")
            print(f"Error: measure  {outcome.name}  : {outcome.message}", file=sys.stderr)
            continue
        interpreter.say(outcome.of_command())
        plot.own[card.name] = np.array([outcome.value])
        if plot.result is not None:
            plot.result.measures[card.name] = outcome.value


def save(interpreter: Interpreter, text: str) -> None:
    """``save v(a) @m1[id]``: the vectors of the next runs, as on a card."""
    asked = " ".join(split(lowered(text)))
    if asked:
        interpreter.circuit = interpreter.circuit.with_card(".save", asked, interpreter.origin, keep=True)
