"""Named quantities in a model's equations; expressions made of them are differentiated by them first."""

from __future__ import annotations

from collections.abc import Iterable

from circuitnn.equations.derivative import differentiate
from circuitnn.equations.graph import Expr, symbol
from circuitnn.equations.substitution import resolved, substitute


def _key(name: str) -> str:
    """Symbol of a local quantity, which cannot clash with a parameter or node."""
    return f"local {name}"


class Locals(dict[str, Expr]):
    """Value of each local quantity; it may use earlier ones."""

    def name(self, name: str, value: Expr) -> Expr:
        """Name a quantity and return its symbol."""
        self[_key(name)] = value
        return symbol(_key(name))

    def partial(self, value: Expr, name: str) -> Expr:
        """Differentiate by a local quantity, also through later ones."""
        names = list(self)
        later = {key: self[key] for key in names[names.index(_key(name)) + 1 :]}
        return differentiate(substitute([value], resolved(later))[0], _key(name))

    def slope(self, value: Expr, node: str) -> Expr:
        """Differentiate by a local unknown."""
        return differentiate(self.spelled([value])[0], node)

    def spelled(self, values: Iterable[Expr]) -> list[Expr]:
        """Substitute their values for their symbols."""
        return substitute(list(values), resolved(self))
