"""XSPICE's capacitor, inductor and memristor, which operating points hold at their initial values."""

from __future__ import annotations

from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given
from circuitnn.elements.codemodels.stateful import fading

LIMIT = "1e-4"  # fraction of a memristor's range over which its rate fades at each end


def _capacitoric(block: Block, given: Given, ports: list[list[Port]]) -> None:
    (port,) = ports[0]
    current = f"i({block.name})"
    block.put(port, block.state(f"{current}/{given.needed('c')}", given.text("ic", "0")))


def _inductoric(block: Block, given: Given, ports: list[list[Port]]) -> None:
    (port,) = ports[0]
    block.put(port, block.state(f"{block.input(port)}/{given.needed('l')}", given.text("ic", "0")))


def _memristor(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """A resistance between two limits; its rate is alpha times the voltage up to vt plus beta times the excess.

    References
    ----------
    Y. V. Pershin, S. La Fontaine, M. Di Ventra, Phys. Rev. E 80, 021926 (2009), doi:10.1103/PhysRevE.80.021926.
    """
    (port,) = ports[0]
    v = block.input(port)
    low, high, edge = given.text("rmin", "10"), given.text("rmax", "10000"), given.text("vt", "0")
    alpha, beta = given.text("alpha", "0"), given.text("beta", "1")
    within = f"min(max({v},-{edge}),{edge})"
    rate = f"({beta}*({v}-{within})+{alpha}*{within})"
    slowed = fading(rate, f"v({block.name}#x)", low, high, f"({LIMIT}*({high}-{low}))")
    resistance = block.state(slowed, given.text("rinit", "7000"))
    block.put(port, f"{v}/{resistance}")


MODELS = {
    "capacitoric": CodeModel((Pin("cap", "hd"),), "c ic", _capacitoric),
    "inductoric": CodeModel((Pin("ind", "gd"),), "l ic", _inductoric),
    "memristor": CodeModel((Pin("memris", "gd"),), "rmin rmax rinit vt alpha beta", _memristor),
}
