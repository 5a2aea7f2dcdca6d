"""Options of a deck change the numbers as in ngspice."""

import re
import subprocess
import sys

import pytest

from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
_LINE = re.compile(r"^(\w+) +=\s+([-+.\de]+)", re.MULTILINE)
_ROWS = re.compile(r"No. of Data Rows : (\d+)")

DECK = """options
v1 a 0 pulse(0 1 1u 1n 1n 1 2)
r1 a b 1k tc1=2m
c1 b 0 1n
l1 b c 1m
r2 c 0 1k
i1 0 z dc 1u
r3 z 0 1meg
vd d 0 -1
d1 d 0 dd
.model dd d(is=1e-16)
vm m 0 1
vg g 0 2
m1 m g 0 0 nm
.model nm nmos(vto=0.7 kp=100u cj=1m)
{options}
.tran 50n 5u
.meas tran vb find v(b) at=3u
.meas tran vz find v(z) at=3u
.meas tran vc find v(c) at=1.5u
.meas tran id find i(vd) at=3u
.meas tran im find i(vm) at=3u
.end
"""
CHANGED = {
    ".options cshunt=100p": {"vb", "vc"},
    ".options rseries=100": {"vb", "vc"},
    ".options rshunt=1meg": {"vz"},
    ".options gmin=1n": {"id"},
    ".options defl=20u defw=30u": {"im"},
    ".options maxord=1": set(),
    ".options temp=100": {"vb", "im"},
    ".options tnom=77": {"vb", "im"},
    ".temp 100": {"vb", "im"},
    ".options interp": set(),
    ".options method=gear": set(),
    ".options noopiter indverbosity=0 bypass=1 acct scale=1u": set(),
}


def measured(command, folder, options):
    path = folder / "deck.cir"
    path.write_text(DECK.format(options=f".options reltol=1e-5\n{options}"))
    run = subprocess.run([*command, "-b", path.name], cwd=folder, capture_output=True, text=True, timeout=60)
    assert "arning: option" not in run.stderr
    return {n: float(v) for n, v in _LINE.findall(run.stdout)}, int(_ROWS.search(run.stdout)[1])


OURS, NGSPICE = [sys.executable, "-m", "circuitnn"], ["ngspice", "-n"]


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return measured(OURS, tmp_path_factory.mktemp("usual"), "")[0]


@pytest.mark.thinned(3)
@pytest.mark.parametrize(("options", "changed"), CHANGED.items(), ids=[*CHANGED])
def test_the_same_change(tmp_path, usual, options, changed):
    ours, rows = measured(OURS, tmp_path, options)
    theirs, their_rows = measured(NGSPICE, tmp_path, options)
    assert set(ours) == set(usual)
    for name, value in ours.items():
        assert value == pytest.approx(theirs[name], rel=2e-3, abs=1e-13), name
    for name in changed:
        assert abs(ours[name] - usual[name]) > 4e-3 * abs(usual[name]), name
    if options.endswith("interp"):
        assert rows == their_rows == 101
