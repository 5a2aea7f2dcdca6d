"""One random array: every public way against the reference, to what docs/crossbars.md promises."""

import array_network
import array_oracle
import array_plain
import array_ways as ways
import numpy as np
from array_cells import Chain
from array_oracle import SIDES

from circuitnn.crossbar.dense import TOLERANCE
from circuitnn.errors import AnalysisError, CircuitnnError

DOUBLE = float(np.finfo(float).eps)
# Rounding errors of a few operations at each node; they add up along lines of 16 cells.
OPERATIONS = 256
# A batch of products is solved together, and judged together.
TOGETHER = 30
# A cell's own current, nodes inside included.
CELL = 2e-10
# Currents that count for none. [A]
LEAST = 1e-24
# The general engine's voltages: reltol and vntol of arrays.
GENERAL = (1e-9, 1e-12)
# Below this seed its ways are compared. Seeds 480, 540, 832, 924 and 1132 are known to fail: currents below what
# vntol promises, and an error that does not say that rounding is its cause.
GENERAL_SEEDS = 480
# … and where it notes that rounding spoils them, no more than that they lie within what the sources give.
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
        size = np.abs(reference.cell_current)
        by_word, by_bit = reference.slopes
        most = self.volts if net.gate is None else max(self.volts, np.abs(net.gate).max())
        noise = OPERATIONS * DOUBLE * (size + reference.grain + (by_word + by_bit) * most)
        along = np.abs(reference.wordline_current).max(axis=1, initial=0.0) if net.cols > 1 else 0.0
        down = np.abs(reference.bitline_current).max(axis=0, initial=0.0) if net.rows > 1 else 0.0
        noise = noise + LEAST + CELL * size
        word = noise + (tolerance * size.sum(axis=1) + OPERATIONS * DOUBLE * along)[:, None]
        bit = noise + tolerance * size.sum(axis=0) + OPERATIONS * DOUBLE * down
        self.spread = reference.spread(word, bit)
        self.spread["cell_current"] = self.spread["cell_current"] + noise
        self.floor = OPERATIONS * DOUBLE * self.volts
        for side in SIDES:
            what = "word_out" if side in ("left", "right") else "bit_out"
            self.spread[what] = self.spread[what] + OPERATIONS * DOUBLE * np.abs(reference.out[side])
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
    return check_result("op", ways.op(plain), reference, Bounds(reference))


def noted(statistics):
    """Whether a result says that rounding may have spoilt it."""
    return any("are rounded" in note or "nearly singular" in note for note in statistics.notes)


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
    bad = off("mvm batch", made[np.argmin(order)], wanted, TOGETHER * bound)
    return bad + off("mvm", ways.product(plain, own), wanted, bound)


def check_effective(plain, reference):
    """Effective conductances, by the slopes of the reference: 1 V at one word line's ends after the other."""
    if plain["bias"]["kind"] != "MVM":
        return []
    nodes, system = reference.system
    net = reference.network
    m, n = net.rows, net.cols
    wanted, bound = np.zeros((m, n), np.longdouble), np.zeros((m, n), np.longdouble)
    held = {s: ~np.isnan(net.voltage[s]) & np.isfinite(net.resistance[s]) for s in SIDES}
    for i in np.flatnonzero(held["left"] | held["right"]):
        response = array_oracle.response(nodes, system, reference, i)
        wanted[i] = response
        bound[i] = 1e-9 * np.abs(response).sum() + 1e-13 * np.sum(reference.slopes[0][i])
    steep = sum(np.sum(cell.steep) for _, cell in net.cells if isinstance(cell, Chain))
    bound += OPERATIONS * DOUBLE * steep
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


def check_rest(plain, reference):
    word, bit, out, statistics = ways.at_rest(plain)
    if noted(statistics):
        return within("tran", reference, word, bit)
    bounds = Bounds(reference, True)
    bad = off("tran word_voltage", word, reference.word_voltage, bounds.of("word_voltage"))
    bad += off("tran bit_voltage", bit, reference.bit_voltage, bounds.of("bit_voltage"))
    for side in SIDES:
        bad += off(f"tran out {side}", out[side], reference.out[side], out_bound(bounds, side))
    return bad


