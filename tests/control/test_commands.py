"""Control blocks: what the commands do, what is refused."""

import io
import warnings

import numpy as np
import pytest

from circuitnn import Circuit, load
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError
from circuitnn.ngspice import control
from circuitnn.ngspice.control import output
from circuitnn.ngspice.control.plot_words import Looks, parted
from circuitnn.results import rawfile

DECK = """control
.param load=1k
v1 in 0 dc 2 ac 1 sin(0 1 1k)
r1 in out 1k
r2 out 0 {{load}}
c1 out 0 1u
d1 in x dm
r3 x 0 1k
.model dm d(is=1e-14)
.control
{commands}
.endc
.options noacct
.end
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def ran(*commands):
    out = io.StringIO()
    results, code = control.run(Circuit.from_text(DECK.format(commands="\n".join(commands))), out)
    return out.getvalue().splitlines(), results, code


def said(*commands):
    return ran(*commands)[0]


def test_analyses_and_print():
    lines, results, code = ran("op", "print v(out) v(in)*2 i(v1)", "dc v1 0 2 1", "print v(out)")
    assert lines[:2] == ["v(out) = 1.000000e+00", "v(in)*2 = 4.000000e+00"]
    assert lines[2].startswith("i(v1) = -")  # as it was asked for, like ngspice
    assert lines[-4:] == ["-" * 80, *(f"{k}\t{k:.6e}\t{k / 2:.6e}\t" for k in range(3))]
    assert [r.analysis for r in results] == ["op", "dc"] and code is None


def test_variables_and_vectors():
    assert said(
        "set list = ( 1k 2k )", "set name = Out", 'echo $name "$list[2]" $#list $?nothing', "op",
        "let a = v(out) + 1", "echo $&a", "let b = vector(3)", "let b[1] = 9", "print b[1] mean(b) length(b)",
    ) == ["out 2000 2 0", "2", "b[1] = 9.000000e+00", "mean(b) = 3.666667e+00", "length(b) = 3.000000e+00"]  # fmt: skip


def test_lists_are_shifted():
    assert said("set x = ( a b c d )", "shift x", "echo $x", "shift x 2", "echo $x") == ["b c d", "d"]


@pytest.mark.parametrize("command", ["cutout", "snsave a.snap", "wrnodev a.ic"])
def test_what_would_leave_something_behind_is_not_skipped_silently(command):
    with pytest.warns(DeckWarning, match=f"'{command.split()[0]}' is not supported and is skipped"):
        said(command)


def test_loops_and_choices():
    assert said(
        "foreach r 1k 3k", "alter r1 = $r", "op", "print v(out)", "end",
        "let k = 0", "while k < 5", "let k = k + 1", "if k eq 2", "continue", "end", "if k > 3", "break", "else",
        "echo $&k", "end", "end", "repeat 2", "echo again", "end", "dowhile k > 100", "echo once", "end",
    ) == ["v(out) = 1.000000e+00", "v(out) = 5.000000e-01", "1", "3", "again", "again", "once"]  # fmt: skip


def test_altering_and_reset():
    lines = said(
        "alter v1 dc = 4", "op", "print v(out)", "alter @r2[resistance] = 3k", "op", "print v(out)",
        "alterparam load = 3k", "reset", "op", "print v(out)",
        "altermod dm is = 1e-12", "op", "let warm = v(x)", "altermod @dm[is] = 1e-18", "op", "print op4.warm > v(x)",
    )  # fmt: skip
    assert lines == [*(f"v(out) = {v:.6e}" for v in (2, 3, 1.5)), "op4.warm > v(x) = 1.000000e+00"]


def test_phasors_and_functions_of_vectors():
    _, results, _ = ran(
        "ac lin 1 1k 1k", "let gain = v(out)/v(in)", "let size = db(gain)", "let turn = ph(gain)"
    )
    expected = 0.5 / (1 + 2j * np.pi * 1e3 * 500 * 1e-6)
    assert results[0]["gain"][0] == pytest.approx(expected, rel=1e-9)
    assert results[0]["size"][0].real == pytest.approx(20 * np.log10(abs(expected)))
    assert results[0]["turn"][0].real == pytest.approx(np.angle(expected))


def test_measures_are_vectors():
    lines = said(
        "tran 10u 2m",
        "meas tran top max v(in)",
        "print top",
        "meas tran late find v(in) at=0.25m",
        "print late*0",
    )
    assert lines[0].startswith("top                 =  ")
    assert float(lines[1].split("=")[1]) == pytest.approx(1.0, rel=1e-3)


def test_files(tmp_path):
    said("tran 0.1m 1m", "wrdata out.txt v(in) v(in)*2", "write out.raw v(out) v(in)")
    said("tran 0.1m 1m", "set wr_singlescale wr_vecnames", "wrdata single.data v(in) v(out)")
    said("tran 0.1m 1m", "plot v(in) v(out)", "hardcopy curve.ps v(out) vs v(in) title x")
    table = np.loadtxt(tmp_path / "out.txt")
    assert table.shape[1] == 4 and np.array_equal(table[:, 0], table[:, 2])
    assert table[:, 3] == pytest.approx(2 * table[:, 1])
    (result,) = rawfile.read(tmp_path / "out.raw")
    assert result.names == ("time", "v(out)", "v(in)")
    assert (tmp_path / "single.data").read_text().split()[:3] == ["time", "v(in)", "v(out)"]
    assert (tmp_path / "deck_tran1_1.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "curve.png").exists()


def test_a_number_is_drawn_over_a_plot_without_axis(tmp_path):
    """Phasors without a frequency: poles."""
    said("pz in 0 out 0 vol pz", "hardcopy poles 3.5")
    assert (tmp_path / "poles.png").exists()


def test_quit_ends_with_its_code():
    lines, results, code = ran("op", "quit 3", "echo never")
    assert (lines, len(results), code) == ([], 1, 3)


@pytest.mark.parametrize("command", ["shell touch x", "frobnicate", "source other"])
def test_unknown_commands_are_left_out_with_a_warning(command, tmp_path):
    with pytest.warns(DeckWarning, match=rf"deck:11: .*{command.split()[0]}.* is skipped"):
        assert said(command, "echo on") == ["on"]
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("word", ["$nothing", "$&nothing", "$nothing.txt", "$#nothing"])
def test_unknown_variables_are_left_out_with_a_warning(word):
    with pytest.warns(DeckWarning, match=r"deck:11: .*no (variable|vector) #?nothing"):
        assert said(f"echo a {word} b") == ["a b"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("commands", "message"),
    [
        pytest.param(["while 1", "let a = 1", "end"], "does a loop never end", marks=pytest.mark.long),
        (["repeat", "end"], "does a loop never end"),
        (["break"], "'break' outside a loop"),
        (["print v(out)"], "no analysis has been run"),
        (["op", "print v(uot)"], "no variable v.uot. in this result .did you mean v.out."),
        (["op", "print 1 +"], "a number or a name expected"),
        (["let a = vector(1e12)"], "a vector has 1 to"),
        (["let a = " + "(" * 200 + "1" + ")" * 200], "nested more than"),
        (["alter r9 = 1"], "no element r9 .did you mean"),
        (["alter r1 colour = 1"], "r1 has no number 'colour'"),
        (["altermod nomod is = 1"], "there is no model nomod"),
        (["alterparam laod = 1"], "no parameter 'laod'"),
        (["tran"], "'.tran' takes"),
        (["dc v9 0 1 1"], "no source, resistor or parameter 'v9'"),
        (["op", "meas tran a max v(in)"], "measures tran, and the current plot is op1"),
        (["setplot tran7"], "there is no plot tran7"),
        (["if"] + ["if 1"] * 60, "nested more than 50 deep"),
    ],
)
def test_faults_say_where(commands, message):
    with pytest.raises(NetlistError, match=message) as caught:
        said(*commands)
    assert caught.value.faults[0].line >= 3


def test_results_before_a_failure_are_kept():
    with pytest.raises(NetlistError) as caught:
        said("op", "print v(uot)")
    assert [r.analysis for r in caught.value.results] == ["op"]


def test_python_runs_the_cards_and_says_so(tmp_path):
    (tmp_path / "deck.cir").write_text(DECK.format(commands="op").replace(".control", ".op\n.control"))
    with pytest.warns(DeckWarning, match="control block"):
        assert len(load("deck.cir").run()) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(control.run(load("deck.cir"))[0]) == 1


def test_altered_circuits_in_python():
    circuit = Circuit.from_text(DECK.format(commands="op"))
    assert circuit.altered({("r2", ""): 3e3}).op()["v(out)"] == pytest.approx(1.5)
    assert circuit.op()["v(out)"] == pytest.approx(1.0)
    assert circuit.altered(models={"dm": {"is": 1e-9}}).op()["v(x)"] > circuit.op()["v(x)"]
    with pytest.raises(AnalysisError, match="there is no element r7"):
        circuit.altered({("r7", ""): 1})


def test_functions_of_ones_own():
    assert said("define f(a, b) a*b + 1", "define g(x) f(x, x)*2", "let a = 9", "print f(2,3) g(3) a") == [
        "f(2,3) = 7.000000e+00", "g(3) = 2.000000e+01", "a = 9.000000e+00"
    ]  # fmt: skip
    with pytest.raises(NetlistError, match="calls itself"):
        said("define f(x) f(x)", "print f(1)")
    with pytest.raises(NetlistError, match="takes 2 arguments"):
        said("define f(a,b) a", "print f(1)")
    with pytest.raises(NetlistError, match="'define' takes"):
        said("define f 3")


def test_random_numbers_follow_from_the_seed():
    draws = ["print sgauss(unitvec(3)) sunif(unitvec(3))", "print rnd(5) poisson(3) exponential(2)"]
    first, second = said("setseed 7", *draws), said("set rndseed=7", *draws)
    without_date = [[line for line in lines if "onstant" not in line] for lines in (first, second)]
    assert without_date[0] == without_date[1] != said("setseed 8", *draws)
    lines = said(
        "setseed 3",
        "let g = sgauss(unitvec(4000))",
        "let u = sunif(unitvec(4000))",
        "let r = rnd(3*unitvec(4000))",
        "print mean(g) stddev(g) minimum(u) maximum(u) minimum(r) maximum(r)",
    )
    numbers = [float(line.split("=")[1]) for line in lines]
    assert numbers[:2] == pytest.approx([0.0, 1.0], abs=0.07)
    assert -1.0 <= numbers[2] < -0.99 and 0.99 < numbers[3] <= 1.0
    assert numbers[4:] == [0.0, 3.0]
    with pytest.raises(NetlistError, match="seed"):
        said("setseed x")


def test_even_points_and_spectra():
    # 16 points over a period and a half's worth of periods: an even grid holds the sine's amplitude exactly.
    lines = said(
        "tran 10u 2m 0 5u", "linearize v(in)", "print length(time) time[200]",
        "let lin-tstart = 1m", "let lin-tstep = 100u",
        "let lin-tstop = 1.9m", "linearize v(in)", "print line time", "setplot tran1", "spec 500 2k 500 v(in)",
        "print length(frequency) mag(v(in)[1])",
    )  # fmt: skip
    assert lines[:2] == ["length(time) = 2.010000e+02", "time[200] = 2.000000e-03"]
    assert lines[2].startswith("time = (  1.000000e-03\t1.100000e-03")
    assert lines[-2] == "length(frequency) = 4.000000e+00"
    assert float(lines[-1].split("=")[1]) == pytest.approx(1.0, rel=2e-3)
    with pytest.raises(NetlistError, match="transient"):
        said("op", "linearize")
    with pytest.raises(NetlistError, match="no window"):
        said("tran 10u 2m", "linearize", "set specwindow=hanned", "fft v(in)")
    with pytest.raises(NetlistError, match="500 Hz apart"):
        said("tran 10u 2m", "spec 100 1k 100 v(in)")


def test_spectra_of_uneven_points_are_interpolated():
    with pytest.warns(DeckWarning, match="'fft' needs even points"):
        _, (wave, spectrum), _ = ran("tran 10u 2m", "set specwindow=none", "fft v(in)")
    even = np.sin(2e3 * np.pi * np.linspace(0.0, 2e-3, len(wave)))
    size = 2 * (len(spectrum) - 1)
    sums = 2.0 / size * np.fft.rfft(even, size)
    np.testing.assert_allclose(spectrum["v(in)"][1:], sums[1:], atol=1e-3)  # chords are not the sine


def test_waveforms_are_altered():
    lines = said(
        "alter @v1[pulse] = [ 0 2, 1u 1n 1n ]", "tran 1u 20u",
        "meas tran before find v(in) at=0.5u", "meas tran after find v(in) at=10u",
        "let top = 3", "alter v1 pwl = [ 0 -0 10u $&top ]", "tran 1u 20u", "meas tran half find v(in) at=5u",
    )  # fmt: skip
    assert [float(line.split("=")[1]) for line in lines] == pytest.approx([0.0, 2.0, 1.5])
    for wrong, message in (
        ("alter r1 = [ 1 2 ]", "only waveforms"),
        ("alter v1 pwl = [ 0 0 1 ]", "numbers"),
        ("altermod dm is = [ 1 2 ]", "not a list"),
    ):
        with pytest.raises(NetlistError, match=message):
            said(wrong)
    with pytest.warns(DeckWarning, match="times of pwl should increase: 0 after 1"):
        said("alter v1 pwl = [ 1 0 0 1 ]")


def test_a_vector_of_no_analysis_is_changed_from_everywhere():
    lines = said(
        "let n = 2", "let run = 1", "set curplot = new", "set scratch = $curplot",
        "let kept = unitvec(n)", "dowhile run <= n", "alter r1 = $&run", "op", 'set number = "$&run"',
        "set dt = $curplot",
        "setplot $scratch", "let out{$number} = {$dt}.v(out)", "let kept[run-1] = {$dt}.v(in)", "setplot $dt",
        "let run = run + 1", "end", "print const.run run", "print {$scratch}.kept[1] length({$scratch}.out2)",
        "print mag({$scratch}.all)[0]",
    )  # fmt: skip
    assert lines[:4] == [
        "const.run = 3.000000e+00", "run = 3.000000e+00", "unknown1.kept[1] = 2.000000e+00",
        "length(unknown1.out2) = 1.000000e+00",
    ]  # fmt: skip
    assert [line.split(" = ")[0] for line in lines[4:]] == [
        f"mag(unknown1.{n})[0]" for n in ("kept", "out1", "out2")
    ]


def test_words_for_the_looks_of_a_picture(tmp_path):
    """A title of several words, labels, a range of the axis: what has no effect is told."""
    with pytest.warns(DeckWarning) as told:
        said(
            "tran 0.1m 1m", "hardcopy a.svg v(in) title 'two words' xlabel \"an axis\" ylog retraceplot polar"
        )
    assert [str(w.message) for w in told] == [
        f"deck:12: '{word}' has no effect on a picture" for word in ("retraceplot", "polar")
    ]
    text = (tmp_path / "a.svg").read_text()
    assert "two words" in text and "an axis" in text
    drawn, looks = parted('v(a) xl 0 1m vs v(b) loglog title "A b"')
    assert drawn == "v(a) vs v(b)" and looks == Looks("A b", limits=(0.0, 1e-3), logarithmic="xy")
    with pytest.raises(AnalysisError, match="'xlimit' takes 2 numbers"):
        parted("v(a) xlimit 3")


def test_batch_mode_draws_nothing_unless_asked(tmp_path):
    out = io.StringIO()
    deck = DECK.format(commands="tran 0.1m 1m\nplot v(in)\nhardcopy b.png v(in)")
    with pytest.warns(DeckWarning, match="'plot' draws nothing in batch mode"):
        control.run(Circuit.from_text(deck), out, batch=True)
    assert [p.name for p in tmp_path.glob("*.png")] == ["b.png"]


def drawn(monkeypatch, *commands):
    """Points and labels of the curves of the last picture, and the label of its axis."""
    figures = []
    monkeypatch.setattr(output, "render", lambda figure, out, name: figures.append(figure))
    said(*commands)
    axes = figures[-1].axes
    curves = {line.get_label(): line.get_xydata() for axis in axes for line in axis.lines}
    return curves, axes[-1].get_xlabel()


def test_a_picture_of_vectors_of_several_plots(monkeypatch):
    """Each has the points of its own scale: a sine and a step of another length."""
    curves, label = drawn(
        monkeypatch,
        "tran 10u 1m", "tran 100u 2m", "hardcopy a v(out) tran1.v(in) tran1.v(in)*2 3 xlimit 0 0.9m title 'a b'",
    )  # fmt: skip
    assert list(curves) == ["v(out)", "tran1.v(in)", "tran1.v(in)*2", "3"] and label.startswith("Time")
    x, y = curves["tran1.v(in)"].T
    assert y == pytest.approx(np.sin(2e-3 * np.pi * 1e3 * x), abs=2e-3) and x[-1] <= 0.9  # ms
    assert curves["tran1.v(in)*2"][:, 1] == pytest.approx(2.0 * y)
    assert len(curves["v(out)"]) < len(x) and not np.ptp(curves["3"][:, 1])


def test_a_vector_shorter_than_its_scale_is_drawn_as_far_as_it_goes(monkeypatch):
    """As ngspice: its warning is that of 'length of vector … and its scale do not match'."""
    with pytest.warns(DeckWarning) as told:
        curves, label = drawn(
            monkeypatch, "tran 10u 1m", "dc v1 0 10 1", "let q = vector(5)", "hardcopy a q tran1.v(out)"
        )
    assert [str(w.message) for w in told] == [
        "deck:14: 'tran1.v(out)' is drawn over its own scale, time, and the axis is that of v-sweep",
        "deck:14: 'q' has 5 numbers and its scale v-sweep 11: 5 are drawn",
    ]
    assert np.array_equal(curves["q"], np.stack([np.arange(5.0)] * 2, axis=1)) and "v-sweep" in label
    curves, _ = drawn(monkeypatch, "tran 10u 1m", "op", "hardcopy a tran1.v(in)*2 vs tran1.v(in)")
    x, y = next(iter(curves.values())).T
    assert len(x) > 50 and np.ptp(x) == pytest.approx(2.0, rel=1e-2) and np.array_equal(y, 2.0 * x)


def test_asciiplot_takes_vectors_of_one_length():
    with pytest.raises(NetlistError, match=r"one length: tran1.v\(out\) \d+, v\(out\) 2"):
        said("tran 10u 1m", "dc v1 0 1 1", "asciiplot tran1.v(out) v(out)")


def test_unknown_types_and_vectors_of_settype_are_left_out():
    """ngspice warns of both and goes on."""
    with pytest.warns(DeckWarning) as told:
        said("op", "settype curent v(in)", "settype current v(nowhere)", "retraceplot")
    assert [str(w.message).partition(" (did")[0] for w in told] == [
        "deck:12: there is no type of vectors 'curent'",
        "deck:13: 'settype' is left out: no variable v(nowhere) in this result",
        "deck:14: there is no command 'retraceplot'",
    ]
    with pytest.raises(NetlistError, match="takes a type and vectors"):
        said("op", "settype current")


def test_types_of_vectors_of_other_plots():
    lines = said("tran 0.1m 1m", "dc v1 0 1 1", "settype current tran1.v(in)", "setplot tran1", "display")
    assert any("in " in line and "current" in line for line in lines)


def test_a_picture_that_cannot_be_drawn_stops_nothing():
    with pytest.warns(DeckWarning, match="'plot' is left out"):
        assert said("plot v(out)", "echo on") == ["on"]


def test_what_is_printed_goes_into_files(tmp_path):
    lines = said(
        "op", "print v(in) > out.txt", "echo more >> out.txt", "print v(in) > 1.5", "echo to us",
        "if v(in) > 1", "echo above", "end",
    )  # fmt: skip
    assert (tmp_path / "out.txt").read_text() == "v(in) = 2.000000e+00\nmore\n"
    assert lines == ["v(in) > 1.5 = 1.000000e+00", "to us", "above"]
    for name, message in (("../up.txt", "may not write elsewhere"), (".hidden", "hidden")):
        with pytest.raises(NetlistError, match=message):
            said(f"echo x > {name}")


def test_numbers_of_elements():
    lines = said(
        "print @r1[resistance] @v1[dc]",
        "alter r1 = 3k",
        "print @r1[resistance]",
        "let r = 2*@r2[r]",
        "print r",
    )
    assert lines == [
        "@r1[resistance] = 1.000000e+03",
        "@v1[dc] = 2.000000e+00",
        "@r1[resistance] = 3.000000e+03",
        "r = 2.000000e+03",
    ]
    assert said("print @d1[is]") == ["@d1[is] = 1.000000e-14"]
    with pytest.raises(NetlistError, match="no number 'rx'"):
        said("print @r1[rx]")
    with pytest.raises(NetlistError, match="no element r9"):
        said("print @r9[r]")
    assert said("let x = 1e-9", "echo $&x") == ["1E-09"]


def test_commands_after_a_failure_are_run():
    """As in ngspice; the error names each that failed, once, with its place."""
    with pytest.raises(control.CommandsFailed) as caught:
        said("op", "print v(uot)", "repeat 3", "let x = nosuch(1)", "end", "dc v9 0 1 1", "tran 1u 1m")
    assert [r.analysis for r in caught.value.results] == ["op", "tran"]
    assert [fault.line - caught.value.faults[0].line for fault in caught.value.faults] == [0, 2, 4]


def test_complex_numbers_and_quoted_names():
    assert said("let q = (1,2)*2", "print q") == ["q = 2.000000e+00,4.000000e+00"]
    assert said("op", 'print length("v(in)")')[-1].split()[-1] == "1.000000e+00"


def test_transforms_of_vectors():
    """2/N of the sums and their inverse; the group delay of a low-pass is its time constant at low frequencies."""
    lines = said("let x = vector(8) - 3.5", "let f = fft(x)", "let y = ifft(f) - x", "let worst = vecmax(abs(y))",
                 "let n = length(f)", "print n worst")  # fmt: skip
    count, worst = (float(line.split()[-1]) for line in lines)
    assert count == 5 and worst < 1e-12


def test_transforms_of_complex_vectors_have_both_sides():
    """All 1024 frequencies of 1000 padded points, and those 1000 again; ngspice's inverse is 2.3 % lower."""
    lines = said("tran 10u 9.99m 0 1u", "linearize v(in)", "let z = v(in) + j(v(in)^2 + 1)", "let f = fft(z)",
                 "let worst = vecmax(mag(ifft(f) - z))", "let back = ifft(fft(v(in))) - v(in)",
                 "print length(f) length(ifft(f)) length(back)", "print worst vecmax(abs(back))",
                 "print f[1] f[1023]")  # fmt: skip
    counts = [float(line.split()[-1]) for line in lines if line.startswith("length")]
    assert counts == [1024, 1000, 1000]
    assert all(float(line.split()[-1]) < 1e-12 for line in lines if "worst =" in line or "abs(back)" in line)
    time = np.arange(1000) * 1e-5
    wave = np.sin(2e3 * np.pi * time)
    sums = np.fft.fft(wave + 1j * (wave**2 + 1.0), 1024) / 1024
    shown = [complex(*map(float, line.split(" = ")[1].split(","))) for line in lines[-2:]]
    assert shown == pytest.approx([sums[1], sums[1023]], abs=1e-3)


