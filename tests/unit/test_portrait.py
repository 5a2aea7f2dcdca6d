"""Phase portraits beside the formulas of circuits with two state variables; frames of arrays beside their states."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Access, Device, Pulse
from circuitnn.errors import AnalysisError, ConvergenceError, UnknownNameError

# FitzHugh and Nagumo's neuron: C v' = v - v³/3 - i, L i' = v + 0.7 - 0.8 i
NEURON = "neuron\nb1 a 0 i=v(a)*v(a)*v(a)/3-v(a)\nc1 a 0 1\nl1 a b 12.5\nr1 b d 0.8\nv1 d 0 -0.7\n"


def relaxation(text: str = NEURON):
    return Circuit.from_text(text).system()


def test_rates_are_those_of_the_formulas():
    p = relaxation().portrait({"v(a)": (-2.5, 2.5), "i(l1)": (-1.5, 2.0)}, points=21)
    v, i = np.meshgrid(p.x, p.y)
    np.testing.assert_allclose(p.dx, v - v**3 / 3 - i, atol=1e-9)
    np.testing.assert_allclose(p.dy, (v + 0.7 - 0.8 * i) / 12.5, atol=1e-9)
    assert p.units == ("V", "A") and "i(l1) over v(a)" in repr(p)


def test_it_rests_where_the_nullclines_cross():
    (rest,) = relaxation().portrait({"v(a)": (-2.5, 2.5), "i(l1)": (-1.5, 2.0)}).rest
    roots = np.roots([-1 / 3, 0, 1 - 1 / 0.8, -0.7 / 0.8])
    v = roots[abs(roots.imag) < 1e-9].real
    np.testing.assert_allclose(rest, [v[0], (v[0] + 0.7) / 0.8], atol=2e-3)


def test_a_circuit_that_never_rests_has_rates():
    system = relaxation(NEURON.replace("v(a)*v(a)*v(a)/3", "1+v(a)*v(a)"))
    with pytest.raises(ConvergenceError):
        system.operating_point()
    p = system.portrait({"v(a)": (-1, 1), "i(l1)": (-1, 1)}, points=5)
    v, i = np.meshgrid(p.x, p.y)
    np.testing.assert_allclose(p.dx, v - 1 - v**2 - i, atol=1e-9)


def test_order_of_the_axes():
    one = relaxation().portrait({"v(a)": (-2, 2), "i(l1)": (-1, 1)}, points=7)
    other = relaxation().portrait({"i(l1)": (-1, 1), "v(a)": (-2, 2)}, points=7)
    np.testing.assert_allclose(one.dx, other.dy.T, atol=1e-12)


def test_states_of_devices_have_their_units():
    deck = "t\nv1 in 0 2\nr1 in a 6k\nc1 a 0 1p\nn1 a 0 m\n.model m poole_frenkel\n"
    p = relaxation(deck).portrait({"v(a)": (0.5, 1.5), "@n1[t]": (300, 900)}, points=15)
    assert p.plot().axes[0].get_ylabel() == "@n1[t] [K]" and p.plot().axes[0].get_xlabel() == "v(a) [V]"
    cold = p.dy[0]  # at the temperature of the surroundings nothing cools
    assert (cold > 0.0).all() and (np.diff(cold) > 0.0).all()


def test_picture_has_nullclines_rest_and_orbits():
    circuit = Circuit.from_text(NEURON)
    p = circuit.system().portrait({"v(a)": (-2.5, 2.5), "i(l1)": (-1.5, 2.0)}, points=31)
    orbit = circuit.tran(5.0, tmax=0.05)
    axis = Figure().subplots()
    assert p.plot(orbit, ax=axis, xlim=(-1, 1)) is axis.figure and axis.get_xlim() == (-1.0, 1.0)
    lines = {line.get_label(): line for line in axis.get_lines()}
    assert lines.keys() >= {"dv(a)/dt = 0", "di(l1)/dt = 0", "at rest", "orbit"}
    x, y = lines["di(l1)/dt = 0"].get_data()
    np.testing.assert_allclose(y, (np.asarray(x) + 0.7) / 0.8, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "ranges", "message"),
    [
        (NEURON + "c2 b 0 1\n", {"v(a)": (0, 1), "i(l1)": (0, 1)}, r"further state variables, v\(b\)"),
        (NEURON, {"v(a)": (0, 1), "v(b)": (0, 1)}, r"further state variables, i\(l1\)"),
        (
            NEURON.replace("l1 a b 12.5", "r2 a b 1"),
            {"v(a)": (0, 1), "v(b)": (0, 1)},
            r"v\(b\) stores no charge",
        ),
        (NEURON, {"v(a)": (0, 1)}, "ranges of two state variables"),
        (NEURON, {"v(a)": (1, 0), "i(l1)": (0, 1)}, r"range of v\(a\): two rising numbers"),
        (NEURON, {"v(q)": (0, 1), "i(l1)": (0, 1)}, r"no unknown v\(q\)"),
    ],
)
def test_what_has_no_portrait(text, ranges, message):
    with pytest.raises(AnalysisError, match=message):
        relaxation(text).portrait(ranges, points=5)


def written():
    device = Device(
        "vteam", ron=1e3, roff=1e5, von=-0.7, voff=0.7, aon=1, aoff=1, kon=-0.1, koff=0.1, x0=0.05
    )
    return Crossbar(3, 4, device, line_resistance=20).tran(
        Access(1, 2, 2.0, "half"), Pulse(80e-9, 1e-9, 1e-9), "100n"
    )


def test_frames_show_the_states_in_one_scale():
    run = written()
    figure = run.plot("x", at=[0.0, 40e-9, 100e-9])
    images = [image for axis in figure.axes for image in axis.get_images()]
    states = run.state("x")
    rows = [int(abs(run.time - t).argmin()) for t in (0.0, 40e-9, 100e-9)]
    for image, k in zip(images, rows, strict=True):
        np.testing.assert_array_equal(image.get_array(), states[k])
        assert image.get_clim() == (states[rows].min(), states[rows].max())
    assert [axis.get_title(loc="left") for axis in figure.axes[:3]][::2] == ["0 ns", "100 ns"]


def test_frames_that_do_not_exist():
    run = written()
    with pytest.raises(AnalysisError, match="outside of the run"):
        run.plot(at=[2e-7])
    with pytest.raises(AnalysisError, match="from 1 to 60 moments"):
        run.plot(at=0)
    with pytest.raises(UnknownNameError, match="no state 'y'"):
        run.plot("y")
    with pytest.raises(AnalysisError, match="this picture has 3 panels"):
        run.plot(at=3, ax=Figure().subplots())


def test_a_bifurcation_diagram_has_stable_and_unstable_parts():
    """Points at rest between the Hopf points are dashed, cycles are drawn to where they begin, in one picture."""
    text = "t\nvdd vdd 0 2\nrl vdd a 6k\nc1 a 0 1p ic=0\nn1 a 0 m\n.model m poole_frenkel\n"
    circuit = Circuit.from_text(text)
    arc = circuit.arc("vdd", 1, 3)
    cycles = circuit.cycles("vdd", 2, 2.5, uic=True, tstab="0.2u")
    figure = arc.plot("v(a)")
    axis = figure.axes[0]
    assert cycles.plot("max(v(a))", "min(v(a))", ax=axis) is figure and axis.get_xlabel() == "vdd [V]"
    low, high = (special.value for special in arc.special)
    (dashed,) = (line for line in axis.get_lines() if line.get_linestyle() == "--")
    assert dashed.get_xdata()[[0, -1]] == pytest.approx([low, high])
    names = [text.get_text() for text in axis.get_legend().get_texts()]
    assert names == ["v(a)", "Hopf point, supercritical", "max(v(a))", "min(v(a))"]
