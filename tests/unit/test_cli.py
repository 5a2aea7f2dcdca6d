import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import types

import numpy as np
import pytest
from test_results import nested, operating_point, transient

from circuitnn import cli
from circuitnn.cli import batch as batch_module
from circuitnn.cli.terminal import progress_bar
from circuitnn.errors import ConvergenceError, Fault, NetlistError
from circuitnn.flat import AnalysisCard, FlatCircuit, Printed
from circuitnn.flat.measure_request import Measure
from circuitnn.ngspice import result_tables
from circuitnn.records import replace
from circuitnn.results import rawfile
from circuitnn.results.measure import measure


class FakeCircuit:
    """What the command uses of `session.Circuit`."""

    def __init__(self, results, error=None, **flat):
        kinds = [r.analysis for r in results] or ["tran"]
        flat.setdefault("analyses", tuple(AnalysisCard(kind, {}) for kind in kinds))
        self.flat = FlatCircuit("The Title", ("0", "a"), **flat)
        self.results, self.error, self.parameters = results, error, {}
        self.deck = types.SimpleNamespace(control=[])

    @property
    def source(self):
        return self

    def with_parameters(self, **parameters):
        self.parameters.update(parameters)
        return self

    def with_dialect(self, behaviour):
        return self

    def run(self, progress=None, start=None, order=()):
        if progress is not None:
            progress(0.5, "tran")
        for result in self.results:
            measure(self.flat.measures, result)
        if self.error is not None:
            raise self.error
        return self.results


@pytest.fixture
def session(monkeypatch, tmp_path):
    """Make the command load a given fake circuit."""
    monkeypatch.chdir(tmp_path)

    def use(circuit):
        def load(path):
            if isinstance(circuit, Exception):
                raise circuit
            return circuit

        fake = types.SimpleNamespace(load=load, Circuit=types.SimpleNamespace(from_text=load))
        monkeypatch.setattr("circuitnn.circuit.running.every", FakeCircuit.run)  # which batch mode calls
        monkeypatch.setitem(sys.modules, "circuitnn.circuit.circuit", fake)
        return circuit

    return use


# ---------------------------------------------------------------------- run


def test_run_prints_a_summary(session, capsys):
    session(FakeCircuit([operating_point(), transient()], measures=(Measure("top", "tran", "max", "v(a)"),)))
    assert cli.execute(["run", "deck.cir"]) == 0
    out, err = capsys.readouterr()
    assert "Operating Point: 1 point" in out
    assert "v(out)             2.5 V" in out
    assert "Transient Analysis: 5 points" in out
    assert "top                 =  1.000000e+00 at=  1.000000e-06" in out
    assert err == ""


def test_run_quietly_writes_only_where_it_was_told(session, capsys, tmp_path):
    session(FakeCircuit([operating_point(), transient()]))
    assert cli.execute(["run", "deck.cir", "-q", "-o", "out.raw"]) == 0
    assert capsys.readouterr() == ("", "")
    assert [p.name for p in tmp_path.iterdir()] == ["out.raw"]
    assert [r.analysis for r in rawfile.read("out.raw")] == ["op", "tran"]


@pytest.mark.parametrize(
    ("options", "files"),
    [
        (["-o", "out.csv"], ["out_op.csv", "out_tran.csv", "out_tran2.csv"]),
        (["-o", "out.nc"], ["out_op.nc", "out_tran.nc", "out_tran2.nc"]),
        (["-o", "out.dat", "--format", "ascii"], ["out.dat"]),
        (["-o", "out.raw", "--plot", "v(out)"], ["out.png", "out.raw"]),
        (["-o", "out.raw", "--plot", "i(v1)"], ["out.raw", "out_op.png", "out_tran.png", "out_tran2.png"]),
    ],
)
def test_run_formats(session, tmp_path, options, files):
    session(FakeCircuit([operating_point(), transient(), transient()]))
    cli.execute(["run", "deck.cir", "-q", *options])
    assert sorted(p.name for p in tmp_path.iterdir()) == files


