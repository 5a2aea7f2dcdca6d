"""Program-and-verify: one cell against scipy, arrays against transients, disturb voltages, drift over many pulses."""

import numpy as np
import pytest
import xarray
from scipy.integrate import solve_ivp

from circuitnn.cli import execute
from circuitnn.crossbar import (
    MVM,
    Access,
    Bias,
    Conductance,
    Crossbar,
    Device,
    Gated,
    Pulse,
    Resistance,
    Series,
)
from circuitnn.crossbar.evolution import Evolution
from circuitnn.crossbar.nodes import behind_lines
from circuitnn.errors import AnalysisError, ConvergenceError, UnknownNameError
from circuitnn.studies.programming import program
from circuitnn.studies.protocol import Protocol
from circuitnn.studies.pulse_averaging import drift
from circuitnn.studies.question import assigned
from circuitnn.studies.questions.write import wanted, write

VTEAM = {
    "ron": 5e3, "roff": 2e5, "exponential": 1, "von": -0.7, "voff": 0.7, "kon": -0.3, "koff": 0.3, "aon": 3, "aoff": 3,
    "x0": 1,
}  # fmt: skip


class Vteam:
    """The published equations, in the parameters above."""

    start = 1.0
    cell = Device("vteam", **VTEAM)
    protocol = Protocol(-0.72, 0.72, limit=1.4)

    @staticmethod
    def current(v, x):
        return v / (5e3 * 40.0**x)

    @staticmethod
    def rate(v, x):
        if v < -0.7:
            return -0.3 / 3e-9 * (v / -0.7 - 1.0) ** 3 * (x > 0.0)
        return 0.3 / 3e-9 * (v / 0.7 - 1.0) ** 3 * (x < 1.0) if v > 0.7 else 0.0


class Stanford:
    """The published equations of the gap in nm, the cut at fmin smoothed as in the model."""

    start = 1.7
    cell = Device("stanford_pku", gapini=1.7e-9)
    protocol = Protocol(1.1, -1.1, limit=2.0)

    @staticmethod
    def current(v, g):
        return 1e-3 * np.exp(-g / 0.25) * np.sinh(v / 0.25)

    @classmethod
    def rate(cls, v, g):
        kt = 8.617333262e-5 * (298.0 + 2.1e3 * v * cls.current(v, g))
        gamma = 16.0 - 0.8 * g**3
        cut = 0.5 * (1.0 + np.tanh((gamma * abs(v) / (12e-9 * 1.4e9) - 1.0) / 2e-3))
        made = -10.0 * np.exp(-0.6 / kt) * np.sinh(gamma * cut * 0.25 / 12.0 * v / kt) / 1e-9
        return made * np.clip((g - 0.2 if made < 0.0 else 1.7 - g) / 1.5e-4, 0.0, 1.0)


def by_scipy(model, target):
    """The same protocol for one cell without lines: pulses of both kinds, energy, last state."""
    p, x, energy, level, before, counts = model.protocol, model.start, 0.0, 0, 0, [0, 0]
    while True:
        g = model.current(p.read_voltage, x) / p.read_voltage
        if abs(g - target) <= p.band * target:
            return counts, energy, x
        up = g < target
        level = level + 1 if up == before else 0
        before = up
        v = np.sign(p.set_voltage if up else p.reset_voltage) * min(1e3, abs(p.set_voltage) + p.step * level)
        found = solve_ivp(
            lambda t, y, v=v: (model.rate(v, y[0]), v * model.current(v, y[0])),
            (0.0, p.width),
            (x, 0.0),
            method="LSODA",
            rtol=1e-9,
            atol=(1e-12, 1e-24),
        )
        x, energy = found.y[0, -1], energy + found.y[1, -1]
        counts[0 if up else 1] += 1


@pytest.mark.parametrize(("model", "target"), [(Vteam, 2e-5), (Vteam, 1e-4), (Stanford, 5e-5)])
def test_one_cell_is_written_as_by_scipy(model, target):
    counts, energy, state = by_scipy(model, target)
    made = program(Crossbar(1, 1, model.cell), target, model.protocol, reltol=1e-5)
    assert made.good.all()
    assert [made.set_pulses[0, 0], made.reset_pulses[0, 0]] == counts
    assert made.evolution.state(made.evolution.rates.moving[0])[0, 0] == pytest.approx(state, rel=2e-5)
    assert made.write_energy == pytest.approx(energy, rel=1e-4)
    assert made.effective[0, 0] == pytest.approx(model.current(0.1, state) / 0.1, rel=1e-4)
    width = model.protocol.width
    assert made.time == pytest.approx(sum(counts) * width + made.counts["reads"] * model.protocol.read_time)


