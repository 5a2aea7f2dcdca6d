"""Cells of the differential test of arrays: currents and slopes written anew from the documented equations.

No line of the package is used here. Numbers are `numpy.longdouble`; a part is a function from its voltage (and its
parameters) to current and slope, a cell a chain of parts, whose inner nodes are found by Newton steps and bisection.
"""

import numpy as np

LONG = np.longdouble
EPS = np.finfo(LONG).eps
DOUBLE = np.finfo(float).eps
# Constants as the documents say: CODATA 2014.
K_OVER_Q = LONG("1.38064852e-23") / LONG("1.6021766208e-19")
KELVIN = LONG("273.15")
GMIN = LONG("1e-12")
STEEPEST = LONG(40)  # where sinh goes on as a straight line


def _sinh(u):
    """Hyperbolic sine and its slope, a straight line beyond ±40."""
    inside = np.clip(u, -STEEPEST, STEEPEST)
    return np.sinh(inside) + np.cosh(STEEPEST) * (u - inside), np.cosh(inside)


def resistor(v, p, temperature):
    g = 1 / p["r"]
    return g * v, g + 0 * v


def sinh_selector(v, p, temperature):
    s, c = _sinh(v / p["v0"])
    return p["i0"] * s, p["i0"] / p["v0"] * c


def diode(v, p, temperature):
    """Without breakdown and series resistance; gmin beside the junction."""
    t, nominal = temperature + KELVIN, LONG(27) + KELVIN
    vt = K_OVER_Q * t
    vte, ratio = p["n"] * vt, t / nominal
    grown = p["is"] * np.exp((ratio - 1) * LONG("1.11") / vte + 3 * np.log(ratio) / p["n"])
    forward = v >= -3 * vte
    with np.errstate(over="ignore"):
        e = np.exp(np.where(forward, v, 0) / vte)
    x = 3 * vte / (np.exp(LONG(1)) * np.where(forward, -1, v))
    i = grown * np.where(forward, np.expm1(np.where(forward, v, 0) / vte), -(1 + x**3))
    g = grown * np.where(forward, e / vte, 3 * x**3 / np.where(forward, -1, v))
    return i + GMIN * v, g + GMIN


def vteam(v, p, temperature):
    x, ron, roff = p["x0"], p["ron"], p["roff"]
    r = np.where(p["exponential"] > 0.5, ron * np.exp(x * np.log(roff / ron)), ron + (roff - ron) * x)
    return v / r, 1 / r + 0 * v


def yakopcic(v, p, temperature):
    scale = np.where(v >= 0, p["a1"], p["a2"]) * p["x0"]
    s, c = _sinh(p["b"] * v)
    return scale * s, scale * p["b"] * c


def wox(v, p, temperature):
    s, c = _sinh(p["delta"] * v)
    w = p["w0"]
    i = -(1 - w) * p["alpha"] * np.expm1(-p["beta"] * v) + w * p["gamma"] * s
    return i, (1 - w) * p["alpha"] * p["beta"] * np.exp(-p["beta"] * v) + w * p["gamma"] * p["delta"] * c


# Sizes of the terms whose difference a current is: in double precision no current is better than their rounding.
GRAIN = {
    "resistor": lambda p: 0,
    "vteam": lambda p: 0,
    "sinh_selector": lambda p: p["i0"],
    "yakopcic": lambda p: np.maximum(p["a1"], p["a2"]) * p["x0"],
    "diode": lambda p: p["is"],
    "wox": lambda p: p["alpha"] + p["gamma"],
}
PARTS = {f.__name__: f for f in (resistor, sinh_selector, diode, vteam, yakopcic, wox)}


def ekv(vd, vg, p, temperature):
    """Current and its slopes by the voltages of drain and minus source, the bulk being at the source."""
    vt = K_OVER_Q * (temperature + KELVIN)
    pinch = (vg - p["vto"]) / p["n"]
    scale = 2 * p["n"] * p["kp"] * p["w"] / p["l"] * vt * vt
    u_f, u_r = pinch / (2 * vt), (pinch - vd) / (2 * vt)
    f, r = np.logaddexp(LONG(0), u_f), np.logaddexp(LONG(0), u_r)
    with np.errstate(over="ignore"):  # no slope is left where a gate is kilovolts below
        slope_f, slope_r = 1 / (1 + np.exp(-u_f)), 1 / (1 + np.exp(-u_r))
    # f - r without cancellation: (1 + e^a)/(1 + e^b) = 1 + (e^(a-b) - 1)/(1 + e^-b)
    apart = vd / (2 * vt)
    close = np.abs(apart) < 1
    near = np.log1p(np.expm1(np.where(close, apart, 0)) * slope_r)
    difference = np.where(close, near, f - r)
    i0 = scale * difference * (f + r)
    tail = 1 + p["lambda"] * np.abs(vd)
    d_drain = scale * r * slope_r / vt  # of -r²
    d_gate = scale * (f * slope_f - r * slope_r) / (p["n"] * vt)
    by_drain = d_drain * tail + i0 * p["lambda"] * np.sign(vd)
    by_gate = d_gate * tail
    return i0 * tail, by_drain, by_drain + by_gate  # the source moves vg and vd downwards


