"""Engines: solvers of operating points of arrays and of linear systems, in the order in which they are tried.

Each takes a problem, or declines it with a reason and the next one is tried. `Statistics.engine`,
`Statistics.linear_solver` and `Statistics.declined` record the outcome.
"""

from __future__ import annotations

from typing import NamedTuple


class Engine(NamedTuple):
    """One engine.

    Attributes
    ----------
    name : str
        Name in statistics; for linear systems also a value of ``.options linear_solver``.
    problem : {"array", "matrix"}
        Operating points and linear responses of declared arrays, or linear systems of any circuit.
    takes : str
        Problems that it solves; it declines all others.
    method : str
        How it solves them.
    """

    name: str
    problem: str
    takes: str
    method: str


ENGINES = (
    Engine(
        "array",
        "array",
        "any segments; cells with one current and at most one inner node; positive differential conductances",
        "word lines eliminated exactly, bit lines by conjugate gradients (BiCGSTAB with gates), on dense grids",
    ),
    Engine(
        "elimination",
        "array",
        "up to 2048 nodes; cells of two-terminal parts; positive differential conductances",
        "Newton's method with an elimination without subtraction: accurate to rounding for any conductances",
    ),
    Engine(
        "nodal",
        "array",
        "any segments; cells as of `array`; asked first if every line is one node",
        "Newton's method on the nodes that zero resistances leave; matrices by LAPACK, or as below",
    ),
    Engine(
        "general",
        "array",
        "everything: the array as tables of a circuit; also circuits, cards, flat decks and all transients",
        "Newton's method with homotopies; matrices as below",
    ),
    Engine(
        "driven",
        "matrix",
        "transients with devices in which at least 200 nodes follow from the sources alone, as those of an array "
        "between drivers and amplifiers",
        "these nodes by factors that are made once; the next engines solve the rest of the circuit",
    ),
    Engine(
        "mesh",
        "matrix",
        "transients in which at least 200 nodes join nothing but resistors, as those of arrays among neurons do",
        "these nodes are eliminated once; what couples the others is a dense matrix, in an iteration",
    ),
    Engine(
        "cells",
        "matrix",
        "transients of at least 200 unknowns; devices without junctions that share no node, joined by resistors and "
        "capacitors; rails from ideal sources",
        "each device's own block exactly, couplings by a series; steps in which it diverges go to the next one",
    ),
    Engine(
        "lines",
        "matrix",
        "from 2000 unknowns on: two families of long lines coupled by cells, with any circuit at their ends",
        "one family eliminated exactly, the other by conjugate gradients or GMRES",
    ),
    Engine("klu", "matrix", "everything, if the package was built with SuiteSparse", "sparse LU factors"),
    Engine("superlu", "matrix", "everything", "sparse LU factors, by SciPy"),
)


def names(problem: str) -> tuple[str, ...]:
    """Names of the engines for one kind of problem, in their order.

    Parameters
    ----------
    problem : {"array", "matrix"}

    Returns
    -------
    tuple of str
    """
    return tuple(engine.name for engine in ENGINES if engine.problem == problem)
