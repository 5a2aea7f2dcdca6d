"""``libcircuitnn.so`` in a C program that makes the calls of a schematic editor, and ngspice's library beside it."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from circuitnn.ngspice.library import LIBRARY

THEIRS = "libngspice.so.0"
RC = "circ rc low pass|v1 1 0 dc 0 ac 1 pulse(0 1 0 1u 1u 1 2)|r1 1 out 1k|c1 out 0 1u|.tran 10u 5m|.end"
LONG = "circ ring|v1 1 0 sin(0 1 1k)|r1 1 out 1k|c1 out 0 1u|.tran 1u 20 0 1u|.end"


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    made = tmp_path_factory.mktemp("host") / "host"
    source = Path(__file__).with_name("host.c")
    subprocess.run([compiler, "-O1", "-w", "-o", made, source, "-ldl"], check=True)
    return made


@pytest.fixture
def run(host):
    def called(*lines, library=LIBRARY, **environment):
        # No PATH: the interpreter is the one that is named here.
        environment = {"CIRCUITNN_PYTHON": sys.executable, "PATH": "/usr/bin:/bin", **environment}
        done = subprocess.run(
            [host, library],
            input="\n".join([*lines, ""]),
            text=True,
            capture_output=True,
            env=environment,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return called


@pytest.fixture
def theirs(host):
    done = subprocess.run([host, THEIRS], input="", text=True, capture_output=True)
    if done.returncode:
        pytest.skip("ngspice's shared library is not there")
    return THEIRS


EDITOR = (  # what KiCad does: names of vectors, of plots, a run in the background, and a look at what came of it
    "plain",
    "quiet",
    "cmd unset ngbehavior",
    "cmd set nomoremode",
    RC,
    "cmd bg_run",
    "wait 20000",
    "plots",
    "current",
    "vecs tran1",
    "vec V(1)",
    "cmd reset",
    "cmd ac dec 2 10 1k",
    "current",
    "vec frequency",
    "vec out",
    "cmd op",
    "vecs op1",
    "vec op1.out",
    "cmd destroy all",
    "plots",
    "vec nothing",
    "null",
)


def of_numbers(lines):
    """Lines but those of text; without the number of points, which depends on the time steps."""
    found = [line for line in lines if not line.startswith("text")]
    return [" ".join(line.split()[:4]) if line.startswith("vec V(1)") else line for line in found]


def test_an_editor_sees_what_ngspice_shows(run, theirs):
    ours, reference = run(*EDITOR), run(*EDITOR, library=theirs)
    # ngspice says that the run has begun after it has returned, or before: the order is chance.
    assert sorted(of_numbers(ours)) == sorted(of_numbers(reference))


def test_values_of_a_transient(run):
    lines = run("plain", "quiet", RC, "cmd run", "vec time", "vec out", "vec tran1.v1#branch")
    time_, out, current = (line.split() for line in lines[-3:])
    assert time_[1:4] == ["time", "1", "1"] and float(time_[-1]) == 5e-3
    assert out[2:4] == ["3", "1"] and float(out[-1]) == pytest.approx(1.0 - 0.0067413, abs=1e-5)
    assert current[2:4] == ["4", "1"] and float(current[-1]) == pytest.approx(-6.7413e-6, rel=1e-3)


def test_points_are_sent_as_they_come(run):
    lines = run("init", "quiet", RC, "cmd run", "points", "cmd op", "points")
    assert "announced Transient Analysis 4" in lines and "announced Operating Point 3" in lines
    name, some, t, v = next(line for line in lines if line.startswith("points")).split()
    assert (name, some, float(t), float(v)) == ("points", "1", 5e-3, 1.0)


@pytest.mark.long
def test_halt_look_and_resume_in_the_middle_of_a_run(run):
    begun = time.monotonic()
    lines = run(
        "init", "quiet", LONG, "cmd bg_run", "sleep 1000", "running", "cmd bg_halt", "running",
        "vec time", "cmd alter r1 = 2k", "sleep 200", "vec time",
        "cmd bg_resume", "running", "sleep 300", "cmd bg_halt", "vec time",
    )  # fmt: skip
    assert [line for line in lines if line.startswith("running")] == ["running 1", "running 0", "running 1"]
    first, same, later = (float(line.split()[-1]) for line in lines if line.startswith("vec time"))
    assert 0.0 < first == same < later < 20.0
    assert [line for line in lines if line.startswith("background")] == [
        "background runs", "background stopped", "background runs", "background stopped",
    ]  # fmt: skip
    assert time.monotonic() - begun < 60.0


def test_another_circuit_ends_a_run_that_was_halted(run):
    two = "circ two|v1 a 0 1|r1 a b 1k|r2 b 0 3k|.op|.end"
    lines = run(
        "plain", "quiet", LONG, "cmd bg_run", "sleep 700", "cmd bg_halt", two, "cmd run", "plots", "vec b",
        "cmd setcirc 1", "cmd op", "vec out", "cmd remcirc", "cmd op", "vec b",
    )  # fmt: skip
    assert "plots op1 tran1 const" in lines
    assert [line.split()[-1] for line in lines if line.startswith("vec")] == ["0.75", "0", "0.75"]


def test_after_a_faulty_circuit_there_is_none(run, theirs):
    """Not the one before: its results would be taken for those of the circuit that was meant."""
    good, faulty = "circ good|v1 a 0 1|r1 a 0 1k|.op|.end", "circ bad|v1 a 0 2|q1 a b 0 nomod|.op|.end"
    after = ("cmd run", "cmd op", "vec a", "current", "plots", "cmd bg_run", "wait 5000", "plots")
    script = ("plain", "cmd run", good, "cmd run", faulty, *after, "cmd remcirc", "cmd op", "vec a", "plots")
    for library in (LIBRARY, theirs):
        lines = run(*script, library=library)
        said = [line for line in lines if "Error: " in line and ("loaded" in line or "parsed" in line)]
        assert [line.partition("Error: ")[2] for line in said] == [
            "there aren't any circuits loaded.", *["circuit not parsed."] * 3,
        ]  # fmt: skip
        seen = [line for line in lines if line.startswith(("vec", "current", "plots"))]
        assert [line.split()[0] for line in seen] == ["vec", "current", "plots", "plots", "vec", "plots"]
        assert seen[1:4] == ["current op1", "plots op1 const", "plots op1 const"]
        assert seen[5] == "plots op2 op1 const" and seen[0].split()[-1] == seen[4].split()[-1] == "1"


def test_after_any_fault_of_a_deck_there_is_none(run, tmp_path):
    """ngspice goes on with the circuit before after some of them; a file that is not there is no circuit at all."""
    (tmp_path / "bad.cir").write_text("bad\nr1 a 0 {foo}\n.op\n.end\n")
    good = "circ good|v1 a 0 1|r1 a 0 1k|.op|.end"
    by_line = ("cmd circbyline bad", "cmd circbyline x1 a b nosub", "cmd circbyline .end")
    for faulty in (
        ("circ bad|v1 a 0 1|x1 a b nosub|.op|.end",),
        ("circ bad|v1 a 0 1|r1 a 0 {foo}|.op|.end",),
        ("circ bad|v1 a 0 1|.include nofile.inc|.op|.end",),
        (f"cmd source {tmp_path / 'bad.cir'}",),
        by_line,
    ):
        refused = ("cmd run", "cmd alter r1=2", "cmd listing", "bkpt 1")
        lines = run("plain", good, *faulty, *refused, "plots", good, "cmd op", "vec a")
        assert sum("circuit not parsed." in line for line in lines) == 4
        assert "plots const" in lines and lines[-1].split()[-1] == "1"
    lines = run("plain", good, f"cmd source {tmp_path / 'none.cir'}", "cmd op", "vec a")
    assert lines[-1].split()[-1] == "1"


def test_a_command_while_a_simulation_runs_is_refused(run):
    lines = run("plain", LONG, "cmd bg_run", "sleep 500", "cmd print out", "cmd bg_halt")
    assert any("bg_halt" in line and line.startswith("text stderr Warning") for line in lines)
    assert "command 1" in lines


def test_calls_in_a_wrong_order_do_no_harm(run):
    before = ("cmd run", RC, "vec x", "plots", "vecs tran1", "current", "running", "null", "events")
    after = (
        "init",
        "cmd run",
        "cmd bg_halt",
        "cmd bg_resume",
        "vecs none",
        "vec",
        "circ",
        "cmd",
        "cmd ;;",
        RC,
        "cmd op",
    )
    lines = run(*before, *after, "vec V(1)")
    assert lines[-1].startswith("vec V(1) 3 1 1 0")
    assert "init 0" in lines


def test_errors_are_lines_of_stderr(run):
    lines = run(
        "plain", "circ bad|r1 a 0 nosuch|.end", "cmd foo", RC, "cmd print v(nowhere)", "cmd op", "vec out"
    )
    assert any("'nosuch'" in line for line in lines) and "circ 1" in lines
    assert any("there is no command 'foo'" in line for line in lines)
    assert any("nowhere" in line and line.startswith("text stderr Error") for line in lines)
    assert lines[-1] == "vec out 3 1 1 0 0"


def test_quit_asks_the_host(run):
    lines = run("plain", RC, "cmd quit", "cmd op", "vec out")
    assert "exit 0 1" in lines and lines[-1] == "vec out 3 1 1 0 0"


def test_the_host_drives_an_external_source(run):
    ramp = "circ driven|v1 a 0 dc 0 external|r1 a b 1k|r2 b 0 1k|.tran 10u 1m|.end"
    lines = run("init", "quiet", ramp, "cmd run", "vec b")
    assert float(lines[-1].split()[-1]) == pytest.approx(1.0, rel=1e-9)


def numbers(lines, word):
    return [[float(part) for part in line.split()[1:]] for line in lines if line.startswith(f"{word} ")]


SMOOTH = "circ smooth|v1 a 0 sin(0 1 1k)|r1 a b 1k|c1 b 0 100n|.tran 20u 1m|.end"
MOMENT = "0.000333330000001"


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_a_breakpoint_is_a_point_of_the_next_transient(run, whose, request):
    library = LIBRARY if whose == "ours" else request.getfixturevalue("theirs")
    script = ("init", "quiet", "bkpt 1e-4", SMOOTH, f"bkpt {MOMENT}", "cmd tran 20u 1m", f"point {MOMENT}")
    lines = run(*script, "cmd tran 20u 1m", f"point {MOMENT}", library=library)
    assert numbers(lines, "bkpt") == [[0.0], [1.0]]  # without a circuit it is refused
    assert numbers(lines, "point") == [[1.0], [0.0]]


def test_breakpoints_of_a_run_that_stands(run):
    lines = run(
        "init", LONG, "bkpt -1", "cmd bg_run", "sleep 500", "cmd bg_halt", "bkpt 1e-9", "bkpt 19.9000000001",
        "cmd bg_resume", "cmd bg_halt", "cmd op", "cmd tran 1u 10u", "bkpt 1e-9", "cmd destroy all",
    )  # fmt: skip
    assert numbers(lines, "bkpt") == [[0.0], [0.0], [1.0], [1.0]]
    assert any("1e-09 s has passed" in line for line in lines)


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_the_host_is_asked_about_each_step(run, whose, request):
    """It keeps steps short, takes one again, and names a moment in the middle of the run."""
    library = LIBRARY if whose == "ours" else request.getfixturevalue("theirs")
    ask = f"steps 5e-6 5e-4 {float(MOMENT) + 4e-4!r}"
    lines = run(
        "init", "quiet", SMOOTH, ask, "cmd run", "asked", f"point {float(MOMENT) + 4e-4!r}", library=library
    )
    ((begun, tried, rejected, refused, wrong),) = numbers(lines, "asked")
    assert begun >= 1e-3 / 5e-6 and tried == begun - 1 + rejected + refused
    assert refused == 1.0 and (whose == "theirs" or wrong == 0.0)  # theirs ends in steps of no length
    assert numbers(lines, "point") == [[1.0]]


def test_a_host_that_no_longer_asks(run):
    lines = run("steps 1e-6", "plain", "quiet", SMOOTH, "cmd run", "asked", "unsteps", "cmd run", "asked")
    asked, after = numbers(lines, "asked")
    assert asked[0] >= 1000.0 and asked[4] == 0.0
    assert after == [0.0] * 5


@pytest.mark.long
def test_halt_while_the_host_is_asked(run):
    lines = run(
        "init", "quiet", LONG, "steps 1e-6", "cmd bg_run", "sleep 4000", "cmd bg_halt", "running", "vec time",
        "cmd bg_resume", "sleep 3000", "cmd bg_halt", "vec time", SMOOTH, "steps 5e-6", "cmd run", "asked", "vec time",
    )  # fmt: skip
    first, later, end = (float(line.split()[-1]) for line in lines if line.startswith("vec time"))
    assert 0.0 < first < later < 20.0 and end == pytest.approx(1e-3)


def test_halt_while_the_host_drives_a_source(run):
    """The thread that waited for the run to stand was the one that takes in the host's answers."""
    driven = "circ driven|v1 a 0 dc 0 external|r1 a b 1k|c1 b 0 1u|.tran 1u 20 0 1u|.end"
    again = ("cmd bg_resume", "sleep 1", "cmd bg_halt") * 200
    lines = run(
        "init",
        "quiet",
        driven,
        "cmd bg_run",
        "sleep 600",
        "cmd bg_halt",
        *again,
        "running",
        RC,
        "cmd op",
        "vec out",
    )
    assert "running 0" in lines and lines[-1] == "vec out 3 1 1 0 0"


def test_an_engine_that_dies_is_said_and_started_again(run):
    dead = run("plain", "circ a|r1 a 0 1|.end", CIRCUITNN_PYTHON="/bin/false")
    assert "init 1" in dead and any("engine of circuitnn has ended" in line for line in dead)
    missing = run("plain", CIRCUITNN_PYTHON="/nowhere/python")
    assert any("/nowhere/python cannot be started" in line for line in missing)


def test_the_library_finds_its_interpreter(run, tmp_path):
    from circuitnn.cli import execute

    assert execute(["info", "--libngspice"]) == 0  # writes the note beside the library, where one is needed
    lines = run("plain", "circ a|r1 a 0 1|i1 0 a 1|.op|.end", "cmd op", "vec a", CIRCUITNN_PYTHON="")
    assert lines[-1] == "vec a 3 1 1 1 1"
