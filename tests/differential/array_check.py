"""One random array: every public way against the reference, to what docs/crossbars.md promises."""

import array_card
import array_network
import array_oracle
import array_plain
import array_ways as ways
import numpy as np
from array_cells import Chain
from array_oracle import SIDES

from circuitnn.crossbar.line_elimination import TOLERANCE
from circuitnn.errors import AnalysisError, CircuitnnError, DeckWarning

DOUBLE = float(np.finfo(float).eps)
# Rounding errors at each node; they add up along a line.
OPERATIONS = 4
# Of an exponential: its argument's rounding.
EXPONENT = 40
# Currents that count for none. [A]
LEAST = 1e-24
# The general engine's voltages: reltol and vntol of arrays.
GENERAL = (1e-9, 1e-12)
ABSTOL = ways.TIGHT["abstol"]
# Where a note says that rounding spoils voltages, no more than that they lie within what the sources give.
WITHIN = 1e-3


class Bounds:
    """How far each number may be from the reference.

    The array solver promises what is lost of each line's current, and rounding of voltages; what comes of that at any
    number is the inverse of the reference's matrix times that loss. The general engine promises voltages, or says that
    rounding spoils them.
    """

    def __init__(self, reference, general=False, tolerance=TOLERANCE):
        net = reference.network
        self.volts = max([float(np.nanmax(np.abs(v), initial=0.0)) for v in net.voltage.values()])
        rounding = DOUBLE * OPERATIONS * max(net.rows, net.cols, 2)
        size = np.abs(reference.cell_current)
        by_word, by_bit = reference.slopes
        most = self.volts if net.gate is None else max(self.volts, np.abs(net.gate).max())
        curved = EXPONENT * DOUBLE if any(isinstance(cell, Chain) for _, cell in net.cells) else 0.0
        noise = curved * size + rounding * (size + reference.grain + (by_word + by_bit) * most)
        along = np.abs(reference.wordline_current).max(axis=1, initial=0.0) if net.cols > 1 else 0.0
        down = np.abs(reference.bitline_current).max(axis=0, initial=0.0) if net.rows > 1 else 0.0
        noise = noise + LEAST
        word = noise + (tolerance * size.sum(axis=1) + rounding * along)[:, None]
        bit = noise + tolerance * size.sum(axis=0) + rounding * down
        self.spread = reference.spread(word, bit)
        self.spread["cell_current"] = self.spread["cell_current"] + noise
        self.floor = rounding * self.volts
        for side in SIDES:
            what = "word_out" if side in ("left", "right") else "bit_out"
            self.spread[what] = self.spread[what] + rounding * np.abs(reference.out[side])
        if general:
            # Newton's tolerance, and as much rounding without a note.
            off = 2 * (GENERAL[0] * self.volts + GENERAL[1])
            self.floor += off
            extra = 2 * off * (by_word + by_bit)
            self.spread["cell_current"] = self.spread["cell_current"] + extra
            self.spread["word_out"] = self.spread["word_out"] + extra.sum(axis=1)
            self.spread["bit_out"] = self.spread["bit_out"] + extra.sum(axis=0)

    def of(self, what):
        made = self.spread[what]
        return made + self.floor if what.endswith("voltage") else made


def off(name, made, wanted, bound):
    """What is wrong with numbers, or an empty list."""
    made, wanted, bound = (np.asarray(a, np.longdouble) for a in (made, wanted, bound))
    if made.shape != wanted.shape:
        return [f"{name}: shape {made.shape}, not {wanted.shape}"]
    error = np.abs(made - wanted)
    bad = ~(error <= bound + 1e-300)
    if not np.any(bad):
        return []
    ratio = np.where(bad, error / (bound + 1e-300), 0)
    at = np.unravel_index(np.argmax(np.where(np.isnan(ratio), np.inf, ratio)), ratio.shape)
    return [
        f"{name}{list(map(int, at))}: {made[at]:.9g}, right {wanted[at]:.9g} "
        f"(off {error[at]:.3g}, bound {np.broadcast_to(bound, error.shape)[at]:.3g}; {bad.sum()} of {bad.size})"
    ]


def out_bound(bounds, side):
    return bounds.of("word_out" if side in ("left", "right") else "bit_out")


