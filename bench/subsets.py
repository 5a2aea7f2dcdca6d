"""Random subsets of the parameters of ngspice's models in both simulators: currents, admittances, noise.

    python -m bench.subsets diode [bjt bsim4 …] [--count 200] [--seed 1] [--budget 1e-6]

Each subset is a card of its own with 3 to 12 parameters, an instance with parameters of its own, and a bias. One deck
has many of them, each once for each terminal that is driven. What differs is reduced to the parameters that it takes.
"""

from __future__ import annotations

import argparse
import random
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from bench import parameter_values
from bench.devices import DEVICES, Device
from bench.parameters import listed, ours, theirs
from circuitnn import Circuit
from circuitnn.contract.ngspice_run import NgspiceError
from circuitnn.errors import CircuitnnError
from circuitnn.models import lookup
from circuitnn.models.model import Model
from circuitnn.results.result import Result

PER_DECK = 20
SHARE = 1e-7  # of the largest number of a matrix, below which numbers need not agree
KINDS = ("current", "conductance", "capacitance", "noise")
LEAST = (1e-9, 1e-9, 1e-18)  # A, S, F: what rounding leaves is far below 1e-6 of it
MIRROR = frozenset("vto vth0 vt0 delvto".split())  # parameters whose sign a P channel turns
OPTIONS = ".options reltol=1e-10 abstol=1e-20 vntol=1e-13 gmin=1e-12"


@dataclass(frozen=True)
class Subset:
    """A device with random parameters.

    Parameters
    ----------
    device : Device
    keyword, of_card, of_instance : str, dicts
        Type on the card, parameters.
    volts : tuple of float
        Of the terminals.
    """

    device: Device
    keyword: str
    of_card: dict[str, float]
    of_instance: dict[str, float]
    volts: tuple[float, ...]

    def without(self, name: str) -> Subset:
        """The same without a parameter."""
        return replace(
            self,
            of_card={k: v for k, v in self.of_card.items() if k != name},
            of_instance={k: v for k, v in self.of_instance.items() if k != name},
        )

    def cards(self, k: int, driven: str) -> list[str]:
        """Sources and instance, one terminal driven."""
        d, tag = self.device, f"{k}_{driven}"
        lines = [
            f"v{node}{tag} {node}{tag} 0 {volt:.9g}{' ac 1' if node == driven else ''}"
            for node, volt in zip(d.terminals, self.volts, strict=True)
        ]
        words = _text({**_words(d.instance), **self.of_instance})
        return [*lines, f"{d.letter}{tag} {' '.join(n + tag for n in d.terminals)} m{k} {words}"]

    def model(self, k: int) -> str:
        """The model card."""
        keyword, _, words = self.device.card.partition(" ")
        given = {**_words(words), **self.of_card}
        sign = -1.0 if self.keyword != keyword and self.keyword[0] in "pv" else 1.0
        turned = {n: v * sign if n in MIRROR and isinstance(v, float) else v for n, v in given.items()}
        return f".model m{k} {self.keyword}({_text(turned)})"

    def __str__(self) -> str:
        shown = " ".join(f"{n}={v:g}" for n, v in self.of_card.items())
        return f"{self.keyword} {shown} | {' '.join(f'{n}={v:g}' for n, v in self.of_instance.items())} | {self.volts}"


def _words(text: str) -> dict[str, float | str]:
    pairs = (word.partition("=") for word in text.split())
    found: dict[str, float | str] = {}
    for name, _, value in pairs:
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = value
    return found


def _text(given: dict[str, float | str]) -> str:
    return " ".join(f"{name}={v:.9g}" if isinstance(v, float) else f"{name}={v}" for name, v in given.items())


def model_of(device: Device, given: dict[str, float]) -> type[Model]:
    """Our model of a device."""
    keyword, _, words = device.card.partition(" ")
    level = float({**_words(words), **given}.get("level", 1.0))
    found = lookup(device.letter, keyword, level)
    assert found is not None
    return found


