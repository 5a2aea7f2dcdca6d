"""Decks made by rules, for `bench.fuzz`: mostly well-formed, but in unusual combinations."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from circuitnn.equations.graph import FUNCTIONS
from circuitnn.models import known
from circuitnn.models.declarations import Parameter

NODES = ("0", "a", "b", "c")
ODD_NODES = ("0", "d", "é", "n#1", "x1.m")
NAMES = ("p", "q", "w")
ODD = ("0", "-1", "1e308", "1e-320", "1e30", "-1e30", "{1/p}", "1meg", "5e-324", "nan", "1e999")


class Rules(random.Random):
    """State from which a deck is drawn.

    Attributes
    ----------
    wild : float
        Probability that a number is senseless or an expression, and that a card is invalid; 0 for many decks.
    """

    wild = 0.0

    def odd(self, share: float = 1.0) -> bool:
        """Whether the next item is an unusual one."""
        return self.random() < share * self.wild


def number(rng: Rules, usual: float = 1.0) -> str:
    """A number near the usual one, occasionally a senseless one or an expression."""
    if rng.odd(0.3):
        return rng.choice(ODD)
    if rng.odd():
        return f"{{{formula(rng, 2, NAMES)}}}"
    return f"{usual * 10 ** rng.uniform(-1.5, 1.5):.4g}"


def formula(rng: Rules, depth: int, leaves: tuple[str, ...]) -> str:
    """An expression nested to the given depth."""
    if depth <= 0 or rng.random() < 0.2:
        return rng.choice((*leaves, *leaves, f"{rng.uniform(-3, 3):.3g}", "1e-9", "2"))
    kind = rng.randrange(4)
    inner = [formula(rng, depth - 1, leaves) for _ in range(3)]
    if kind == 0:
        return f"({inner[0]} {rng.choice('+ - * / ** ^ < > == && ||'.split())} {inner[1]})"
    if kind == 1:
        return f"({inner[0]} > {inner[1]} ? {inner[2]} : {inner[0]})"
    name = rng.choice(sorted(FUNCTIONS))
    takes = FUNCTIONS[name][0]
    least = takes if isinstance(takes, int) else min(takes) if takes else 1
    return f"{name}({','.join(rng.choice(inner) for _ in range(max(1, least)))})"


def waveform(rng: Rules) -> str:
    """A source's value over time."""
    kind = rng.choice("dc sin pulse exp pwl sffm am trnoise trrandom".split())
    if kind == "dc":
        return f"dc {number(rng)} ac {number(rng)}"
    counts = {"sin": 5, "pulse": 7, "exp": 6, "sffm": 5, "am": 5, "trnoise": 2, "trrandom": 3, "pwl": 8}
    scale = {"sin": 1e4, "sffm": 1e4, "am": 1e4}.get(kind, 1e-4)
    values = [
        number(rng, 1.0 if k < 2 else scale) for k in range(rng.randint(1 if rng.odd() else 2, counts[kind]))
    ]
    if kind == "pwl":
        values = [v for k in range(4) for v in (f"{k}e-4", number(rng))]
    return f"{kind}({' '.join(values)}) ac 1"


SIGNALS = ("v(a)", "v(b)", "v(a,c)", "i(v1)", "time", *NAMES)


def element(rng: Rules, k: int, models: dict[str, tuple[str, int]]) -> str:
    """The card of one element on the nodes of a small circuit."""
    nodes = rng.choices(ODD_NODES, k=4) if rng.odd() else rng.sample(NODES, 4)
    pair, four = " ".join(nodes[:2]), " ".join(nodes)
    model = rng.choice(sorted(models))
    letter, terminals = models[model]
    made: tuple[Callable[[], str], ...] = (
        lambda: f"r{k} {pair} {number(rng, 1e3)}",
        lambda: f"c{k} {pair} {number(rng, 1e-7)}",
        lambda: f"l{k} {pair} {number(rng, 1e-4)}",
        lambda: f"{rng.choice('vi')}{k + 2} {pair} {waveform(rng)}",
        lambda: f"b{k} {pair} {rng.choice('vi')}={formula(rng, 4, SIGNALS)}",
        lambda: f"r{k} {pair} r={{{formula(rng, 3, SIGNALS)}}}",
        lambda: f"{rng.choice('eg')}{k} {four} {number(rng)}",
        lambda: f"e{k} {pair} poly(2) a 0 b 0 {' '.join(number(rng) for _ in range(rng.randint(1, 6)))}",
        lambda: f"g{k} {pair} table {{v(a)}} = (0,0) ({number(rng)},{number(rng)})",
        lambda: f"{rng.choice('fh')}{k} {pair} v1 {number(rng)}",
        lambda: f"t{k} {four} z0={number(rng, 50)} td={number(rng, 1e-4)}",
        lambda: f"x{k} {pair} cell w={number(rng)}",
        *[lambda: f"{letter}{k} {' '.join(nodes[:terminals])} {model}"] * 4,
    )
    return rng.choice(made)()


