"""Circuits in which vendors' parts do what they are made for: followers, switches, regulators at start-up, timers.

Each family says which parts belong to it, which roles their terminals have, and which circuit surrounds them. The
order of terminals comes from the comments beside the part (``* Connections: Non-inverting input | Inverting …``) or
from the names of its ports, else from the family's usual order. A part that is connected in another order is a valid
circuit for a comparison all the same, if a strange one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.vendor import SUFFIXES, Part, parts_of

HEADER = 24  # lines before a part's card that may describe it


@dataclass(frozen=True)
class Family:
    """Parts of one kind.

    Parameters
    ----------
    roles : dict
        Roles of the terminals in their usual order, each with a pattern of the words that name it.
    known : str
        Pattern that a part's name, file or description matches.
    others : str
        Pattern that these must not match.
    build : callable
        Writes the cards around ``{role: node}``, up to the analysis.
    kind : str
        ``x`` for subcircuits, else the type of the model.
    """

    roles: dict[str, str]
    known: str
    others: str
    build: Callable[[random.Random], str]
    kind: str = "x"


def _follower(draw: random.Random) -> str:
    supply, level = draw.choice((5, 12, 15)), draw.choice((0.05, 0.5, 1, 2))
    return f"""vp vp 0 {supply}
vn vn 0 {-supply}
vin src 0 pulse({-level} {level} 5u 10n 10n 20u 40u)
rs src inp {draw.choice((100, 1e3, 2.2e3, 10e3, 47e3)):g}
rf out inn {draw.choice((100, 1e3, 4.7e3, 22e3, 100e3)):g}
rl out 0 {draw.choice((2e3, 10e3)):g}
cl out 0 {draw.choice((10e-12, 100e-12)):g}
.tran 2e-8 5e-5"""


def _comparator(draw: random.Random) -> str:
    supply, low = draw.choice((5, 12, 15)), draw.choice((0, -5))
    return f"""vp vp 0 {supply}
vn vn 0 {low}
vin src 0 pulse(0.5 1.5 2u 8u 8u 1u 18u)
rs src inp {draw.choice((100, 1e3, 10e3)):g}
vref ref 0 {draw.choice((0.9, 1.0, 1.2))}
rr ref inn {draw.choice((100, 4.7e3)):g}
ru vp out {draw.choice((1e3, 3.3e3)):g}
cl out 0 20p
rg gnd 0 1m
.tran 2e-8 4e-5"""


def _regulator(draw: random.Random) -> str:
    return f"""vin src 0 pulse(0 {draw.choice((12, 20, 25))} 10u 100u 100u 2m 5m)
rs src in 50m
cin in 0 1u
rg gnd 0 {draw.choice(("1m", "120"))}
co out esr {draw.choice((1e-6, 10e-6)):g}
re esr 0 0.2
rl out 0 {draw.choice((240, 1e3)):g}
il out 0 pulse(0 {draw.choice((10e-3, 50e-3)):g} 600u 1u 1u 200u 1m)
.tran 1e-6 1e-3"""


def _reference(draw: random.Random) -> str:
    return f"""vin src 0 pulse(0 {draw.choice((9, 12))} 10u 50u 50u 1m 2m)
rs src cathode {draw.choice((470, 1e3, 2.2e3)):g}
r1 cathode ref {draw.choice((1, 10e3)):g}
r2 ref 0 10k
ra anode 0 1m
co cathode 0 {draw.choice((10e-12, 10e-9)):g}
il cathode 0 pulse(0 1m 300u 100n 100n 100u 1m)
.tran 5e-7 5e-4"""


def _switch(draw: random.Random) -> str:
    supply = draw.choice((12, 24, 48))
    return f"""vdd vdd 0 {supply}
lload vdd mid {draw.choice((1e-6, 10e-6)):g}
rload mid drain {draw.choice((10, 33, 100))}
dfree drain vdd free
.model free d(is=1e-12 rs=10m cjo=50p tt=10n)
vg gg 0 pulse(0 {draw.choice((8, 10, 12))} 1u 20n 20n 5u 10u)
rg gg gate {draw.choice((4.7, 10, 47))}
rsrc source 0 10m
.tran 1e-8 2e-5"""


def _opto(draw: random.Random) -> str:
    return f"""vin src 0 pulse(0 5 5u 100n 100n 50u 100u)
