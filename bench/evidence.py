"""Rules that show, where results differ, by ngspice itself that its number is not better than ours.

Each rule runs ngspice on the deck once more with one change. It explains the vectors for which the following holds:

    tightened   with tighter tolerances ngspice comes to our number
    started     from our operating point, and with tighter tolerances, ngspice stays there: it solves its equations
    converged   with tighter tolerances both come to one number, to which ours is nearer
    rested      ngspice's own transient leaves its operating point and comes to rest at ours
    slopes      our phasor at 1 mHz is the difference quotient of ngspice's own operating points, ngspice's is not; if
                these differ or it finds none, of the points at which its transients come to rest
    thickened   with resistors below 1 µOhm raised to 0.1 mOhm and to 1 mOhm it comes to our number: it lost currents of
                the small ones, so that more flows into a part than out of it
    rewritten   with tables, smooth switches and areas written by their laws (`bench.defining_laws`) it comes to our
                number
    gmin        a smaller gmin moves ngspice's number by as much as ours is away: nothing else holds that node
"""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from bench.defining_laws import rewritten as by_laws
from bench.defining_laws import thickened as with_thicker
from bench.simulator_runs import Plots, apart, commands, differing, simulate

TOLERANCES = ("reltol=1e-7 vntol=1e-10 abstol=1e-15", "reltol=1e-9 vntol=1e-12 abstol=1e-16")
EXACT = "reltol=1e-11 vntol=1e-13 abstol=1e-18"
MANY = "itl1=5000 itl2=5000"
STEPS = 1e-5, 1e-3  # V or A, steps of a source's dc value for difference quotients
RESTS = "1u 100u", "10m 1"  # transients, the second half of which is at rest
THICKER = 1e-4, 1e-3  # Ohm, in place of less than 1 µOhm
NEARER = 5.0  # how many times our phasor must be nearer to the quotient
_SOURCE = re.compile(r"(?im)^(?P<head>[vi]\S* \S+ \S+ dc )(?P<dc>[-+.\de]+)(?P<rest> ac 1\s*)$")
_INCLUDE = re.compile(r"(?im)^(?P<word>\s*\.(?:include|inc|lib)\s+)[\"']?(?P<path>[^\"'\s]+)[\"']?")

Key = tuple[str, str]  # plot, vector
Vectors = dict[str, np.ndarray]


@dataclass
class Difference:
    """A deck that two simulators see differently.

    Parameters
    ----------
    deck : Path
    behaviour : str
        ngspice's dialect.
    timeout : float
        Processor time of a run. [s]
    theirs, ours : Plots
    lawful : bool
        Whether ngspice gets the deck with its elements written by their laws.
    """

    deck: Path
    behaviour: str
    timeout: float
    theirs: Plots
    ours: Plots
    lawful: bool = False

    @cached_property
    def text(self) -> str:
        """The deck that ngspice gets, up to ``.end``."""
        return by_laws(self.source) if self.lawful else self.source

    @cached_property
    def source(self) -> str:
        """The deck as it is, its relative paths made absolute, up to ``.end``."""
        text = self.deck.read_bytes().decode("latin-1")

        def absolute(found: re.Match[str]) -> str:
            path = self.deck.parent / found["path"]
            return f'{found["word"]}"{path.resolve()}"' if path.exists() else found[0]

        return re.split(r"(?im)^\s*\.end\s*$", _INCLUDE.sub(absolute, text))[0]

    def again(self, more: str = "", text: str = "") -> Plots:
        """Run ngspice on the deck with additional cards, or on another text."""
        with tempfile.TemporaryDirectory() as folder:
            changed = Path(folder, "deck.cir")
            changed.write_text(f"{text or self.text}\n{more}\n.end\n", encoding="latin-1")
            return simulate(commands(self.behaviour)[0], changed, self.timeout).plots


def _agreeing(found: Plots, difference: Difference, keys: set[Key]) -> set[Key]:
    """The vectors that agree with ours in another run, if that run has the same plots."""
    return {
        (plot, name)
        for plot, name in keys
        if name in found.get(plot, {}) and apart(name, found[plot][name], difference.ours[plot][name]) <= 1.0
    }


def tightened(difference: Difference, keys: set[Key]) -> set[Key]:
    """With tighter tolerances ngspice comes to our number."""
    return set().union(
        *(_agreeing(difference.again(f".options {t} {MANY}"), difference, keys) for t in TOLERANCES)
    )


