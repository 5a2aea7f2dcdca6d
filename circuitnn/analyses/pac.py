"""Small-signal analysis about a periodic orbit: the sidebands that a small signal has beside all harmonics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.machine import budget
from circuitnn.netlist.sweep_points import Frequencies
from circuitnn.periodic.cycle import cycle_of, orbit_of
from circuitnn.periodic.varying import Signals, Varying, check_sidebands
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.registry.analyses import STEPPING, Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.results.sidebands import SidebandResult, by_sideband, joined
from circuitnn.small_signal.ports import refuse_stimuli, stimulus
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords
    from circuitnn.results.periodic import PeriodicResult

PLOT = Plot("pac", "Periodic AC Analysis", axis=True)
BESIDE = Plot("pac_sideband", "Periodic AC Analysis, Sideband", axis=True)
SIDEBANDS = 3


def pac(
    circuit: Circuit,
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    sidebands: int = SIDEBANDS,
    cycle: PeriodicResult | None = None,
    **options: Unpack[OptionKeywords],
) -> SidebandResult:
    """Response of a periodically driven circuit, or of an oscillator, to the ``ac`` values of the sources.

    Parameters
    ----------
    start, stop, points, variation
        Frequencies of the small signal, as for `ac`. [Hz]
    sidebands : int
        Highest sideband k: phasors at f + k·f₀ for all k from -sidebands to sidebands.
    cycle : PeriodicResult, optional
        The orbit, from ``circuit.pss(…)``; default: that of the deck's ``.pss`` card.
    **options
        Options of the search for the orbit, without `cycle`.

    Returns
    -------
    SidebandResult
        Complex: phasors of sideband 0 over the frequency of the signal; ``result.sideband(-1)`` has those at f - f₀.

    Raises
    ------
    ConvergenceError
    AnalysisError
        There is no orbit, devices switch at events along it, no source has an ac value, or a frequency is a harmonic
        of an oscillator.

    Notes
    -----
    A small signal Re b·exp(jωt) gives δx(t) = Re Σ X_k·exp(j(ω + kω₀)t). Where f + k·f₀ is negative, X_k is the
    conjugate of the phasor at the positive frequency. The linearised circuit is solved over one period in the time
    domain, so that nothing is truncated: `sidebands` chooses what is shown. See ``docs/small-signals.md``.
    """
    over = Frequencies.of(start, stop, points, variation, stretched=True)
    results = circuit.analysed(
        "pac",
        options,
        over=over,
        sidebands=whole_of(sidebands, "sidebands"),
        cycle=cycle_of(cycle, "pac", options),
    )
    return joined(results)


def read(card: DotCard) -> dict[str, object]:
    """``.pac dec 10 1 1meg maxsideband=3``."""
    if len(card.words) < 4:
        raise card.error(
            "'.pac' takes dec, oct or lin, points, first and last frequency, and perhaps maxsideband="
        )
    return {
        "over": card.frequencies(card.words[:4], stretched=True),
        **card.settings(card.words[4:], {"maxsideband": "sidebands"}),
    }


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no such analysis."""
    return f"* .pac {arguments['over']} maxsideband={arguments.get('sidebands', SIDEBANDS)}"


def run(
    task: Task, over: Frequencies, sidebands: int = SIDEBANDS, cycle: PeriodicResult | None = None
) -> list[Result]:
    """Find the orbit, and respond at all frequencies."""
    check_sidebands("pac", sidebands)
    at = over.values()
    budget.ask_points(len(at) * (2 * sidebands + 1), "pac")
    orbit = orbit_of(task, cycle, "pac")
    simulation, fundamental = orbit.simulation, 1.0 / orbit.period
    b, saved = stimulus(simulation, "pac"), recorded(simulation)
    refuse_stimuli(simulation, "pac")
    budget.ask_memory(32.0 * len(at) * (2 * sidebands + 1) * simulation.system.n, "pac")
    varying = Varying(orbit, at[-1] + sidebands * fundamental, "pac")
    phasors = varying.response(b, Signals.at(at, fundamental), sidebands)

    def made(k: int) -> Result:
        data = np.column_stack([at, phasors[k + sidebands][:, saved]])
        return make_result(simulation, BESIDE if k else PLOT, data, saved, ("frequency", "frequency"))

    return by_sideband(sidebands, fundamental, made)


ANALYSIS = Analysis(
    "pac",
    form="dec|oct|lin points fstart fstop [maxsideband=k]",
    verb=pac,
    read=read,
    write=write,
    run=run,
    plots=(PLOT, BESIDE),
    measured="Periodic AC Analysis",
    options=STEPPING,
    smooth=True,
)
