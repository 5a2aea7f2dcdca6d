"""P: coupled transmission lines, as uncoupled lines between ideal transformers."""

from __future__ import annotations

import re
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.elements import element
from circuitnn.elements.card import CardError, Node, card
from circuitnn.elements.codemodels.given import Given, card_called
from circuitnn.elements.element import Element

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.netlist.definition import ModelCard
    from circuitnn.netlist.elements import ElementReader

MATRICES = ("r", "l", "g", "c")
_PORT = re.compile(r"\bport\s*=\s*")
MOST = 16  # conductors; ngspice takes 8
NEGLIGIBLE = 1e-9  # coupling of modes by losses, relative to the modes' impedances
FINENESS, LUMPS = 32.0, (4, 32)  # lumps for a coupling of one impedance; fewest, most


class Modes(NamedTuple):
    """Coupled lines in terms of modes, waves that only losses couple.

    Parameters
    ----------
    into : ndarray, shape (n, n)
        Voltages of the modes are ``into @ v``; currents of the conductors are ``into.T @ i``.
    r, l, g, c : ndarray, shape (n, n)
        Matrices of the modes per unit length; `l` and `c` are diagonal.
    """

    into: np.ndarray
    r: np.ndarray
    l: np.ndarray  # noqa: E741
    g: np.ndarray
    c: np.ndarray

    @classmethod
    def of(cls, r: np.ndarray, l: np.ndarray, g: np.ndarray, c: np.ndarray) -> Modes:  # noqa: E741
        """Diagonalise l and c together.

        Raises
        ------
        np.linalg.LinAlgError
            They are not positive definite.
        """
        lower = np.linalg.cholesky(c)
        np.linalg.cholesky(l)
        _, turned = np.linalg.eigh(lower.T @ l @ lower)
        out = np.linalg.solve(lower.T, turned)  # conductors' voltages of each mode
        out /= np.max(np.abs(out), axis=0)
        into = np.linalg.inv(out)
        return cls(into, into @ r @ into.T, into @ l @ into.T, out.T @ g @ out, out.T @ c @ out)

    def lumps(self, length: float) -> int:
        """Number of places at which the coupling of the modes is lumped; 0: there is no coupling."""
        impedance = np.sqrt(np.diag(self.l) / np.diag(self.c))
        series = np.abs(_outside(self.r)) / np.sqrt(np.outer(impedance, impedance))
        shunt = np.abs(self.g) * np.sqrt(np.outer(impedance, impedance))
        most = length * max(float(np.max(series)), float(np.max(shunt)))
        return 0 if most < NEGLIGIBLE else int(np.clip(ceil(FINENESS * most), *LUMPS))


def _outside(matrix: np.ndarray) -> np.ndarray:
    return matrix - np.diag(np.diag(matrix))