def _asinh_beyond(u):
    """Inverse of `_sinh`."""
    most = np.sinh(STEEPEST)
    return np.where(
        np.abs(u) <= most,
        np.arcsinh(np.clip(u, -most, most)),
        np.sign(u) * (STEEPEST + (np.abs(u) - most) / np.cosh(STEEPEST)),
    )


# Voltages of parts from their current, where a formula gives them.
INVERSE = {
    "resistor": lambda i, p: p["r"] * i,
    "vteam": lambda i, p: i / vteam(LONG(1), p, None)[0],
    "sinh_selector": lambda i, p: p["v0"] * _asinh_beyond(i / p["i0"]),
    "yakopcic": lambda i, p: _asinh_beyond(i / (p["x0"] * np.where(i >= 0, p["a1"], p["a2"]))) / p["b"],
}


class Chain:
    """A cell: parts in series from the word line on, a transistor last if there is one.

    The voltage of one part, the head, is the unknown: its current is everyone's and tells the others' voltages.

    Parameters
    ----------
    parts : list of (str, dict of str to ndarray)
        Names of `PARTS`, parameters of shape (cells,).
    transistor : dict of str to ndarray or None
    temperature : longdouble
        [°C]
    """

    def __init__(self, parts, transistor, temperature):
        self.transistor, self.temperature = transistor, temperature
        others = list(parts)
        if transistor is None:
            implicit = [k for k, (name, _) in enumerate(parts) if name not in INVERSE]
            assert len(implicit) <= 1, "one part of a chain may lack an inverse"
            curved = [k for k, (name, _) in enumerate(parts) if name != "resistor"]
            self.head = others.pop((implicit or curved or [0])[0])
        self.others = others
        self.kinked = any(name == "yakopcic" for name, _ in parts)  # at 0 V
        self._guess = None

    def currents(self, word, bit, gate):
        """Currents, slopes by the word and minus those by the bit node's voltage."""
        v, vg = word - bit, None if gate is None else gate - bit
        u = self._head_voltage(v, vg) if self.others else v
        i, a, b = self._of_head(u, vg)
        resistance = sum((1 / self._slope(part, i) for part in self.others), np.zeros_like(v))
        # Nodes inside are voltages in double precision, and steep parts make currents of their rounding.
        steep = max([np.zeros_like(v), *(self._slope(part, i) for part in self.others)], key=np.max)
        self.steep = steep
        self.grain = self._grain(vg) / (1 + a * resistance) + DOUBLE * np.abs(v) * steep
        return i, a / (1 + a * resistance), b / (1 + a * resistance)

    def _head_voltage(self, v, vg):
        low, high = np.minimum(v, 0), np.maximum(v, 0)
        u = 0.5 * v if self._guess is None else np.clip(self._guess, low, high)
        before = np.full(v.shape, np.inf, LONG)
        for k in range(200):
            i, a, _ = self._of_head(u, vg)
            excess, slope = u - v, 1
            for part in self.others:
                excess = excess + INVERSE[part[0]](i, part[1])
                slope = slope + a / self._slope(part, i)
            low, high = np.where(excess <= 0, u, low), np.where(excess >= 0, u, high)
            new = u - excess / slope
            slow = (np.abs(excess) > 0.5 * before) | ~((new > low) & (new < high))
            slow |= (
                k % 8 == 7
            )  # an exponential of hundreds of volts shrinks at each step, and takes hundreds of them
            small = np.abs(new - u) <= 4 * EPS * np.abs(u)
            new = np.where(slow & ~small, 0.5 * (low + high), new)
            before = np.abs(excess)
            moved = np.abs(new - u)
            u = np.where(excess == 0, u, np.clip(new, low, high))
            if np.all((moved <= 4 * EPS * np.abs(u)) | (excess == 0)):
                self._guess = u
                return u
        raise AssertionError("the inner node of a cell was not found")

    def _of_head(self, u, vg):
        if self.transistor is not None:
            return ekv(u, vg, self.transistor, self.temperature)
        name, p = self.head
        i, g = PARTS[name](u, p, self.temperature)
        return i, g, g

    def _grain(self, vg):
        """Rounding of the head's current is that of this one. [A]"""
        if self.transistor is None:
            return GRAIN[self.head[0]](self.head[1])
        p, vt = self.transistor, K_OVER_Q * (self.temperature + KELVIN)
        f = np.logaddexp(LONG(0), (vg - p["vto"]) / p["n"] / (2 * vt))
        return 4 * p["n"] * p["kp"] * p["w"] / p["l"] * vt * vt * f * f

    def _slope(self, part, i):
        name, p = part
        return PARTS[name](INVERSE[name](i, p), p, self.temperature)[1]
