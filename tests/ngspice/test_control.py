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


def printed(command, folder):
    folder.mkdir()
    (folder / "deck.cir").write_text(DECK)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [*command, "-b", "deck.cir"], cwd=folder, capture_output=True, text=True, env=environment, check=False
    )
    assert run.returncode == 0, run.stderr
    wanted = re.compile(r"^(?:words|k|again|\S+ = |\d+\t)")
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
