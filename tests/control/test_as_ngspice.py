"""What ngspice prints, and in which order: names, tables, lists, the order of analyses and of vectors."""

import io
import warnings

import numpy as np
import pytest

from circuitnn import Circuit, cli, load
from circuitnn.cli.batch import batch as batch_form
from circuitnn.errors import DeckWarning
from circuitnn.ngspice import control
from circuitnn.results import rawfile

LADDER = """ladder
v1 n10 0 1 sin(0 1 1k)
v2 b 0 2
r1 n10 n2 1k
r2 n2 3 1k
r3 3 0 2k
l1 b c 1m
r4 c 0 1k
c1 n2 0 100n
"""


def said(*commands, deck=LADDER, cards=()):
    out = io.StringIO()
    control.run(
        Circuit.from_text("\n".join([deck.strip(), *cards, ".control", *commands, ".endc", ".end"])), out
    )
    return out.getvalue().splitlines()


def batch(tmp_path, monkeypatch, text, *options):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deck.cir").write_text(text)
    return batch_form(["-b", *options, "deck.cir"])


def test_constants_among_others_are_printed_with_their_plots():
    deck = f"{LADDER}.csparam z=7\n"
    assert said("op", "print z", deck=deck) == ["z = 7.000000e+00"]
    lines = said("op", "print z v(b)*z v(b) op1.v(b)", deck=deck)
    names = [line.partition(" = ")[0] for line in lines]
    assert names == ["const.z", "op1.v(b)*z", "op1.v(b)", "op1.v(b)"]


@pytest.mark.parametrize("command", ["option temp=100", "set temp=100"])
def test_a_reset_takes_options_back(command):
    deck = "t\nv1 a 0 5\nr1 a b 1k tc1=10m\nr2 b 0 1k\n"
    hot, again = said(command, "op", "print v(b)", "reset", "op", "print v(b)", deck=deck)
    assert hot == "v(b) = 1.831502e+00"
    assert again == "v(b) = 2.500000e+00"


def test_slopes_at_the_ends_are_those_of_parabolas():
    deck = "t\nv1 a 0 1\nb1 b 0 v=v(a)^2\nr1 b 0 1\n"
    lines = said("dc v1 0 3 1", "let d = deriv(v(b))", "print d[0] d[1] d[3]", deck=deck)
    assert [float(line.partition(" = ")[2]) for line in lines] == pytest.approx([0.0, 2.0, 6.0], abs=1e-9)


def test_all_is_printed_by_name():
    lines = said("op", "print all")
    assert [line.partition(" = ")[0] for line in lines] == [
        "v(3)", "b", "c", "l1#branch", "n2", "n10", "v1#branch", "v2#branch",
    ]  # fmt: skip
    head = [line for line in said("dc v1 0 1 1", "print allv") if line.startswith("Index")]
    assert [line.split() for line in head] == [
        ["Index", "v-sweep", "V(3)", "b", "c"],
        ["Index", "v-sweep", "n2", "n10", "v-sweep"],
    ]


def test_display_and_the_names_of_a_plot():
    lines = said("op", "let x = 3", "display", "echo $curplotname", "setplot new", "echo $curplottitle")
    assert "Name: op1 (Operating Point)" in lines
    assert "    V(3)                : voltage, real, 1 long" in lines
    assert lines[-3:] == [
        "    x                   : notype, real, 1 long",
        "Operating Point",
        "Anonymous",
    ]


def test_a_transient_says_where_it_starts():
    deck = LADDER.replace("v1 n10 0 1 sin(0 1 1k)", "v1 n10 0 1")
    lines = said("tran 10u 20u", deck=deck)
    rows = dict(line.split() for line in lines[lines.index("----" + " " * 35 + "-------") + 1 :] if line)
    assert rows == {"n10": "1", "b": "2", "n2": "0.75", "3": "0.5", "c": "2",
                    "l1#branch": "0.002", "v2#branch": "-0.002", "v1#branch": "-0.00025"}  # fmt: skip
    assert said("tran 10u 20u", cards=[".options noacct"]) == []


def test_powers_bind_from_the_right_and_a_measure_takes_vectors():
    lines = said("print 2^3^2", "tran 10u 1m", "let half = 0.25", "meas tran t when v(n2)=half rise=1")
    assert lines[0] == "2^3^2 = 5.120000e+02"
    assert lines[-1].startswith("t                   =  1.14")