def draw(rng: random.Random, device: Device) -> Subset:
    """A random subset of a device's parameters, its size, temperature and bias."""
    model = model_of(device, {})
    theirs_too = {n.name for n in listed(device.asked or device.kind)} | {"tnom", "temp", "dtemp", "m"}
    known = {p.name: p.default for p in (*model.parameters, *model.instance_parameters)}
    card = [p for p in model.parameters if p.name not in ("polarity", "version", "level")]
    instance = [p for p in model.instance_parameters if p.name not in ("ic", *device.fixed)]
    bins = [p for p in card if p.name[0] in "lwp" and p.name[1:] in known and len(p.name) > 2]
    plain = [p for p in card if p not in bins and p.name not in device.fixed]
    chosen = rng.sample(plain, min(len(plain), rng.randint(3, 12)))
    if bins and rng.random() < 0.3:
        chosen += rng.sample(bins, rng.randint(1, 4))
    of_card = {
        rng.choice(
            [n for n in (p.name, p.name, *p.aliases) if n in theirs_too] or [p.name]
        ): parameter_values.value(rng, p, model, known)
        for p in chosen
    }
    of_instance = {}
    for p in rng.sample(instance, min(len(instance), rng.choice((0, 0, 1, 2, 3)))):
        name = "m" if p.name == "multiplier" else p.name
        if name == "off":
            continue
        of_instance[name] = parameter_values.value(rng, p, model, known)
    if "temp" in of_instance and "dtemp" in of_instance:
        of_instance.pop("temp")
    keywords = [w for w in model.types() if w != "vdmos"] if device.both else [device.card.split()[0]]
    keyword = rng.choice(keywords)
    usual = device.card.split()[0]
    sign = -1.0 if keyword != usual and keyword[0] in "pv" and keyword != "vdmosn" else 1.0
    bias = rng.choice(device.biases)
    volts = tuple(
        round(sign * (v + rng.gauss(0.0, 0.05 + 0.1 * abs(v))), 4) if v or rng.random() < 0.5 else 0.0
        for v in bias
    )
    return Subset(device, keyword, of_card, of_instance, volts)


def deck(subsets: list[Subset], temperature: float, frequency: float, noise: bool = False) -> str:
    """All of them at the operating point, in small signals, or in noise."""
    lines = ["subsets"]
    for k, subset in enumerate(subsets):
        lines.append(subset.model(k))
        for driven in subset.device.terminals[:1] if noise else subset.device.terminals:
            lines += subset.cards(k, driven)
    lines.append(f"{OPTIONS} temp={temperature:g}")
    if not noise:
        # apart: the smallest conductance with which ngspice steps in one analysis is left in the next
        return "\n".join([*lines, f".ac lin 1 {frequency:g} {frequency:g}" if frequency else ".op", ".end"])
    first = subsets[0].device.terminals[
        0
    ]  # of which all currents flow through one chain of controlled sources
    chain = [f"h{k} o{k + 1} {f'o{k}' if k else '0'} v{first}{k}_{first} 1" for k in range(len(subsets))]
    out = f"o{len(subsets)}"
    return "\n".join([*lines, *chain, f".noise v({out}) v{first}0_{first} lin 2 1k 101k 1", ".end"])


def matrices(results: list[Result], subsets: list[Subset], frequency: float) -> np.ndarray:
    """Currents, conductances, capacitances; shape (subsets, 3, driven, terminals)."""
    names = subsets[0].device.terminals
    rows = [[[f"i(v{node}{k}_{driven})" for node in names] for driven in names] for k in range(len(subsets))]
    plots = {bool(np.iscomplexobj(r[rows[0][0][0]])): r for r in results}
    small = _numbers(plots[True], rows)
    parts = [_numbers(plots[False], rows), np.real(small), np.imag(small) / (2 * np.pi * frequency)]
    return np.stack(parts, axis=1)


def _numbers(plot: Result, rows: list[list[list[str]]]) -> np.ndarray:
    """First values of variables, in the shape of their names."""
    return np.array([[[np.ravel(plot[name])[0] for name in row] for row in block] for block in rows])


def noise_of(results: list[Result], count: int, letter: str) -> list[dict[str, np.ndarray]]:
    """Contribution of each source of each device, V/√Hz."""
    found = next(r for r in results if "onoise_spectrum" in r.names)
    made: list[dict[str, np.ndarray]] = [{} for _ in range(count)]
    for name in found.names:
        start, _, rest = name.removeprefix("onoise_" + letter).partition("_")
        if name.startswith("onoise_" + letter) and start.isdigit() and rest.partition("_")[2]:
            made[int(start)][rest.partition("_")[2]] = np.real(found[name])
    return made


