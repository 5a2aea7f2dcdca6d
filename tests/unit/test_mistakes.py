"""What people mistype in their first hour: the sentence that they read, with its place, and the exit code."""

import warnings

import numpy as np
import pytest

import circuitnn
from circuitnn import Circuit, cli
from circuitnn.crossbar import Access, Crossbar, Resistance
from circuitnn.errors import CircuitnnError, DeckWarning

RC = "v1 in 0 1\nr1 in out 1k\nc1 out 0 1n\n"
ONE = "v1 a 0 1\nr1 a 0 1k\n"

# mistake: cards after the title (".end" is added), what is said, exit code
DECKS = {
    "no ground": ("v1 a b 1\nr1 a b 1k\n.op", "deck.cir:3: no element is connected to ground, node 0", 0),
    "another name of ground": ("v1 a gnd! 1\nr1 a gnd! 1k\n.op", "call 'gnd!' 0", 0),
    "M for mega": (RC.replace("1k", "10M") + ".op", "deck.cir:3: '10M' counts as 0.01", 0),
    "MHz": ("v1 a 0 sin(0 1 1MHz)\nr1 a 0 1k\n.tran 1n 1u", "deck.cir:2: '1MHz' counts as 0.001", 0),
    "MOhm": (ONE.replace("1k", "1MOhm") + ".op", "write 1megohm", 0),
    "M for mega in a sweep": (RC + ".ac dec 10 1 100M", "m is milli, meg is mega", 0),
    "F for farad": (RC.replace("1n", "1F") + "c2 in 0 1u\n.op", "deck.cir:4: '1F' counts as 1e-15", 0),
    "A for ampere": ("i1 0 a 2A\nr1 a 0 1\n.op", "'2a' counts as 2e-18: a is atto", 0),
    "amp": ("i1 0 a 2amp\nr1 a 0 1\n.op", "'2amp' counts as 2e-18", 0),
    "micro": (RC.replace("1n", "1micro") + ".op", "'1micro' counts as 0.001: 'm' is 0.001", 0),
    "misspelt unit": (
        ONE.replace("1k", "1kOhmm") + ".op",
        "'1kOhmm' counts as 1000: 'ohmm' is no unit (did",
        0,
    ),
    "suffix of HSPICE": (ONE + ".tran 1u 1x", "deck.cir:4: '1x' counts as 1: x is no suffix of SPICE", 0),
    "o for 0": (ONE.replace("1k", "1.o") + ".op", "is its o meant to be 0?", 0),
    "blank before the suffix": (ONE.replace("1k", "1 k") + ".op", "follows its number without a blank", 1),
    "blank before the unit": (RC.replace("1n", "10 uF") + ".op", "follows its number without a blank", 1),
    "decimal comma": (ONE.replace("1k", "1,5k") + ".op", "a decimal point is written as in 1.5k", 0),
    "kelvin": (ONE + ".temp 300\n.op", "deck.cir:4: '.temp 300' is 300 °C; for 300 K write 26.85", 0),
    "no bulk": (
        "v1 a 0 1\nm1 a a 0 mm\n.model mm nmos\n.op",
        "3 nodes before its model 'mm': bulk is missing",
        1,
    ),
    "sizes without units": (
        "v1 a 0 1\nm1 a a 0 0 mm w=10 l=1\n.model mm nmos\n.op",
        "deck.cir:3: 'm1' has a channel 1 m long: sizes are in metres, as in l=1u",
        0,
    ),
    "no bulk, with sizes": ("v1 a 0 1\nm1 a a 0 mm w=1u\n.model mm nmos\n.op", "bulk is missing", 1),
    "no emitter": (
        "v1 a 0 1\nq1 a a qq\n.model qq npn\n.op",
        "deck.cir:3: 'q1' has 2 nodes before its model",
        1,
    ),
    "no model": ("v1 a 0 1\ns1 a 0 a 0\n.op", "'s1' needs a model, as in: S1 p n cp cn", 1),
    "no value": ("v1 a 0 1\nr1 a 0\n.op", "deck.cir:3: 'r1' is left out, as in ngspice", 0),
    "one node": ("v1 a 0 1\nr1 a 1k\n.op", "it needs two nodes and a value", 0),
    "loop of voltage sources": (
        ONE + "v2 a 0 2\n.op",
        "nodes a and 0 (deck.cir:4); put a small resistance",
        1,
    ),
    "shorted source": (ONE + "v2 a a 2\n.op", "both its ends are node a (deck.cir:4)", 1),
    "loop of an inductor": (ONE + "l1 a 0 1m\n.op", "l1 closes a loop of voltage sources and inductors", 1),
    "floating node": (
        "v1 a 0 1\nc1 a b 1n\nc2 b 0 1n\n.op",
        "node b has no direct-current path to ground",
        0,
    ),
    "misspelt node": (
        RC + "r2 otu 0 1k\n.op",
        "deck.cir:5: node 'otu' is connected to one element only: is 'out' meant?",
        0,
    ),
    "letter twice": (RC + "r2 outt 0 1k\n.op", "node 'outt' is connected to one element only", 0),
    "o for 0 in a node": (
        "v1 n10 0 1\nr1 n10 a 1\nr2 n1o a 1\n.op",
        "deck.cir:4: node 'n1o' is connected to one element only: is 'n10' meant?",
        0,
    ),
    "diode across a source": ("v1 a 0 5\nd1 a 0 dm\n.model dm d\n.op", "flow through v1, more than any", 0),
    "current without a path": ("i1 0 a 1\nc1 a 0 1n\n.op", "driven into it by a source, i1 (deck.cir:2)", 1),
    "model's name": ("v1 a 0 1\nd1 a 0 1n4148\n.model 1n4184 d\n.op", "(did you mean 1n4184?)", 1),
    "model's type": (
        "v1 a 0 1\nd1 a 0 dd\n.model dd dd\n.op",
        "of type 'dd', not one for a diode (did you",
        1,
    ),
    "model's parameter": (
        "v1 a 0 1\nr1 a b 1k\nd1 b 0 dd\n.model dd d iss=1f\n.op",
        "(did you mean is or",
        0,
    ),
    "option": (
        ONE + ".options reltoll=1e-4\n.op",
        "deck.cir:4: option reltoll is not known and ignored (did",
        0,
    ),
    "option's value": (ONE + ".options maxorder=big\n.op", "deck.cir:4: option maxorder is not known", 0),
    "analysis": (ONE + ".trann 1u 1m", "deck.cir:4: unknown card '.trann' (did you mean .tran", 1),
    "no analysis": (ONE, "no analysis card; add one, as .op or .tran 1u 1m", 1),
    "empty deck": ("", "no elements and no analysis", 1),
    "steps before the end": (ONE + ".tran 1m 1u", "its step of 1m is longer than the 1u of the run", 0),
    "variation": (RC + ".ac decade 10 1 1k", "must be dec, oct or lin (did you mean dec?)", 1),
    "no ac value": (RC + ".ac dec 1 1 10", "no source has an ac value; write one as in", 0),
    "swept source": (
        ONE + ".dc v2 0 1 0.1",
        "no source, resistor or parameter 'v2' to sweep (did you mean v1",
        1,
    ),
    "step with the wrong sign": (ONE + ".dc v1 0 1 -0.1", "a step of -0.1 does not lead from 0 to 1", 1),
    "source of noise": (RC + ".noise v(out) v2 dec 1 1 10", "'v2' for '.noise' (did you mean v1", 1),
    "open subcircuit": (ONE + "x1 a 0 q\n.subckt q a b\nr1 a b 1\n.op", "'.subckt q' has no '.ends'", 1),
    "stray end": (ONE + ".ends\n.op", "deck.cir:4: '.ends' without '.subckt'", 1),
    "nodes of a call": (
        ONE + "x1 a q\n.subckt q a b\nr1 a b 1\n.ends\n.op",
        "has 2 ports (a b), 1 nodes given",
        1,
    ),
    "subcircuit's name": (
        ONE + "x1 a 0 qx\n.subckt qy a b\nr1 a b 1\n.ends\n.op",
        "no subcircuit 'qx' (did",
        1,
    ),
    "subcircuit's parameter": (
        ONE + "x1 a 0 q vaal=3\n.subckt q a b val=2\nr1 a b {val}\n.ends\n.op",
        "deck.cir:4: 'vaal' of 'x1' has no effect: subcircuit 'q' has no such parameter (did you mean val?)",
        0,
    ),
    "parameter": (
        "v1 a 0 {vdd}\n.param vd=1\nr1 a 0 1\n.op",
        "unknown parameter 'vdd' (did you mean vd?)",
        1,
    ),
    "open bracket": ("v1 a 0 {2*(1+2}\nr1 a 0 1\n.op", "deck.cir:2: expected ')', found the end", 1),
    "function": (
        "v1 a 0 1\nb1 b 0 v=sine(v(a))\nr1 b 0 1\n.op",
        "unknown function 'sine' (did you mean sin",
        1,
    ),
    "node of an expression": (
        "v1 a 0 1\nb1 b 0 v=v(aa)\nr1 b 0 1\n.op",
        "no element is connected to node 'aa' (did you mean a?)",
        1,
    ),
    "waveform": ("v1 a 0 pulze(0 1)\nr1 a 0 1\n.op", "no waveform 'pulze' (did you mean pulse or pwl?)", 1),
    "controlling source": (
        ONE + "f1 b 0 v2 10\nr2 b 0 1\n.op",
        "no source 'v2' whose current could be used",
        1,
    ),
    "controlling resistor": (
        ONE + "f1 b 0 r1 10\nr2 b 0 1\n.op",
        "put a source of 0 V in series, and name that",
        1,
    ),
    "coupled inductor": (ONE + "l1 a 0 1\nk1 l1 l2 0.9\n.tran 1u 1m", "no inductor 'l2' whose current", 1),
    "name given twice": (ONE + "r1 a 0 2\n.op", "'r1' is defined twice, first at deck.cir:3", 1),
    "printed node": (
        RC + ".print tran v(outt)\n.tran 1u 1m",
        "deck.cir:5: '.print tran v(outt)': no variable",
        0,
    ),
    "printed without analysis": (
        RC + ".print v(out)\n.op",
        "it names no analysis, as in '.print tran v(out)'",
        0,
    ),
    "measured node": (RC + ".tran 1u 1m\n.meas tran x max v(outt)", "failed: no variable v(outt) in this", 0),
    "initial voltage": (
        RC + ".ic v(outt)=1\n.op",
        "no element is connected to node 'outt' (did you mean out?)",
        0,
    ),
    "include": (ONE + ".include dekc.cir\n.op", "No such file or directory (did you mean deck.cir?)", 1),
    "command": (
        ONE + ".control\nop\nprnit v(a)\n.endc",
        "there is no command 'prnit' (did you mean print",
        0,
    ),
    "vector": (
        ONE + ".control\nop\nprint v(b)\n.endc",
        "no variable v(b) in this result (did you mean v(a)?)",
        1,
    ),
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("mistake", DECKS)
def test_decks(mistake, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    cards, said, code = DECKS[mistake]
    (tmp_path / "deck.cir").write_text(f"* a title\n{cards}\n.end\n")
    assert cli.execute(["run", "deck.cir"]) == code
    shown = "".join(capsys.readouterr())
    assert said in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    "nodes", ["outp outn", "in inn", "vd vdd", "n1 n11", "n12 n21", "q qb", "a1.out a2.out"]
)
def test_nodes_that_are_alike_on_purpose(nodes):
    """Open ends with such names are met in real decks; 3,800 of these gave no false alarm."""
    first, second = nodes.split()
    Circuit.from_text(f"alike\nv1 {first} 0 1\nr1 {first} {second} 1k\n.end\n").op()


@pytest.mark.filterwarnings("default")
def test_a_deck_without_end_is_complete(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deck.cir").write_text(f"* a title\n{ONE}.op\n")
    assert cli.execute(["run", "deck.cir"]) == 0
    assert capsys.readouterr().err == ""


COMMANDS = {
    "command": (["rum", "deck.cir"], "there is no command or file 'rum' (did you mean run?)", 2),
    "command and option": (["rum", "deck.cir", "--plot", "v(a)"], "(did you mean run?)", 2),
    "study": (["study", "mvmm"], "there is no command 'mvmm' (did you mean mvm?)", 2),
    "command of a group": (["va", "chekc", "x.va"], "there is no command 'chekc' (did you mean check", 2),
    "file of run": (["run", "dekc.cir"], "dekc.cir: No such file or directory (did you mean deck.cir?)", 1),
    "file": (["dekc.cir"], "there is no file dekc.cir (did you mean deck.cir?)", 1),
    "file of batch mode": (["-b", "dekc.cir"], "(did you mean deck.cir?)", 1),
    "option": (["run", "deck.cir", "--ouput", "x"], "--output", 2),
    "option of batch mode": (["-b", "--outptu=x", "deck.cir"], "option --outptu not recognized (did you", 1),
    "text for a number": (["run", "deck.cir", "--samples", "many"], "'many' is not a valid integer", 2),
    "parameter": (["run", "deck.cir", "--set", "rload=2"], "no parameter 'rload' to set", 1),
    "signal to draw": (["run", "deck.cir", "--plot", "v(b)"], "no variable v(b)", 1),
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("mistake", COMMANDS)
def test_commands(mistake, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deck.cir").write_text(f"* a title\n{ONE}.op\n.end\n")
    arguments, said, code = COMMANDS[mistake]
    assert cli.execute(arguments) == code
    assert said in "".join(capsys.readouterr())


def rc():
    return Circuit("rc").V("1", "in", "0", 1.0).R("1", "in", "out", 1e3).C("1", "out", "0", 1e-9)


def array():
    return Crossbar(4, 3, Resistance(1e4), line_resistance=1.0)


CALLS = {
    "unit of a time": (lambda: rc().tran("1x"), DeckWarning, "tstop: '1x' counts as 1: x is no suffix"),
    "text for a time": (lambda: rc().tran("long"), CircuitnnError, "tstop = long: a finite number is needed"),
    "negative time": (lambda: rc().tran(-1e-3), CircuitnnError, "must be positive"),
    "unit of a value": (lambda: rc().R("2", "out", "0", "1kohmm").op(), DeckWarning, "'ohmm' is no unit"),
    "option": (lambda: rc().op(reltoll=1e-4), DeckWarning, "option reltoll is not known and ignored (did"),
    "option's value": (lambda: rc().op(reltol="small"), CircuitnnError, "option reltol = small"),
    "node": (
        lambda: rc().op()["v(outt)"],
        CircuitnnError,
        "no variable v(outt) in this result (did you mean v(out)",
    ),
    "missing node": (lambda: rc().R("2", "a", 1e3), CircuitnnError, "R(name, p, n, value, **parameters)"),
    "ground": (
        lambda: Circuit().R("1", "a", "b", 1.0).op(),
        DeckWarning,
        "no element is connected to ground",
    ),
    "parameter": (lambda: rc().with_parameters(foo=3.0).op(), CircuitnnError, "no parameter 'foo' to set"),
    "swept source": (lambda: rc().dc("v2", 0, 1, 0.1), CircuitnnError, "no v2 to sweep (did you mean v1?)"),
    "frequencies the wrong way": (lambda: rc().ac(1e6, 1.0), CircuitnnError, "in ascending order"),
    "file": (lambda: circuitnn.load("no_such.cir"), OSError, "No such file or directory"),
    "array for a number": (
        lambda: Crossbar(np.ones((2, 2)), 2, None),
        CircuitnnError,
        "an array of shape (2, 2)",
    ),
    "too few inputs": (lambda: array().mvm(np.ones(5)), CircuitnnError, "shape (5,) does not fit 4 rows"),
    "row beyond the array": (lambda: array().op(Access(4, 0, 1.0)), CircuitnnError, "4"),
}


@pytest.mark.parametrize("mistake", CALLS)
def test_calls(mistake):
    call, kind, said = CALLS[mistake]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(kind) as caught:
            call()
    assert said in str(caught.value)


UNITS = (
    "10uF 1kohm 5Volts 3.3V 10pFarad 4.7kΩ 100Kohm 1MegOhm 1mega 10gig 1mil 5Vdc 17mVdc 1uAdc 2mmho 0.5um 8.0uH 30uHy "
    "870MegHz 20dB 1nsec 10msec 5kV 2mA 1uV 60Hz 1.1eV 10kilohms 50pfd 1e3ohm 45deg 1.5e-3s 1T 1G 100f 1a"
)


@pytest.mark.parametrize("number", UNITS.split())
def test_units_of_real_decks_are_right(number):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Circuit.from_text(f"t\nv1 a 0 {number}\nr1 a b 1\nc1 b 0 {{2*{number}}}\n.op\n").op()


def test_gains_and_areas_may_be_times():
    """As libraries of op-amps write them."""
    deck = "t\nv1 a 0 1\ne1 b 0 a 0 1x\nr1 b 0 1\nq1 b a 0 qq 10X\n.model qq npn\n.op\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Circuit.from_text(deck).op()["v(b)"] == pytest.approx(1.0)


def test_capitals_of_decks_in_capitals_are_milli():
    """RS of 20M is 20 milliohms in libraries whose authors write all in capitals."""
    deck = "T\nV1 A 0 1\nR1 A 0 20M\nC1 A 0 5F\nC2 A 0 10U\n.OP\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Circuit.from_text(deck).op()["i(v1)"] == pytest.approx(-50.0)


def test_a_line_of_expressions_takes_them_too():
    """Per-unit-length values of a lossy line that follow from parameters of its subcircuit."""
    deck = (
        "t\nv1 a 0 1\nx1 a b line\nr1 b 0 1k\n.subckt line p q len=2\n.param rr=0.5\no1 p 0 q 0 mm\n"
        ".model mm ltra(r={rr*len} l=250n c=100p len={len})\n.ends\n.op\n"
    )
    assert Circuit.from_text(deck).op()["v(b)"] == pytest.approx(1000.0 / 1002.0)