@pytest.mark.parametrize("count", [2, 3, 4, 7, 8])
def test_short_vectors_are_transformed_back(count):
    """By the axis of no plot: the zeros of the padding stay."""
    lines = said(
        f"let x = vector({count}) - 1.5", "let y = ifft(fft(x))", f"print vecmax(abs(y[0,{count - 1}] - x))"
    )
    assert float(lines[-1].split()[-1]) < 1e-12


@pytest.mark.parametrize("command", ["fft z", "psd 1 z", "spec 500 2k 500 z"])
def test_no_imaginary_part_is_lost(command):
    with pytest.raises(NetlistError, match="z is complex"):
        said("tran 10u 2m", "let z = v(in) + j(v(in))", command)


def test_shared_parameters_are_vectors(capsys):
    circuit = Circuit.from_text(
        "t\n.csparam cs={2*3}\nr1 a 0 1k\nv1 a 0 1\n.control\nprint cs\n.endc\n.end\n"
    )
    control.run(circuit)
    assert capsys.readouterr().out.strip() == "cs = 6.000000e+00"


def test_currents_that_are_saved_have_names(capsys):
    cards = "t\nv1 a 0 1\nr1 a 0 1k\n.options savecurrents\n.control\nop\nprint i(r1)\n.endc\n.end\n"
    control.run(Circuit.from_text(cards))
    assert capsys.readouterr().out.strip() == "i(r1) = 1.000000e-03"


