"""The words of docs/vocabulary.md: old names work and warn; no public signature uses a word decided against."""

import inspect
from importlib import import_module

import click
import networkx as nx
import numpy as np
import pytest

import circuitnn
from circuitnn import Circuit, Crossbar, networks
from circuitnn.cli.group import OLD_OPTIONS, call
from circuitnn.cli.group import group as commands
from circuitnn.crossbar import Access
from circuitnn.machine.renamed import Renamed, renamed
from circuitnn.registry.studies import STUDIES

ARRAY = Crossbar(2, 3, 1e-5)
RC = Circuit("t").V("1", "a", 0, "SIN(0 1 1k)").R("1", "a", "b", 1e3).C("1", "b", 0, 1e-7)
PUBLIC = (
    "circuitnn",
    "circuitnn.crossbar",
    "circuitnn.neural",
    "circuitnn.networks",
    "circuitnn.studies",
    "circuitnn.report",
)
AVOIDED = {
    "temperature", "column", "columns_at", "jobs", "n_jobs", "workers", "filename", "fname", "wire_resistance",
    "t_stop", "tend", "duration", "random_state", "npoints", "n_points", "what",
}  # fmt: skip


def waves():
    return RC.tran("3m", "10u")


# Old name: how a user has written it, and what must come out: the same under the present name.
OLD = {
    "Crossbar(temperature=)": (lambda: Crossbar(2, 3, 1e-5, temperature=85.0), lambda: Crossbar(2, 3, 1e-5, temp=85.0)),
    "Crossbar.changed(temperature=)": (lambda: ARRAY.changed(temperature=85.0), lambda: ARRAY.changed(temp=85.0)),
    "Crossbar.temperature": (lambda: ARRAY.temperature, lambda: ARRAY.temp),
    "CrossbarResult.plot(what=)": (
        lambda: size(ARRAY.op(Access(0, 0, 1.0)).plot(what="currents")),
        lambda: size(ARRAY.op(Access(0, 0, 1.0)).plot("currents")),
    ),
    "Result.spikes": (lambda: waves().spikes("v(b)", 0.1), lambda: waves().spike_train("v(b)", 0.1)),
    "Result.to_dataframe": (
        lambda: waves().to_dataframe().to_numpy().tolist(),
        lambda: waves().to_pandas().to_numpy().tolist(),
    ),
    "Comparison.to_dataframe": (
        lambda: circuitnn.compare(waves(), waves()).to_dataframe().to_numpy().tolist(),
        lambda: circuitnn.compare(waves(), waves()).to_pandas().to_numpy().tolist(),
    ),
    "CrossbarResult.to_dataframe": (
        lambda: ARRAY.op(Access(0, 0, 1.0)).to_dataframe().to_numpy().tolist(),
        lambda: ARRAY.op(Access(0, 0, 1.0)).to_pandas().to_numpy().tolist(),
    ),
    "networks.Network": (lambda: networks.Network, lambda: networks.OscillatorNetwork),
}  # fmt: skip


def size(figure):
    return tuple(figure.get_size_inches())


@pytest.mark.parametrize("name", OLD)
def test_old_names_work_and_warn(name):
    old, new = OLD[name]
    with pytest.warns(DeprecationWarning, match="is now called") as heard:
        value = old()
    assert value == new()
    assert {w.filename for w in heard} == {__file__}  # the user's line


def public():
    """Public functions, classes and their methods, by name."""
    for module in PUBLIC:
        package = import_module(module)
        for name in package.__all__:
            item = getattr(package, name)
            if inspect.isfunction(item) or inspect.isclass(item):
                yield f"{module}.{name}", item
            for own, method in inspect.getmembers(item) if inspect.isclass(item) else ():
                if callable(method) and own[0] != "_":
                    yield f"{name}.{own}", method
    for name in STUDIES:
        yield f"study {name}", STUDIES[name].ask


def test_every_old_name_is_tested():
    present = {f"{name}" for name, item in public() if inspect.isclass(item)}
    assert len(present) > 50
    for name, item in public():
        kind = name.rpartition("circuitnn.")[2].rpartition("crossbar.")[2]
        for old in getattr(item.__init__ if inspect.isclass(item) else item, "renamed", {}):
            assert f"{kind}({old}=)" in OLD, f"{kind}({old}=) has no test"
        if inspect.isclass(item):
            for own in dir(item):
                if isinstance(inspect.getattr_static(item, own), Renamed):
                    assert f"{item.__name__}.{own}" in OLD, f"{item.__name__}.{own} has no test"


def test_no_public_signature_uses_a_word_decided_against():
    found = {}
    for name, item in public():
        try:
            parameters = inspect.signature(item).parameters
        except (TypeError, ValueError):
            continue
        if wrong := AVOIDED & parameters.keys():
            found[name] = wrong
    assert not found


