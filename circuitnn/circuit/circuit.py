"""The user interface: a circuit that can be built, loaded, changed, solved and run.

A `Circuit` is a deck. The builder writes deck lines, so that circuits from Python, from files and from PySpice
go through the same parser and get the same messages. Lines can be added to a circuit; all other changes give
a copy. Its state at any moment is its `Source`.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from circuitnn.circuit.builder import Builder
from circuitnn.circuit.running import every, options_of, run_one
from circuitnn.circuit.value import Source
from circuitnn.circuit.verbs import Verbs
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.flat import FlatCircuit
from circuitnn.machine.access import similar
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.text import lines_of, lowered, read_text
from circuitnn.machine.user_input import flag_of, path_of
from circuitnn.netlist import Deck
from circuitnn.options import Options
from circuitnn.registry.analyses import Follow
from circuitnn.results.result import Result
from circuitnn.results.state import State
from circuitnn.units import number_of

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Unpack

    from circuitnn.options.keywords import OptionKeywords
    from circuitnn.results.canvas import Picture

_RAWFILE = re.compile(r"Title:.*\n(?:\w[\w .]*:.*\n)*?Plotname:", re.IGNORECASE)
_BEGINNING = 4096  # characters at the beginning of a file in which a null character means that it is no text


def load(path: str | os.PathLike[str], **parameters: float) -> Circuit:
    """Read a deck.

    Parameters
    ----------
    path : path
        The deck. Includes are relative to its folder.
    **parameters : float
        Values that override the deck's top-level ``.param``. [SI]

    Returns
    -------
    Circuit

    Raises
    ------
    NetlistError
        With every fault of the deck, when the circuit is first used or checked.
    AnalysisError
        If the file is a rawfile or another file that is not text.
    OSError
        If the file cannot be read.
    """
    try:
        text = read_text(path_of(path))
    except FileNotFoundError as error:
        near = similar(os.fspath(path))
        raise OSError(error.errno, f"{error.strerror}{near}", os.fspath(path)) from None
    if _RAWFILE.match(text):
        raise AnalysisError(
            f"{os.fspath(path)} is a rawfile, the results of a run, and not a deck: "
            "circuitnn.results.rawfile.read reads it"
        )
    if "\0" in text[:_BEGINNING].rstrip("\0\x1a\n"):
        raise AnalysisError(f"{os.fspath(path)} is not a deck: it is no text")
    return Circuit.from_text(text, path=path, **parameters)


def from_pyspice(circuit: object) -> Circuit:
    """Make a circuit from a PySpice ``Circuit``, by its text. PySpice itself is not needed.

    Parameters
    ----------
    circuit : PySpice.Spice.Netlist.Circuit
        Or a simulation of one (``circuit.simulator()``): anything whose ``str`` is a deck.

    Returns
    -------
    Circuit
    """
    return Circuit.from_text(str(circuit))


class Circuit(Verbs):
    """A circuit: built line by line, or read from a deck.

    Parameters
    ----------
    title : str
        First line of the deck.

    Examples
    --------
    >>> c = Circuit("divider").V("1", "in", "0", 5).R("1", "in", "out", 1e3).R("2", "out", "0", 1e3)
    >>> c.op()["v(out)"]
    2.5
    """

    @checked_arguments
    def __init__(self, title: str = "circuit") -> None:
        super().__init__(Source(f"{title}\n"))

    @classmethod
    def of(cls, source: Source) -> Circuit:
        """Make a circuit from its source.

        Parameters
        ----------
        source : Source

        Returns
        -------
        Circuit
        """
        circuit = cls.__new__(cls)
        Builder.__init__(circuit, source)
        return circuit

    @classmethod
    def from_text(cls, text: str, path: str | os.PathLike[str] | None = None, **parameters: float) -> Circuit:
        """Make a circuit from the text of a deck.

        Parameters
        ----------
        text : str
        path : path, optional
            Where the text comes from; includes are relative to its folder.
        **parameters : float
            Values in place of those of top-level ``.param`` cards. [SI]

        Returns
        -------
        Circuit

        Raises
        ------
        AnalysisError
            If `text` is not text.
        """
        if not isinstance(text, str):
            raise AnalysisError(f"{text!r}: the text of a deck is needed; `circuitnn.load` reads a file")
        given = {lowered(name): number_of(value, name) for name, value in parameters.items()}
        lines = lines_of(text) or [""]
        return cls.of(Source("\n".join([*lines, ""]), None if path is None else os.fspath(path), given))

    @classmethod
    def from_pyspice(cls, circuit: object) -> Circuit:
        """Make a circuit from a PySpice ``Circuit``; see `circuitnn.from_pyspice`.

        Parameters
        ----------
        circuit : PySpice.Spice.Netlist.Circuit

        Returns
        -------
        Circuit
        """
        return cls.from_text(str(circuit))

    @property
    def path(self) -> Path | None:
        """Where the deck was read."""
        from pathlib import Path  # takes 4 ms that a small run need not spend

        return None if self.source.path is None else Path(self.source.path)

    @property
    def title(self) -> str:
        """Title of the deck."""
        return self.deck.title

    @property
    def text(self) -> str:
        """The deck."""
        return self.source.text

    @property
    def deck(self) -> Deck:
        """The parsed deck."""
        return self.source.deck

    @property
    def flat(self) -> FlatCircuit:
        """The flat circuit."""
        return self.source.flat

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Circuit {self.text.partition(chr(10))[0]!r}, {self.text.count(chr(10))} lines>"

    def draw(self, path: str | os.PathLike[str] | None = None) -> Picture:
        """Draw the netlist as a graph.

        Parameters
        ----------
        path : path, optional
            File to write; the suffix selects the format.

        Returns
        -------
        circuitnn.results.canvas.Picture
            Notebooks show it.

        Raises
        ------
        AnalysisError
            The circuit has no elements, or too many to be seen.
        """
        from circuitnn.circuit import drawing
        from circuitnn.results.figures import save

        figure = drawing.netlist(self.flat)
        if path is not None:
            save(figure, path)
        return figure

    def _repr_html_(self) -> str:
        from circuitnn.circuit import drawing

        return drawing.page(self.flat)

    def check(self) -> list[str]:
        """Find reasons why the operating point is undetermined.

        Returns
        -------
        list of str
            Sentences; empty if there are none.

        Raises
        ------
        NetlistError
            If the deck has faults.
        """
        from circuitnn.system import topology

        return topology.faults(self.flat)

    def export(self) -> str:
        """Write the flat circuit as a deck that ngspice reads.

        Returns
        -------
        str
        """
        from circuitnn.netlist.writer import write

        return write(self.flat)

    def options(self, **changes: object) -> Options:
        """Return the options of the deck, with changes.

        Parameters
        ----------
        **changes : float, str or bool
            Names as on ``.options`` cards.

        Returns
        -------
        Options

        Raises
        ------
        AnalysisError
            If a value is of the wrong type or out of range.
        """
        late = [name for name in changes if name in Options.table and Options.table[name].at == "read"]
        if late:
            message = (
                f"option {late[0]} acts when the deck is read: give it to with_options, here it has no effect"
            )
            warnings.warn(message, DeckWarning, stacklevel=3)
        return options_of(self.flat, changes)

    def analysed(
        self,
        analysis: str,
        options: Mapping[str, object],
        progress: Follow = None,
        **arguments: object,
    ) -> list[Result]:
        """Run one analysis; the methods of the analyses call this.

        Parameters
        ----------
        analysis : str
            Its name.
        options : mapping of str to object
            Options, in place of the deck's.
        progress : callable or True, optional
            Called with the fraction done and a text; True shows a progress bar.
        **arguments : object
            Arguments of the analysis' ``run``, as its card gives them.

        Returns
        -------
        list of Result
        """
        return run_one(self.source, analysis, self.options(**options), progress, arguments)

    def state(self, uic: bool = False, **options: Unpack[OptionKeywords]) -> State:
        """Find the full state at t = 0, to inspect and change it before ``tran(start=…)`` continues from it.

        Parameters
        ----------
        uic : bool
            Use initial conditions instead of an operating point.
        **options
            Options, as ``reltol=1e-6``.

        Returns
        -------
        State

        Raises
        ------
        ConvergenceError, SingularMatrixError, TopologyError
        """
        from circuitnn.transient.time_loop import first_state

        return first_state(self.flat, self.options(**options), flag_of(uic, "uic"))

    @checked_arguments
    def run(
        self, progress: Follow = None, start: State | None = None, order: Sequence[str] = ()
    ) -> list[Result]:
        """Run every analysis of the deck, in its order, once for each point of its ``.step`` cards.

        Parameters
        ----------
        progress : callable or True, optional
            Called with the fraction done and a text; True shows a progress bar.
        start : State, optional
            State from which the transients continue.
        order : sequence of str
            Kinds of analyses that come first, in this order, as ``("ac", "op")``; the others follow as in the deck.

        Returns
        -------
        list of Result

        Raises
        ------
        AnalysisError
            If the deck has no analysis, or no transient to start from a state.
        CircuitnnError
            If an analysis fails, after all others have been run. Its ``results`` are those of the others and
            the points that the failed one reached; its ``others`` are the errors of further failed analyses.
        """
        if self.deck.control:
            message = "the deck has a control block, which `ngspice.control.run` runs; here its cards are"
            warnings.warn(message, DeckWarning, stacklevel=2)
        return every(self.source, progress, start, order)
