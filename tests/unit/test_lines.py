"""The solver for line structure: as the direct solver, found whatever the cards' order, declined elsewhere."""

import random

import numpy as np
import pytest

from circuitnn._cext.lines import Lines
from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.solvers import structure
from circuitnn.solvers.linear import WORTHWHILE, have_klu
from circuitnn.system.pattern import Pattern

if have_klu():
    from circuitnn._cext.klu import KLU as Direct
else:
    from circuitnn._cext.superlu import SuperLU as Direct
DIRECT = "klu" if have_klu() else "superlu"

TIGHT = {"reltol": 1e-9, "abstol": 1e-15, "vntol": 1e-12}

ROUNDING = 2e-15


def cell(kind, i, j, rng):
    r = 10 ** rng.uniform(4, 6)
    if kind == "sinh":
        return [f"bc{i}_{j} w{i}_{j} b{i}_{j} i=1e-7*sinh(5*v(w{i}_{j},b{i}_{j}))"]
    if kind == "1s1r":
        return [
            f"rc{i}_{j} w{i}_{j} m{i}_{j} {r:.6g}",
            f"bc{i}_{j} m{i}_{j} b{i}_{j} i=1e-7*sinh(5*v(m{i}_{j},b{i}_{j}))",
        ]
    if kind == "stack":
        return [
            f"rc{i}_{j} w{i}_{j} m{i}_{j} {r:.6g}",
            f"rs{i}_{j} m{i}_{j} k{i}_{j} 5meg",
            f"rd{i}_{j} k{i}_{j} b{i}_{j} {r:.6g}",
            f"re{i}_{j} k{i}_{j} stub{i}_{j} 1k",
        ]
    return [f"rc{i}_{j} w{i}_{j} b{i}_{j} {r:.6g}"]


def cards(rows, columns, kind="r", segment=lambda rng: 1.0, drive=None, sense=None, missing=0.0, seed=1):
    """Cards of an array; word lines driven at the left, bit lines sensed at the bottom."""
    rng = random.Random(seed)
    lines = []
    for i in range(rows):
        lines += (drive or (lambda i: [f"vw{i} w{i}_0 0 {0.1 + 0.01 * (i % 7)}"]))(i)
        lines += [f"rw{i}_{j} w{i}_{j - 1} w{i}_{j} {segment(rng):.6g}" for j in range(1, columns)]
    for j in range(columns):
        lines += (sense or (lambda j: [f"rb{j} b{rows - 1}_{j} 0 1"]))(j)
        lines += [f"rb{i}_{j} b{i - 1}_{j} b{i}_{j} {segment(rng):.6g}" for i in range(1, rows)]
    for i in range(rows):
        for j in range(columns):
            if rng.random() >= missing:
                lines += cell(kind, i, j, rng)
    return lines


def solve(lines, solver, **options):
    circuit = Circuit.from_text("\n".join(["array", *lines, ".end", ""]))
    return circuit.op(linear_solver=solver, **options)


def agree(lines, tolerance=1e-11, **options):
    """Both solvers' results; they must agree relative to the largest voltage and current."""
    ours, direct = solve(lines, "lines", **options), solve(lines, DIRECT, **options)
    assert ours.statistics.linear_solver == "lines"
    assert ours.names == direct.names
    for kind in ("voltage", "current"):
        chosen = np.array(ours.types) == kind
        if chosen.any():
            a, b = ours.data[0, chosen], direct.data[0, chosen]
            # A wire's current is the difference of two voltages, which are rounded themselves.
            rounding = ROUNDING if kind == "current" else 0.0
            assert np.max(np.abs(a - b)) <= tolerance * np.max(np.abs(b)) + rounding
    return ours


def no_fallback(result):
    assert not [note for note in result.statistics.notes if "fell back" in note]


def find(lines, smallest=0):
    circuit = Circuit.from_text("\n".join(["array", *lines, ".end", ""])).flat
    system = Simulation(circuit, Options(linear_solver=DIRECT)).system
    values = system.assembly.evaluate(np.zeros(system.n + 1))[2]
    return structure.find(system.pattern.starts, system.pattern.indices, values, smallest)


def series(i):
    return [f"vw{i} d{i} 0 {0.05 * (i % 5)}", f"rdrive{i} d{i} w{i}_0 {10 * (1 + i)}"]


def sensed(rows):
    return lambda j: [f"vb{j} g{j} 0 0", f"rg{j} b{rows - 1}_{j} g{j} 3"]


