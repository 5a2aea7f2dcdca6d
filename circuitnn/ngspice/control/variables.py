"""Commands of variables, vectors and plots."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.blocks import Jump, Quit
from circuitnn.ngspice.control.display import display
from circuitnn.ngspice.control.words import WORD, split, whole, without_commas
from circuitnn.options.table import OURS, Options
from circuitnn.units import parse_number

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter

_LET = re.compile(
    r"(?:(?P<plot>\w+)\.)?(?P<name>lin-t\w+|[a-z_]\w*)(?:\[(?P<index>[^\]]+)\])?\s*=(?!=)\s*(?P<value>.+)$"
)
_DEFINITION = re.compile(
    r"(?P<name>[a-z_]\w*)\s*\((?P<arguments>\s*[a-z_]\w*\s*(?:,\s*[a-z_]\w*\s*)*)\)\s*=?\s*(?P<body>.+)$"
)
_SET = re.compile(r"(?P<name>[\w.-]+)(?:\s*=\s*(?P<value>\([^()]*\)|(?:\"[^\"]*\"|'[^']*'|\S)+))?\s*")
UNVALUED = "TRUE"  # what stands in a variable that was set without a value
_TEMPERATURE = re.compile(r"\btemp\s*=\s*(\S+)")


def let(interpreter: Interpreter, text: str) -> None:
    """``let x = v(a)*2``, ``let x[3] = 1``."""
    if not text.strip():  # as in ngspice
        display(interpreter, "")
        return
    match = _LET.match(lowered(text.strip()))
    if match is None:
        raise AnalysisError("'let' takes name = formula")
    plots = interpreter.plots
    plot = plots.home(match["name"]) if match["plot"] is None else plots.all.get(match["plot"])
    if plot is None:
        raise AnalysisError(f"there is no plot {match['plot']}{nearest(match['plot'], list(plots.all))}")
    value = plots.compute(match["value"])
    name = match["name"]
    if match["index"] is None:
        plot.own[name] = value
        return
    vector = plot.vector(name).astype(np.result_type(plot.vector(name), value))
    k = float(np.real(plots.compute(match["index"])[0]))
    if not 0 <= k < len(vector) or len(value) != 1:
        raise AnalysisError(f"{name}[{k:g}] takes one number, and {name} has {len(vector)}")
    vector[int(k)] = value[0]
    plot.own[name] = vector


def unlet(interpreter: Interpreter, text: str) -> None:
    """``unlet x``: forget vectors."""
    for name in split(lowered(text)):
        interpreter.plots.current.own.pop(name, None)


def set_(interpreter: Interpreter, text: str) -> None:
    """``set x = 3``, ``set x = ( 1 2 3 )``, ``set x``; simulator options take effect, as in ``set temp = 75``."""
    position = 0
    while position < len(text.strip()):
        match = _SET.match(text.strip(), position)
        if match is None:
            raise AnalysisError("'set' takes name = value, name = ( words ), or name")
        value = match["value"]
        words = [UNVALUED] if value is None else [_plain(word) for word in WORD.findall(_inside(value))]
        _assign(interpreter, lowered(match["name"]), words)
        position = match.end()


def _inside(value: str) -> str:
    """The words of a value; those of a list ``( 1, 2, 3 )`` may have commas between them."""
    return without_commas(value[1:-1]) if value[0] == "(" else value


def _assign(interpreter: Interpreter, name: str, words: list[str]) -> None:
    """Set a variable, with its side effects."""
    if name == "curplot":
        interpreter.plots.choose(lowered(" ".join(words)))
        return
    if name == "rndseed":
        _seed(interpreter, " ".join(words))
    interpreter.variables[name] = words
    if name == "units":
        interpreter.plots.setting.degrees = lowered(" ".join(words)).startswith("deg")
    known = Options.row(name)
    if known is not None and known.origin != OURS and len(words) == 1:
        option(interpreter, name if words == [UNVALUED] else f"{name}={words[0]}")


def setseed(interpreter: Interpreter, text: str) -> None:
    """``setseed 7``: restart the random numbers of ``sgauss`` and similar functions."""
    _seed(interpreter, text.strip() or "1")


def _seed(interpreter: Interpreter, word: str) -> None:
    seed = whole(word)
    if seed is None:
        raise AnalysisError(f"a seed is a whole number, not '{word}'")
    interpreter.plots.setting.generator = np.random.default_rng(seed)


def define(interpreter: Interpreter, text: str) -> None:
    """``define f(x, y) x*y + 1``."""
    match = _DEFINITION.match(lowered(text.strip()))
    if match is None:
        raise AnalysisError("'define' takes name(arguments) and a formula")
    names = tuple(word.strip() for word in match["arguments"].split(","))
    interpreter.plots.setting.definitions[match["name"]] = (names, match["body"])


def undefine(interpreter: Interpreter, text: str) -> None:
    """``undefine f``."""
    for name in split(lowered(text)):
        interpreter.plots.setting.definitions.pop(name, None)


def _plain(word: str) -> str:
    """``2k`` as ``2000``: ngspice keeps six digits of numbers that are not whole; words without their quotes."""
    try:
        number = parse_number(word)
    except ValueError:
        return lowered(split(word)[0]) if word else ""
    return f"{number:.0f}" if number.is_integer() and abs(number) < 2**31 else f"{number:G}"


def unset(interpreter: Interpreter, text: str) -> None:
    """``unset x``."""
    for name in split(lowered(text)):
        interpreter.variables.pop(name, None)
        if name == "units":
            interpreter.plots.setting.degrees = False


def shift(interpreter: Interpreter, text: str) -> None:
    """``shift x 2``: drop the first words of a variable, by default one."""
    name, *count = split(lowered(text)) or [""]
    number = whole(count[0]) if count else 1
    if name not in interpreter.variables or number is None:
        raise AnalysisError(f"'shift' takes a variable and a number{nearest(name, [*interpreter.variables])}")
    interpreter.variables[name] = interpreter.variables[name][number:]


def cross(interpreter: Interpreter, text: str) -> None:
    """``cross x 2 a b``: number 2 (counted from 0) of each of the vectors."""
    name, _, rest = lowered(text.strip()).partition(" ")
    number, *vectors = split(rest) or [""]
    k = whole(number)
    if k is None or not vectors:
        raise AnalysisError("'cross' takes a name, a number and vectors")
    columns = [interpreter.plots.compute(vector) for vector in vectors]
    if any(k >= len(column) for column in columns):
        raise AnalysisError(f"'cross': a vector is shorter than {k + 1}")
    interpreter.plots.current.own[name] = np.array([column[k] for column in columns])


def setplot(interpreter: Interpreter, text: str) -> None:
    """``setplot tran1``; without a name, list all plots."""
    name, plots = lowered(text.strip()), interpreter.plots
    if not name:
        interpreter.say("List of plots available:\n")
        for known, plot in reversed(plots.all.items()):
            mark = "Current " if plot is plots.current else "\t"
            interpreter.say(f"{mark}{known}\t{plot.title} ({plot.plotname})")
        return
    plots.choose(name)


def destroy(interpreter: Interpreter, text: str) -> None:
    """``destroy``, ``destroy all``, ``destroy tran1``: forget plots."""
    plots = interpreter.plots
    names = split(lowered(text)) or [plots.current.name]
    for name in [n for n in plots.all if n != "const"] if names == ["all"] else names:
        if name != "const":
            plots.all.pop(name, None)
    if plots.current.name not in plots.all:
        plots.current = list(plots.all.values())[-1]


def strcmp(interpreter: Interpreter, text: str) -> None:
    """``strcmp result "a" "b"``: set a variable to -1, 0 or 1."""
    words = [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', text)]
    if len(words) != 3:
        raise AnalysisError("'strcmp' takes a variable and two words")
    interpreter.variables[lowered(words[0])] = [str((words[1] > words[2]) - (words[1] < words[2]))]


def quit_(interpreter: Interpreter, text: str) -> None:
    """``quit [code]``."""
    word = text.strip()
    raise Quit((whole(word) or 0) & 255)


def option(interpreter: Interpreter, text: str) -> None:
    """``option reltol=1e-6``: as the card, until a ``reset``; a temperature overrides that of a ``.temp`` card."""
    cards = [
        (".options", lowered(text)),
        *((".temp", value) for value in _TEMPERATURE.findall(lowered(text))),
    ]
    for keyword, words in cards:
        interpreter.circuit = interpreter.circuit.with_card(keyword, words, interpreter.origin, keep=True)


def alias(interpreter: Interpreter, text: str) -> None:
    """``alias p print``: another name for a command and its first words; without words, list all aliases."""
    name, _, words = text.strip().partition(" ")
    if words:
        interpreter.aliases[lowered(name)] = words.strip()
        return
    for known, meaning in sorted(interpreter.aliases.items()):
        if name in ("", known):
            interpreter.say(f"{known}\t{meaning}")


def unalias(interpreter: Interpreter, text: str) -> None:
    """``unalias p``."""
    for name in split(lowered(text)):
        interpreter.aliases.pop(name, None)


def unaliasall(interpreter: Interpreter, text: str) -> None:
    """``unaliasall``."""
    interpreter.aliases.clear()


def goto(interpreter: Interpreter, text: str) -> None:
    """``goto name``: go on after ``label name`` of this block, or of one around it."""
    label = lowered(text.strip())
    if label not in interpreter.labels:  # ngspice goes on with the next command
        raise AnalysisError(f"there is no label '{label}'{nearest(label, [*interpreter.labels])}")
    raise Jump(label)


def nothing(interpreter: Interpreter, text: str) -> None:
    """Ignore a command that has no meaning without a window or a shell."""
