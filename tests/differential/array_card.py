"""An array as a ``.crossbar`` card in a deck: what is at its ends are sources and resistors of the deck."""

import array_network
import numpy as np
from array_oracle import SIDES

LETTERS = {"left": "wl", "right": "wr", "top": "bt", "bottom": "bb"}
TYPES = {"diode": "d"}
KEYS = {"wordline_resistance": "rw", "bitline_resistance": "rb", "driver_resistance": "rd"}
KEYS |= {"sense_resistance": "rs", "contact_resistance": "rc"}


def held(plain):
    """Voltages of the ends, resistances before them; NaN where nothing holds."""
    voltage, extra, gate = array_network.bias(plain)
    size = {s: plain["rows"] if s in SIDES[:2] else plain["lines"] for s in SIDES}
    more = {s: np.broadcast_to(np.asarray(extra.get(s, 0.0), float), size[s]) for s in SIDES}
    made = {s: np.broadcast_to(np.asarray(voltage[s], float), size[s]) for s in SIDES}
    return {s: np.where(np.isinf(more[s]), np.nan, made[s]) for s in SIDES}, more, gate


def possible(plain):
    """Whether a card can say it: no faults, no pairs, gates along the rows, no line that would join two nodes."""
    cell = plain["cell"]
    if plain["faults"] is not None or plain["negative"] is not None or cell.get("along") == "columns":
        return False
    voltage, _, _ = held(plain)
    joined = {s: not np.all(np.isnan(voltage[s])) for s in SIDES}
    for one, two, wires, ends, along in (
        ("left", "right", "wordline_resistance", "driver_resistance", "lines"),
        ("top", "bottom", "bitline_resistance", "sense_resistance", "rows"),
    ):
        if (
            joined[one]
            and joined[two]
            and (plain[along] == 1 or np.any(np.asarray(plain[wires]) == 0))
            and np.any(np.asarray(plain[ends]) == 0)
        ):
            return False
    return True


class Deck:
    """A deck's text, with the files of numbers that it names in a folder."""

    def __init__(self, plain, folder, options):
        self.folder, self.lines, self.words = folder, ["array on a card"], []
        plus = {key: plain[name] for name, key in KEYS.items()}
        for key, values in (plus | self.capacitances(plain)).items():
            self.value(key, values)
        self.cell(plain["cell"])
        self.ends(plain)
        head = f".crossbar x1 rows={plain['rows']} cols={plain['cols']}"
        self.lines.append(" ".join([head, *self.words]))
        given = " ".join(f"{k}={v!r}" for k, v in options.items())
        self.lines += [f".options temp={plain['temperature']!r} {given}", ".op", ".end"]
        self.text = "\n".join(self.lines) + "\n"

    def capacitances(self, plain):
        short = {"wordline": "cw", "bitline": "cb", "cell": "cc"}
        return {short[k]: v for k, v in plain["capacitance"].items()}

    def value(self, key, values):
        if np.ndim(values) == 0 and np.isfinite(values):
            self.words.append(f"{key}={float(values)!r}")
        elif np.size(values):
            name = f"{key}.npy"
            np.save(self.folder / name, np.asarray(values, float))
            self.words.append(f"file.{key}={name}")

    def cell(self, cell):
        if cell["kind"] == "conductance":
            with np.errstate(divide="ignore"):
                self.value(cell["form"], 1 / np.asarray(cell["g"]) if cell["form"] == "r" else cell["g"])
            return
        parts = [part for part in cell["parts"] if part[0] != "resistor"]
        if cell["transistor"] is not None:
            parts.append(("ekv", cell["transistor"]))
        if parts:
            self.words.append("model=" + ",".join(f"m{k}" for k in range(len(parts))))
        for k, (model, numbers) in enumerate(parts):
            self.lines.append(f".model m{k} {TYPES.get(model, model)}")
            for name, values in numbers.items():
                self.value(f"m{k}.{name}", values)
        for model, numbers in cell["parts"]:
            if model == "resistor":
                self.value("r", numbers["r"])

    def ends(self, plain):
        voltage, more, gate = held(plain)
        for side in SIDES:
            own = np.flatnonzero(~np.isnan(voltage[side]))
            if not len(own):
                continue
            self.words.append(f"{side}={side}")
            for k in own.tolist():
                name, node = f"{LETTERS[side]}{k}", f"{side}{k}"
                if more[side][k] > 0:
                    self.lines.append(f"r{name} {node} s{node} {float(more[side][k])!r}")
                    node = f"s{node}"
                self.lines.append(f"v{name} {node} 0 {float(voltage[side][k])!r}")
        if plain["cell"].get("transistor") is not None:
            self.words.append("gate=g")
            for k, v in enumerate(np.broadcast_to(np.asarray(gate, float), plain["rows"]).tolist()):
                self.lines.append(f"vg{k} g{k} 0 {v!r}")
