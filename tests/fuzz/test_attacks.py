"""Decks that mean harm, one of each kind; what SECURITY.md says holds of all of them."""

import io
import os
import pickle
import time

import numpy as np
import pytest

from circuitnn import cli
from circuitnn.ngspice.control.result_files import SUFFIXES

pytestmark = pytest.mark.filterwarnings("always")  # as on the command line, which prints them
HEAD = "t\nv1 a 0 dc 1 ac 1 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 1u\n"
LIMITS = ["--max-time", "4", "--max-memory", "3000", "--confine"]


@pytest.fixture
def attack(tmp_path, monkeypatch, capsys):
    """Runs a deck; what it says, after a look at what it has left behind."""
    home = tmp_path / "work"
    home.mkdir()
    monkeypatch.chdir(home)

    def run(text, *words, code=(0, 1)):
        (home / "deck.cir").write_text(text)
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        before = {path: path.read_bytes() for path in files if path.stat().st_size < 1e6}
        started = time.process_time()
        assert cli.execute(["run", "deck.cir", "-q", "-o", "out.raw", *LIMITS, *words]) in code
        assert time.process_time() - started < 30.0
        for path in list(tmp_path.rglob("*")):
            if path in before:
                assert path.read_bytes() == before[path]
            elif path.is_file() and path not in files:
                assert path.suffix in SUFFIXES and path.is_relative_to(home), path
                path.unlink()
        said = "".join(capsys.readouterr())
        assert "Traceback" not in said and "please report" not in said and "root:" not in said
        return said

    return run


def control(commands):
    return f"{HEAD}.control\n{commands}\n.endc\n.end\n"


@pytest.mark.parametrize(
    "commands",
    [
        "shell touch OWNED", "system touch OWNED", "!touch OWNED", "alias op shell touch OWNED\nop",
        "set editor = 'touch OWNED'\nedit", "set hcopydev = '|touch OWNED'\nop\nhardcopy x v(b)",
        "set x = `touch OWNED`\necho $x", "echo `touch OWNED` $(touch OWNED)", "codemodel x.cm", "pre_osdi x.osdi",
        "osdi x.osdi", "mc_source", "aspice deck", "op\ngnuplot x v(b)", "source deck.cir", "source /etc/passwd",
        "set sourcepath = ( /etc )\nsource passwd", "load /etc/passwd", "cd /\nop\nwrite x.raw",
        "op\nhardcopy x.png v(b) title \\input{/etc/passwd}", "op\nhardcopy x.svg v(b) title <script>x</script>",
        "op\nwrdata `touch` v(b)", "op\nwrdata $(touch) v(b)", "op\necho __import__('os').system('touch OWNED') > x.py",
    ],
)  # fmt: skip
def test_it_executes_nothing(attack, commands, tmp_path):
    attack(control(commands))
    assert not list(tmp_path.rglob("*OWNED*"))


@pytest.mark.parametrize(
    "name",
    [
        "../x.txt", "~/x.txt", "$HOME/x.txt", "a/../../x.txt", ".bashrc", ".txt", "out.raw/x.txt", "x" * 300 + ".txt",
        "conftest.py", "pyproject.toml", "Makefile", "GNUmakefile", "x.pth", "requirements.txt", "CMakeLists.txt",
        "deck.cir", "..", "...", ".", "sub/x.txt", "%s%n.txt", "-rf.txt", "x|sh.txt",
    ],
)  # fmt: skip
def test_it_writes_results_only(attack, name):
    for command in ("wrdata {} v(b)", "write {}", "echo hi > {}", "print v(b) >> {}", "hardcopy {} v(b)"):
        attack(control(f"op\n{command.format(name)}"))


def test_links_lead_nowhere(attack, tmp_path):
    (tmp_path / "secret.inc").write_text("r2 b 0 1\n")
    for k in range(60):
        os.symlink(f"l{k + 1}", tmp_path / "work" / f"l{k}")
    os.symlink("../secret.inc", tmp_path / "work" / "l60")
    os.symlink("y", tmp_path / "work" / "x")
    os.symlink("x", tmp_path / "work" / "y")
    os.symlink("/dev/zero", tmp_path / "work" / "zero")
    expected = {"l0": "levels|outside", "l50": "outside", "x": "cannot read", "zero": "outside"}
    for name, says in expected.items():
        said = attack(f"{HEAD}.include {name}\n.op\n.end\n", code=(1,))
        assert any(word in said for word in says.split("|")), said


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a0": ".include deck.cir\n"}, "includes itself"),
        ({"a0": ".lib a0 x\n.lib x\n.lib a0 y\n.endl\n.lib y\n.lib a0 x\n.endl\n"}, ""),
        (
            {f"a{k}": f".include a{k + 1}\n.include a{k + 1}\n" for k in range(40)} | {"a40": "* end\n"},
            "10000|max-time",
        ),
        ({f"a{k}": f".include a{k + 1}\n" for k in range(2000)}, "deep|nested|cannot read"),
    ],
)
def test_files_that_include_one_another(attack, tmp_path, files, says):
    for name, text in files.items():
        (tmp_path / "work" / name).write_text(text)
    said = attack(f"{HEAD}.include a0\n.op\n.end\n", code=(1,))
    assert any(word in said for word in says.split("|")), said