@pytest.mark.parametrize(
    "command", ["write out.raw (", "print v(in) v(out", "print (", "wrdata out v(in) mag(v(out)"]
)
def test_a_bracket_that_stays_open_is_said(command):
    with pytest.raises(NetlistError, match="expected"):
        said("op", command)


def test_formulas_one_after_the_other():
    assert said("let a = 5", "print a % 3 2 ^ 3", "print 1 eq 1 2 gt 3 not 1", "print a -1 (a) a[0]") == [
        "a % 3 = 2.000000e+00", "2 ^ 3 = 8.000000e+00",
        "1 eq 1 = 1.000000e+00", "2 gt 3 = 0.000000e+00", "not 1 = 0.000000e+00",
        "a -1 = 4.000000e+00", "(a) = 5.000000e+00", "a[0] = 5.000000e+00",
    ]  # fmt: skip


@pytest.mark.parametrize("analysis", ["tf v(out) v1", "sens v(out)", "pz in 0 out 0 vol pz"])
def test_every_vector_of_every_analysis_can_be_printed(analysis):
    lines, results, _ = ran(analysis, "print all")
    assert len(lines) == len(results[-1].names) > 0
    name = results[-1].names[-1]
    (line,) = said(analysis, f"print {name}")
    assert line in lines or lines == [
        line.replace(name, "all")
    ]  # a single vector is called all, as in ngspice


