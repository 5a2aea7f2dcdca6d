"""Noise of a circuit about a periodic orbit, folded from all sidebands to an output."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.flat import FlatCircuit
from circuitnn.machine.user_input import name_of
from circuitnn.netlist.analysis_cards import shown
from circuitnn.netlist.sweep_points import VARIATIONS, Frequencies
from circuitnn.periodic.carrier import over_the_carrier, warn_across
from circuitnn.periodic.cycle import cycle_of, orbit_of
from circuitnn.periodic.noise_resolution import resolved
from circuitnn.periodic.orbit_noise import Asked, AtOutput, NoiseAlong
from circuitnn.periodic.varying import Signals, check_sidebands
from circuitnn.recording.recorder import make_table
from circuitnn.registry.analyses import STEPPING, Analysis, Arguments, Plot, Task
from circuitnn.results.result import Result
from circuitnn.small_signal.noise_sources import with_devices
from circuitnn.small_signal.ports import nodes_of, output_vector
from circuitnn.small_signal.referred import LEAST_GAIN, integrals, quantities, squared_gain, unreached
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords
    from circuitnn.results.periodic import PeriodicResult

SPECTRUM = Plot("pnoise", "Periodic Noise Spectral Density", axis=True)
TOTAL = Plot("pnoise_total", "Integrated Periodic Noise")
SIDEBANDS = 10  # from which flicker noise is folded
BEYOND = 1e-2  # part of a density that flicker noise beyond them may have without a warning


def pnoise(
    circuit: Circuit,
    output: str | tuple[str, str],
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    harmonic: int = 0,
    sidebands: int = SIDEBANDS,
    cycle: PeriodicResult | None = None,
    source: str = "",
    from_sideband: int = 0,
    **options: Unpack[OptionKeywords],
) -> tuple[Result[NDArray[np.float64]], Result[float]]:
    """Time-averaged noise at an output of a periodically driven circuit or an oscillator.

    Parameters
    ----------
    output : str or (str, str)
        One or two nodes.
    start, stop, points, variation
        Offsets from the harmonic, as the frequencies of `noise`; beside a harmonic they may be negative. [Hz]
    harmonic : int
        The output is at harmonic·f₀ + offset; of an oscillator, 1 is the carrier.
    sidebands : int
        Highest sideband of f₀ from which flicker noise is folded; white noise is folded from all.
    cycle : PeriodicResult, optional
        The orbit, as for `pac`.
    source : str
        Independent source to which the noise is referred.
    from_sideband : int
        Its signal is at the output's frequency plus from_sideband·f₀: sideband 1 of a mixer from f₀ + f to f.
    **options
        Options of the search for the orbit, without `cycle`.

    Returns
    -------
    spectrum : Result
        Square roots of one-sided densities: ``onoise_spectrum``, ``inoise_spectrum`` with a source, and for every
        device ``onoise_r1`` and its parts, ``onoise_r1_thermal``. [V/√Hz; A/√Hz if referred to a current source]
        Of an oscillator beside a harmonic also ``phase_noise``, the density over the power of that harmonic. [dBc/Hz]
    total : Result
        Square roots of integrals over the offsets, as of `noise`. [V or A]

    Raises
    ------
    ConvergenceError
    AnalysisError
        As for `pac`; a frequency is negative; or flicker noise lies at 0 Hz.

    Notes
    -----
    With ℓ(t) the response of the output to a current at time t, white noise of density S(t) gives the mean of S·abs(ℓ)²
    over the period, which is the sum over all sidebands. Flicker noise K(t)/f is a stationary 1/f process times √K(t).
    Steps are cut until the sum of the densities is resolved to the option `reltol`, and a warning says if it is not.
    """
    spectrum, total = circuit.analysed(
        "pnoise",
        options,
        output=nodes_of(output, "output"),
        over=Frequencies.of(start, stop, points, variation, signed=True),
        harmonic=whole_of(harmonic, "harmonic"),
        sidebands=whole_of(sidebands, "sidebands"),
        cycle=cycle_of(cycle, "pnoise", options),
        source="" if isinstance(source, str) and not source else name_of(source, "source"),
        from_sideband=whole_of(from_sideband, "from_sideband"),
    )
    return spectrum, total


def read(card: DotCard) -> dict[str, object]:
    """``.pnoise v(out) vin dec 10 1 1meg harmonic=1 maxsideband=10 refsideband=1``; without `vin`, no input."""
    given = card.signals
    source = given[1] if len(given) > 1 and given[1] not in VARIATIONS else ""
    rest = given[2 if source else 1 :]
    if len(rest) < 4:
        raise card.error(
            "'.pnoise' takes an output, perhaps a source, dec, oct or lin, points, first and last frequency"
        )
    output = card.output(given[0])
    if isinstance(output, str):
        raise card.error("the output of '.pnoise' is a voltage: v(node) or v(node,node)", given[0])
    known = {"harmonic": "harmonic", "maxsideband": "sidebands", "refsideband": "from_sideband"}
    arguments = {"output": output, "over": card.frequencies(rest[:4], signed=True)}
    if source:
        arguments["source"] = card.target(source)
    return arguments | card.settings(rest[4:], known)


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no such analysis."""
    ports = f"{shown(arguments['output'])} {arguments.get('source', '')}".rstrip()
    text = f"* .pnoise {ports} {arguments['over']} harmonic={arguments.get('harmonic', 0)}"
    text = f"{text} maxsideband={arguments.get('sidebands', SIDEBANDS)}"
    sideband = arguments.get("from_sideband", 0)
    return f"{text} refsideband={sideband}" if sideband else text