def check_result(name, result, reference, bounds):
    """All numbers of a `CrossbarResult`."""
    bad = []
    for what in ("word_voltage", "bit_voltage", "cell_voltage", "cell_current"):
        bad += off(f"{name} {what}", getattr(result, what), getattr(reference, what), bounds.of(what))
    for side in SIDES:
        bound = out_bound(bounds, side)
        bad += off(f"{name} out {side}", result.currents_out[side], reference.out[side], bound)
    along = bounds.of("word_out")[:, None] + np.zeros(reference.wordline_current.shape)
    bad += off(f"{name} wordline_current", result.wordline_current, reference.wordline_current, along)
    down = bounds.of("bit_out") + np.zeros(reference.bitline_current.shape)
    bad += off(f"{name} bitline_current", result.bitline_current, reference.bitline_current, down)
    everything = sum(np.sum(out_bound(bounds, side)) for side in SIDES) * bounds.volts
    bad += off(f"{name} total_power", result.total_power, reference.total_power, everything)
    return bad


def check_op(plain, reference):
    result = ways.op(plain)
    if noted(result.statistics):
        return within("op", reference, result.word_voltage, result.bit_voltage)
    return check_result("op", result, reference, Bounds(reference))


def noted(statistics):
    """Whether a result says that rounding may have spoilt it."""
    says = ("are rounded", "nearly singular", "Kirchhoff's laws hold")
    return any(what in note for note in statistics.notes for what in says)


def within(name, reference, *voltages):
    """Voltages of a result that says that they are rounded: between those of the ends."""
    most = max(float(np.nanmax(np.abs(v), initial=0.0)) for v in reference.network.voltage.values())
    return [
        f"{name}: a voltage of {np.abs(v).max():g} V, the ends give {most:g} V"
        for v in voltages
        if not np.abs(v).max() <= (1 + WITHIN) * most
    ]


def check_general(plain, reference):
    result = ways.op(plain, engine="general")
    if noted(result.statistics):
        return within("general", reference, result.word_voltage, result.bit_voltage)
    return check_result("general", result, reference, Bounds(reference, True))


def check_tight(plain, reference):
    """A tolerance below rounding is met as well as rounding allows."""
    return check_result(
        "tight", ways.op(plain, tolerance=1e-18), reference, Bounds(reference, tolerance=1e-11)
    )


def per_column(plain, values):
    return values[..., 0::2] - values[..., 1::2] if plain["negative"] is not None else values


def check_mvm(plain, reference):
    """Products, one and a batch, in which the bias's own inputs are one row."""
    if plain["bias"]["kind"] != "MVM":
        return []
    rng = np.random.default_rng(plain["seed"])
    own = plain["bias"]["inputs"]
    inputs = np.stack([own, *(rng.uniform(-1, 1, (4, len(own))) * np.abs(own).max())])
    order = rng.permutation(len(inputs))
    made = ways.product(plain, inputs[order])
    bounds = Bounds(reference)
    bound = bounds.of("bit_out")
    if plain["negative"] is not None:
        bound = bound[0::2] + bound[1::2]
    wanted = per_column(plain, reference.out["bottom"] + reference.out["top"])
    bad = off("mvm batch", made[np.argmin(order)], wanted, bound)
    return bad + off("mvm", ways.product(plain, own), wanted, bound)


def check_effective(plain, reference):
    """Effective conductances, by the slopes of the reference: 1 V at one word line's ends after the other."""
    if plain["bias"]["kind"] != "MVM":
        return []
    nodes, system = reference.system
    net = reference.network
    m, n = net.rows, net.cols
    at_rest = np.abs(reference.cell_voltage) <= Bounds(reference).floor
    if np.any(at_rest) and any(isinstance(cell, Chain) and cell.kinked for _, cell in net.cells):
        return []  # either slope is right
    wanted, bound = np.zeros((m, n), np.longdouble), np.zeros((m, n), np.longdouble)
    held = {s: ~np.isnan(net.voltage[s]) & np.isfinite(net.resistance[s]) for s in SIDES}
    for i in np.flatnonzero(held["left"] | held["right"]):
        response = array_oracle.response(nodes, system, reference, i)
        wanted[i] = response
        bound[i] = 1e-9 * np.abs(response).sum() + 1e-13 * np.sum(reference.slopes[0][i])
    steep = sum(np.sum(cell.steep) for _, cell in net.cells if isinstance(cell, Chain))
    bound += OPERATIONS * DOUBLE * max(m, n, 2) * steep
    wanted = np.where(held["top"] | held["bottom"], wanted, 0)
    try:
        made = ways.array(plain).effective_conductance(ways.scheme(plain))
    except AnalysisError as error:
        # What is documented not to be done, and how it is done then.
        return [] if "take differences of op()" in str(error) else [f"effective: {error}"]
    bound = bound + 1e-9 * np.abs(wanted).sum(axis=0)
    if plain["negative"] is not None:
        bound = bound[:, 0::2] + bound[:, 1::2]
    return off("effective", made, per_column(plain, wanted), bound)


