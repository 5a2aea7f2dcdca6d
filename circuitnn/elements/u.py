"""U: uniform distributed RC lines, ladders of lumps that grow towards the middle."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements import pspice_logic
from circuitnn.elements.card import CardError, Node, Number, card
from circuitnn.elements.element import Element
from circuitnn.elements.line import known_values, read_model

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.netlist.expansion import Expansion

MOST = 1000  # lumps
LARGEST = 1e100  # bound on intermediate numbers

# PSPICE's digital primitives, U1 NAND(3) VCC GND …: a name and its number of gates, inputs or bits.
_DIGITAL = re.compile(rf"u\S*\s+(?:{pspice_logic.KINDS})\s*(?:\(|\s\S+\s+\S+\s+\S+\s+\S)")


class UniformLine(Element):
    """An RC line; resistors, and capacitors or diodes to the common node, replace it in the flat circuit."""

    letter, name, plural = "u", "distributed RC line", "distributed RC lines"
    example = "U1 a b common mymodel l=1 n=6"
    meaning = (
        "distributed RC line with `.model mymodel urc` (`k fmax rperl cperl isperl rsperl`): a ladder of resistors and "
        "capacitors, or diodes; PSPICE's [digital parts](digital.md): `U1 nand(2) dpwr dgnd a b y delays levels`"
    )
    terminals = ("plus", "minus", "common")
    summarised = True
    main = "l"
    # without isperl, capacitors are linear
    columns = {"n": nan, "k": 2.0, "fmax": 1e9, "rperl": 1e3, "cperl": 1e-15, "isperl": nan, "rsperl": 0.0}
    parallel = {"rperl": -1, "cperl": 1, "isperl": 1, "rsperl": -1}

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card ``u1 a b common model l=5 n=6``."""
        if _DIGITAL.match(text):
            pspice_logic.read(reader, text, origin)
            return
        card, nodes = self.begin(reader, text, origin)
        name = card.words[0]
        model = read_model(reader, card, 4, "urc", "an RC line")
        length = reader.take(card, "l", "len")
        if length is None:
            raise CardError(f"'{name}' needs a length: l=5", name)
        lumps = reader.take(card, "n")
        reader.leftover(card, "l n")
        values: dict[str, Value | None] = {"n": lumps, **known_values(reader, model, self.columns)}
        reader.row("u", name, nodes, length, origin).set(**values)

    def senseless(
        self, columns: dict[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[np.ndarray, str]:
        """Refuse values that make no ladder."""
        rows = zip(*columns.values(), strict=True)
        faults = [fault(dict(zip(columns, row, strict=True))) for row in rows]
        return np.array([f != "" for f in faults]), next(filter(None, faults), "")

    def expand(
        self, names: list[str], nodes: np.ndarray, columns: dict[str, np.ndarray], into: Expansion
    ) -> bool:
        """Make the ladders."""
        rows = zip(*columns.values(), strict=True)
        for name, ends, row in zip(names, nodes.tolist(), rows, strict=True):
            _ladder(name, ends, dict(zip(columns, row, strict=True)), into)
        return True

    @staticmethod
    def build(name: str, p: Node, n: Node, common: Node, model: str, /, **parameters: Number) -> str:
        """Add a distributed RC line of length ``l=`` with a model card of type ``urc``."""
        return card(f"u{name}", p, n, common, model, **parameters)


def lumps(values: Mapping[str, float]) -> int:
    """Number of lumps on each side of the middle: the card's, or from the highest frequency of interest.

    Notes
    -----
    N = ln(2π·fmax·R·C·((k - 1)/k)²) / ln k, at least 3; R and C are those of the whole line.
    """
    if not np.isnan(values["n"]):
        return int(values["n"])
    k, whole = values["k"], values["rperl"] * values["cperl"] * values["l"] ** 2
    norm = 2.0 * np.pi * values["fmax"] * whole
    if norm < 35.0:  # SPICE's limit, below which its formula asks for too few
        return 3
    return max(3, int(np.log(norm * ((k - 1.0) / k) ** 2) / np.log(k)))


def fault(values: Mapping[str, float]) -> str:
    """What is wrong with the numbers of a line; empty if nothing."""
    if not values["k"] > 1.0:
        return "k, by which lumps grow, must be greater than 1"
    for name in ("l", "fmax", "rperl", "cperl"):
        if not values[name] > 0.0:
            return f"{name} of an RC line must be positive"
    size = sum(np.log(values[name]) for name in ("fmax", "rperl", "cperl", "l", "l"))
    if np.isnan(values["n"]) and not size < np.log(LARGEST):
        return "fmax·R·C of an RC line is too large"
    count = lumps(values)
    if not (1 <= count <= MOST and count * np.log(values["k"]) < np.log(LARGEST)):
        return f"{count:g} lumps that grow by {values['k']:g}: must be 1 to {MOST}, and their sizes must not overflow"
    return ""


def _ladder(name: str, ends: Sequence[int], values: Mapping[str, float], into: Expansion) -> None:
    """Lumps of one line: resistances and capacitances grow by k from both ends to the middle.

    Parameters
    ----------
    name : str
        Flat name, ``u1`` or ``u.x1.u1``.
    ends : (int, int, int)
        Nodes of both ends, and the common node of the capacitances.
    values : mapping of str to float
    into : Expansion
    """
    count, k, length = lumps(values), values["k"], values["l"]
    resistance = values["rperl"] * length * (k - 1.0) / (2.0 * (k**count - 1.0))
    share = length * (k - 1.0) / (k ** (count - 1) * (k + 1.0) - 2.0)
    inside = name[2:] if name[1:2] == "." else name
    low, high, common = ends
    for j in range(count):
        size = k**j
        high_next = into.node(f"{name}#hi{j + 1}")
        low_next = into.node(f"{name}#lo{j + 1}") if j + 1 < count else high_next
        into.add("r", f"r.{inside}.lo{j + 1}", (low, low_next), size * resistance)
        into.add("r", f"r.{inside}.hi{j + 1}", (high_next, high), size * resistance)
        for side, node in (("lo", low_next), ("hi", high_next))[: 2 if j + 1 < count else 1]:
            part = f"{inside}.{side}{j + 1}"
            if np.isnan(values["isperl"]):
                into.add("c", f"c.{part}", (node, common), size * share * values["cperl"])
            else:
                diode = {"is": share * values["isperl"], "cjo": share * values["cperl"], "area": size}
                diode["rs"] = values["rsperl"] * length * count
                into.device("diode", f"d.{part}", (node, common), diode)
        low, high = low_next, high_next
