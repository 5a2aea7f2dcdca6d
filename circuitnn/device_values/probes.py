"""Values of devices, ``@m1[gm]``: expressions of the models, evaluated at the points of a result.

Values are computed on demand. In a transient they may depend on rates of charges, which are computed as slopes of
parabolas through the points; at t = 0 they are 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.device_values.element_probes import behavioural
from circuitnn.elements import element
from circuitnn.elements.element import Instance
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import symbols
from circuitnn.errors import AnalysisError, UnknownNameError, nearest
from circuitnn.flat import FlatCircuit
from circuitnn.machine.text import lowered
from circuitnn.models import named
from circuitnn.netlist.alter import altered, value_of
from circuitnn.options import Options
from circuitnn.records import replace
from circuitnn.results.quantities import OF_UNIT
from circuitnn.system.groups import lift_rates, place_devices
from circuitnn.system.randomsources import KINDS as RANDOM
from circuitnn.system.sources import make_sources, value_at_zero
from circuitnn.system.unknowns import Unknowns

if TYPE_CHECKING:
    from circuitnn.results.result import Result

_NAME = re.compile(r"@(?P<device>[^\[\]]+)\[(?P<key>[^\[\]]+)\]")
INTO = "into_"  # prefix of a terminal's name: the total current into it


class Probes:
    """Evaluator of device values for a result.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    hidden : mapping of str to ndarray
        Recorded unknowns inside devices that the result does not show.
    """

    def __init__(self, circuit: FlatCircuit, options: Options, hidden: Mapping[str, np.ndarray]) -> None:
        self.circuit, self.options, self.hidden = circuit, options, hidden
        self.rebuild: Callable[[Mapping[str, float]], FlatCircuit] | None = None
        self.times = (1.0, 1.0)

    def values(self, result: Result, name: str) -> np.ndarray:
        """A value of a device at every point of a result.

        Parameters
        ----------
        result : Result
        name : str
            ``@m1[gm]``.

        Returns
        -------
        ndarray, shape (points,)

        Raises
        ------
        UnknownNameError
            If there is no such device or value, or an unknown that it depends on was not recorded.
        """
        device, key = parsed(name)
        values = np.zeros(len(result), dtype=result.data.dtype)
        for rows, circuit, options in self._segments(result, device):
            instance = _with_current(find(circuit, options, device), key)
            if key in instance.probes:
                values[rows] = self._along(result, rows, instance, device, key)
            else:
                values[rows] = _number(circuit, instance, device, key)
        return values

    def current_into(self, device: str) -> str:
        """Name of the value that is a device's current into its first terminal; empty if there is none."""
        return current_into(self.circuit, self.options, device)

    def kind(self, name: str) -> str:
        """Quantity of a value, as for variables of results."""
        device, key = parsed(name)
        probe = find(self.circuit, self.options, device).probes.get(key)
        return OF_UNIT.get(probe.unit, "notype") if probe is not None else "notype"

    def _segments(self, result: Result, device: str) -> Iterator[tuple[Any, FlatCircuit, Options]]:
        """Split the points into segments with the same circuit and temperature."""
        labels = np.zeros(len(result), dtype=int)
        moving, count = [], 1
        for sweep, step in _steps(result):
            if sweep.target == "temp" or sweep.target.startswith("param:") or sweep.target == device:
                labels += count * (np.arange(len(result)) // step % len(sweep.values))
                moving.append((sweep, count))
                count *= len(sweep.values)
        for label in range(count):
            rows = np.flatnonzero(labels == label) if moving else slice(None)
            point = {s.target: s.values[label // step % len(s.values)] for s, step in moving}
            yield rows, *self._at(point)

    def _at(self, point: Mapping[str, float]) -> tuple[FlatCircuit, Options]:
        circuit, options = self.circuit, self.options
        parameters = {t.removeprefix("param:"): v for t, v in point.items() if t.startswith("param:")}
        if parameters and self.rebuild is not None:
            circuit = self.rebuild(parameters)
        for target, value in point.items():
            if target == "temp":
                options = replace(options, temp=value)
            elif not target.startswith("param:"):
                circuit = altered(circuit, {(target, ""): value})
        return circuit, options

    def _along(self, result: Result, rows: Any, instance: Instance, device: str, key: str) -> np.ndarray:
        """A device value at some of the points."""
        probe = instance.probes[key]
        if np.iscomplexobj(result.data) and (probe.unit == "W" or not instance.linear):
            raise UnknownNameError(f"@{device}[{key}]: not available from phasors")
        names: list[str] = []
        value, charges = lift_rates(probe.value, names)
        known: dict[str, Any] = {**instance.columns, "gmin": self.options.gmin, "time": _axis(result, "time")}
        needed = symbols([value, *charges])
        if needed & instance.kept:
            raise UnknownNameError(
                f"@{device}[{key}] depends on {min(needed & instance.kept)}, a memory, which is not kept"
            )
        for symbol, unknown in instance.inputs.items():
            if symbol in needed:
                known[symbol] = self._unknown(result, unknown, device)[rows]
        if "now" in needed:
            known["now"] = self._source(result, device)[rows]
        for name, charge in zip(names, charges, strict=True):
            known[name] = _rate(result, evaluate([charge], known)[0])
        return np.broadcast_to(evaluate([value], known)[0], len(result.data[rows]))

    def _unknown(self, result: Result, name: str, device: str) -> np.ndarray:
        if name == "0":
            return np.zeros(len(result))
        if name in self.hidden:
            return self.hidden[name]
        if name in result.names:
            return result.data[:, result.names.index(name)]
        raise UnknownNameError(
            f"values of {device} depend on {name}, which was not kept; name one in the deck: .save all @{device}[p]"
        )

    def _source(self, result: Result, device: str) -> np.ndarray:
        """Current of an independent source at every point. [A]"""
        table = next(t for t in self.circuit.elements if device in t.names)
        k = table.names.index(device)
        dc, waveform = float(table.values["dc"][k]), table.each_waveform[k]
        for sweep, step in _steps(result):
            if sweep.target == device:
                return np.array(sweep.values)[np.arange(len(result)) // step % len(sweep.values)]
        if waveform is None or (result.axis != "time" and not np.isnan(dc)):
            return np.full(len(result), np.nan_to_num(dc))
        if waveform.kind in RANDOM:
            raise UnknownNameError(f"{device} is random, and its current is not kept")
        if result.axis != "time":
            return np.full(len(result), value_at_zero(waveform))
        source = make_sources(np.array([np.nan_to_num(dc)]), [waveform], *self.times)
        return np.array([source.values(t)[0] for t in result.time.tolist()])


def _steps(result: Result) -> Iterator[tuple[Any, int]]:
    """Swept quantities, and the number of points for which each keeps its value."""
    step = 1
    for sweep in result.sweeps:
        yield sweep, step
        step *= len(sweep.values)


def _axis(result: Result, name: str) -> Any:
    return result.array(name) if result.axis == name else 0.0


def _with_current(instance: Instance, key: str) -> Instance:
    """The instance with an additional probe if `key` is the current into a terminal."""
    terminal = key.removeprefix(INTO)
    if instance.into is None or terminal == key:
        return instance
    return replace(instance, probes={**instance.probes, key: instance.into(terminal)})


def _number(circuit: FlatCircuit, instance: Instance, device: str, key: str) -> float:
    """A parameter of the device."""
    try:
        return value_of(circuit, device, key)
    except AnalysisError:
        known = ", ".join(sorted(instance.probes))
        raise UnknownNameError(
            f"{device}, a {instance.kind}, has no value {key}{nearest(key, list(instance.probes))}; "
            f"there are its parameters, and {known}"
        ) from None


def _rate(result: Result, charge: Any) -> Any:
    """Rate of a charge along a result: 0 at rest; jω times the charge for phasors."""
    if np.iscomplexobj(result.data):
        return 2j * np.pi * np.real(result.data[:, 0]) * charge
    if result.axis != "time":
        return 0.0
    return rates(result.time, np.broadcast_to(charge, len(result)))


def rates(time: np.ndarray, charge: np.ndarray) -> np.ndarray:
    """Rate of a charge at every point of a transient.

    The rate is the slope of a parabola through the point and its neighbours, or through the point and the two before it
    if that parabola bends less, to avoid spanning a corner. At t = 0, where a transient starts from rest, it is 0.

    Parameters
    ----------
    time : ndarray, shape (points,)
        [s]
    charge : ndarray, shape (points,)
        [C]

    Returns
    -------
    ndarray, shape (points,)
        [A]
    """
    if len(time) < 3:
        return np.zeros(len(time))
    h = np.diff(time)
    h = np.where(h > 0.0, h, np.inf)  # two points may have the same time
    slope = np.diff(charge) / h
    bend = np.diff(slope) / (h[1:] + h[:-1])  # of the parabola through k, k + 1, k + 2
    rate = np.empty(len(time))
    rate[0] = slope[0] - bend[0] * h[0]
    rate[-1] = slope[-1] + bend[-1] * h[-1]
    rate[1:-1] = slope[:-1] + bend * h[:-1]
    backwards = slope[1:-1] + bend[:-1] * h[1:-1]
    rate[2:-1] = np.where(np.abs(bend[1:]) > np.abs(bend[:-1]), backwards, rate[2:-1])
    rate[0] = 0.0 if time[0] == 0.0 else rate[0]
    return rate


def parsed(name: str) -> tuple[str, str]:
    """Device and value of ``@m1[gm]``."""
    match = _NAME.fullmatch(lowered(name).replace(" ", ""))
    if match is None:
        raise UnknownNameError(f"{name}: values of devices are called @device[value]")
    return match["device"], match["key"]


def find(circuit: FlatCircuit, options: Options, device: str) -> Instance:
    """Find a device and the values that can be computed for it.

    Raises
    ------
    UnknownNameError
    """
    for table in circuit.elements:
        if device in table.names and element(table.kind).probes():
            k = table.names.index(device)
            return element(table.kind).instance(circuit, table, k, options.temp, options.tnom)
    for source in circuit.behavioural:
        if device in source.names:
            return behavioural(circuit, source, source.names.index(device), options)
    for devices in circuit.devices:
        if device in devices.names:
            return _placed(circuit, devices, devices.names.index(device), options)
    tables: tuple[Any, ...] = (*circuit.elements, *circuit.behavioural, *circuit.devices)
    known = [n for t in tables for n in t.names]
    raise UnknownNameError(f"there is no device {device}{nearest(device, known)}")


def current_into(circuit: FlatCircuit, options: Options, device: str) -> str:
    """Name of the value that is a device's current into its first terminal; empty if there is none."""
    try:
        instance = find(circuit, options, device)
    except UnknownNameError:
        return ""
    for key in ("i", "current"):
        if key in instance.probes:
            return f"@{device}[{key}]"
    first = next((t.model for t in circuit.devices if device in t.names), "")
    return f"@{device}[{INTO}{named(first).terminals[0]}]" if first and instance.into else ""


def _placed(circuit: FlatCircuit, table: Any, k: int, options: Options) -> Instance:
    """Place instance k of a compact model alone, with the names of its unknowns in the circuit."""
    from circuitnn.models.probes import into, merged, probes

    model = named(table.model)
    alone = replace(
        table,
        names=(table.names[k],),
        nodes=table.nodes[k : k + 1],
        columns={n: np.broadcast_to(v, len(table.names))[k : k + 1] for n, v in table.columns.items()},
        controls=table.controls[k : k + 1],
    )
    unknowns = Unknowns(circuit)
    placed = place_devices(alone, unknowns, options.temp, options.tnom, options.seed)
    inputs = {
        name: unknowns.names[row[0]] if row[0] >= 0 else "0"
        for name, row in zip(placed.kernel.inputs, placed.nodes, strict=True)
    }
    columns = {name: float(column[0]) for name, column in placed.columns.items()}
    return Instance(
        table.model,
        probes(model),
        inputs,
        columns,
        placed.kernel.moving,
        into=lambda terminal: into(model, merged(model, terminal, inputs)),
    )