def started(difference: Difference, keys: set[Key]) -> set[Key]:
    """ngspice stays at our operating point: all of it must then agree with ours."""
    given = _nodesets(difference)
    for tolerances in TOLERANCES:
        found = difference.again(f"{given}\n.options {tolerances} {MANY}")
        if "op" in found and not differing({"op": found["op"]}, difference.ours):
            return _agreeing(found, difference, keys)
    return set()


def _nodesets(difference: Difference) -> str:
    """Cards with our operating point."""
    point = difference.ours.get("op", {})
    return "\n".join(
        f".nodeset {name}={float(np.ravel(value)[0])!r}"
        for name, value in point.items()
        if name.startswith("v(") and "#" not in name and name in difference.theirs.get("op", {})
    )


def converged(difference: Difference, keys: set[Key]) -> set[Key]:
    """With tighter tolerances both simulators come to one number, to which ours is nearer than ngspice's."""
    explained: set[Key] = set()
    for tolerances in TOLERANCES:
        more = f".options {tolerances} {MANY}"
        theirs, ours = difference.again(more), _ours(difference, f"{difference.source}\n{more}")
        for plot, name in keys - explained:
            if name in theirs.get(plot, {}) and name in ours.get(plot, {}):
                limit, usual = theirs[plot][name], (difference.ours, difference.theirs)
                near, far = (apart(name, of[plot][name], limit) for of in usual)
                if near < far and apart(name, ours[plot][name], limit) <= 1.0:
                    explained.add((plot, name))
    return explained


def rested(difference: Difference, keys: set[Key]) -> set[Key]:
    """In a transient with constant sources ngspice comes to rest at our operating point."""
    still, explained = _without_analyses(difference.text), set[Key]()
    for times in RESTS:
        left = {(plot, name) for plot, name in keys - explained if plot == "op"}
        found = difference.again(f".tran {times}", still).get("tran", {}) if left else {}
        explained |= {
            (plot, n) for plot, n in left if n in found and _rests(n, found, difference.ours[plot][n])
        }
    return explained


def _rests(name: str, found: Vectors, ours: np.ndarray) -> bool:
    """Whether the second half of a transient of ngspice is our number."""
    late = found[name][found["time"] >= 0.5 * found["time"][-1]]
    return len(late) > 1 and all(apart(name, x.reshape(ours.shape), ours) <= 1.0 for x in late)


def slopes(difference: Difference, keys: set[Key]) -> set[Key]:
    """ngspice's phasors are not the slopes of its own operating points, and ours are."""
    sources = [
        m for m in _SOURCE.finditer(difference.text) if float(m["dc"] != "") and m["rest"].split()[1] == "1"
    ]
    if len(sources) != 1 or not any(plot == "ac" for plot, _ in keys):
        return set()
    slow, ours_slow = (
        re.sub(r"(?im)^\.ac .*$", ".ac lin 1 1m 1m", text) for text in (difference.text, difference.source)
    )
    theirs = difference.again(text=slow).get("ac", {})
    ours = _ours(difference, ours_slow).get("ac", {})
    moved = any(plot == "op" for plot, _ in differing(difference.theirs, difference.ours))
    moved = moved or not _solved(difference, difference.text)
    explained: set[Key] = set()
    for points_of, step in itertools.product((_solved, _at_rest) if moved else (_solved,), STEPS):
        if left := {key for key in keys - explained if key[0] == "ac"}:
            points = _beside(difference, sources[0], step, points_of)
            explained |= {(plot, n) for plot, n in left if _is_slope(n, points, step, theirs, ours)}
    return explained


def _is_slope(name: str, points: list[Vectors], step: float, theirs: Vectors, ours: Vectors) -> bool:
    """Whether our phasor is the difference quotient of ngspice's operating points, and ngspice's is not."""
    if not all(name in of for of in (*points, theirs, ours)):
        return False
    quotient = np.ravel(points[0][name] - points[1][name])[:1] / (2.0 * step)
    wrong, right = (apart(name, np.real(np.ravel(of[name])[:1]), quotient) for of in (theirs, ours))
    return right <= 1.0 and wrong > max(0.2, NEARER * right)


