"""Mixed simulation: the compiled logic kernel beside the circuit, and operating points consistent with both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.logic import Logic
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.logic import code_models
from circuitnn.logic.code_model import PartData, delay, number
from circuitnn.results.logic_signal import LogicSignal

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit
    from circuitnn.logic.connected import LogicPart
    from circuitnn.operating_point.point import OperatingPoint
    from circuitnn.operating_point.simulation import Simulation

ALTERNATIONS = 100  # most alternations of logic and circuit to find an operating point
LEVEL, STRENGTH = 2, 3  # what the inertia of a driver acts on, if not on the whole value
MORE_PASSES = 100  # passes allowed to settle the logic, beyond the number of its parts


class Mixed:
    """The logic of a circuit.

    Parameters
    ----------
    circuit : FlatCircuit
        Must contain logic.
    simulation : Simulation
    """

    def __init__(self, circuit: FlatCircuit, simulation: Simulation) -> None:
        if circuit.logic is None:
            raise ValueError("there is no logic")
        self.of, self.simulation = circuit.logic, simulation
        self.settled = False
        self.parts: list[tuple[object, ...]] = []
        self.outputs: list[tuple[int, bool, int]] = []
        self.seen: list[tuple[int, bool, int]] = []  # outputs that crossings drive
        self.crossings: list[tuple[object, ...]] = []
        self.ramps: list[tuple[int, int, int, Sequence[float], float, float]] = []
        for part in self.of.parts:
            self._add(part)
        self.kernel = Logic(
            len(self.of.nets),
            self.parts,
            [*self.outputs, *self.seen],
            self.crossings,
            # Outputs that crossings drive come after those of parts.
            [(r[0], r[1] + len(self.outputs) if r[1] >= 0 else -1, *r[2:]) for r in self.ramps],
            simulation.system.constants,
        )

    def _add(self, part: LogicPart) -> None:
        try:
            self._add_by_model(part)
        except ValueError as error:
            raise AnalysisError(f"{part.where}{': ' * bool(part.where)}'{part.name}': {error}") from None

    def _add_by_model(self, part: LogicPart) -> None:
        model = code_models()[part.model]
        if model.make is not None:
            settings = {**part.settings, "select_width#": float(part.widths[-1] if part.widths else 0)}
            self._place(part, model.make(settings, len(part.inputs), len(part.outputs)))
        elif model.bridge is not None:
            first = len(self.crossings) if part.outputs else -1
            if model.bridge.sees:
                self._see(part)
            if model.bridge.drives == "voltage":
                self._drive(part)
            elif model.bridge.drives:
                self._drive_softly(part, first)

    def _place(self, part: LogicPart, data: PartData) -> None:
        nets, flips = [net for net, _ in part.inputs], [flip for _, flip in part.inputs]
        seen = [float(self._unknown(node)) for node in part.nodes]
        numbers = (*seen, *data.numbers[len(seen) :])
        before = len(self.outputs)
        inert = part.settings.get("inertial_delay", 0.0) != 0.0
        if inert and data.kind == "tristate":
            # Level and strength each suppress their own short pulses (inertial delay).
            ((net, flip),) = part.outputs
            self.outputs += [(net, flip, LEVEL), (-1, False, STRENGTH)]
        else:
            self.outputs += [(net, flip, int(inert)) for net, flip in part.outputs]
        self.parts.append(
            (data.kind, nets, flips, len(self.outputs) - before, numbers, data.table, data.memory)
        )

    def _unknown(self, node: int) -> int:
        """Index of a node's voltage; ground is behind the last unknown."""
        return node - 1 if node else self.simulation.system.n

    def _see(self, part: LogicPart) -> None:
        low, high = number(part.settings, "in_low"), number(part.settings, "in_high")
        least = self.simulation.options.minevent
        rise, fall = (max(least, delay(part.settings, key)) for key in ("rise_delay", "fall_delay"))
        if low > high:  # as in ngspice
            self.simulation.statistics.notes.append(
                f"{part.name}: in_high = {high:g} V counts as in_low = {low:g} V, below which it lies"
            )
            high = low
        for node, (net, flip) in zip(part.nodes, part.outputs, strict=False):  # none if it only drives
            self.crossings.append((self._unknown(node), low, high, rise, fall))
            self.seen.append((net, flip, 0))

    def _drive(self, part: LogicPart) -> None:
        """Add voltage sources that follow the levels of nets."""
        low, high, between = (number(part.settings, key) for key in ("out_low", "out_high", "out_undef"))
        for source, (net, flip) in zip(part.sources, part.inputs, strict=True):
            targets = ((high, low, between) if flip else (low, high, between)) * 4
            self._ramp(part, source, net, -1, targets, abs(high - low))

    def _drive_softly(self, part: LogicPart, first: int) -> None:
        """Add a bidirectional bridge's conductances to its high and low level, set by the other drivers of the net.

        Its own crossings are number `first` and following; -1 if it senses nothing.
        """
        strong, weak = (
            [number(part.settings, key) for key in keys] for keys in (("r_stl", "r_sth"), ("r_low", "r_high"))
        )
        if not min(*strong, *weak) > 0.0:
            raise ValueError("its resistances must be positive")
        for k, (net, flip) in enumerate(part.inputs):
            for level in (0, 1):
                # Whether the conductance to this level is on at zero, one, unknown.
                on = (1.0, 0.0, 1.0) if level == int(flip) else (0.0, 1.0, 1.0)
                driven = [[x / r for x in on] for r in (strong[level], weak[level])]
                # Strong, resistive, high impedance, undetermined, which counts as resistive, as in ngspice.
                targets = [*driven[0], *driven[1], 0.0, 0.0, 0.0, *driven[1]]
                source = part.sources[2 * k + 1 - level]  # up, then down
                self._ramp(part, source, net, first + k if first >= 0 else -1, targets, 1.0 / strong[level])

    def _ramp(
        self, part: LogicPart, source: str, net: int, seen: int, targets: Sequence[float], swing: float
    ) -> None:
        rise, fall = number(part.settings, "t_rise"), number(part.settings, "t_fall")
        if not (rise > 0.0 and fall > 0.0):
            raise ValueError("t_rise and t_fall must be positive")
        # Without a swing it never moves.
        speeds = (swing / rise, swing / fall) if swing > 0.0 else (1.0, 1.0)
        self.ramps.append((net, seen, self.simulation.system.source_index(source), targets, *speeds))

    def settle(self) -> bool:
        """Settle the logic at the present unknowns; returns whether the drive of the circuit has changed.

        Raises
        ------
        ConvergenceError
            If the logic does not settle.
        """
        simulation, self.settled = self.simulation, True
        net = self.kernel.settle(
            simulation.x, simulation.system.assembly.sources, len(self.of.parts) + MORE_PASSES
        )
        if net >= 0:
            raise ConvergenceError(
                f"op: logic does not come to rest: '{self.of.nets[net]}' goes on changing; "
                "a loop of gates that inverts itself needs an input that stops it at t = 0"
            )
        return self.kernel.bent

    def ready(self) -> Logic:
        """The kernel with its values at the start of a transient, even without an operating point."""
        if not self.settled:
            self.settle()
        return self.kernel

    def agree(self, iterations: int) -> OperatingPoint:
        """Solve the circuit and settle the logic until both agree; with ``noopalter`` only once, as they begin.

        Raises
        ------
        ConvergenceError
            If they do not.
        """
        if self.simulation.options.noopalter:
            return self.simulation.settle(iterations)
        for _ in range(ALTERNATIONS):
            point = self.simulation.settle(iterations)
            if not self.settle():
                return point
        raise ConvergenceError(
            f"op: logic and circuit do not agree: after {ALTERNATIONS} turns they still change each other. "
            "An oscillator has no operating point: try .tran with uic, or .options noopalter, with which each is "
            "solved once"
        )

    def signals(self) -> dict[str, LogicSignal]:
        """The signal of each net by name; without a transient, its present value."""
        nets = self.of.nets
        times, numbers, codes = self.kernel.changes()
        if not len(times):
            return {
                name: LogicSignal(np.zeros(1), code)
                for name, code in zip(nets, self.kernel.values()[:, None], strict=True)
            }
        order = np.argsort(numbers, kind="stable")
        ends = np.searchsorted(numbers[order], np.arange(len(nets) + 1))
        return {
            name: _settled(times[order[ends[k] : ends[k + 1]]], codes[order[ends[k] : ends[k + 1]]])
            for k, name in enumerate(nets)
        }


def _settled(times: np.ndarray, codes: np.ndarray) -> LogicSignal:
    """Keep only the last of several values at one time."""
    last = np.append(times[1:] != times[:-1], True)
    return LogicSignal(times[last], codes[last])
