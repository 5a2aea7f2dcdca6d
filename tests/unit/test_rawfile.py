import shutil
import subprocess
import sys

import numpy as np
import pytest
from test_results import nested, operating_point, transient

from circuitnn.errors import RawfileError
from circuitnn.records import replace
from circuitnn.results import rawfile
from circuitnn.results.result import Result

needs_ngspice = pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")


def assert_same(a, b):
    assert (a.title, a.analysis, a.plotname, a.axis) == (b.title, b.analysis, b.plotname, b.axis)
    assert a.names == b.names
    assert a.types == b.types
    np.testing.assert_array_equal(a.data, b.data)


def swept(axis, kind):
    names, types = (axis, "v(a)"), (kind, "voltage")
    return Result("t", "dc", "DC transfer characteristic", axis, names, types, np.random.rand(4, 2))


@pytest.mark.parametrize("binary", [True, False])
def test_everything_reads_back_bit_for_bit(tmp_path, binary):
    results = [
        operating_point(),
        transient(),
        nested(),
        swept("i-sweep", "current"),
        swept("temp-sweep", "temperature"),
        swept("res-sweep", "resistance"),
        swept("param-sweep", "notype"),
    ]
    drawn = np.random.default_rng(1).standard_normal(results[1].data.shape) * 1e-7
    results[1] = replace(results[1], data=drawn)
    rawfile.write(tmp_path / "out.raw", results, binary=binary)
    back = rawfile.read(tmp_path / "out.raw")
    assert len(back) == len(results)
    for a, b in zip(back, results, strict=True):
        assert_same(a, b)
        assert a.complete


def test_bytes_are_as_ngspice_writes_them(tmp_path):
    rawfile.write(tmp_path / "out.raw", [nested()])
    lines = (tmp_path / "out.raw").read_bytes().split(b"\n")
    assert lines[0] == b"Title: nested"
    assert lines[2:10] == [
        b"Command: ngspice-44 rawfile, written by circuitnn",
        b"Plotname: DC transfer characteristic",
        b"Flags: real",
        b"No. Variables: 3",
        b"No. Points: 6       ",
        b"Variables:",
        b"\t0\tv(v-sweep)\tvoltage",
        b"\t1\tv(s)\tvoltage",
    ]
    data = (tmp_path / "out.raw").read_bytes().partition(b"Binary:\n")[2]
    assert data == nested().data.tobytes()


def test_complex_data_are_kept(tmp_path):
    data = np.array([[1.0 + 0j, 0.5 - 2j], [10.0, 1j]])
    r = Result("t", "ac", "AC Analysis", "frequency", ("frequency", "v(a)"), ("frequency", "voltage"), data)
    for binary in (True, False):
        rawfile.write(tmp_path / "out.raw", [r], binary=binary)
        assert_same(rawfile.read(tmp_path / "out.raw")[0], r)


def test_a_torn_file_gives_its_whole_points(tmp_path):
    path = tmp_path / "out.raw"
    rawfile.write(path, [transient()])
    path.write_bytes(path.read_bytes()[:-40])
    (r,) = rawfile.read(path)
    assert not r.complete
    assert r.message == "the file has 3 of 5 points"
    np.testing.assert_array_equal(r.data, transient().data[:3])


def test_title_cannot_inject_header_lines(tmp_path):
    rawfile.write(tmp_path / "out.raw", [replace(transient(), title="a\nFlags: complex")])
    assert rawfile.read(tmp_path / "out.raw")[0].title == "a Flags: complex"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no plot"),
        ("hello\n", "not a rawfile, which begins with .*; a deck is run first: circuitnn run bad.raw -o"),
        ("Title: t\nhello\n", "bad.raw:2: not a header line"),
        (
            "Title: t\nNo. Variables: 2\nNo. Points: 1\nVariables:\n\t0\ttime\ttime\n",
            "variable 1 is expected",
        ),
        ("Title: t\nNo. Variables: 999999999999\nVariables:\n", "does not fit the file"),
        ("Title: t\nNo. Variables: -1\nVariables:\n", "does not fit the file"),
        ("Title: t\nNo. Variables: x\nVariables:\n", "lacks a number"),
        ("Title: t\nNo. Points: 1\nBinary:\n", "lacks variables"),
        ("Binary:\n", "lacks variables"),
        (
            "Title: t\nNo. Variables: 1\nNo. Points: 1\nVariables:\n0 a voltage\nValues:\n0 x\n",
            "not a number",
        ),
        ("Title: t\nNo. Variables: 1\n", "ends inside a header"),
    ],
)
def test_what_is_not_a_rawfile_is_said(tmp_path, text, message):
    (tmp_path / "bad.raw").write_text(text)
    with pytest.raises(RawfileError, match=message):
        rawfile.read(tmp_path / "bad.raw")