def test_no_option_uses_a_word_decided_against():
    pending, words = [commands], set()
    while pending:
        command = pending.pop()
        words |= {option for p in command.params for option in p.opts if option[:2] == "--"}
        if isinstance(command, click.Group):
            pending += [command.get_command(click.Context(command), n) for n in command.list_commands(None)]
    assert {"--processes", "--seed", "--samples", "--points"} <= words
    assert not words & {f"--{word.replace('_', '-')}" for word in AVOIDED}
    assert not words & OLD_OPTIONS.keys()


@pytest.mark.parametrize("words", [["--jobs", "1"], ["--jobs=1"]])
def test_old_options_work_and_warn(words, tmp_path, capsys):
    deck = tmp_path / "d.cir"
    deck.write_text("t\nv1 a 0 {1+0.1*agauss(0,1,1)}\nr1 a 0 1\n.op\n.meas op i find i(v1) at=0\n.end\n")
    assert call(["run", str(deck), "--samples", "2", *words]) == 0
    assert capsys.readouterr().err.startswith("Warning: --jobs is now called --processes")


def test_both_names_at_once_are_an_error():
    @renamed(old="new")
    def function(new=1):
        return new

    assert function(new=3) == 3
    with pytest.raises(TypeError, match="old= is the old name of new="):
        function(old=1, new=2)


def test_one_resistance_for_all_lines():
    both = Crossbar(3, 4, 1e-5, wordline_resistance=2.0, bitline_resistance=2.0)
    assert Crossbar(3, 4, 1e-5, line_resistance=2.0) == both
    assert Crossbar(3, 4, 1e-5, wordline_resistance=1.0).changed(line_resistance=2.0) == both
    with pytest.raises(circuitnn.AnalysisError, match="give it alone"):
        Crossbar(3, 4, 1e-5, line_resistance=2.0, bitline_resistance=1.0)


def test_names_with_and_without_their_letter():
    for name in ("v1", "V1", "1"):
        circuit = (
            Circuit("t").V(name, "in", 0, 6.0).R(f"r{name[-1]}", "in", "out", 1e3).R("rl", "out", 0, 2e3)
        )
        assert [line.split()[0].lower() for line in circuit.text.splitlines()[1:]] == ["v1", "r1", "rl"]
        assert circuit.op()["v(out)"] == pytest.approx(4.0)


def test_currents_by_name():
    """Against Ohm's law, and Kirchhoff's for what is not a resistor."""
    circuit = (
        RC.add("m1 a a 0 0 mm w=1u l=1u", ".model mm nmos(vto=0.5 kp=1e-3)")
        .D("1", "b", "c", "dd")
        .R("2", "c", 0, 1e3)
        .model("dd", "d")
    )
    tran, op = circuit.tran("1m", "10u"), circuit.op()
    ac = Circuit.from_text(RC.text.replace("SIN", "ac 1 SIN")).ac(1.0, 1e3)
    assert tran["i(r1)"] == pytest.approx((tran["v(a)"] - tran["v(b)"]) / 1e3, abs=1e-15)
    assert ac["i(r1)"] == pytest.approx((ac["v(a)"] - ac["v(b)"]) / 1e3, abs=1e-15)
    assert op["i(r2)"] == pytest.approx(op["i(d1)"], abs=1e-12)
    assert tran["i(m1)"] == pytest.approx(-tran["i(v1)"] - tran["i(r1)"], rel=1e-3, abs=1e-9)
    assert "i(r1)" in tran and "i(r9)" not in tran
    with pytest.raises(circuitnn.UnknownNameError, match="did you mean"):
        tran["i(v2)"]


def test_results_compare_by_value():
    a, b = waves(), waves()
    assert a == b and hash(a) == hash(b) and a is not b
    assert a != RC.tran("3m", "10u", reltol=1e-5) and a != 3
    assert a.spike_train("v(b)", 0.1) == b.spike_train("v(b)", 0.1) != a.spike_train("v(b)", 0.2)
    r, s = ARRAY.op(Access(0, 0, 1.0)), ARRAY.op(Access(0, 0, 1.0))
    assert r == s and hash(r) == hash(s) and r != ARRAY.op(Access(0, 1, 1.0))
    assert RC.source == Circuit.from_text(RC.text).source != Circuit.from_text(RC.text + "r9 a 0 1\n").source


def test_arrays_by_name_and_as_tables():
    r = ARRAY.op(Access(0, 2, 1.0))
    assert np.array_equal(r["cell_current"], r.cell_current) and r["sneak_current"] == r.sneak_current
    table = r.to_pandas()
    assert table.index.names == ["row", "col"] and table.loc[(0, 2), "cell_current"] == r.cell_current[0, 2]
    with pytest.raises(circuitnn.UnknownNameError, match="did you mean cell_current"):
        r["cell_curent"]


def test_networks_have_their_signals_by_name():
    run = networks.OscillatorNetwork(
        nx.path_graph(2), networks.vanadium_dioxide(), networks.Capacitive(30e-12)
    ).tran("5u")
    assert np.array_equal(run["v(n1)"], run.result["v(n1)"])