class Harm:
    def __reduce__(self):
        return os.mkdir, ("OWNED",)


def npy(array, **more):
    file = io.BytesIO()
    np.save(file, array, **more)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        npy(np.array([[Harm()]], dtype=object), allow_pickle=True),
        pickle.dumps(Harm()),
        npy(np.ones((1, 1))).replace(b"(1, 1)", b"(99999999999, 99999999)"),
        npy(np.ones((1, 1), dtype=[("a", "f8"), ("b", "O")]), allow_pickle=True),
        b"\x93NUMPY\x01\x00\x76\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (__import__('os').mkdir('OWNED'),)}".ljust(117)
        + b"\n",
        b"\x93NUMPY\x02\x00" + (60000).to_bytes(4, "little") + b"(" * 60000,
        b"PK\x03\x04" + os.urandom(100),
        b"1," * 500_000 + b"1\n",
        b"\x00" * 1_000_000,
    ],
    ids=range(9),
)
@pytest.mark.parametrize("name", ["g.npy", "g.csv"])
def test_arrays_of_harm(attack, tmp_path, content, name):
    (tmp_path / "work" / name).write_bytes(content)
    card = f".crossbar x1 rows=1 cols=1 file.g={name} left=in bottom=out"
    attack(f"t\nv1 in0 0 1\nr1 out0 0 1\n{card}\n.op\n.end\n", code=(1,))
    assert not list(tmp_path.rglob("OWNED"))


def nested(count, begin, end, inside=""):
    return begin * count + inside + end * count


@pytest.mark.parametrize(
    "cards",
    [
        "".join(f".subckt s{k} a\nx1 a s{k + 1}\n.ends\n" for k in range(300)) + "x1 a s0\n",
        "".join(f".subckt s{k} a\n" + "".join(f"x{j} a s{k + 1}\n" for j in range(10)) + ".ends\n" for k in range(12))
        + ".subckt s12 a\nr1 a 0 1\n.ends\nx1 a s0\n",
        ".subckt s a\nx1 a s\n.ends\nx1 a s\n",
        nested(500, ".subckt s a\n", ".ends\n"),
        nested(500, ".if (1)\n", ".endif\n"),
        "".join(f".func f{k + 1}(x)={{f{k}(f{k}(x))}}\n" for k in range(30)) + ".func f0(x)={x+1}\n"
        + "b1 a 0 i={f30(v(a))}\n",
        "".join(f".param p{k + 1}={{p{k}*p{k}}}\n" for k in range(60)) + ".param p0=3\n",
        f"r9 a 0 {{{nested(20000, '(', ')', '1')}}}\n", f"r9 a 0 {{{'-' * 50000}1}}\n", f"r9 a 0 {{{'2**' * 2000}2}}\n",
        ".step param p 1 1e9 1\n.param p=1\n",
        "".join(f".step param p{k} 1 1000 1\n.param p{k}=1\n" for k in range(6)),
        ".tran 1e-300 1\n", ".dc v1 0 1e300 1e-300\n", ".ac dec 1e9 1 1e30\n", ".ac lin 1e15 1 2\n",
        "v2 c 0 pwl file=w.txt\nr9 c 0 1\n",
    ],
    ids=range(17),
)  # fmt: skip
def test_bombs(attack, tmp_path, cards):
    with open(tmp_path / "work" / "w.txt", "wb") as file:
        file.truncate(1 << 40)
    said = attack(f"{HEAD}{cards}.op\n.end\n", code=(1,))
    assert len(said) < 5000


@pytest.mark.thinned(3)
@pytest.mark.parametrize(
    "commands",
    [
        "let x=vector(1e12)", "let x=unitvec(1e9)", "let x=vector(3)\nlet x[100000000000]=3", "repeat 1e18\nend",
        "dowhile 1\ncontinue\nend", "set x = ( 1 2 )\nrepeat 60\nset x = ( $x $x )\nend",
        "define f(x) f(x)+1\nlet y=f(1)",
        "define f(x) g(x)\ndefine g(x) f(x)\nlet y=f(1)", "compose c start=0 stop=1e300 step=1",
        "tran 1u 1m\nspec 0 1e12 1 v(b)", "tran 1u 1m\npsd 1e9 v(b)", "tran 1u 1m\nset nfreqs=1e9\nfourier 1k v(b)",
        "let a=1\nrepeat 40\nlet a=a*1e300\nend\nprint a", "setseed 1e300", "alter r1=1e999", "quit 1e300", "echo $&(",
    ],
)  # fmt: skip
def test_commands_without_measure(attack, commands):
    attack(control(commands), code=range(256))
