"""XSPICE's analog code models without states: texts of their outputs in terms of their inputs.

Corners are rounded as XSPICE has them, by parabolas over ``±domain``. Defaults as measured on ngspice 44.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Amount, Given
from circuitnn.elements.polynomial import polynomial

Static = Callable[[Given, list[list[str]]], str]


def ramp(t: str, domain: str) -> str:
    """max(t, 0) with its corner a parabola within ``±domain``."""
    if unwrap(domain).strip("() ") in ("0", "0.0"):
        return f"max({t},0)"
    inside = f"(min(max({t},-{domain}),{domain})+{domain})"
    return f"({inside}*{inside}/(4*{domain})+max({t}-{domain},0))"


def limited(y: str, low: str, high: str, domain: str) -> str:
    """A value between limits, with rounded corners."""
    return f"({y}+{ramp(f'({low}-{y})', domain)}-{ramp(f'({y}-{high})', domain)})"


def gain(given: Given, ins: list[list[str]]) -> str:
    """gain·(in + in_offset) + out_offset."""
    return f"({amplified(given, ins)}+{given.text('out_offset', '0')})"


def amplified(given: Given, ins: list[list[str]]) -> str:
    """gain·(in + in_offset) of the first input."""
    return f"({given.text('gain', '1')}*({ins[0][0]}+{given.text('in_offset', '0')}))"


def _scaled_inputs(given: Given, ins: list[list[str]]) -> list[str]:
    offsets = given.several("in_offset", len(ins[0]), "0")
    gains = given.several("in_gain", len(ins[0]), "1")
    return [f"{g}*({x}+{o})" for x, o, g in zip(ins[0], offsets, gains, strict=True)]


def _after(given: Given, text: str) -> str:
    return f"({given.text('out_gain', '1')}*({text})+{given.text('out_offset', '0')})"


def summer(given: Given, ins: list[list[str]]) -> str:
    """out_gain·Σ in_gain·(in + in_offset) + out_offset."""
    return _after(given, "+".join(_scaled_inputs(given, ins)))


def mult(given: Given, ins: list[list[str]]) -> str:
    """The same of a product."""
    return _after(given, "*".join(_scaled_inputs(given, ins)))


def divide(given: Given, ins: list[list[str]]) -> str:
    """Numerator over denominator, whose magnitude stays above den_lower_limit."""
    num = f"({given.text('num_gain', '1')}*({ins[0][0]}+{given.text('num_offset', '0')}))"
    den = f"({given.text('den_gain', '1')}*({ins[1][0]}+{given.text('den_offset', '0')}))"
    least, domain = given.text("den_lower_limit", "1e-10"), given.text("den_domain", "1e-10")
    if given.flag("fraction", False):
        domain = f"({domain}*{least})"
    size = f"({least}+{ramp(f'(abs({den})-{least})', domain)})"
    return _after(given, f"({den}<0 ? -1 : 1)*{num}/{size}")


def _range(given: Given, low: str, high: str) -> str:
    domain = given.text("limit_range", "1e-6")
    return f"({domain}*({high}-{low}))" if given.flag("fraction", False) else domain


def limit(given: Given, ins: list[list[str]]) -> str:
    """An amplifier with limits."""
    low, high = given.needed("out_lower_limit"), given.needed("out_upper_limit")
    return limited(amplified(given, ins), low, high, _range(given, low, high))


def climit(given: Given, ins: list[list[str]]) -> str:
    """An amplifier whose limits are inputs, minus upper_delta and plus lower_delta."""
    low = f"({ins[2][0]}+{given.text('lower_delta', '0')})"
    high = f"({ins[1][0]}-{given.text('upper_delta', '0')})"
    return limited(amplified(given, ins), low, high, _range(given, low, high))


def ilimit(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """An amplifier between two supplies, with an output resistance and limits of its current, which the supplies give.

    Below twice i_source_range or i_sink_range a supply gives less than the current; ngspice has a jump there.
    """
    source, plus, minus, out = (block.input(port[0]) if port else "" for port in ports)
    width, domain = given.text("v_pwr_range", "1e-6"), given.text("r_out_domain", "1e-9")
    wanted = amplified(given, [[source]])
    if minus:
        wanted = f"({wanted}+{ramp(f'({minus}-{wanted})', width)})"
    if plus:
        wanted = f"({wanted}-{ramp(f'({wanted}-{plus})', width)})"
    across = f"({wanted}-{out})"
    bend = f"min(abs({across})/{domain},1)"
    share = f"(0.5+0.5*({across}>0 ? 1 : -1)*{bend}*(2-{bend}))"
    ahead, back = given.text("r_out_source", "1"), given.text("r_out_sink", "1")
    current = f"({across}/({back}+({ahead}-{back})*{share}))"
    high, low = given.text("i_limit_source", "10e-3"), given.text("i_limit_sink", "10e-3")
    near_high, near_low = given.text("i_source_range", "1e-9"), given.text("i_sink_range", "1e-9")
    held = f"({current}-{ramp(f'({current}-{high})', near_high)}+{ramp(f'(-{low}-{current})', near_low)})"
    block.put(ports[3][0], f"-{held}")
    for port, sign, near, inside in ((ports[1], "", near_high, "#plus"), (ports[2], "-", near_low, "#minus")):
        if port:
            part = f"max({sign}{held},0)"
            block.put(port[0], f"{sign}{part}*min({part}/(2*{near}),1)", inside)


def pwl(given: Given, ins: list[list[str]]) -> str:
    """Straight lines through points, extrapolated, or held with ``limit=true``."""
    return through_points(given, ins[0][0], "x_array", "y_array", given.flag("limit", False))


def multi_input_pwl(given: Given, ins: list[list[str]]) -> str:
    """Straight lines through points as a function of the least input (and, nand) or the greatest (or, nor).

    nand and nor reverse the values; ngspice has steps for them.
    """
    kind = given.choice("model", ("and", "or", "nand", "nor"))
    x, *others = ins[0]
    for other in others:
        x = f"{'min' if kind in ('and', 'nand') else 'max'}({x},{other})"
    return through_points(given, x, "x", "y", True, 0.0, kind in ("nand", "nor"))


def through_points(
    given: Given, x: str, across: str, up: str, held: bool, usual: float = 0.01, reverse: bool = False
) -> str:
    """Straight lines through points of two lists, their corners rounded within input_domain."""
    xs, ys = points(given.name, across, given.amounts(across), up, given.amounts(up))
    domain = given.number("input_domain", usual)
    return lines(x, xs, ys[:: -1 if reverse else 1], held, domain, given.flag("fraction", True))


def points(
    name: str, across: str, xs: Sequence[Amount], up: str, ys: Sequence[Amount]
) -> tuple[Sequence[Amount], Sequence[Amount]]:
    """Check two lists of a model: of the same length, the first one rising, as far as it consists of numbers."""
    falls = any(isinstance(a, float) and isinstance(b, float) and a >= b for a, b in pairwise(xs))
    if len(xs) != len(ys) or len(xs) < 2 or falls:
        raise CardError(f"model '{name}' needs as many rising {across}= as {up}=, two or more", across)
    return xs, ys


def _combined(a: Amount, operation: str, b: Amount) -> Amount:
    """Difference or ratio of two numbers, or its text where one of them is an expression."""
    if isinstance(a, float) and isinstance(b, float):
        return a - b if operation == "-" else a / b
    return f"({_text(a)}{operation}({_text(b)}))"


def _text(a: Amount) -> str:
    return repr(a) if isinstance(a, float) else a


def _least(a: Amount, b: Amount) -> Amount:
    return min(a, b) if isinstance(a, float) and isinstance(b, float) else f"min({_text(a)},{_text(b)})"


def lines(
    x: str,
    xs: Sequence[Amount],
    ys: Sequence[Amount],
    held: bool = False,
    domain: float = 0.0,
    relative: bool = False,
) -> str:
    """Straight lines through points, extrapolated or `held` outside.

    Corners are rounded within ``±domain``; `relative`: times the shorter of the lines that meet there.
    """
    lengths = [_combined(q, "-", p) for p, q in pairwise(xs)]
    rises = [_combined(b, "-", a) for a, b in pairwise(ys)]
    slopes = [_combined(rise, "/", length) for rise, length in zip(rises, lengths, strict=True)]
    corners = xs[1:-1]
    text = f"{_text(ys[0])}+({_text(slopes[0])})*({x}-({_text(xs[0])}))"
    if held:
        slopes, corners = [0.0, *slopes, 0.0], xs
        lengths, text = [lengths[0], *lengths, lengths[-1]], _text(ys[0])
    for corner, (before, after), near in zip(corners, pairwise(slopes), pairwise(lengths), strict=True):
        shorter = _least(*near)
        width: Amount = domain
        if relative and domain != 0.0:
            width = domain * shorter if isinstance(shorter, float) else f"({domain!r}*{shorter})"
        bend = _text(_combined(after, "-", before))
        text += f"+({bend})*{ramp(f'({x}-({_text(corner)}))', _text(width))}"
    return f"({text})"


def d_dt(given: Given, ins: list[list[str]]) -> str:
    """gain·d(in)/dt + out_offset between limits."""
    rate = f"({given.text('gain', '1')}*ddt({ins[0][0]})+{given.text('out_offset', '0')})"
    low, high = given.text("out_lower_limit"), given.text("out_upper_limit")
    if not low or not high:
        return rate
    return limited(rate, low, high, given.text("limit_range", "1e-6"))


def spice2poly(given: Given, ins: list[list[str]]) -> str:
    """SPICE2's polynomial of several inputs, as ``poly(2)`` of controlled sources."""
    return polynomial(ins[0], given.several("coef"))