def test_mangled_files_give_errors_only(tmp_path):
    """Any byte may be wrong: a Result or a RawfileError comes out, nothing else."""
    path = tmp_path / "bad.raw"
    for binary in (True, False):
        rawfile.write(path, [nested()], binary=binary)
        good = path.read_bytes()
        random = np.random.default_rng(7)
        for _ in range(300):
            bad = bytearray(good)
            for place in random.integers(0, len(bad), 3):
                bad[place] = random.integers(0, 256)
            path.write_bytes(bytes(bad[: random.integers(1, len(bad))]))
            try:
                for r in rawfile.read(path):
                    assert r.data.shape[1] == len(r.names)
            except RawfileError:
                pass


@needs_ngspice
@pytest.mark.parametrize("binary", [True, False])
def test_ngspice_loads_what_we_write(tmp_path, binary):
    rawfile.write(tmp_path / "out.raw", [transient(), nested()], binary=binary)
    deck = (
        "load\n.control\nload out.raw\nprint length(v(s))\nprint maximum(v(s))\ndisplay\nquit\n.endc\n.end\n"
    )
    (tmp_path / "load.cir").write_text(deck)
    run = subprocess.run(
        ["ngspice", "-b", "load.cir"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "length(v(s)) = 6.000000e+00" in run.stdout
    assert "maximum(v(s)) = 2.200000e+01" in run.stdout
    assert "v(v-sweep)          : voltage, real, 6 long [default scale]" in run.stdout
    assert "rror" not in run.stdout + run.stderr


@pytest.mark.parametrize("command", [["circuitnn"], pytest.param(["ngspice"], marks=needs_ngspice)])
@pytest.mark.parametrize("kind", ["binary", "ascii"])
def test_we_read_what_write_appends(tmp_path, kind, command):
    deck = f"""sweeps
v1 a 0 1
r1 a b 1k tc1=1e-3
r2 b 0 1k
.control
set filetype={kind}
set appendwrite
op
write out.raw
dc v1 0 1 0.5
write out.raw
dc temp 0 50 25
write out.raw
tran 1u 2u
write out.raw
quit
.endc
.end
"""
    (tmp_path / "deck.cir").write_text(deck)
    if command == ["circuitnn"]:
        command = [sys.executable, "-m", "circuitnn"]
    subprocess.run([*command, "-b", "deck.cir"], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    op, dc, temperature, tran = rawfile.read(tmp_path / "out.raw")
    assert op["v(b)"] == pytest.approx(0.5)
    assert op["i(v1)"] == pytest.approx(-0.5e-3)
    assert dc.axis == "v-sweep"
    np.testing.assert_allclose(dc["v(b)"], [0.0, 0.25, 0.5])
    assert temperature.types[0] == "temperature"
    np.testing.assert_allclose(temperature["temp-sweep"], [0.0, 25.0, 50.0])
    assert tran.time[-1] == pytest.approx(2e-6)
    assert all(r.complete for r in (op, dc, temperature, tran))


@pytest.mark.parametrize("binary", [True, False])
def test_readers_that_tell_dialects_apart_take_files_for_those_of_ngspice(tmp_path, binary):
    """They look for ngspice in the line that ngspice has written since version 44, at the same place."""
    rawfile.write(tmp_path / "out.raw", [operating_point(), transient()], binary=binary)
    heads = (tmp_path / "out.raw").read_bytes().split(b"Title: ")[1:]
    assert len(heads) == 2
    for head in heads:
        _, date, command, plotname = head.split(b"\n")[:4]
        assert (date[:5], command[:16], plotname[:9]) == (b"Date:", b"Command: ngspice", b"Plotname:")


@needs_ngspice
def test_ngspice_loads_files_without_complaint(tmp_path):
    """Other commands in a header are errors there."""
    rawfile.write(tmp_path / "out.raw", [transient()])
    (tmp_path / "load.cir").write_text("t\n.control\nload out.raw\ndisplay\n.endc\n.end\n")
    done = subprocess.run(
        ["ngspice", "-b", "load.cir"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    told = done.stdout + done.stderr
    assert "Title:" in told and "Error" not in told and "no such command" not in told
