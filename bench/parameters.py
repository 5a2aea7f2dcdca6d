"""Change each parameter of a device by itself in both simulators: which are dropped, which act differently.

    python -m bench.parameters bsim3 [bsim4 vbic …] [--only vth0,k1] [--all]

ngspice lists its parameters itself (``devhelp``). Each of them is given a value that visibly changes ngspice's terminal
currents, admittances or noise at one of a few bias points; then both simulators are compared with and without it.
Verdicts:

    refused     an error here
    dropped     moves ngspice's numbers, but none here, and no warning names it
    warned      the same, but a warning says so
    other       moves numbers to other values than ngspice's
    moves       moves numbers here, but none of ngspice's

The temperature is not the nominal one, so that temperature coefficients act.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import numpy as np

from bench.devices import DEVICES, Device
from circuitnn import Circuit
from circuitnn.contract import ngspice_run
from circuitnn.contract.ngspice_run import NgspiceError
from circuitnn.errors import CircuitnnError
from circuitnn.results.result import Result

FREQUENCY = 1e8  # Hz, at which conductances and susceptances both count
TIMEOUT = 3.0  # s, for ngspice with a value that it cannot handle
VISIBLE = 1e-5  # least change of the largest number of a kind that counts as an effect
AGREE = 1e-4
CLASSES = ("agree", "without effect", "warned", "refused", "dropped", "other", "moves")
SELECTORS = re.compile(r"mod$|^acm$|^calcacm$|^geo$|^binunit$|^subs$|^off$|^min$|selftemp|^sw_|^igcmod|flag$")
SKIPPED = frozenset(
    "level version type nmos pmos npn pnp njf pjf vdmosn vdmosp ic paramchk temp dtemp m".split()
)


@dataclass(frozen=True)
class Named:
    """A parameter: its name, and whether an instance has it."""

    name: str
    of_instance: bool


@cache
def listed(kind: str) -> list[Named]:
    """Ask ngspice for the parameters of a device that a deck may set."""
    text = f"t\nv1 a 0 1\n.control\ndevhelp -csv {kind}\nquit\n.endc\n.end\n"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["ngspice", "-n", "-b"], input=text, cwd=folder, capture_output=True, text=True, check=False
        )
    found, of_instance = [], False
    for line in done.stdout.splitlines():
        if line.startswith(("Model Par", "Instance Par")):
            of_instance = line.startswith("Inst")
        row = [word.strip() for word in line.split(",")]
        if len(row) >= 4 and row[0].isdigit() and row[2] in ("in", "inout") and row[1] not in SKIPPED:
            found.append(Named(row[1], of_instance))
    return list(dict.fromkeys(found))


def deck(device: Device, given: list[tuple[Named, float] | None], noise: bool = False) -> str:
    """Write a deck: for each change, the device at each bias point, once for each terminal that is driven."""
    lines = ["one parameter at a time"]
    for k, change in enumerate(given):
        of_model = of_instance = ""
        if change is not None:
            word = f"{change[0].name}={change[1]:.6g}"
            of_instance, of_model = (word, "") if change[0].of_instance else ("", word)
        lines.append(f".model m{k} {_without(device.card, of_model)} {of_model}")
        for b, voltages in enumerate(device.biases[:1] if noise else device.biases):
            for driven in device.terminals[:1] if noise else device.terminals:
                tag = f"{k}_{b}_{driven}"
                for node, voltage in zip(device.terminals, voltages, strict=True):
                    small = " ac 1" if node == driven else ""
                    lines.append(f"v{node}{tag} {node}{tag} 0 {voltage:g}{small}")
                nodes = " ".join(node + tag for node in device.terminals)
                words = _without(device.instance, of_instance)
                lines.append(f"{device.letter}{tag} {nodes} m{k} {words} {of_instance}")
    lines.append(".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15 temp=60")
    if noise:
        first = device.terminals[0]
        lines += [f"h1 out 0 v{first}0_0_{first} 1", f".noise v(out) v{first}0_0_{first} dec 1 10 1meg"]
    else:
        lines += [".op", f".ac lin 1 {FREQUENCY:g} {FREQUENCY:g}"]
    return "\n".join([*lines, ".end"])


def _without(words: str, change: str) -> str:
    """Words without those that a change replaces."""
    name = change.partition("=")[0]
    return " ".join(w for w in words.split() if not name or w.partition("=")[0] != name)


def numbers(results: list[Result], device: Device, count: int) -> np.ndarray:
    """Currents, conductances and susceptances; shape (changes, 3, bias points, driven, terminals)."""
    shape = (count, len(device.biases), len(device.terminals), len(device.terminals))
    rows = [
        f"i(v{node}{k}_{b}_{driven})"
        for k in range(count)
        for b in range(shape[1])
        for driven in device.terminals
        for node in device.terminals
    ]
    plots = {bool(np.iscomplexobj(r[rows[0]])): r for r in results}
    op, ac = ([np.ravel(plots[c][row])[0] for row in rows] for c in (False, True))
    return np.stack([np.reshape(part, shape) for part in (op, np.real(ac), np.imag(ac))], axis=1)


def change_of(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Largest difference of each kind at each bias point, over the largest number; `a` without its last two axes."""
    scale = np.maximum(np.abs(a), np.abs(b)).max(axis=(-1, -2))
    return np.abs(a - b).max(axis=(-1, -2)) / (scale + np.array([1e-8, 1e-12, 1e-9])[:, None])


