"""What ngspice makes of a deck of digital parts, and the same here: every change of every net."""

import random
import re
import subprocess

from circuitnn import load


def theirs(deck, nets, folder, behaviour=""):
    """Times and values of each net in ngspice."""
    define = ["-D", f"ngbehavior={behaviour}"] if behaviour else []
    shown = "\n".join(f"eprint {' '.join(nets[k : k + 10])}" for k in range(0, len(nets), 10))
    text = deck.replace(".end\n", f".control\nrun\n{shown}\n.endc\n.end\n")
    (folder / "theirs.cir").write_text(text)
    said = subprocess.run(
        ["ngspice", *define, "-b", "theirs.cir"], cwd=folder, capture_output=True, text=True, check=False
    ).stdout
    found = {net: [] for net in nets}
    for k, part in enumerate(said.split("Results Data")[1:]):
        here = nets[10 * k : 10 * k + 10]
        for line in part.splitlines():
            words = line.split()
            if len(words) == len(here) + 1 and re.match(r"[\d.]+e", words[0]):
                for net, value in zip(here, words[1:], strict=True):
                    note(found[net], float(words[0]), value)
    return found


def note(history, time, value):
    """Keep a value if it is another one; of those at one time, the last."""
    if history and history[-1][0] == time:
        history.pop()
    if not history or history[-1][1] != value:
        history.append((time, value))


def ours(deck, folder, behaviour=""):
    """The same here."""
    option = f".options ngbehavior={behaviour}\n" if behaviour else ""
    (folder / "ours.cir").write_text(deck.replace(".end\n", f"{option}.end\n"))
    logic = load(folder / "ours.cir").run()[0].logic
    return {name: list(zip(s.times.tolist(), s.words, strict=True)) for name, s in logic.items()}


def assert_same(deck, nets, folder, within=1e-14, behaviour=""):
    expected, found = theirs(deck, nets, folder, behaviour), ours(deck, folder, behaviour)
    assert all(expected.values()), "ngspice gave nothing"
    for net in nets:
        assert [v for _, v in expected[net]] == [v for _, v in found[net]], net
        for (t0, _), (t1, _) in zip(expected[net], found[net], strict=True):
            assert abs(t0 - t1) <= within, net


class Deck:
    """A deck of parts that a file of random values drives."""

    def __init__(self, seed, words, folder, inputs=6, rows=100):
        draw, time, lines = random.Random(seed), 0.0, []
        now = [draw.choice(words) for _ in range(inputs)]
        for _ in range(rows):
            lines.append(f"{time:.12g} {' '.join(now)}")
            time += draw.choice((0.3e-9, 0.7e-9, 2e-9, 5e-9, 11e-9))
            now = [
                draw.choice(words) if draw.random() < (0.35 if k < 4 else 0.12) else word
                for k, word in enumerate(now)
            ]
        (folder / "values.txt").write_text("\n".join(lines) + "\n")
        names = " ".join(f"x{k}" for k in range(inputs))
        self.lines = ["random values", "v1 q 0 1", "r1 q 0 1", f"asource [ {names} ] source"]
        self.lines += ['.model source d_source(input_file="values.txt")', f".tran 1n {time + 2e-8:.6g}"]
        self.nets = []

    def add(self, ports, model, parameters, outputs=1):
        number = len(self.lines)
        nets = [f"n{number}{k}" for k in "ab"[:outputs]]
        self.lines += [f"a{number} {ports} {' '.join(nets)} m{number}"]
        self.lines += [f".model m{number} {model}({parameters})"]
        self.nets += nets

    def text(self):
        return "\n".join([*self.lines, ".end", ""])
