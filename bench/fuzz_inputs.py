"""Inputs of `bench.fuzz`: each is made from a random number generator in a folder, run, and judged."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench import deck_grammar
from circuitnn import cli
from circuitnn.crossbar import MVM, Access, Bias, Crossbar, Device, Faults, PullUp, Resistance, Series
from circuitnn.errors import CircuitnnError
from circuitnn.ngspice.control.result_files import SUFFIXES
from circuitnn.results import rawfile

NETLISTS = Path(__file__).resolve().parent.parent / "netlists"
LIMITS = ["--max-memory", "3000", "--max-points", "20000"]
# Time limits of inputs: otherwise the one in a hundred that runs for seconds would take over half of the campaign.
TIMES = ("4", *["0.3"] * 19)  # --max-time [s]

TOKENS = (
    "0 1 -1 1e300 1e-300 1e-320 1e999 1meg 0.5 nan inf 1/0 0/0 {x} {1/0} 'v(a)' v(a) v(a,b) i(v1) time "
    "exp ln sqrt ( ) + - * / ** ? : = , ; $ // \\ \" ' { } [ ] @r1[r] @m1[gm] .param .subckt .ends .model "
    ".tran .dc .ac .op .noise .pz .sens .tf .four .meas .step .options .include .lib .control .endc .if "
    ".endif .end r1 c1 l1 v1 i1 d1 q1 m1 s1 b1 x1 e1 g1 f1 h1 k1 t1 n1 pulse( sin( pwl( poly(2) table "
    "ic=1 uic temp=-300 m=0 reltol=0 gmin=1e99 threads=9999 seed=-1 itl1=1e9 method=gear vteam drift "
    "diode sw nmos npn level=3 file=/etc/passwd \xe9 \xb2 \u2028 \x0c \x00 \x1a"
).split(" ")
COMMANDS = (
    "op", "run", "tran 10u 1m", "dc v1 0 1 0.1", "ac dec 5 1 1k", "noise v(b) v1 dec 2 1 1k 1", "tf v(b) v1",
    "pz a 0 b 0 vol pz", "sens v(b)", "arc v1 0 1", "let x = v(b)*2", "let y = vector(5)", "let y[2] = 3",
    "unlet x", "print x", "print all", "echo $x $&y", "set x = 3", "set y = ( 1 2 3 )", "unset x",
    "alter r1 = 2k", "alter v1 dc = 2", "altermod dm is = 1e-15", "alterparam p = 2", "reset",
    "meas tran m1 max v(b)", "meas op m2 find v(b) at=0", "wrdata out v(b)", "write out.raw",
    "echo hi > note.txt", "echo hi >> note.txt", "print v(b) > a.txt", "hardcopy p.png v(b)",
    "plot v(b) vs v(a)", "foreach k 1 2 3", "repeat 3", "while x < 3", "dowhile x > 3", "if x = 2", "else",
    "end", "break", "continue", "quit 3", "define f(x) x*x", "undefine f", "let z = f(2)", "setseed 3",
    "let r = sgauss(0)", "compose c values 1 2 3", "compose c start=0 stop=1 step=0.1", "cross c 1 v(a) v(b)",
    "linearize", "fft v(b)", "psd 3 v(b)", "spec 0 1k 200 v(b)", "fourier 1k v(b)", "setplot tran1",
    "set curplot = new", "destroy all", "display", "show r1 : r", "save @r1[i]", "option reltol=1e-4",
    'strcmp s "a" "b"', "shell touch x", "source other", "set specwindow=none", "setplot", "let",
)  # fmt: skip
BASE = "t\n.param p=1\nv1 a 0 dc 1 ac 1 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 1u\nd1 b 0 dm\n.model dm d(is=1e-14)\n"


def seeds() -> list[str]:
    """The small decks of the repository."""
    found = sorted(path for path in NETLISTS.rglob("*.cir") if path.stat().st_size < 4000)
    return [path.read_text() for path in found]


def mutated(rng: random.Random, text: str) -> str:
    """A text with a few lines, words or characters dropped, doubled, exchanged."""
    lines = text.splitlines() or [""]
    for _ in range(rng.randint(1, 6)):
        k = rng.randrange(len(lines))
        words = lines[k].split(" ")
        w = rng.randrange(len(words))
        kind = rng.randrange(8)
        if kind == 0 and len(lines) > 1:
            del lines[k]
            continue
        if kind == 1:
            lines.insert(k, lines[k])
            continue
        if kind == 2:
            other = rng.randrange(len(lines))
            lines[k], lines[other] = lines[other], lines[k]
            continue
        if kind == 3:
            words[w] = rng.choice(TOKENS)
        elif kind == 4:
            words.insert(w, rng.choice(TOKENS))
        elif kind == 5:
            words[w] = repr(rng.choice((-1, 1)) * 10 ** rng.uniform(-310, 308))
        elif kind == 6:
            del words[w]
        else:
            at = rng.randint(0, len(words[w]))
            words[w] = words[w][:at] + chr(rng.randrange(0, 0x2FF)) + words[w][at + 1 :]
        lines[k] = " ".join(words)
    return "\n".join(lines) + "\n"


def deck(rng: random.Random, folder: Path) -> None:
    """A deck of the repository, mutated."""
    text = mutated(rng, rng.choice(_decks))
    _run(folder, text.encode(rng.choice(("utf-8", "latin-1")), "replace"), rng)


def rules(rng: random.Random, folder: Path) -> None:
    """A deck made by rules; a third of these is mutated, a third also has commands."""
    text = deck_grammar.deck(deck_grammar.Rules(rng.random()))
    if rng.random() < 0.3:
        text = mutated(rng, text)
    if rng.random() < 0.3:
        commands = "\n".join(["run", *(rng.choice(COMMANDS[:30]) for _ in range(4))])
        text = text.replace("\n.end\n", f"\n.control\n{commands}\n.endc\n.end\n")
    _run(folder, text.encode("utf-8", "replace"), rng)


def files(rng: random.Random, folder: Path) -> None:
    """A deck over files that include one another, with sections and models, some of them mutated."""
    names = ["a.inc", "b.lib", "sub/c.inc", "sub/d.lib", "é e.inc"]
    (folder / "sub").mkdir()
    wild = rng.random() < 0.5
    for name in names:
        cards, _ = deck_grammar.model_cards(deck_grammar.Rules(rng.random()))
        body = [*cards, f"r{name[:1]} a b 1k", f".param {name[-1]}=2"][: rng.randint(1, 5)]
        others = (
            [*names, "none.inc", "../deck.cir", "/dev/zero", "/etc/passwd", "sub", ""] if wild else names[:1]
        )
        for _ in range(rng.randint(0, 2) if name not in others or wild else 0):
            other = rng.choice(others)
            asked = (f".include '{other}'", f".lib {other} tt", f'.inc "{other}"', f".lib '{other}' ff")
            body.insert(rng.randint(0, len(body)), rng.choice(asked if wild else asked[:1]))
        if name.endswith(".lib"):
            half = len(body) // 2
            body = [".lib tt", *body[:half], ".endl tt", ".lib ff", *body[half:], ".endl"]
        text = "\n".join(body) + "\n"
        text = mutated(rng, text) if wild and rng.random() < 0.4 else text
        code = rng.choice(("utf-8", "latin-1", "utf-16") if wild else ("utf-8",))
        (folder / name).write_bytes(text.encode(code, "replace"))
    sections = ("tt", "ff", "no") if wild else ("tt", "ff")
    asked_for = [
        f".lib {name} {rng.choice(sections)}" if "lib" in name else f".include '{name}'"
        for name in rng.sample(names, rng.randint(1, 3))
    ]
    _run(folder, "\n".join([BASE.strip(), *asked_for, ".op", ".end", ""]).encode("utf-8", "replace"), rng)


def control(rng: random.Random, folder: Path) -> None:
    """A control block of random commands, some of them mutated."""
    commands = [rng.choice(COMMANDS) for _ in range(rng.randint(1, 12))]
    commands = [mutated(rng, c).strip("\n") if rng.random() < 0.5 else c for c in commands]
    ends = sum(c.split(" ")[0] in ("foreach", "repeat", "while", "dowhile", "if") for c in commands)
    block = "\n".join([*commands, *["end"] * ends])
    _run(folder, f"{BASE}.control\n{block}\n.endc\n.end\n".encode("utf-8", "replace"), rng)


def numbers(rng: random.Random, folder: Path) -> None:
    """Files of numbers for an array and a source: text and NumPy's, mutated."""
    table = "\n".join(",".join(f"{10 ** rng.uniform(-7, -4):.3g}" for _ in range(3)) for _ in range(3))
    table = mutated(rng, table) if rng.random() < 0.6 else table
    (folder / "g.csv").write_bytes(table.encode("utf-8", "replace"))
    file = io.BytesIO()
    np.save(file, np.full((3, 3), 1e-5))
    content = bytearray(file.getvalue())
    for _ in range(rng.randint(0, 3)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    (folder / "g.npy").write_bytes(bytes(content[: rng.randint(0, 4 * len(content))]))
    wave = "0 0\n1u 1\n2u 0"
    wave = mutated(rng, wave) if rng.random() < 0.3 else wave
    (folder / "w.txt").write_bytes(wave.encode("utf-8", "replace"))
    name = rng.choice(("g.csv", "g.npy"))
    ends = "".join(f"r{k} out{k} 0 1\nvv{k} in{k} 0 0.1\n" for k in range(3))
    text = f"t\nv1 a 0 pwl file=w.txt\nra a 0 1k\n{ends}.crossbar x1 rows=3 cols=3 file.g={name} left=in bottom=out\n"
    _run(folder, f"{text}.op\n.tran 1u 3u\n.end\n".encode(), rng)


def raw(rng: random.Random, folder: Path) -> None:
    """A mutated rawfile, which must be read or refused."""
    from circuitnn.results.result import Result

    points = rng.randint(0, 5)
    data = np.arange(3.0 * points).reshape(points, 3) * (1j if rng.random() < 0.3 else 1)
    result: Result[np.ndarray] = Result(
        "t",
        "tran",
        "Transient Analysis",
        "time",
        ("time", "v(a)", "i(v1)"),
        ("time", "voltage", "current"),
        data,
    )
    rawfile.write(folder / "x.raw", [result] * rng.randint(1, 3), binary=rng.random() < 0.5)
    content = bytearray((folder / "x.raw").read_bytes())
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(content))
        kind = rng.randrange(3)
        if kind == 0:
            content[at] = rng.randrange(256)
        elif kind == 1:
            del content[at : at + rng.randint(1, 20)]
        else:
            content[at:at] = rng.choice(TOKENS).encode("utf-8", "replace")
        content = content or bytearray(b"x")
    (folder / "x.raw").write_bytes(bytes(content))
    with contextlib.suppress(CircuitnnError):
        rawfile.read(folder / "x.raw")


