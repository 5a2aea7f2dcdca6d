"""A model beside the module that it is written as: f, q, G and C of both at random points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.kernel import Kernel
from circuitnn.models import catalogue
from circuitnn.models.model import Model
from circuitnn.veriloga.device import VerilogA, model_of
from circuitnn.veriloga.library import read_text
from circuitnn.veriloga.writing.module import Written, written

# Models that draw random numbers, or whose memories events change.
REFUSED = frozenset(
    "cswitch switch vo2_switch vo2_thermal jart_vcm_var mtj_thermal nbo2_kumar pcm_neuron pcm_statistical smtj "
    "stanford_pku_noise".split()
)
WRITTEN = sorted(set(catalogue()) - REFUSED)
LARGE = frozenset(("bsim3", "bsim4", "b3soipd", "hicum", "vbic"))

POINTS = 60
TIME, GMIN = 1e-3, 1e-12
Numbers = dict[str, Any]  # arrays, one number a point


def deviation(model: type[Model]) -> float:
    """Largest difference between a model and its module, relative to the largest number of the row."""
    text = written(model)
    case = Case(model, POINTS, change=lambda drawn: drawn.update(multiplier=np.ones(POINTS)))
    drawn = dict(zip(case.kernel.inputs, case.points(0.8), strict=True))
    worst = 0.0
    for kind, at in _read_back(text, case):
        worst = max(worst, _Comparison(text, case, drawn, kind, at).deviation())
    return worst


def _read_back(text: Written, case: Case) -> list[tuple[type[VerilogA], np.ndarray]]:
    """Models of the devices of the module that has the parameters of the case, and the points of each."""
    (design,) = read_text(text.text, "written.va")
    columns = {p.name: np.full(case.n, np.nan) for p in design.parameters}
    for own, name in text.parameters.items():
        columns[design.columns[name]] = np.broadcast_to(case.values[own], case.n).astype(float)
    columns |= {name: case.values[name] for name in ("multiplier", "temp", "tnom")}
    return list(model_of(design).kinds(columns, case.n))  # type: ignore[arg-type]


def _rows(kernel: Kernel, values: Mapping[str, Any], count: int) -> dict[str, np.ndarray]:
    """f, q, G and C, in extended precision: the sums of both are in different order."""
    made = dict(values)
    made |= zip((n for n, _ in kernel.setup), evaluate([e for _, e in kernel.setup], values), strict=True)
    size, found = len(kernel.inputs), {}
    for what, part in (("f", kernel.f), ("q", kernel.q)):
        found[what] = np.array([np.broadcast_to(v, count) for v in evaluate(part, made)])
    for what, entries in (("G", kernel.G), ("C", kernel.C)):
        found[what] = np.zeros((size, size, count), dtype=np.longdouble)
        for (row, col, _), v in zip(entries, evaluate([e for _, _, e in entries], made), strict=True):
            found[what][row, col] += v
    return found


class _Comparison:
    def __init__(
        self, text: Written, case: Case, drawn: Numbers, kind: type[VerilogA], at: np.ndarray
    ) -> None:
        self.case, self.kind, self.count = case, kind, len(at)
        self.values = self._extended(
            {name: np.broadcast_to(v, case.n)[at] for name, v in case.values.items()}
        )
        self.nodes = {own: kind.design.nodes[name] for own, name in text.nodes.items()}
        kernel = kind.kernel()
        # nodes behind a resistance of zero are one with their terminals
        self.into = {own: self._end(own, kernel) for own in self.nodes}
        surroundings = {"time": TIME, "gmin": GMIN}
        self.old = self._extended({n: v[at] for n, v in drawn.items()} | surroundings) | self.values
        self.new = self._extended(surroundings) | {n: self.values[n] for n in ("multiplier", "temp", "tnom")}
        self.new |= {kind.design.columns[name]: self.values[own] for own, name in text.parameters.items()}
        for own, name in self.nodes.items():
            self.old[own] = self.old[self.into[own]]
            if own in case.starts:  # a state of the module counts from its initial value
                start = case.starts[own][at]
                self.new[name] = self.old[own] - start
                self.old[own] = start + self.new[name]
                self.values[f"start {own}"] = start
            else:
                self.new[name] = self.old[own]
        # derivatives of voltages, where a capacitance belongs to no charge, are unknowns of the module
        self.rates = [name for name in kernel.inputs if name not in self.nodes.values()]
        self.new |= {name: np.zeros(self.count) for name in self.rates}
        for k, (plus, minus, c) in enumerate(case.model.stated().displacements):
            zero = np.zeros(self.count)
            self.old |= {f"_voltage{k}": self.old[plus] - self.old[minus], f"_charge{k}": zero}
            self.old[f"_capacitance{k}"] = 0.5 * evaluate([c], self.old)[0]  # its share in the mean of a step

    def _extended(self, numbers: Mapping[str, Any]) -> Numbers:
        return {n: np.broadcast_to(v, self.count).astype(np.longdouble) for n, v in numbers.items()}

    def _end(self, node: str, kernel: Kernel) -> str:
        while self.nodes[node] not in kernel.inputs:
            node = self.case.model.collapse[node][0]
        return node

    def deviation(self) -> float:
        old = _rows(self.case.kernel, self.old, self.count)
        new = _rows(self.kind.kernel(), self.new, self.count)
        inputs, others = self.case.kernel.inputs, self.kind.kernel().inputs
        for state in self.case.model.states:
            if state.hold:
                old["q"][inputs.index(state.name)] -= self.values[f"start {state.name}"]
        for name in self.rates:  # y = d(e)/dt enters rows with factors
            k = others.index(name)
            for row in range(len(others)):
                if row != k:
                    new["C"][row] -= new["G"][row, k] * new["C"][k]
        place = [others.index(self.nodes[self.into[own]]) for own in inputs]
        keep = [k for k, name in enumerate(others) if name not in self.rates]
        worst = 0.0
        for what in ("f", "q", "G", "C"):
            whole, size = np.zeros_like(new[what]), np.zeros_like(new[what])
            where = tuple(np.ix_(*[place] * (new[what].ndim - 1)))
            np.add.at(whole, where, old[what])
            np.add.at(size, where, np.abs(old[what]))
            off = np.abs(whole - new[what])
            if what in ("G", "C"):
                off, size = off[np.ix_(keep, keep)], size.max(axis=1, keepdims=True)[keep]
            else:
                off, size = off[keep], size[keep]
            worst = max(worst, float(np.max(off / np.maximum(size, 1e-40))))
        return worst
