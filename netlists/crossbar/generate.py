"""Write crossbar decks of any size, with deterministic resistances.

    python netlists/crossbar/generate.py 8 8 > crossbar.cir
    python netlists/crossbar/generate.py 32 32 --selector > 1s1r.cir
    python netlists/crossbar/generate.py 64 64 --tiles 8 > tiled.cir

Word line i is driven at its left end, node ``wI_0``; bit line j is held at 0 V at its bottom
end by the voltage source ``vbJ``, whose current is what a sense amplifier would see. Each
wire segment between two cells is one resistor. A cell's resistance is spread over two
decades by :func:`spread`, which both this file and the tiled deck's expressions compute,
so that the flat and the hierarchical deck describe the same array.

Expected column currents (``* expect:`` cards) come from a nodal solve with SciPy, not from a
circuit simulator.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu


@dataclass(frozen=True)
class Crossbar:
    """One array and its bias.

    Parameters
    ----------
    rows, columns : int
    segment : float
        Resistance of a wire segment. [Ohm]
    low, high : float
        Bounds of the cells' resistances. [Ohm]
    selector : tuple of float or None
        Current scale [A] and voltage scale [V] of ``I = i0 sinh(v / v0)`` in series with each
        cell's resistor; None for a passive array.
    read : float
        Read voltage. [V]
    """

    rows: int
    columns: int
    segment: float = 1.0
    low: float = 1e4
    high: float = 1e6
    selector: tuple[float, float] | None = None
    read: float = 0.3

    def word_voltage(self, i: int) -> float:
        """Voltage at the driven end of word line `i`: read on row 0 only, half elsewhere with selectors."""
        if self.selector is None:
            return self.read * (1 + i % 4) / 4
        return self.read if i == 0 else self.read / 2

    def bit_voltage(self, j: int) -> float:
        """Voltage at the sensed end of bit line `j`."""
        if self.selector is None:
            return 0.0
        return 0.0 if j == 0 else self.read / 2


def spread(i: int, j: int) -> float:
    """Number in [0, 1) that depends on the cell only: the fraction of a large sine."""
    x = 43758.5453 * math.sin(12.9898 * (i + 1) + 78.233 * (j + 1))
    return x - math.floor(x)


def resistance(array: Crossbar, i: int, j: int) -> float:
    """Resistance of cell (i, j): log-uniform between `low` and `high`. [Ohm]"""
    if array.selector is not None:
        return array.low if spread(i, j) >= 0.5 else array.high
    return array.low * (array.high / array.low) ** spread(i, j)


def solve(array: Crossbar) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Word-line voltages, bit-line voltages and cell currents, each (rows, columns) [V, V, A].

    Notes
    -----
    Nodal analysis of the wires and cells. With selectors, Newton on the wires' KCL, each cell's
    current found by an inner Newton on ``v = v0 asinh(I/i0) + R I``.
    """
    m, n = array.rows, array.columns
    g = 1.0 / array.segment
    word = np.arange(m * n).reshape(m, n)
    bit = m * n + word
    # word line: driver -g- (i,0) -g- (i,1) …; bit line: … (m-2,j) -g- (m-1,j) -g- sense
    pairs = [
        (word[:, :-1].ravel(), word[:, 1:].ravel()),
        (bit[:-1].ravel(), bit[1:].ravel()),
    ]
    a = np.concatenate([p[0] for p in pairs])
    b = np.concatenate([p[1] for p in pairs])
    ends = np.concatenate([word[:, 0], bit[-1]])
    held = np.array([array.word_voltage(i) for i in range(m)] + [array.bit_voltage(j) for j in range(n)])
    size = 2 * m * n
    ones = np.full(len(a), g)
    rows = np.concatenate([a, b, a, b, ends])
    cols = np.concatenate([a, b, b, a, ends])
    vals = np.concatenate([ones, ones, -ones, -ones, np.full(len(ends), g)])
    wires = coo_array((vals, (rows, cols)), shape=(size, size)).tocsc()
    drive = np.zeros(size)
    np.add.at(drive, ends, g * held)
    r = np.array([[resistance(array, i, j) for j in range(n)] for i in range(m)]).ravel()
    w, c = word.ravel(), bit.ravel()
    x = np.zeros(size)
    current = np.zeros(m * n)
    for _ in range(100):
        current, slope = _cell(array, r, x[w] - x[c], current)
        residual = wires @ x - drive
        np.add.at(residual, w, current)
        np.add.at(residual, c, -current)
        cells = coo_array(
            (
                np.concatenate([slope, slope, -slope, -slope]),
                (np.concatenate([w, c, w, c]), np.concatenate([w, c, c, w])),
            ),
            shape=(size, size),
        )
        step = splu(csc_array(wires + cells)).solve(-residual)
        x = x + step
        if np.max(np.abs(step)) < 1e-14:
            break
    current, _ = _cell(array, r, x[w] - x[c], current)
    return x[w].reshape(m, n), x[c].reshape(m, n), current.reshape(m, n)


