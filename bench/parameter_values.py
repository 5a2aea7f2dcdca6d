"""Random values of the parameters of ngspice's models: how large they usually are where their default does not tell."""

from __future__ import annotations

import math
import random
import re

from bench import bsim_cards
from circuitnn.models.model import Model, Parameter

SPREAD = 0.35  # of the logarithm
NEVER = 1e20  # a default beyond it means that the parameter is not given
# Sizes of usual values by the end of a name, where the default is 0 or follows from others; first match counts.
USUAL: tuple[tuple[str, float], ...] = (
    (r"^t(is|ise|isc|iss|\w+)1$", 1e-3),
    (r"^t(is|ise|isc|iss|\w+)2$", 1e-6),
    (r"^(kf)$", 1e-24),
    (r"^(xtf)$", 3.0),
)
BY_UNIT = {
    "m²": 1e-11,
    "Ohm": 5.0,
    "s": 1e-10,
    "F": 1e-13,
    "V": 1.0,
    "1/V": 0.05,
    "A": 1e-12,
    "1/K": 1e-3,
    "1/K²": 1e-6,
    "V/K": 1e-3,
    "F/m": 3e-10,
    "F/m²": 3e-4,
    "A/m²": 1e-4,
    "A/m": 1e-10,
    "m": 2e-8,
    "1/cm³": 2e15,
    "1/cm²": 1e10,
    "": 0.3,
}
# Of one model.
OWN: dict[str, dict[str, float]] = {
    "diode": {
        "jsw": 1e-14,
        "ns": 1.2,
        "isr": 1e-12,
        "ikf": 1e-2,
        "ikr": 1e-10,
        "jtun": 1e-13,
        "jtunsw": 1e-13,
        "cjo": 1e-12,
        "cjsw": 1e-12,
        "bv": 5.0,
        "tt": 1e-10,
        "tcv": 2e-3,
        "pj": 3.0,
        "kf": 1e-16,
        "l": 20e-6,
        "w": 30e-6,
        "xw": 1e-7,
        "xp": 1e-7,
        "xm": 1e-7,
        "lm": 5e-6,
        "lp": 5e-6,
        "wm": 5e-6,
        "wp": 5e-6,
        "xom": 1e4,
        "xoi": 1e4,
    },
    "bjt": {
        "ibe": 2e-16,
        "ibc": 1e-16,
        "vaf": 50.0,
        "ikf": 1e-2,
        "ise": 1e-14,
        "var": 10.0,
        "ikr": 1e-2,
        "isc": 1e-14,
        "irb": 1e-5,
        "rbm": 20.0,
        "rb": 100.0,
        "re": 2.0,
        "rc": 20.0,
        "cje": 1e-12,
        "cjc": 5e-13,
        "cjs": 5e-13,
        "tf": 1e-11,
        "xtf": 3.0,
        "vtf": 3.0,
        "itf": 1e-2,
        "tr": 1e-9,
        "mjs": 0.3,
        "iss": 1e-17,
        "xtb": 1.2,
        "areab": 2.0,
        "areac": 2.0,
        "kf": 1e-15,
        "ptf": 20.0,
        "rco": 100.0,
        "vo": 5.0,
        "gamma": 1e-9,
        "qco": 1e-14,
    },
    "jfet": {
        "lambda": 0.03,
        "rd": 10.0,
        "rs": 10.0,
        "cgs": 3e-12,
        "cgd": 1e-12,
        "kf": 1e-17,
        "b": 0.8,
        "tcv": 1e-3,
        "bex": -0.5,
        "betatce": -0.5,
        "vtotc": -1e-3,
        "isr": 1e-13,
        "alpha": 1e-6,
        "vk": 50.0,
        "m": 0.5,
        "xti": 3.0,
    },
    "jfet2": {
        "lambda": 0.03,
        "vst": 0.1,
        "mvst": 0.1,
        "lfgam": 0.05,
        "lfg1": 0.02,
        "lfg2": 0.01,
        "hfgam": 0.03,
        "hfg1": 0.02,
        "hfg2": 0.01,
        "hfeta": 0.05,
        "hfe1": 0.01,
        "hfe2": 0.01,
        "taug": 1e-6,
        "delta": 0.5,
        "taud": 1e-5,
        "ibd": 1e-12,
        "rd": 10.0,
        "rs": 10.0,
        "cgs": 3e-12,
        "cgd": 1e-12,
        "cds": 1e-12,
        "acgam": 0.1,
        "xc": 0.2,
        "kf": 1e-17,
        "mxi": 0.1,
        "xi": 5.0,
    },
    "mesfet": {
        "rd": 5.0,
        "rs": 5.0,
        "cgs": 3e-13,
        "cgd": 1e-13,
        "kf": 1e-17,
        "lambda": 0.05,
        "b": 0.3,
        "alpha": 2.0,
    },
    "mosfet": {
        "vto": 0.8,
        "kp": 5e-5,
        "gamma": 0.5,
        "phi": 0.65,
        "lambda": 0.03,
        "rd": 20.0,
        "rs": 20.0,
        "cbd": 1e-13,
        "cbs": 1e-13,
        "js": 1e-4,
        "tox": 3e-8,
        "nsub": 5e15,
        "nss": 1e10,
        "ld": 1e-7,
        "rsh": 10.0,
        "kf": 1e-26,
        "nfs": 1e11,
        "delta": 0.5,
        "ucrit": 1e4,
        "uexp": 0.1,
        "vmax": 5e4,
        "xj": 3e-7,
        "theta": 0.05,
        "eta": 0.05,
        "kappa": 0.3,
        "xl": -1e-7,
        "xw": 1e-7,
        "wd": 1e-7,
        "delvto": 0.05,
        "cj": 3e-4,
        "cjsw": 3e-10,
        "kv": 2.0,
        "nv": 0.6,
        "kc": 5e-5,
        "nc": 1.1,
        "nvth": 0.6,
        "ps": 0.1,
        "gamma1": 0.05,
        "sigma": 0.02,
        "lambda0": 0.03,
        "lambda1": 0.01,
        "neff": 1.0,
        "ad": 2e-11,
        "as": 3e-11,
        "pd": 2e-5,
        "ps_": 2e-5,
        "nrd": 0.5,
        "nrs": 0.5,
        "l": 2e-6,
        "w": 1e-5,
    },
    "vdmos": {
        "vto": 2.0,
        "kp": 2.0,
        "lambda": 0.02,
        "theta": 0.05,
        "subshift": 0.1,
        "rd": 0.05,
        "rs": 0.02,
        "rg": 5.0,
        "rq": 0.2,
        "vq": 5.0,
        "rb": 0.05,
        "bv": 25.0,
        "tt": 1e-8,
        "tcvth": 3e-3,
        "texp0": 1.5,
        "kf": 1e-16,
        "rds": 1e6,
    },
    "vbic": {
        "ikf": 1e-2,
        "ikr": 1e-3,
        "ikp": 1e-3,
        "vo": 2.0,
        "itf": 1e-2,
        "rcx": 20.0,
        "rbx": 30.0,
        "re": 3.0,
        "rs": 50.0,
        "rci": 60.0,
        "rbi": 60.0,
        "rbp": 60.0,
        "isp": 1e-18,
        "ibeip": 1e-18,
        "ibcip": 1e-18,
        "cje": 1e-13,
        "cjc": 1e-13,
        "cjep": 1e-13,
        "cjcp": 1e-13,
        "avc1": 0.1,
        "kfn": 1e-14,
        "dtemp": 10.0,
        "rth": 300.0,
    },
    "hfet": {
        "vto": 0.15,
        "eta": 1.3,
        "mu": 0.3,
        "vs": 1.4e5,
        "vt1": 0.9,
        "eta2": 2.0,
        "d2": 1e-7,
        "vt2": 0.1,
        "klambda": 1e-4,
        "kmu": 1e-4,
        "kvto": 1e-4,
        "cds": 3e-15,
        "ck2": 0.1,
        "cm2": 0.1,
        "a1": 0.05,
        "a2": 0.02,
        "js": 1e-3,
        "cf": 1e-15,
        "knmax": 1e12,
        "dtemp": 15.0,
        "l": 0.8e-6,
        "w": 3e-5,
    },
    "mesa": {
        "phib1": 1e-4,
        "mu1": 0.1,
        "mu2": 0.02,
        "xtm0": 0.5,
        "xtm1": 0.3,
        "xtm2": 0.3,
        "tlambda": 200.0,
        "teta0": 200.0,
        "theta": 0.05,
        "teta1": -250.0,
        "nd": 2e23,
        "tc": 0.05,
        "alpha": 0.5,
        "ndu": 1e22,
        "ndelta": 5e24,
        "dtemp": 15.0,
        "ts": 50.0,
        "td": 40.0,
        "l": 1e-6,
        "w": 2e-5,
    },
    "hicum": {
        "ich": 1e-2,
        "ibets": 1e-3,
        "icbar": 1e-3,
        "rth": 500.0,
        "cth": 1e-10,
        "tr": 1e-12,
        "dt": 10.0,
        "kf": 1e-9,
    },
    "b3soipd": {},
}