def lined(size, cell, r=20.0, **more):
    names = ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance")
    return Crossbar(size, size, cell, **dict.fromkeys(names, r), **more)


@pytest.mark.parametrize("kind", ["vteam", "stanford_pku", "1S1R"])
def test_pulses_through_lines_are_those_of_a_transient(kind):
    x = np.random.default_rng(3).uniform(0.3, 0.8, (3, 3))
    memory = Device("vteam", **{**VTEAM, "x0": x})
    cell, v, name = {
        "vteam": (memory, -1.2, "x"),
        "stanford_pku": (Device("stanford_pku", gapini=(0.7 + x) * 1e-9, cth=1e-15), 1.5, "g"),
        "1S1R": (Series(memory, Resistance(2e3)), -1.4, "x"),
    }[kind]
    array = lined(3, cell)
    bias, pulse = Access(0, 2, v, "half"), Pulse(width=5e-9, rise=1e-15, fall=1e-15)
    name = next(n for n in Evolution(array).rates.moving if n.endswith(name))
    slow = array.tran(bias, pulse, pulse.end, tmax=2e-11, reltol=1e-5)
    evolution = Evolution(array, reltol=1e-6)
    stay = evolution.stay(bias, 5e-9)
    np.testing.assert_allclose(evolution.state(name), slow.state(name)[-1], rtol=2e-5)
    assert abs(stay.change[name][0, 2]) > 0.01
    np.testing.assert_allclose(stay.change[name], slow.state(name)[-1] - slow.state(name)[0], atol=2e-5)
    held = slow.ends.voltage
    power = -(slow.currents_out("left") @ held["left"] + slow.currents_out("bottom") @ held["bottom"])
    assert stay.energy == pytest.approx(np.trapezoid(power, slow.time), rel=1e-4)


def test_states_go_on_after_a_pulse():
    array, bias = lined(2, Device("vteam", **VTEAM)), Access(0, 1, -1.0)
    whole, first = Evolution(array, reltol=1e-6), Evolution(array, reltol=1e-6)
    whole.stay(bias, 2e-8)
    first.stay(bias, 1e-8)
    second = Evolution(array, first.states, reltol=1e-6)
    second.stay(bias, 1e-8)
    assert first.state()[0, 1] - second.state()[0, 1] > 0.01
    np.testing.assert_allclose(second.state(), whole.state(), rtol=1e-6)
    pulse = Pulse(width=1e-8, rise=1e-15, fall=1e-15)
    again = array.tran(bias, pulse, pulse.end, states=first.states)
    np.testing.assert_allclose(again.state("x")[0], first.state(), rtol=1e-9)
    np.testing.assert_allclose(again.state("x")[-1], whole.state(), rtol=1e-4)
    with pytest.raises(UnknownNameError, match="no state 'y'"):
        array.tran(bias, pulse, pulse.end, states={"y": 0.5})


@pytest.mark.parametrize(("scheme", "part"), [("half", 1 / 2), ("third", 1 / 3)])
@pytest.mark.parametrize("growth", [1.0, 1.5])
def test_no_other_cell_has_more_than_its_part(monkeypatch, scheme, part, growth):
    """Cells that are written together have amplitudes of their own; all others at most the part of the largest one."""
    seen = []
    stay = Evolution.stay

    def spy(self, bias, duration):
        seen.append((np.subtract.outer(np.asarray(bias.left), np.asarray(bias.bottom)), duration))
        return stay(self, bias, duration)

    monkeypatch.setattr(Evolution, "stay", spy)
    target = np.random.default_rng(5).uniform(1e-5, 1e-4, (4, 4))
    more = {"step": 0.0, "width": 1e-9} if growth > 1.0 else {"step": 0.05}
    protocol = Protocol(-0.9, 0.8, scheme=scheme, limit=2.9, growth=growth, band=0.05, **more)
    made = program(Crossbar(4, 4, Device("vteam", **VTEAM)), target, protocol)
    assert made.good.all()
    for voltage, _ in seen:
        size = np.abs(voltage)
        row = int(np.argmax(size.max(axis=1)))
        others = np.delete(size, row, axis=0)
        assert others.max() <= part * size.max() * (1 + 1e-12)
        own = size[row]
        selected = own > part * size.max() * (1 + 1e-9)
        assert np.all(own[selected] >= 0.8 - 1e-12)
    assert made.time == pytest.approx(sum(d for _, d in seen) + made.counts["reads"] * protocol.read_time)
    np.testing.assert_allclose(made.disturb, 0.0, atol=1e-12)  # below the threshold


