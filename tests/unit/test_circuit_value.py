"""A circuit is a value: changes give copies, what copies share is computed once, threads and pickles agree."""

import copy
import pickle
import threading

import numpy as np
import pytest

import circuitnn.circuit.value as source_module
from circuitnn import Circuit, Crossbar
from circuitnn.circuit.value import Source
from circuitnn.ngspice.control import run as run_control

DECK = """ladder
.param r=1k
.subckt cell a b
r1 a b {r*agauss(1, 0.1, 3)}
d1 b 0 dm
.ends
.model dm d(is=1e-15)
v1 in 0 dc 1 ac 1 sin(1 0.5 1meg)
x1 in n1 cell
x2 n1 n2 cell
c1 n2 0 10p
.op
.tran 10n 2u
.meas tran top max v(n2)
.end
"""


@pytest.fixture
def calls(monkeypatch):
    """How often decks are parsed and elaborated."""
    found = {"parse": 0, "elaborate": 0}
    for name in found:
        monkeypatch.setattr(source_module, name, _counted(getattr(source_module, name), found, name))
    return found


def _counted(function, found, name):
    def call(*args, **kwargs):
        found[name] += 1
        return function(*args, **kwargs)

    return call


def _same(one, other):
    assert [r.names for r in one] == [r.names for r in other]
    assert all(np.array_equal(a.data, b.data) for a, b in zip(one, other, strict=True))
    assert [r.measures for r in one] == [r.measures for r in other]


