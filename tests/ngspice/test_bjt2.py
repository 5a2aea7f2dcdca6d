"""Excess phase and quasi-saturation of bipolar transistors, random cards, against ngspice's own."""

import re

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import DeckWarning
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OPTIONS = ".options reltol=1e-9 abstol=1e-18 vntol=1e-12"


def card(seed):
    """A transistor with all of it, and the sign of its voltages."""
    rng = np.random.default_rng(seed)
    sign = int(rng.choice([-1, 1]))
    values = {
        "is": 10 ** rng.uniform(-16, -14),
        "bf": rng.uniform(50, 300),
        "vaf": rng.uniform(30, 100),
        "rb": rng.uniform(1, 50),
        "rc": rng.choice([0.0, 5.0]),
        "cje": rng.uniform(0.1e-12, 2e-12),
        "cjc": rng.uniform(0.1e-12, 2e-12),
        "xcjc": rng.uniform(0.2, 1),
        "cjs": rng.uniform(0, 1e-12),
        "tf": rng.uniform(0.1e-9, 1e-9),
    }
    return sign, "npn" if sign > 0 else "pnp", " ".join(f"{key}={value:.6g}" for key, value in values.items())


def collector(seed):
    rng = np.random.default_rng([seed, 1])
    given = (
        f"rco={rng.uniform(20, 300):.6g} vo={rng.uniform(0.5, 8):.6g} gamma={10 ** rng.uniform(-13, -8):.6g}"
    )
    warm = " quasimod=1" + rng.choice(["", " cn=1.9 d=0.6 vg=1.1"]) if seed % 2 else ""
    return f"{given} qco={rng.uniform(0.1e-12, 5e-12):.6g}{warm}"


@pytest.mark.parametrize("seed", range(6))
def test_same_quasi_saturation(seed, tmp_path):
    sign, kind, values = card(seed)
    deck = f"""collector
vc c 0 0
vb b 0 0
vs s 0 0
q1 c b 0 s mm m=3
.model mm {kind}({values} {collector(seed)})
{OPTIONS} temp={[27, 90][seed % 2]}
.dc vc {-0.5 * sign} {4 * sign} {0.3 * sign} vb {0.55 * sign} {0.95 * sign} {0.1 * sign}
.end
"""
    ours, theirs = both(deck, tmp_path)
    for source in ("i(vc)", "i(vb)", "i(vs)"):
        assert np.allclose(np.ravel(ours[source]), theirs[source], rtol=1e-7, atol=1e-13), source


@pytest.mark.parametrize("seed", range(6))
def test_same_small_signals_with_excess_phase(seed, tmp_path):
    """Without vaf, whose share ngspice does not delay in small signals, but in transients."""
    sign, kind, values = card(seed)
    values = re.sub(r"vaf=\S+ ", "", values)
    deck = f"""amplifier
vc cc 0 {5 * sign}
rc cc c 100
vb b 0 {0.7 * sign} ac 1
q1 c b 0 mm m=2
.model mm {kind}({values} ikf=2m ptf={10 + 25 * seed} ttf1=1m kf=1e-14)
{OPTIONS} temp=60
%s
.end
"""
    for analysis in (".ac dec 2 1meg 10g", ".noise v(c) vb dec 2 1meg 10g 1"):
        ours, theirs = both(deck % analysis, tmp_path)
        for signal in set(theirs.names[1:]) & set(ours.names):
            mine, other = np.ravel(ours.array(signal)), theirs.array(signal)
            assert np.allclose(mine, other, rtol=1e-6, atol=1e-12 * np.max(np.abs(other))), signal


def test_small_signals_of_the_collector_are_slopes_of_its_currents():
    """ngspice's .ac differs by a percent from the slopes of its own .dc, whose currents are the same."""
    deck = f"""slope
vc c 0 3
vb b 0 0.8 ac 1
q1 c b 0 mm
.model mm npn(is=1e-14 rco=50 gamma=1e-9 vo=2)
{OPTIONS}
.dc vb 0.7999 0.8001 0.0001
.ac lin 1 1 1
.end
"""
    dc, ac = Circuit.from_text(deck).run()
    slope = (dc["i(vc)"][2] - dc["i(vc)"][0]) / 2e-4
    assert np.isclose(ac["i(vc)"][0].real, slope, rtol=1e-6)


@pytest.mark.parametrize("more", ["", "ikf=3m vaf=20 xtf=10 vtf=2 itf=5m"])
def test_transients_approach_each_other(more, tmp_path):
    """ngspice's delay is right to first order of its step: half the step, half the difference."""
    deck = f"""switch
vc cc 0 5
rc cc c 100
vb bb 0 pulse(0.65 0.78 5n 1n 1n 15n 100n)
rb bb b 10
q1 c b 0 mm
.model mm npn(is=1e-15 cje=1p cjc=0.5p tf=1n ptf=60 {more})
.options reltol=1e-5
.tran 0.1n 30n 0 %s
.end
"""
    time, apart = np.linspace(0.1e-9, 30e-9, 1000), []
    for step in ("40p", "10p"):
        ours, theirs = both(deck % step, tmp_path)
        mine, other = (np.interp(time, r.time, np.ravel(r["v(c)"])) for r in (ours, theirs))
        apart.append(np.max(np.abs(mine - other)) / np.ptp(other))
    assert apart[0] < 1e-2
    assert apart[1] < 0.3 * apart[0]


def test_sensitivity_by_the_delay():
    """The derivative by ptf and tf, of small signals, is that of two runs."""
    deck = """amplifier
vc cc 0 5
rc cc c 100
vb b 0 0.7 ac 1
q1 c b 0 mm
.model mm npn(is=1e-15 cje=1p tf=%.9g ptf=%.9g)
%s
.end
"""
    frequencies = "lin 2 100meg 400meg"
    found = Circuit.from_text(deck % (1e-9, 40, f".sens v(c) ac {frequencies}")).run()[0]

    def response(tf, ptf):
        return Circuit.from_text(deck % (tf, ptf, f".ac {frequencies}")).run()[0]["v(c)"]

    for name, step, (low, high) in (
        ("ptf", 2e-2, [(1e-9, 39.99), (1e-9, 40.01)]),
        ("tf", 2e-13, [(0.9999e-9, 40), (1.0001e-9, 40)]),
    ):
        slope = (response(*high) - response(*low)) / step
        assert np.allclose(found.array(f"q1:{name}"), slope, rtol=1e-5), name


def test_a_negative_excess_phase_counts_as_none():
    """A lead has no network that is causal; ngspice 44 takes it, and turns small signals the other way."""
    deck = "lead\nv1 c 0 3\ni1 0 b 10u\nq1 c b 0 mm\n.model mm npn(bf=100 tf=1n{})\n.ac dec 2 1k 1meg\n.end\n"
    with pytest.warns(DeckWarning, match="ptf"):
        found = Circuit.from_text(deck.format(" ptf=-200")).op()
    assert found["v(b)"] == Circuit.from_text(deck.format("")).op()["v(b)"]
