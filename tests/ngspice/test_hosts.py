"""Command lines of programs that start ngspice, and the files that they read afterwards."""

import math
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from circuitnn.results import rawfile

ROOT = Path(__file__).resolve().parents[2]
DIVIDER = "a divider\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.op\n.end\n"
# As Qucs-S writes it: no -b, results under names of its own, the deck ends itself.
QUCS = """* Qucs 25.1.0 rc.sch
V1 in 0 DC 0 SIN(0 1 1K 0 0 0) AC 1 ACPHASE 0
R1 in out 1k
C1 out 0 100N
.control
echo "" > spice4qucs.cir.noise
echo "" > spice4qucs.cir.pz
tran 1.00503e-05 0.002 0
write rc_tran.txt v(in) v(out)
destroy all
reset
ac dec 20 10 100K
let K=v(out)/v(in)
write rc_ac.txt v(in) v(out) K
destroy all
reset
noise v(out) v1 dec 10 10 100k
print inoise_total onoise_total >> spice4qucs.cir.noise
setplot noise1
write rc_noise.txt  inoise_spectrum onoise_spectrum
destroy all
reset
let number_sw1 = 0
echo "STEP r1.r1" > spice4qucs.tran_swp.cir.res
foreach r1_act 1k 2k
alter r1 = $r1_act
tran 1e-5 1e-3
set appendwrite
write rc_tran_swp.plot v(out)
echo "$&number_sw1  $r1_act" >> spice4qucs.tran_swp.cir.res
let number_sw1 = number_sw1 + 1
end
unset appendwrite
op
print all > spice4qucs.cir.dc_op
pz in 0 out 0 vol pz
print all >> spice4qucs.cir.pz
exit
.endc
.END
"""


def started(folder, *arguments, given="", **more):
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "circuitnn", *arguments], cwd=folder, input=given, text=True, capture_output=True,
        timeout=60, env={**os.environ, "PYTHONPATH": path}, **more,
    )  # fmt: skip


def test_qucs_s(tmp_path):
    """It starts the deck by its name alone and reads these files; all have the names that the deck gives."""
    (tmp_path / "spice4qucs.cir").write_text(QUCS)
    done = started(tmp_path, "spice4qucs.cir")
    assert done.returncode == 0 and "adds" not in done.stderr and "Warning" not in done.stderr
    steps = rawfile.read(tmp_path / "rc_tran_swp.plot")
    assert len(steps) == 2 and all(r.names == ("time", "v(out)") for r in steps)
    assert (tmp_path / "spice4qucs.tran_swp.cir.res").read_text() == "STEP r1.r1\n0  1k\n1  2k\n"
    assert "out = 0.000000e+00" in (tmp_path / "spice4qucs.cir.dc_op").read_text()
    noise = re.findall(r"(\w+)_total = (\S+)", (tmp_path / "spice4qucs.cir.noise").read_text())
    # kT/C within the band: 4kTR of a low-pass of 1 kOhm and 100 nF up to 100 kHz
    assert dict(noise)["onoise"].startswith("2.0")
    assert "-5.00000e+03" in (tmp_path / "spice4qucs.cir.pz").read_text()  # 1/(2 kOhm · 100 nF)
    (phasors,) = rawfile.read(tmp_path / "rc_ac.txt")
    assert phasors.names == ("frequency", "v(in)", "v(out)", "k")


@pytest.mark.parametrize("options", [("-b",), ()])
def test_a_deck_on_the_standard_input(options, tmp_path):
    """`ngspice -b < deck`, `ngspice < deck`."""
    done = started(tmp_path, *options, "-n", given=DIVIDER)
    assert done.returncode == 0 and "5.000000e-01" in done.stdout


def test_commands_through_a_pipe(tmp_path):
    (tmp_path / "d.cir").write_text(DIVIDER)
    commands = (
        "op\nprint v(b)\nforeach x 1 2\necho $x$x\nend\nwrong\ntran\nalter r2 = 3k\nop\nprint v(b)\nquit 3\n"
    )
    done = started(tmp_path, "-p", "d.cir", given=commands)
    assert done.returncode == 3
    assert re.sub(r"ngspice \d+ -> |> ", "", done.stdout).split("\n")[1:-1] == [
        "v(b) = 5.000000e-01", "11", "22", "v(b) = 7.500000e-01",
    ]  # fmt: skip
    assert "there is no command 'wrong'" in done.stderr and "'.tran' takes tstep" in done.stderr