def test_run_draws(session, tmp_path):
    session(FakeCircuit([transient()]))
    assert cli.execute(["run", "some/deck.cir", "-q", "--plot", "v(a) i(v1)", "--plot", "v(a)*i(v1)"]) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["deck.png"]
    assert (
        cli.execute(["run", "deck.cir", "-q", "--plot", "i(v1)", "--versus", "v(a)", "--picture", "iv.svg"])
        == 0
    )
    assert (tmp_path / "iv.svg").exists()


def test_run_cannot_draw_what_no_result_has(session, capsys, tmp_path):
    session(FakeCircuit([operating_point(), transient()]))
    assert cli.execute(["run", "deck.cir", "-q", "--plot", "v(out) v(zz)"]) == 1
    assert "no variable v(zz)" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("blocked", ["out_op.csv", "p_op.png"])
def test_a_file_that_cannot_be_written_does_not_discard_the_others(session, capsys, tmp_path, blocked):
    session(FakeCircuit([operating_point(), transient()]))
    (tmp_path / blocked).mkdir()
    assert cli.execute(["run", "deck.cir", "-o", "out.csv", "--plot", "i(v1)", "--picture", "p.png"]) == 1
    said = capsys.readouterr()
    assert f"{blocked}: Is a directory" in said.err
    expected = {"out_op.csv", "out_tran.csv", "p_op.png", "p_tran.png"} - {blocked}
    assert {p.name for p in tmp_path.iterdir() if p.is_file()} == expected
    assert all(f"written: {name}" in said.out for name in expected)


def test_run_sets_parameters(session):
    circuit = session(FakeCircuit([transient()]))
    assert cli.execute(["run", "deck.cir", "-q", "--set", "R=4.7k", "--set", "w = 2u"]) == 0
    assert circuit.parameters == {"r": 4700.0, "w": 2e-6}


@pytest.mark.parametrize(
    "options",
    [
        ["--set", "r"],
        ["--set", "r=abc"],
        ["--set", "=1"],
        ["-o", "out.xyz"],
        ["--format", "raw"],
        ["-o", "nowhere/out.raw"],
        ["--nonsense"],
    ],
)
def test_run_refuses_bad_options_before_running(session, capsys, options):
    session(AssertionError("the deck was loaded"))
    assert cli.execute(["run", "deck.cir", *options]) == 2
    assert "Usage:" in capsys.readouterr().err


def test_run_does_not_overwrite_its_deck(session, capsys, tmp_path):
    session(AssertionError("the deck was loaded"))
    (tmp_path / "deck.cir").write_text("precious")
    assert cli.execute(["run", "deck.cir", "-o", "./deck.cir", "--format", "raw"]) == 2
    assert "the deck itself" in capsys.readouterr().err
    assert (tmp_path / "deck.cir").read_text() == "precious"


def test_run_keeps_the_points_of_a_failure(session, capsys, tmp_path):
    error = ConvergenceError("tran: Newton failed at t = 1e-6 s")
    error.result = replace(transient(), complete=False)
    session(FakeCircuit([], error))
    assert cli.execute(["run", "deck.cir", "-o", "out.raw"]) == 1
    out, err = capsys.readouterr()
    assert err == "Error: tran: Newton failed at t = 1e-6 s\nWhat was computed is in out.partial.raw\n"
    assert "INCOMPLETE" in out
    assert len(rawfile.read("out.partial.raw")[0]) == 5


def test_run_interrupted_writes_and_exits_130(session, capsys):
    partial = replace(transient(), complete=False, message="interrupted at t = 1e-6 s")
    session(FakeCircuit([partial]))
    assert cli.execute(["run", "deck.cir", "-o", "out.raw"]) == 130
    out, err = capsys.readouterr()
    assert "INCOMPLETE" in out
    assert err == "Interrupted: interrupted at t = 1e-6 s\nWhat was computed is in out.partial.raw\n"
    assert len(rawfile.read("out.partial.raw")[0]) == 5