def family(model: type[Model]) -> dict[str, float]:
    """Usual values of parameters of a model."""
    if model.name == "bsim3":
        return {k: _middle(v) for k, v in bsim_cards.BSIM3.items()}
    if model.name == "bsim4":
        return {k: _middle(v) for k, v in bsim_cards.BSIM4.items()}
    return next(
        (
            own
            for name, own in sorted(OWN.items(), key=lambda item: -len(item[0]))
            if model.name.startswith(name)
        ),
        {},
    )


def _middle(span: tuple[float, float]) -> float:
    return span[1] if abs(span[1]) > abs(span[0]) else span[0]


def is_choice(p: Parameter) -> bool:
    """Whether a parameter is a selector."""
    whole = math.isfinite(p.high) and p.low == int(p.low) and p.high == int(p.high) and p.high - p.low <= 10
    return (
        bool(
            re.search(r"mod$|^binunit$|^nlev$|^tlevc?$|^subs$|^igcmod|^acm$|^gidlmod|^level$|mod\w?$", p.name)
        )
        and whole
    )


def value(rng: random.Random, p: Parameter, model: type[Model], defaults: dict[str, float | str]) -> float:
    """A random value of a parameter, within its range."""
    if p.name in ("tnom",):
        return round(rng.uniform(0.0, 60.0), 2)
    if p.name in ("temp",):
        return round(rng.uniform(-20.0, 110.0), 2)
    if p.name == "multiplier":
        return rng.choice((2.0, 3.0, 0.5))
    if is_choice(p):
        return float(rng.randint(int(p.low), int(p.high)))
    if p.default == 1.0 and p.name == "polarity":
        return 1.0
    usual = _usual(p, model, defaults)
    whole = (
        p.name in ("rd", "rs") and "rsh" in defaults
    )  # an end that ngspice cuts off, as the page of level 1 says
    if rng.random() < 0.06 and not whole and p.low <= 0.0 <= p.high and not p.nonzero:
        return 0.0
    drawn = usual * math.exp(rng.gauss(0.0, SPREAD))
    free = isinstance(p.default, float) and p.default == 0.0 and p.low < 0.0
    if free and rng.random() < 0.4:
        drawn = -drawn
    if p.low <= 0.0 <= p.high < math.inf and p.low == 0.0:
        drawn = min(drawn, p.low + (p.high - p.low) * rng.uniform(0.3, 0.99))
    return float(f"{min(max(drawn, p.low), p.high):.6g}")


def _usual(p: Parameter, model: type[Model], defaults: dict[str, float | str]) -> float:
    own = family(model)
    if p.name in own:
        return own[p.name]
    default = p.default
    while isinstance(default, str):
        if default in own:
            return own[default]
        default = defaults[default]
    if default and math.isfinite(default) and abs(default) < NEVER:
        return default
    binned = p.name[1:]
    if p.name[0] in "lwp" and binned in defaults:
        centre = defaults[binned]
        centre = own.get(binned, centre if isinstance(centre, float) and abs(centre) < NEVER else 0.0)
        return 0.03 * (centre if isinstance(centre, float) else 0.0)
    if math.isfinite(p.usual):
        return 0.3 * p.usual
    for pattern, size in USUAL:
        if re.search(pattern, p.name):
            return size
    return BY_UNIT.get(p.unit, 0.3)
