"""T: lossless transmission lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.constants import LEAST
from circuitnn.elements.card import CardError, Node, Number, card, pair_up, unexpected
from circuitnn.elements.line import INITIAL, Line, read_initial, written, written_initial

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.netlist.elements import ElementReader

# Of a number that is not positive: its unit, and what to try.
_CURES = {
    "z0": ("Ohm", "give the impedance of a wave, such as 50"),
    "td": (
        "s",
        "a line without delay is a pair of wires: sources of 0 V, 'v1 a b 0', or a delay far below the edges",
    ),
}


class LosslessLine(Line):
    """A delay and an impedance; `f` and `nl` may replace the delay."""

    letter, name, plural = "t", "lossless line", "lossless lines"
    example = "T1 a 0 b 0 z0=50 td=10n"
    meaning = "lossless line; `F=25meg NL=0.25` may stand in place of the delay; `IC=v1,i1,v2,i2`"
    order = 10
    keywords = ("z0", "td", "f", "nl", "ic", *INITIAL)
    main = "z0"
    columns = {"td": nan, "f": nan, "nl": 0.25, **dict.fromkeys(INITIAL, 0.0)}
    parallel = {"z0": -1, "i1": 1, "i2": 1}

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card ``t1 a 0 b 0 z0=50 td=10n``, or ``f=25meg nl=0.25`` in place of the delay."""
        card, nodes = self.begin(reader, text, origin)
        name = card.words[0]
        pair_up(card, ("z0", "zo", "td", "f", "nl"), 5)
        if len(card.words) > 5:
            raise unexpected(name, card.words[5])
        impedance = reader.take(card, "z0", "zo")
        if impedance is None:
            raise CardError(f"'{name}' needs its characteristic impedance: z0=50", name)
        extras = {key: reader.take(card, key) for key in ("td", "f", "nl")}
        if extras["td"] is not None:
            idle = [word for word in ("f", "nl") if extras[word] is not None]
            if idle:
                reader.idle(
                    origin, f"'{' '.join(idle)}' of '{name}' has no effect beside 'td', as in ngspice"
                )
            extras |= dict.fromkeys(idle)
        elif extras["f"] is None:
            delay = "a quarter period of 1 GHz" if extras["nl"] is None else "'nl' periods of 1 GHz"
            reader.idle(origin, f"'{name}' gives neither td= nor f=: its delay is {delay}, as in ngspice")
            extras["f"] = 1e9
        extras |= read_initial(reader, card)
        for word in ("rel", "abs"):  # ngspice's criterion for breakpoints
            if card.pairs.pop(word, None) is not None:
                reader.idle(origin, f"'{word}' of '{name}' has no effect: the corners of its waves are known")
        reader.leftover(card, "z0 td f nl ic")
        reader.row("t", name, nodes, impedance, origin).set(**extras)

    def senseless(
        self, columns: dict[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[np.ndarray, str]:
        """Compute delays from frequencies; refuse values that are not positive."""
        by_frequency = np.zeros(len(columns["td"]), dtype=bool)
        if "f" in columns:
            frequency, wavelengths = columns.pop("f"), columns.pop("nl")
            by_frequency = np.isnan(columns["td"])
            with np.errstate(divide="ignore", invalid="ignore"):
                columns["td"] = np.where(by_frequency, wavelengths / frequency, columns["td"])
        for name, (unit, cure) in _CURES.items():
            bad = ~((columns[name] >= LEAST) & (columns[name] <= 1.0 / LEAST))
            if bad.any():
                first = int(np.flatnonzero(bad)[0])
                value = "nl/f = " if name == "td" and by_frequency[first] else ""
                value += f"{columns[name][first]:g} {unit}"
                columns[name] = np.where(bad, 1.0, columns[name])  # it is a fault already
                return bad, f"{name} = {value}: must be positive (1e-300 to 1e300); {cure}"
        return np.zeros(len(by_frequency), dtype=bool), ""

    def shorts(self, table: Elements, at_rest: bool) -> Iterator[tuple[str, int, int]]:
        """A lossless line is a through connection if its ends share a node."""
        for name, (p, n, q, m) in zip(table.names, table.nodes.tolist(), strict=True):
            if n == m:
                yield name, p, q

    def write(self, table: Elements, row: int, words: list[str]) -> Iterator[str]:
        """Card with impedance, delay and initial conditions."""
        yield " ".join([*words, *written(table, row, ("z0", "td")), *written_initial(table, row)])

    @staticmethod
    def build(name: str, p: Node, n: Node, q: Node, m: Node, **parameters: Number) -> str:
        """Add a lossless line with ends `p`, `n` and `q`, `m`: ``z0=`` [Ohm], ``td=`` [s]."""
        return card(f"t{name}", p, n, q, m, **parameters)