def test_a_map_through_lines_is_the_matrix_that_the_array_multiplies_by():
    target = np.random.default_rng(2).uniform(1e-5, 1e-4, (4, 4))
    array, protocol = lined(4, Device("vteam", **VTEAM)), Protocol(-0.72, 0.72, limit=1.4)
    made = program(array, target, protocol)
    assert made.good.all() and np.abs(made.error).max() <= 0.01
    plain = lined(4, made.conductance)
    np.testing.assert_allclose(made.effective, plain.effective_conductance(), rtol=1e-6)
    np.testing.assert_allclose(made.effective[2], plain.mvm(0.1 * np.eye(4)[2]) / 0.1, rtol=1e-6)
    assert np.all(made.conductance > target * 0.99) and made.conductance.mean() > 1.01 * target.mean()
    assert made.counts["passes"] > 1  # what is written later loads the lines
    alone = program(array, target, Protocol(-0.72, 0.72, limit=1.4, verify="cells", parallel=False))
    assert np.all(np.abs(alone.conductance / target - 1.0) <= 0.01)
    assert alone.counts["pulses"] == (alone.set_pulses + alone.reset_pulses).sum() > made.counts["pulses"]


def test_resistance_of_lines_behind_cells():
    array = Crossbar(
        2, 3, 1e-5, wordline_resistance=[1.0, 2.0], bitline_resistance=10.0, sense_resistance=5.0
    )
    found = behind_lines(array, array.ends(MVM([0.1, 0.1])))
    np.testing.assert_allclose(found, [[15.0, 16.0, 17.0], [5.0, 7.0, 9.0]])


def direct(cell, period, count, start, name):
    evolution = Evolution(Crossbar(1, 1, cell), {name: start})
    for _ in range(count):
        for voltage, duration in period:
            evolution.stay_alone(voltage, duration)
    return evolution.state(name)[0, 0]


@pytest.mark.parametrize(
    ("cell", "period", "start", "name"),
    [
        (Device("vteam", **VTEAM, window=2, p=1), [(-0.78, 1e-8)], 0.9, "x"),
        (Device("vteam", **VTEAM, window=2, p=1), [(-0.78, 1e-8), (0.77, 1e-8)], 0.9, "x"),
        (Device("vteam_logit", **VTEAM, window=1, p=2), [(-0.78, 1e-8)], 2.2, "y"),
        (Device("stanford_pku", width=0.3), [(0.95, 1e-8)], 1.2, "g"),
    ],
)
def test_drift_is_that_of_a_thousand_pulses(cell, period, start, name):
    found = drift(cell, period, [300.0, 1000.0, 1e9], start)
    true = direct(cell, period, 1000, start, name)
    assert found.low[1] <= true <= found.high[1]
    assert abs(true - start) > 200.0 * (found.high[1] - found.low[1]) > 0.0
    assert np.all(found.low <= found.state) and np.all(found.state <= found.high)
    assert np.all(
        (found.conductance_low <= found.conductance) & (found.conductance <= found.conductance_high)
    )


