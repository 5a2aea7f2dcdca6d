"""Lines that end in a netlist: the line solver takes them, and agrees with the direct solver."""

import random

import numpy as np
import pytest
from test_lines import DIRECT, TIGHT, Direct, agree, cards, find, no_fallback, series, solve

from circuitnn._cext.lines import Lines
from circuitnn.circuit.circuit import Circuit
from circuitnn.solvers import structure
from circuitnn.solvers.linear import WORTHWHILE
from circuitnn.system.pattern import Pattern


def amplifiers(rows, gain=1e6, feedback=1e4):
    """Transimpedance amplifiers at the bottom."""

    def sense(j):
        return [
            f"ea{j} out{j} 0 0 b{rows - 1}_{j} {gain}",
            f"rf{j} b{rows - 1}_{j} out{j} {feedback * (1 + j)}",
        ]

    return sense


def load(rows):
    return lambda j: [f"rs{j} b{rows - 1}_{j} 0 50"]


def second(lines, mark="x"):
    """The same cards with other names of elements and nodes."""
    return [
        " ".join(
            w if k > 2 or w == "0" else w + mark if k == 0 else f"{mark}{w}"
            for k, w in enumerate(line.split())
        )
        for line in lines
    ]


def buffered(n, gain=1.0):
    """Two tiles: bit lines of one drive word lines of the other."""
    first = cards(n, n, drive=series, sense=load(n))
    other = second(cards(n, n, drive=lambda i: [], sense=load(n), seed=2))
    return [*first, *other, *(f"eb{j} xw{j}_0 0 b{n - 1}_{j} 0 {gain}" for j in range(n))]


def recurrent(n, how):
    """Outputs drive the array's own word lines."""
    lines = cards(n, n, drive=lambda i: [], sense=load(n))
    lines += [f"i{j} 0 b{n - 1}_{j} {1e-4 * (j % 7 - 3):g}" for j in range(n)]
    return lines + [card for j in range(n) for card in how(j, f"b{n - 1}_{j}", f"w{j}_0")]


def follower(j, sensed, driven):
    """An amplifier of 1 kOhm that looks at the line that it drives."""
    return [f"eo{j} o{j} 0 {sensed} {driven} 1e5", f"ro{j} o{j} {driven} 1k"]


def neuron(j, sensed, driven):
    """Leak, transconductance, output stage."""
    return [
        f"rn{j} {sensed} n{j} 200",
        f"rl{j} n{j} 0 10k",
        f"gm{j} 0 k{j} n{j} 0 1m",
        f"rk{j} k{j} 0 500",
        f"eo{j} o{j} 0 k{j} 0 2",
        f"ro{j} o{j} {driven} 20",
    ]


def gates(rows, columns):
    """1T1R cells, whose gate lines are resistive."""
    lines = [
        line
        for line in cards(rows, columns, drive=lambda i: [f"vw{i} w{i}_0 0 {0.3 - 0.02 * i}"])
        if line[:2] != "rc"
    ]
    rng = random.Random(4)
    for i in range(rows):
        lines += [f"vg{i} g{i}_0 0 {0.6 + 0.05 * i}"]
        lines += [f"rg{i}_{j} g{i}_{j - 1} g{i}_{j} 5" for j in range(1, columns)]
        for j in range(columns):
            lines += [f"rc{i}_{j} w{i}_{j} m{i}_{j} {10 ** rng.uniform(4, 6):.6g}"]
            lines += [f"m{i}_{j} m{i}_{j} g{i}_{j} b{i}_{j} 0 nm l=1u w=10u"]
    return [*lines, ".model nm nmos level=1 vto=0.4 kp=200u lambda=0.02"]


