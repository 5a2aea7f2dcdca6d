"""Random parameters of semiconductor devices, in ranges where ngspice's documentation says what they do."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import device_oracle as oracle
from device_oracle import Charges, Currents, Numbers

Nodes = tuple[str, ...]

# How much of a model is drawn: static currents; charges that `device_oracle` knows; resistances inside and more.
STATIC, CHARGED, FULL = 0, 1, 2


class Device(NamedTuple):
    """What stands on a model card, how many nodes are drawn, and the equations between nodes."""

    letter: str
    terminals: int
    model: str
    equations: Callable[[Nodes], tuple[Currents, Charges]]
    size: str = ""


def _words(p: Numbers) -> str:
    return " ".join(f"{name}={value!r}" for name, value in p.items())


def diode(r: random.Random, detail: int) -> Device:
    p = {"is": r.choice([1e-14, 1e-12, 1e-9]), "n": r.choice([1.0, 1.5, 2.0])}
    if detail >= CHARGED:
        p |= {"cjo": r.choice([0.0, 1e-12, 2e-11]), "vj": r.choice([0.6, 1.0]), "m": r.choice([0.33, 0.5])}
        p |= {"tt": r.choice([0.0, 1e-9, 5e-8])}
    if detail == FULL:
        p |= {"rs": r.choice([0.0, 10.0]), "bv": r.choice([4.0, 50.0]), "isr": r.choice([0.0, 1e-12])}
    return Device("d", 2, f"d({_words(p)})", lambda nodes: oracle.diode(nodes, p))


def bipolar(r: random.Random, detail: int) -> Device:
    kind, sign = r.choice([("npn", 1), ("pnp", -1)])
    p = {
        "is": 1e-15,
        "bf": r.choice([50.0, 200.0]),
        "br": r.choice([1.0, 5.0]),
        "vaf": r.choice([50.0, 200.0]),
    }
    if detail >= CHARGED:
        p |= {"cje": r.choice([0.0, 1e-12]), "cjc": r.choice([0.0, 1e-12])}
        p |= {"tf": r.choice([0.0, 1e-10]), "tr": r.choice([0.0, 1e-8])}
    if detail == FULL:
        p |= {"rb": r.choice([0.0, 100.0]), "rc": r.choice([0.0, 10.0]), "re": r.choice([0.0, 1.0])}
        p |= {
            "ikf": r.choice([1e-2, 1e-1]),
            "ise": r.choice([0.0, 1e-13]),
            "vtf": 3.0,
            "xtf": r.choice([0.0, 2.0]),
        }
        p |= {"itf": 1e-2, "cjs": r.choice([0.0, 2e-12]), "xcjc": r.choice([1.0, 0.5])}
    return Device("q", 3, f"{kind}({_words(p)})", lambda nodes: oracle.bipolar(nodes, sign, p))


def jfet(r: random.Random, detail: int) -> Device:
    kind, sign = r.choice([("njf", 1), ("pjf", -1)])
    p = {"vto": r.choice([-2.0, -1.0, 0.3]), "beta": r.choice([1e-4, 1e-3]), "lambda": r.choice([0.0, 0.02])}
    p |= {"is": r.choice([1e-14, 1e-12])}
    if detail >= CHARGED:
        p |= {"cgs": r.choice([0.0, 2e-12]), "cgd": r.choice([0.0, 1e-12])}
    if detail == FULL:
        p |= {"rd": r.choice([0.0, 20.0]), "rs": r.choice([0.0, 20.0]), "b": r.choice([1.0, 0.8])}
    return Device("j", 3, f"{kind}({_words(p)})", lambda nodes: oracle.jfet(nodes, sign, p))


def _mosfet(level: int, channel: oracle.Channel, r: random.Random, p: Numbers, detail: int) -> Device:
    kind, sign = r.choice([("nmos", 1), ("pmos", -1)])
    size = {"w": r.choice([2e-6, 1e-5]), "l": r.choice([1e-6, 2e-6, 5e-6])}
    if detail >= CHARGED:
        p |= {"cbd": r.choice([0.0, 1e-13]), "cbs": r.choice([0.0, 1e-13]), "cgbo": r.choice([0.0, 1e-9])}
        p |= {"cgso": r.choice([0.0, 1e-8]), "cgdo": r.choice([0.0, 1e-8])}
    if detail == FULL:
        p |= {"rd": r.choice([0.0, 50.0]), "rs": r.choice([0.0, 50.0])}
        p |= {"tox": r.choice([2e-8, 5e-8])} if level == 1 else {}
    given = {**p, "vto": sign * p["vto"]}
    return Device(
        "m",
        3,
        f"{kind}(level={level} {_words(given)})",
        lambda nodes: oracle.mosfet(nodes, sign, p | size, channel),
        _words(size),
    )


def _threshold(r: random.Random) -> Numbers:
    return {"vto": r.choice([0.5, 1.0]), "phi": r.choice([0.6, 0.7]), "gamma": r.choice([0.3, 0.6])}


def mosfet1(r: random.Random, detail: int) -> Device:
    p = _threshold(r) | {"kp": r.choice([2e-5, 1e-4]), "lambda": r.choice([0.0, 0.02])}
    return _mosfet(1, oracle.level1, r, p, detail)


def _process(r: random.Random) -> Numbers:
    p = _threshold(r) | {
        "kp": r.choice([2e-5, 5e-5]),
        "tox": r.choice([2e-8, 5e-8]),
        "nsub": r.choice([1e15, 2e16]),
    }
    return p | {"xj": r.choice([1e-7, 3e-7]), "delta": r.choice([0.0, 1.0]), "nfs": r.choice([0.0, 1e11])}


def mosfet2(r: random.Random, detail: int) -> Device:
    p = _process(r) | {"ucrit": r.choice([1e4, 5e4]), "uexp": r.choice([0.0, 0.1, 0.2])}
    return _mosfet(2, oracle.level2, r, p, detail)


def mosfet3(r: random.Random, detail: int) -> Device:
    p = _process(r) | {
        "theta": r.choice([0.0, 0.1]),
        "eta": r.choice([0.0, 0.5]),
        "kappa": r.choice([0.2, 1.0]),
    }
    return _mosfet(3, oracle.level3, r, p | {"vmax": r.choice([0.0, 1e5]), "uo": 600.0}, detail)


def mosfet6(r: random.Random, detail: int) -> Device:
    p = _threshold(r) | {"kv": r.choice([1.0, 2.0]), "nv": r.choice([0.5, 0.6]), "kc": r.choice([2e-5, 5e-5])}
    p |= {"nc": r.choice([1.0, 1.3]), "gamma1": r.choice([0.0, 0.1]), "sigma": r.choice([0.0, 0.02])}
    p |= {"lambda0": r.choice([0.0, 0.02]), "lambda1": r.choice([0.0, 0.01])}
    return _mosfet(6, oracle.level6, r, p, detail)


DEVICES: dict[str, Callable[[random.Random, int], Device]] = {
    "diode": diode,
    "bipolar": bipolar,
    "jfet": jfet,
    "mosfet1": mosfet1,
    "mosfet2": mosfet2,
    "mosfet3": mosfet3,
    "mosfet6": mosfet6,
}