def test_a_prompt_at_a_terminal(tmp_path):
    """xschem: `ngspice -i deck -a` in a terminal; at the end of the input the session ends."""
    (tmp_path / "d.cir").write_text(DIVIDER)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.environ |= {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
        os.execv(sys.executable, [sys.executable, "-m", "circuitnn", "-i", "d.cir", "-a"])
    shown = ""
    for mark, keys in (
        ("1 -> ", "print v(b)\n"),
        ("2 -> ", "\x03"),
        ("2 -> ", "alias p print\n"),
        ("3 -> ", "\x04"),
    ):
        end = time.monotonic() + 30.0
        while not shown.rpartition("\n")[2].endswith(mark) and time.monotonic() < end:
            if select.select([terminal], [], [], 1.0)[0]:
                shown += os.read(terminal, 4096).decode().replace("\r", "")
        os.write(terminal, keys.encode())
        shown += "\n"
    assert os.waitpid(pid, 0)[1] == 0
    assert "v(b) = 5.000000e-01" in shown


def test_what_is_no_deck(tmp_path):
    assert (
        "there is no command or file 'rum' (did you mean run?)" in started(tmp_path, "rum", "deck.cir").stderr
    )
    assert "deck.cir" in started(tmp_path, "-i", "deck.cir", given="quit\n").stderr


CACE = """* a testbench
v1 in 0 1
r1 in out 1k
c1 out 0 1n
.control
tran 10n 10u uic
meas tran half when v(out)=0.5
let last = v(out)[length(v(out))-1]
set wr_singlescale
wrdata wave_0.data v(out)
echo $&half $&last > run_0.data
quit
.endc
.end
"""


def test_cace(tmp_path):
    """`ngspice --batch deck`, then the file that the testbench writes: RC·ln 2, and 1 V but for exp(-10)."""
    (tmp_path / "run_0.spice").write_text(CACE)
    done = started(tmp_path, "--batch", "run_0.spice")
    assert done.returncode == 0 and "Error" not in done.stdout + done.stderr
    half, last = map(float, (tmp_path / "run_0.data").read_text().split())
    assert half == pytest.approx(1e-6 * math.log(2.0), rel=1e-3)
    assert last == pytest.approx(1.0 - math.exp(-10.0), rel=1e-4)
    time, out = map(float, (tmp_path / "wave_0.data").read_text().strip().split("\n")[-1].split())
    assert (time, out) == pytest.approx((1e-5, last))


def test_flows_that_keep_a_log(tmp_path):
    """`ngspice -b -o log -r raw deck`, as of OpenLane: all text is in the log, and a fault is there and in the code."""
    (tmp_path / "d.cir").write_text(DIVIDER)
    call = ("-b", "-o", "d.log", "-r", "d.raw")
    done = started(tmp_path, *call, "d.cir")
    assert done.returncode == 0 and "5.000000e-01" not in done.stdout
    (point,) = rawfile.read(tmp_path / "d.raw")
    assert point["v(b)"] == pytest.approx(0.5)
    assert "Circuit: a divider" in (tmp_path / "d.log").read_text()
    (tmp_path / "d.cir").write_text(DIVIDER.replace("r2 b 0", "q2 b 0"))
    assert started(tmp_path, *call, "d.cir").returncode == 1
    assert "q2" in (tmp_path / "d.log").read_text()


def test_gspiceui(tmp_path):
    """It starts `ngspice -n -b deck` on a netlist of gEDA's and reads the table that is printed."""
    (tmp_path / "d.ckt").write_text(
        "* gnetlist -g spice-sdb d.sch\nR2 b 0 1k  \nR1 a b 1k  \nV1 a 0 1\n.PRINT DC V(b)\n.DC V1 0 2 1\n.END\n"
    )
    done = started(tmp_path, "-n", "-b", "d.ckt")
    assert done.returncode == 0
    rows = re.findall(r"^(\d)\s+(\S+)\s+(\S+)", done.stdout, re.MULTILINE)
    assert [tuple(map(float, row)) for row in rows] == [(0, 0.0, 0.0), (1, 1.0, 0.5), (2, 2.0, 1.0)]