BORDERS = {
    "amplifiers": cards(20, 20, drive=series, sense=amplifiers(20)),
    "amplifiers of low gain": cards(20, 20, drive=series, sense=amplifiers(20, 30.0)),
    "amplifiers at both families": cards(
        20,
        20,
        sense=amplifiers(20),
        drive=lambda i: [f"ed{i} w{i}_0 0 b19_{i} 0 -0.3", f"vw{i} w{i}_19 0 0.1"],
    ),
    "buffers": buffered(20),
    "buffers with gain": buffered(20, 30.0),
    "buffered inputs": cards(20, 20, drive=lambda i: [f"vi{i} p{i} 0 0.1", f"ed{i} w{i}_0 0 p{i} 0 1.5"]),
    "recurrent": recurrent(20, lambda j, s, d: [f"eo{j} o{j} 0 {s} 0 3", f"ro{j} o{j} {d} 10"]),
    "recurrent, driven directly": recurrent(20, lambda j, s, d: [f"eo{j} {d} 0 {s} 0 3"]),
    "recurrent followers": recurrent(20, follower),
    "recurrent neurons": recurrent(20, neuron),
    "transconductances": recurrent(20, lambda j, s, d: [f"go{j} 0 {d} {s} 0 1m", f"rd{j} {d} 0 300"]),
    "current mirrors": [
        *recurrent(20, lambda j, s, d: [f"rd{j} {d} 0 30"]),
        "v3 q 0 0.2",
        "rq q w3_5 5",
        "fm 0 b2_3 v3 2",
    ],
    "floating source": [*cards(20, 20), "vf w3_3 w4_4 0.01"],
    "ammeters inside lines": [
        *cards(20, 20),
        *(f"va{i} w{i}_19 a{i} 0\nrz{i} a{i} y{i} 3\nrt{i} y{i} 0 70" for i in range(20)),
    ],
    "controlled source": [*cards(20, 20), "g1 w3_3 0 b2_2 0 1e-2"],
    "transformers": [
        *cards(20, 20),
        *(
            f"rp{j} b0_{j} p{j} 3\nlp{j} p{j} 0 1m\nls{j} s{j} 0 4m\nk{j} lp{j} ls{j} 0.9\nrs{j} s{j} 0 9"
            for j in range(20)
        ),
    ],
    "negative resistances": cards(
        20, 20, drive=series, sense=lambda j: [f"rn{j} b19_{j} 0 -0.5" if j % 3 else f"rs{j} b19_{j} 0 2"]
    ),
    "negative resistance at a word line": [*cards(20, 20), "rn w4_19 0 -0.7", "rm w7_3 0 -1.5"],
    "floating ends": cards(20, 20, drive=series, sense=lambda j: amplifiers(20)(j) if j % 2 else []),
}


def ideal(lines):
    """The cards with word lines without resistance."""
    kept = [line for line in lines if not line.startswith("rw")]
    return [
        " ".join(f"{w.split('_')[0]}_0" if w[0] == "w" and "_" in w else w for w in line.split())
        for line in kept
    ]


BORDERS["ideal word lines"] = ideal(cards(24, 24, drive=series, sense=load(24)))
BORDERS["ideal word lines, amplifiers"] = ideal(cards(24, 24, drive=series, sense=amplifiers(24)))


@pytest.mark.parametrize("name", BORDERS)
def test_lines_with_a_border_agree_with_the_direct_solver(name):
    no_fallback(agree(BORDERS[name], 1e-10))


def test_the_border_is_no_more_than_what_lines_end_in():
    found = find(cards(20, 20, drive=series, sense=amplifiers(20)))
    assert found.chains == 40
    assert len(found.order) == 2 * 20 * 20 + 2 * 20  # output and branch of each amplifier
    assert found.border is not None
    assert not len(found.border.touched)  # amplifiers and their bit lines are one family


def test_an_array_with_resistive_gate_lines_is_solved():
    result = agree(gates(24, 20), 1e-9, **TIGHT)
    no_fallback(result)


def test_ideal_lines_that_are_driven_directly_leave_nothing_to_couple():
    inputs = cards(
        24, 24, drive=lambda i: [f"vi{i} p{i} 0 0.1", f"ed{i} w{i}_0 0 p{i} 0 1.5"], sense=amplifiers(24)
    )
    assert "no fill-in" in find(ideal(inputs))


def test_narrow_arrays_are_left_to_the_direct_solver():
    assert "narrow" in find(cards(8, 400), WORTHWHILE)
    assert solve(cards(8, 400), "auto").statistics.linear_solver == DIRECT


@pytest.mark.parametrize("name", ["amplifiers", "buffers", "recurrent neurons"])
def test_transients_of_bordered_arrays_agree_with_the_direct_solver(name):
    n = 16
    made = {
        "amplifiers": lambda: cards(n, n, drive=series, sense=amplifiers(n)),
        "buffers": lambda: buffered(n),
        "recurrent neurons": lambda: recurrent(n, neuron),
    }[name]()
    lines = [line.replace("vw3 d3 0 0.15", "vw3 d3 0 pulse(0 0.5 1n 1n 1n 20n 50n)") for line in made]
    lines += [f"c{line}{i}_{j} {line}{i}_{j} 0 10f" for line in "wb" for i in range(n) for j in range(n)]
    lines += ["iq 0 b2_2 pulse(0 1u 1n 1n 1n 20n 50n)"]
    circuit = Circuit.from_text("\n".join(["array", *lines, ".end", ""]))
    ours = circuit.tran(50e-9, tstep=1e-9, linear_solver="lines")
    direct = circuit.tran(50e-9, tstep=1e-9, linear_solver=DIRECT)
    assert ours.statistics.linear_solver == "lines"
    no_fallback(ours)
    np.testing.assert_allclose(ours.data, direct.data, rtol=0, atol=1e-9 * np.abs(direct.data).max())


