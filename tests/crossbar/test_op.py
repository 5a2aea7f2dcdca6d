"""Operating points: against dense nodal analysis, the general engine and closed forms."""

import nodal
import numpy as np
import pytest

from circuitnn.crossbar import (
    MVM,
    Access,
    Bias,
    Crossbar,
    Device,
    Faults,
    Gated,
    PullUp,
    Resistance,
    Series,
    bias,
)
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.models.semiconductors.junction import K_OVER_Q
from circuitnn.solvers.linear import have_klu

DIRECT = "klu" if have_klu() else "superlu"

# schemes here serve arrays with and without gates
pytestmark = pytest.mark.filterwarnings("ignore:gate voltages have no effect")

SIZES = [(1, 1), (1, 5), (5, 1), (2, 2), (3, 4), (8, 6), (7, 8)]


def schemes(m, n, rng, ends_resistive):
    both = {"both_ends": n > 1 or ends_resistive, "sense_both": m > 1 or ends_resistive}
    return [
        MVM(rng.uniform(0, 1, m)),
        MVM(rng.uniform(0, 1, m), **both),
        Access(0, n - 1, 1.0),
        Access(m - 1, 0, 1.0, "third"),
        Access(0, 0, 1.0, "floating"),
        Access(0, 0, 1.0, "grounded"),
        PullUp(0, 0, 1.0, 1e3),
        PullUp(m - 1, n - 1, 1.0, 1e3, "all"),
        PullUp(0, 0, 1.0, 1e3, [0, n - 1]),
        Bias(left=0.3, bottom=np.linspace(0, 0.1, n), resistance={"left": 50.0}),
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("end", [0.0, 2.0])
@pytest.mark.parametrize("each", [False, True], ids=["lines", "segments"])
def test_as_nodal_analysis_and_the_general_engine(size, end, each):
    m, n = size
    rng = np.random.default_rng(m * 10 + n)
    wires = (1.0, 2.0) if not each else (rng.uniform(0.5, 2, (m, n - 1)), rng.uniform(0.5, 2, (m - 1, n)))
    array = Crossbar(
        m,
        n,
        10 ** rng.uniform(-4, -2, size),
        wordline_resistance=wires[0],
        bitline_resistance=wires[1],
        driver_resistance=end,
        sense_resistance=end,
    )
    for scheme in schemes(m, n, rng, end > 0):
        ours, general = (array.op(scheme, engine=e, tolerance=1e-14) for e in ("array", "general"))
        assert general.statistics.linear_solver != ours.statistics.linear_solver
        word, bit = nodal.solve(array, ours.ends)
        for made in (ours, general):
            np.testing.assert_allclose(made.word_voltage, word, atol=1e-12, rtol=0)
            np.testing.assert_allclose(made.bit_voltage, bit, atol=1e-12, rtol=0)
            np.testing.assert_allclose(
                made.cell_current, array.conductance * (word - bit), atol=1e-13, rtol=0
            )
        for side, current in ours.currents_out.items():
            np.testing.assert_allclose(current, general.currents_out[side], atol=1e-11, rtol=0)
        # Power in is power lost in cells, wires and ends.
        assert abs(sum(c.sum() for c in ours.currents_out.values())) < 1e-13
        lost = ours.cell_power.sum() + _wires(ours) + _ends(ours)
        assert ours.total_power == pytest.approx(lost, rel=1e-9, abs=1e-18)


@pytest.mark.parametrize("size", [(2, 2), (3, 4), (8, 6), (1, 4), (4, 1)])
def test_zero_and_infinite_resistances_as_nodal_analysis(size):
    """Lines that are one node, segments that are, and broken ones."""
    m, n = size
    rng = np.random.default_rng(m + 10 * n)
    along, down = rng.uniform(0.5, 2, (m, n - 1)), rng.uniform(0.5, 2, (m - 1, n))
    along[rng.random(along.shape) < 0.3] = 0.0
    down[rng.random(down.shape) < 0.3] = 0.0
    broken = along.copy(), down.copy()
    if n > 2 and m > 1:
        broken[0][m - 1, 0] = np.inf
    if m > 2 and n > 1:
        broken[1][m - 2, n - 1] = np.inf
    g = 10 ** rng.uniform(-4, -2, size)
    per_line = np.where(np.arange(m) % 2, 0.0, 1.5), np.where(np.arange(n) % 2, 0.0, 2.5)
    for wires in ((along, down), broken, per_line, (0.0, 0.0)):
        for end in (0.0, 2.0):
            array = Crossbar(
                m,
                n,
                g,
                wordline_resistance=wires[0],
                bitline_resistance=wires[1],
                driver_resistance=end,
                sense_resistance=end,
            )
            for scheme in (MVM(rng.uniform(0, 1, m)), Access(0, 0, 1.0, "floating"), PullUp(0, 0, 1.0, 1e3)):
                for engine in ("auto", "general"):
                    ours = array.op(scheme, engine=engine)
                    word, bit = nodal.solve(array, ours.ends)
                    np.testing.assert_allclose(ours.word_voltage, word, atol=1e-10, rtol=0)
                    np.testing.assert_allclose(ours.bit_voltage, bit, atol=1e-10, rtol=0)
                    out = sum(c.sum() for c in ours.currents_out.values())
                    assert abs(out) < 1e-12


def _sinh_and_resistor(g):
    def currents(word, inner, bit, gate):
        return 1e-6 * np.sinh((word - inner) / 0.08), g * (inner - bit)

    return currents


def _resistor_and_ekv(g):
    vt = K_OVER_Q * 300.15

    def currents(word, inner, bit, gate):
        # the bulk is at the source, the bit line: vp = (vg - vto)/n of voltages from there
        pinch_off = (gate - bit - 0.4) / 1.4
        forward = np.log(1 + np.exp(pinch_off / (2 * vt))) ** 2
        reverse = np.log(1 + np.exp((pinch_off - (inner - bit)) / (2 * vt))) ** 2
        return g * (word - inner), 2 * 1.4 * 6e-5 * 10 * vt**2 * (forward - reverse)

    return currents


STACKS = {"1s1r": _sinh_and_resistor, "1t1r": _resistor_and_ekv}


@pytest.mark.parametrize("kind", STACKS)
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_stacks_as_nodal_analysis_of_all_nodes(kind, n):
    """The inner nodes are unknowns of the test's own dense Newton iteration; all schemes."""
    rng = np.random.default_rng(n)
    g = 10 ** rng.uniform(-5, -3, (n, n))
    array = Crossbar(
        n, n, CELLS[kind](g), wordline_resistance=2.0, bitline_resistance=3.0, driver_resistance=1.0
    )
    gates = {"gate": 1.5, "other_gates": 1.2}
    all_schemes = [
        MVM(rng.uniform(0, 0.5, n), gate=1.5),
        MVM(rng.uniform(0, 0.5, n), both_ends=True, sense_both=True, gate=1.5),
        *(Access(0, n - 1, 0.6, way, **gates) for way in ("half", "third", "grounded", "floating")),
        Bias(left=0.3, bottom=np.linspace(0, 0.1, n), resistance={"left": 50.0}, gate=1.5),
    ]
    if kind == "1s1r":  # PullUp leaves gates at 0 V
        all_schemes += [PullUp(0, 0, 0.6, 1e3, pulled) for pulled in ("one", "all", [0, n - 1])]
    for scheme in all_schemes:
        result = array.op(scheme, engine="array", tolerance=1e-13)
        word, bit = nodal.solve(array, result.ends, STACKS[kind](g))
        np.testing.assert_allclose(result.word_voltage, word, atol=2e-10, rtol=0)
        np.testing.assert_allclose(result.bit_voltage, bit, atol=2e-10, rtol=0)


def test_a_single_cell_is_a_divider():
    """1 × 1: I = V/(1/g + r_d + r_s), effective conductance and its error in closed form."""
    g, rd, rs = 1e-3, 20.0, 30.0
    array = Crossbar(1, 1, g, driver_resistance=rd, sense_resistance=rs)
    exact = 1.0 / (1 / g + rd + rs)
    assert array.mvm([0.5])[0] == pytest.approx(0.5 * exact, rel=1e-13)
    assert array.effective_conductance()[0, 0] == pytest.approx(exact, rel=1e-12)
    assert array.conductance_error()[0, 0] == pytest.approx(exact / g - 1, rel=1e-9)
    # dI/dg = V·(1/g)²/(1/g + r)²
    slope = array.sensitivity(array.op(MVM([0.5])), 0)[0, 0]
    assert slope == pytest.approx(0.5 * (exact / g) ** 2, rel=1e-12)
    assert array.op(MVM([0.5])).ir_drop[0, 0] == pytest.approx(0.5 * (1 - exact / g), rel=1e-12)


def _wires(result):
    along, down = result.array.wordline_resistance, result.array.bitline_resistance
    along = along[:, None] if along.ndim == 1 else along
    return np.sum(along * result.wordline_current**2) + np.sum(down * result.bitline_current**2)


def _ends(result):
    return sum(
        np.sum(np.where(result.ends.held(s), result.ends.resistance[s], 0.0) * c**2)
        for s, c in result.currents_out.items()
    )


def test_many_inputs_effective_conductance_and_adjoint_agree():
    rng = np.random.default_rng(3)
    for m, n in [(1, 1), (4, 7), (7, 4), (5, 5), (9, 1), (1, 9)]:
        for end in (0.0, 3.0):
            g = 10 ** rng.uniform(-4, -2, (m, n))
            wires = {"wordline_resistance": 1.0, "bitline_resistance": 2.0}
            wires |= {"driver_resistance": end, "sense_resistance": end}
            array = Crossbar(m, n, g, **wires)
            inputs = rng.uniform(-1, 1, (11, m))
            one_by_one = np.stack([array.op(MVM(v)).output for v in inputs])
            np.testing.assert_allclose(array.mvm(inputs), one_by_one, rtol=1e-9, atol=1e-14)
            np.testing.assert_allclose(
                inputs @ array.effective_conductance(), one_by_one, rtol=1e-9, atol=1e-14
            )
            result = array.op(MVM(inputs[0]))
            slope = array.sensitivity(result, n - 1)
            i, j, step = m - 1, 0, 1e-3

            def output(factor, i=i, j=j, g=g, wires=wires, v=inputs[0]):
                changed = g.copy()
                changed[i, j] *= factor
                return Crossbar(len(g), g.shape[1], changed, **wires).op(MVM(v)).output[-1]

            numeric = (output(1 + step) - output(1 - step)) / (2 * step * g[i, j])
            assert slope[i, j] == pytest.approx(numeric, rel=1e-5, abs=1e-9 * abs(slope).max())


def transistors(m, n, along="rows", r=None, **changes):
    """1T1R cells with line resistance."""
    r = np.linspace(1e4, 1e5, m * n).reshape(m, n) if r is None else r
    cell = Gated(Resistance(r), Device("ekv", vto=0.4, w=1e-6), along=along)
    return Crossbar(m, n, cell, **dict.fromkeys(WIRES, 50.0), **changes)


WIRES = ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance")


@pytest.mark.parametrize("size", [(4, 6), (6, 4)])
@pytest.mark.parametrize("engine", ["array", "general"])
def test_effective_conductance_of_gated_cells_is_the_slope_of_op(size, engine):
    m, n = size
    array, v, gate = transistors(m, n), np.linspace(-0.2, 0.3, m), np.linspace(0.5, 1.5, m)
    slope, step = array.effective_conductance(Bias(left=v, bottom=0.05, gate=gate)), 1e-4

    def output(left):
        bias = Bias(left=left, bottom=0.05, gate=gate)
        return array.op(bias, engine=engine).currents_out["bottom"]

    for i in range(m):
        change = step * (np.arange(m) == i)
        numeric = (output(v + change) - output(v - change)) / (2 * step)
        np.testing.assert_allclose(slope[i], numeric, rtol=1e-5, atol=1e-6 * np.abs(slope).max())


@pytest.mark.parametrize("along", ["rows", "columns"])
@pytest.mark.parametrize("engine", ["array", "general"])
def test_adjoint_of_gated_cells_is_the_slope_of_op(along, engine):
    m, n = 4, 5
    r = np.linspace(1e4, 1e5, m * n).reshape(m, n)
    gate = np.linspace(0.6, 1.2, m if along == "rows" else n)
    weights = np.array([0.0, 1.0, 0.0, -2.0, 0.5])

    def output(r=r, gate=gate, array=None):
        array = array or transistors(m, n, along, r)
        result = array.op(Bias(left=0.3, bottom=np.linspace(0, 0.1, n), gate=gate), engine=engine)
        return result, weights @ result.output

    array = transistors(m, n, along)
    by = {k: array.sensitivity(output()[0], weights, k) for k in ("conductance", "resistance", "gate")}
    for i, j in [(0, 0), (3, 4), (1, 2)]:
        change = np.zeros((m, n))
        change[i, j] = 1e-4 * r[i, j]
        numeric = (output(r + change)[1] - output(r - change)[1]) / (2 * change[i, j])
        assert by["resistance"][i, j] == pytest.approx(numeric, rel=1e-6)
    for k in (0, len(gate) - 1):
        change = 1e-4 * (np.arange(len(gate)) == k)
        numeric = (output(gate=gate + change)[1] - output(gate=gate - change)[1]) / 2e-4
        assert by["gate"][k] == pytest.approx(numeric, rel=1e-5)


def test_adjoint_of_gated_cells_by_a_conductance_from_line_to_line():
    def array(g):
        return transistors(4, 5, faults=Faults(stuck={(2, 1): g}))

    def read(g):
        return array(g).op(Bias(left=0.3, bottom=0.0, gate=np.linspace(0.6, 1.2, 4)))

    slope = array(1e-5).sensitivity(read(1e-5), 3)
    numeric = (read(1.01e-5).output[3] - read(0.99e-5).output[3]) / 0.02e-5
    assert slope[2, 1] == pytest.approx(numeric, rel=1e-5)


def test_sensitivities_by_what_is_not_there_are_refused():
    array = Crossbar(2, 2, 1e-3, wordline_resistance=1, bitline_resistance=1)
    result = array.op(MVM([0.1, 0.2]))
    with pytest.raises(AnalysisError, match="these cells have none"):
        array.sensitivity(result, 0, "gate")
    with pytest.raises(AnalysisError, match="must be 'conductance', 'resistance' or 'gate'"):
        array.sensitivity(result, 0, "length")


@pytest.mark.parametrize(("n", "margin"), [(2, 0.3158), (4, 0.1312), (8, 0.0440), (16, 0.0129)])
def test_pull_up_read_margin_of_ideal_wires(n, margin):
    """R_s = 2R/(N-1) + R/(N-1)²; ΔV/Vpu = R_H∥R_s/(R_H∥R_s + R) - R_L∥R_s/(R_L∥R_s + R)."""
    low, high = 1e4, 1e6
    sneak = 2 * low / (n - 1) + low / (n - 1) ** 2

    def level(selected):
        g = np.full((n, n), 1 / low)
        g[0, 0] = 1 / selected
        return Crossbar(n, n, g).op(PullUp(0, 0, 1.0, low)).bit_voltage[0, 0]

    def divided(selected):
        r = selected * sneak / (selected + sneak)
        return r / (r + low)

    assert level(high) - level(low) == pytest.approx(divided(high) - divided(low), rel=1e-12)
    assert level(high) - level(low) == pytest.approx(margin, abs=5e-5)


def test_first_order_loss_of_a_product():
    """Mean loss (2/3)·r·g·N², worst column (5/6)·r·g·N², to first order and for large N."""
    n, g, r = 128, 1e-6, 1e-3
    ends = {"driver_resistance": r, "sense_resistance": r}
    array = Crossbar(n, n, g, wordline_resistance=r, bitline_resistance=r, **ends)
    loss = 1.0 - array.mvm(np.ones(n)) / (n * g)
    assert loss.mean() == pytest.approx(2 / 3 * r * g * n**2, rel=0.02)
    assert loss.max() == pytest.approx(5 / 6 * r * g * n**2, rel=0.02)


def test_leakage_of_half_selected_cells():
    """V/2: 2(N-1) cells with g·V/2; V/3: N² - 1 cells with g·V/3; powers g·V²/4 and g·V²/9 each."""
    n, g, v = 9, 1e-6, 1.2
    half = Crossbar(n, n, g).op(Access(2, 3, v))
    assert half.half_select_leakage == pytest.approx(2 * (n - 1) * g * v / 2, rel=1e-9)
    assert half.leakage_power == pytest.approx(2 * (n - 1) * g * (v / 2) ** 2, rel=1e-9)
    assert half.selected_current == pytest.approx(g * v, rel=1e-12)
    third = Crossbar(n, n, g).op(Access(2, 3, v, "third"))
    assert third.leakage_power == pytest.approx((n * n - 1) * g * (v / 3) ** 2, rel=1e-9)
    assert third.half_select_leakage == pytest.approx(2 * (n - 1) * g * v / 3, rel=1e-9)
    assert third.total_power == pytest.approx(third.leakage_power + g * v * v, rel=1e-9)


def test_half_selected_cells_are_counted():
    n, v = 9, 1.2
    half = Crossbar(n, n, 1e-6).op(Access(2, 3, v)).cell_voltage
    assert np.count_nonzero(np.isclose(half, v / 2)) == 2 * (n - 1)
    assert np.count_nonzero(half == 0.0) == (n - 1) ** 2
    third = Crossbar(n, n, 1e-6).op(Access(2, 3, v, "third")).cell_voltage
    assert np.count_nonzero(np.isclose(np.abs(third), v / 3)) == n * n - 1


CELLS = {
    "sinh": lambda g: Device("sinh_selector", i0=g / 14, v0=1 / 14),
    "memristor": lambda g: Device("vteam", ron=1e3, roff=1e5, x0=g / g.max()),
    "1s1r": lambda g: Series(Device("sinh_selector", i0=1e-6, v0=0.08), Resistance(1 / g)),
    "diode": lambda g: Series(Device("diode", **{"is": 1e-12}), Resistance(1 / g)),
    "1t1r": lambda g: Gated(Resistance(1 / g), Device("ekv", vto=0.4, w=1e-5)),
    "1t1m": lambda g: Gated(Device("vteam", ron=1e3, roff=1e5, x0=g / g.max()), Device("ekv", vto=0.4)),
}


@pytest.mark.parametrize("kind", CELLS)
def test_cells_that_are_not_linear(kind):
    rng = np.random.default_rng(5)
    g = 10 ** rng.uniform(-5, -3, (5, 6))
    array = Crossbar(
        5, 6, CELLS[kind](g), wordline_resistance=5.0, bitline_resistance=3.0, sense_resistance=1.0
    )
    for scheme in (
        Access(1, 2, 0.8, gate=2.0),
        Access(1, 2, 0.8, "third", gate=2.0),
        Access(1, 2, 0.8, "floating", gate=2.0),
        PullUp(1, 2, 0.8, 1e3) if kind != "1t1r" else Access(0, 0, 0.5, gate=1.0, other_gates=0.5),
    ):
        if kind == "diode" and not isinstance(scheme, PullUp) and scheme.unselected == "floating":
            continue  # reverse diodes alone would hold the floating lines
        ours, general = (
            array.op(scheme),
            array.op(scheme, engine="general", linear_solver=DIRECT),
        )
        size = np.abs(general.cell_current).max()
        assert size > 1e-12
        arrived = general.cell_current.sum(axis=0)  # what reaches a bit line leaves at its end
        np.testing.assert_allclose(
            general.output, arrived * ours.ends.held("bottom"), rtol=1e-5, atol=1e-7 * size
        )
        np.testing.assert_allclose(
            ours.cell_current, general.cell_current, rtol=1e-6, atol=1e-16 + 1e-10 * size
        )
        np.testing.assert_allclose(ours.cell_voltage, general.cell_voltage, rtol=0, atol=1e-8)
        slope = general.cell_conductance
        np.testing.assert_allclose(ours.cell_conductance, slope, rtol=1e-5, atol=1e-9 * slope.max())
        for side in ours.currents_out:
            np.testing.assert_allclose(
                ours.currents_out[side], general.currents_out[side], rtol=1e-7, atol=1e-16 + 1e-10 * size
            )


@pytest.mark.parametrize("along", ["rows", "columns"])
@pytest.mark.parametrize("unselected", ["half", "floating"])
def test_gated_cells_are_solved_as_an_array(along, unselected):
    """Unsymmetric Jacobians, forward and reverse, lines that only closed transistors hold."""
    g = 10 ** np.random.default_rng(3).uniform(-6, -4, (20, 17))
    cell = Gated(Resistance(1 / g), Device("ekv", vto=0.4, w=1e-5), along)
    array = Crossbar(20, 17, cell, wordline_resistance=5.0, bitline_resistance=3.0, driver_resistance=2.0)
    tight = {"reltol": 1e-9, "abstol": 1e-18, "vntol": 1e-13}
    for voltage in (0.8, -0.6):
        scheme = Access(1, 2, voltage, unselected, gate=1.5, other_gates=0.2, gates_along=along)
        ours = array.op(scheme, engine="array")
        assert ours.statistics.linear_solver == "array" and "BiCGSTAB" in ours.statistics.notes[0]
        general = array.op(scheme, engine="general", linear_solver=DIRECT, **tight)
        np.testing.assert_allclose(ours.output, general.output, rtol=1e-9, atol=1e-20)
        np.testing.assert_allclose(ours.cell_voltage, general.cell_voltage, rtol=0, atol=1e-9)
        size = np.abs(general.cell_current).max()
        # besides rounding, what the reference leaves by its abstol at the ends of a cell
        allowed = 1e-13 * size + 10 * tight["abstol"]
        np.testing.assert_allclose(ours.cell_current, general.cell_current, rtol=1e-9, atol=allowed)


def test_picoamperes_beside_milliamperes():
    """Column 1 carries 1e-9 of what column 0 does, and is right to 1e-6 of its own."""
    g = np.full((16, 2), 1e-3)
    g[:, 1] = 1e-12
    array = Crossbar(16, 2, g, wordline_resistance=1.0, bitline_resistance=1.0)
    out = array.op(Access(3, 1, 1.0, cols_at=0.0)).output
    selected = Crossbar(16, 2, g, wordline_resistance=1e-6, bitline_resistance=1e-6)
    assert 0.4e-11 < out[1] < 1e-11
    assert out[1] == pytest.approx(
        array.op(Access(3, 1, 1.0, cols_at=0.0)).cell_current[:, 1].sum(), rel=1e-9
    )
    assert selected.op(Access(3, 1, 1.0, cols_at=0.0)).output[1] == pytest.approx(8.5e-12, rel=1e-6)


def test_lines_without_resistance_anywhere():
    rng = np.random.default_rng(7)
    g = 10 ** rng.uniform(-4, -2, (4, 5))
    for wires in ((0.0, 2.0), (3.0, 0.0), ([0, 1, 0, 2], 1.0), (0.0, 0.0)):
        exact = Crossbar(4, 5, g, wordline_resistance=wires[0], bitline_resistance=wires[1])
        nearly = Crossbar(
            4,
            5,
            g,
            wordline_resistance=np.maximum(wires[0], 1e-7),
            bitline_resistance=np.maximum(wires[1], 1e-7),
        )
        for scheme in (MVM([0.1, 0.2, 0.3, 0.4]), Access(1, 2, 1.0, "floating"), PullUp(1, 2, 1.0, 500.0)):
            a, b = exact.op(scheme), nearly.op(scheme)
            np.testing.assert_allclose(a.cell_voltage, b.cell_voltage, atol=1e-7, rtol=0)
            np.testing.assert_allclose(a.wordline_current, b.wordline_current, atol=1e-9, rtol=0)
            np.testing.assert_allclose(a.bitline_current, b.bitline_current, atol=1e-9, rtol=0)
            np.testing.assert_allclose(a.output, b.output, atol=1e-9, rtol=0)
    segments = np.array([[1.0, 0.0, 2.0, 0.0]] * 4)
    some = Crossbar(4, 5, g, wordline_resistance=segments, bitline_resistance=1.0)
    nearly = Crossbar(4, 5, g, wordline_resistance=np.maximum(segments, 1e-7), bitline_resistance=1.0)
    a, b = (array.op(MVM([0.1, 0.2, 0.3, 0.4])) for array in (some, nearly))
    np.testing.assert_allclose(a.output, b.output, rtol=1e-7)
    np.testing.assert_allclose(a.wordline_current, b.wordline_current, atol=1e-9)


def test_faults():
    g = np.full((3, 3), 1e-4)
    wires = {"wordline_resistance": 1.0, "bitline_resistance": 1.0}
    faults = Faults(stuck={(0, 1): 1e-3}, opens=[(1, 1)], shorts=[(2, 2)], open_word=[(0, 1)])
    changed = g.copy()
    changed[0, 1], changed[1, 1], changed[2, 2] = 1e-3, 0.0, 1.0
    along = np.ones((3, 2))
    along[0, 1] = 1e15
    broken = Crossbar(3, 3, g, faults=faults, **wires)
    same = Crossbar(3, 3, changed, wordline_resistance=along, bitline_resistance=1.0)
    inputs = MVM([0.1, 0.2, 0.3])
    np.testing.assert_allclose(broken.op(inputs).output, same.op(inputs).output, rtol=1e-9)
    np.testing.assert_allclose(broken.op(inputs, engine="general").output, same.op(inputs).output, rtol=1e-9)
    device = Crossbar(3, 3, Device("sinh_selector"), faults=faults, **wires)
    ours, general = device.op(inputs), device.op(inputs, engine="general")
    np.testing.assert_allclose(ours.output, general.output, rtol=1e-8)
    assert ours.cell_current[1, 1] == 0.0
    assert ours.cell_current[0, 1] == pytest.approx(1e-3 * ours.cell_voltage[0, 1], rel=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Crossbar(2, 3, np.ones((3, 2))), r"shape \(3, 2\) does not fit"),
        (lambda: Crossbar(2, 2, [[1, np.nan], [1, 1]]), "nan at row 0, column 1"),
        (lambda: Crossbar(2, 2, [[1, 1], [-1e-3, 1]]), "-0.001 at row 1, column 0"),
        (lambda: Crossbar(2, 2, Resistance([[1, 1], [1, -5]])), "-5 at row 1, column 1"),
        (lambda: Crossbar(2, 2, Resistance([[1, 1e-310], [1, 1]])), "1e-310 at row 0, column 1"),
        (lambda: Crossbar(2, 2, 1e-3, wordline_resistance=[1, -1]), "wordline_resistance .* -1 at row 1"),
        (lambda: Crossbar(2, 3, 1e-3, bitline_resistance=[1, 2, np.nan]), "nan at column 2"),
        (lambda: Crossbar(2, 3, 1e-3, bitline_resistance=[1, 2]), "does not fit"),
        (lambda: Crossbar(0, 3, 1e-3), "rows = 0"),
        (lambda: Crossbar(2, 2, Device("vteam", x0=[[0, 0.5], [2, 0]])), "2 at row 1, column 0"),
        (lambda: Crossbar(2, 2, Device("vteem")), "did you mean.*vteam"),
        (lambda: Crossbar(2, 2, Device("vteam", rom=1.0)), "has no parameter 'rom'"),
        (lambda: Crossbar(2, 2, 1e-3).op(Bias()), "all 2 word lines and all 2 bit lines float"),
        (lambda: Crossbar(2, 2, 1e-3).op(MVM([0.1])), "does not fit"),
        (lambda: Crossbar(2, 2, 1e-3).op(Access(2, 0, 1.0)), r"cell \(2, 0\) is not in an array"),
        (
            lambda: Crossbar(2, 2, 1e-3).op(Bias(left=1.0, right=0.0, bottom=0.0)),
            "word line 0 has no resistance",
        ),
        (lambda: Crossbar(2, 2, 1e-3).op(Access(0, 0, 1.0, "fourth")), "must be one of half"),
        (lambda: Crossbar(2, 2, 1e-3).op([1.0, 2.0]), r"a bias is needed, MVM.* not list"),
        (lambda: Crossbar(2, 2, 1e-3).mvm([0.1, np.nan]), "input .* nan at row 1"),
        (lambda: Crossbar(2, 2, 1e-3).mvm([[0.1, 1.0], [np.inf, 1.0]]), "inf at vector 1, row 0"),
        (lambda: Crossbar(2, 2, 1e-3).mvm("ab"), "inputs: numbers are needed"),
        (lambda: Crossbar(2, 2, 1e-3).mvm(np.ones((2, 3))), "transpose it"),
        (lambda: Crossbar(2, 2, Series(Device("sinh_selector"), 3.0)), "second = 3.0: a cell such as"),
        (
            lambda: Crossbar(2, 2, Series(Device("vteam"), Device("ekv"))),
            "ekv has terminals drain, .* gate= on",
        ),
        (lambda: Crossbar(2, 2, 1e-3).op(MVM([1, 1])).plot("currents", "x.nothing"), "cannot be written"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(AnalysisError, match=message):
        make()


def test_a_part_that_floats_is_named():
    g = np.zeros((3, 3))
    g[0] = 1e-3
    array = Crossbar(3, 3, g, wordline_resistance=1.0, bitline_resistance=1.0)
    result = array.op(Access(0, 0, 1.0, "floating"))
    assert "6 nodes" in result.statistics.notes[-1]
    assert "word line of row 1, column 0" in result.statistics.notes[-1]
    assert not np.any(result.word_voltage[1:])


@pytest.mark.parametrize("kind", ["1s1r", "diode", "1t1r", "memristor"])
def test_a_contact_resistance_is_in_series_with_every_cell(kind):
    """Also of gated cells; stacks with a resistor keep their one inner node, so that the array solver does them."""
    g = 10 ** np.random.default_rng(6).uniform(-5, -3, (3, 4))
    wires = {"wordline_resistance": 5.0, "bitline_resistance": 3.0}
    contact = 700.0
    made = Crossbar(3, 4, CELLS[kind](g), contact_resistance=contact, **wires)
    result = made.op(Access(1, 2, 0.8, "half", gate=2.0), engine="array")
    more = Series(CELLS[kind](g), Resistance(contact))
    if kind != "memristor":
        more = CELLS[kind](g / (1 + g * contact))
    by_hand = Crossbar(3, 4, more, **wires).op(Access(1, 2, 0.8, "half", gate=2.0))
    size = np.abs(by_hand.cell_current).max()
    np.testing.assert_allclose(result.cell_current, by_hand.cell_current, rtol=1e-8, atol=1e-11 * size)


@pytest.mark.filterwarnings("error")
def test_currents_that_cancel_beyond_all_numbers_are_an_error():
    wires = {"wordline_resistance": 7.2, "bitline_resistance": 143.5, "driver_resistance": 0.0176}
    array = Crossbar(3, 5, Device("sinh_selector", i0=1e-6), **wires)
    with pytest.raises((ConvergenceError, AnalysisError)):
        array.op(Access(1, 4, 1e300, "third"))


@pytest.mark.parametrize("engine", ["auto", "general"])
def test_currents_larger_than_numbers_are_an_error(engine):
    array = Crossbar(2, 1, Device("sinh_selector", i0=1e-6), wordline_resistance=1.0, bitline_resistance=1.0)
    with pytest.raises((ConvergenceError, AnalysisError)):
        array.op(Bias(left=1e300, bottom=0.0), engine=engine)


def test_another_scheme_is_one_line(monkeypatch):
    """Ideal lines: the cells see the differences of the voltages that the line states."""
    monkeypatch.setitem(bias.UNSELECTED, "quarter", lambda v: (v / 4, 3 * v / 4))
    seen = Crossbar(3, 3, 1e-5).op(Access(0, 1, 2.0, "quarter")).cell_voltage
    assert seen[0].tolist() == [0.5, 2.0, 0.5]
    assert seen[1:].tolist() == [[-1.0, 0.5, -1.0]] * 2
    with pytest.raises(AnalysisError, match="half, third, floating, grounded, quarter"):
        Crossbar(3, 3, 1e-5).op(Access(0, 1, 2.0, "fifth"))
