"""M: MOSFETs, power MOSFETs among them, which have no bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from circuitnn.elements.card import Card, CardError, Node, Number, card, pair_up
from circuitnn.elements.device import PARAMETERS, Device, names_model
from circuitnn.elements.insulated import MOST, THERMAL, count_of, nodes_of

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Table, Value
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.netlist.parameters import World


# BSIM's parameters without which there is no channel, also where bins make them depend on its size.
POSITIVE = frozenset(("xj", "nch", "ndep", "nsub", "vsat"))
LONGEST = 1e-3  # channel that anybody means; widths of power transistors do reach metres [m]
LATER = 3.2 - 1e-6  # version of BSIM3 that leaves short perimeters as they are
VERTICAL = ("vdmos", "vdmosn", "vdmosp")  # power MOSFETs


class Mosfet(Device):
    """Model types ``nmos`` and ``pmos``, and ``vdmos``, ``vdmosn``, ``vdmosp``."""

    letter, name, plural = "m", "MOSFET", "MOSFETs"
    example = "M1 drain gate source bulk mymodel w=1u l=0.5u"
    meaning = (
        "MOSFET, `level=` 1, 2, 3, 4 (BSIM1), 5 (BSIM2), 6, 9 (as 3), 8 and 49 (BSIM3), 14 and 54 (BSIM4), "
        "57 (BSIM3SOI PD, with nodes d g s e [p] [b] [t]); other levels are refused. "
        "Power MOSFETs (`vdmos`) have no bulk node"
    )
    terminals = ("drain", "gate", "source", "bulk")
    types = ("nmos", "pmos", *VERTICAL)
    model_words: ClassVar = {"vdmos": frozenset(("nchan", "pchan"))}
    narrower: ClassVar = {("vdmos", "pchan"): "vdmosp"}
    initial = (("icvds", "drain", "source"), ("icvgs", "gate", "source"), ("icvbs", "bulk", "source"))
    sizes_on_cards = (
        *("l", "w", "geomod", "rgeomod", "rgatemod", "rbodymod", "xgw", "ngcon"),
        *("rbpb", "rbps", "rbpd", "rbsb", "rbdb", "rth0", "cth0"),
    )
    currents = ("id", "is", "ig", "ib")

    def _spell_out(self, card: Card) -> None:
        for name in card.pairs.keys() & {"vds", "vgs", "vbs"}:  # what ngspice calls them at levels 4 and 5
            card.pairs[f"ic{name}"] = card.pairs.pop(name)
        super()._spell_out(card)

    def _nodes(self, reader: ElementReader, card: Card) -> tuple[list[int], list[str]]:
        if names_model(reader, card, 6, VERTICAL):
            name = card.words[0]
            raise CardError(f"'{name}': thermal nodes are not supported; leave them and 'thermal' out", name)
        if not names_model(reader, card, 4, VERTICAL):
            count = count_of(reader, card)
            return self._on_insulator(reader, card, count) if count else super()._nodes(reader, card)
        pair_up(card, PARAMETERS, 5)
        return [*reader.nodes(card, 3), reader.node("0")], self._after(card, 3)

    def _on_insulator(self, reader: ElementReader, card: Card, count: int) -> tuple[list[int], list[str]]:
        pair_up(card, PARAMETERS, count + 1)
        words = self._after(card, count)
        nodes = nodes_of(reader, card, count, THERMAL in words)
        return nodes, [word for word in words if word != THERMAL]

    def _rows(self, nodes: list[int]) -> str:
        return f"{self.letter}:insulated" if len(nodes) == MOST else self.letter

    def _of_nodes(self, nodes: list[int]) -> dict[str, Value]:
        return {"contacted": 1.0} if len(nodes) == MOST and nodes[4] != nodes[5] else {}

    def check(self, table: Table, columns: dict[str, np.ndarray], world: World) -> None:
        """Report MOSFETs whose diffusions leave no channel."""
        if "contacted" in columns and table.stride != MOST:
            world.fault(table.origins[0], f"'{table.names[0]}': the level of its model must be a number", "")
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # of impossible sizes
            sizes = _sizes(columns)
        for size, formula in sizes:
            bad = np.flatnonzero(size <= 0.0)
            if bad.size:
                row = bad[0] % len(table.names)
                message = f"'{table.names[row]}' has no channel: its {formula} is {size[bad[0]]:g} m"
                world.fault(table.origins[row], message)
        for name in POSITIVE & columns.keys():
            bad = np.flatnonzero((self.at_size(name, columns) <= 0.0) & (columns[name] > 0.0))
            if bad.size:
                row = bad[0] % len(table.names)
                message = f"'{table.names[row]}' has no channel: {name} of its model is negative at its size"
                world.fault(table.origins[row], message)
        self._check_units(table, columns, world)
        if "nlx" in columns and "nbc" not in columns:  # BSIM3
            self._check_edges(table, columns, world)

    @staticmethod
    def _check_units(table: Table, columns: dict[str, np.ndarray], world: World) -> None:
        """Warn once of a length without its unit, as in ``w=10 l=1``."""
        long = np.flatnonzero(columns.get("l", np.zeros(1)) > LONGEST)
        if long.size:
            row, length = long[0] % len(table.names), columns["l"][long[0]]
            message = f"'{table.names[row]}' has a channel {length:g} m long: sizes are in metres, as in l=1u"
            world.warn(table.origins[row], message)

    @staticmethod
    def _check_edges(table: Table, columns: dict[str, np.ndarray], world: World) -> None:
        """Warn of perimeters that the check of BSIM3 3.1 sets right, in ngspice of one transistor of a size only."""
        width = _sizes(columns)[1][0]
        short = (np.minimum(columns["pd"], columns["ps"]) < width) & (columns["version"] < LATER)
        for index in np.flatnonzero(short)[:1]:
            row = index % len(table.names)
            message = (
                f"pd or ps of '{table.names[row]}' is less than the channel's width and counts as that, as the check "
                "of BSIM3 3.1 has it; ngspice does so for the first transistor of each size"
            )
            world.warn(table.origins[row], message)

    def at_size(self, name: str, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Parameters of BSIM with their l…, w… and p…: foundries' bins have negative velocities without these."""
        shares = [columns[letter + name] for letter in "lwp" if letter + name in columns]
        if "binunit" not in columns or len(shares) != len("lwp"):
            return columns[name]
        unit = np.where(np.abs(columns["binunit"] - 1.0) < 0.5, 1e-6, 1.0)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # of impossible sizes
            by_length, by_width = (unit / size for size, _ in _sizes(columns))
            return (
                columns[name]
                + shares[0] * by_length
                + shares[1] * by_width
                + shares[2] * by_length * by_width
            )

    def settle(self, local: dict[str, np.ndarray], columns: Mapping[str, np.ndarray]) -> None:
        """MOSFETs that are ``off`` start without charge, and so do the body diodes of power MOSFETs."""
        if "contact" in local and "icvbs" in columns:  # on an insulator
            given = ~np.isnan(columns["icvbs"])
            local["body"] = np.where(given, local["source"] + columns["icvbs"], local["body"])
        for name, voltage in local.items():
            local[name] = np.where(columns["off"] > 0.5, 0.0, voltage)
        if "diode_inner" in local:
            local["diode_inner"] = local["drain"]

    @staticmethod
    def build(
        name: str, drain: Node, gate: Node, source: Node, bulk: Node, model: str, **parameters: Number
    ) -> str:
        """Add a MOSFET."""
        return card(f"m{name}", drain, gate, source, bulk, model, **parameters)