def varied(rng):
    return 10 ** rng.uniform(-0.5, 0.7)


def another(lines):
    """The same cards with other names of elements and nodes."""
    return [
        " ".join("0" if w == "0" else w if k > 2 else w + "x" for k, w in enumerate(line.split()))
        for line in lines
    ]


VARIANTS = {
    "square": cards(20, 20),
    "rectangular": cards(12, 33),
    "tall": cards(33, 12),
    "different segments": cards(20, 20, segment=varied),
    "drivers": cards(20, 20, drive=series, sense=sensed(20)),
    "sources at both ends": cards(20, 20, drive=series) + [f"vr{i} w{i}_19 0 {0.01 * i}" for i in range(20)],
    "ammeters": cards(20, 20, sense=lambda j: [f"vs{j} b19_{j} a{j} 0", f"va{j} a{j} 0 0.02"]),
    "missing cells": cards(20, 20, missing=0.3),
    "stacks": cards(16, 16, "stack"),
    "one line in the air": cards(20, 20, drive=lambda i: series(i) if i != 7 else []),
    "bit lines in the air": cards(20, 20, drive=series, sense=lambda j: sensed(20)(j) if j == 4 else []),
    "tails": [*cards(40, 6), *(f"rt{i} w{i}_5 t{i} 1" for i in range(0, 40, 3))],
    "shorted cells": [*cards(20, 20), "rx1 w3_5 b3_5 1", "rx2 w9_9 b9_9 0.1"],
    "joined lines": [*cards(20, 20), "rx w3_5 w4_5 2", "ry b7_2 b7_9 3"],
    "two arrays": [*cards(16, 16), *another(cards(12, 20, drive=series, seed=2))],
}


@pytest.mark.parametrize("name", VARIANTS)
def test_linear_arrays_agree_with_the_direct_solver(name):
    no_fallback(agree(VARIANTS[name]))


@pytest.mark.parametrize("kind", ["sinh", "1s1r"])
@pytest.mark.parametrize("drive", [None, series])
def test_nonlinear_arrays_agree_with_the_direct_solver(kind, drive):
    no_fallback(agree(cards(20, 17, kind, drive=drive), 1e-10, **TIGHT))


def test_currents_far_below_the_largest_are_right():
    lines = cards(20, 20, drive=lambda i: [f"vw{i} w{i}_0 0 {1.0 if i == 0 else 0.0}"], sense=sensed(20))
    ours, direct = solve(lines, "lines"), solve(lines, DIRECT)
    for name in ("i(vb0)", "i(vw19)", "i(vb19)"):
        assert ours[name] == pytest.approx(direct[name], rel=1e-9)


def test_order_and_names_of_cards_do_not_matter():
    lines = cards(20, 20, "1s1r", drive=series)
    shuffled = list(lines)
    random.Random(5).shuffle(shuffled)
    a, b = find(lines), find(shuffled)
    assert (a.n_first, len(a.order), len(a.folds), a.chains) == (
        b.n_first,
        len(b.order),
        len(b.folds),
        b.chains,
    )
    one, other = solve(lines, "lines", **TIGHT), solve(shuffled, "lines", **TIGHT)
    for name in one.names:
        assert one[name] == pytest.approx(other[name], rel=1e-9, abs=1e-13)


def test_structure_of_a_plain_array():
    found = find(cards(20, 15))
    # The driven ends of the word lines are pinned.
    assert len(found.pins) == 20
    assert len(found.order) == 2 * 20 * 15 - 20
    assert found.chains == 35
    # … and part bit line 0, all of whose cells end there, from the others.
    assert found.n_groups == 2


def test_nodes_inside_cells_are_folded():
    assert len(find(cards(16, 16, "1s1r")).folds) == 256
    assert len(find(cards(16, 16, "stack")).folds) == 3 * 256


def mesh(n):
    lines = ["v1 n0_0 0 1", f"rl n{n - 1}_{n - 1} 0 1"]
    lines += [f"rh{i}_{j} n{i}_{j} n{i}_{j + 1} 1" for i in range(n) for j in range(n - 1)]
    return lines + [f"rv{i}_{j} n{i}_{j} n{i + 1}_{j} 1" for i in range(n - 1) for j in range(n)]


def network(n):
    rng = random.Random(3)
    lines = ["v1 n0 0 1", *(f"rt{i} n{i} n{i - 1} 1" for i in range(1, n)), "rl n5 0 1"]
    return lines + [
        f"rr{k} n{rng.randrange(n)} n{rng.randrange(n)} {10 ** rng.uniform(0, 4):.4g}" for k in range(n)
    ]