def bordered(seed):
    """Pattern, values and right-hand side of an array with a random netlist at its lines, in random order."""
    rng = np.random.default_rng(seed)
    rows, columns = (int(k) for k in rng.integers(10, 30, 2))
    n = 2 * rows * columns
    word = np.arange(rows * columns).reshape(rows, columns)
    bit = word + rows * columns
    a = [word[:, :-1].ravel(), bit[:-1].ravel(), word.ravel()]
    b = [word[:, 1:].ravel(), bit[1:].ravel(), bit.ravel()]
    low, high = sorted(rng.uniform(-8, -3, 2))
    g = 10.0 ** np.concatenate(
        [rng.uniform(-0.5, 0.5, a[0].size + a[1].size), rng.uniform(low, high, word.size)]
    )
    a, b = np.concatenate(a), np.concatenate(b)
    i, j, v = [a, b, a, b], [a, b, b, a], [g, g, -g, -g]
    ends = np.concatenate([word[:, 0], word[:, -1], bit[0], bit[-1]])
    chosen = rng.random(len(ends)) < rng.choice([0.1, 0.4, 0.9])

    def put(row, column, value):
        i.append(np.array([row]))
        j.append(np.array([column]))
        v.append(np.array([value]))

    def conductance(p, q, value):
        for row, column, sign in ((p, p, 1), (q, q, 1), (p, q, -1), (q, p, -1)):
            if row >= 0 and column >= 0:
                put(row, column, sign * value)

    for end in ends[chosen].tolist():
        kind, other = rng.integers(0, 7), int(rng.choice(ends))
        if kind == 0:  # amplifier with feedback
            out, branch, n = n, n + 1, n + 2
            put(out, branch, 1.0)
            put(branch, out, 1.0)
            put(branch, end, 10.0 ** rng.uniform(0, 6))
            conductance(end, out, 10.0 ** rng.uniform(-5, -2))
        elif kind == 1:  # buffer behind a resistance
            out, branch, n = n, n + 1, n + 2
            put(out, branch, 1.0)
            put(branch, out, 1.0)
            put(branch, other, -rng.uniform(-2, 2))
            conductance(end, out, 10.0 ** rng.uniform(-3, 0))
        elif kind == 2:  # buffer
            branch, n = n, n + 1
            put(end, branch, 1.0)
            put(branch, end, 1.0)
            if other != end:
                put(branch, other, -rng.uniform(-2, 2))
        elif kind == 3:
            conductance(end, -1, -(10.0 ** rng.uniform(-3, 0)))
        elif kind == 4:
            conductance(end, other, 10.0 ** rng.uniform(-3, 3))
        elif kind == 5:
            put(end, other, rng.uniform(-1e-2, 1e-2))
        else:
            conductance(end, -1, 10.0 ** rng.uniform(-3, 1))
    every = np.arange(2 * rows * columns)
    i, j, v = (np.concatenate(x) for x in ([*i, every], [*j, every], [*v, np.full(len(every), 1e-9)]))
    shuffled = rng.permutation(n)
    pattern = Pattern(n, shuffled[i], shuffled[j])
    return pattern, np.bincount(pattern.entries, weights=v, minlength=pattern.nonzeros), rng.normal(size=n)


def backward_error(pattern, values, x, b):
    """Largest residual of an equation beside its terms, or small ones of all."""
    columns = np.repeat(np.arange(pattern.n), np.diff(pattern.starts))
    terms = values * x[columns]
    residual = b - np.bincount(pattern.indices, weights=terms, minlength=pattern.n)
    size = np.abs(b) + np.bincount(pattern.indices, weights=np.abs(terms), minlength=pattern.n)
    return np.max(np.abs(residual) / (size + 1e-6 * size.max()))


@pytest.mark.parametrize("block", range(6))
def test_random_borders_are_solved_as_by_the_direct_solver(block):
    """Backward errors are at most 1e-11, or what the direct solver reaches; few borders are beyond the line solver."""
    fallbacks = 0
    for seed in range(50 * block, 50 * block + 50):
        pattern, values, b = bordered(seed)
        found = structure.find(pattern.starts, pattern.indices, values, 0)
        if isinstance(found, str):
            fallbacks += 1
            continue
        x, y = b.copy(), b.copy()
        solver, direct = (
            Lines(pattern.starts, pattern.indices, found, Direct),
            Direct(pattern.starts, pattern.indices),
        )
        assert solver.solve_once(values, x) == direct.solve_once(values, y)
        assert backward_error(pattern, values, x, b) <= max(1e-11, backward_error(pattern, values, y, b)), (
            seed
        )
        fallbacks += solver.fallbacks
    assert fallbacks <= 10
