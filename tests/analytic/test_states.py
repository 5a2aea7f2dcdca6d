"""Full states: a run that goes on from one equals the run that was not interrupted."""

import pickle

import numpy as np
import pytest
from click.testing import CliRunner

from circuitnn import Circuit
from circuitnn.cli.group import group
from circuitnn.errors import AnalysisError, NetlistError
from circuitnn.results.state import State

SWITCHED = """v1 in 0 5
r1 in a 100k
c1 a 0 1n
s1 a 0 a 0 sm
.model sm sw(vt=2 vh=1 ron=100 roff=100meg)"""
CIRCUITS = {
    "linear": ("v1 in 0 sin(0 1 20k)\nr1 in a 1k\nl1 a b 10m\nc1 b 0 10n\nr2 b 0 5k", "v(b)"),
    "diode": (
        "v1 in 0 sin(0 5 20k)\nr1 in a 1k\nd1 a b dm\nc1 b 0 10n\nr2 b 0 20k\n.model dm d(cjo=10p tt=1n)",
        "v(b)",
    ),
    "mosfet": (
        "vd d 0 3\nvg g 0 sin(1.5 1.5 20k)\nrd d o 10k\nm1 o g 0 0 n w=10u l=1u\nco o 0 100p\n"
        ".model n nmos(vto=0.7 kp=100u tox=20n cgso=1n cgdo=1n)",
        "v(o)",
    ),
    "switch": (SWITCHED, "v(a)"),
    "mott": ("i1 0 1 100u\nc1 1 0 10n\nn1 1 0 m\n.model m pickett", "v(1)"),
    "metal": ("v1 in 0 3\nr1 in a 8k\nc1 a 0 10n\nn1 a 0 m\n.model m vo2_switch tau=1u", "v(a)"),
    "noise": ("v1 in 0 dc 0 trnoise(1 2u 0 0)\nr1 in a 1k\nc1 a 0 10n", "v(a)"),
    "memristor": ("v1 in 0 sin(0 1 20k)\nn1 in 0 m\n.model m vteam", "i(v1)"),
}


def circuit(text):
    return Circuit.from_text(f"t\n{text}\n.options reltol=1e-6\n.end\n")


@pytest.mark.parametrize("name", CIRCUITS)
@pytest.mark.parametrize("part", [0.31, 0.77])
def test_a_run_goes_on(name, part):
    text, signal = CIRCUITS[name]
    c, end = circuit(text), 2e-4
    whole = c.tran(end, end / 400)
    first = c.tran(part * end, end / 400)
    state = pickle.loads(pickle.dumps(first)).final_state
    assert state.time == pytest.approx(part * end, rel=1e-12)
    assert state[signal] == first[signal][-1]
    rest = c.tran(end, end / 400, start=state)
    assert rest["time"][0] == state.time and rest["time"][-1] == end
    size = np.ptp(whole[signal])
    t = np.linspace(state.time, end, 500)
    gap = np.interp(t, rest["time"], rest[signal]) - np.interp(t, whole["time"], whole[signal])
    # jumps may fall between two points of one run and not of the other
    assert np.quantile(np.abs(gap), 0.95) < 3e-3 * size
    assert rest[signal][-1] == pytest.approx(whole[signal][-1], abs=3e-3 * size)


def test_random_numbers_go_on():
    """A telegraph junction flips at the same moments: draws are counted, not started again."""
    c = circuit("v1 a 0 0.1\nn1 a 0 m\n.model m smtj")
    whole, first = c.tran("2m", "5u"), c.tran("0.8m", "5u")
    assert any(first.final_state.drawn.values())
    rest = c.tran("2m", "5u", start=first.final_state)

    def flips(r):
        i = r["i(v1)"]
        return r["time"][1:][np.abs(np.diff(i)) > 0.2 * np.ptp(whole["i(v1)"])]

    late = flips(whole)[flips(whole) > 8e-4]
    assert len(late) > 3
    assert flips(rest) == pytest.approx(late, rel=1e-6)


def test_file_and_changes(tmp_path):
    c = circuit(SWITCHED)
    state = c.tran("0.1m", "1u").final_state
    state.save(tmp_path / "s.json")
    assert State.load(tmp_path / "s.json") == state
    moved = state.changed({"v(a)": 2.5, "@s1[on]": 1}, time=0.0)
    r = c.tran("20u", "0.1u", start=moved)
    # it discharges through the switch: 100 Ohm and 1 nF, to 5 mV
    t = r["time"]
    early = t < 50e-9
    assert r["v(a)"][early] == pytest.approx(2.5 * np.exp(-t[early] / 1e-7), abs=0.01)
    with pytest.raises(AnalysisError, match=r"no v\(x\) in this state"):
        state.changed({"v(x)": 1.0})