def test_an_interrupt_elsewhere_is_no_traceback(session, capsys):
    session(FakeCircuit([], KeyboardInterrupt()))
    assert cli.execute(["run", "deck.cir"]) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_a_bug_is_one_sentence_and_shows_its_traceback_where_asked(session, capsys, monkeypatch):
    session(FakeCircuit([], ZeroDivisionError("by nothing")))
    assert cli.execute(["run", "deck.cir"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Error: ZeroDivisionError: by nothing; this is a fault of circuitnn")
    monkeypatch.setenv("CIRCUITNN_TRACEBACKS", "1")
    with pytest.raises(ZeroDivisionError):
        cli.execute(["run", "deck.cir"])


def test_errors_are_one_block(session, capsys):
    faults = [Fault("unknown card", "d.cir", 3, ".foo", 0), Fault("no model", "d.cir", 9, "d1 a 0 dd", 7)]
    session(NetlistError(faults))
    assert cli.execute(["run", "d.cir"]) == 1
    assert capsys.readouterr().err == (
        "Error (2 faults): d.cir:3: unknown card\n    .foo\n    ^\nd.cir:9: no model\n    d1 a 0 dd\n           ^\n"
    )


def test_a_missing_file_is_one_line(session, capsys):
    session(FileNotFoundError(2, "No such file or directory", "deck.cir"))
    assert cli.execute(["-b", "deck.cir"]) == 1
    assert capsys.readouterr().err == "Error: deck.cir: No such file or directory\n"


def test_run_without_an_analysis(session, capsys):
    session(FakeCircuit([], analyses=()))
    assert cli.execute(["run", "deck.cir"]) == 1
    assert "no elements and no analysis" in capsys.readouterr().err


def test_progress_shows_only_long_runs_on_a_terminal(monkeypatch):
    clock = iter([0.0, 0.5, 2.0, 2.5])
    monkeypatch.setattr(
        "circuitnn.machine.progress.time", types.SimpleNamespace(monotonic=lambda: next(clock))
    )
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar(quiet=False) as progress:
        progress(0.1, "tran")
        assert progress.bar is None
        progress(0.2, "tran")
        assert progress.bar is not None
        progress(0.9, "tran")
    assert "tran" in terminal.getvalue()


def test_progress_is_silent_in_a_pipe():
    with progress_bar(quiet=False) as progress:
        assert progress is None


# ---------------------------------------------------------------------- check and info


def test_info(capsys):
    assert cli.execute(["info"]) == 0
    out = capsys.readouterr().out
    assert "linear solver" in out
    assert "KLU" in out
    assert "numpy" in out


def test_help_and_version(capsys):
    assert cli.execute(["--help"]) == 0
    assert cli.execute([]) == 0
    assert "Commands:" in capsys.readouterr().out
    assert cli.execute(["-v"]) == 0
    assert "\n** ngspice-44" in capsys.readouterr().out


def test_a_deck_alone_is_run_as_by_ngspice(session, capsys, tmp_path):
    """In batch mode, where no terminal asks for commands."""
    (tmp_path / "deck.cir").write_text("t\nv1 a 0 1\nr1 a 0 1k\n.op\n.end\n")
    assert cli.execute(["deck.cir"]) == 0
    assert "1.000000e+00" in capsys.readouterr().out
    assert cli.execute(["dekc.cir"]) == 1
    assert "there is no file dekc.cir (did you mean deck.cir?)" in capsys.readouterr().err


# ---------------------------------------------------------------------- ngspice's batch form


@pytest.mark.parametrize(
    "words",
    [
        ["-b", "-r", "out.raw", "deck.cir"],
        ["deck.cir", "-b", "-rout.raw"],
        ["-br", "out.raw", "deck.cir"],
        ["-n", "-a", "--batch", "--rawfile=out.raw", "deck.cir"],
        ["--bat", "--raw", "out.raw", "-D", "x=1", "-t", "vt100", "--", "deck.cir"],
    ],
)
def test_options_are_read_as_ngspice_reads_them(words):
    line = batch_module.parse(words)
    assert line.files == ["deck.cir"]
    assert line.options["rawfile"] == "out.raw"
    assert "batch" in line.options


@pytest.mark.parametrize(
    "words", [["-b", "-z", "d"], ["--nonsense"], ["-b", "d", "-r"], ["-b"], ["-b", "a", "b"]]
)
def test_bad_command_lines(words, capsys):
    assert cli.execute(words) == 1
    assert capsys.readouterr().err.startswith("Error: ")


def test_batch_with_a_rawfile(session, capsys):
    session(FakeCircuit([nested(), transient()], prints=(Printed("tran", ("v(a)",)),)))
    assert cli.execute(["-b", "-r", "out.raw", "deck.cir"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "Circuit: the title" in out
    assert "No. of Data Rows : 6" in out
    assert ".print line ignored since rawfile was produced." in out
    assert [r.plotname for r in rawfile.read("out.raw")] == [
        "DC transfer characteristic",
        "Transient Analysis",
    ]


def test_batch_prints_tables(session, capsys):
    prints = (
        Printed("tran", ("v(a)", "i(v1)", "v(b,a)", "2*v(b)")),
        Printed("tran", ("v(zz)",)),
        Printed("dc", ("v(s)",)),
    )
    session(FakeCircuit([operating_point(), transient()], prints=prints))
    assert cli.execute(["-b", "deck.cir"]) == 0
    out, err = capsys.readouterr()
    assert "Index   time            v(a)            v1#branch       v(b)-v(a)       \n" in out
    assert "\n4\t1.000000e-06\t1.000000e+00\t-1.00000e-09\t1.000000e+00\t\n" in out
    assert "Index   time            2*v(b)          \n" in out
    assert "\tout                              2.500000e+00\n" in out
    assert "\tv1#branch                        -2.50000e-03\n" in out
    assert err.startswith("Error: .print tran v(zz): no variable v(zz)")


def test_batch_reports_measures(session, capsys):
    cards = (Measure("top", "tran", "max", "v(a)"), Measure("gone", "tran", "max", "v(zz)"))
    session(FakeCircuit([transient()], measures=cards))
    assert cli.execute(["-b", "deck.cir"]) == 0
    out, err = capsys.readouterr()
    assert (
        "  Measurements for Transient Analysis\n\ntop                 =  1.000000e+00 at=  1.000000e-06"
        in out
    )
    assert "gone                =   failed" in out
    assert "measure  gone" in err


def test_batch_with_nothing_to_say_does_not_run(session, capsys):
    session(FakeCircuit([transient()], AssertionError("it ran")))
    assert cli.execute(["-b", "deck.cir"]) == 1
    assert "no simulations run" in capsys.readouterr().err


def test_batch_failure_keeps_the_points(session, capsys):
    error = ConvergenceError("tran: Newton failed")
    error.results = [operating_point(), transient()]
    session(FakeCircuit([], error))
    assert cli.execute(["-b", "-r", "out.raw", "deck.cir"]) == 1
    assert "run simulation(s) aborted" in capsys.readouterr().err
    assert len(rawfile.read("out.partial.raw")) == 2


def test_batch_output_file_takes_both_streams(session, capsys, tmp_path):
    session(FakeCircuit([], ConvergenceError("op: Newton failed"), analyses=(AnalysisCard("op", {}),)))
    assert cli.execute(["-b", "-o", "log", "deck.cir"]) == 1
    assert "Newton failed" in (tmp_path / "log").read_text()
    assert "Circuit: the title" in (tmp_path / "log").read_text()
    out, err = capsys.readouterr()
    assert "Newton" not in out + err


def test_batch_unwritable_rawfile(session, capsys):
    session(FakeCircuit([transient()]))
    assert cli.execute(["-b", "-r", "nowhere/out.raw", "deck.cir"]) == 1
    assert "nowhere/out.raw: No such file" in capsys.readouterr().err


def test_server_mode_is_what_pyspice_reads(session, monkeypatch):
    PySpice = pytest.importorskip("PySpice.Spice.NgSpice.RawFile")
    session(FakeCircuit([transient()]))
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"deck\n.end\n")))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert cli.execute(["-s"]) == 0
    assert err.getvalue() == "@@@ 160 5\n"
    # numpy 2.3 took the binary mode of fromstring away, which PySpice 1.5 uses.
    monkeypatch.setattr(np, "fromstring", lambda raw, count, dtype: np.frombuffer(raw, dtype, count))
    read = PySpice.RawFile(out.buffer.getvalue(), 5)
    assert read.plot_name == "Transient Analysis"
    np.testing.assert_array_equal(read.variables["v(a)"].data, transient()["v(a)"])


def test_server_mode_writes_phasors_as_complex_numbers(monkeypatch):
    PySpice = pytest.importorskip("PySpice.Spice.NgSpice.RawFile")
    deck = b"rc\nv1 a 0 ac 1\nr1 a b 1k\nc1 b 0 1u\n.ac dec 2 10 1k\n.end\n"
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(deck)))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert cli.execute(["-s"]) == 0
    monkeypatch.setattr(np, "fromstring", lambda raw, count, dtype: np.frombuffer(raw, dtype, count))
    read = PySpice.RawFile(out.buffer.getvalue(), int(err.getvalue().split()[-1]))
    f = np.real(read.variables["frequency"].data)
    np.testing.assert_allclose(read.variables["v(b)"].data, 1.0 / (1.0 + 2e-3j * np.pi * f), rtol=1e-12)