def array(rng: random.Random, folder: Path) -> None:
    """An array with numbers from anywhere, some of them senseless."""

    def number(usual: float) -> float:
        odd = (0.0, -1.0, 1e-320, 1e300, float("inf"), float("nan"), -0.0)
        return rng.choice(odd) if rng.random() < 0.15 else usual * 10 ** rng.uniform(-3, 3)

    rows, cols = rng.randint(1, 5), rng.randint(1, 5)
    sinh = Device("sinh_selector", i0=1e-6)
    cells = (
        lambda: number(1e-5),
        lambda: Resistance(number(1e4)),
        lambda: sinh,
        lambda: Series(sinh, Resistance(number(1e4))),
    )
    biases: tuple[Callable[[], object], ...] = (
        lambda: MVM([number(0.1) for _ in range(rows)]),
        lambda: Access(
            rng.randint(-1, rows),
            rng.randint(-1, cols),
            number(1.0),
            rng.choice(("half", "third", "floating", "x")),
        ),
        lambda: Bias(left=number(1.0), bottom=number(0.1)),
        lambda: PullUp(rng.randint(0, rows), 0, number(1.0), number(1e3)),
    )
    faults = (
        Faults(opens=[(rng.randint(0, rows), 0)], open_word=[(0, rng.randint(0, cols))])
        if rng.random() < 0.2
        else None
    )
    try:
        made = Crossbar(
            rows, cols, rng.choice(cells)(), wordline_resistance=number(1.0), bitline_resistance=number(1.0),
            driver_resistance=rng.choice((0.0, number(10.0))), faults=faults,
        )  # fmt: skip
        found = made.op(rng.choice(biases)())  # type: ignore[arg-type]
    except (CircuitnnError, TypeError) as error:
        # only a TypeError of a wrong call in Python, before anything runs, is acceptable
        if isinstance(error, TypeError) and "argument" not in str(error):
            raise
        return
    if not (np.isfinite(found.output).all() and np.isfinite(found.cell_current).all()):
        raise AssertionError("an array's result is not finite")