def ladder(n):
    lines = ["v1 n0 0 1", *(f"rs{i} n{i - 1} n{i} 1" for i in range(1, n))]
    return lines + [f"rp{i} n{i} 0 10k" for i in range(1, n)]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (mesh(40), "neither line nor cell"),
        (network(600), "chains"),
        (ladder(800), "coupled"),
    ],
    ids=["mesh", "network", "ladder"],
)
def test_other_circuits_are_declined(lines, why):
    assert why in find(lines)
    with pytest.raises(AnalysisError, match="no line structure"):
        solve(lines, "lines")


def test_small_arrays_are_left_to_the_direct_solver():
    assert "too few" in find(cards(10, 10), WORTHWHILE)
    assert solve(cards(10, 10), "auto").statistics.linear_solver == DIRECT


def test_large_arrays_are_found_without_being_declared():
    result = solve(cards(40, 40), "auto")
    assert result.statistics.linear_solver == "lines"


@pytest.mark.parametrize("kind", ["r", "sinh"])
def test_transients_agree_with_the_direct_solver(kind):
    pulse = "pulse(0 0.5 1n 1n 1n 20n 50n)"
    lines = cards(16, 16, kind, drive=lambda i: [f"vw{i} d{i} 0 {pulse}", f"rd{i} d{i} w{i}_0 100"])
    lines += [f"c{line}{i}_{j} {line}{i}_{j} 0 10f" for line in "wb" for i in range(16) for j in range(16)]
    circuit = Circuit.from_text("\n".join(["array", *lines, ".end", ""]))
    ours = circuit.tran(50e-9, tstep=1e-9, linear_solver="lines")
    direct = circuit.tran(50e-9, tstep=1e-9, linear_solver=DIRECT)
    assert ours.statistics.linear_solver == "lines"
    no_fallback(ours)
    np.testing.assert_allclose(ours.data, direct.data, rtol=0, atol=1e-9)


def test_negative_conductance_falls_back_and_is_right():
    lines = [*cards(20, 20), "rneg w8_8 b8_8 -2.5"]
    result = agree(lines, 1e-9)
    assert any(f"fell back to {DIRECT}" in note for note in result.statistics.notes)