def test_print_all():
    lines = list(result_tables.print_table(nested(), ("all",)))
    assert lines[3].split() == ["Index", "v-sweep", "v(s)", "v1#branch"]
    assert lines[5].split() == ["0", "0.000000e+00", "1.000000e+01", "1.000000e+03"]


def test_summary_is_short_for_large_circuits():
    n = 1000
    names, types = tuple(f"v(n{k})" for k in range(n)), ("voltage",) * n
    r = replace(operating_point(), names=names, types=types, data=np.zeros((1, n)))
    lines = list(result_tables.summary(r))
    assert len(lines) < 60
    assert "960 more" in lines[-1]


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
def test_tables_are_laid_out_as_ngspice_lays_them_out(tmp_path):
    deck = "t\nv1 a 0 1\nr1 a b 1\nr2 b 0 1\n.dc v1 -1 1 1\n.print dc v(a) i(v1) v(b) v(a)\n.end\n"
    (tmp_path / "d.cir").write_text(deck)

    def ngspice(*options):
        words = ["ngspice", "-b", *options, "d.cir"]
        run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        return [line.rstrip() for line in run.stdout.splitlines()]

    theirs = ngspice()
    ngspice("-r", "d.raw")
    (result,) = rawfile.read(tmp_path / "d.raw")
    ours = [line.rstrip() for line in result_tables.print_table(result, ("v(a)", "i(v1)", "v(b)", "v(a)"))]
    shared = [line for line in ours if line.startswith(("Index", "-----", "0\t", "1\t", "2\t"))]
    start = theirs.index(shared[0])
    body = [line for line in theirs[start:] if line.startswith(("Index", "-----", "0\t", "1\t", "2\t"))]
    assert body == shared