class CoupledLines(Element):
    """n conductors over one reference.

    Notes
    -----
    Lossless lines are exact: diagonalising L and C together gives n independent modes, each on a line of its own
    (C. R. Paul, "Analysis of Multiconductor Transmission Lines", 2nd ed., Wiley (2008), ch. 7). Series resistances of
    the modes are part of these lines. Resistances that couple modes, and all conductances, are lumped between sections
    of the lines.
    """

    letter, name, plural = "p", "group of coupled lines", "groups of coupled lines"
    example = "P1 a1 a2 0 b1 b2 0 mymodel"
    meaning = (
        "coupled lines with `.model mymodel cpl(length=1 r=1 0 1 l=9n 5n 9n g=0 0 0 c=3p -1p 3p)`: rows of the upper "
        "triangles; nodes of one end and its reference, then of the other. With `port=`, a port of HSPICE and Xyce, "
        "`P1 a 0 port=1 z0=50`: a voltage source with `portnum`"
    )
    order = 13
    passive = rings = yields = summarised = True

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card and replace it by lines and transformers."""
        card = reader.split(text, origin)
        name = card.words[0]
        if "port" in card.pairs:
            element("v").read(reader, _PORT.sub(" portnum ", text), origin)
            return
        reader.claim(name, origin)
        if len(card.words) < 6:
            raise CardError(
                f"'{name}' needs the nodes of both ends, with a reference each, and a model", name
            )
        model = _model(reader, card.words[-1])
        length, matrices = _values(reader, card, model)
        reader.leftover(card, "length")
        nodes = card.words[1:-1]
        n = len(matrices["l"])
        if len(nodes) != 2 * n + 2:
            raise CardError(f"'{name}' has {len(nodes)} nodes; {n} lines have {2 * n + 2}", name)
        try:
            modes = Modes.of(*(matrices[key] for key in MATRICES))
        except np.linalg.LinAlgError:
            raise CardError(
                f"model '{model.name}': the matrices l and c of coupled lines must be positive definite, with "
                "negative numbers beside the diagonal of c",
                model.name,
            ) from None
        _Block(reader, name, origin, modes, length).put(nodes[: n + 1], nodes[n + 1 :])

    @staticmethod
    def build(name: str, *nodes_and_model: Node) -> str:
        """Add coupled lines: nodes of one end and its reference, then of the other, then a model of type ``cpl``."""
        return card(f"p{name}", *nodes_and_model)


def _model(reader: ElementReader, name: str) -> ModelCard:
    """The model card, whose numbers are matrices."""
    card = card_called(reader, name, "coupled lines")
    if card.type != "cpl":
        raise CardError(f"coupled lines need a model of type cpl; '{name}' is of type {card.type}", name)
    return card


def _values(reader: ElementReader, card: Card, model: ModelCard) -> tuple[float, dict[str, np.ndarray]]:
    """Length, and the matrices."""
    given = Given(reader, model.name, "cpl", model.texts, model.origin)
    for key in model.texts:
        if key not in (*MATRICES, "length"):
            reader.idle(model.origin, f"'{key}' of model '{model.name}' has no effect on coupled lines")
    own = reader.take(card, "length", "len")
    length = own if own is not None else given.numbers("length")[0]
    if not isinstance(length, float) or not 0.0 < length < np.inf:
        raise CardError(f"the length of '{card.words[0]}' must be a number above 0", card.words[0])
    triangles = {key: np.array(given.numbers(key)) for key in MATRICES if key in model.texts or key in "lc"}
    count = len(triangles["l"])
    n = int((np.sqrt(8 * count + 1) - 1) / 2)
    if not 1 <= n <= MOST or any(len(t) != n * (n + 1) // 2 for t in triangles.values()):
        raise CardError(
            f"model '{model.name}': r, l, g and c of n coupled lines have n(n + 1)/2 numbers each, and n is at most "
            f"{MOST}",
            model.name,
        )
    matrices = {key: np.zeros((n, n)) for key in MATRICES}
    for key, triangle in triangles.items():
        matrices[key][np.triu_indices(n)] = triangle
        matrices[key] = matrices[key] + np.triu(matrices[key], 1).T
    if any(np.any(np.diag(matrices[key]) < 0.0) for key in "rg"):
        raise CardError(f"model '{model.name}': r and g must not be negative", model.name)
    return length, matrices


class _Block:
    """Coupled lines under construction.

    Parameters
    ----------
    reader : ElementReader
    name : str
    origin : int
    modes : Modes
    length : float
    """

    def __init__(self, reader: ElementReader, name: str, origin: int, modes: Modes, length: float) -> None:
        self.reader, self.name, self.origin = reader, name, origin
        self.modes, self.count, self.length = modes, modes.lumps(length), length

    def put(self, first: list[str], last: list[str]) -> None:
        """Add all elements between the nodes of both ends."""
        n = len(self.modes.l)
        for end, nodes in (("a", first), ("b", last)):
            self._transform(end, nodes)
        for j in range(n):
            for k in range(self.count + 1):
                names = [f"a{j}" if k == 0 else f"{k}q{j}", f"b{j}" if k == self.count else f"{k + 1}p{j}"]
                self._line(k, self._node(names[0]), self._node(names[1]), j)
        for k in range(1, self.count + 1):
            for j in range(n):
                self._lump(k, j)

    def _node(self, end: str) -> int:
        return self.reader.definition.inner_node(f"{self.name}#{end}")

    def _sensed(self, name: str, p: str, q: str) -> str:
        """Add a 0 V source from one node to another and return its current as text."""
        own = f"v{self.name}#{name}"
        self.reader.claim(own, self.origin)
        self.reader.row("v", own, [self._node(p), self._node(q)], 0.0, self.origin)
        return f"i({own})"

    def _source(self, kind: str, name: str, nodes: list[int], terms: dict[str, float]) -> None:
        """Add a behavioural source whose value is a weighted sum."""
        text = "+".join(f"({factor!r})*{signal}" for signal, factor in terms.items() if factor) or "0"
        self.reader.behaviour.add(kind, f"b{self.name}#{name}", nodes, text, self.origin)

    def _transform(self, end: str, nodes: list[str]) -> None:
        """Add ideal transformers from the conductors of an end to the modes."""
        into = self.modes.into
        *conductors, reference = nodes
        for node in nodes:
            self.reader.reference(node, self.origin)
        currents = []
        for j, row in enumerate(into):
            across: dict[str, float] = {}  # a node that occurs twice gets the sum
            for node, w in zip(conductors, row.tolist(), strict=True):
                across[f"v({node},{reference})"] = across.get(f"v({node},{reference})", 0.0) + w
            self._source("v", f"{end}{j}", [self._node(f"{end}e{j}"), 0], across)
            currents.append(self._sensed(f"{end}{j}", f"{end}{j}", f"{end}e{j}"))
        numbers = [self.reader.node(node) for node in nodes]
        if end == "a":
            # One source bears the name of the whole, by which results recognise the nodes as internal. Its current is
            # that into the first conductor, the first of those that ngspice calls so.
            first = self._node("first")
            self.reader.row("v", self.name, [numbers[0], first], 0.0, self.origin)
            numbers[0] = first
        for k, number in enumerate(numbers[:-1]):
            weights = {current: -float(w) for current, w in zip(currents, into[:, k], strict=True)}
            self._source("i", f"{end}i{k}", [number, numbers[-1]], weights)

    def _line(self, k: int, p: int, q: int, j: int) -> None:
        """Add a section of a mode; lumps are centred in equal parts of the line, so outer sections are half as long."""
        share = 1.0 if self.count == 0 else (0.5 if k in (0, self.count) else 1.0) / self.count
        r, l, c = (float(matrix[j, j]) for matrix in (self.modes.r, self.modes.l, self.modes.c))  # noqa: E741
        own = f"o{self.name}#{j}#{k}"
        self.reader.claim(own, self.origin)
        values = {"l": l, "c": c, "len": self.length * share}
        self.reader.row("o", own, [p, 0, q, 0], r, self.origin).set(**values)

    def _lump(self, k: int, j: int) -> None:
        """Add the coupling of the modes between two sections; a 0 V source senses the current."""
        sensed, q = (self._node(f"{k}{side}{j}") for side in "sq")
        self._sensed(f"{k}p{j}", f"{k}p{j}", f"{k}s{j}")
        part = self.length / self.count
        r, g = _outside(self.modes.r)[j] * part, self.modes.g[j] * part
        drops = {f"i(v{self.name}#{k}p{m})": float(x) for m, x in enumerate(r)}
        leaks = {f"v({self.name}#{k}q{m})": float(x) for m, x in enumerate(g)}
        self._source("v", f"{k}r{j}", [sensed, q], drops)
        if np.any(g):
            self._source("i", f"{k}g{j}", [q, 0], leaks)
