"""Guards: compiled checks whether a point depends on an operation that has no value there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.equations import scalar
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import ZERO, Expr, symbol, symbols
from circuitnn.equations.substitution import substitute
from circuitnn.machine.cached import cached_property

if TYPE_CHECKING:
    from circuitnn._cext.kernel import KernelHandle
    from circuitnn.equations.bytecode import Assembly
    from circuitnn.equations.domains import Domains

TIME = "time"


class UndefinedOperation(NamedTuple):
    """An operation without a value on which some points depend.

    Parameters
    ----------
    op : str
    text : str
        Message about it for the first of the points.
    points : ndarray of int
    names : tuple of str
        Symbols that decide whether it has a value.
    """

    op: str
    text: str
    points: np.ndarray
    names: tuple[str, ...]


class Guard:
    """Conditions under which the equations of a kernel have a value.

    Parameters
    ----------
    exprs : callable
        Returns the expressions: residuals, charges, conditions of events. Called on first use.
    inputs : tuple of str
        Local unknowns.
    """

    def __init__(self, exprs: Callable[[], Iterable[Expr]], inputs: tuple[str, ...]) -> None:
        self.inputs = inputs
        self._exprs = exprs

    @classmethod
    def kept(
        cls,
        exprs: Callable[[], Iterable[Expr]],
        inputs: tuple[str, ...],
        columns: tuple[str, ...],
        program: Assembly | None,
    ) -> Guard:
        """The guard of a stored kernel: its program is known, or that there is nothing to check."""
        guard = cls(exprs, inputs)
        vars(guard).update(columns=columns, program=program, _checks=program is not None)
        return guard

    @cached_property
    def domains(self) -> Domains:
        """The operations that may have no value."""
        from circuitnn.equations.domains import Domains  # runs with SPICE devices seldom need it

        return Domains(self._exprs(), self.inputs)

    @cached_property
    def _outside(self) -> Expr:
        return self.domains.outside()

    @cached_property
    def _of_each(self) -> list[Expr]:
        return [self.domains.outside([operation]) for operation in self.domains.operations]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns needed for each instance."""
        return tuple(sorted(symbols([self._outside]) - {*self.inputs, "gmin"}))

    def __bool__(self) -> bool:
        """Whether there is anything to check."""
        return self._checks

    @cached_property
    def _checks(self) -> bool:
        return self._outside is not ZERO

    @cached_property
    def program(self) -> Assembly | None:
        """Register program that is positive where an operation has no value; None if there is nothing to check."""
        if not self:
            return None
        # time is a column here, since each point has its own
        from circuitnn.equations.bytecode import compile_program

        (outside,) = substitute([self._outside], {TIME: symbol("_time")})
        columns = ["_time" if name == TIME else name for name in self.columns]
        return compile_program([outside], columns, self.inputs)

    @cached_property
    def _handle(self) -> KernelHandle | None:
        return self.program and self.program.handle()

    def outside(self, x: np.ndarray, values: Mapping[str, np.ndarray], gmin: float) -> np.ndarray:
        """Points that depend on an operation without a value.

        Parameters
        ----------
        x : ndarray, shape (inputs, …)
        values : mapping of str to ndarray
            Parameters, memories, random numbers, and ``time``, of shapes that broadcast to that of the points.
        gmin : float

        Returns
        -------
        ndarray of bool, shape (…)
        """
        if self._handle is None:
            return np.zeros(x.shape[1:], dtype=bool)
        columns = np.empty((len(self.columns), *x.shape[1:]))
        for row, name in zip(columns, self.columns, strict=True):
            row[...] = values[name]
        shape, points = x.shape[1:], math.prod(x.shape[1:])
        rows = columns.reshape(len(columns), points)
        outputs = self._handle.evaluate(x.reshape(len(x), points), rows, (0.0, gmin))
        return outputs[0].reshape(shape) > 0.0

    def operations_without_value(self, values: Mapping[str, np.ndarray]) -> list[UndefinedOperation]:
        """Describe each operation that affects a result outside its domain.

        Parameters
        ----------
        values : mapping of str to ndarray, shape (points,)
            Of all symbols: unknowns, parameters, memories, ``time``, ``gmin``.
        """
        violations = []
        flagged = evaluate(self._of_each, values)
        for node, flags in zip(self.domains.operations, flagged, strict=True):
            where = np.flatnonzero(np.broadcast_to(flags, len(values["gmin"])))
            if len(where):
                first = {name: float(v[where[0]]) for name, v in values.items()}
                violations.append(
                    UndefinedOperation(node.op, self._saying(node, first), where, self._symbols(node))
                )
        return violations

    def _saying(self, node: Expr, values: Mapping[str, float]) -> str:
        from circuitnn.equations.domains import SAYINGS

        a, *b = (float(v) for v in evaluate(node.args, values))
        return SAYINGS[node.op].format(a=f"{a:.6g}", b=f"{b[0]:.6g}" if b else "")

    def _symbols(self, node: Expr) -> tuple[str, ...]:
        """What the argument that matters depends on: parameters first, then unknowns."""
        names = symbols([node.args[1] if node.op in scalar.DIVIDING else node.args[0]])
        return tuple(sorted(names, key=lambda name: (name in self.inputs, name)))
