"""Circuit simulation for neuromorphic hardware: crossbars, memristors, NDR oscillators.

>>> import circuitnn
>>> circuit = circuitnn.load("deck.cir")  # doctest: +SKIP
>>> circuit.tran("1u")["v(out)"]  # doctest: +SKIP

Names are imported on first use, which keeps the import of the package cheap.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from circuitnn import crossbar, models
    from circuitnn.circuit.circuit import Circuit, from_pyspice, load
    from circuitnn.config import show_config
    from circuitnn.crossbar import Crossbar
    from circuitnn.errors import (
        AnalysisError,
        CircuitnnError,
        ConvergenceError,
        DeckWarning,
        ModelFileError,
        NetlistError,
        RawfileError,
        SingularMatrixError,
        TopologyError,
        UnknownNameError,
    )
    from circuitnn.models.files import load_models
    from circuitnn.results.comparison import compare
    from circuitnn.results.evaluation import evaluate
    from circuitnn.results.harmonics import fourier
    from circuitnn.results.reading import read, read_all
    from circuitnn.results.result import Result
    from circuitnn.results.statistics import Statistics

__version__ = "0.1.0"

__all__ = [
    "AnalysisError",
    "Circuit",
    "CircuitnnError",
    "ConvergenceError",
    "Crossbar",
    "DeckWarning",
    "ModelFileError",
    "NetlistError",
    "RawfileError",
    "Result",
    "SingularMatrixError",
    "Statistics",
    "TopologyError",
    "UnknownNameError",
    "__version__",
    "compare",
    "crossbar",
    "evaluate",
    "fourier",
    "from_pyspice",
    "load",
    "load_models",
    "models",
    "read",
    "read_all",
    "show_config",
]

_HOMES = {
    "Circuit": "circuit.circuit",
    "Crossbar": "crossbar",
    "load": "circuit.circuit",
    "load_models": "models.files",
    "evaluate": "results.evaluation",
    "fourier": "results.harmonics",
    "from_pyspice": "circuit.circuit",
    "Result": "results.result",
    "compare": "results.comparison",
    "read": "results.reading",
    "read_all": "results.reading",
    "Statistics": "results.statistics",
    "show_config": "config",
}


def __getattr__(name: str) -> object:
    if name not in __all__ or name in ("models", "crossbar"):
        from circuitnn.later import submodules

        return submodules(__name__)(name)
    try:
        value = getattr(import_module(f"circuitnn.{_HOMES.get(name, 'errors')}"), name)
    except ImportError as error:
        if _in_subinterpreter():
            raise ImportError(
                "circuitnn, like NumPy, can be used by one interpreter of a process only: use processes in place of "
                "subinterpreters"
            ) from error
        raise
    globals()[name] = value
    return value


def _before_fork() -> None:
    from circuitnn.machine import forks  # most processes do not fork

    forks.before()


def _after_fork() -> None:
    from circuitnn.machine import forks

    forks.after()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


def _in_subinterpreter() -> bool:
    try:
        interpreters = import_module("_interpreters")  # since Python 3.13
    except ImportError:
        try:
            interpreters = import_module("_xxsubinterpreters")
        except ImportError:
            return False
    return bool(interpreters.get_current() != interpreters.get_main())


def __dir__() -> list[str]:
    return sorted(__all__)
