"""Which expressions are integers by their operands, as division asks."""

from __future__ import annotations

from collections.abc import Hashable

from circuitnn.veriloga import tree
from circuitnn.veriloga.scope import Scope
from circuitnn.veriloga.string_functions import INTEGER_METHODS


class Integers:
    """Tells the kind of expressions."""

    scope: Scope

    def variable(self, name: str) -> tuple[Hashable, tree.Variable] | None:
        """Key and declaration of a variable."""
        raise NotImplementedError

    def integer(self, node: tree.Expression) -> bool:
        """Whether an expression is an integer by its operands, as division asks."""
        if isinstance(node, tree.Number):
            return isinstance(node.value, int)
        if isinstance(node, tree.Name | tree.Index):
            variable = self.variable(node.name)
            if variable is not None:
                return variable[1].kind in ("integer", "genvar")
            parameter = self.scope.parameters.get(self.scope.aliases.get(node.name, node.name))
            if parameter is not None:
                return parameter.kind == "integer" or (not parameter.kind and self.integer(parameter.default))
            return False
        if isinstance(node, tree.Unary):
            return node.operator not in ("+", "-") or self.integer(node.operand)
        if isinstance(node, tree.Binary):
            arithmetic = node.operator in ("+", "-", "*", "/", "%", "**")
            return not arithmetic or (self.integer(node.left) and self.integer(node.right))
        if isinstance(node, tree.Conditional):
            return self.integer(node.yes) and self.integer(node.no)
        if isinstance(node, tree.Call):
            if node.name in ("abs", "min", "max", "$abs", "$min", "$max"):
                return all(a is not None and self.integer(a) for a in node.arguments)
            function = self.scope.functions.get(node.name)
            if node.name.rpartition(".")[2] in INTEGER_METHODS and "." in node.name:
                return True
            return node.name in ("$rtoi", "$clog2", "$param_given", "analysis") or (
                function is not None and function.kind == "integer"
            )
        return False