def _sizes(columns: Mapping[str, np.ndarray]) -> list[tuple[np.ndarray, str]]:
    """Length and width of channels [m], and how they follow from the cards."""
    zero = np.zeros(1)
    if "lln" in columns:  # BSIM
        return [_effective(columns, "l", "length"), _effective(columns, "w", "width")]
    if "ld" not in columns:
        return []
    return [
        (columns["l"] - 2.0 * columns["ld"] + columns.get("xl", zero), "length l - 2·ld"),
        (columns["w"] - 2.0 * columns.get("wd", zero) + columns.get("xw", zero), "width w - 2·wd"),
    ]


def _effective(columns: Mapping[str, np.ndarray], end: str, name: str) -> tuple[np.ndarray, str]:
    """Length or width of channels of BSIM, and how it follows from the cards."""
    mask = {by: columns[by] for by in ("l", "w")}
    if "nf" in columns:  # BSIM4
        mask = {"l": columns["l"] + columns["xl"], "w": columns["w"] / columns["nf"] + columns["xw"]}
    by_l, by_w = (mask[by] ** columns[f"{end}{by}n"] for by in ("l", "w"))
    outset = columns[f"{end}int"] + columns[f"{end}l"] / by_l + columns[f"{end}w"] / by_w
    outset = outset + columns[f"{end}wl"] / (by_l * by_w)
    size = mask[end] if "nf" in columns else mask[end] + columns.get(f"x{end}", 0.0)
    if end == "w" and "nbc" in columns:  # on an insulator: edges of body contacts are none of the channel's
        contacts = columns["nbc"]
        size, outset = size - contacts * columns["dwbc"], (1.0 - 0.5 * contacts) * outset
    return size - 2.0 * outset, f"{name} by {end}, {end}int, {end}l, {end}w"
