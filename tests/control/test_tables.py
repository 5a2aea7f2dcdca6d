"""Tables and lists of control blocks, by what ngspice prints."""

import io

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import CircuitnnError, DeckWarning
from circuitnn.ngspice import control
from circuitnn.results import rawfile

DECK = """a title
v1 in 0 dc 1 ac 1
r1 in b 1k
q1 c b 0 qm
rc c vcc 1k
vcc vcc 0 5
c1 b 0 100n
.model qm npn rb=10 bf=80 is=1e-16
"""


def said(*commands, **more):
    out = io.StringIO()
    text = DECK + "\n".join([".control", *commands, ".endc", ".end"])
    control.run(Circuit.from_text(text), out, **more)
    return out.getvalue().splitlines()


def test_vectors_of_any_length_are_one_table():
    lines = said("let a = vector(3)", "let k = 7", "print a k mean(a)")
    assert lines[0] == " " * 32 + "Constant values"
    assert lines[3].split() == ["Index", "a", "k", "mean(a)"]
    assert lines[5:] == [
        "0\t0.000000e+00\t7.000000e+00\t1.000000e+00\t",
        "1\t1.000000e+00\t\t\t\t\t",
        "2\t2.000000e+00\t\t\t\t\t",
    ]


@pytest.mark.parametrize(
    ("setting", "rows"),
    [
        ("set width=80", [55, 58, 8]),
        ("set height=30", [25, 28, 28, 28, 12]),
        ("set nobreak", [121]),
    ],
)
def test_long_tables_are_broken_into_pages(setting, rows):
    """As ngspice's are: a form feed and the heading again."""
    lines = said("dc v1 0 1.2 0.01", setting, "print v(in)")
    heads = [k for k, line in enumerate(lines) if line.startswith("Index")]
    ends = [*heads[1:], len(lines)]
    found = [sum("\t" in line for line in lines[a:b]) for a, b in zip(heads, ends, strict=True)]
    assert found == rows


def test_a_table_may_lack_its_axis():
    lines = said("dc v1 0 1 1", "set noprintscale", "print v(in)")
    assert lines[3].split() == ["Index", "v(in)"]


def test_titles_are_centred_and_phasors_take_two_places():
    lines = said("ac dec 1 1k 10k", "print v(in) v(b)")
    assert lines[0] == " " * 36 + "a title"
    heads = [line for line in lines if line.startswith("Index")]
    assert [head.split() for head in heads] == [
        ["Index", "frequency", "v(in)"],
        ["Index", "frequency", "v(b)"],
    ]
    assert heads[0] == "Index   frequency       v(in)                           "


def test_digits_and_width():
    lines = said(
        "set numdgt = 3",
        "let x = 3.14159265",
        "print x (-x)",
        "set numdgt=9 width=132",
        "let a = vector(2)",
        "print a a a a a a",
    )
    assert lines[:2] == ["x = 3.142e+00", "(-x) = -3.14e+00"]
    assert lines[4] == "-" * 132 and lines[5].split() == ["Index", *["a"] * 6]
    assert lines[7] == "0\t" + "0.000000000e+00\t" * 6


def test_words_of_a_list():
    commands = "set lst = ( a b c d )", "set k = 3", "echo $lst[2-3] $lst[2-] $lst[-2] $lst[$k] $lst[$#lst]"
    assert said(*commands) == ["b c b c d a b c d"]


def test_constants_are_vectors_of_a_plot():
    lines = said("echo $&const.pi", "print const.yes", "op", "setplot const", "display", "setplot")
    assert lines[:2] == ["3.14159", "const.yes = 1.000000e+00"]
    assert "    yes                 : notype, real, 1 long [default scale]" in lines
    assert "List of plots available:" in lines


def test_models_are_asked_and_altered_by_their_devices():
    asked = "print @qm[bf] @qm[is]", "altermod q1 bf = 50", "print @qm[bf]"
    assert said("op", *asked) == [
        "@qm[bf] = 8.000000e+01",
        "@qm[is] = 1.000000e-16",
        "@qm[bf] = 5.000000e+01",
    ]


