"""Noise of elements in time: random currents, constant within each interval, of the densities that `.noise` takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from zlib import crc32

import numpy as np

from circuitnn._cext.randomcurrents import RandomCurrents
from circuitnn.elements import element
from circuitnn.errors import AnalysisError
from circuitnn.flat import Waveform
from circuitnn.operating_point.simulation import Simulation
from circuitnn.records import dataclass
from circuitnn.small_signal.noise_sources import Fluctuation, fluctuations
from circuitnn.system.sources import make_sources

EDGE = 1e-3  # fraction of an interval taken by the transition to the next value
MOST = 50_000_000  # numbers drawn for all currents
SPARE = 2  # spectra span this many run lengths, so that their periodic repetition lies beyond the end


@dataclass(frozen=True, eq=False)
class Current:
    """A random current, the equations that it enters, and its factor in each."""

    waveform: Waveform
    rows: np.ndarray
    factors: np.ndarray


def let_fluctuate(simulation: Simulation, tstop: float) -> None:
    """Add the noise of every element and device to a transient, where the options ask for it.

    Parameters
    ----------
    simulation : Simulation
        At the starting point of the transient, where the densities are evaluated.
    tstop : float
        [s]

    Raises
    ------
    AnalysisError
        There is no noise, or there are too many numbers to draw.
    """
    interval = simulation.options.noisestep
    if not interval:
        return
    noisy = [kind for kind in (f.audible() for f in fluctuations(simulation)) if kind.names]
    count, many = int(np.ceil(tstop / interval)) + 1, sum(len(kind.names) for kind in noisy)
    if not many:
        raise AnalysisError("tran: noisestep is given, but no element of the circuit has noise")
    if 4 * count * many > MOST:
        raise AnalysisError(
            f"tran: {many} sources of noise take {count:.3g} random numbers each up to {tstop:g} s; at most "
            f"{MOST // 4:,d} in all: choose a larger noisestep than {interval:g} s"
        )
    currents = [c for kind in noisy for c in _currents(kind, (interval, count), simulation)]
    rows = np.concatenate([c.rows for c in currents]).astype(np.int32)
    factors = np.concatenate([c.factors for c in currents])
    ends = np.cumsum([0, *(len(c.rows) for c in currents)]).astype(np.int32)
    rows[rows < 0] = simulation.system.n
    waveforms = [c.waveform for c in currents]
    sources = make_sources(np.zeros(len(currents)), waveforms, interval, tstop)
    simulation.system.assembly.set_noise(RandomCurrents(sources, ends, rows, factors))
    _note(simulation, noisy)


def _note(simulation: Simulation, noisy: list[Fluctuation]) -> None:
    """Note which noise has the density of the starting point throughout: all but the thermal noise of resistors."""
    tables, (temp, tnom) = simulation.circuit.elements, (simulation.options.temp, simulation.options.tnom)
    constant = {name for t in tables if element(t.kind).noise(t, temp, tnom) is not None for name in t.names}
    held = [
        d
        for kind in noisy
        if kind.flicker.any() or not constant.issuperset(kind.devices)
        for d in kind.devices
    ]
    if held:
        simulation.statistics.notes.append(
            f"noisestep: the noise of {', '.join(held[:3])}{' …' if len(held) > 3 else ''} keeps the density that it "
            "has where the transient starts"
        )


def _currents(kind: Fluctuation, grid: tuple[float, int], simulation: Simulation) -> list[Current]:
    """Realisations of the currents of one kind."""
    currents = []
    for k, name in enumerate(kind.names):
        generator = np.random.default_rng((simulation.options.seed, crc32(name.encode())))
        if kind.spectrum is None:
            values = realised(kind.white[k], kind.flicker[k], kind.exponent[k], grid, generator)
        else:
            values = coloured(partial(_density, kind.spectrum, k), grid, generator)
        if len(kind.rows):
            rows, factors = kind.rows[:, k], kind.factors[:, k]
        else:
            rows, factors = np.array([kind.plus[k], kind.minus[k]]), np.array([1.0, -1.0])
        currents.append(Current(_steps(values, grid[0]), rows, factors))
    return currents


def _density(spectrum: Callable[[np.ndarray], np.ndarray], k: int, f: np.ndarray) -> np.ndarray:
    """Density of one instance by frequencies."""
    return spectrum(f)[k]


def realised(
    white: float, flicker: float, exponent: float, grid: tuple[float, int], generator: np.random.Generator
) -> np.ndarray:
    """Draw a current of the density white + flicker/f^exponent.

    Parameters
    ----------
    white, flicker, exponent : float
        One-sided. [A²/Hz, A² Hz^(exponent - 1), 1]
    grid : (float, int)
        Length of an interval [s], and their number.
    generator : Generator

    Returns
    -------
    ndarray, shape (count,)
        Mean over each interval; 1/f is cut off below the reciprocal of twice the run. [A]
    """
    interval, count = grid
    values = np.sqrt(0.5 * white / interval) * generator.standard_normal(count)
    if flicker == 0.0:
        return values
    return values + coloured(lambda f: flicker / f**exponent, grid, generator)


def coloured(
    density: Callable[[np.ndarray], np.ndarray], grid: tuple[float, int], generator: np.random.Generator
) -> np.ndarray:
    """Draw a current of a density by frequencies, from the reciprocal of twice the run on; see `realised`."""
    interval, count = grid
    whole = SPARE * count
    f = np.fft.rfftfreq(whole, interval)[1:]
    size = np.sqrt(0.25 * whole / interval * density(f))
    phasors = size * (generator.standard_normal(len(f)) + 1j * generator.standard_normal(len(f)))
    return np.fft.irfft(np.append(0.0, phasors), whole)[:count]


def _steps(values: np.ndarray, interval: float) -> Waveform:
    """Waveform that holds each value for an interval; 0 at the start, where the circuit is at rest."""
    starts = interval * np.arange(len(values))
    times = np.column_stack([starts, starts + EDGE * interval]).ravel()
    levels = np.column_stack([np.append(0.0, values[:-1]), values]).ravel()
    return Waveform("pwl", tuple(np.column_stack([times, levels]).ravel().tolist()))