def test_a_run_leaves_the_fourier_cards_to_the_deck():
    lines = said("run", "linearize v(n2)", "print length(v(n2))", cards=[".tran 10u 1m", ".four 1k v(n2)"])
    assert lines[-1] == "length(v(n2)) = 1.010000e+02"


def test_parameters_are_handed_over_under_their_own_names():
    assert said("echo $&f $&g", cards=[".param f=1e6", ".csparam f={f}", ".csparam g='2*3'"]) == ["1E+06 6"]


def test_small_signals_without_a_source_are_nothing():
    with pytest.warns(DeckWarning, match="no source has an ac value"):
        lines = said("ac lin 1 1k 1k", "print mag(v(n2))")
    assert lines[-1] == "mag(v(n2)) = 0.000000e+00"


def test_analyses_run_in_ngspices_order(tmp_path, monkeypatch):
    cards = ".tran 1u 2u\n.op\n.dc v2 0 1 1\n.ac lin 1 1 1\n.end\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeckWarning)
        assert batch(tmp_path, monkeypatch, LADDER + cards, "-r", "out.raw") == 0
    found = rawfile.read(tmp_path / "out.raw")
    assert [r.analysis for r in found] == ["ac", "dc", "op", "tran"]
    assert found[2].names[-3:] == ("i(l1)", "i(v2)", "i(v1)")


def test_currents_stand_in_ngspices_order():
    deck = """order
v1 a 0 1
v2 b 0 1
l1 a c 1m
e1 e 0 a b 2
h1 g 0 v1 10
b1 h 0 v=v(a)
b2 i 0 v=v(b)
v3 q 0 1
r1 c 0 1k
.op
"""
    currents = [n for n in Circuit.from_text(deck).run()[0].names if n.startswith("i(")]
    assert currents == ["i(b2)", "i(b1)", "i(h1)", "i(v1)", "i(l1)", "i(e1)", "i(v3)", "i(v2)"]


def test_print_cards_take_all_plots_the_latest_first(tmp_path, monkeypatch, capsys):
    text = LADDER + ".dc v2 0 3 1\n.print dc v(b) v(b,c) i(v2)\n.control\ndc v2 5 6 1\n.endc\n.end\n"
    assert batch(tmp_path, monkeypatch, text) == 0
    out = capsys.readouterr().out
    assert out.count("v(b)            v(b)-v(c)       v2#branch") == 2
    assert out.index("\n3\t3.0") < out.index("\n0\t5.0")


def test_an_operating_point_is_listed_from_the_end_with_all_nodes(tmp_path, monkeypatch, capsys):
    assert batch(tmp_path, monkeypatch, LADDER + ".op\n.save v(b)\n.end\n") == 0
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("\t")]
    assert lines[3:8] == ["c", "V(3)", "n2", "b", "n10"]
    assert lines[-3:] == ["v1#branch", "v2#branch", "l1#branch"]


def test_control_blocks_that_run_nothing_have_failed(tmp_path, monkeypatch):
    assert batch(tmp_path, monkeypatch, LADDER + ".control\necho no\n.endc\n.end\n") == 1
    assert batch(tmp_path, monkeypatch, LADDER + ".control\nop\ndestroy all\n.endc\n.end\n") == 0
    assert batch(tmp_path, monkeypatch, LADDER + ".end\n", "-r", "out.raw") == 0


def test_a_title_that_includes_a_file(tmp_path):
    (tmp_path / "models.txt").write_text(".model dd d is=1e-12\n")
    (tmp_path / "deck.cir").write_text(".INCLUDE models.txt\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dd\n.op\n.end\n")
    circuit = load(tmp_path / "deck.cir")
    assert circuit.title == ".INCLUDE models.txt" and circuit.run()[0]["v(b)"] == pytest.approx(
        0.5171734, abs=2e-5
    )


def test_a_probe_card_keeps_all_else():
    result = Circuit.from_text(LADDER + ".op\n.probe i(v1)\n.end\n").run()[0]
    assert {"v(n2)", "i(v1)", "i(v2)"} <= {*result.names}


def test_elements_warmer_than_the_circuit_follow_a_sweep_of_the_temperature():
    deck = "t\n.param r={1k*temper}\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k dtemp=10 tc1=0.02\nr3 a 0 {r}\n.dc temp -20 80 50\n"
    result = Circuit.from_text(deck).run()[0]
    ratio = 1.0 + 0.02 * (np.array([-20.0, 30.0, 80.0]) + 10.0 - 27.0)
    assert np.allclose(result["v(b)"], ratio / (1.0 + ratio), rtol=1e-6)  # 0.2063492 … 0.6932515 in ngspice


