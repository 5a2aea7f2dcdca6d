"""What the campaign has found, a deck for each."""

import math
import time

import numpy as np
import pytest

from circuitnn import Circuit, Crossbar, cli
from circuitnn.crossbar import MVM, Access, Device, PullUp, Resistance, Series
from circuitnn.errors import BudgetError, CircuitnnError, ConvergenceError, DeckWarning
from circuitnn.machine.budget import limits
from circuitnn.netlist.sweep_points import added_up
from circuitnn.ngspice import control
from circuitnn.results.harmonics import fourier
from circuitnn.solvers.pencil import finite_eigenvalues, quick_eigenvalues

BASE = "t\nv1 a 0 dc 1 ac 1 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 1u\nd1 b 0 dm\n.model dm d(is=1e-14)\n"


@pytest.mark.parametrize(
    ("cards", "says"),
    [
        ("v1 0 0\n.dc v1 0 0.9 0.05", "v1 is shorted"),
        ("b1 0 0 v=1\n.tran 1n 10n", "b1 is shorted"),
        ("r1 0 0 1\n.op", "no node besides ground"),
    ],
)
def test_circuits_of_ground_alone(cards, says):
    with pytest.raises(CircuitnnError, match=f"{says}|nothing to solve: {says}"):
        Circuit.from_text(f"t\n{cards}\n.end\n").run()


@pytest.mark.parametrize("card", ["d1 0 0 dm\n.model dm d(rs=1)", "n1 0 0 dm\n.model dm drift"])
def test_devices_at_ground_have_an_inside(card):
    _, tran = Circuit.from_text(f"t\n{card}\n.op\n.tran 1n 10n\n.end\n").run()
    assert tran.complete and len(tran) > 5


@pytest.mark.parametrize("stop", ["7.1e202", "-7e15"])
def test_an_arc_to_where_no_circuit_goes(stop, tmp_path, capsys):
    """The square of its length was no number; then it walked 21,616 points."""
    (tmp_path / "deck.cir").write_text(f"{BASE}.arc v1 0 {stop}\n.end\n")
    assert cli.execute(["run", str(tmp_path / "deck.cir"), "-q"]) == 1
    err = capsys.readouterr().err
    assert f"v1 = {float(stop):g}: voltages so high" in err
    assert "report" not in err


@pytest.mark.long
def test_an_arc_ends_where_voltages_leave_all_bounds():
    """An amplifier is driven by up to 10 MV."""
    circuit = Circuit.from_text("t\nv1 a 0 1\ne1 b 0 a 0 1meg\nr1 b 0 1k\n.end\n")
    with pytest.raises(ConvergenceError, match=r"v\(b\) = .*e\+11 V at v1 = .*voltages so high") as failed:
        circuit.arc("v1", 0, 1e7, points=20)
    assert 10 < len(failed.value.result) < 5000


@pytest.mark.parametrize(
    "element",
    [
        "b2 c a v=sqrt(v(b)+3) + ddt(2)*sqrt(v(a)+3)",
        "r3 b a r={acosh(pow(ddt(time), 1)) + 1k}",
        "b4 c a i=ddt(1n*v(a))+1u*sqrt(v(b)+3)",
    ],
)
def test_rates_in_what_is_asked_of_operations_without_a_value(element):
    """KeyError 'ddt': the question was made of the expression, not of what its rates have become."""
    # A rate of 1 flickers across the end of acosh's domain; an infinite slope there made steps of 1e-20 s.
    for result in Circuit.from_text(f"{BASE}{element}\nrc c 0 1k\n.op\n.tran 10u 1m\n.end\n").run():
        assert result.complete and np.isfinite(result.data).all()


def test_many_measures_take_their_number_of_times_as_long():
    """Each looked at all before it: 16,000 cards took 20 s."""

    def spent(count):
        cards = "".join(f".meas tran m{k} max v(b)\n" for k in range(count))
        circuit = Circuit.from_text(f"{BASE}.tran 10u 1m\n{cards}.end\n")
        started = time.process_time()
        assert len(circuit.flat.measures) == count
        return time.process_time() - started

    spent(10)
    assert spent(16000) < 40.0 * max(spent(1000), 0.05)


def test_a_sweep_without_time_for_its_first_point():
    """UnboundLocalError: the message names the point, which was not known yet."""
    circuit = Circuit.from_text(f"{BASE}.end\n")
    with (
        limits(seconds=1e-9),
        pytest.raises(BudgetError, match=r"dc sweep at v1 = 0, after 0 points") as failed,
    ):
        circuit.dc("v1", 0, 1, 0.1)
    assert len(failed.value.result) == 0


@pytest.mark.parametrize("frequency", ["1e308", "1e19"])
def test_harmonics_of_what_times_do_not_resolve(frequency):
    """Of 1e308 Hz the harmonics overflowed."""
    circuit = Circuit.from_text(f"{BASE}.tran 10u 1m\n.end\n")
    with pytest.raises(CircuitnnError, match="do not resolve a period"):
        fourier(circuit.tran("10u"), float(frequency), "v(a)")


