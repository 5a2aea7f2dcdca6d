"""Vectors that are shorter than the run, in files that ``write`` makes."""

import subprocess
import sys

import pytest

from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
DECK = """short
v1 a 0 1
r1 a b 1k
r2 b 0 1k
.control
dc v1 0 1 0.25
meas dc top max v(b)
let two = vector(2) + 1
let twice = 2*b
set filetype=ascii
write {}
.endc
.end
"""


@pytest.mark.parametrize("words", ["x.raw", "x.raw v(a) top", "x.raw top", "x.raw two b*2 twice"])
def test_files_are_ngspices_line_by_line(words, tmp_path):
    """Measures are written beside the run, with zeros after their ends and their lengths behind their types."""
    (tmp_path / "deck.cir").write_text(DECK.format(words))
    found = []
    for command in (["ngspice"], [sys.executable, "-m", "circuitnn"]):
        subprocess.run(
            [*command, "-b", "deck.cir"], cwd=tmp_path, capture_output=True, timeout=60, check=False
        )
        text = (tmp_path / "x.raw").read_text()
        head, _, numbers = text.partition("Values:\n")
        kept = [line.strip() for line in head.splitlines() if not line.startswith(("Date", "Command"))]
        found.append((kept, [float(word) for word in numbers.split()]))
    assert found[0][0] == found[1][0]
    assert found[0][1] == pytest.approx(found[1][1], abs=1e-9)
