"""What ``circuitnn -b`` prints beside what ``ngspice -b`` prints."""

import re
import subprocess
import sys

import numpy as np
import pytest

from circuitnn.results import rawfile
from validation.decks import NETLISTS
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
_ROW = re.compile(r"^ \d +\d\S* .*$", re.MULTILINE)


def printed(command, path):
    run = subprocess.run(
        [*command, "-b", str(path)], cwd=NETLISTS.parent, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_fourier_table():
    deck = NETLISTS / "basics" / "harmonics.cir"
    ours, theirs = printed([sys.executable, "-m", "circuitnn"], deck), printed(["ngspice", "-n"], deck)
    for of in (ours, theirs):
        assert re.findall(r"Fourier analysis for (\S+):", of) == ["v(out)", "v(in)"]
    rows, wanted = (
        np.array([r.split() for r in _ROW.findall(of)[:10]], dtype=float) for of in (ours, theirs)
    )
    assert rows.shape == wanted.shape == (10, 6)
    assert rows[:, [0, 1]] == pytest.approx(wanted[:, [0, 1]])
    assert rows[:, 2] == pytest.approx(wanted[:, 2], rel=1e-3, abs=1e-6)
    turned = np.exp(1j * np.radians(rows[:, 3])), np.exp(1j * np.radians(wanted[:, 3]))
    assert np.abs(turned[0] - turned[1])[:6] == pytest.approx(np.zeros(6), abs=1e-3)
    distortion = [float(re.search(r"THD: (\S+) %", of)[1]) for of in (ours, theirs)]
    assert distortion[0] == pytest.approx(distortion[1], rel=1e-3)


def test_headings_of_differences(tmp_path):
    """``vdb(b,c)`` is written as what it is short for, in pages as in ngspice."""
    deck = tmp_path / "deck.cir"
    deck.write_text(
        "headings\nv1 in 0 dc 1 ac 1\nr1 in b 1k\nc1 b 0 100n\nr2 b c 1k\nr3 c 0 1k\n.ac dec 1 1k 10k\n"
        ".print ac vm(b,c) vdb(b,c) vp(b,c)\n.print ac v(b,c) vr(b,c) vi(b,c)\n.end\n"
    )
    tables = []
    for command in ([sys.executable, "-m", "circuitnn"], ["ngspice", "-n"]):
        lines = printed(command, deck).splitlines()
        tables.append([line for line in lines if line[:1].isdigit() or line.startswith("Index")])
    assert len(tables[1]) == 12
    assert tables[0] == tables[1]


def test_nodes_of_operating_points(tmp_path):
    """Names that begin with a digit stand in V(…), others do not."""
    deck = tmp_path / "deck.cir"
    deck.write_text("nodes\nv1 1 0 1\nr1 1 2a 1k\nr2 2a out 1k\nr3 out 1e3 1k\nr4 1e3 0 1k\n.op\n.end\n")
    tables = []
    for command in ([sys.executable, "-m", "circuitnn"], ["ngspice", "-n"]):
        lines = printed(command, deck).splitlines()
        tables.append([line.split() for line in lines if line.startswith("\t") and line[-1:].isdigit()])
    assert sorted(tables[0]) == sorted(tables[1])
    assert ["V(2a)", "7.500000e-01"] in tables[0] and ["out", "5.000000e-01"] in tables[0]


def test_the_last_of_several_cards_runs_first(tmp_path):
    """Plots of rawfiles have that order; tables and measures have the deck's."""
    deck = tmp_path / "deck.cir"
    cards = ".dc v1 0 3 1\n.dc v1 5 7 0.5\n.print dc v(a)\n.meas dc most max v(a)\n"
    deck.write_text(f"order\nv1 a 0 1\nr1 a 0 1k\n{cards}.end\n")
    ends, said, measured = [], [], []
    for command in ([sys.executable, "-m", "circuitnn"], ["ngspice", "-n"]):
        raw = tmp_path / f"{command[0][-3:]}.raw"
        printed([*command, "-r", str(raw)], deck)
        ends.append([(r.analysis, r.axis[-1]) for r in rawfile.read(raw)])
        text = printed(command, deck)
        said.append(re.findall(r"^\d+\t.*$", text, re.MULTILINE))
        measured.append(re.findall(r"^most += +(\S+)", text, re.MULTILINE))
    (kinds, last), (their_kinds, their_last) = (zip(*of, strict=True) for of in ends)
    assert kinds == their_kinds
    assert last == pytest.approx(their_last)
    assert said[0] == said[1]
    assert measured[0][0] == measured[1][0]
