"""Diodes of level 3 against ngspice's: random cards, sizes, temperatures, voltages; noise; many in parallel."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.contract import ngspice_run

pytestmark = pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")

DEVICES = 20
SIZES = {
    **dict.fromkeys(("lm", "wm", "lp", "wp"), (0.0, 2e-5)),
    **dict.fromkeys(("l", "w"), (1e-6, 2e-5)),
    "area": (1e-11, 1e-9),
    "pj": (1e-6, 1e-4),
}
CARD = {
    "is": (1e-8, 1e-4),
    "jsw": (0.0, 1e-9),
    "rs": (1.0, 5e3),
    "n": (1.0, 1.3),
    "ikf": (1e-2, 1e3),
    "jtun": (0.0, 1e-3),
    "jtunsw": (0.0, 1e-9),
    "tt": (0.0, 1e-8),
    "cj": (1e-5, 1e-3),
    "cjsw": (0.0, 1e-9),
    "mjsw": (0.2, 0.5),
    "bv": (4.0, 8.0),
    "ibv": (1e-6, 1e-3),
    "tcv": (0.0, 1e-3),
    "trs1": (0.0, 1e-3),
    "xw": (-1e-7, 1e-6),
    "xm": (0.0, 1e-6),
    "xp": (0.0, 1e-6),
    "xom": (3e3, 2e4),
    "xoi": (3e3, 2e4),
    "kf": (0.0, 1e-14),
    **SIZES,
}
OPTIONS = ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-16"


def words(rng: np.random.Generator, ranges: dict[str, tuple[float, float]]) -> str:
    """A random half of the parameters, but not one of w and l alone."""
    given = {name: rng.uniform(*span) for name, span in ranges.items() if rng.random() < 0.5}
    if len({"w", "l"} & given.keys()) == 1:
        given = {name: value for name, value in given.items() if name not in "wl"}
    return " ".join(f"{name}={value:.6g}" for name, value in given.items())


def deck(seed: int) -> str:
    """Diodes with cards of their own."""
    rng, lines = np.random.default_rng(seed), ["t"]
    for k in range(DEVICES):
        volts = rng.uniform(-9.0, 0.0) if rng.random() < 0.5 else rng.uniform(0.0, 0.9)
        lines += [
            f".model d{k} d(level=3 {words(rng, CARD)})",
            f"v{k} n{k} 0 dc {volts:.6g} ac 1",
            f"d{k} n{k} 0 d{k} {words(rng, SIZES)}",
        ]
    return "\n".join([*lines, f"{OPTIONS} temp={rng.uniform(-20, 110):.4g}"])


def both(text: str, complex_: bool) -> tuple[np.ndarray, np.ndarray]:
    """Currents here and in ngspice."""
    runs = Circuit.from_text(text).run(), ngspice_run.run(text)
    chosen = (next(r for r in run if np.iscomplexobj(r["i(v0)"]) == complex_) for run in runs)
    ours, theirs = (np.array([np.ravel(r[f"i(v{k})"])[0] for k in range(DEVICES)]) for r in chosen)
    return ours, theirs


@pytest.mark.parametrize("seed", range(4))
def test_random_diodes(seed):
    ours, theirs = both(deck(seed) + "\n.op\n.end", False)
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-18)
    ours, theirs = both(deck(seed) + "\n.ac lin 1 10meg 10meg\n.end", True)
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-16)


def test_same_noise_and_charging():
    text = """t
v1 in 0 dc 0.5 ac 1 pulse(-3 0.6 1n 1n 1n 20n 50n)
r1 in out 1k
d1 out 0 mod w=10u l=20u wm=8u lm=15u
.model mod d(level=3 is=1e-7 jsw=1e-12 cj=1e-3 cjsw=1e-9 tt=2n rs=200 kf=1e-14 af=1.1 xw=0.2u)
.options reltol=1e-6 temp=60
.noise v(out) v1 dec 2 10 1g
.tran 0.1n 50n
.end
"""
    ours, theirs = Circuit.from_text(text).run(), ngspice_run.run(text)
    noise, waves = (
        [next(r for r in run if name in r.names) for run in (ours, theirs)]
        for name in ("onoise_spectrum", "v(out)")
    )
    mine, other = (np.real(r["onoise_spectrum"]) for r in noise)
    assert mine == pytest.approx(other, rel=1e-5)
    at = np.linspace(0.0, 50e-9, 201)
    mine, other = (np.interp(at, r["time"], r["v(out)"]) for r in waves)
    assert np.max(np.abs(mine - other)) < 3e-3


def test_many_in_parallel_are_as_many():
    """ngspice 44 squares m."""
    model = ".model mod d(level=3 is=1e-7 jsw=1e-12 cj=1e-3 xom=5e3)"
    text = f"t\nv1 a 0 dc 0.6 ac 1\n{{}}\n{model}\n.options gmin=1e-20\n.ac lin 1 1meg 1meg\n.end\n"
    card = "d{} a 0 mod w=10u l=20u wm=5u lm=5u {}"
    one, three = "\n".join(card.format(k, "") for k in range(3)), card.format(0, "m=3")
    apart, together = (Circuit.from_text(text.format(cards)).run()[0]["i(v1)"][0] for cards in (one, three))
    assert together == pytest.approx(apart, rel=1e-12)
    assert abs(together.imag) > 0.0
