"""LTspice's transconductance amplifier, OTA, one of the special functions of letter A.

With v1, v2 the inverting and the other input, and u = ref + v2 - v1 + en, times v(3,4) if one of these is connected,
the current from the common node into the output is

    g·u                                          with ``linear``
    iout·tanh(g·u/iout)                          without
    isource·tanh(g·u/isource) for u > 0, and likewise isink (below 0) for u < 0, with ``asym``
    c + h·tanh(g·u/h), c and h the middle and half the difference of both   with isource and isink alone

beside rout and cout; beyond vlow or vhigh a resistance of rclamp leads to that voltage. Inputs carry no current but the
noise ``in`` from one to the other and ``incm`` from both to the common node; en and these have 1/f corners enk, ink and
incmk.

References
----------
SpiceSharpParser's documentation of A devices, which compares with LTspice: laws, defaults. LTspice's operational
amplifiers: which input is inverting, that ref is what input 1 is compared with, and what noise is of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Port

if TYPE_CHECKING:
    from circuitnn.elements.special_functions import Device

PARAMETERS = (
    "g ref iout isource isrc isink ioffset rout cout vhigh vlow rclamp en enk in ink incm incmk linear asym"
)
FLAGS = ("linear", "asym")
FAR = 1e30  # V, a limit beyond which is none
_OF_FREQUENCY = re.compile(r"\bfreq\b")


def ota(device: Device) -> None:
    """Add a transconductance amplifier.

    Parameters
    ----------
    device : Device

    Raises
    ------
    CardError
    """
    device.only(1, 2, 3, 4)
    if device.nodes[5]:
        raise CardError(f"'{device.block.name}': output 6 of an OTA is not supported", device.nodes[5])
    offset = _noise(device, "en")
    for key, ends in (("in", ((2, 1),)), ("incm", ((1, 8), (2, 8)))):
        current = _noise(device, key)
        for plus, minus in ends if current else ():
            nodes = tuple(device.nodes[k - 1] or device.common for k in (plus, minus))
            if nodes[0] != nodes[1]:
                device.block.put(Port("id", nodes), current, f"#{key}{plus}")
    if device.nodes[6]:
        _output(device, offset)


def _output(device: Device, offset: str) -> None:
    """The source between common and output, with what lies beside it."""
    block, given = device.block, device.given
    port = Port("id", (device.nodes[6], device.common))
    u = "+".join(
        [given.text("ref", "0"), f"{_over(device, 2)}-{_over(device, 1)}", *([offset] if offset else [])]
    )
    if device.nodes[2] or device.nodes[3]:
        u = f"({u})*({_over(device, 3)}-{_over(device, 4)})"
    v = f"v({','.join(port.names)})"
    text = f"-({_limited(device, u)}+{given.text('ioffset', '0')})+{v}/{given.text('rout', '1e12')}"
    if block.reader.value(unwrap(given.text("cout", "0"))) != 0.0:
        text = f"{text}+{given.text('cout')}*ddt({v})"
    for key, usual, beyond in (("vhigh", "2", "max"), ("vlow", "0", "min")):
        limit = block.reader.value(unwrap(given.text(key, usual)))
        if key not in given.texts:
            block.reader.idle(block.origin, f"'{block.name}': {key} of an OTA is {usual} V unless given")
        if not isinstance(limit, float) or abs(limit) < FAR:
            text = f"{text}+{beyond}({v}-{given.text(key, usual)},0)/{given.text('rclamp', '1')}"
    block.put(port, text)


def _over(device: Device, terminal: int) -> str:
    """Voltage of an input over the common node; 0 if it is connected to that."""
    return device.input(terminal) if device.nodes[terminal - 1] else "0"


def _limited(device: Device, u: str) -> str:
    """The current that the inputs ask for, as the limits leave it."""
    given = device.given
    g = given.text("g", "1")
    if _flag(device, "linear"):
        return f"{g}*({u})"
    source, sink = given.text("isource", given.texts.get("isrc", "10u")), given.text("isink", "-10u")
    if _flag(device, "asym"):
        return f"(({u})>0 ? {source}*tanh({g}*({u})/{source}) : {sink}*tanh({g}*({u})/{sink}))"
    if "iout" not in given.texts and {"isource", "isrc", "isink"} & given.texts.keys():
        half = f"(0.5*({source}-{sink}))"
        return f"(0.5*({source}+{sink})+{half}*tanh({g}*({u})/{half}))"
    limit = given.text("iout", "10u")
    return f"{limit}*tanh({g}*({u})/{limit})"


def _flag(device: Device, key: str) -> bool:
    return device.given.number(key, 0.0) >= 0.5


def _noise(device: Device, key: str) -> str:
    """A voltage with the density that a parameter states, as text; empty if there is none."""
    block, given = device.block, device.given
    texts = [given.text(key, "0"), given.text(f"{key}k", "0")]
    if any(_OF_FREQUENCY.search(text) for text in texts):
        block.reader.idle(
            block.origin,
            f"'{key}' of '{block.name}' has no effect: a density is white or 1/f, no function of freq",
        )
        return ""
    density, corner = (block.reader.value(unwrap(text)) for text in texts)
    if density == 0.0:
        return ""
    node = f"{block.name}#{key}"
    row = block.reader.row(
        "n:equivalent_noise",
        f"{node}#noise",
        [block.reader.definition.inner_node(node), 0],
        0.0,
        block.origin,
    )
    values = {"density": density, "corner": corner}
    row.models.append(block.reader.inner_model(f"{node}#noise", "equivalent_noise", values, block.origin))
    return f"v({node})"