def test_what_was_not_saved_is_a_number():
    lines = said("dc v1 0 1 0.25", "print @r1[resistance]", "print @r1[i]", "print (v(in)[4]-v(b)[4])/1k")
    assert lines[0] == "@r1[resistance] = 1.000000e+03"
    assert float(lines[1].split()[-1]) == pytest.approx(float(lines[2].split()[-1]), rel=1e-3)


def test_written_files_are_sorted_behind_the_scale(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = said("dc v1 0 1 1", "write a.raw", "tf v(c) v1", "write b.raw", batch=True)
    assert 'binary raw file "a.raw"' in lines and "No. of Data Rows : 2" in lines
    assert rawfile.read("a.raw")[0].names == (
        "v-sweep",
        "v(b)",
        "v(c)",
        "v(in)",
        "i(v1)",
        "v(vcc)",
        "i(vcc)",
    )
    names = rawfile.read("b.raw")[0].names
    assert names == ("transfer_function", "output_impedance_at_v(c)", "v1#input_impedance")
    assert b"v(transfer_function)\tvoltage" in (tmp_path / "b.raw").read_bytes()
    assert np.all(np.isfinite(rawfile.read("b.raw")[0].data))


def test_names_of_output_resistances():
    """As ngspice 44 names them: a second node that is written stands in the name, ground too."""
    for output, name in (
        ("v(c)", "v(c)"),
        ("v(c,0)", "v(c,0)"),
        ("v(0,c)", "v(0,c)"),
        ("v(c,gnd)", "v(c,0)"),
    ):
        lines = said(f"tf {output} v1", f"print output_impedance_at_{name}")
        assert lines[-1].startswith(f"output_impedance_at_{name} = "), lines


def test_shapes_types_and_scales():
    lines = said(
        "let q = vector(6)",
        "reshape q [2][3]",
        "print q[1][2] q[0][1] length(q[1])",
        "transpose q",
        "print q[2][0] q[2][1]",
        "op",
        "let v2 = v(b)",
        "settype current v2",
        "setscale b",
        "display v2 b",
    )
    assert lines[:3] == ["q[1][2] = 5.000000e+00", "q[0][1] = 1.000000e+00", "length(q[1]) = 3.000000e+00"]
    assert lines[3:5] == ["q[2][0] = 2.000000e+00", "q[2][1] = 5.000000e+00"]
    assert lines[-2:] == [
        "    b                   : voltage, real, 1 long [default scale]",
        "    v2                  : current, real, 1 long",
    ]


def test_tables_are_over_the_scale_that_was_set():
    lines = said(
        "dc v1 0 1 0.5",
        "let a = v(in)*v(in)",
        "setscale a",
        "setscale",
        "print v(in)",
        "setscale in",
        "print a",
    )
    assert lines[0] == "    a                   : notype, real, 3 long [default scale]"
    rows = [line.split("\t")[1:3] for line in lines if line[:1].isdecimal()]
    assert rows == [
        *(
            ["0.000000e+00", "0.000000e+00"],
            ["2.500000e-01", "5.000000e-01"],
            ["1.000000e+00", "1.000000e+00"],
        ),
        *(
            ["0.000000e+00", "0.000000e+00"],
            ["5.000000e-01", "2.500000e-01"],
            ["1.000000e+00", "1.000000e+00"],
        ),
    ]
    assert [line.split()[1] for line in lines if line.startswith("Index")] == ["a", "in"]


def test_interpolation_onto_the_axis():
    lines = said("dc v1 0 1 0.5", "let a = v(in)*v(in)", "dc v1 0 1 0.25", "print interpolate(dc1.a)[1,3]")
    cells = [line.split("\t")[2] for line in lines[5:8]]
    assert cells == ["1.250000e-01", "2.500000e-01", "6.250000e-01"]
    defined = said(
        "define on(x) interpolate(x)",
        "dc v1 0 1 0.5",
        "let a = v(in)*v(in)",
        "dc v1 0 1 0.25",
        "print on(dc1.a)[1]",
    )
    assert defined == ["on(dc1.a)[1] = 1.250000e-01"]


def test_text_files_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.txt").write_text("line one\nline two\n")
    one = "fread line $h n", "echo $line $n"
    assert said(
        "fopen h data.txt", "echo $h", *one, *one, *one, "fclose $h", "fopen g none.txt", "echo $g"
    ) == [
        "3",
        "line one 8",
        "line two 8",
        "-1",
        "-1",
    ]


def test_rawfiles_are_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = said("dc v1 0 1 1", "write a.raw v(in)", "destroy all", "load a.raw", "print length(v(in))")
    assert lines[0] == "length(v(in)) = 2.000000e+00"


def test_a_run_is_held_and_goes_on():
    with pytest.warns(DeckWarning, match="held after"):
        lines = said(
            "stop when time > 1m",
            "tran 10u 2m",
            "print time[length(time)-2] < 1m & time[length(time)-1] > 1m",
            "delete all",
            "resume",
            "print abs(time[length(time)-1] - 2m) < 1n",
        )
    assert [line.split()[-1] for line in lines if "time" in line and "=" in line] == ["1.000000e+00"] * 2


def test_stops_are_deleted_by_number():
    lines = said("stop after 3", "stop after 5", "stop after 7", "delete 1 3", "status")
    assert lines == ["1    stop after 5"]


def test_open_ends():
    with pytest.warns(DeckWarning) as caught:
        lines = said("echo one", "end", "if 1", "echo two", "endif", "if 1", "echo three")
    assert lines == ["one", "two"]
    assert any("without a loop" in str(w.message) for w in caught)
    assert any("has no 'end'" in str(w.message) for w in caught)
    out = io.StringIO()
    with pytest.warns(DeckWarning, match="without '.endc'"):
        control.run(Circuit.from_text(DECK + ".control\necho here\n"), out)
    assert out.getvalue() == "here\n"


@pytest.mark.parametrize(
    "name",
    ["link.txt", "../secret.txt", "{outside}/secret.txt", ".hidden.txt", "key.pem", "folder/.netrc.txt"],
)
@pytest.mark.parametrize("command", ["fopen h", "load"])
def test_nothing_of_the_users_other_files_is_read(tmp_path, monkeypatch, name, command):
    """A deck is untrusted, and could print or write what it reads."""
    inside = tmp_path / "inside"
    (inside / "folder").mkdir(parents=True)
    for path in ("../secret.txt", ".hidden.txt", "key.pem", "folder/.netrc.txt"):
        (inside / path).write_text("secret\n")
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.chdir(inside)
    with pytest.raises(CircuitnnError, match=r"not below|no suffix"):
        said(f"{command} {name.format(outside=tmp_path)}")


def test_senseless_shapes_widths_and_stops():
    for shape in ("[4]", "[0][6]", "[99999999999][99999999999]"):
        with pytest.raises(CircuitnnError, match="q has 6 numbers"):
            said("let q = vector(6)", f"reshape q {shape}")
    lines = said("set width=1000000000", "let a = vector(2)", "print a")
    assert max(map(len, lines)) == 1000
    with pytest.warns(DeckWarning, match="'stop when v.nowhere. > 1' has no effect"):
        assert (
            said("stop when v(nowhere) > 1", "op", "tran 10u 20u", "print v(vcc)[0]")[-1]
            == "v(vcc)[0] = 5.000000e+00"
        )


def test_linearize_takes_vectors_of_the_transient():
    with pytest.raises(CircuitnnError, match=r"const\.pi has 1 numbers, the transient"):
        said("tran 10u 100u", "linearize const.pi")


def test_a_source_with_a_waveform_only_has_a_dc_value_of_0():
    cards = "t\nv1 a 0 pulse(0 1 1u 1u)\ni1 a 0 sin(0 1 1k)\nr1 a 0 1k\n"
    commands = ".control\nop\nprint @v1[dc] @i1[dc]\nshow v1 i1 : dc\n.endc\n.end\n"
    out = io.StringIO()
    control.run(Circuit.from_text(cards + commands), out)
    assert "nan" not in out.getvalue()
    assert "@v1[dc] = 0.000000e+00" in out.getvalue()
    assert Circuit.from_text(cards).op()["@i1[dc]"] == 0.0