def apart(mine: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Largest relative difference of each kind; shape (subsets, 3)."""
    size = np.maximum(np.abs(mine), np.abs(other))
    floor = SHARE * size.max(axis=(-1, -2), keepdims=True) + np.array(LEAST)[None, :, None, None]
    return (np.abs(mine - other) / (size + floor)).max(axis=(-1, -2))


def noises_apart(
    mine: dict[str, np.ndarray], other: dict[str, np.ndarray], wrong: tuple[str, ...]
) -> tuple[float, str]:
    """Largest relative difference of a source of noise, and its name."""
    worst = (0.0, "")
    largest = max((float(v.max()) for v in other.values()), default=0.0)
    for name in sorted(set(mine) & set(other)):
        if ("_" + name).endswith(wrong) and wrong:
            continue
        x, y = mine[name], other[name]
        worst = max(worst, (float((np.abs(x - y) / (np.maximum(x, y) + 1e-6 * largest + 1e-18)).max()), name))
    return worst


Compared = tuple[np.ndarray | None, str, tuple]


def compare(subsets: list[Subset], temperature: float, frequency: float) -> list[Compared]:
    """Differences of each kind of each subset, or what was said instead."""
    letter = subsets[0].device.letter
    text = deck(subsets, temperature, frequency)
    still = deck(subsets, temperature, 0.0)
    loud = deck(subsets, temperature, frequency, noise=True)
    try:
        other = (
            matrices([*theirs(still), *theirs(text)], subsets, frequency),
            noise_of(theirs(loud), len(subsets), letter),
        )
    except (NgspiceError, KeyError, StopIteration, ValueError, IndexError) as error:
        return _each(subsets, temperature, frequency, f"ngspice: {error}"[:150])
    try:
        mine = (
            matrices([*ours(still), *ours(text)], subsets, frequency),
            noise_of(ours(loud), len(subsets), letter),
        )
    except CircuitnnError as error:
        return _each(subsets, temperature, frequency, f"ours: {error}"[:300])
    found = apart(mine[0], other[0])
    made: list[Compared] = []
    for k, subset in enumerate(subsets):
        warm = {"temp", "dtemp"} & {
            *subset.of_instance,
            *subset.of_card,
        }  # of which ngspice's noise knows little
        noisy = (0.0, "") if warm else noises_apart(mine[1][k], other[1][k], subset.device.wrong)
        made.append(
            (np.array([*found[k], noisy[0]]), noisy[1], (mine[0][k], other[0][k], mine[1][k], other[1][k]))
        )
    return made


def currents_apart(subsets: list[Subset], temperature: float) -> np.ndarray:
    """Largest relative difference of the currents of each subset, of operating points alone; NaN where one fails."""
    text, names = deck(subsets, temperature, 0.0), subsets[0].device.terminals
    try:
        plots = [run(text)[0] for run in (ours, theirs)]
    except (NgspiceError, CircuitnnError, IndexError):
        if len(subsets) == 1:
            return np.array([np.nan])
        return np.concatenate([currents_apart([one], temperature) for one in subsets])
    rows = [[[f"i(v{node}{k}_{names[0]})" for node in names]] for k in range(len(subsets))]
    mine, other = (_numbers(plot, rows) for plot in plots)
    return apart(mine[:, None].repeat(3, axis=1), other[:, None].repeat(3, axis=1))[:, 0]


def _each(subsets: list[Subset], temperature: float, frequency: float, why: str) -> list[Compared]:
    if len(subsets) == 1:
        return [(None, why, ())]
    middle = len(subsets) // 2
    return [
        *compare(subsets[:middle], temperature, frequency),
        *compare(subsets[middle:], temperature, frequency),
    ]


def warned(subset: Subset, temperature: float, frequency: float) -> list[str]:
    """What we warn of."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with suppress(CircuitnnError):
            Circuit.from_text(deck([subset], temperature, frequency)).run()
    return [str(w.message) for w in said]


def slopes(subset: Subset, temperature: float, step: float = 2e-5) -> tuple[float, float]:
    """How far small signals at 1 Hz are from the slopes of ngspice's own operating points: ours, ngspice's."""
    ((found, _, more),) = compare([subset], temperature, 1.0)
    if found is None:
        return np.nan, np.nan
    n = len(subset.volts)
    shifted = [
        replace(subset, volts=tuple(v + sign * step * (i == j) for i, v in enumerate(subset.volts)))
        for j in range(n)
        for sign in (1, -1)
    ]
    result = theirs(deck(shifted, temperature, 0.0))[0]
    names = subset.device.terminals
    at = _numbers(result, [[[f"i(v{m}{k}_{names[0]})" for m in names] for k in range(2 * n)]])[0]
    slope = (at[::2] - at[1::2]) / (2 * step)
    scale = np.abs(slope).max()
    mine, other = (float(np.abs(each[1] - slope).max() / scale) for each in (more[0], more[1]))
    return mine, other


def reduced(subset: Subset, still: Callable[[Subset], bool]) -> Subset:
    """The least of the parameters with which a difference stays."""
    for name in [*subset.of_instance, *subset.of_card]:
        less = subset.without(name)
        if still(less):
            subset = less
    return subset


def main() -> int:
    """Draw, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("device", nargs="+", choices=sorted(DEVICES))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=1e-6)
    given = parser.parse_args()
    for kind in given.device:
        examine(DEVICES[kind], given)
    return 0


def examine(device: Device, given: argparse.Namespace) -> None:
    """Compare random subsets of one device."""
    outcomes: Counter[str] = Counter()
    worst, seen = np.zeros(4), Counter[str]()
    for first in range(0, given.count, PER_DECK):
        subsets, temperature, frequency = batch(device, given.seed, first, min(PER_DECK, given.count - first))
        for subset, (found, name, _) in zip(subsets, compare(subsets, temperature, frequency), strict=True):
            if found is None:
                outcomes[name.partition(":")[0] + " fails"] += 1
                key = name[:60]
                text = f"{device.kind} {name}\n    {subset}"
            else:
                worst = np.fmax(worst, found)
                differs = bool((found > given.budget).any())
                outcomes["differ" if differs else "agree"] += 1
                if not differs:
                    continue
                key, text = explained(subset, temperature, frequency, given.budget, found)
            seen[key] += 1
            if seen[key] == 1:
                print(text, flush=True)
    numbers = " ".join(f"{k} {x:.1e}" for k, x in zip(KINDS, worst, strict=True))
    print(device.kind, dict(outcomes), "worst", numbers)
    for key, n in seen.most_common(25):
        print(f"    {n} × {key}")


def batch(device: Device, seed: int, first: int, count: int) -> tuple[list[Subset], float, float]:
    """Subsets of a seed, their temperature and frequency."""
    rng = random.Random(f"{device.kind} {seed} {first}")
    temperature, frequency = round(rng.uniform(-30.0, 120.0), 1), 10.0 ** rng.randint(4, 9)
    return [draw(rng, device) for _ in range(count)], temperature, frequency


def explained(
    subset: Subset, temperature: float, frequency: float, budget: float, found: np.ndarray
) -> tuple[str, str]:
    """Kind and parameters of a difference, and a description of it."""
    which = int(np.argmax(found))

    def still(less: Subset) -> bool:
        ((again, _, _),) = compare([less], temperature, frequency)
        return again is not None and bool(again[which] > budget)

    least = reduced(subset, still)
    ((again, name, _),) = compare([least], temperature, frequency)
    numbers = " ".join(f"{x:.1e}" for x in (found if again is None else again))
    where = f"{subset.device.kind} at {temperature:g} °C, {frequency:g} Hz"
    lines = [f"{where}: {KINDS[which]} [{numbers}] {name}: {least}"]
    if which in (1, 2):
        ours_, theirs_ = slopes(least, temperature)
        lines.append(f"    from slopes of ngspice's own currents: ours {ours_:.1e}, ngspice's {theirs_:.1e}")
    lines += [f"    warned: {text[:200]}" for text in warned(least, temperature, frequency)]
    return f"{KINDS[which]} {sorted((*least.of_card, *least.of_instance))}", "\n".join(lines)


if __name__ == "__main__":
    main()