def test_bsim4_cards_of_open_processes_are_read():
    card = ".model n nmos level=54 tnoimod=1 igcmod=0 igbmod=0 nigc=0 nigbacc=0 nigbinv=0"
    deck = f"t\nvd d 0 1\nvg g 0 1\nm1 d g 0 0 n w=1u l=0.1u\n{card}\n.op\n.end\n"
    assert Circuit.from_text(deck).run()[0]["i(vd)"] < -1e-5


def test_edges_of_bins_of_simple_models_have_acted():
    bins = "".join(
        f".model n.{k} nmos vto={vto} kp=1e-4 lmin={low} lmax={high} wmin=1u wmax=9u\n"
        for k, (vto, low, high) in enumerate(((0.5, "0.1u", "1u"), (0.7, "1u", "9u")), 1)
    )
    deck = f"t\nm1 d g 0 0 n w=4u l=2u\nvd d 0 2\nvg g 0 1.2\n{bins}.op\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Circuit.from_text(deck).run()[0]["i(vd)"] == pytest.approx(-0.5e-4 * 2 * 0.25, rel=1e-4)


@pytest.mark.parametrize("command", ["-b", "run"])
@pytest.mark.parametrize(("change", "voltage"), [("alter r1 = 9k", 0.1), ("set temp = 127", 1 / 3)])
def test_the_decks_own_analyses_run_on_the_circuit_as_the_commands_leave_it(
    tmp_path, command, change, voltage
):
    """They ran on the deck's circuit, without a word."""
    deck, out = tmp_path / "deck.cir", tmp_path / "out.raw"
    deck.write_text(
        f"t\nv1 a 0 1\nr1 a b 1k tc1=0.01\nr2 b 0 1k\n.control\n{change}\n.endc\n.op\n.print op v(b)\n.end\n"
    )
    assert cli.execute([command, str(deck), "-r" if command == "-b" else "-o", str(out)]) == 0
    assert rawfile.read(out)[0]["v(b)"] == pytest.approx(voltage, rel=1e-9)


def test_braces_are_dropped_as_by_a_shell():
    asked = [
        "echo {81/2} a{b}c",
        "let x = {3}*{4+{2}}",
        "print x {x}*2",
        "alter r3 = {3k}",
        "print @r3[resistance]",
    ]
    assert said(*asked) == [
        "81/2 abc",
        "x = 1.400000e+01",
        "x*2 = 2.800000e+01",
        "@r3[resistance] = 3.000000e+03",
    ]


def test_transients_without_operating_point_say_so(tmp_path, monkeypatch, capsys):
    batch(
        tmp_path,
        monkeypatch,
        "t\nv1 a 0 1\nr1 a b 1k\nc1 b 0 1u ic=0\n.tran 1u 10u uic\n.print tran v(b)\n.end\n",
    )
    said_ = capsys.readouterr().out
    assert (
        "\nOperating point simulation skipped by 'uic',\n  now using transient initial conditions.\n\nNo. of Data Rows"
        in said_
    )


@pytest.mark.parametrize(("command", "head"), [("fft v(a)", "FFT"), ("psd 3 v(a)", "PSD")])
def test_spectra_say_what_they_resolve(command, head, tmp_path, monkeypatch, capsys):
    deck = "t\nv1 a 0 sin(0 1 1k)\nr1 a 0 1\n.control\ntran 10u 8m 0 10u\nlinearize\n"
    batch(tmp_path, monkeypatch, f"{deck}{command}\n.endc\n.end\n")
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(head)][:2]
    assert lines == [
        f"{head}: Time span: 0.008 s, input length: 801, zero padding: 223",
        f"{head}: Frequency resolution: 125 Hz, output length: 513",
    ]


def test_words_of_complex_vectors_are_their_real_parts():
    lines = said(
        "let c = (1,2)", "echo $&c", "set z = $&c", "echo $z", "let w = vector(2) * (3,4)", "echo $&w"
    )
    assert lines[-3:] == ["1", "1", "0 3"]


@pytest.mark.parametrize(
    "analysis", ["ac lin 1 1k 1k", "noise v(b) v1 lin 1 1k 1k", "tf v(b) v1", "pz a 0 b 0 vol pol"]
)
def test_values_of_devices_where_they_were_linearised(analysis):
    """After small signals, those of the operating point; a later `alter` does not move them."""
    deck = "t\nv1 a 0 0.7 ac 1\nr1 a b 100\nd1 b 0 dd\nc1 b 0 1n\n.model dd d(is=1e-14)\n"
    rest = said("op", "print @d1[gd] @d1[id]", deck=deck)
    assert said(analysis, "alter v1 0.5", "print @d1[gd] @d1[id]", deck=deck) == rest
    assert float(rest[0].partition(" = ")[2]) > 1e-4


