"""Functions of other simulators that expressions do not have, and what to write instead."""

from __future__ import annotations

from circuitnn.errors import nearest

_INTEGRAL = (
    "the integral of x over time is the voltage of a capacitor: `g1 0 y value={x}`, `c1 y 0 1`, `.ic v(y)=0`"
)
_DELAY = "a lossless line delays a voltage: `t1 x 0 y 0 z0=50 td=1m`, `r1 y 0 50`"
_RANDOM = "random numbers over time are those of a source with `trrandom` or `trnoise`"
_INSTEAD = {
    **dict.fromkeys(("sdt", "idt"), _INTEGRAL),
    **dict.fromkeys(("delay", "absdelay"), _DELAY),
    **dict.fromkeys(("rand", "random", "white"), _RANDOM),
    "sign": "write sgn(x)",
    "buf": "write u(x - 0.5)",
    "inv": "write u(0.5 - x)",
    "round": "write nint(x)",
    "hypot": "write sqrt(x*x + y*y)",
    "table": "a table is a source of its own: `e1 y 0 table {x} = (x0, y0) (x1, y1)`",
}


def unknown(name: str, known: list[str]) -> str:
    """Message about a function that is not known.

    Parameters
    ----------
    name : str
    known : list of str
        Names of the functions that there are.
    """
    if name in _INSTEAD:
        return f"unknown function '{name}': {_INSTEAD[name]}"
    return f"unknown function '{name}'{nearest(name, known)}"
