"""Cases of the benchmark that are a deck, beside ngspice and VACASK."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bench.runner.accuracy import of_largest, of_span
from bench.runner.case import OURS, Case, Contender
from bench.runner.contenders import Ngspice, Ours
from bench.runner.vacask import Vacask

# A run with these options is what transients and nonlinear operating points are compared with.
TIGHT = "reltol=1e-6 abstol=1e-14 vntol=1e-9"


@dataclass(frozen=True)
class Deck:
    """A deck that is written when it is needed: some have millions of lines.

    Parameters
    ----------
    title : str
    build : callable
        Returns the lines of the circuit.
    card : str
        The analysis.
    """

    title: str
    build: Callable[[], Sequence[str]]
    card: str

    def __call__(self) -> str:
        """Its text."""
        return _text(self)


@lru_cache(maxsize=2)
def _text(deck: Deck) -> str:
    lines = deck.build()
    if deck.card.startswith(".noise"):  # ngspice would need every spectrum named
        lines = [line for line in lines if not line.startswith(".save")]
    return "\n".join([f"* {deck.title}", *lines, deck.card, ".end", ""])


def case(
    group: str,
    family: str,
    size: int,
    unit: str,
    build: Callable[[], Sequence[str]],
    card: str,
    *,
    tight: str = TIGHT,
    reference: Contender | None = None,
    sparse: bool = True,
    vacask: bool = False,
    precise: str = "",
) -> Case:
    """A deck beside ngspice, with KLU and with its default solver.

    Parameters
    ----------
    group, family, size, unit
        See `bench.runner.case.Case`.
    build : callable
        Returns the lines of the circuit.
    card : str
        The analysis.
    tight : str
        Options of the reference run; empty: no reference.
    reference : Contender, optional
        In place of that run.
    sparse : bool
        Whether ngspice's default solver is worth waiting for.
    vacask : bool
        Whether VACASK's dialect can say the deck (`bench.runner.vacask`).
    precise : str
        Options with which all run once more: how much time an accuracy costs.
    """
    deck = Deck(f"{family}, {size} {unit}", build, card)
    contenders: dict[str, Contender] = {OURS: Ours(deck)}
    if not card.startswith(".noise"):  # which ngspice refuses with KLU
        contenders["ngspice KLU"] = Ngspice(deck, klu=True)
    if sparse:
        contenders["ngspice"] = Ngspice(deck, klu=False)
    if vacask:
        contenders["VACASK"] = Vacask(deck)
    if precise:
        contenders[f"{OURS} {precise}"] = Ours(deck, precise)
        contenders[f"ngspice KLU {precise}"] = Ngspice(deck, True, precise)
    waveform = card.startswith(".tran")
    truth = reference or (Ours(deck, tight) if tight else None)
    return Case(
        group,
        family,
        size,
        unit,
        contenders,
        truth,
        of_span if waveform else of_largest,
        "root mean square over the span of the worst saved signal"
        if waveform
        else "largest difference over the largest value",
    )