def test_first_state():
    state = circuit(SWITCHED).state()
    assert state.time == 0.0 and state["v(a)"] == pytest.approx(5 * 1e8 / (1e8 + 1e5))
    assert state.charges["v(a)"] == pytest.approx(1e-9 * state["v(a)"])
    state = circuit(SWITCHED + "\n.ic v(a)=1.5").state(uic=True)
    assert state["v(a)"] == pytest.approx(1.5, rel=1e-9)
    same = circuit(SWITCHED).tran("0.3m", "1u", start=circuit(SWITCHED).state())
    assert same["v(a)"][-1] == pytest.approx(circuit(SWITCHED).tran("0.3m", "1u")["v(a)"][-1], abs=1e-3)


@pytest.mark.parametrize("uic", ["", "uic"])
def test_initial_values_of_states_on_ic_cards(uic):
    text = f"i1 0 1 50u\nc1 1 0 10p\nn1 1 0 m\n.model m pickett\n.ic v(1)=0.5 @n1[y]=-5\n.tran 1p 1n {uic}"
    (r,) = circuit(text).run()
    assert r["@n1[y]"][0] == pytest.approx(-5.0, rel=1e-5)
    assert r["v(1)"][0] == pytest.approx(0.5, rel=1e-3)
    (r,) = circuit(SWITCHED + f"\n.ic v(a)=2 @s1[on]=1\n.tran 1n 50n {uic}").run()
    assert r["v(a)"][-1] == pytest.approx(2.0 * np.exp(-0.5), rel=0.01)


def test_faults(tmp_path):
    state = circuit(SWITCHED).state()
    with pytest.raises(AnalysisError, match="lacks the unknown"):
        circuit(CIRCUITS["linear"][0]).tran("1u", start=state)
    with pytest.raises(AnalysisError, match="which the circuit has not"):
        circuit(SWITCHED.replace("c1 a 0 1n\n", "").replace("r1 in a", "r1 in a")).tran(
            "1u",
            start=state.changed({}, time=0.0).__class__(0.0, {**state.unknowns, "v(z)": 0.0}, state.memories),
        )
    with pytest.raises(AnalysisError, match="must lie between"):
        circuit(SWITCHED).tran("1u", start=state.changed({}, time=1.0))
    c = circuit("v1 a 0 1\nt1 a 0 b 0 z0=50 td=1n\nr1 b 0 50")
    state = c.tran("5n").final_state
    with pytest.raises(AnalysisError, match="transmission lines"):
        c.tran("10n", start=state)
    (tmp_path / "x").write_text("{}")
    with pytest.raises(AnalysisError, match="no state of a circuit"):
        State.load(tmp_path / "x")
    with pytest.raises(AnalysisError, match="No such file"):
        State.load(tmp_path / "y")
    with pytest.raises(AnalysisError, match="no state or memory @s1"):
        circuit(SWITCHED + "\n.ic @s1[off]=1").op()
    with pytest.raises(AnalysisError, match="must lie between"):
        circuit("v1 1 0 1\nn1 1 0 m\n.model m volatile_current\n.ic @n1[x]=7").op()
    with pytest.raises(NetlistError, match="top level"):
        circuit(".subckt s a\nr1 a 0 1\n.ic @n1[y]=1\n.ends\nv1 a 0 1\nx1 a s").op()
    with pytest.raises(AnalysisError, match=r"no \.tran card"):
        circuit(SWITCHED + "\n.dc v1 0 1 0.5").run(start=state)


def test_command_line(tmp_path):
    deck, saved = tmp_path / "d.cir", tmp_path / "s.json"
    deck.write_text(f"t\n{SWITCHED}\n.tran 1u 0.1m\n.end\n")
    longer = tmp_path / "e.cir"
    longer.write_text(f"t\n{SWITCHED}\n.tran 1u 0.3m\n.end\n")
    done = CliRunner().invoke(group, ["run", str(deck), "--final", str(saved)], standalone_mode=False)
    assert done.exception is None and f"written: {saved}" in done.output
    out = tmp_path / "o.csv"
    done = CliRunner().invoke(
        group, ["run", str(longer), "--start", str(saved), "-o", str(out)], standalone_mode=False
    )
    assert done.exception is None
    table = np.loadtxt(out, delimiter=",", skiprows=1)
    assert table[0, 0] == pytest.approx(1e-4) and table[-1, 0] == pytest.approx(3e-4)