def _run(folder: Path, content: bytes, rng: random.Random) -> None:
    """Run a deck as the command does, and check the files it leaves behind."""
    (folder / "deck.cir").write_bytes(content)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    words = rng.choice(
        (
            ["run", "deck.cir", "-q", "-o", "out.raw"],
            ["-b", "deck.cir", "-r", "out.raw"],
            ["check", "deck.cir"],
        )
    )
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.execute([*words, *LIMITS, "--max-time", rng.choice(TIMES), "--confine"])
    said = out.getvalue() + err.getvalue()
    if code not in (0, 1, 2, 130) and "quit" not in content.decode("latin-1"):
        raise AssertionError(f"exit code {code}")
    for wrong in ("Traceback", "please report", "root:x:"):
        if wrong in said:
            raise AssertionError(f"it says: {said[-500:]}")
    for path in folder.rglob("*"):
        if path.is_dir():
            continue
        if path in before:
            if path.read_bytes() != before[path]:
                raise AssertionError(f"{path.name} was written over")
        elif path.suffix not in SUFFIXES:
            raise AssertionError(f"{path.name} was written")
        elif path.suffix == ".raw":
            with contextlib.suppress(CircuitnnError):
                if not all(np.isfinite(result.data).all() for result in rawfile.read(path)):
                    raise AssertionError(f"{path.name} has numbers that are none")


KINDS: dict[str, Callable[[random.Random, Path], None]] = {
    "deck": deck, "rules": rules, "files": files, "control": control, "numbers": numbers, "raw": raw, "array": array,
}  # fmt: skip
_decks = seeds()