def test_drift_without_a_window_is_a_straight_line():
    each = 0.3 / 3e-9 * (0.8 / 0.7 - 1.0) ** 3 * 1e-12
    found = drift(Device("vteam", **VTEAM), [(-0.8, 1e-12)], [10.0, 1e5], 0.8)
    np.testing.assert_allclose(found.state, 0.8 - each * np.array([10.0, 1e5]), rtol=1e-9)
    still = drift(Device("vteam", **VTEAM), [(-0.69, 1e-8)], [1.0, 1e9], 0.8)
    assert still.state.tolist() == still.low.tolist() == still.high.tolist() == [0.8, 0.8]
    with pytest.raises(ConvergenceError, match="too far to be averaged"):
        drift(Device("vteam", **VTEAM, window=2, p=1), [(-1.4, 1e-7)], [1e3], 0.8)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (Crossbar(2, 2, 1e-5), "conductances"),
        (lined(2, Device("vteam"), wordline_capacitance=1e-15), "capacitance"),
        (lined(2, Gated(Conductance(1e-5), Device("ekv"))), "no state"),
        (lined(2, Gated(Device("vteam"), Device("mosfet1", cgso=1e-9))), "stores charge"),
        (lined(2, Device("stanford_pku_noise")), "random numbers"),
        (lined(2, Device("sinh_selector")), "no state"),
    ],
)
def test_what_cannot_be_written(array, message):
    with pytest.raises(AnalysisError, match=message):
        Evolution(array)


TRANSISTORS = [Device("ekv", kp=2e-3, vto=0.4), Device("mosfet1", kp=2e-3, vto=0.4)]


@pytest.mark.parametrize("along", ["rows", "columns"])
@pytest.mark.parametrize("transistor", TRANSISTORS, ids=lambda device: device.model)
def test_pulses_of_cells_with_a_transistor_are_those_of_a_transient(transistor, along):
    x = np.random.default_rng(3).uniform(0.3, 0.8, (3, 3))
    array = lined(3, Gated(Device("vteam", **{**VTEAM, "x0": x}), transistor, along))
    gate = np.full(3, 0.1)
    gate[0 if along == "rows" else 2] = 2.5
    bias = Bias([0.0, 1.4, 1.4], bottom=[0.0 if along == "rows" else 1.4, 1.3, 1.4], gate=gate)
    pulse = Pulse(width=1e-9, rise=1e-15, fall=1e-15)
    slow = array.tran(bias, pulse, pulse.end, tmax=1e-11, reltol=1e-5)
    stay = Evolution(array, reltol=1e-6).stay(bias, 1e-9)
    change = slow.state("vteam_x")[-1] - slow.state("vteam_x")[0]
    assert -0.9 * x[0, 2] < change[0, 2] < -0.05
    np.testing.assert_allclose(stay.change["vteam_x"], change, atol=2e-5)
    held = slow.ends.voltage
    power = -(slow.currents_out("left") @ held["left"] + slow.currents_out("bottom") @ held["bottom"])
    assert stay.energy == pytest.approx(np.trapezoid(power, slow.time), rel=1e-3)


@pytest.mark.parametrize("along", ["rows", "columns"])
def test_a_map_of_cells_with_transistors(along, monkeypatch):
    """What is reached is what the array multiplies by; transistors leave the voltage to the cells that are chosen."""
    target = np.random.default_rng(2).uniform(1e-5, 1e-4, (4, 4))
    memory = Device("vteam", **VTEAM)
    array = lined(4, Gated(memory, TRANSISTORS[0], along), r=2.0)
    protocol = Protocol(
        -0.72,
        0.72,
        step=0.02,
        limit=2.0,
        scheme="gate",
        set_gate=3.0,
        reset_gate=3.5,
        read_gate=3.0,
        band=0.02,
    )
    seen, stay = [], Evolution.stay

    def spy(self, bias, duration):
        before = self.state()
        made = stay(self, bias, duration)
        seen.append((bias, self.state() - before))
        return made

    monkeypatch.setattr(Evolution, "stay", spy)
    made = program(array, target, protocol)
    assert made.good.all()
    again = lined(
        4, Gated(Device("vteam", **{**VTEAM, "x0": made.evolution.state()}), TRANSISTORS[0], along), r=2.0
    )
    read = [again.op(MVM(0.1 * row, gate=3.0)).currents_out["bottom"] / 0.1 for row in np.eye(4)]
    np.testing.assert_allclose(made.effective, read, rtol=1e-6)
    for bias, change in seen:
        assert min(np.min(bias.left), np.min(bias.bottom)) == 0.0
        chosen = np.subtract.outer(np.asarray(bias.left), np.asarray(bias.bottom)) != 0.0
        chosen &= (bias.gate[:, None] if along == "rows" else bias.gate[None, :]) > 0.0
        assert chosen.any(axis=1).sum() == 1
        assert np.all(change[~chosen] == 0.0) and np.any(change[chosen] != 0.0)
    assert np.all(made.half_selects == 0)
    np.testing.assert_allclose(made.disturb, 0.0, atol=1e-12)