def _parameter(rng: Rules, parameter: Parameter) -> str:
    """A value of a model's parameter, mostly within its range."""
    usual = parameter.default if isinstance(parameter.default, float) else 1.0
    if rng.odd():
        return number(rng, usual or 1.0)
    return f"{min(max(usual * rng.uniform(0.5, 2.0), parameter.low), parameter.high):.4g}"


def model_cards(rng: Rules) -> tuple[list[str], dict[str, tuple[str, int]]]:
    """Cards of a few models, with their letters and numbers of nodes."""
    cards, models = [], {}
    for k, name in enumerate(rng.sample(sorted(known()), 3)):
        model = known()[name]
        chosen = rng.sample(list(model.parameters), min(len(model.parameters), rng.randint(0, 4)))
        values = " ".join(
            f"{p.name}={number(rng, p.default if isinstance(p.default, float) else 1.0)}" for p in chosen
        )
        keyword = rng.choice([*model.keywords]) if model.keywords else name
        cards.append(f".model m{k} {keyword}({values})")
        models[f"m{k}"] = model.letter, len(model.named_terminals())
    return cards, models


def analyses(rng: Rules) -> Iterator[str]:
    """Cards of analyses and outputs."""
    cards = (
        lambda: ".op",
        lambda: f".tran {number(rng, 1e-5)} {number(rng, 1e-3)}{rng.choice(('', ' uic'))}",
        lambda: f".dc v1 {number(rng)} {number(rng)} {number(rng, 0.1)}",
        lambda: f".dc temp 0 {number(rng, 50)} {number(rng, 10)} v1 0 1 0.5",
        lambda: f".ac dec {rng.randint(1, 5)} 1 {number(rng, 1e4)}",
        lambda: ".noise v(b) v1 dec 2 1 1k",
        lambda: ".tf v(b) v1",
        lambda: ".sens v(b)",
        lambda: ".pz a 0 b 0 vol pz",
        lambda: f".step param p 1 {number(rng, 60)} {number(rng, 40)}",
        lambda: (
            f".meas tran m1 {rng.choice(('max', 'rms', 'pp', 'integ'))} {formula(rng, 2, ('v(a)', 'v(b)'))}"
        ),
        lambda: f".meas tran m2 trig v(a) val={number(rng)} rise=1 targ v(b) val=0 fall=last",
        lambda: f".four {number(rng, 1e3)} v(a)",
        lambda: f".ic v(b)={number(rng)}",
        lambda: f".nodeset v(c)={number(rng)}",
        lambda: (
            f".options {rng.choice(('reltol', 'gmin', 'rshunt', 'cshunt', 'trtol', 'itl4'))}={number(rng)}"
        ),
        lambda: f".options {rng.choice(('method=gear', 'method=be', 'interp', 'savecurrents', 'threads=2'))}",
        lambda: f".save v(b) @{rng.choice(('r1[i]', 'c2[i]', 'd3[gd]'))}",
        lambda: f".print tran {formula(rng, 2, ('v(a)', 'i(v1)'))}",
    )
    for _ in range(rng.randint(1, 4)):
        yield rng.choice(cards)()


def deck(rng: Rules) -> str:
    """A deck by the rules."""
    rng.wild = rng.choice((0.0, 0.02, 0.1, 0.3))
    cards, models = model_cards(rng)
    made = [element(rng, k, models) for k in range(rng.randint(2, 9))]
    lines = [f"v1 a 0 {waveform(rng)}", "rg b 0 1k", "ra a b 1k", "rc c 0 1meg", "cc c 0 1n", *made]
    if rng.odd():
        lines = [f".if ({formula(rng, 1, NAMES)} > 0)", *lines, ".else", "r1 a b 1", ".endif"]
    parameters = [f".param {n}={number(rng) if n != 'p' else '1.5'}" for n in NAMES]
    if rng.random() < 0.3:
        parameters.append(f".func f(x)={{{formula(rng, 2, ('x', 'p'))}}}")
    cell = [
        ".subckt cell m n w=1",
        "r1 m k {w*1k}",
        "c1 k n 1n",
        *([rng.choice(lines)] * (rng.random() < 0.3)),
        ".ends",
    ]
    return "\n".join(["made by rules", *parameters, *cards, *cell, *lines, *analyses(rng), ".end", ""])
