"""A control block in both simulators: the same lines, the same files."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
ROOT = Path(__file__).resolve().parents[2]
DECK = """control
.param rv=1k
v1 in 0 dc 1 ac 1 sin(0 1 1k)
r1 in out {rv}
r2 out 0 1k
c1 out 0 1u
.options reltol=1e-6
.control
set list = ( 1k 2k )
echo words $list[2] $#list
foreach r $list
  alter r1 = $r
  op
  print v(out) v(out)*2
end
ac dec 2 1k 100k
print vdb(out) mag(v(out))
let k = 0
while k < 3
  let k = k + 1
  if k > 1
    echo k $&k
  end
end
dc v1 0 1 0.5
wrdata swept.txt v(out) i(v1)
let top = maximum(v(out)) + mean(v(out))
print top ln(2) log(10) length(v(out)) 2^3 7%4
repeat 2
echo again
end
alterparam rv = 3k
reset
op
print v(out)
quit 0
.endc
.end
"""

SCRIPT = """scripts that users write: samples, functions, plots, even points
v1 in 0 dc 1 ac 1 sin(0.5 1 1k)
r1 in out 1k
r2 out 0 1k
c1 out 0 100n
m1 d g 0 0 nm w=10u l=1u
vd d 0 1
vg g 0 2
.model nm nmos(vto=0.7 kp=100u)
.options reltol=1e-6
.control
let mc_runs = 4
let run = 1
set curplot = new
set scratch = $curplot
setplot $scratch
let vout = unitvec(mc_runs)
define aunif(nom, avar) (nom + avar * sunif(0))
define agauss(nom, avar, sig) (nom + avar/sig * sgauss(0))
setseed 12345
dowhile run <= mc_runs
  alter r1 = aunif(1k, 100)
  alter r2 = agauss(1k, 1e-3, 3)
  op
  set run = "$&run"
  set dt = $curplot
  setplot $scratch
  let vout[run-1] = {$dt}.v(out)
  destroy $dt
  let run = run + 1
end
let inside = mean(vout) gt 0.45 and mean(vout) lt 0.55
print length(vout) inside
echo $curplot
reset
alter @m1[w] = 20u
op
print i(vd)
altermod nm vto = 0.5
op
print i(vd)
define f(x,y) x*y+1
let z = f(2,3) + f(1,1)
print z
let arr = vector(6)
print line arr
cross zz 1 arr arr
print zz
print sortorder(arr)
set units=degrees
print ph(i) sin(90) atan(1)
unset units
destroy all
tran 2u 4m
echo $curplot
linearize v(out) v(in)
echo $curplot
print length(time) time[1] length(v(in))
set specwindow=hanning
fft v(in)
echo $curplot
print length(frequency) mag(v(in)[0]) mag(v(in)[4]) mag(v(in)[5])
ac dec 1 10 100
echo $curplot
print frequency
quit 0
.endc
.end
"""


def printed(command, folder, deck=DECK):
    folder.mkdir()
    (folder / "deck.cir").write_text(deck)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [*command, "-b", "deck.cir"], cwd=folder, capture_output=True, text=True, env=environment, check=False
    )
    assert run.returncode == 0, run.stderr
    wanted = re.compile(r"^(?:words|k|again|[a-z]+\d$|\S+ = |\d+\t)")
    return [line.rstrip() for line in run.stdout.splitlines() if wanted.match(line)]


def test_the_same_lines_and_files(tmp_path):
    ours = printed([sys.executable, "-m", "circuitnn"], tmp_path / "ours")
    theirs = printed(["ngspice", "-n"], tmp_path / "theirs")
    assert len(ours) == len(theirs) > 20
    number = re.compile(r"[-+]?\d\.\d+e[-+]\d+")
    for a, b in zip(ours, theirs, strict=True):
        assert number.sub("#", a) == number.sub("#", b)
        values = [[float(n) for n in number.findall(line)] for line in (a, b)]
        assert values[0] == pytest.approx(values[1], rel=2e-6, abs=1e-12)
    tables = [np.loadtxt(tmp_path / of / "swept.txt") for of in ("ours", "theirs")]
    assert tables[0] == pytest.approx(tables[1], rel=1e-6, abs=1e-12)


def test_scripts_of_users(tmp_path):
    ours = printed([sys.executable, "-m", "circuitnn"], tmp_path / "ours", SCRIPT)
    theirs = printed(["ngspice", "-n"], tmp_path / "theirs", SCRIPT)
    assert len(ours) == len(theirs) > 30
    number = re.compile(r"[-+]?\d\.\d+e[-+]\d+")
    for a, b in zip(ours, theirs, strict=True):
        assert number.sub("#", a) == number.sub("#", b)
        values = [[float(n) for n in number.findall(line)] for line in (a, b)]
        # Of the spectrum, truncation errors of two transients.
        assert values[0] == pytest.approx(values[1], rel=2e-3 if "mag(" in a else 2e-6, abs=1e-12), a
