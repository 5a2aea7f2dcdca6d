"""Formulas of superconducting and magnetic devices, by hand."""

import mpmath
from exact import PHI_0, Q, clip, published
from mpmath import cos, exp, log, mpf, pi, sin, sqrt


@published
def josephson(p, u):
    """The quasiparticles' corners are rounded as a logistic function turns the slope."""
    low, high, width = p.vgap - p.delv / 2, p.vgap + p.delv / 2, p.delv / 16
    rise = (high / p.rn - low / p.r0) / p.delv

    def ramp(x):
        return width * log(1 + exp(x / width))

    bends = ((low, rise - 1 / p.r0), (high, 1 / p.rn - rise))
    odd = sum(bend * (ramp(u.plus - corner) - ramp(-u.plus - corner)) for corner, bend in bends)
    return {
        "plus": p.icrit * sin(u.phi) + p.rtype * (u.plus / p.r0 + odd),
        "phi": 2 * pi * u.plus / PHI_0,
        "stored plus": p.cap * u.plus,
    }


@published
def mjj(p, u):
    goal, v = min(abs(u.field) / p.vsat, 1), u.plus
    trains = clip(10 * (abs(v) / p.vtrain - 1))
    return {
        "plus": (p.icmax - (p.icmax - p.icmin) * clip(u.w)) * sin(u.phi) + v / p.rn,
        "phi": 2 * pi * v / PHI_0,
        "w": v**2 / p.rn / p.etrain * (goal - u.w) * trains,
        "stored plus": p.cap * v,
    }


@published
def stno(p, u):
    c = mpmath.mpc(u.x, u.y)
    i, power = u.plus / (p.r0 + p.dr * clip(u.x, -1, 1)), abs(c) ** 2
    moved = -2j * pi * (p.f0 + p.n * power) * c - p.gamma * (1 + p.q * power) * c
    moved += p.gamma * i / p.ith * (1 - power) * c + p.kappa * i
    return {"plus": i, "x": moved.real, "y": moved.imag}


@published
def mtj(p, u):
    m, fixed = (u.mx, u.my, u.mz), (sin(p.theta_p), mpf(0), cos(p.theta_p))

    def cross(a, b):
        return tuple(a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3] for k in range(3))

    c, v = sum(a * b for a, b in zip(m, fixed, strict=True)), u.plus
    gp = 1 / p.rp
    gap = gp / (1 + p.tmr0 / (1 + v**2 / p.vh**2))
    i = v * ((gp + gap) / 2 + (gp - gap) * c / 2)
    ll, lr = p.ll**2, p.lr**2
    a, b = sqrt((ll + 1) * (lr + 1)), sqrt((ll - 1) * (lr - 1))
    left, right = p.pl * ll * sqrt((lr + 1) / (ll + 1)), p.pr * lr * sqrt((ll - 1) / (lr - 1))
    eps = ((left + right) / (a + b * c) + (left - right) / (a - b * c)) / 2
    spin = [mpf("1.0545718e-34") / Q * i / p.area / (p.tfree * p.ms) * eps * k for k in fixed]
    demag = 4 * pi * mpf("1e-7") * p.ms
    field = [p.bx - demag * p.nx * u.mx, p.by - demag * p.ny * u.my]
    field.append(2 * p.ku / p.ms * u.mz - demag * p.nz * u.mz + p.bz)
    terms = zip(
        cross(m, field), cross(m, cross(m, field)), cross(m, cross(m, spin)), cross(m, spin), m, strict=True
    )
    rate = -mpf("1.76e11") / (1 + p.alpha**2)
    back = mpf("1e11") * (1 - sum(k * k for k in m))
    moved = [rate * (mb + p.alpha * mmb + mms - p.alpha * ms) + back * own for mb, mmb, mms, ms, own in terms]
    return {"plus": i, "mx": moved[0], "my": moved[1], "mz": moved[2]}
