"""Random model cards of BSIM3 and BSIM4, and the usual ranges of their parameters."""

from __future__ import annotations

import numpy as np

# Ranges of parameters on cards of 0.13 to 0.5 µm processes.
BSIM3: dict[str, tuple[float, float]] = {
    "tox": (2.5e-9, 1.2e-8),
    "xj": (5e-8, 2e-7),
    "nch": (1e17, 9e17),
    "k1": (0.35, 0.8),
    "k2": (-0.08, 0.05),
    "k3": (-2.0, 80.0),
    "k3b": (-2.0, 5.0),
    "w0": (1e-8, 5e-6),
    "nlx": (1e-9, 2e-7),
    "dvt0": (0.0, 5.0),
    "dvt1": (0.2, 1.2),
    "dvt2": (-0.2, 0.1),
    "dvt0w": (0.0, 0.3),
    "dvt1w": (1e5, 6e6),
    "dvt2w": (-0.05, 0.05),
    "ua": (-2e-9, 3e-9),
    "ub": (5e-19, 4e-18),
    "uc": (-6e-11, 6e-11),
    "vsat": (6e4, 1.6e5),
    "a0": (0.6, 2.0),
    "ags": (0.0, 0.6),
    "b0": (-1e-7, 1e-6),
    "b1": (0.0, 1e-6),
    "keta": (-0.05, 0.02),
    "a1": (0.0, 0.02),
    "a2": (0.4, 1.0),
    "rdsw": (0.0, 900.0),
    "prwg": (-0.1, 0.4),
    "prwb": (-0.2, 0.1),
    "wr": (0.9, 1.0),
    "wint": (0.0, 3e-8),
    "lint": (-1e-8, 4e-8),
    "dwg": (-2e-8, 1e-8),
    "dwb": (-1e-8, 2e-8),
    "voff": (-0.15, -0.05),
    "nfactor": (0.5, 2.2),
    "cit": (0.0, 1e-4),
    "cdsc": (0.0, 1e-3),
    "cdscd": (0.0, 1e-4),
    "cdscb": (-1e-4, 1e-4),
    "eta0": (0.0, 0.1),
    "etab": (-0.1, 0.0),
    "dsub": (0.0, 0.8),
    "pclm": (0.3, 2.5),
    "pdiblc1": (0.0, 1.0),
    "pdiblc2": (1e-6, 0.01),
    "pdiblcb": (-0.5, 0.1),
    "drout": (0.1, 1.0),
    "pscbe1": (1e8, 8e10),
    "pscbe2": (1e-10, 1e-5),
    "pvag": (0.0, 2.0),
    "delta": (0.005, 0.05),
    "alpha0": (0.0, 1e-6),
    "alpha1": (0.0, 1.0),
    "beta0": (10.0, 30.0),
    "ngate": (5e19, 5e20),
    "ute": (-2.0, -1.0),
    "kt1": (-0.4, -0.1),
    "kt1l": (-1e-8, 1e-8),
    "kt2": (-0.04, 0.04),
    "ua1": (1e-10, 5e-9),
    "ub1": (-8e-18, -1e-19),
    "uc1": (-6e-11, 6e-11),
    "at": (1e4, 5e4),
    "prt": (-50.0, 50.0),
    "cgso": (0.0, 8e-10),
    "cgdo": (0.0, 8e-10),
    "cgbo": (0.0, 1e-12),
    "cgsl": (0.0, 3e-10),
    "cgdl": (0.0, 3e-10),
    "ckappa": (0.1, 1.0),
    "cf": (0.0, 1e-10),
    "clc": (1e-8, 2e-7),
    "cle": (0.4, 1.0),
    "dlc": (0.0, 4e-8),
    "dwc": (0.0, 4e-8),
    "vfbcv": (-1.2, -0.6),
    "acde": (0.4, 1.5),
    "moin": (8.0, 18.0),
    "noff": (0.8, 1.5),
    "voffcv": (-0.1, 0.1),
    "cj": (1e-4, 2e-3),
    "cjsw": (1e-10, 8e-10),
    "cjswg": (1e-10, 8e-10),
    "mj": (0.2, 0.6),
    "mjsw": (0.1, 0.6),
    "mjswg": (0.1, 0.6),
    "pb": (0.5, 1.0),
    "pbsw": (0.5, 1.0),
    "pbswg": (0.5, 1.0),
    "js": (1e-8, 1e-3),
    "jsw": (0.0, 1e-10),
    "nj": (1.0, 1.3),
    "xti": (2.0, 4.0),
    "ijth": (0.0, 0.1),
    "tcj": (0.0, 1e-3),
    "tpb": (0.0, 2e-3),
    "tcjsw": (0.0, 1e-3),
    "tpbsw": (0.0, 2e-3),
    "tcjswg": (0.0, 1e-3),
    "tpbswg": (0.0, 2e-3),
    "rsh": (1.0, 20.0),
    "ll": (-1e-15, 1e-15),
    "lw": (-1e-15, 1e-15),
    "lwl": (-1e-21, 1e-21),
    "wl": (-1e-15, 1e-15),
    "ww": (-1e-15, 1e-15),
    "wwl": (-1e-21, 1e-21),
    "xl": (-2e-8, 2e-8),
    "xw": (-2e-8, 2e-8),
    "toxm": (2.5e-9, 1.2e-8),
    "xt": (1e-7, 2e-7),
    "nsub": (1e16, 1e17),
    "vbm": (-5.0, -2.0),
    "lvth0": (-0.01, 0.01),
    "wvth0": (-0.01, 0.01),
    "pvth0": (-0.003, 0.003),
    "lua": (-1e-10, 1e-10),
    "wu0": (-1e-3, 1e-3),
    "pvsat": (-1e3, 1e3),
    "lk1": (-0.02, 0.02),
    "wnfactor": (-0.05, 0.05),
    "lcf": (-1e-11, 1e-11),
    "tnom": (20.0, 30.0),
}

