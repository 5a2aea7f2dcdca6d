"""Expressions cut into pieces, so that they are short when written out."""

from __future__ import annotations

from collections.abc import Sequence

from circuitnn.equations.expr import TRUTHS, Expr, order, symbol
from circuitnn.equations.substitution import rebuild

LONG = 3_000  # total number of terms, written out, above which expressions are cut
PIECE = 30  # number of terms from which a piece gets its own node


def shorten(exprs: Sequence[Expr]) -> tuple[list[Expr], list[tuple[str, Expr]]]:
    """Cut expressions whose text would be long; each piece is a subexpression that occurs several times.

    ngspice differentiates what it reads, tree by tree: without cuts its time and memory grow
    with the square of the written length.

    Parameters
    ----------
    exprs : sequence of Expr

    Returns
    -------
    exprs : list of Expr
        The same expressions in symbols of the pieces.
    pieces : list of (str, Expr)
        Names ``aux_0`` … and their expressions, which use earlier pieces; empty if the text is short.
    """
    nodes = order(exprs)
    uses: dict[Expr, int] = dict.fromkeys(nodes, 0)
    whole: dict[Expr, int] = {}
    for node in nodes:
        whole[node] = 1 + sum(whole[a] for a in node.args)
        for a in node.args:
            uses[a] += 1
    for e in exprs:
        uses[e] += 1
    if sum(whole[e] for e in exprs) <= LONG:
        return list(exprs), []
    pieces: list[tuple[str, Expr]] = []
    size: dict[Expr, int] = {}
    rewritten: dict[Expr, Expr] = {}
    for node in nodes:
        rewritten[node] = rebuild(node, tuple(rewritten[a] for a in node.args)) if node.args else node
        size[node] = 1 + sum(size[a] for a in node.args)
        shared = uses[node] > 1 and size[node] > PIECE
        if (shared or size[node] > LONG // 4) and node.op not in TRUTHS:
            pieces.append((f"aux_{len(pieces)}", rewritten[node]))
            rewritten[node], size[node] = symbol(pieces[-1][0]), 1
    return [rewritten[e] for e in exprs], pieces
