"""Formulas of memories, by hand."""

from exact import AMBIENT, KQ, clip, cubic, forty_digits, published, straight_exp, straight_sinh
from mpmath import exp, log, mp, mpf, tanh

with forty_digits:
    NM = mpf("1e-9")


def _logit_window(p, y, i):
    """f/(x·(1 - x)) of the window `p.window`; nearer to an end than 1e-7, the hard ones stop."""
    with mp.workdps(700):  # near an end f is the difference of two numbers close to 1
        return _over_room(p, y, i)


def _over_room(p, y, i):
    x, rest = 1 / (1 + exp(-y)), 1 / (1 + exp(y))
    if p.window == 1:
        f = 1 - abs(2 * x - 1) ** (2 * p.p)
    elif p.window == 3:
        f = p.j * (1 - ((x - mpf(1) / 2) ** 2 + mpf(3) / 4) ** p.p)
    else:
        f = 1 if p.window == 0 else 1 - (1 - (rest if i > 0 else x)) ** (2 * p.p)
        f *= 0 if (y if i > 0 else -y) >= 16 else 1
    return f / (x * rest)


@published
def drift(p, u):
    x = 1 / (1 + exp(-u.y))
    i = u.plus / (p.ron * x + p.roff * (1 - x))
    return {"plus": i, "y": p.mu * p.ron / p.d**2 * i * _logit_window(p, u.y, i)}


def _window(p, s, soft):
    """In the distance to the end that the state is driven to; the hard stop falls over the last 1e-4."""
    if p.window == 0:
        return min(s / mpf(1e-4), 1)
    if p.window == 2:
        return 1 - (1 - clip(s)) ** (2 * p.p)
    return exp(-straight_exp(-soft))


def _resistance(p, x):
    return p.ron * (p.roff / p.ron) ** x if p.exponential else p.ron + (p.roff - p.ron) * x


def _vteam_speed(p, v):
    if v / p.voff > 1:
        return p.koff / p.d * (v / p.voff - 1) ** p.aoff
    return p.kon / p.d * (v / p.von - 1) ** p.aon if v / p.von > 1 else mpf(0)


@published
def vteam(p, u):
    x, speed = u.x, _vteam_speed(p, u.plus)
    up, w = speed > 0, p.d * x
    f = _window(p, 1 - x if up else x, (p.woff - w if up else w - p.won) / p.wc)
    return {"plus": u.plus / _resistance(p, clip(x)), "x": speed * f}


@published
def vteam_logit(p, u):
    """Windows 1 and 3, in y = ln(x/(1 - x))."""
    x = 1 / (1 + exp(-u.y))
    return {
        "plus": u.plus / _resistance(p, x),
        "y": _vteam_speed(p, u.plus) * _logit_window(p, u.y, u.plus),
    }


@published
def team(p, u):
    x = u.x
    i = u.plus / max(_resistance(p, clip(x, -1, 2) if p.window == 4 else clip(x)), p.ron / 2)
    speed, d = mpf(0), p.xoff - p.xon
    if i / p.ioff > 1:
        speed = p.koff / d * (i / p.ioff - 1) ** p.alphaoff
    if i / p.ion > 1:
        speed = p.kon / d * (i / p.ion - 1) ** p.alphaon
    up, w = speed > 0, p.xon + d * x
    f = _window(p, 1 - x if up else x, (p.aoff - w if up else w - p.aon) / p.wc)
    return {"plus": i, "x": speed * f}


def _beyond(p, v):
    if v > p.vp:
        return p.ap * (exp(v) - exp(p.vp))
    return -p.an * (exp(-v) - exp(p.vn)) if v < -p.vn else mpf(0)


@published
def yakopcic(p, u):
    v, x, f = u.plus, clip(u.x), mpf(1)
    if p.eta * v >= 0 and x >= p.xp:
        f = exp(-p.alphap * (x - p.xp)) * (1 - x) / (1 - p.xp)
    if p.eta * v < 0 and x <= 1 - p.xn:
        f = exp(p.alphan * (x + p.xn - 1)) * x / (1 - p.xn)
    current = (p.a1 if v >= 0 else p.a2) * x * straight_sinh(p.b * v)
    return {"plus": current, "x": p.eta * _beyond(p, v) * f}


@published
def yakopcic_gen(p, u):
    v, x, f = u.plus, clip(u.x), mpf(1)
    if p.eta * v >= 0 and x >= p.xp:
        f = exp(-p.alphap * (x - p.xp)) * (1 - x) / (1 - p.xp)
    if p.eta * v < 0 and x <= p.xn:
        f = exp(p.alphan * (x - p.xn)) * x / p.xn
    high = p.gmaxp * straight_sinh(p.bmaxp * v) if v > 0 else p.gmaxn * straight_sinh(p.bmaxn * v)
    low = p.gminp * straight_sinh(p.bminp * v) if v > 0 else p.gminn * straight_sinh(p.bminn * v)
    return {"plus": x * high + (1 - x) * low, "x": p.eta * _beyond(p, v) * f}