# Ranges of parameters on cards of 45 to 180 nm processes.
BSIM4: dict[str, tuple[float, float]] = {
    "toxe": (1.2e-9, 4e-9),
    "toxm": (1.2e-9, 4e-9),
    "dtox": (0.0, 4e-10),
    "epsrox": (3.9, 7.0),
    "xj": (1e-8, 1.2e-7),
    "ndep": (1e17, 4e18),
    "nsd": (5e19, 3e20),
    "phin": (0.0, 0.1),
    "ngate": (5e19, 5e20),
    "k1": (0.2, 0.7),
    "k2": (-0.05, 0.05),
    "k3": (-5.0, 20.0),
    "k3b": (-2.0, 3.0),
    "w0": (1e-8, 2.5e-6),
    "dvt0": (0.0, 5.0),
    "dvt1": (0.3, 2.0),
    "dvt2": (-0.1, 0.1),
    "dvt0w": (0.0, 0.3),
    "dvt1w": (1e5, 6e6),
    "dvt2w": (-0.05, 0.05),
    "lpe0": (0.0, 1e-7),
    "lpeb": (-2e-8, 1e-7),
    "dvtp0": (0.0, 1e-8),
    "dvtp1": (0.0, 1.0),
    "dvtp4": (0.1, 0.8),
    "dvtp5": (-0.01, 0.01),
    "eta0": (0.0, 0.1),
    "etab": (-0.1, 0.0),
    "dsub": (0.1, 0.8),
    "cdsc": (0.0, 1e-3),
    "cdscb": (-1e-4, 1e-4),
    "cdscd": (0.0, 1e-4),
    "cit": (0.0, 1e-3),
    "voff": (-0.15, -0.05),
    "voffl": (-2e-9, 0.0),
    "minv": (-0.3, 0.3),
    "nfactor": (0.8, 2.3),
    "tnfactor": (-0.1, 0.1),
    "teta0": (-1e-3, 1e-3),
    "ud": (0.0, 1e14),
    "up": (0.0, 0.2),
    "vsat": (7e4, 1.6e5),
    "at": (1e4, 5e4),
    "lambda": (0.0, 5e-9),
    "vtl": (1.5e5, 4e5),
    "a0": (0.6, 2.0),
    "ags": (0.0, 0.5),
    "a1": (0.0, 0.02),
    "a2": (0.5, 1.0),
    "b0": (-1e-8, 1e-7),
    "b1": (0.0, 1e-8),
    "keta": (-0.05, 0.03),
    "rdsw": (0.0, 400.0),
    "rdswmin": (0.0, 50.0),
    "prwg": (0.0, 0.5),
    "prwb": (-0.1, 0.2),
    "wr": (0.9, 1.0),
    "prt": (0.0, 30.0),
    "dwg": (-5e-9, 5e-9),
    "dwb": (-5e-9, 5e-9),
    "lint": (0.0, 1e-8),
    "wint": (0.0, 1e-8),
    "pclm": (0.02, 2.0),
    "pdiblc1": (0.0, 0.5),
    "pdiblc2": (1e-6, 0.01),
    "pdiblcb": (-0.3, 0.1),
    "drout": (0.2, 1.0),
    "pvag": (0.0, 1.0),
    "fprout": (0.0, 100.0),
    "pdits": (0.0, 0.3),
    "pditsd": (0.0, 0.5),
    "pditsl": (0.0, 3e6),
    "delta": (0.005, 0.03),
    "pscbe1": (2e8, 1e9),
    "pscbe2": (1e-9, 1e-6),
    "alpha0": (0.0, 1e-8),
    "beta0": (10.0, 30.0),
    "agidl": (0.0, 1e-8),
    "bgidl": (1.5e9, 2.5e9),
    "cgidl": (0.1, 1.0),
    "egidl": (0.1, 0.8),
    "kt1": (-0.4, -0.1),
    "kt1l": (-1e-9, 1e-9),
    "kt2": (-0.05, 0.05),
    "ute": (-2.0, -1.0),
    "ub1": (-3e-18, 0.0),
    "cgso": (0.0, 3e-10),
    "cgdo": (0.0, 3e-10),
    "cgbo": (0.0, 1e-11),
    "cgsl": (0.0, 3e-10),
    "cgdl": (0.0, 3e-10),
    "ckappas": (0.05, 1.0),
    "cf": (0.0, 1e-10),
    "clc": (1e-8, 1e-7),
    "dlc": (0.0, 1e-8),
    "dwc": (0.0, 1e-8),
    "acde": (0.5, 1.2),
    "moin": (8.0, 18.0),
    "noff": (0.8, 1.5),
    "voffcv": (-0.05, 0.05),
    "jss": (1e-8, 1e-4),
    "jsws": (0.0, 1e-10),
    "jswgs": (0.0, 1e-10),
    "njs": (1.0, 1.2),
    "bvs": (6.0, 12.0),
    "jtss": (0.0, 1e-5),
    "jtsswgs": (0.0, 1e-10),
    "njts": (10.0, 25.0),
    "cjs": (1e-4, 2e-3),
    "cjsws": (1e-11, 5e-10),
    "cjswgs": (1e-11, 5e-10),
    "mjs": (0.2, 0.5),
    "pbs": (0.5, 1.0),
    "tcj": (0.0, 1e-3),
    "tpb": (0.0, 2e-3),
    "cjd": (1e-4, 2e-3),
    "mjswd": (0.1, 0.5),
    "aigc": (1e-2, 1.4e-2),
    "aigsd": (1e-2, 1.4e-2),
    "dlcig": (0.0, 1e-8),
    "lvth0": (-1e-3, 1e-3),
    "wvth0": (-1e-3, 1e-3),
    "pvsat": (-10.0, 10.0),
    "lu0": (-1e-4, 1e-4),
    "wnfactor": (-0.01, 0.01),
    "ll": (-1e-16, 1e-16),
    "ww": (-1e-16, 1e-16),
    "xl": (-5e-9, 0.0),
    "tnom": (20.0, 30.0),
}
# Selectors and their possible values.
MODES: dict[str, tuple[int, ...]] = {
    "mobmod": (0, 1, 2),
    "diomod": (0, 1, 2),
    "igcmod": (0, 1, 2),
    "igbmod": (0, 1),
    "gidlmod": (0, 1),
    "tempmod": (0, 0, 0, 2),
    "cvchargemod": (0, 1),
    "permod": (0, 1),
}


