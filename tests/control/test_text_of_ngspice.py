"""Text that control blocks print, line by line beside ngspice's."""

import re
import subprocess
import sys

import pytest

from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
DECK = """text
v1 a 0 dc 1 ac 1 sin(0 1 100k)
r1 a b 1k
r2 b 0 1k
c1 b 0 1u
.control
{}
.endc
.end
"""
NUMBER = re.compile(r"-?\d+\.\d+e[+-]\d+")
# what differs from machine to machine, and what both say before and after
ASIDE = re.compile(
    r"note|circuit|doing|using|total|no\. of|ngspice-44|[a-z ()]*(size|pages|available|stack|date)|.* 20\d\d$",
    re.I,
)


def printed(command, path):
    run = subprocess.run([*command, "-b", path], capture_output=True, text=True, timeout=60, check=False)
    lines = (" ".join(line.split()) for line in run.stdout.splitlines())
    return [line for line in lines if line and not ASIDE.match(line)]


@pytest.mark.thinned(3)
@pytest.mark.parametrize(
    "commands",
    [
        "op\nprint a , b\nprint a ,b\nprint a+1 , b*2\nprint a b , v(a) b",
        "op\nlet x = a , b\nprint x",
        "op\nprint a ; print b\necho a;echo b\necho 'a;b'",
        "op\nprint 'a' 'a+b' b",
        "dc v1 0 1 0.5\nprint b[5] b[-1] b[1]",
        "op\nac dec 1 10 1k\ndc v1 0 1 0.5\nprint ac1.v(b)\nprint ac1.b b\nprint op1.a b\nprint op1.all",
        "dc v1 0 1 0.5\nac dec 1 10 1k\nprint v(b) dc1.v(b)\nprint dc1.all\nprint dc1.b*2",
        "dc v1 0 1 0.5\nop\nprint dc1.b",
        "save b\nop\nprint all\ndc v1 0 1 0.5\nprint all",
        "save v(b) @r1[i]\nop\nprint all",
        "dc v1 0 1 0.2\nasciiplot b\nasciiplot b a*2\nasciiplot b vs a",
        "ac dec 2 1 10\nasciiplot vdb(b)",
        "op\nprint ph(-1) cph(-1) ph(b)\nac dec 1 10 100\nprint ph(b)",
        "op\nshow foo\nshowmod foo\nshowmod",
        "op\nlet",
        "dc v1 0 1 0.1\nprint line b\nset numdgt=9\nprint line b a\nset width=120\nprint line b",
        "dc v1 0 1 0.5\nprint line sin(a)*cos(b)+atan(a)\nprint sin(a)*cos(b)+atan(a) b",
        "let x = vector(5)^2\nprint line vecd(x) atanh(x/20) magnitude(x) cphase(x)\nlet y = (1,2)\nprint im(y) re(y)",
        "set x=5\necho $x/1 $x:1 [$x] $x.a $x-1 {$x}.a '$x'\necho a$none b $none\necho $&x.y $&none",
        "set l = ( p q r )\necho $l[2] $l[2-] $l[3-2] $l[9] $#l $?l $?m $l[1]$l[2]\nset k=2\necho $l[$k]",
        'set s = "a b"\nforeach x $s c\necho [$x]\nend\nforeach y a $s\necho ($y)\nend',
        "set flag\necho $flag\nif $?flag\necho set\nend\nif nosuch\necho yes\nelse\necho no\nend",
        "goto nowhere\necho after\necho a \\ b x\\y",
        "tran 1u 20u\nmeas tran\nmeas tran x foo v(b)\nmeas tran x param='1+2'\nmeas tran x when v(b)",
        "ac dec 1 10 100\ndisplay\nac lin 3 10 20\ndisplay\ntf v(b) v1\ndisplay",
        "noise v(b) v1 dec 1 10 100\nsetplot noise1\ndisplay\nprint all",
        "dc v1 0 1 0.5\nlet k = 3\ndisplay\nalter @v1[sin] [ 0 2 1k ]\nalterparam none=1\nreset\nop\nprint b",
        "tran 0.1u 20u uic\nlinearize b\nset specwindow=none\nfft v(b)\ndisplay\nprint length(v(b))",
        "tran 0.1u 20u\nlinearize b\npsd 1 v(b)\ndisplay",
        "tran 0.1u 20u\nset nfreqs=2\nset fourgridsize=100\nfourier 100k v(a)*0+time",
        "compose x gauss=3 mean=2 sd=0\nprint line x",
        "tran 10u 20u\nmeas tran x when v(b)=7\nmeas tran y find v(b) at=50u",
    ],
)
def test_printed(commands, tmp_path):
    compare(DECK.format(commands), tmp_path)


@pytest.mark.parametrize(
    "commands",
    [
        "run",
        "run\nreset\nrun",
        "tran 0.1u 9u",
        "dc v1 0 1 0.5\nrun",
        "run\nmeas tran z max v(b)",
        "run\nquit",
        "op",
    ],
)
def test_measures_of_cards_are_listed_after_each_command(commands, tmp_path):
    deck = (
        DECK.replace("{}", "{}\nquit")
        .replace("sin(0 1 100k)", "pulse(0 1 1u 1u 1u 5u 20u)")
        .replace("1u\n.control", "1n\n.control")
    )
    cards = (
        ".tran 0.1u 10u\n.meas tran x max v(b)\n.meas tran y find v(b) at=5u\n.meas dc w max v(b)\n.control"
    )
    compare(deck.replace(".control", cards).format(f"{commands}\nquit"), tmp_path)


def compare(deck, folder):
    path = folder / "deck.cir"
    path.write_text(deck)
    theirs, ours = (printed(command, path) for command in (["ngspice"], [sys.executable, "-m", "circuitnn"]))
    assert [NUMBER.sub("#", line) for line in ours] == [NUMBER.sub("#", line) for line in theirs]
    for ours_, theirs_ in zip(ours, theirs, strict=True):
        found, expected = ([float(n) for n in NUMBER.findall(line)] for line in (ours_, theirs_))
        assert found == pytest.approx(expected, rel=2e-3, abs=1e-9)


def test_the_list_of_an_operating_point_is_ngspices_line_by_line(tmp_path):
    path = tmp_path / "deck.cir"
    sources = "v1 a 0 1\ni1 0 a 2m\nv3 d 0 2\nv2 c 0 3\n"
    path.write_text(f"list\n{sources}r1 a b 1k\nr2 b 0 1k\nr3 c 0 1\nr4 d 0 1\n.op\n.end\n")
    lists = []
    for command in (["ngspice"], [sys.executable, "-m", "circuitnn"]):
        run = subprocess.run([*command, "-b", path], capture_output=True, text=True, timeout=60, check=False)
        text = run.stdout.partition("Rows : 1\n")[2].partition("Total analysis")[0]
        lists.append(
            [line for line in text.splitlines() if not line.strip().startswith("p ")]
        )  # signs of zeros
    assert lists[0] == lists[1]