rs src anode {draw.choice((220, 390, 1000))}
rk cathode 0 1m
vcc vcc 0 5
rc vcc collector {draw.choice((1e3, 4.7e3)):g}
re emitter 0 1m
rb base 0 {draw.choice((1e6, 10e6)):g}
.tran 1e-7 2e-4"""


def _timer(draw: random.Random) -> str:
    return f"""vcc vcc 0 pulse(0 {draw.choice((5, 9, 12))} 1u 1u 1u 1 2)
rg gnd 0 1m
rr reset vcc 1
ra vcc dis {draw.choice((1e3, 10e3)):g}
rb dis thr {draw.choice((4.7e3, 10e3)):g}
rt thr trig 1m
ct thr 0 {draw.choice((1e-9, 10e-9)):g}
cc ctrl 0 10n
rl out 0 2k
.tran 5e-7 5e-4"""


def _driver(draw: random.Random) -> str:
    return f"""vcc vcc 0 12
rg gnd 0 1m
vin src 0 pulse(0 {draw.choice((5, 12))} 1u 10n 10n 2u 5u)
rs src in 50
ro out gate {draw.choice((1, 4.7))}
cg gate 0 {draw.choice((1e-9, 4.7e-9)):g}
.tran 5e-9 1e-5"""


def _thyristor(draw: random.Random) -> str:
    return f"""vac src 0 sin(0 {draw.choice((24, 100))} 1k)