def theirs(text: str) -> list[Result]:
    """Run a deck in ngspice."""
    return ngspice_run.run(text, TIMEOUT)


def ours(text: str) -> list[Result]:
    """Run a deck here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Circuit.from_text(text).run()


def candidates(device: Device, named: Named) -> list[float]:
    """Values to try: near the default if ngspice has one, otherwise of all magnitudes."""
    if SELECTORS.search(named.name):
        return [0.0, 1.0, 2.0, 3.0]
    usual = _asked(device, named)
    if usual and abs(usual) < 1e20:
        return [usual * 1.1, usual * 0.8, usual * 1.5]
    return [
        sign * 10.0**k for sign in (1.0, -1.0) for k in (-18, -15, -12, -10, -8, -6, -4, -3, -2, -1, 0, 1, 2)
    ]


def _asked(device: Device, named: Named) -> float:
    """Default value of a parameter; 0 if ngspice does not report one."""
    lines = deck(device, [None]).splitlines()[:-3]
    what = f"@{device.letter}0_0_{device.terminals[0]}" if named.of_instance else "@m0"
    control = [".control", "set numdgt=9", "op", f"print {what}[{named.name}]", "quit", ".endc", ".end"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["ngspice", "-n", "-b"],
            input="\n".join([*lines, *control]),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"^@\S+ = (\S+)", done.stdout, re.MULTILINE)
    return float(found[1]) if found else 0.0


Noise = dict[str, np.ndarray]


def spectrum(results: list[Result]) -> Noise:
    """Output noise over frequency of each noise source."""
    found = next(r for r in results if "onoise_spectrum" in r.names)
    names = [n for n in found.names if n.startswith("onoise_") and n != "onoise_spectrum"]
    return {n: np.real(found[n]) for n in names if not any(other.startswith(n + "_") for other in names)}


def noises_apart(a: Noise, b: Noise, wrong: tuple[str, ...]) -> float:
    """Largest difference of the contribution of a common noise source, over the largest one at that frequency."""
    both = sorted(name for name in set(a) & set(b) if not name.endswith(wrong))
    if not both:
        return 0.0
    x, y = (np.array([each[name] for name in both]) for each in (a, b))
    return float((np.abs(x - y) / np.maximum(np.maximum(x, y).max(axis=0), 1e-40)).max())


@dataclass(frozen=True)
class Finding:
    """Verdict on a parameter."""

    verdict: str
    named: Named
    value: float
    note: str

    def __str__(self) -> str:
        where = "instance" if self.named.of_instance else "model"
        return f"{self.verdict:14} {where:8} {self.named.name}={self.value:g}: {self.note}"


def _answers(
    run: Callable[[str], list[Result]], device: Device, named: Named, value: float
) -> tuple[np.ndarray, list[Noise]]:
    """Numbers and noise without and with a value."""
    changes = [None, (named, value)]
    return numbers(run(deck(device, changes)), device, 2), [
        spectrum(run(deck(device, [change], noise=True))) for change in changes
    ]


def _warned(device: Device, named: Named, value: float) -> bool:
    """Whether one of our warnings names a parameter."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        Circuit.from_text(deck(device, [(named, value)])).run()
    return any(re.search(rf"\b{re.escape(named.name)}\b", str(w.message)) for w in said)


