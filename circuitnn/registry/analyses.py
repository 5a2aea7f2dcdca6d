"""The declaration of an analysis, and all analyses by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from circuitnn.errors import AnalysisError
from circuitnn.records import dataclass, fill_in
from circuitnn.registry.folder import Folder
from circuitnn.registry.methods import AnalysisMethods, Method

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options import Options
    from circuitnn.results.result import Result

Progress = Callable[[float, str], None]
"""Called with the fraction done and a text. If it has a method ``points(blank, block)``, transients pass their points
to it in blocks as they come; ``blank`` is a function that makes the result without points."""
Follow = Progress | bool | None
"""Where progress goes: to a function, with True to a progress bar, or nowhere."""
Rebuild = Callable[[Mapping[str, float]], "FlatCircuit"]
"""Makes the circuit anew from values of its parameters."""
Arguments = Mapping[str, Any]
ORDER = ("ac", "dc", "op", "tran", "pz", "tf", "disto", "noise", "sens")
"""Order in which ngspice runs the analyses of a deck, regardless of the order of their cards."""


STEPPING = ("chgtol", "itl4", "maxord", "method", "statetol", "trtol")
"""Options of analyses that integrate over time."""


@dataclass(frozen=True)
class Plot:
    """A kind of result.

    Parameters
    ----------
    name : str
        Name of its results, ``Result.analysis``.
    title : str
        ngspice's name, used in rawfiles.
    axis : bool
        Whether the first variable is always the axis; otherwise its name and type decide.
    listed : bool
        Whether ngspice's batch mode prints it without being asked.
    """

    name: str
    title: str
    axis: bool = False
    listed: bool = False


@dataclass(frozen=True, eq=False)
class Task:
    """Input of an analysis besides its own arguments.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    rebuild : callable, optional
        Makes the circuit anew from values of its parameters; sweeps of parameters need it.
    progress : callable, optional
        Called with the fraction done and a text.
    """

    circuit: FlatCircuit
    options: Options
    rebuild: Rebuild | None = None
    progress: Progress | None = None


@dataclass(frozen=True, eq=False)
class Analysis:
    """An analysis: how decks, control blocks and Python ask for it, how it is run, and what results it gives.

    Parameters
    ----------
    name : str
        Name of its file, of its card and command (``.tran``, ``tran``), and of its method of `Circuit`.
    form : str
        Words of its card; optional ones in brackets.
    verb : callable
        The method of `Circuit`: ``verb(circuit, …, **options)``. It makes the same arguments as `read` and calls
        `Circuit.analysed`. Its docstring is the analysis' documentation.
    read : callable
        ``read(card)`` turns a `DotCard` into the arguments of `run` by name.
    write : callable
        ``write(arguments)`` returns the card, or a comment if ngspice has no equivalent.
    run : callable
        ``run(task, **arguments)`` returns a list of `Result`.
    plots : tuple of Plot
        Kinds of its results.
    measured : str
        Heading of its measures in batch mode; empty: ``.meas`` does not know it.
    options : tuple of str
        Options that it reads besides those of operating points, which all analyses read.
    intervals : callable, optional
        Time scales in its arguments that must be resolved (interval of output, largest step; NaN if not given);
        None: the analysis does not run in time. [s]
    finer : callable, optional
        ``finer(arguments, times)`` returns arguments with steps smaller by the factor `times`, for `Circuit.verify`.
    smooth : bool
        Whether it needs a circuit that is a smooth flow: without digital parts, which switch abruptly.
    """

    name: str
    form: str
    verb: Callable[..., Any]
    read: Callable[[DotCard], dict[str, Any]]
    write: Callable[[Arguments], str]
    run: Callable[..., list[Result]]
    plots: tuple[Plot, ...] = ()
    measured: str = ""
    options: tuple[str, ...] = ()
    intervals: Callable[[Arguments], tuple[float, ...]] | None = None
    finer: Callable[[Arguments, float], Arguments] | None = None
    smooth: bool = False

    def perform(self, task: Task, arguments: Arguments) -> list[Result]:
        """Run the analysis; its results keep the arguments.

        Raises
        ------
        AnalysisError
            It cannot be run for this circuit, or with these arguments.
        """
        if self.smooth and task.circuit.logic is not None:
            raise AnalysisError(
                f"{self.name}: digital parts switch abruptly; only op, dc, tran and small-signal analyses take them"
            )
        results = self.run(task, **arguments)
        for result in results:
            fill_in(result, arguments=dict(arguments))
        return results


ANALYSES: Folder[Analysis] = Folder("circuitnn.analyses", attribute="ANALYSIS")
for _name in ANALYSES:
    setattr(AnalysisMethods, _name, Method(ANALYSES, _name))


def register(analysis: Analysis) -> Analysis:
    """Make an analysis of your own known to decks, control blocks, files and `Circuit`.

    Parameters
    ----------
    analysis : Analysis
        One of the same name that was registered before is replaced.

    Raises
    ------
    ValueError
        Its name is that of an analysis of the package, of another card, command or method of `Circuit`.
    """
    name = analysis.name
    if name not in ANALYSES:
        _check_free(name)
    ANALYSES.add(name, analysis)
    setattr(AnalysisMethods, name, Method(ANALYSES, name))
    plots.cache_clear()
    return analysis


def _check_free(name: str) -> None:
    """Refuse a name that decks, control blocks or circuits already use otherwise."""
    places = {
        "a card": f".{name}" in import_module("circuitnn.netlist.parser").KEYWORDS,
        "a command": name in import_module("circuitnn.ngspice.control.commands").COMMANDS,
        "a method of Circuit": hasattr(import_module("circuitnn.circuit").Circuit, name),
    }
    for what, taken in places.items():
        if taken:
            raise ValueError(f"'{name}' is {what} already")


@cache
def plots() -> dict[str, Plot]:
    """All kinds of results by their titles in lower case."""
    return {plot.title.lower(): plot for name in ANALYSES for plot in ANALYSES[name].plots}


def measured() -> list[str]:
    """Names of the analyses that ``.meas`` knows."""
    return [name for name in ANALYSES if ANALYSES[name].measured]
