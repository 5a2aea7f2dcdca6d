"""XSPICE's analog code models with states; each state is the voltage of an internal node."""

from __future__ import annotations

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given
from circuitnn.elements.codemodels.stateless import amplified, limited
from circuitnn.equations.graph import as_expr

FOLLOWS = 1e-5  # deviation of a slew-rate limiter's state from an input that needs no limiting [V]


def fading(rate: str, x: str, low: str, high: str, width: str) -> str:
    """Rate of a state x that fades over a width before the limit that x approaches."""
    rises, falls = (f"min(max({room}/{width},0),1)" for room in (f"({high}-{x})", f"({x}-{low})"))
    return f"{rate}*({rate}>0 ? {rises} : {falls})"


def _int(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """An integral; near a limit its rate fades over limit_range, so that it does not wind up."""
    rate, start = amplified(given, [[block.input(ports[0][0])]]), given.text("out_ic", "0")
    low, high = given.text("out_lower_limit"), given.text("out_upper_limit")
    if low and high:
        rate = fading(rate, f"v({block.name}#x)", low, high, given.text("limit_range", "1e-6"))
    block.put(ports[1][0], block.state(rate, start))


def _s_xfer(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """A transfer function; operating points hold its states at int_ic, as ngspice does."""
    up, down = given.values("num_coeff")[::-1], given.values("den_coeff")[::-1]
    if not up or not down:
        raise CardError(f"model '{given.name}' needs num_coeff=[…] and den_coeff=[…]", given.name)
    if len(up) > len(down):
        raise CardError(f"model '{given.name}': num_coeff is longer than den_coeff", given.name)
    text = amplified(given, [[block.input(ports[0][0])]])
    unit = given.reader.value(unwrap(given.texts.get("denormalized_freq", "1")))
    initial = given.values("int_ic")[: len(down) - 1][::-1]
    kind, nodes = block.source(ports[1][0])
    block.reader.behaviour.held(kind, block.name, nodes, text, (up, down, initial, unit), block.origin)


def _slew(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """A signal that follows its input no faster than rise_slope and fall_slope."""
    u, x = block.input(ports[0][0]), f"v({block.name}#x)"
    rise, fall = given.text("rise_slope", "1e9"), given.text("fall_slope", "1e9")
    near = f"min(max(({u}-{x})/{FOLLOWS!r},-1),1)"
    block.state(f"{near}*({u}>{x} ? {rise} : {fall})")
    block.put(ports[1][0], f"{x}+{FOLLOWS!r}*{near}")


def _hyst(block: Block, given: Given, ports: list[list[Port]]) -> None:
    block.put(ports[1][0], hysteresis(block, given, block.input(ports[0][0])))


def hysteresis(block: Block, given: Given, u: str) -> str:
    """A limiter whose input is lowered by hyst until it has passed the range upwards, then raised until it is back."""
    low, high, width = (given.text(key, d) for key, d in (("in_low", "0"), ("in_high", "1"), ("hyst", "0.1")))
    bottom, top = given.text("out_lower_limit", "0"), given.text("out_upper_limit", "1")
    ends = [as_expr(block.reader.value(unwrap(text))) for text in (low, high)]
    if all(end.op == "const" for end in ends) and not ends[0].number < ends[1].number:
        raise CardError(f"model '{given.name}': in_low must be below in_high", "in_low")
    domain = given.text("input_domain", "0.01")
    if given.flag("fraction", True):
        domain = f"({domain}*({high}-{low}))"
    risen = block.memory(u, f"0.5*({low}+{high})", f"0.5*({high}-{low})+{width}+{domain}")
    shifted = f"({u}+{width}*(2*{risen}-1))"
    slope = f"(({top}-{bottom})/({high}-{low}))"
    corner = f"({bottom}+{slope}*({shifted}-{low}))"
    return limited(corner, bottom, top, f"({domain}*{slope})")


_PINS = (Pin("in"), Pin("out"))
MODELS = {
    "int": CodeModel(_PINS, "in_offset gain out_lower_limit out_upper_limit limit_range out_ic", _int),
    "s_xfer": CodeModel(_PINS, "in_offset gain num_coeff den_coeff int_ic denormalized_freq", _s_xfer),
    "hyst": CodeModel(
        _PINS, "in_low in_high hyst out_lower_limit out_upper_limit input_domain fraction", _hyst
    ),
    "slew": CodeModel(_PINS, "rise_slope fall_slope range", _slew),
}
