"""Options of Xyce, which stand behind the name of a package: ``.options timeint reltol=1e-4 method=gear``."""

from __future__ import annotations

from collections.abc import Sequence

# Package → its options that mean the same here.
PACKAGES: dict[str, frozenset[str]] = {
    "device": frozenset(("gmin", "temp", "tnom", "defl", "defw", "defad", "defas")),
    "timeint": frozenset(("reltol", "method", "delmax")),
    **dict.fromkeys(
        (
            "nonlin",
            "nonlin-tran",
            "nonlin-hb",
            "linsol",
            "linsol-ac",
            "linsol-hb",
            "loca",
            "output",
            "parser",
            "restart",
            "sensitivity",
            "samples",
            "hbint",
            "measure",
            "diagnostic",
            "dist",
            "topology",
            "fft",
        ),
        frozenset[str](),
    ),
}
ON_CARDS = frozenset(("numfreq",))
"""Options that are read with the card of their analysis (`circuitnn.netlist.xyce_cards`)."""
METHODS = {"7": "trap", "trapezoidal": "trap", "8": "gear"}
"""Xyce's names of integration methods."""


def of_package(words: Sequence[str]) -> tuple[list[str], str]:
    """Sort the words of an ``.options`` card of Xyce.

    Parameters
    ----------
    words : sequence of str
        Those of the card; ``=`` are words of their own.

    Returns
    -------
    words : list of str
        Those that mean the same here; all of them if the first is no package.
    without_effect : str
        A message about the others; empty if there are none.
    """
    package = words[0] if words else ""
    if package not in PACKAGES or list(words[1:2]) == ["="]:
        return list(words), ""
    kept: list[str] = []
    names: list[str] = []
    at = 1
    while at < len(words):
        name, value = words[at], ""
        if list(words[at + 1 : at + 2]) == ["="]:
            value = "".join(words[at + 2 : at + 3])
            at += 2
        at += 1
        if name in PACKAGES[package] and value:
            kept += [name, "=", METHODS.get(value, value) if name == "method" else value]
        elif name not in ON_CARDS:
            names.append(name)
    if not names:
        return kept, ""
    return kept, f"of Xyce's '{package}' options these have no effect: {', '.join(names)}"
