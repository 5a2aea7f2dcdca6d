"""Formulas of volatile switches and selectors, by hand."""

from exact import AMBIENT, KQ, Q, clip, forty_digits, logistic, published, straight_sinh
from mpmath import exp, log, mpf, pi, sin, sqrt, tanh

with forty_digits:
    EPSILON_0 = mpf("8.8541878128e-12")


@published
def sinh_selector(p, u):
    return {"plus": p.i0 * straight_sinh(u.plus / p.v0)}


@published
def miec(p, u):
    """Without series resistance the inner node is the terminal: 1 V is taken there."""
    return {"inner": p.i0 * straight_sinh(u.inner * log(10) / p.slope) + p.gleak * u.inner}


@published
def threshold_ots(p, u):
    x, v = clip(u.x), u.plus
    settled = (1 + tanh((abs(v) - p.vth + (p.vth - p.vh) * u.x) / p.dv)) / 2
    return {
        "plus": (1 - x) * p.ioff * straight_sinh(v / p.v0) + x * v / p.ron,
        "x": (settled - u.x) / p.tau,
    }


@published
def fold(p, u):
    return {"plus": u.plus / p.r * (1 + tanh(p.k * u.s)), "s": (u.plus - u.s**3 + u.s) / p.tau}


@published
def and_ts(p, u):
    x, v = u.x, u.plus
    sets = logistic((v - p.vthp) * (v - p.vthn) / p.vs**2)
    resets = logistic((v - p.vhp) * (v - p.vhn) / p.vr**2)
    grows = (1 - exp(-p.a * x - p.ds)) * (1 - x) + (1 - exp(-p.a * (1 - x))) * x
    shrinks = (1 - exp(-p.a * x)) * (1 - x) + (1 - exp(-p.a * (1 - x) - p.dr)) * x
    current = v * x / (p.ronn if v < 0 else p.ronp) + p.ilk * tanh(v / mpf("1e-3"))
    return {"plus": current, "x": sets * grows / p.taus - (1 - resets) * shrinks / p.taur}


def _hopping(p, v, t):
    kt = KQ * clip(t, 50, 5000)
    root = sqrt(Q**3 / (pi * EPSILON_0 * p.epsr)) * sqrt(abs(v) / p.d + mpf("1e-3")) / (Q * kt)
    if root < mpf("0.02"):
        bracket = 1 + root / 3 + root**2 / 8
    else:
        bracket = mpf(1) / 2 + (1 + (root - 1) * exp(min(root, 80))) / root**2
    return pi * p.r**2 * p.sigma0 * exp(-p.ea / kt) * v / p.d * bracket


@published
def poole_frenkel(p, u):
    i = _hopping(p, u.plus, u.t)
    return {"plus": i, "t": (u.plus * i - (u.t - AMBIENT) / p.rth) / p.cth}


@published
def nbo2_kumar(p, u):
    i = _hopping(p, u.plus, u.t)
    loss = 1 / p.rth1 + (1 / p.rth2 - 1 / p.rth1) * logistic((u.t - p.tc) / p.width)
    return {"plus": i, "t": (u.plus * i - (u.t - AMBIENT) * loss) / p.cth}


@published
def nbo2_mott(p, u):
    i = _hopping(p, u.plus, u.t) + u.x * p.gmet * u.plus
    lost = (u.t - AMBIENT) * ((1 - u.x) / p.rth1 + u.x / p.rth2)
    settled = logistic(-(p.tc - u.t - p.h * (2 * u.x - 1)) / p.width)
    return {"plus": i, "t": (u.plus * i - lost) / p.cth, "x": (settled - u.x) / p.lag}


@published
def vo2_switch(p, u):
    """Stored is tau·x."""
    return {"plus": u.plus / (p.rins * (p.rmet / p.rins) ** clip(u.x)), "x": u.metallic - u.x}


@published
def vo2_thermal(p, u):
    t = clip(u.t, 305, 370)
    x = (t - u.tr) / u.tpr
    proximity = (1 - sin(p.gamma * x)) * (1 + tanh(pi**2 - 2 * pi * x)) / 2
    a = u.delta * p.w / 2 + p.tc - t - u.tpr * proximity
    i = u.plus / (p.r0 * exp(p.ea / t) * (1 + tanh(p.beta * a)) / 2 + p.rm)
    return {"plus": i, "t": (u.plus * i - p.sth * (u.t - p.tb)) / p.cth}


@published
def pickett(p, u):
    """With u the radius: what is stored is the enthalpy, in units of that of the channel warmed by dT."""
    y = clip(u.y, -40, mpf(-1e-3))
    square, area = exp(2 * y), pi * p.r**2
    i = u.plus * area / (p.rho_ins * p.length) * (1 + (p.rho_ins / p.rho_met - 1) * square)
    unit = area * p.length * p.cp * p.dt
    enthalpy = p.cp * p.dt * (1 - square) / (2 * -y) + p.dh * square
    # outside, it is drawn back a hundred times as fast as the shell relaxes
    lost = 2 * pi * p.length * p.kappa / -y * p.dt
    back = 2 * p.kappa / (p.r**2 * p.cp) * 100 * (y - u.y)
    return {"plus": i, "y": (u.plus * i - lost) / unit + back, "stored y": enthalpy * area * p.length / unit}


def _limits(p, i, unit=1):
    size = max(abs(i), mpf("1e-30"))
    return (clip(a * size**m, p.rmin, p.rmax) for a, m in ((p.a1, p.m1), (p.a2, p.m2)))


@published
def volatile_current(p, u):
    """A condition holds by a logistic function of ln R."""
    r = p.rmin * (p.rmax / p.rmin) ** clip(u.x)
    i = u.plus / (r + p.rs)
    low, high = _limits(p, i)
    slope = r * log(p.rmax / p.rmin)  # of R by x
    common = r**2 * sqrt(max(p.rins / r - 1, 0))
    sets = p.k1 * common * (r * i**2 / (p.rmax * p.ith**2) - 1) * logistic(log(r / low) / p.blend)
    resets = p.k2 * common * (r * i**2 / (p.rmin * p.ih**2) - 1) * logistic(log(high / r) / p.blend)
    return {"plus": i, "x": (sets - resets) / slope}


@published
def volatile_voltage(p, u):
    r = p.rmin * (p.rmax / p.rmin) ** clip(u.x)
    i, size, mega = u.plus / r, abs(u.plus), r / 10**6
    low, high = _limits(p, i)
    slope = mega * log(p.rmax / p.rmin)
    above = logistic((size - p.vh) / mpf("1e-4"))
    setting = p.k1 * exp(p.c * size)
    if size > p.vth:
        setting *= (size - p.vth) / max(mega - p.rmin / 10**6, mpf("1e-9"))
    resetting = p.k2 * mega**3 * (p.vh - size) / p.vh
    sets = above * logistic(log(r / low) / p.blend) * max(setting, -p.rate)
    resets = (1 - above) * logistic(log(high / r) / p.blend) * min(resetting, p.rate)
    return {"plus": i, "x": (sets + resets) / slope}


@published
def vvteam(p, u):
    x, s, over = u.x, u.s, u.plus / p.vth - 1
    found = {"plus": u.plus / (p.roff + (p.ron - p.roff) * clip(x)), "x": mpf(0), "s": mpf(0)}
    if over > 0:
        found |= {"x": p.k * over * (over + p.width) ** (p.a - 1), "s": -s / p.tr}
    if u.plus <= p.vhold:
        found |= {"x": -x * p.b / p.tau * (s**2 + mpf("1e-6")) ** ((p.b - 1) / 2), "s": 1 / p.tau}
    return found