def test_an_option_that_is_set_acts():
    hot = said("op", "print v(x)", "set temp = 100", "op", "print v(x)", "option temp=27", "op", "print v(x)")
    assert hot[0] == hot[2] != hot[1]
    assert said("option temp=100", "op", "print v(x)") == [hot[1]]
    assert said("set tnom = 127", "op", "print v(x)") != [hot[0]]
    card = DECK.replace(".control", ".temp 50\n.control")
    out = io.StringIO()
    control.run(Circuit.from_text(card.format(commands="set temp = 100\nop\nprint v(x)")), out)
    assert out.getvalue().splitlines() == [hot[1]]


def test_quotes_and_literal_dollars():
    assert said("set y = 'two words'", "echo $y", "echo 'a  b' it's \\$y", "echo -n c", "echo d") == [
        "two words", "a  b it's $y", "cd",
    ]  # fmt: skip


def test_labels_and_aliases():
    assert said(
        "let i = 0", "label again", "let i = i + 1", "if i < 3", "goto again", "end", "print i",
        "alias p print", "p i", "unalias p", "alias", "setplot new", "let j = 7", "setplot previous", "echo $curplot",
    ) == ["i = 3.000000e+00", "i = 3.000000e+00", "const"]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("start=1 stop=10 lin=4", [1, 4, 7, 10]),
        ("start=1 stop=100 log=3", [1, 10, 100]),
        ("start=1 stop=100 dec=1", [1, 10, 100]),
        ("start=1 stop=8 oct=1", [1, 2, 4, 8]),
        ("center=2 span=2 step=1", [1, 2, 3]),
    ],
)
def test_composed_vectors(words, numbers):
    assert said(f"compose x {words}", "print line x") == said(
        f"compose x values {' '.join(map(str, numbers))}", "print line x"
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("compose x start=1 stop=2", "'compose' takes"),
        ("compose x start=1 stop=2 lin=3 oct=1", "'compose' takes"),
        ("shift nothing", "'shift' takes a variable"),
        ("delete 1", "'delete' takes all, or numbers"),
        ("compose x start=-1 stop=2 dec=3", "both ends are positive"),
        ("goto nowhere", "no label 'nowhere'"),
        ("set x = `date`", "a deck may not"),
        ("setplot next", "no next plot"),
    ],
)
def test_more_faults_say_where(command, message):
    with pytest.raises(NetlistError, match=message) as error:
        ran(command)
    assert "deck:11" in str(error.value)