def test_a_gate_limits_the_current_of_a_pulse():
    device = Gated(Device("vteam", **VTEAM), TRANSISTORS[0])
    weak, strong = (
        program(Crossbar(1, 1, device), 1.9e-4, Protocol(
            -0.9, 0.72, step=0.05, limit=1.5, scheme="gate", set_gate=gate, reset_gate=3.5, read_gate=3.5, pulses=10
        ))
        for gate in (1.0, 3.5)
    )  # fmt: skip
    assert weak.conductance[0, 0] < 0.5 * strong.conductance[0, 0]


def test_gates_and_protocol_belong_together():
    gated = lined(2, Gated(Device("vteam", **VTEAM), TRANSISTORS[0]))
    gates = {"set_gate": 3.0, "reset_gate": 3.0, "read_gate": 3.0}
    for array, given, message in (
        (gated, {}, "need 'gate'"),
        (gated, {"scheme": "gate"}, "all needed"),
        (lined(2, Device("vteam", **VTEAM)), {"scheme": "gate", **gates}, "is for cells with a transistor"),
        (lined(2, Device("vteam", **VTEAM)), gates, "are for cells with a transistor"),
    ):
        with pytest.raises(AnalysisError, match=message):
            program(array, 1e-5, Protocol(-0.72, 0.72, limit=1.4, **given))


def test_senseless_protocols():
    for wrong, message in (
        ({"scheme": "floating"}, "half, third, gate"),
        ({"limit": 0.5}, "limit = 0.5"),
        ({"band": 0.0}, "band"),
        ({"verify": "all"}, "lines, cells"),
        ({"width": 0.0}, "width"),
    ):
        with pytest.raises(AnalysisError, match=message):
            Protocol(**{"set_voltage": -0.7, "reset_voltage": 0.7, **wrong})
    with pytest.raises(AnalysisError, match="opposite signs"):
        Protocol(0.7, 0.7)
    with pytest.raises(AnalysisError, match="held at one end"):
        Evolution(lined(2, Device("vteam"))).stay(Bias(left=0.1, right=0.0, bottom=0.0), 1e-9)


def test_targets_and_parameters(tmp_path):
    np.savetxt(tmp_path / "g.csv", [[1e-5, 2e-5], [3e-5, 4e-5]], delimiter=",")
    assert wanted(str(tmp_path / "g.csv"), 2, (0.0, 0.0), 1).tolist() == [[1e-5, 2e-5], [3e-5, 4e-5]]
    drawn = wanted("log", 50, (1e-6, 1e-4), 1)
    assert np.median(drawn) == pytest.approx(1e-5, rel=0.1)
    assert assigned("ron=5k, ron.dev=0.1", "parameters") == {"ron": 5e3, "ron.dev": 0.1}
    for call in (
        lambda: wanted(str(tmp_path / "g.csv"), 3, (0.0, 0.0), 1),
        lambda: wanted("gauss", 3, (1.0, 1.0), 1),
        lambda: wanted("log", 3, (0.0, 1.0), 1),
        lambda: write(2, transistor_parameters="vto=0.4"),
        lambda: assigned("ron", "parameters"),
        lambda: write(2, model="yakopcic"),
    ):
        with pytest.raises(AnalysisError):
            call()


@pytest.mark.long
def test_command(tmp_path):
    out, picture = tmp_path / "w.nc", tmp_path / "w.png"
    words = ["study", "write", "--size", "2", "--scheme", "half", "--width", "0.1n", "--parameters"]
    cell = "ron=5k roff=200k exponential=1 kon=-0.3 koff=0.3 aon=3 aoff=3 x0=1 voff=0.5 von=-0.5 ron.dev=0.1"
    assert execute([*words, cell, "-o", str(out), "--picture", str(picture)]) == 0
    data = xarray.load_dataset(out, engine="h5netcdf")
    assert data["yield"].values.tolist() == [[1.0]]
    assert (abs(data["error"]) <= 0.01).all() and data["error"].dims[-2:] == ("row", "col")
    # half of the largest amplitude is beyond the threshold
    assert data["drifted"].sel(scheme="half", polarity="set", level="lowest")[0, -1] > 1.9e-4
    assert picture.stat().st_size > 10_000