def test_commas_end_words():
    """``echo "gain =", $&g`` is common; the comma was printed, and ``set a = 4, b = 5`` made a word of it."""
    asked = [
        "let g = 3",
        'echo "gain =", $&g',
        "echo a,b, c,, d , e",
        'echo "a, b", v(1, 2) \'c, d\'e x"y, z"',
        'echo "a;b"',
        "set k = 4, m = 5",
        "set list = ( 1, 2, 3 )",
        "echo $k $m $list[2]",
        "foreach x 7, 8",
        "echo $x",
        "end",
        "foreach x ( 9 )",
        "echo $x",
        "end",
    ]
    assert said(*asked) == [
        "gain = 3",
        "a b c , d , e",
        'a, b v(1, 2) c, de x"y, z"',
        "a;b",
        "4 5 2",
        "7",
        "8",
        "(",
        "9",
        ")",
    ]


def test_double_quotes_vanish_only_around_words():
    assert said("let g = 3", 'echo "g is "$&g "x"', "echo 'g is '$&g") == ['"g is "3 x', "g is 3"]


def test_run_without_cards_does_nothing(tmp_path, monkeypatch, capsys):
    """It was an error."""
    text = "t\nv1 a 0 1\nr1 a 0 1k\n.control\nop\nrun\nprint v(a)\n.endc\n.end\n"
    with pytest.warns(DeckWarning, match="'run' does nothing"):
        assert batch(tmp_path, monkeypatch, text) == 0
    out, err = capsys.readouterr()
    assert "v(a) = 1.000000e+00" in out
    assert "Note: Simulation executed from .control section" in out
    assert "Error" not in err


def test_quit_after_a_command_that_failed_ends_the_run(tmp_path, monkeypatch, capsys):
    """The deck's own analyses ran after it."""
    text = "t\nv1 a 0 1\nr1 a 0 1k\n.op\n.control\nprint v(b)\nquit 3\n.endc\n.end\n"
    assert batch(tmp_path, monkeypatch, text) == 3
    out, err = capsys.readouterr()
    assert "no vector v(b)" in err
    assert "Node" not in out


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("not 3 + 1", "0.000000e+00"),  # not (3 + 1)
        ("1 eq 2 gt 1", "0.000000e+00"),  # all comparisons from the left
        ("-7.6 % 3", "1.000000e+00"),  # whole magnitudes
        ("(7,5) % (2,3)", "1.000000e+00,2.000000e+00"),
        ("floor((1.5,-2.5))", "1.000000e+00,-3.00000e+00"),
        ("nint((1.6,2.7))", "2.000000e+00,3.000000e+00"),
        ("length(vector(-3))", "3.000000e+00"),
        ("length(unitvec(0))", "1.000000e+00"),
        ("ifft(2)", "2.000000e+00"),
    ],
)
def test_operators_and_functions_of_formulas(formula, value):
    assert said(f"let z = {formula}", "print z") == [f"z = {value}"]


def test_a_remainder_of_a_divisor_below_1():
    with pytest.raises(control.CommandsFailed, match="right side of %"):
        said("let z = 7 % 0.5")


def test_shorter_vectors_are_continued():
    with pytest.warns(DeckWarning, match="continued by its last number"):
        lines = said("let z = vector(5) + vector(3)", "print z[2] z[3] z[4]")
    assert [float(line.partition(" = ")[2]) for line in lines] == [4.0, 5.0, 6.0]


def test_indices_of_vectors_of_other_plots():
    commands = ["op", "let m = vector(6)", "reshape m [2][3]", "dc v1 0 1 1", "let z = op1.m[1]"]
    commands.append("print z[0] z[2]")
    assert said(*commands) == ["z[0] = 3.000000e+00", "z[2] = 5.000000e+00"]


def test_swept_values_are_as_before_after_a_sweep():
    deck = "t\nv1 a 0 dc 5 \nr1 a b 1k\nr2 b 0 3k\n"
    commands = ["dc v1 0 2 1 r2 1k 2k 1k", "print @v1[dc]", "print @r2[resistance]", "print @r2[i]"]
    given, r2, current = (float(line.partition(" = ")[2]) for line in said(*commands, deck=deck))
    assert (given, r2) == (5.0, 3e3)
    assert current == pytest.approx(2 / 3e3), "of the last point"