def _moved(device: Device, found: np.ndarray, noise: list[Noise]) -> float:
    return max(float(change_of(found[0], found[1]).max()), noises_apart(noise[0], noise[1], device.wrong))


def _effects(device: Device, named: Named, values: list[float]) -> dict[float, float]:
    """Effects of values on ngspice's currents and admittances; values that it cannot handle are missing."""
    try:
        found = numbers(theirs(deck(device, [None, *((named, v) for v in values)])), device, 1 + len(values))
    except (NgspiceError, KeyError, StopIteration, ValueError):
        if len(values) == 1:
            return {}
        return {k: e for v in values for k, e in _effects(device, named, [v]).items()}
    moved = [float(change_of(found[0], each).max()) for each in found[1:]]
    return {v: m for v, m in zip(values, moved, strict=True) if np.isfinite(m)}


def telling(device: Device, named: Named) -> float:
    """A value that visibly changes ngspice's results, but not all of them, if there is one; otherwise NaN."""
    effects = _effects(device, named, candidates(device, named))
    usable = [v for v, moved in effects.items() if 10.0 * VISIBLE < moved < 0.5]
    if usable:
        return usable[0]
    strongest = max(effects, key=lambda v: effects[v], default=np.nan)
    if not effects or effects[strongest] > VISIBLE:
        return strongest
    for value in effects:
        with suppress(NgspiceError, StopIteration):
            if _moved(device, *_answers(theirs, device, named, value)) > 10.0 * VISIBLE:
                return value
    return strongest


def examine(device: Device, named: Named) -> Finding:
    """Find a value that acts, and compare."""
    value = telling(device, named)
    if np.isnan(value):
        return Finding("without effect", named, value, "ngspice fails with every value")
    try:
        found, noise = _answers(theirs, device, named, value)
        mine, my_noise = _answers(ours, device, named, value)
    except NgspiceError as error:
        return Finding("without effect", named, value, str(error)[:120])
    except CircuitnnError as error:
        return Finding("refused", named, value, str(error).splitlines()[0][:120])
    moved, here = _moved(device, found, noise), _moved(device, mine, my_noise)
    apart = change_of(found[1], mine[1]).max(axis=1)
    kinds = dict(zip(("current", "conductance", "capacitance"), apart, strict=True))
    kinds["noise"] = noises_apart(noise[1], my_noise[1], device.wrong)
    worst = max(kinds, key=lambda kind: kinds[kind])
    note = f"moves ngspice by {moved:.2g}, ours by {here:.2g}; apart by {kinds[worst]:.2g} ({worst})"
    if moved < VISIBLE:
        return Finding("moves" if here > 10 * VISIBLE else "without effect", named, value, note)
    if here < 1e-3 * moved:
        return Finding("warned" if _warned(device, named, value) else "dropped", named, value, note)
    return Finding("agree" if kinds[worst] < AGREE else "other", named, value, note)


def main() -> None:
    """Examine and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("device", nargs="+", choices=sorted(DEVICES))
    parser.add_argument("--only", default="", help="names of parameters, with commas")
    parser.add_argument("--all", action="store_true", help="list what agrees, too")
    given = parser.parse_args()
    for kind in given.device:
        device = DEVICES[kind]
        wanted = [n for n in listed(kind) if not given.only or n.name in given.only.split(",")]
        counts = dict.fromkeys(CLASSES, 0)
        for named in wanted:
            found = examine(device, named)
            counts[found.verdict] += 1
            if given.all or found.verdict in CLASSES[3:]:
                print(kind, found, flush=True)
        print(kind, ", ".join(f"{count} {name}" for name, count in counts.items()), flush=True)


if __name__ == "__main__":
    main()