def _cell(array: Crossbar, r: np.ndarray, v: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cell currents and conductances at cell voltages `v`."""
    if array.selector is None:
        return v / r, 1.0 / r
    i0, v0 = array.selector
    current = start
    for _ in range(100):
        excess = v0 * np.arcsinh(current / i0) + r * current - v
        slope = v0 / np.hypot(i0, current) + r
        step = excess / slope
        current = current - step
        if np.max(np.abs(step) / (np.abs(current) + i0)) < 1e-15:
            break
    return current, 1.0 / (v0 / np.hypot(i0, current) + r)


def _biases(array: Crossbar) -> Iterator[str]:
    """Voltage sources; with selectors they hang on the parameter ``vread``."""
    if array.selector is None:
        word = [repr(array.word_voltage(i)) for i in range(array.rows)]
        bit = ["0"] * array.columns
    else:
        yield f".param vread={array.read!r}"
        word = ["{vread}"] + ["{vread/2}"] * (array.rows - 1)
        bit = ["0"] + ["{vread/2}"] * (array.columns - 1)
    for i, volts in enumerate(word):
        yield f"Vw{i} w{i}_in 0 {volts}"
    for j, volts in enumerate(bit):
        yield f"Vb{j} b{j}_out 0 {volts}"


def flat(array: Crossbar) -> Iterator[str]:
    """Cards of the flat deck: biases, wires, cells."""
    m, n = array.rows, array.columns
    if array.selector is not None:
        i0, v0 = array.selector
        yield f".param i0={i0!r} v0={v0!r} rsel={resistance(array, 0, 0)!r}"
        yield ".subckt cell w b r=1k"
        yield "Bsel w m I=i0*sinh(v(w,m)/v0)"
        yield "Rmem m b {r}"
        yield ".ends"
    yield from _biases(array)
    for i in range(m):
        for j in range(n):
            left = f"w{i}_in" if j == 0 else f"w{i}_{j - 1}"
            below = f"b{j}_out" if i == m - 1 else f"b{i + 1}_{j}"
            yield f"Rw{i}_{j} {left} w{i}_{j} {array.segment!r}"
            yield f"Rb{i}_{j} b{i}_{j} {below} {array.segment!r}"
            r = f"{resistance(array, i, j):.12g}"
            if array.selector is not None and i == j == 0:
                r = "{rsel}"
            if array.selector is None:
                yield f"Rc{i}_{j} w{i}_{j} b{i}_{j} {r}"
            else:
                yield f"Xc{i}_{j} w{i}_{j} b{i}_{j} cell r={r}"


def tiled(array: Crossbar, tile: int) -> Iterator[str]:
    """Cards of the same array in subcircuits: a cell with its two segments, a row, a tile of rows."""
    yield f".param rlow={array.low!r} rhigh={array.high!r} rseg={array.segment!r}"
    yield ".func frac(z) {z-floor(z)}"
    yield ".func spread(p,q) {frac(43758.5453*sin(12.9898*(p+1)+78.233*(q+1)))}"
    yield ".subckt cell left right top bottom row=0 col=0"
    yield "Rw left right {rseg}"
    yield "Rb top bottom {rseg}"
    yield "Rc right top {rlow*pow(rhigh/rlow,spread(row,col))}"
    yield ".ends"
    tops = [f"t{j}" for j in range(tile)]
    bottoms = [f"u{j}" for j in range(tile)]
    yield f".subckt line l{0} l{tile} {' '.join(tops)} {' '.join(bottoms)} row=0 col=0"
    for j in range(tile):
        yield f"X{j} l{j} l{j + 1} t{j} u{j} cell row={{row}} col={{col+{j}}}"
    yield ".ends"
    lefts = [f"l{i}" for i in range(tile)]
    rights = [f"r{i}" for i in range(tile)]
    ends = [f"c0_{j}" for j in range(tile)] + [f"c{tile}_{j}" for j in range(tile)]
    yield f".subckt tile {' '.join(lefts)} {' '.join(rights)} {' '.join(ends)} row=0 col=0"
    for i in range(tile):
        nodes = " ".join([f"c{i}_{j}" for j in range(tile)] + [f"c{i + 1}_{j}" for j in range(tile)])
        yield f"X{i} l{i} r{i} {nodes} line row={{row+{i}}} col={{col}}"
    yield ".ends"
    yield from _biases(array)
    for bi in range(0, array.rows, tile):
        for bj in range(0, array.columns, tile):
            left = [f"w{bi + k}_in" if bj == 0 else f"w{bi + k}_{bj}" for k in range(tile)]
            right = [f"w{bi + k}_{bj + tile}" for k in range(tile)]
            top = [f"b{bi}_{bj + k}" for k in range(tile)]
            last = bi + tile == array.rows
            below = [f"b{bj + k}_out" if last else f"b{bi + tile}_{bj + k}" for k in range(tile)]
            yield f"Xt{bi}_{bj} {' '.join(left)}"
            yield f"+ {' '.join(right)}"
            yield f"+ {' '.join(top)}"
            yield f"+ {' '.join(below)} tile row={bi} col={bj}"


def deck(array: Crossbar, tile: int = 0) -> str:
    """Text of the whole deck, with its expected values."""
    word, bit, current = solve(array)
    total = current.sum(axis=0)
    kind = "passive" if array.selector is None else "one-selector-one-resistor, V/2 read"
    lines = [
        f"* {array.rows} x {array.columns} crossbar with line resistance, {kind}",
        "* source: netlists/crossbar/generate.py; expected values from a nodal solve with SciPy",
    ]
    for j in sorted({0, array.columns // 2, array.columns - 1}):
        lines.append(f"* expect: op i(vb{j}) = {total[j]:.15g} rel=1e-6 abs=1e-15")
    i, j = array.rows - 1, array.columns - 1
    if not tile:
        lines.append(f"* expect: op v(w{0}_{j}) = {word[0, j]:.15g} rel=1e-8")
        lines.append(f"* expect: op v(b{0}_{j}) = {bit[0, j]:.15g} rel=1e-8")
        lines.append(f"* expect: op v(w{i}_{j},b{i}_{j}) = {word[i, j] - bit[i, j]:.15g} rel=1e-6 abs=1e-12")
    if array.selector is not None:
        lines.append(
            "* the selected cell is (0, 0); i(vb0) is its current plus the sneak current of column 0"
        )
        lines.append(".options reltol=1e-9 abstol=1e-16 vntol=1e-12 gmin=1e-15")
    lines += tiled(array, tile) if tile else flat(array)
    return "\n".join([*lines, ".op", ".end", ""])


def main() -> None:
    """Print the deck the command line asks for."""
    parser = argparse.ArgumentParser(description="Write a crossbar deck to standard output.")
    parser.add_argument("rows", type=int)
    parser.add_argument("columns", type=int)
    parser.add_argument("--segment", type=float, default=1.0, help="wire segment [Ohm]")
    parser.add_argument("--selector", action="store_true", help="sinh selector in each cell, V/2 read")
    parser.add_argument(
        "--tiles", type=int, default=0, metavar="N", help="nested subcircuits, N x N cells a tile"
    )
    chosen = parser.parse_args()
    if chosen.tiles and (chosen.selector or chosen.rows % chosen.tiles or chosen.columns % chosen.tiles):
        parser.error("--tiles needs a passive array whose sides are multiples of N")
    selector = (1e-12, 0.05) if chosen.selector else None
    read = 1.2 if chosen.selector else 0.3
    array = Crossbar(chosen.rows, chosen.columns, chosen.segment, selector=selector, read=read)
    sys.stdout.write(deck(array, chosen.tiles))


if __name__ == "__main__":
    main()