def test_frequencies_whose_angular_frequency_overflows():
    with pytest.raises(CircuitnnError, match=r"1e\+308 Hz: frequencies beyond 1e\+300 Hz are too high"):
        Circuit.from_text(f"{BASE}.end\n").ac(1, "1e308", points=1)


def test_cells_and_lines_whose_ratio_overflows():
    """The preconditioner's grid divided conductances of 1e300 S by those of the lines."""
    g = np.full((4, 4), 1e-5)
    g[0, 0] = 1e300
    try:
        found = (
            Crossbar(4, 4, g, wordline_resistance=1e20, bitline_resistance=1e20)
            .op(MVM(np.full(4, 0.1)))
            .output
        )
    except CircuitnnError:
        return
    assert np.all(np.isfinite(found))


def test_coupled_inductors_one_of_which_is_negative():
    """As in ngspice, M = k·sqrt(|L1·L2|); it was NaN, and the message spoke of admittances beyond 1e308 S."""
    deck = "t\nv1 a 0 ac 1\nr1 a b 1\nl1 b 0 1m\nl2 c 0 -2m\nk1 l1 l2 0.5\nr2 c 0 1k\n.end\n"
    got = Circuit.from_text(deck).ac("1k")
    w, m = 2e3 * math.pi, 0.5 * math.sqrt(2e-6)
    i = np.linalg.solve([[1 + 1j * w * 1e-3, 1j * w * m], [1j * w * m, 1e3 - 1j * w * 2e-3]], [1, 0])
    assert got["v(c)"][0] == pytest.approx(-1e3 * i[1], rel=1e-12)


@pytest.mark.parametrize("points", ["(0,0) (0.1,1e308)", "(0,0) (1e-320,0.5)", "(-1,-1e308) (1,1.7e308)"])
def test_tables_too_steep_for_a_number(points):
    """Their slopes were infinite."""
    with pytest.raises(CircuitnnError, match="too steep for a number"):
        Circuit.from_text(f"{BASE}g1 b 0 table {{v(a)}} = {points}\n.op\n.end\n").run()


def test_noise_behind_a_gain_that_cannot_be_squared():
    deck = f"{BASE}e1 d 0 a 0 1e200\nrd d 0 1\n.end\n"
    with pytest.raises(CircuitnnError, match=r"the gain from v1 to the output is 1e\+200 at 1 Hz"):
        Circuit.from_text(deck).noise("d", "v1", 1, 1e3)


def test_capacitances_at_frequencies_below_all_numbers():
    """A part that only capacitors join: ω·C was 0, and divided by."""
    deck = "t\nv1 a 0 ac 1\nr1 a b 1\nc1 b c 10f\n.ac lin 401 1e-320 1meg\n.end\n"
    with pytest.raises(CircuitnnError, match=r"no unique solution at 9\.99"):
        Circuit.from_text(deck).run()


def test_an_axis_that_is_no_vector():
    """A second number after ``vs``."""
    commands = "op\nplot v(b) vs 0/0 3e257"
    deck = f"{BASE}.control\n{commands}\n.endc\n.end\n"
    with pytest.warns(DeckWarning, match="'plot' is left out: 'vs' takes one vector, not 2"):
        control.run(Circuit.from_text(deck))


@pytest.mark.parametrize(
    "bias", [MVM([1e-3, 4e-4, 19.0, 1e300]), PullUp(0, 0, 1e300, 2.4e4)], ids=["inputs", "pull-up"]
)
@pytest.mark.parametrize("cell", [1e300, Series(Device("sinh_selector", i0=1e-6), Resistance(1e6))])
def test_currents_of_arrays_beyond_all_numbers(cell, bias):
    try:
        found = Crossbar(4, 1, cell, wordline_resistance=0.4, bitline_resistance=130.0).op(bias)
    except CircuitnnError:
        return
    assert np.isfinite(found.output).all() and np.isfinite(found.cell_current).all()


@pytest.mark.parametrize("found", [quick_eigenvalues, finite_eigenvalues])
def test_a_time_constant_below_all_numbers(found):
    """The stability of a point of an arc with an inductance of 5e-324 H."""
    values = found(np.eye(2), np.diag([5e-324, 1.0]))
    assert sorted(values.real) == [-1e300, -1.0]


def test_voltages_of_arrays_beyond_all_numbers():
    """Its ends' currents were computed from them before anything looked, with a warning of NumPy's."""
    array = Crossbar(
        2, 5, 1e300, wordline_resistance=0.0, bitline_resistance=0.0253, driver_resistance=0.0129
    )
    with pytest.raises(ConvergenceError, match="exceeds the range of numbers"):
        array.op(Access(0, 0, 2.098, "third"))


@pytest.mark.parametrize(
    ("card", "points"),
    [((0, 1, 1e308), [0]), ((0, -1, -1e308), [0]), ((-1e308, 0, 9e307), [-1e308, -1e307])],
)
def test_steps_of_sweeps_up_to_the_largest_numbers(card, points):
    assert added_up(*card) == pytest.approx(points)