def check_signals(name, reference, word, bit, out, current=None):
    """Voltages and currents of a circuit with the array in it."""
    bounds = Bounds(reference, True)
    bad = off(f"{name} word_voltage", word, reference.word_voltage, bounds.of("word_voltage"))
    bad += off(f"{name} bit_voltage", bit, reference.bit_voltage, bounds.of("bit_voltage"))
    if current is not None:
        bad += off(f"{name} cell_current", current, reference.cell_current, bounds.of("cell_current"))
    for side in SIDES:
        # Two nodes of lines and up to two inside at each cell.
        bound = out_bound(bounds, side) + 4 * ABSTOL * word.size
        bad += off(f"{name} out {side}", out[side], reference.out[side], bound)
    return bad


def check_rest(plain, reference):
    """What rests stays where it is, whatever a note says of what moves."""
    word, bit, out, _ = ways.at_rest(plain)
    return check_signals("tran", reference, word, bit, out)


def check_circuit(plain, reference, name="circuit", way=ways.in_circuit):
    word, bit, current, out, statistics = way(plain)
    if noted(statistics):
        return within(name, reference, word, bit)
    return check_signals(name, reference, word, bit, out, current)


def check_card(plain, reference):
    return check_circuit(plain, reference, "card", ways.on_card) if array_card.possible(plain) else []


def check_deck(plain, reference):
    """Voltages of the nodes that the flat deck has under their own names, and currents of the ends."""
    signals, out, statistics = ways.flat_deck(plain)
    if noted(statistics):
        return within("deck", reference, *(np.array([v]) for k, v in signals.items() if k.startswith("v(")))
    voltages = []
    for letter, line in (("w", "word_voltage"), ("b", "bit_voltage")):
        wanted = getattr(reference, line)
        made = [signals.get(f"v({letter}{i}_{j})", wanted[i, j]) for i, j in np.ndindex(wanted.shape)]
        voltages.append(np.reshape(made, wanted.shape))
    return check_signals("deck", reference, *voltages, out)


WAYS = {
    "op": check_op,
    "tight": check_tight,
    "mvm": check_mvm,
    "effective": check_effective,
    "general": check_general,
    "rest": check_rest,
    "circuit": check_circuit,
    "card": check_card,
    "deck": check_deck,
}


# Which of the general engine's ways are taken, by the seed's remainder.
EVERY = 16
GENERAL_WAYS = {0: ["general"], 2: ["rest"], 3: ["card"], 5: ["circuit"], 7: ["deck"]}
GENERAL_WAYS |= {8: ["general"], 10: ["rest"], 11: ["card"], 12: ["circuit", "general"]}


def failures(seed, chosen=None, most=16):
    """What is wrong with the array of a seed: a list of sentences.

    Parameters
    ----------
    seed : int
    chosen : sequence of str, optional
        Of `WAYS`; by default `op`, one of the array solver's other ways by turns, and often one of those of the general
        engine.
    """
    plain = array_plain.draw(seed, most)
    if chosen is None:
        others = ["tight", "mvm", "effective"]
        chosen = ["op", others[seed % len(others)], *GENERAL_WAYS.get(seed % EVERY, ())]
    try:
        reference = array_oracle.solve(array_network.network(plain))
    except array_oracle.Undetermined:
        reference = None
    except (ArithmeticError, AssertionError, ValueError) as error:  # a campaign goes on with the next array
        return [f"seed {seed}: the reference failed: {type(error).__name__}: {error}"]
    bad = []
    for way in chosen:
        try:
            found = WAYS[way](plain, reference) if reference is not None else _refused(way, plain)
        except CircuitnnError as error:
            meant = reference is None or "between two sources is not determined" in str(error)
            found = [] if meant else [f"{way}: {type(error).__name__}: {error}"]
        except DeckWarning as warning:  # a campaign makes warnings errors
            found = [] if "Kirchhoff's laws hold" in str(warning) else [f"{way}: {warning}"]
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
            found = [f"{way}: {type(error).__name__} instead of an error of the package: {error}"]
        bad += found
    return [f"seed {seed}: {what}" for what in bad]


def _refused(way, plain):
    """An array that nothing determines: an error says so."""
    {"op": ways.op}.get(way, ways.op)(plain)
    return [f"{way}: an array without an answer gave one"]