rl src anode {draw.choice((10, 47, 100))}
vg gg 0 pulse(0 5 {draw.choice((100e-6, 200e-6)):g} 1u 1u 20u 500u)
rg gg gate {draw.choice((47, 100))}
rk cathode 0 1m
.tran 1e-6 2e-3"""


_SWITCHED = {"drain": r"\bdrain\b|\bd\b", "gate": r"\bgate\b|\bg\b", "source": r"\bsource\b|\bs\b"}
_AMPLIFIER = {
    "inp": r"non-? ?inverting|\bin\+|\+ ?in\b|\binp\b",
    "inn": r"(?<!non)(?<!non-)(?<!non )inverting|\bin-|-in\b|\binn\b|\binm\b",
    "vp": r"positive|\bv\+|\+v\b|v \(\+\)|\bvcc\b|\bvdd\b",
    "vn": r"negative|\bv-|-v\b|v \(-\)|\bvee\b|\bvss\b",
    "out": r"output|\bout\b",
}
FAMILIES = {
    "opamp": Family(
        _AMPLIFIER,
        r"non-? ?inverting|op[ -]?amp|operational|lin_tech|ampliop",
        r"comparator|instrumentation",
        _follower,
    ),
    "comparator": Family(_AMPLIFIER, r"comparator|ticomp", r"(?!)", _comparator),
    "regulator": Family(
        {"in": r"\bin\b|input|\bvin\b", "gnd": r"\bv?gnd\b|ground|\badj\b|common", "out": r"out"},
        r"regulator|lm78|78[lm]?\d\d|lm3[13]7|lm29[34]|lt10[38]\d|lt1[15]\d\d",
        r"diode|current|amp",
        _regulator,
    ),
    "reference": Family(
        {"ref": r"\bref|adj", "anode": r"\banode|gnd|\bneg", "cathode": r"\b[ck]athode|out"},
        r"tl431|tlv431|shunt reg",
        r"(?!)",
        _reference,
    ),
    "vdmos": Family(_SWITCHED, r"", r"pchan", _switch, kind="vdmos"),
    "mosfet": Family(
        _SWITCHED,
        r"mosfet|powmos|\birf|_ir\b|nmos|optimos|coolmos|harp|drain",
        r"jfet|\bp-?ch|pmos|thyr|triac|bjt",
        _switch,
    ),
    "igbt": Family(
        {
            "drain": r"collector|\bc\b",
            "gate": r"\bgate\b|\bg\b",
            "source": r"emitter|\be\b",
        },
        r"igbt",
        r"driver",
        _switch,
    ),
    "opto": Family(
        {
            "anode": r"anode|\ba\b",
            "cathode": r"cathode|\bk\b",
            "collector": r"collector|\bcol\b|\bc\b",
            "base": r"\bbase\b|\bb\b",
            "emitter": r"emitter|\be\b",
        },
        r"opto|4n[23]\d|h11|cny|moc",
        r"triac|scr",
        _opto,
    ),
    "timer": Family(
        {
            "gnd": r"ground|\bgnd\b",
            "trig": r"trig",
            "out": r"\bout",
            "reset": r"reset",
            "ctrl": r"control|\bctrl",
            "thr": r"thres|\bthr",
            "dis": r"disch|\bdis\b",
            "vcc": r"supply|\bvcc\b|\bv\+",
        },
        r"555|icm75",
        r"(?!)",
        _timer,
    ),
    "driver": Family(
        {
            "in": r"\bin\b|input|\bina\b",
            "out": r"\bout\b|output|\bouta\b",
            "vcc": r"\bv(?:cc|dd|p)\b",
            "gnd": r"\bv?gnd\b|\bvee\b|\bvn\b|\bvss\b|ground",
        },
        r"driver|tc44|ixdd|ucc27|lm51",
        r"relay|line|led",
        _driver,
    ),
    "thyristor": Family(
        {
            "anode": r"anode|\bmt2\b|\ba2\b|\ba\b",
            "gate": r"gate|\bg\b",
            "cathode": r"cathode|\bmt1\b|\ba1\b|\bk\b",
        },
        r"thyr|triac|scr",
        r"opto",
        _thyristor,
    ),
}


@dataclass(frozen=True)
class Described:
    """A part with the comments beside its card."""

    part: Part
    text: str


def described(file: Path) -> list[Described]:
    """The parts of a file with their comments."""
    lines = file.read_bytes().decode("latin-1").splitlines()
    at: dict[str, int] = {}
    for k, line in enumerate(lines):
        card = re.match(r"\s*\.(?:subckt|model)\s+(\S+)", line, re.IGNORECASE)
        if card is not None:
            at.setdefault(card[1].lower(), k)
    return [Described(part, _comments(lines, at.get(part.name.lower(), 0))) for part in parts_of(file)]


def _comments(lines: Sequence[str], k: int) -> str:
    """Comments above a card, up to the end of the part before, and right below it."""
    above = []
    for line in reversed(lines[max(0, k - HEADER) : k]):
        if not line.lstrip().startswith("*") and line.strip():
            break
        above.append(line)
    below = []
    for line in lines[k + 1 : k + 12]:
        if not line.lstrip().startswith(("*", "+")):
            break
        below.append(line)
    return "\n".join([*reversed(above), *below]).lower()


def belongs(family: Family, found: Described) -> bool:
    """Whether a part is of a family: as many terminals as roles, and the words that mark it."""
    part = found.part
    if part.kind != family.kind or (part.kind == "x" and len(part.ports) != len(family.roles)):
        return False
    words = f"{part.name} {part.file.stem} {found.text}".lower()
    return bool(re.search(family.known, words)) and not re.search(family.others, words)


def order(family: Family, found: Described) -> list[str]:
    """Roles of a part's terminals in the order of its ports."""
    roles = list(family.roles)
    ports = [port.lower() for port in found.part.ports]
    named = [next((r for r in roles if re.search(family.roles[r], port)), "") for port in ports]
    if sorted(named) == sorted(roles):
        return named
    text = re.split(r"connections?\b|terminals?\b|\bnodes?\b|\bpins?\b", found.text)[-1].replace("|", " ")
    places = {role: hit.start() for role, words in family.roles.items() if (hit := re.search(words, text))}
    return sorted(roles, key=places.__getitem__) if len(places) == len(roles) else roles


def drawn(
    library: Path, families: Sequence[str], count: int, draw: random.Random
) -> list[tuple[str, Described]]:
    """Parts drawn at random, the families in turn; a name occurs once."""
    files = sorted(f for f in library.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file())
    everything = [found for file in files for found in described(file)]
    pools: dict[str, list[Described]] = {}
    for name in families:
        pool = {f.part.name.lower(): f for f in everything if belongs(FAMILIES[name], f)}
        pools[name] = draw.sample(list(pool.values()), len(pool))
    chosen: list[tuple[str, Described]] = []
    while len(chosen) < count and any(pools.values()):
        for name in families:
            if pools[name] and len(chosen) < count:
                chosen.append((name, pools[name].pop()))
    return chosen


def circuit(name: str, found: Described, draw: random.Random) -> str:
    """The deck of a part."""
    family, part = FAMILIES[name], found.part
    letter = "x" if part.kind == "x" else "m"
    nodes = " ".join(order(family, found))
    head = f'* {name} {part.name}\n.include "{part.file}"\n{letter}dut {nodes} {part.name}'
    return f"{head}\n{family.build(draw)}\n.end\n"
