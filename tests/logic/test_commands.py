"""Commands of control blocks about logic."""

import shutil
import subprocess

import pytest

from circuitnn.cli import execute

DECK = """commands
v1 a 0 pulse(0 5 10n 1n 1n 20n 50n)
a1 a y inverter
a2 y z inverter
.model inverter d_inverter
.tran 0.1n 60n
.control
run
edisplay
eprint a y z
eprvcd a y z > waves.vcd
eprint w
.endc
.end
"""


def listed(text):
    """Nets, and values with their times, of what eprint printed."""
    body = text.split("Results Data ****")[1].split("**** Messages")[0]
    rows = [line.split() for line in body.splitlines() if "e-" in line or "e+" in line]
    return [row[1:] for row in rows], [float(row[0]) for row in rows]


def test_as_ngspice_lists_them(tmp_path, capsys, monkeypatch):
    (tmp_path / "deck.cir").write_text(DECK)
    monkeypatch.chdir(tmp_path)
    execute(["-b", "deck.cir"])
    said = capsys.readouterr()
    values, times = listed(said.out)
    assert values[0] == ["0s", "1s", "0s"]
    assert values[1] == ["1s", "1s", "0s"]
    assert times[1] == pytest.approx(11.33e-9, abs=1e-14)
    assert "    y                   : d    ," in said.out
    assert "no net 'w'" in said.out + said.err
    changes = (tmp_path / "waves.vcd").read_text().splitlines()
    assert "$timescale 1 ps $end" in changes
    assert changes[changes.index("$dumpvars") + 1 : changes.index("$end")] == ["0!", '1"', "0#"]
    assert changes[changes.index("$end") + 1 :][:4] == ["#11330", "1!", "#12330", '0"']
    if shutil.which("ngspice"):
        theirs = subprocess.run(
            ["ngspice", "-b", "deck.cir"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        expected, moments = listed(theirs.stdout)
        assert values == expected
        assert times == pytest.approx(moments, abs=1.1e-10)
