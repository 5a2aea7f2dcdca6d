"""Flip-flops, latches and a frequency divider."""

from circuitnn.logic.code_model import CodeModel, PartData, Settings, delay, initial, ins, number, outs

_RULES = {"d": 0.0, "jk": 1.0, "t": 2.0, "sr": 3.0}
_ENDS = {"set_delay": 1e-9, "reset_delay": 1e-9, "ic": 0.0, "rise_delay": 1e-9, "fall_delay": 1e-9}
_OUT = outs("out?", "nout?")


def _flipflop(rule: str, settings: Settings) -> PartData:
    delays = [delay(settings, f"{name}_delay") for name in ("rise", "fall", "clk", "set", "reset")]
    return PartData("flipflop", (_RULES[rule], *delays, initial(settings)))


def _latch(rule: str, settings: Settings) -> PartData:
    data = "data_delay" if rule == "d" else "sr_delay"
    names = ("rise_delay", "fall_delay", data, "enable_delay", "set_delay", "reset_delay")
    return PartData("latch", (_RULES[rule], *(delay(settings, name) for name in names), initial(settings)))


def _divider(settings: Settings, n_in: int, n_out: int) -> PartData:
    factor, high, count = (number(settings, name) for name in ("div_factor", "high_cycles", "i_count"))
    if factor < 1.0 or not 1.0 <= high < max(factor, 2.0):
        raise ValueError(f"div_factor = {factor:g} with high_cycles = {high:g} divides nothing")
    return PartData(
        "divider", (factor, delay(settings, "rise_delay"), delay(settings, "fall_delay"), high, count)
    )


def _clocked(rule: str, *data: str) -> CodeModel:
    return CodeModel(
        f"d_{rule}ff",
        f"{rule.upper()} flip-flop, on the rising edge of its clock",
        (*ins(*data, "clk", "set?", "reset?"), *_OUT),
        {"clk_delay": 1e-9, **_ENDS},
        lambda settings, n_in, n_out: _flipflop(rule, settings),
    )


def _enabled(rule: str, data_delay: str, *data: str) -> CodeModel:
    return CodeModel(
        f"d_{rule}latch",
        f"{rule.upper()} latch, open while it is enabled",
        (*ins(*data, "enable", "set?", "reset?"), *_OUT),
        {data_delay: 1e-9, "enable_delay": 1e-9, **_ENDS},
        lambda settings, n_in, n_out: _latch(rule, settings),
    )


MODELS = (
    _clocked("d", "data"),
    _clocked("jk", "j", "k"),
    _clocked("t", "t"),
    _clocked("sr", "s", "r"),
    _enabled("d", "data_delay", "data"),
    _enabled("sr", "sr_delay", "s", "r"),
    CodeModel(
        "d_fdiv",
        "frequency divider",
        (*ins("freq_in"), *outs("freq_out")),
        {"div_factor": 2.0, "high_cycles": 1.0, "i_count": 0.0, "rise_delay": 1e-9, "fall_delay": 1e-9},
        _divider,
    ),
)