def test_an_interrupt_while_the_direct_solver_is_made_is_kept(monkeypatch):
    made, forgotten = [], []

    def interrupted(*arguments):
        made.append(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr("circuitnn.solvers.linear.direct_solver", interrupted)
    monkeypatch.setattr("sys.unraisablehook", forgotten.append)
    with pytest.raises(KeyboardInterrupt):
        solve([*cards(20, 20), "rneg w8_8 b8_8 -2.5"], "lines")
    assert made
    assert not forgotten


def test_unsymmetric_cells_are_solved():
    sources = [f"g{i}_{j} w{i}_{j} b{i}_{j} b{j}_{i} 0 {1e-5 * (1 + i)}" for i, j in [(3, 3), (5, 5), (9, 9)]]
    no_fallback(agree([*cards(20, 20), *sources]))


def test_transistors_in_an_undeclared_array_are_solved():
    """1T1R: each cell's Jacobian is unsymmetric, forward and reverse."""
    model = ".model nch ekv(vto=0.4 w=10u)"
    lines = [
        line
        for line in cards(24, 20, drive=lambda i: [f"vw{i} w{i}_0 0 {0.3 - 0.02 * i}"])
        if line[:2] != "rc"
    ]
    lines += [f"vg{i} g{i} 0 {0.6 + 0.05 * i}" for i in range(24)]
    rng = random.Random(4)
    for i in range(24):
        for j in range(20):
            lines += [f"rc{i}_{j} w{i}_{j} m{i}_{j} {10 ** rng.uniform(4, 6):.6g}"]
            lines += [f"n{i}_{j} m{i}_{j} g{i} b{i}_{j} b{i}_{j} nch"]
    no_fallback(agree([*lines, model], 1e-9))


def test_unsymmetric_wires_fall_back_and_are_right():
    lines = [*cards(20, 20), "g1 w3_3 w3_4 w3_3 0 1e-4"]
    result = agree(lines)
    assert any("not symmetric" in note for note in result.statistics.notes)


def test_a_floating_array_is_tied_although_rounding_makes_it_solvable():
    lines = [*cards(20, 20, drive=lambda i: [], sense=lambda j: []), "i1 w0_0 b0_0 1m"]
    grounded = solve([*lines, "rg b0_0 0 1"], DIRECT)
    for solver in ("lines", DIRECT, "superlu"):
        with pytest.warns(DeckWarning, match="no element is connected to ground"):
            result = solve(lines, solver)
        assert any("no direct-current path to ground" in note for note in result.statistics.notes)
        for node in ("w0_0", "w19_19", "b10_3"):
            drop = result[f"v({node})"] - result["v(b0_0)"]
            assert drop == pytest.approx(grounded[f"v({node})"] - grounded["v(b0_0)"], rel=1e-6)


def test_a_wire_without_contact_is_tied():
    lines = [*cards(20, 20), *(f"rf{i} f{i} f{i + 1} 1" for i in range(10))]
    for solver in (DIRECT, "lines"):
        result = solve(lines, solver)
        assert any("nodes f0, f1" in note for note in result.statistics.notes)
        assert result["v(f5)"] == pytest.approx(0.0, abs=1e-9)


def test_a_dc_sweep_uses_the_factors_again():
    text = "\n".join(["array", *cards(40, 40, drive=series), ".end", ""])
    swept = {"vw3": np.linspace(-1.0, 1.0, 5)}
    ours = Circuit.from_text(text).dc(swept)
    direct = Circuit.from_text(text).dc(swept, linear_solver=DIRECT)
    assert ours.statistics.linear_solver == "lines"
    assert ours.statistics.factorisations == 1
    np.testing.assert_allclose(ours.data, direct.data, rtol=0, atol=1e-12)


def damaged(seed):
    """Pattern and values of an array with opens, shorts, stray and negative resistors, in random order."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(9, 30, 2)
    n = 2 * rows * columns
    word = np.arange(rows * columns).reshape(rows, columns)
    bit = word + rows * columns
    there = rng.random(rows * columns) > rng.choice([0.0, 0.1, 0.5])
    strays = rng.integers(0, n, (2, rng.integers(0, 5)))
    a = np.concatenate([word[:, :-1].ravel(), bit[:-1].ravel(), word.ravel()[there], strays[0]])
    b = np.concatenate([word[:, 1:].ravel(), bit[1:].ravel(), bit.ravel()[there], strays[1]])
    wires = (word[:, 1:].size, bit[1:].size)
    low, high = sorted(rng.uniform(-9, -2, 2))
    exponents = [rng.uniform(-0.5, 0.5, sum(wires)), rng.uniform(low, high, there.sum())]
    g = 10.0 ** np.concatenate([*exponents, rng.uniform(-6, 3, strays.shape[1])])
    if rng.random() < 0.3:
        g[rng.integers(0, len(g), 3)] = rng.choice([1e-15, 1e4, -1e-3, -1.0], 3)
    g[a == b] = 0.0
    ends = np.concatenate([word[:, 0], bit[-1]])
    ends = ends[rng.random(len(ends)) >= rng.choice([0.0, 0.5])]
    shuffled = rng.permutation(n)
    a, b, ends, every = shuffled[a], shuffled[b], shuffled[ends], np.arange(n)
    pattern = Pattern(n, np.concatenate([a, b, a, b, ends, every]), np.concatenate([a, b, b, a, ends, every]))
    stamps = [g, g, -g, -g, np.ones(len(ends)), np.full(n, 1e-9)]
    return pattern, np.bincount(pattern.entries, weights=np.concatenate(stamps)), rng.normal(size=n)


@pytest.mark.parametrize("seed", range(100))
def test_damaged_arrays_are_declined_or_solved(seed):
    pattern, values, b = damaged(seed)
    found = structure.find(pattern.starts, pattern.indices, values, 0)
    if isinstance(found, str):
        return
    x, y = b.copy(), b.copy()
    solver = Lines(pattern.starts, pattern.indices, found, Direct)
    status = solver.solve_once(values, x)
    assert status == Direct(pattern.starts, pattern.indices).solve_once(values, y)
    columns = np.repeat(np.arange(pattern.n), np.diff(pattern.starts))
    terms = values * x[columns]
    residual = b - np.bincount(pattern.indices, weights=terms, minlength=pattern.n)
    size = np.abs(b) + np.bincount(pattern.indices, weights=np.abs(terms), minlength=pattern.n)
    assert np.max(np.abs(residual) / (size + 1e-6 * size.max())) < 1e-11