def making(static: Static) -> Callable[[Block, Given, list[list[Port]]], None]:
    """Return a maker of a code model whose single output is this expression of its inputs."""

    def make(block: Block, given: Given, ports: list[list[Port]]) -> None:
        ins = [[block.input(port) for port in vector] for vector in ports[:-1]]
        block.put(ports[-1][0], static(given, ins))

    return make


_IN, _SEVERAL, _OUT = Pin("in"), Pin("in", vector=True), Pin("out")
_RANGE = "limit_range fraction"
MODELS = {
    "gain": CodeModel((_IN, _OUT), "in_offset gain out_offset", making(gain)),
    "summer": CodeModel((_SEVERAL, _OUT), "in_offset in_gain out_gain out_offset", making(summer)),
    "mult": CodeModel((_SEVERAL, _OUT), "in_offset in_gain out_gain out_offset", making(mult)),
    "divide": CodeModel(
        (Pin("num"), Pin("den"), _OUT),
        "num_offset num_gain den_offset den_gain den_lower_limit den_domain fraction out_gain out_offset",
        making(divide),
    ),
    "limit": CodeModel(
        (_IN, _OUT), f"in_offset gain out_lower_limit out_upper_limit {_RANGE}", making(limit)
    ),
    "climit": CodeModel(
        (_IN, Pin("cntl_upper"), Pin("cntl_lower"), _OUT),
        f"in_offset gain upper_delta lower_delta {_RANGE}",
        making(climit),
    ),
    "pwl": CodeModel((_IN, _OUT), "x_array y_array input_domain fraction limit", making(pwl)),
    "multi_input_pwl": CodeModel(
        (Pin("in", "vd", vector=True), Pin("out", "vd")), "x y model", making(multi_input_pwl)
    ),
    "ilimit": CodeModel(
        (_IN, Pin("pos_pwr", "g", optional=True), Pin("neg_pwr", "g", optional=True), Pin("out", "g")),
        "in_offset gain r_out_source r_out_sink i_limit_source i_limit_sink v_pwr_range i_source_range "
        "i_sink_range r_out_domain",
        ilimit,
    ),
    "spice2poly": CodeModel((Pin("in", "vd", vector=True), Pin("out", "vd")), "coef", making(spice2poly)),
    "d_dt": CodeModel(
        (_IN, _OUT), "gain out_offset out_lower_limit out_upper_limit limit_range", making(d_dt)
    ),
}
