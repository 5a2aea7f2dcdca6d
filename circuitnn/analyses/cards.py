"""From a deck's analysis card to the analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from circuitnn.flat import AnalysisCard, FlatCircuit
from circuitnn.options import Options
from circuitnn.results.result import Result

Arguments = Mapping[str, Any]
Progress = Callable[[float, str], None]
Rebuild = Callable[[Mapping[str, float]], FlatCircuit]


def run_card(
    card: AnalysisCard,
    flat: FlatCircuit,
    options: Options,
    rebuild: Rebuild | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Run the analysis of a card.

    Parameters
    ----------
    card : AnalysisCard
        Any but ``step``.
    flat : FlatCircuit
    options : Options
    rebuild : callable, optional
        Gives the circuit for other values of its parameters; sweeps of parameters need it.
    progress : callable, optional

    Returns
    -------
    list of Result
        Two for ``noise``, else one.
    """
    return _RUNS[card.kind](card.arguments, flat, options, rebuild, progress)


def _op(a: Arguments, flat: FlatCircuit, options: Options, *_: object) -> list[Result]:
    from circuitnn.analyses.op import op  # each analysis where it is run: a deck seldom asks for two

    return [op(flat, options)]


def _dc(
    a: Arguments, flat: FlatCircuit, options: Options, rebuild: Rebuild | None, progress: Progress | None
) -> list[Result]:
    from circuitnn.analyses.dc import dc

    return [dc(flat, a["sweeps"], options, rebuild, progress)]


def _tran(
    a: Arguments, flat: FlatCircuit, options: Options, _: Rebuild | None, progress: Progress | None
) -> list[Result]:
    from circuitnn.analyses.tran import tran

    times = (a["tstep"], a["tstart"], a["tmax"], a["uic"])
    return [tran(flat, a["tstop"], options, *times, progress=progress)]


def _ac(a: Arguments, flat: FlatCircuit, options: Options, *_: object) -> list[Result]:
    from circuitnn.analyses.ac import ac

    return [ac(flat, a["frequencies"], options)]


def _noise(a: Arguments, flat: FlatCircuit, options: Options, *_: object) -> list[Result]:
    from circuitnn.analyses.noise import noise

    return [*noise(flat, a["output"], a["source"], a["frequencies"], options, a.get("parts", True))]


def _tf(a: Arguments, flat: FlatCircuit, options: Options, *_: object) -> list[Result]:
    from circuitnn.analyses.tf import tf

    return [tf(flat, a["output"], a["source"], options)]


def _sens(a: Arguments, flat: FlatCircuit, options: Options, *_: object) -> list[Result]:
    from circuitnn.analyses.sens import sens

    return [sens(flat, a["output"], options, a.get("frequencies"))]


def _pz(a: Arguments, flat: FlatCircuit, options: Options, *_: object) -> list[Result]:
    from circuitnn.analyses.pz import pz

    return [pz(flat, a["input"], a["output"], options, a["drive"], a["wanted"])]


def _arc(a: Arguments, flat: FlatCircuit, options: Options, *_: object) -> list[Result]:
    from circuitnn.analyses.arc import arc

    return [arc(flat, a["source"], a["start"], a["stop"], options, a["points"])]


_RUNS: dict[str, Callable[..., list[Result]]] = {
    "op": _op,
    "dc": _dc,
    "tran": _tran,
    "ac": _ac,
    "noise": _noise,
    "tf": _tf,
    "sens": _sens,
    "pz": _pz,
    "arc": _arc,
}