def _beside(
    difference: Difference,
    source: re.Match[str],
    step: float,
    points_of: Callable[[Difference, str], Vectors],
) -> list[Vectors]:
    """ngspice's operating points with a source slightly higher and lower."""
    changed = (float(source["dc"]) + change for change in (step, -step))
    texts = (difference.text.replace(source[0], f"{source['head']}{dc!r}{source['rest']}") for dc in changed)
    return [points_of(difference, text) for text in texts]


def _solved(difference: Difference, text: str) -> Vectors:
    """ngspice's operating point of a text, as accurately as it can."""
    still = re.sub(r"(?im)^\.ac .*$", "", text)
    runs = (difference.again(f".options {t} {MANY}", still) for t in (EXACT, TOLERANCES[1]))
    return next((plots["op"] for plots in runs if "op" in plots), {})


def _at_rest(difference: Difference, text: str) -> Vectors:
    """The end of ngspice's transient of a text."""
    found = difference.again(f".tran {RESTS[0]}", _without_analyses(text)).get("tran", {})
    return {name: x[-1] for name, x in found.items()}


def _without_analyses(text: str) -> str:
    return re.sub(r"(?im)^\.(?:op|ac|dc|tran)\b.*$", "", text)


def _ours(difference: Difference, text: str) -> Plots:
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder, "deck.cir")
        changed.write_text(f"{text}\n.end\n", encoding="latin-1")
        return simulate(commands(difference.behaviour)[1], changed, difference.timeout).plots


def thickened(difference: Difference, keys: set[Key]) -> set[Key]:
    """Two larger resistances in place of the smallest ones both give our number, so that none at all would, too."""
    try:
        texts = [with_thicker(difference.text, resistance) for resistance in THICKER]
    except OSError:
        return set()
    return set.intersection(*(_agreeing(difference.again(text=text), difference, keys) for text in texts))


def rewritten(difference: Difference, keys: set[Key]) -> set[Key]:
    """Written by the laws of its elements, the deck gives our number; from our operating point if need be."""
    explained: set[Key] = set()
    for more in ("", _nodesets(difference)):
        explained |= _agreeing(_by_laws(difference, more), difference, keys - explained)
    return explained


def _by_laws(difference: Difference, more: str = "") -> Plots:
    """What ngspice makes of the deck by its laws; nothing if that cannot be written."""
    try:
        text = by_laws(difference.source)
    except (OSError, IndexError):
        return {}
    found = difference.again(more, text)
    return {plot: {_element(name): v for name, v in vectors.items()} for plot, vectors in found.items()}


def _element(name: str) -> str:
    """Name of a current before its source was rewritten as a behavioural one."""
    return re.sub(r"^i\(b\.((?:.*\.)?)b([a-z])", r"i(\2.\1\2", name)


def gmin(difference: Difference, keys: set[Key]) -> set[Key]:
    """Only gmin determines the compared value, in the deck or in the rewritten one."""
    texts = [difference.text]
    with suppress(OSError, IndexError):
        texts.append(by_laws(difference.text))
    explained: set[Key] = set()
    for text in texts:
        usual, less = (difference.again(f".options gmin={value}", text) for value in ("1e-12", "1e-13"))
        for plot, name in keys - explained:
            if name in usual.get(plot, {}) and name in less.get(plot, {}):
                moved = apart(name, less[plot][name], usual[plot][name])
                if moved >= 0.5 * apart(name, difference.ours[plot][name], usual[plot][name]):
                    explained.add((plot, name))
    return explained


RULES: dict[str, Callable[[Difference, set[Key]], set[Key]]] = {
    "rested": rested,
    "slopes": slopes,
    "tightened": tightened,
    "started": started,
    "converged": converged,
    "thickened": thickened,
    "rewritten": rewritten,
    "gmin": gmin,
}


def explain(difference: Difference) -> tuple[list[str], set[Key]]:
    """Rules that explain a difference, and the vectors that none of them explains.

    What is left may have two causes. The rules are then tried on the deck by its laws, too.
    """
    used, left = _explain(difference, set(differing(difference.theirs, difference.ours)))
    if left and (theirs := _by_laws(difference)):
        lawful = replace(difference, theirs=theirs, lawful=True)
        more, left = _explain(lawful, left)
        used += [f"{name} by laws" for name in more]
    return used, left


def _explain(difference: Difference, left: set[Key]) -> tuple[list[str], set[Key]]:
    used = []
    for name, rule in RULES.items():
        explained = rule(difference, left) if left else set()
        if explained:
            used.append(name)
            left = left - explained
    return used, left