def bsim3(rng: np.random.Generator, name: str, capmod: int, share: float = 0.5) -> str:
    """A model card that gives a random share of the parameters.

    Parameters
    ----------
    rng : Generator
    name : str
    capmod : int
    share : float
    """
    kind = rng.choice(["nmos", "pmos"])
    sign = 1.0 if kind == "nmos" else -1.0
    given = {k: rng.uniform(*span) for k, span in BSIM3.items() if rng.random() < share}
    if rng.random() < 0.8:
        given["vth0"] = sign * rng.uniform(0.3, 0.9)
    elif rng.random() < 0.5:
        given["vfb"] = rng.uniform(-1.2, -0.6)
    if rng.random() < 0.8:
        given["u0"] = rng.uniform(250.0, 500.0) if sign > 0 else rng.uniform(60.0, 150.0)
    if rng.random() < 0.2:
        given |= (
            {"mobmod": 2.0}
            if rng.random() < 0.5
            else {"mobmod": 3.0, "uc": rng.uniform(-0.05, 0.0), "uc1": -0.05}
        )
        if given["mobmod"] == 3.0:
            given.pop("ua1", None)
    given["xpart"] = float(rng.choice([0.0, 0.5, 1.0]))
    given["capmod"] = float(capmod)
    words = " ".join(f"{key}={value:.8g}" for key, value in given.items())
    return f".model {name} {kind}(level={rng.choice([8, 49])} version=3.3.0 {words})"


def bsim4(rng: np.random.Generator, name: str, capmod: int, share: float = 0.5) -> str:
    """A model card that gives a random share of the parameters.

    Parameters
    ----------
    rng : Generator
    name : str
    capmod : int
    share : float
    """
    kind = rng.choice(["nmos", "pmos"])
    sign = 1.0 if kind == "nmos" else -1.0
    given = {k: rng.uniform(*span) for k, span in BSIM4.items() if rng.random() < share}
    modes = {k: int(rng.choice(values)) for k, values in MODES.items()}
    if rng.random() < 0.8:
        given["vth0"] = sign * rng.uniform(0.2, 0.6)
    elif rng.random() < 0.5:
        given["vfb"] = rng.uniform(-1.1, -0.6)
    if modes["mobmod"] == 2:
        given |= {"ua": rng.uniform(1e-16, 3e-15), "ub": 0.0}
    if modes["tempmod"]:
        given = {k: v for k, v in given.items() if k not in ("at", "prt", "ub1")} | {"at": 1e-3}
    modes |= {"capmod": capmod, "rgatemod": int(rng.random() < 0.3), "rbodymod": int(rng.random() < 0.3)}
    given["xpart"] = float(rng.choice([0.0, 0.5, 1.0]))
    words = " ".join(f"{key}={value:.8g}" for key, value in {**given, **modes}.items())
    return f".model {name} {kind}(level={rng.choice([14, 54])} version=4.8.2 {words})"
