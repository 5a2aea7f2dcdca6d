"""XSPICE's analog code models that are branches: diodes, switches, potentiometers.

Formulas and defaults as measured on ngspice 44.
"""

from __future__ import annotations

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given
from circuitnn.equations.graph import as_expr

THERMAL = "0.026"  # thermal voltage of zener, at all temperatures [V]
LEAST = "1e-9"  # lower bound on the resistance of aswitch [Ω]
END = "1e-9"  # distance of a wiper from the ends of its potentiometer, of its length


def _zener(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """A leakage resistor in parallel with a junction that breaks down with i_breakdown at v_breakdown."""
    (port,) = ports[0]
    if given.flag("limit_switch", False):
        given.reader.idle(
            block.origin, f"'limit_switch' of model '{given.name}' has no effect: steps are limited"
        )
    v, knee = block.input(port), given.needed("v_breakdown")
    block.put(port, f"{v}*{given.text('i_rev', '1e-6')}/{knee}+{_junction(given, v, knee)}")


def _junction(given: Given, v: str, knee: str) -> str:
    """Three curves with continuous slopes: forward, a line of slope i_sat/10 per volt, breakdown.

    If the line would have no length, forward and breakdown meet at 0 V, and a line is added to the less steep one.
    """
    strength, sat = given.text("i_breakdown", "2e-2"), given.text("i_sat", "1e-12")
    thermal = f"({given.text('n_forward', '1')}*{THERMAL})"
    step = f"({strength}*{given.text('r_breakdown', '1')})"
    start = f"({thermal}*ln(0.1*{thermal}))"
    end = f"({step}*ln(10*{strength}/({step}*{sat}))-{knee})"
    forward = f"{sat}*(exp({v}/{thermal})-1)"
    back = f"{strength}*exp(-({v}+{knee})/{step})"
    line = f"{sat}*(0.1*({thermal}+min(max({v},{end}),{start})-{start})-1)"
    apart = f"({v}>{start} ? {forward} : {line}-({v}<{end} ? {back}-0.1*{sat}*{step} : 0))"
    rest = f"exp(-{knee}/{step})"
    slope = f"({strength}/{step}*{rest}/(1-{rest})-{sat}/{thermal})"
    ahead = f"{forward}+max({slope},0)*{v}"
    behind = f"min({slope},0)*{v}+({back}-{strength}*{rest})/(1-{rest})"
    return f"({end}<{start} ? {apart} : ({v}>0 ? {ahead} : -({behind})))"


def _ends(given: Given) -> tuple[str, str]:
    """Control values at which a switch is off and on; they differ."""
    off, on = given.text("cntl_off", "0"), given.text("cntl_on", "1")
    width = as_expr(given.reader.value(unwrap(f"{on}-{off}")))
    if width.op == "const" and abs(width.number) < 1e-12:
        raise CardError(f"model '{given.name}': cntl_off and cntl_on must differ", "cntl_on")
    return off, on


def _resistance(given: Given, share: str, share_of_log: str) -> str:
    """Resistance of a switch that is on by a share: logarithmic between r_off and r_on, linear with ``log=false``."""
    high, low = given.text("r_off", "1e12"), given.text("r_on", "1")
    if given.flag("log", True):
        return f"exp(ln({high})+ln({low}/{high})*{share_of_log})"
    return f"({high}+({low}-{high})*{share})"


def _aswitch(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """A resistance exponential or linear in the control value, also beyond r_off and r_on unless ``limit=true``."""
    (control,), (port,) = ports
    off, on = _ends(given)
    share = f"(({block.input(control)}-{off})/({on}-{off}))"
    if given.flag("limit", False):
        share = f"min(max({share},0),1)"
    block.put(port, f"{block.input(port)}/max({_resistance(given, share, share)},{LEAST})")


def _pswitch(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """PSPICE's switch: a cubic between the logarithms of r_off and r_on, or linear between r_off and r_on."""
    (control,), (port,) = ports
    off, on = _ends(given)
    u = block.input(control)
    share = f"min(max(({u}-{off})/({on}-{off}),0),1)"
    resistance = _resistance(given, share, f"{share}*{share}*(3-2*{share})")
    block.put(control, f"{u}/{given.text('r_cntl_in', '1e12')}", "#control")
    block.put(port, f"{block.input(port)}/{resistance}")


def _potentiometer(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """Two resistors, neither ever 0; with ``log=true`` the first is exponential in the position."""
    (first,), (wiper,), (last,) = ports
    if any(len(port.names) > 1 for port in (first, wiper, last)):
        raise CardError(f"'{block.name}': the ports of a potentiometer are single nodes, %g", block.name)
    whole, position = given.text("r", "1e5"), given.text("position", "0.5")
    position = f"min(max({position},{END}),1-{END})"
    upper = f"({whole}*{position})"
    if given.flag("log", False):
        upper = f"({whole}*10^(-{position}*{given.text('log_multiplier', '1')}))"
    for (a, b), resistance, inside in (
        ((first, wiper), upper, "#r0"),
        ((wiper, last), f"({whole}-{upper})", "#r1"),
    ):
        ends = Port("gd", (*a.names[:1], *b.names[:1]))
        block.put(ends, f"{block.input(ends)}/{resistance}", inside)


def _sidiode(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """Straight lines off, on and in breakdown, joined by parabolas; current limits are approached by tanh.

    Without a limit, ngspice's current jumps at the end of a parabola; here it is continuous.
    """
    (port,) = ports[0]
    v, off, on = block.input(port), given.text("roff", "1"), given.text("ron", "1")
    ahead = _bent(v, given.text("vfwd", "0"), (off, on), given.text("epsilon", "0"), given.text("ilimit"))
    behind = ""
    if "vrev" in given.texts:
        broken = given.text("rrev") or on
        widths = given.text("revepsilon", "0"), given.text("revilimit")
        behind = f"-({_bent(f'(-{v})', given.text('vrev'), (off, broken), *widths)})"
    block.put(port, f"{v}/{off}+{ahead}{behind}")


def _bent(v: str, knee: str, resistances: tuple[str, str], width: str, limit: str) -> str:
    """Current that a knee adds to v/off: (1/on - 1/off) times the voltage beyond the knee, a parabola at first."""
    off, on = resistances
    slope, way = f"(1/{on}-1/{off})", f"max({v}-{knee},0)"
    bent = f"({way}<{width} ? {way}*{way}/(2*max({width},1e-30)) : {way}-0.5*{width})"
    if not limit:
        return f"{slope}*{bent}"
    end = f"({knee}+{width})"
    reached = f"({end}/{off}+{slope}*0.5*{width})"
    beyond = f"({reached}+({limit}-{reached})*tanh(({v}-{end})/({on}*{limit}))-{v}/{off})"
    return f"({v}<{end} ? {slope}*{bent} : {beyond})"


_OUT = Pin("out", "gd")
_SWITCH = "cntl_off cntl_on r_off r_on log"
MODELS = {
    "zener": CodeModel(
        (Pin("z", "gd"),), "v_breakdown i_breakdown r_breakdown i_rev i_sat n_forward limit_switch", _zener
    ),
    "aswitch": CodeModel((Pin("cntl_in"), _OUT), f"{_SWITCH} limit", _aswitch),
    "pswitch": CodeModel((Pin("cntl_in", "gd"), _OUT), f"{_SWITCH} r_cntl_in", _pswitch),
    "sidiode": CodeModel(
        (Pin("ds", "gd"),), "ron roff vfwd vrev ilimit revilimit epsilon revepsilon rrev", _sidiode
    ),
    "potentiometer": CodeModel(
        (Pin("r0", "g"), Pin("wiper", "g"), Pin("r1", "g")), "position log r log_multiplier", _potentiometer
    ),
}