CHANGES = {
    "parameters": lambda c: c.with_parameters(r=2e3),
    "options": lambda c: c.with_options(temp=85, reltol=1e-4),
    "seed": lambda c: c.with_options(seed=7),
    "analysis": lambda c: c.with_analysis("tran 5n 1u"),
    "values": lambda c: c.altered({("c1", ""): 20e-12}),
    "models": lambda c: c.altered(models={"dm": {"is": 1e-12}}),
    "both": lambda c: c.altered({("c1", ""): 20e-12}, {"dm": {"is": 1e-12}}),
    "corner": lambda c: c.at_corner({"r": 500.0, "temp": 0.0, "@dm[is]": 1e-13, "v1": 2.0}),
    "card": lambda c: c.with_card(".meas", "tran low min v(n2)", keep=True),
    "setting": lambda c: c.with_card(".options", "temp=50", keep=True),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("used", [False, True], ids=["fresh", "used"])
def test_a_change_gives_a_copy_and_leaves_the_circuit(change, used):
    circuit = Circuit.from_text(DECK)
    before = Circuit.from_text(DECK).run()
    if used:
        circuit.run()
    changed = change(circuit)
    results = changed.run()
    _same(circuit.run(), before)
    assert not all(np.array_equal(a.data, b.data) for a, b in zip(results, before, strict=False)) or [
        r.measures for r in results
    ] != [r.measures for r in before]
    _same(pickle.loads(pickle.dumps(changed)).run(), results)
    _same(copy.copy(changed).run(), results)


def test_changes_do_not_depend_on_their_order():
    one = Circuit.from_text(DECK)
    for change in CHANGES.values():
        one = change(one)
        _ = one.flat  # the parts so far are shared with what follows
    other = Circuit.from_text(DECK)
    for change in CHANGES.values():
        other = change(other)
    _same(one.run(), other.run())


def test_copies_share_what_their_change_does_not_touch(calls):
    circuit = Circuit.from_text(DECK)
    hot = circuit.with_options(temp=85)
    hot.op()
    circuit.op()
    assert calls == {"parse": 1, "elaborate": 2}
    circuit.with_analysis("op").run()
    circuit.with_card(".meas", "tran low min v(n2)", keep=True).run()
    circuit.altered({("c1", ""): 20e-12}).run()
    assert calls == {"parse": 1, "elaborate": 2}
    circuit.altered(models={"dm": {"is": 1e-12}}).op()
    assert calls == {"parse": 2, "elaborate": 3}


def test_commands_of_a_control_block_elaborate_once(calls, capsys):
    deck = DECK.replace(".end\n", ".control\nop\ntran 10n 1u\nalter c1 = 20p\ntran 10n 1u\n.endc\n.end\n")
    results, _ = run_control(Circuit.from_text(deck))
    assert [r.analysis for r in results] == ["op", "tran", "tran"]
    assert calls == {"parse": 1, "elaborate": 1}


def test_lines_added_later_are_part_of_the_next_value():
    circuit = Circuit("built").V("1", "a", "0", 1.0).R("1", "a", "b", 1e3)
    part = circuit.source
    loaded = circuit.with_options(temp=50.0)
    circuit.R("2", "b", "0", 1e3)
    assert circuit.op()["v(b)"] == pytest.approx(0.5)
    circuit.R("3", "b", "0", 500.0)
    assert circuit.op()["v(b)"] == pytest.approx(0.25)
    assert "r2" not in part.text and "r2" not in loaded.text
    assert loaded.R("4", "b", "0", 3e3).op()["v(b)"] == pytest.approx(0.75)
    assert "r4" not in circuit.text


def test_lines_are_added_before_the_end():
    circuit = Circuit.from_text("t\nv1 a 0 1\n.end\n").R("1", "a", "0", 1e3).add("r2 a 0 1k")
    assert circuit.text == "t\nv1 a 0 1\nr1 a 0 1000.0\nr2 a 0 1k\n.end\n"
    assert circuit.op()["i(v1)"] == pytest.approx(-2e-3)
    assert Circuit.from_text("").add("r1 a 0 1").text == "\nr1 a 0 1\n"


def test_many_lines_take_time_in_proportion():
    circuit = Circuit("many")
    for k in range(20_000):
        circuit.R(str(k), f"n{k}", f"n{k + 1}", 1.0)
    assert circuit.text.count("\n") == 20_001


def test_a_source_cannot_be_changed():
    with pytest.raises(AttributeError):
        Circuit.from_text(DECK).source.text = ""
    with pytest.raises(AttributeError):
        Circuit.from_text(DECK).flat = None


def test_a_pickle_needs_no_files(tmp_path):
    (tmp_path / "part.inc").write_text("r1 a 0 2k\n")
    deck = tmp_path / "deck.cir"
    deck.write_text("t\nv1 a 0 1\n.include part.inc\n.op\n")
    circuit = Circuit.from_text(deck.read_text(), deck)
    _ = circuit.flat
    stored = pickle.dumps(circuit)
    (tmp_path / "part.inc").unlink()
    assert pickle.loads(stored).with_options(temp=50).run()[0]["i(v1)"] == pytest.approx(-0.5e-3)


def test_arrays_in_pickles_and_copies():
    circuit = Circuit("array").V("1", "in", "0", 1.0)
    circuit.crossbar("x1", Crossbar(2, 2, 1e-3), left=["in", "in"], bottom="0")
    expected = circuit.op()["i(v1)"]
    more = pickle.loads(pickle.dumps(circuit)).R("1", "in", "0", 1e3)
    assert more.op()["i(v1)"] == pytest.approx(expected - 1e-3)
    assert circuit.op()["i(v1)"] == expected


def test_threads_agree():
    """Circuits that share a deck, elaborated and run at once."""
    circuit = Circuit.from_text(DECK)
    expected = {name: change(Circuit.from_text(DECK)).run() for name, change in CHANGES.items()}
    started, found = threading.Barrier(2 * len(CHANGES)), {}

    def work(key, change):
        started.wait()
        found[key] = change(circuit).run()

    threads = [
        threading.Thread(target=work, args=((name, k), change))
        for name, change in CHANGES.items()
        for k in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(threads)
    for (name, _), results in found.items():
        _same(results, expected[name])


def test_one_circuit_in_two_threads():
    circuit, started, found = Circuit.from_text(DECK), threading.Barrier(8), []

    def work():
        started.wait()
        found.append((circuit.flat, circuit.run()))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _, results in found:
        _same(results, Circuit.from_text(DECK).run())


def test_conditions_hear_of_parameters():
    deck = "t\n.param a=1\nv1 in 0 1\n.if (a > 1)\nr1 in 0 1k\n.else\nr1 in 0 2k\n.endif\n.op\n"
    circuit = Circuit.from_text(deck)
    assert circuit.op()["i(v1)"] == pytest.approx(-0.5e-3)
    assert circuit.with_parameters(a=2.0).op()["i(v1)"] == pytest.approx(-1e-3)
    assert circuit.with_card(".options", "temp=50", keep=True).with_parameters(a=2.0).op()[
        "i(v1)"
    ] == pytest.approx(-1e-3)
    swept = circuit.with_card(".step", "param a 1 2 1", keep=True).run()
    assert [r["i(v1)"] for r in swept] == pytest.approx([-0.5e-3, -1e-3])
    assert circuit.op()["i(v1)"] == pytest.approx(-0.5e-3)


def test_saved_currents_survive_a_change():
    deck = "t\n.options savecurrents\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.op\n"
    circuit = Circuit.from_text(deck).altered({("r2", ""): 3e3})
    assert circuit.with_analysis("op").run()[0]["@r2[i]"] == pytest.approx(0.25e-3)
    assert "@r2[i]" in circuit.with_analysis("op").run()[0].names


def test_what_a_control_block_asks_for_survives_a_change():
    deck = (
        "t\nv1 a 0 1\nd1 a 0 dm\n.model dm d(is=1e-15 rs=10)\n.tran 1n 10n\n.control\nprint @d1[gd]\n.endc\n"
    )
    circuit = Circuit.from_text(deck).without_control()
    assert circuit.flat.watched == ("d1",)
    assert circuit.altered(models={"dm": {"rs": 20.0}}).flat.watched == ("d1",)


def test_source_holds_all_of_a_circuit():
    source = Source("t\nv1 a 0 1\nr1 a 0 1k\n.op\n")
    assert Circuit.of(source).run()[0]["i(v1)"] == pytest.approx(-1e-3)
