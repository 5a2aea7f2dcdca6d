"""Stamping of elements into G and C."""

from __future__ import annotations

import numpy as np

from circuitnn.elements import element
from circuitnn.elements.temperature import temperature_factor
from circuitnn.flat import Elements, of_nodes
from circuitnn.options import Options
from circuitnn.system.triples import Stamped, Triples
from circuitnn.system.unknowns import Unknowns


class Stamping:
    """Target of the stamps of a circuit's elements.

    Parameters
    ----------
    unknowns : Unknowns
    options : Options
        Here, `temp` and `tnom` matter.

    Attributes
    ----------
    G, C : Triples
    small : Triples
        Additional entries of G in small-signal analyses.
    lines : Stamped
    inductances : dict of str to float
        Of the inductors stamped so far. [H]
    """

    def __init__(self, unknowns: Unknowns, options: Options) -> None:
        self.unknowns = unknowns
        self.options = options
        self.G, self.C, self.small = Triples(), Triples(), Triples()
        self.lines = Stamped()
        self.inductances: dict[str, float] = {}

    def factor(self, table: Elements) -> np.ndarray:
        """Temperature factor of each value."""
        return temperature_factor(table, self.options.temp, self.options.tnom)

    def branch(self, table: Elements) -> np.ndarray:
        """Stamp a branch current into KCL, and v(p) - v(n) into its own equation; returns the branches."""
        p, n = of_nodes(table.nodes[:, :2]).T
        branch = self.unknowns.of_branches(table.names)
        for node, sign in ((p, 1.0), (n, -1.0)):
            self.G.add(node, branch, sign)
            self.G.add(branch, node, sign)
        return branch

    def capacitance(self, table: Elements, values: np.ndarray) -> None:
        """Stamp capacitances between two nodes, with the currents that are unknowns in equations of their own."""
        p, n = of_nodes(table.nodes[:, :2]).T
        branches = self.unknowns.of_charging(table.names)
        plain = branches < 0
        self.C.add_pair(p[plain], n[plain], values[plain])
        if plain.all():
            return
        p, n, branch, values = p[~plain], n[~plain], branches[~plain], values[~plain]
        for node, sign in ((p, 1.0), (n, -1.0)):
            self.G.add(node, branch, sign)
            self.C.add(branch, node, sign * values)
        self.G.add(branch, branch, -1.0)

    def line(self, table: Elements) -> None:
        """Place transmission lines."""
        from circuitnn.system.lines import place_lines  # rarely needed

        place_lines(table, self.unknowns, self.G, self.C, self.lines)

    def parasitics(self, tables: tuple[Elements, ...]) -> None:
        """Stamp the options ``cshunt``, from every node to ground, and ``rseries``, in every inductor."""
        if self.options.cshunt:
            nodes = np.arange(self.unknowns.n_nodes)
            self.C.add(nodes, nodes, self.options.cshunt)
        for table in tables if self.options.rseries else ():
            if element(table.kind).flux:
                branch = self.unknowns.of_branches(table.names)
                self.G.add(branch, branch, -self.options.rseries)
