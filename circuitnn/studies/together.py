"""Operating points of many samples of a small circuit, solved as one system.

This avoids the set-up of each sample: the deck is elaborated once for all samples, the equations have one
symbolic factorisation, and kernels run over all samples at once. Where that is impossible, samples are run one by one.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from circuitnn.errors import CircuitnnError, DeckWarning
from circuitnn.machine.cached import cached_property
from circuitnn.netlist import replicas
from circuitnn.operating_point.simulation import Simulation
from circuitnn.results.evaluation import evaluate
from circuitnn.results.result import Result
from circuitnn.studies.runs import Outcome, Plan, Variation

BLOCK = 1024  # most samples that are solved together
FEWEST = 256  # fewer are as fast one by one
UNIQUE = ("m", "temper")  # parameters with a meaning of their own on instances of subcircuits


@dataclass
class Together:
    """Blocks of runs of one circuit.

    Parameters
    ----------
    plan : Plan
    """

    plan: Plan

    @property
    def given(self) -> list[Any]:
        """Objects supplied by the user."""
        return self.plan.given

    def run(self, variations: Sequence[Variation]) -> list[Outcome]:
        """Run a block: together if possible, otherwise one by one.

        Parameters
        ----------
        variations : sequence of Variation

        Returns
        -------
        list of Outcome
        """
        outcomes = self.together(variations)
        return [self.plan.run(v) for v in variations] if outcomes is None else outcomes

    def together(self, variations: Sequence[Variation]) -> list[Outcome] | None:
        """Run a block as one system; None if that is impossible.

        Parameters
        ----------
        variations : sequence of Variation

        Returns
        -------
        list of Outcome or None
        """
        rows = [self._row(variation) for variation in variations]
        if any(row is None for row in rows):
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeckWarning)  # given once, for the circuit itself
            try:
                template = self.template(variations[0], variations[-1])
                if template is None:
                    return None
                return self._outcomes(variations, rows, template)  # type: ignore[arg-type]
            except (CircuitnnError, KeyError):  # runs one by one find the sample at fault
                return None

    def _row(self, variation: Variation) -> dict[str, float] | None:
        """Values of top-level parameters of a sample; None if it differs from others in any other way."""
        top_level, row = self._parameters, dict(self._given)
        for name, value in variation.corner.items():
            if name.lower() not in top_level or isinstance(value, (str, Mapping)):
                return None
            row[name.lower()] = float(value)
        return None if any(name in row for name in UNIQUE) else row

    @cached_property
    def _parameters(self) -> frozenset[str]:
        return frozenset(self.plan.circuit.deck.root.parameters)

    @cached_property
    def _given(self) -> Mapping[str, float]:
        return self.plan.circuit.source.parameters

    @cached_property
    def unable(self) -> str:
        """Why runs of this circuit cannot be solved together; empty if they can."""
        circuit = self.plan.circuit
        flat = circuit.flat
        if [card.kind for card in flat.analyses] != ["op"] or flat.refused:
            return "its analysis is not one operating point"
        if (
            flat.saves
            or circuit.source.values
            or circuit.source.arrays
            or circuit.deck.decided_by is not None
        ):
            return "it has been altered, has .save cards, or .if cards"
        return replicas.obstacle(circuit.deck, flat)

    _template: Result | None = field(default=None, init=False, repr=False)

    def template(self, first: Variation, last: Variation) -> Result | None:
        """Result of one sample, for its names; None if measures differ between samples."""
        if self._template is not None or self.unable:
            return self._template
        circuit = first.of(self.plan.circuit)
        if repr(circuit.flat.measures) != repr(last.of(self.plan.circuit).flat.measures):
            return None  # cards have values that differ between samples
        self._template = circuit.run()[0]
        self._options = circuit.options()
        return self._template

    def __getstate__(self) -> dict[str, Any]:
        return {"plan": self.plan, "_template": None}

    def _outcomes(
        self, variations: Sequence[Variation], rows: Sequence[Mapping[str, float]], template: Result
    ) -> list[Outcome] | None:
        circuit = self.plan.circuit
        usual = int(float(circuit.flat.options.get("seed", 1)))  # type: ignore[arg-type]
        seeds = [usual if v.seed is None else v.seed for v in variations]
        flat = replicas.replicated(circuit.deck, seeds, rows, circuit.source.options)
        simulation = Simulation(flat, self._options)
        simulation.operating_point(simulation.options.itl1, flat.nodesets)
        simulation.note_domains()
        if simulation.statistics.notes or template.statistics.notes or simulation.doubtful:
            return None  # doubtful cases are run one by one
        numbers = {name: k for k, name in enumerate(simulation.system.unknowns.names)}
        data = simulation.x[replicas.places(template.names, numbers, len(seeds))]
        if not np.all(np.isfinite(data)):
            return None
        everything = _result(template, data)
        outcomes = self._measured(everything, template, len(seeds))
        if outcomes is None:
            return None
        if self.plan.functions or self.plan.signals != ():
            for k, outcome in enumerate(outcomes):
                result = _result(template, data[k : k + 1])
                result.measures.update(outcome.measures)
                self.plan.complete([result], outcome)
        return outcomes

    def _measured(self, everything: Result, template: Result, count: int) -> list[Outcome] | None:
        """Measures of all samples; each expression is evaluated once for all."""
        outcomes = [Outcome() for _ in range(count)]
        for card in self.plan.circuit.flat.measures:
            if card.analysis != "op":
                continue
            if card.kind != "find" or card.when is not None or card.name not in template.measures:
                return None
            values = np.broadcast_to(np.real(evaluate(everything, card.signal)), (count,)).tolist()
            for outcome, value in zip(outcomes, values, strict=True):
                if not np.isfinite(value):
                    return None
                outcome.measures[card.name] = value
        return outcomes


def _result(template: Result, data: np.ndarray) -> Result:
    return Result(template.title, "op", template.plotname, None, template.names, template.types, data)


def blocks(variations: Sequence[Variation]) -> list[Sequence[Variation]]:
    """Blocks of variations; except for the last block, they do not depend on the number of samples."""
    return [variations[k : k + BLOCK] for k in range(0, len(variations), BLOCK)]
