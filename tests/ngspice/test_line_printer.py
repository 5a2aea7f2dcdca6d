"""``.plot`` cards in batch mode draw what ngspice draws."""

import re
import subprocess
import sys

import pytest

from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
DECK = """line printer
v1 a 0 dc 1 ac 1 pwl(0 0.013 10u 3.017 20u -2.023 35u 1.071)
r1 a b 1k
r2 b 0 2k
v2 c d 1
r3 c d 1k
r4 d 0 1k
l1 b e 1m
r5 e 0 100
{cards}
.end
"""


def pictures(command, path):
    """The plots, without their date."""
    run = subprocess.run([*command, "-b", path], capture_output=True, text=True, timeout=60, check=True)
    found = re.search(r"^-{74}$.*?(?=^Total analysis)", run.stdout, re.DOTALL | re.MULTILINE)
    return re.sub(r"\w{3} \w{3} [ \d]\d [\d:]{8}  \d{4}", "DATE", found[0]).splitlines()


def both(cards, tmp_path):
    path = tmp_path / "deck.cir"
    path.write_text(DECK.format(cards=cards))
    return pictures([sys.executable, "-m", "circuitnn"], path), pictures(["ngspice", "-n"], path)


@pytest.mark.thinned(4)
@pytest.mark.parametrize(
    "cards",
    [
        ".dc v1 -3 5 1\n.plot dc v(a) v(a,b) v(b)*5 v(c)",  # three and more intervals, two curves at one place
        ".dc v1 0.02 0.88 0.0331\n.plot dc v(a)",  # steps of 3
        ".dc v1 -4.5 4.5 0.5\n.plot dc v(a) v(b)",  # steps of 2
        ".dc v1 -2.5 2.5 0.5\n.plot dc v(a)",  # labels longer than the intervals
        ".dc v1 0 70.5 0.71\n.plot dc v(a) v(b) v(a)*2",  # pages, legends abreast
        ".dc v1 5 5 1\n.plot dc v(a)",  # constants
        ".dc v1 -3 -3 1\n.plot dc v(a)",
        ".dc v2 0 1 0.25\n.plot dc v(c)*0",
        f".dc v1 1 4 0.5\n.plot dc {' '.join(f'v(a)+{k}' for k in range(18))}",  # more curves than symbols
        ".ac dec 5 10 1meg\n.plot ac vdb(b) vp(b)\n.plot ac vm(e)",
        ".ac lin 7 10k 1meg\n.plot ac v(e)",
        ".tran 0.73u 50u\n.plot tran v(a)",
        ".tran 3.1u 50u 7u 0.5u\n.plot tran v(a) v(c)\n.plot tran v(a,d)",
    ],
)
def test_pictures(cards, tmp_path):
    ours, theirs = both(cards, tmp_path)
    assert ours == theirs


def test_an_axis_of_one_power_of_ten_has_true_labels(tmp_path):
    """ngspice's are a hundred times the values."""
    ours, theirs = both(".dc v1 0 10 2.5\n.plot dc v(a)", tmp_path)
    differing = [k for k, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    assert [ours[k].split()[2:] for k in differing] == [[f"{x:.2e}" for x in (0, 2, 4, 6, 8, 10)]] * 2
    assert theirs[differing[0]].split()[-1] == "1.00e+03"


def test_a_signal_that_is_missing_leaves_the_others(tmp_path):
    path = tmp_path / "deck.cir"
    path.write_text(DECK.format(cards=".dc v1 0 1 1\n.plot dc v(a) v(nowhere)"))
    command = [sys.executable, "-m", "circuitnn", "-b", path]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "Legend:  + = v(a)" in run.stdout
    assert "Error: .plot dc v(nowhere)" in run.stderr