def test_batch_start_up_imports_little():
    code = (
        "import sys\nfrom circuitnn import cli\ncli.execute(['-v'])\nimport circuitnn.cli.batch\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'click', 'rich', 'xarray', 'pandas', 'matplotlib', 'scipy', 'h5netcdf', 'argparse'}))"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert out.splitlines()[-1] == "[]"


# ---------------------------------------------------------------------- with the real engine

DIVIDER = "divider\nv1 in 0 5\nr1 in out {r}\nr2 out 0 1k\n.param r=1k\n.op\n.end\n"


def command(folder, *words, **more):
    words = [sys.executable, "-m", "circuitnn", *words]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    return subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=60, check=False, env=environment, **more
    )


def test_a_deck_from_file_to_file(tmp_path):
    (tmp_path / "deck.cir").write_text(DIVIDER)
    run = command(tmp_path, "run", "deck.cir", "--set", "r=4k", "-o", "out.csv")
    assert (run.returncode, run.stderr) == (0, "")
    header, values = (tmp_path / "out.csv").read_text().splitlines()
    assert header == "v(in),v(out),i(v1)"
    assert [float(word) for word in values.split(",")] == pytest.approx([5.0, 1.0, -1e-3])


def test_check(tmp_path):
    (tmp_path / "deck.cir").write_text(DIVIDER)
    run = command(tmp_path, "check", "deck.cir")
    assert run.returncode == 0
    assert run.stdout.endswith("deck.cir: good\n")
    assert "2  resistors" in run.stdout
    (tmp_path / "loop.cir").write_text("loop\nv1 a 0 1\nv2 a 0 2\nc1 b 0 1p\n.op\n.end\n")
    run = command(tmp_path, "check", "loop.cir")
    assert run.returncode == 1
    assert "v2 closes a loop" in run.stderr
    assert "node b has no direct-current path" in run.stderr
    assert run.stdout.endswith("loop.cir: 2 faults\n")