def run(
    task: Task,
    output: tuple[str, str],
    over: Frequencies,
    harmonic: int = 0,
    sidebands: int = SIDEBANDS,
    cycle: PeriodicResult | None = None,
    source: str = "",
    from_sideband: int = 0,
) -> list[Result]:
    """Find the orbit, go back along it from the output, and sum up the noise."""
    check_sidebands("pnoise", sidebands, harmonic)
    check_sidebands("pnoise", abs(from_sideband))
    at = over.values()
    orbit = orbit_of(task, cycle, "pnoise")
    simulation, fundamental = orbit.simulation, 1.0 / orbit.period
    _check(at, harmonic, fundamental)
    e = output_vector(simulation, output)
    into = [-simulation.system.source_influence(source)] if source else []
    signals = Signals.beside(harmonic, at, fundamental)
    asked = Asked(e, signals, sidebands, np.reshape(into, (-1, len(e))), from_sideband)
    beside = abs(harmonic) + max(sidebands, abs(from_sideband))
    noise, heard = resolved(orbit, asked, np.abs(at).max() + beside * fundamental)
    _warn(heard, sidebands)
    whole, gain = heard.density.sum(axis=0), np.ones(len(at))
    parts = with_devices(task.circuit, noise.names, noise.devices, heard.density)
    columns = {f"onoise_{name}": np.sqrt(density) for name, density in parts.items()}
    columns["onoise_spectrum"] = np.sqrt(whole)
    if source:
        gain = squared_gain("pnoise", heard.gains[0], at, source)
        columns["inoise_spectrum"] = np.sqrt(whole / gain)
        if np.any(gain <= LEAST_GAIN):
            simulation.statistics.notes.append(unreached("pnoise", source))
    if orbit.autonomous:
        warn_across(noise.varying, e, harmonic, at)
    if orbit.autonomous and harmonic:
        beside_it = over_the_carrier(noise.varying, e, harmonic, at, whole)
        columns |= {} if beside_it is None else {"phase_noise": beside_it}
    kinds = quantities(source, "-density")
    spectrum = make_table(
        simulation,
        SPECTRUM,
        columns,
        lambda name: "phase-noise" if name == "phase_noise" else kinds(name),
        ("frequency", at),
    )
    totals = _totals(task.circuit, noise, integrals(at, gain, heard.density), bool(source))
    return [spectrum, make_table(simulation, TOTAL, totals, quantities(source))]


def _check(at: np.ndarray, harmonic: int, fundamental: float) -> None:
    if harmonic * fundamental + at[0] < 0.0:
        raise AnalysisError(
            f"pnoise: {at[0]:g} Hz beside harmonic {harmonic} of {fundamental:.6g} Hz is below 0 Hz: densities "
            "are those at positive frequencies"
        )


def _warn(heard: AtOutput, sidebands: int) -> None:
    """Warn of flicker noise that is left out."""
    worst = int(np.argmax(heard.beyond))
    if heard.beyond[worst] > BEYOND:
        warnings.warn(
            f"pnoise: flicker noise beyond sideband {sidebands} adds up to {100.0 * heard.beyond[worst]:.2g} % to the "
            "density: choose a larger maxsideband (in Python, sidebands)",
            DeckWarning,
            stacklevel=2,
        )


def _totals(
    circuit: FlatCircuit, noise: NoiseAlong, squares: tuple[np.ndarray, np.ndarray], referred: bool
) -> dict[str, np.ndarray | float]:
    """Square roots of integrals, of the parts and devices and of all."""
    of_parts = [with_devices(circuit, noise.names, noise.devices, part) for part in squares]
    words = ("onoise_total", "inoise_total")[: 1 + referred]
    totals = {
        f"{word}_{name}": np.sqrt(of_parts[k][name]) for name in of_parts[0] for k, word in enumerate(words)
    }
    return totals | {word: np.sqrt(squares[k].sum()) for k, word in enumerate(words)}


ANALYSIS = Analysis(
    "pnoise",
    form="v(node[,node]) [source] dec|oct|lin points fstart fstop [harmonic=k] [maxsideband=k] [refsideband=k]",
    verb=pnoise,
    read=read,
    write=write,
    run=run,
    plots=(SPECTRUM, TOTAL),
    measured="Periodic Noise",
    options=STEPPING,
    smooth=True,
)