@published
def pershin(p, u):
    v, span = u.plus, p.roff - p.ron
    rate = p.beta * v + (p.alpha - p.beta) / 2 * (abs(v + p.vt) - abs(v - p.vt))
    return {"plus": v / (p.ron + span * clip(u.x)), "x": rate / span}


@published
def wox(p, u):
    v, w = u.plus, clip(u.w)
    current = (1 - w) * p.alpha * (1 - straight_exp(-p.beta * v)) + w * p.gamma * straight_sinh(p.delta * v)
    return {
        "plus": current,
        "w": p.rate * (p.eta1 * straight_sinh(p.eta2 * v) - (u.w / p.tau if p.tau else 0)),
    }


@published
def memdiode(p, u):
    h, v = u.h, u.plus
    i0, a, rs = (
        low + (high - low) * clip(h) for low, high in ((p.imin, p.imax), (p.amin, p.amax), (p.rsmin, p.rsmax))
    )
    diode = i0 * (straight_exp(p.beta * a * u.inner) - straight_exp(-(1 - p.beta) * a * u.inner))
    through = (v - u.inner) / rs
    rate = (1 - h) * straight_exp(v / p.v0s) / p.t0s - h * straight_exp(-v / p.v0r) / p.t0r
    return {"plus": through, "inner": diode - through, "h": rate}


@published
def stanford_pku(p, u):
    """The gap in nm; what T stores is rth·cth·T."""
    v, g = u.plus, clip(u.g, p.gapmin / NM, p.gapmax / NM)
    i = p.i0 * exp(-g * NM / p.g0) * straight_sinh(v / p.v0)
    kt = KQ * max(u.t, p.t0 / 2)
    gamma = p.gamma0 - p.beta * g**3
    cut = (1 + tanh((gamma * abs(v) / p.tox / p.fmin - 1) / p.width)) / 2
    rate = -p.vel * exp(-p.ea / kt) * straight_sinh(gamma * cut * p.a0 * v / (p.tox * kt), 100)
    return {"plus": i, "t": p.t0 + p.rth * v * i - u.t, "g": rate / NM}


@published
def rram_thermal(p, u):
    v, length = u.plus, clip(u.tf, p.tfmin / NM, p.tfmax / NM)
    gap = p.tox / NM - length
    i = p.i0 * exp(-gap * NM / (p.tox - p.tfref)) * straight_sinh(v / p.v0)
    kt = KQ * max(u.t, p.t0 / 2)
    tilt = (p.gamma0 - p.beta * gap**3) * p.a0 * v / p.tox
    rate = p.vel / NM * (straight_exp(-(p.eag - tilt) / kt) - straight_exp(-(p.ear + tilt) / kt))
    return {"plus": i, "t": v * i / p.cth - (u.t - p.t0) / p.tauth, "tf": rate}


@published
def ftj(p, u):
    v, s = u.plus, u.s
    inverse = exp(-p.va / max(abs(v), mpf(1e-3))) / p.tau0

    def growth(left):
        done = p.h0**p.n - log(clip(left, mpf("1e-300"), 1))
        return p.n * left * done ** (1 - 1 / p.n) * inverse

    share = clip(s)
    return {"plus": v * (share / p.roff + (1 - share) / p.ron), "s": growth(1 - s) if v > 0 else -growth(s)}


@published
def enode(p, u):
    write = (u.gate - u.w) / p.re
    channel = max(p.g0 - p.s * p.cch * u.w, p.floor) * u.drain
    return {"gate": write, "drain": channel, "w": (write - u.w / p.rleak) / p.cch}


@published
def pcm(p, u):
    v = u.plus
    glass = p.roff * exp(p.nu * u.l)
    r = p.ron + (1 - clip(u.x)) * (glass - p.ron) / (1 + exp((abs(v) - p.vt) / p.v0))
    warm, molten = cubic(u.t - p.tx, p.width), cubic(u.t - p.tm, p.width)
    return {
        "plus": v / r,
        "t": (v * v / r - p.delta * (u.t - AMBIENT)) / p.ch,
        "x": p.alpha * (1 - u.x) * warm * (1 - molten) - p.beta * u.x * molten,
        "l": exp(-u.l) / p.t0 - p.beta * molten * u.l,
    }


@published
def cbram_stm(p, u):
    v = u.plus
    drive = max(v / p.vth - 1, 0)
    return {
        "plus": v * (p.goff + (p.gon - p.goff) * clip(u.ws + u.wl)),
        "ws": p.rate * (1 - u.ws) * drive - u.ws / p.taus,
        "wl": p.kappa * (1 - u.wl) * max(u.ws - p.wth, 0) - u.wl / p.taul,
    }
