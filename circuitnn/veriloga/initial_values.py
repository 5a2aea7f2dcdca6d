"""Initial values of nodes, ``electrical a = 0.5;``: potentials at which a first solution holds them."""

from __future__ import annotations

from circuitnn.equations.expr import Expr, symbols
from circuitnn.veriloga import tree
from circuitnn.veriloga.evaluation import SURROUNDINGS, Evaluation
from circuitnn.veriloga.scope import Scope
from circuitnn.veriloga.source import Fault


def initial_values(scope: Scope, columns: dict[str, str], constants: Evaluation) -> dict[str, Expr]:
    """Initial values of the nodes that have one.

    Raises
    ------
    Fault
        If one depends on more than parameters.
    """
    fixed = {*columns.values(), *SURROUNDINGS}
    initial: dict[str, Expr] = {}
    for name, net in scope.nodes.items():
        if net.initial is None:
            continue
        varying = any(_varies(part, scope) for part in tree.within(net.initial))
        if not varying:
            initial[name] = constants.number(net.initial)
        if varying or not symbols([initial[name]]) <= fixed:
            raise Fault("an initial value of a node consists of numbers and parameters", net.initial.at)
    return initial


def _varies(part: tree.Expression, scope: Scope) -> bool:
    """Whether a part of an expression is a variable, or a potential or a flow."""
    known = scope.variables if isinstance(part, tree.Name | tree.Index) else scope.access
    return getattr(part, "name", None) in known