def test_ctrl_c_keeps_the_points(tmp_path, has_worked):
    deck = "long\nv1 in 0 sin(0 1 1meg)\nr1 in out 1k\nc1 out 0 100p\n.tran 1n 1\n.end\n"
    (tmp_path / "deck.cir").write_text(deck)
    words = [sys.executable, "-m", "circuitnn", "run", "deck.cir", "-o", "out.raw"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen(
        words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        has_worked(process, 2.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "Interrupted" in err
    (result,) = rawfile.read(tmp_path / "out.partial.raw")
    assert len(result) > 1000
    assert 0.0 < result.time[-1] < 1.0
    assert "INCOMPLETE" in out


def test_a_closed_pipe_is_no_traceback(tmp_path):
    (tmp_path / "deck.cir").write_text("r\nv1 a 0 1\nr1 a 0 1\n.dc v1 0 1 1u\n.print dc v(a)\n.end\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen(
        [sys.executable, "-m", "circuitnn", "-b", "deck.cir"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.parametrize("words", [["-b"], ["run", "-o", "out.raw"], ["check"]], ids=" ".join)
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&- <&-"])
def test_output_that_is_closed_from_the_start(tmp_path, words, closed):
    """Nothing is said then, and nothing of it goes into the files of the run."""
    (tmp_path / "deck.cir").write_text(DIVIDER)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    line = f"{shlex.join([sys.executable, '-m', 'circuitnn', *words, 'deck.cir'])} {closed}"
    run = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    if "run" in words:
        assert rawfile.read(tmp_path / "out.raw")[0].complete


BATCH_DECKS = {
    "op": DIVIDER,
    "tran": "t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 1u\n.tran 10u 1m\n.print tran v(b)\n.end\n",
    "dc": "t\nv1 a 0 1\nv2 c 0 1\nr1 a b 1k\nr2 b c 1k\n.dc v1 0 1 .5 v2 0 1 1\n.print dc v(b)\n.end\n",
    "measure": "t\nv1 a 0 1\nr1 a 0 1k\n.tran 1u 2u\n.meas tran m max v(a)\n.end\n",
    "failed measure": "t\nv1 a 0 1\nr1 a 0 1k\n.tran 1u 2u\n.meas tran m when v(a)=7\n.end\n",
    "nothing to print": "t\nv1 a 0 1\nr1 a 0 1k\n.tran 1u 2u\n.end\n",
    "no analysis": "t\nv1 a 0 1\nr1 a 0 1k\n.end\n",
    "unknown card": "t\nv1 a 0 1\nr1 a 0 1k\nfoo bar\n.op\n.end\n",
    "no model": "t\nv1 a 0 1\nd1 a 0 nomodel\n.op\n.end\n",
    "loop": "t\nv1 a 0 1\nv2 a 0 2\n.op\n.end\n",
    "bad tran": "t\nv1 a 0 1\nr1 a 0 1k\n.tran 1u 0\n.end\n",
}


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
@pytest.mark.parametrize("name", BATCH_DECKS)
def test_exit_codes_are_ngspices(tmp_path, name):
    (tmp_path / "deck.cir").write_text(BATCH_DECKS[name].replace("{r}", "1k"))
    words = ["ngspice", "-b", "deck.cir"]
    theirs = subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode
    ours = command(tmp_path, "-b", "deck.cir")
    assert ours.returncode == theirs, ours.stderr
    assert "Traceback" not in ours.stderr


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
@pytest.mark.parametrize("name", ["op", "tran", "dc"])
def test_rawfiles_hold_what_ngspices_hold(tmp_path, name):
    (tmp_path / "deck.cir").write_text(BATCH_DECKS[name].replace("{r}", "1k"))
    words = ["ngspice", "-b", "-r", "theirs.raw", "deck.cir"]
    subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert command(tmp_path, "-b", "-r", "ours.raw", "deck.cir").returncode == 0
    (a,), (b,) = rawfile.read(tmp_path / "ours.raw"), rawfile.read(tmp_path / "theirs.raw")
    assert sorted(zip(a.names, a.types, strict=True)) == sorted(zip(b.names, b.types, strict=True))
    assert (a.title, a.plotname, a.axis) == (b.title, b.plotname, b.axis)
    if name != "tran":
        for variable in a.names:
            np.testing.assert_allclose(a[variable], b[variable], rtol=1e-9, atol=1e-15)


def test_saves_and_prints_are_kept(tmp_path):
    cards = ".save v(a)\n.dc v1 0 1 .5\n.print dc v(b)*2 i(v1)\n.meas dc top max v(c)\n"
    deck = "t\nv1 a 0 1\nr1 a b 1k\nr2 b c 1k\nr3 c 0 1k\n" + cards + ".end\n"
    (tmp_path / "deck.cir").write_text(deck)
    run = command(tmp_path, "-b", "deck.cir")
    assert (run.returncode, run.stderr) == (0, "")
    assert "top                 =  3.333333e-01" in run.stdout
    assert "2\t1.000000e+00\t1.333333e+00\t-3.33333e-04\t" in run.stdout
    assert command(tmp_path, "run", "-q", "deck.cir", "-o", "out.csv").returncode == 0
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "v-sweep,v(a),v(b),i(v1)"


def test_samples(tmp_path, capsys):
    deck = tmp_path / "mc.cir"
    deck.write_text(
        "t\n.param r=agauss(1k,30,3)\nv1 a 0 1\nr1 a b {r}\nr2 b 0 1k\n.op\n.meas op half find v(b) at=0\n"
    )
    csv = tmp_path / "out.csv"
    options = [
        "--samples",
        "5",
        "--limit",
        "half=0.4:0.6",
        "-o",
        str(csv),
        "--picture",
        str(tmp_path / "h.png"),
    ]
    assert cli.execute(["run", str(deck), *options]) == 0
    out = capsys.readouterr().out
    assert "5 samples" in out and "half" in out and "100.0 %" in out
    assert len(csv.read_text().splitlines()) == 6
    assert (tmp_path / "h.png").exists()
    before = csv.read_text()
    assert cli.execute(["run", str(deck), *options[:-2], "--seed", "1", "--processes", "2"]) == 0
    assert csv.read_text() == before
    assert cli.execute(["run", str(deck), "--samples", "5", "--limit", "half"]) == 2
    assert cli.execute(["run", str(deck), "--samples", "5", "-o", str(tmp_path / "x.raw")]) == 2


def test_all_stands_beside_other_signals_of_a_print_card(tmp_path, capsys):
    deck = tmp_path / "p.cir"
    deck.write_text("t\nv1 1 0 1\nr1 1 0 1k\n.dc v1 0 1 1\n.print dc v(1) all\n.end\n")
    assert cli.execute(["-b", str(deck)]) == 0
    assert re.search(r"Index +v-sweep +v\(1\) +v\(1\) +v1#branch", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-b", "--rawfiles=x", "a.cir"], "--rawfiles not recognized"),
        (["-b", "a.cir", "-r"], "-r requires argument"),
        (["--batch=1", "a.cir"], "--batch must not have an argument"),
        (["-b", "--max=1", "a.cir"], "--max not a unique prefix"),
    ],
)
def test_wrong_options_of_the_batch_form(arguments, message, capsys):
    from circuitnn.cli import execute

    assert execute(arguments) != 0
    assert message in capsys.readouterr().err


def test_the_shell_completes_commands():
    asked = {"_CIRCUITNN_COMPLETE": "bash_complete", "COMP_WORDS": "circuitnn st", "COMP_CWORD": "1"}
    call = [sys.executable, "-c", "from circuitnn.cli import main; main()"]
    done = subprocess.run(call, env=os.environ | asked, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("plain,study\n", "")