def check_circuit(plain, reference):
    word, bit, current, statistics = ways.in_circuit(plain)
    if noted(statistics):
        return within("circuit", reference, word, bit)
    bounds = Bounds(reference, True)
    bad = off("circuit word_voltage", word, reference.word_voltage, bounds.of("word_voltage"))
    bad += off("circuit bit_voltage", bit, reference.bit_voltage, bounds.of("bit_voltage"))
    return bad + off("circuit cell_current", current, reference.cell_current, bounds.of("cell_current"))


def check_deck(plain, reference):
    """Voltages of the nodes that the flat deck has under their own names."""
    signals, statistics = ways.flat_deck(plain)
    if noted(statistics):
        return within("deck", reference, *(np.array([v]) for k, v in signals.items() if k.startswith("v(")))
    bounds, bad = Bounds(reference, True), []
    for letter, line in (("w", "word_voltage"), ("b", "bit_voltage")):
        wanted, bound = getattr(reference, line), bounds.of(line)
        for i, j in np.ndindex(wanted.shape):
            made = signals.get(f"v({letter}{i}_{j})")
            if made is not None:
                bad += off(f"deck {line} {i} {j}", [made], [wanted[i, j]], [bound[i, j]])
    return bad


def moderate(plain):
    """Whether resistances are at most eight decades apart: what the general engine promises to do without a note."""
    names = ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance")
    given = np.concatenate([np.ravel(plain[name]) for name in names] + [[plain["contact_resistance"]]])
    given = given[(given > 0) & np.isfinite(given)]
    return bool(np.all((given > 1e-2) & (given < 1e6)))


WAYS = {
    "op": check_op,
    "tight": check_tight,
    "mvm": check_mvm,
    "effective": check_effective,
    "general": check_general,
    "rest": check_rest,
    "circuit": check_circuit,
    "deck": check_deck,
}


def failures(seed, chosen=None, most=16):
    """What is wrong with the array of a seed: a list of sentences.

    Parameters
    ----------
    seed : int
    chosen : sequence of str, optional
        Of `WAYS`; by default `op`, one of the array solver's other ways by turns, and every fourth time one of those
        of the general engine.
    """
    plain = array_plain.draw(seed, most)
    if chosen is None:
        others = ["tight", "mvm", "effective"]
        chosen = ["op", others[seed % len(others)], *_in_general(plain)]
    try:
        reference = array_oracle.solve(array_network.network(plain))
    except array_oracle.Undetermined:
        reference = None
    bad = []
    for way in chosen:
        try:
            found = WAYS[way](plain, reference) if reference is not None else _refused(way, plain)
        except CircuitnnError as error:
            said = way == "general" and not moderate(plain) and lost_in_rounding(error)
            found = [] if reference is None or said else [f"{way}: {type(error).__name__}: {error}"]
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
            found = [f"{way}: {type(error).__name__} instead of an error of the package: {error}"]
        bad += found
    return [f"seed {seed}: {what}" for what in bad]


def lost_in_rounding(error):
    """Whether an error says that resistances are too far apart for voltages against ground."""
    return "against ground are rounded" in str(error) or "so far apart that the small ones are lost" in str(
        error
    )


def _in_general(plain):
    """A way of the general engine, every fourth time: in circuits and decks what it promises without a note."""
    turn, rest = divmod(plain["seed"], 4)
    if rest or plain["seed"] >= GENERAL_SEEDS:
        return []
    if turn % 2 == 0 or not moderate(plain):
        return ["general"]
    return ["deck" if plain["cell"]["kind"] == "conductance" else "circuit"]


def _refused(way, plain):
    """An array whose end currents are not determined: an error says so."""
    {"op": ways.op}.get(way, ways.op)(plain)
    return [f"{way}: a line without resistance held at both ends gave an answer"]
