"""Writing a conductance map: program-and-verify through resistive lines, and the drift of half-selected cells."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.crossbar import Device, Resistance, Series
from circuitnn.crossbar.crossing import Cell, Gated
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.machine.user_input import real
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.engine import study
from circuitnn.studies.programming import Written, program
from circuitnn.studies.protocol import PARTS, Protocol
from circuitnn.studies.pulse_averaging import drift
from circuitnn.studies.question import Answer, Question, assigned, settings
from circuitnn.studies.spaces import Grid
from circuitnn.studies.uniform_arrays import uniform
from circuitnn.studies.write_summary import draw, sentences, table
from circuitnn.studies.yields import wilson

if TYPE_CHECKING:
    import xarray

# Default cells by model: parameters, first set and reset amplitude, largest amplitude.
PRESETS = {
    "vteam": (
        "ron=5k roff=200k exponential=1 von=-0.7 voff=0.7 kon=-0.3 koff=0.3 aon=3 aoff=3 x0=1",
        -0.72,
        0.72,
        1.4,
    ),
    "stanford_pku": ("gapini=1.7n", 1.1, -1.1, 2.0),
}
DECADES = 10  # of pulses, for which drift is predicted
LEVELS = ("lowest", "middle", "highest")
POLARITIES = ("set", "reset")


@read_arguments
def write(
    size: int = 16,
    *,
    scheme: Sequence[str] = (),
    line_resistance: Sequence[float] = (1.0,),
    model: str = "vteam",
    parameters: str = "",
    series_resistance: float = 0.0,
    transistor: str = "",
    transistor_parameters: str = "",
    gates_along: str = "rows",
    set_gate: float = 0.0,
    reset_gate: float = 0.0,
    read_gate: float = 0.0,
    target: str = "uniform",
    g_min: float = 1e-5,
    g_max: float = 1e-4,
    set_voltage: float = 0.0,
    reset_voltage: float = 0.0,
    step: float = 0.02,
    limit: float = 0.0,
    width: float = 1e-8,
    growth: float = 1.0,
    gap: float = 0.0,
    read_voltage: float = 0.1,
    read_time: float = 1e-8,
    verify: str = "lines",
    band: float = 0.01,
    pulses: int = 200,
    passes: int = 3,
    parallel: bool = True,
    accuracy: float = 1e-4,
    seed: int = 1,
    record: str | os.PathLike[str] | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    progress: bool | Callable[[float, str], None] = False,
) -> Answer:
    """Program an array of cells with states to a conductance map, by pulses and verify reads through its lines.

    Parameters
    ----------
    size : int
        Lines per side, N.
    scheme : sequence of str
        Bias of unselected lines: ``half`` (default) or ``third``; ``gate`` for cells with a transistor.
    line_resistance : sequence of float
        Of a segment, a driver, a sense end. [Ohm]
    model : str
        Of the cells: two terminals and states.
    parameters : str
        Its parameters, ``ron=5k roff=200k ron.dev=0.1``; vteam and stanford_pku have defaults in this study.
    series_resistance : float
        In series with each cell. [Ohm]
    transistor : str
        Model of a transistor between each cell and its bit line (1T1R), ``ekv`` or ``nmos``; default: no transistors.
    transistor_parameters : str
        ``vto=0.4 kp=1m``.
    gates_along : str
        Direction of gate lines: along ``rows`` or ``columns``.
    set_gate, reset_gate, read_gate : float
        Voltages of gates that are on: while the conductance is raised, lowered, read. [V]
    target : str
        ``uniform`` or ``log`` (random between g_min and g_max), or a file of conductances: .npy, .csv. [S]
    g_min, g_max : float
        [S]
    set_voltage, reset_voltage : float
        First amplitude of pulses that raise and that lower the conductance; 0: the model's default (vteam: -0.72 and
        0.72, stanford_pku: 1.1 and -1.1). [V]
    step : float
        Added to the amplitude with each pulse of a polarity. [V]
    limit : float
        Largest amplitude; 0: the model's default (vteam: 1.4, stanford_pku: 2). [V]
    width : float
        Of the first pulse. [s]
    growth : float
        Factor of the width from pulse to pulse: above 1 with step 0, pulses of one amplitude grow longer.
    gap : float
        Between pulses. [s]
    read_voltage, read_time : float
        Of a verify read. [V, s]
    verify : str
        ``lines``: the current of a bit line over the read voltage; ``cells``: the conductance of a cell by itself.
    band : float
        Tolerated error, relative to the target.
    pulses : int
        Most pulses of a cell in a pass.
    passes : int
        Passes over all rows.
    parallel : bool
        Whether cells of a row share pulses.
    accuracy : float
        Error of the states in one step of a pulse.
    seed : int
        Of the target and of parameters with ``.dev``.
    record, processes, scheduler, progress
        As of `circuitnn.studies.study`.

    Returns
    -------
    Answer
        Data, by scheme and line resistance: maps (row, column) of ``target``, ``conductance`` of each cell by itself,
        ``effective`` (bit-line current over read voltage) [S], ``error``, ``set_pulses``, ``reset_pulses``,
        ``half_selects``, ``disturb`` (relative change since a cell was written) and ``state_…`` to continue from;
        ``yield`` with its Wilson interval, ``time`` [s], ``write_energy``, ``read_energy`` [J];
        ``drifted``: conductance after ``cycle`` pulses at the largest voltage of half-selected cells, from
        the lowest, middle and highest written one, with bounds ``drifted_low`` and ``drifted_high``.

    Notes
    -----
    Pulses are rectangular and lines hold no charge. Cells that draw random numbers while they are written are refused.
    See `circuitnn.studies.programming` for the protocol, `circuitnn.studies.pulse_averaging` for the drift.
    """
    chosen = settings(locals())
    if size < 1:
        raise AnalysisError(f"size = {size}: must be at least 1")
    known = PRESETS.get(model, ("", 0.0, 0.0, 0.0))
    voltages = [
        chosen_value or usual
        for chosen_value, usual in zip((set_voltage, reset_voltage, limit), known[1:], strict=True)
    ]
    if not all(voltages):
        raise AnalysisError(f"write: {model} cells need set_voltage, reset_voltage and limit")
    scheme = (scheme,) if isinstance(scheme, str) else tuple(scheme) or ("gate" if transistor else "half",)
    if transistor_parameters and not transistor:
        raise AnalysisError("transistor_parameters without a transistor have no effect")
    chosen["scheme"] = list(scheme)
    protocol = Protocol(
        voltages[0],
        voltages[1],
        scheme=scheme[0],
        step=step,
        limit=voltages[2],
        width=width,
        growth=growth,
        gap=gap,
        read_voltage=read_voltage,
        read_time=read_time,
        verify=verify,
        band=band,
        pulses=pulses,
        passes=passes,
        parallel=parallel,
        set_gate=set_gate,
        reset_gate=reset_gate,
        read_gate=read_gate,
    )
    cell = Device(model, **assigned(parameters or known[0], "parameters"))
    access = (
        Device(transistor, **assigned(transistor_parameters, "transistor_parameters")) if transistor else None
    )
    goal = wanted(target, size, (g_min, g_max), seed)
    point = Point(size, cell, series_resistance, access, gates_along, goal, protocol, accuracy, seed)
    data = study(
        point,
        Grid(scheme=scheme, line_resistance=line_resistance),
        record=record,
        processes=processes,
        scheduler=scheduler,
        progress=progress,
        title="write",
    )
    data.attrs |= chosen
    return Answer(
        "write", "Program-and-verify of a conductance map", sentences(data), data, *table(data), draw=draw
    )


def wanted(target: str, size: int, between: tuple[float, float], seed: int) -> np.ndarray:
    """Target conductances.

    Parameters
    ----------
    target : str
        ``uniform``, ``log``, or a file.
    size : int
        Lines per side.
    between : (float, float)
        Least and largest of random ones. [S]
    seed : int

    Returns
    -------
    ndarray, shape (size, size)
        [S]

    Raises
    ------
    AnalysisError
        If the conductances are not positive, or a file does not fit.
    """
    low, high = between
    if target in ("uniform", "log"):
        if not 0.0 < low <= high:
            raise AnalysisError(f"g_min = {low:g} S, g_max = {high:g} S: 0 < g_min <= g_max is needed")
        drawn = np.random.default_rng(seed).random((size, size))
        return low + (high - low) * drawn if target == "uniform" else low * (high / low) ** drawn
    path = Path(target)
    if path.suffix.lower() not in (".npy", ".csv"):
        raise AnalysisError(f"target = '{target}': must be uniform, log, or a file .npy or .csv")
    try:
        conductances = (
            np.load(path) if path.suffix.lower() == ".npy" else np.loadtxt(path, delimiter=",", ndmin=2)
        )
    except (OSError, ValueError) as error:
        raise AnalysisError(f"target: {path}: {error}") from error
    if conductances.shape != (size, size):
        raise AnalysisError(
            f"target: {path}: shape {conductances.shape} is not that of an array of size {size}"
        )
    return real(conductances, f"target: {path}")


@dataclass
class Point:
    """Writes the map at one point."""

    size: int
    device: Device
    series: float
    transistor: Device | None
    gates_along: str
    target: np.ndarray
    protocol: Protocol
    reltol: float
    seed: int

    def __call__(self, scheme: str, line_resistance: float) -> dict[str, Any]:
        """Program the array of a point."""
        cell = self._in_series(self.device)
        if self.transistor is not None:
            cell = Gated(cell, self.transistor, self.gates_along)
        array = uniform(self.size, self.size, cell, line_resistance, seed=self.seed)
        written = program(array, self.target, replace(self.protocol, scheme=scheme), reltol=self.reltol)
        return self._numbers(written) | self._drift(written, scheme)

    def _numbers(self, written: Written) -> dict[str, Any]:
        maps = {
            name: getattr(written, name)
            for name in ("target", "conductance", "effective", "error", "set_pulses", "reset_pulses")
        }
        maps |= {"half_selects": written.half_selects, "disturb": written.disturb}
        maps |= {f"state_{name}": values for name, values in written.evolution.states.items()}
        numbers: dict[str, Any] = {name: _labelled(values, ("row", "col")) for name, values in maps.items()}
        good, low, high = wilson(int(np.sum(written.good)), written.good.size)
        error = np.abs(written.error)
        return numbers | {
            "mean_error": float(error.mean()),
            "worst_error": float(error.max()),
            "yield": good,
            "yield_low": low,
            "yield_high": high,
            "time": written.time,
            "write_energy": written.write_energy,
            "read_energy": written.read_energy,
            "solves": float(written.counts["solves"]),
        }

    def _drift(self, written: Written, scheme: str) -> dict[str, Any]:
        """Conductances after many half-selects, of a cell without spread, and bounds: (polarity, level, cycle)."""
        p, nominal = written.protocol, {k: v for k, v in self.device.parameters.items() if "." not in k}
        cell = self._in_series(Device(self.device.model, **nominal))
        counts = 10.0 ** np.arange(DECADES)
        order = np.argsort(written.conductance, axis=None)
        chosen = order[[0, len(order) // 2, -1]]
        moving = written.evolution.rates.moving
        conductances = np.full((3, len(POLARITIES), len(LEVELS), len(counts)), np.nan)
        for a, (first, most) in enumerate(
            zip((p.set_voltage, p.reset_voltage), written.largest, strict=True)
        ):
            period = [(float(np.sign(first)) * PARTS[scheme][0] * most, p.width)]
            for b, number in enumerate(chosen.tolist()):
                if len(moving) > 1 or self.transistor is not None:  # with gates, no cell is half-selected
                    continue
                state = float(written.evolution.state().flat[number])
                try:
                    drifted = drift(cell, period, counts, state, read_voltage=p.read_voltage)
                except ConvergenceError:  # moves too far in one pulse: no value, as the summary says
                    continue
                conductances[:, a, b] = drifted.conductance, drifted.conductance_low, drifted.conductance_high
        dims = ("polarity", "level", "cycle")
        coords = {"polarity": list(POLARITIES), "level": list(LEVELS), "cycle": counts}
        names = ("drifted", "drifted_low", "drifted_high")
        return {
            name: _labelled(values, dims, coords) for name, values in zip(names, conductances, strict=True)
        }

    def _in_series(self, device: Device) -> Cell:
        return Series(device, Resistance(self.series)) if self.series else device


def _labelled(
    values: np.ndarray, dims: tuple[str, ...], coords: dict[str, Any] | None = None
) -> xarray.DataArray:
    import xarray

    return xarray.DataArray(np.asarray(values, dtype=float), dims=dims, coords=coords)


QUESTION = Question(
    "write", "Program-and-verify of a conductance map, and the drift of half-selected cells", write
)
