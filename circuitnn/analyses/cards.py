"""From a deck's analysis card to the analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from circuitnn.analyses.ac import ac
from circuitnn.analyses.arc import arc
from circuitnn.analyses.dc import dc
from circuitnn.analyses.noise import noise
from circuitnn.analyses.op import op
from circuitnn.analyses.polezero import pz
from circuitnn.analyses.sensitivity import sens
from circuitnn.analyses.tran import tran
from circuitnn.analyses.transfer import tf
from circuitnn.circuit import AnalysisCard, FlatCircuit
from circuitnn.options import Options
from circuitnn.results import Result

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
    a = card.arguments
    if card.kind == "dc":
        return [dc(flat, a["sweeps"], options, rebuild, progress)]
    if card.kind == "tran":
        times = (a["tstep"], a["tstart"], a["tmax"], a["uic"])
        return [tran(flat, a["tstop"], options, *times, progress=progress)]
    return _AT_A_POINT[card.kind](flat, a, options)


_AT_A_POINT: dict[str, Callable[[FlatCircuit, Mapping, Options], list[Result]]] = {
    "op": lambda flat, a, options: [op(flat, options)],
    "ac": lambda flat, a, options: [ac(flat, a["frequencies"], options)],
    "noise": lambda flat, a, options: [
        *noise(flat, a["output"], a["source"], a["frequencies"], options, a.get("parts", True))
    ],
    "tf": lambda flat, a, options: [tf(flat, a["output"], a["source"], options)],
    "sens": lambda flat, a, options: [sens(flat, a["output"], options, a.get("frequencies"))],
    "pz": lambda flat, a, options: [pz(flat, a["input"], a["output"], options, a["drive"], a["wanted"])],
    "arc": lambda flat, a, options: [arc(flat, a["source"], a["start"], a["stop"], options, a["points"])],
}
