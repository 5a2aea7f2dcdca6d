"""Small signals about periodic orbits: against .ac, formulas, and integrations of the whole circuit by SciPy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit, read
from circuitnn.cli import execute
from circuitnn.errors import AnalysisError, CircuitnnError, DeckWarning, NetlistError

LINEAR = """linear, beside a source that swings
v1 a 0 dc 0 ac 1 30 sin(0 1 1k)
i1 0 d dc 0 ac 1m
r1 a b 1k
c1 b 0 0.1u
l1 b d 10m
l2 e 0 20m
k1 l1 l2 0.6
re e 0 500
r2 d 0 200
c2 d 0 1u
g1 0 f d 0 1m
rf f 0 10k
"""


@pytest.mark.parametrize("method", ["shooting", "hb"])
def test_a_linear_circuit_has_the_sideband_0_of_ac_and_no_others(method):
    circuit = Circuit.from_text(LINEAR)
    found = circuit.pac(10, "20k", 5, sidebands=2, cycle=circuit.pss(1e3, method=method))
    plain = circuit.ac(10, "20k", 5)
    size = np.abs(plain.data).max(axis=0)
    assert found.names == plain.names and found.types == plain.types
    assert np.max(np.abs(found.data - plain.data) / size) < 1e-7
    for k in (-2, -1, 1, 2):
        assert np.max(np.abs(found.sideband(k).data[:, 1:]) / size[1:]) < 1e-8


def test_an_ideal_multiplier_has_two_sidebands():
    """A·sin(ω₀t + φ)·exp(jωt) is A/2j·exp(jφ) above and its negative conjugate phase below."""
    circuit = Circuit.from_text(
        "multiplier\nv1 lo 0 sin(0.5 2 1meg 0 0 40)\nv2 rf 0 dc 0.3 ac 1\nb1 o 0 v=v(lo)*v(rf)\nr1 o 0 1k\n"
    )
    found = circuit.pac("1k", "3.3meg", 3, sidebands=3, cycle=circuit.pss(1e6, "3u"))
    turn = np.exp(1j * np.radians(40.0))
    exact = {-1: -1.0 / 1j / turn, 0: 0.5, 1: turn / 1j}
    for k in range(-3, 4):
        np.testing.assert_allclose(found.sideband(k)["v(o)"], exact.get(k, 0.0), atol=1e-9)


F0, RS, C1, C2, RO, IS, VT = 1e6, 100.0, 100e-12, 1e-9, 1e3, 1e-14, 0.02585
MIXER = f"""mixer of a diode
vlo lo 0 sin(0 1.2 {F0})
vrf rf lo dc 0 ac 1
rs rf a {RS}
c1 a 0 {C1}
b1 a o i={IS}*(exp(v(a,o)/{VT})-1)
ro o 0 {RO}
co o 0 {C2}
"""


def mixed(tone: float, periods: int, points: int) -> np.ndarray:
    """The output's response to exp(jωt) by integration along with the mixer, settled, at moments of some periods."""

    def rates(t, y):
        v, d = y[:2].real, y[2:]
        source, signal = 1.2 * np.sin(2 * np.pi * F0 * t), np.exp(2j * np.pi * tone * t)
        current = IS * np.expm1((v[0] - v[1]) / VT)
        small = (current + IS) / VT * (d[0] - d[1])
        return [
            ((source - v[0]) / RS - current) / C1,
            (current - v[1] / RO) / C2,
            ((signal - d[0]) / RS - small) / C1,
            (small - d[1] / RO) / C2,
        ]

    t = (20 + periods * np.arange(points * periods) / (points * periods)) / F0
    begin = np.array([0.0, 0.5, 0.0, 0.0], complex)
    path = solve_ivp(rates, (0, t[-1]), begin, "BDF", t, rtol=1e-9, atol=1e-12, max_step=2e-9)
    return path.y[3] * np.exp(-2j * np.pi * tone * t)


@pytest.mark.long
@pytest.mark.parametrize("method", ["shooting", "hb"])
def test_a_mixer_against_its_variational_equation(method):
    """A signal at f₀/4 beside the drive: SciPy's integration over 24 periods, transformed over the last four."""
    periods, points = 4, 256
    tone = F0 / periods
    lines = np.fft.fft(mixed(tone, periods, points)) / (points * periods)
    circuit = Circuit.from_text(MIXER)
    found = circuit.pac(tone, sidebands=3, cycle=circuit.pss(F0, "20u", tolerance=1e-7, method=method))
    for k in range(-3, 4):
        assert found.sideband(k)["v(o)"][0] == pytest.approx(lines[k * periods], abs=2e-7), k
    assert abs(found.sideband(-1)["v(o)"][0]) > 0.1


SWITCHED = """a switched capacitor, its switch a conductance with edges of 2 % of the period
vc clk 0 pulse(0 1 0 20n 20n 380n 1u)
vs in 0 dc 0.2 ac 1
b1 in out i=v(in,out)*(1u+2m*v(clk))
c1 out 0 200p
"""


def clock(t):
    t = np.mod(t, 1e-6)
    return np.clip(np.minimum(t / 20e-9, (420e-9 - t) / 20e-9), 0.0, 1.0)


@pytest.mark.parametrize("f", [50e3, 1e6, 3.3e6])
def test_a_switched_capacitor_by_its_integral(f):
    """v(t) = ∫ g/C·u·exp(-∫ g/C), closed over the period; at a harmonic of the clock, too."""
    m = 20000
    t = np.arange(m + 1) / m * 1e-6
    middle = 0.5 * (t[1:] + t[:-1])
    rate = (1e-6 + 2e-3 * clock(middle)) / 200e-12
    decay = np.exp(-rate * 1e-6 / m)
    pole = rate / (rate + 2j * np.pi * f)  # exact for a constant rate
    v, homogeneous = np.zeros(m + 1, complex), np.ones(m + 1)
    for k in range(m):
        now, after = np.exp(2j * np.pi * f * t[k : k + 2])
        v[k + 1] = decay[k] * (v[k] - pole[k] * now) + pole[k] * after
        homogeneous[k + 1] = decay[k] * homogeneous[k]
    z = np.exp(2j * np.pi * f * 1e-6)
    v += v[-1] / (z - homogeneous[-1]) * homogeneous
    slow = v * np.exp(-2j * np.pi * f * t)
    circuit = Circuit.from_text(SWITCHED)
    found = circuit.pac(f, sidebands=4, cycle=circuit.pss(1e6, "5u"))
    for k in range(-4, 5):
        exact = np.trapezoid(slow * np.exp(-2j * np.pi * k * 1e6 * t), dx=1.0 / m)
        assert found.sideband(k)["v(out)"][0] == pytest.approx(exact, abs=2e-6), k


TRANSISTOR = """a gate whose capacitances are no derivatives of a charge
vlo g 0 sin(0.9 0.7 10meg)
vdd vdd 0 2
vrf r 0 dc 0 ac 1
cr r d 200f
rd vdd d 5k
m1 d g s 0 mn w=20u l=1u
rs s 0 200
.model mn nmos level=1 vto=0.5 kp=100u lambda=0.05 cgso=0.3n cgdo=0.3n tox=20n
"""


@pytest.mark.long
def test_capacitances_without_a_charge_against_a_transient():
    """Meyer's capacitances beside shooting's own derivative: a tone of 20 mV at f₀/3 in the package's .tran."""
    circuit = Circuit.from_text(TRANSISTOR)
    found = circuit.pac("3.3333333333333meg", sidebands=2, cycle=circuit.pss("10meg", "1u"))

    def line(size):
        text = TRANSISTOR.replace("vrf r 0 dc 0 ac 1", f"vrf r 0 sin(0 {size} 3.3333333333333meg 0 0 90)")
        run = Circuit.from_text(text).tran("1.8u", "0.1n", tmax="0.1n", reltol=1e-8)
        t = 1.2e-6 + 0.6e-6 * np.arange(4096) / 4096
        return np.fft.fft(np.interp(t, run.time, run["v(d)"])) / 4096

    lines = (line(0.02) - line(0.0)) / 0.02 * 2.0
    for k in (-1, 0, 1, 2):
        at = 2 + 6 * k  # of 0.6 µs: f is two turns, f₀ six
        assert found.sideband(k)["v(d)"][0] == pytest.approx(lines[at], abs=5e-5), k
    assert abs(found["v(d)"][0]) > 0.01


VDP = "van der Pol\nC1 x 0 1\nL1 x 0 1\nB1 x 0 I=V(x)*V(x)*V(x)/3-V(x)\ni1 0 x dc 0 ac 1\n.ic v(x)=2\n"


def test_near_its_carrier_an_oscillator_follows_its_phase_response():
    """At an offset δ the phase turns by ∫ of the response: sideband k grows as 1/δ, down to any offset."""
    circuit = Circuit.from_text(VDP)
    cycle = circuit.pss(tstab=60, uic=True, tolerance=1e-8)
    f0 = cycle.frequency
    response = cycle.phase_response()
    t, weight = response.t, response.h / cycle.period()
    swing = cycle.spectrum["v(x)"][1]  # x = Re X·exp(jω₀t)
    for offset in (1e-9, 1e-5):
        found = circuit.pac(f0 * (1 + offset), sidebands=2, cycle=cycle)
        # i = Re exp(j(ω₀ + δ)t): dα/dt = v₁·i has the slow part Re m·exp(jδt); x(t + α) has iω₀X·α beside the carrier
        m = np.sum(weight * response["x"] * np.exp(2j * np.pi * f0 * t))
        slow = m / (2j * np.pi * f0 * offset)
        expected = 0.5 * 2j * np.pi * f0 * swing * slow
        assert found["v(x)"][0] == pytest.approx(expected, rel=2e-3 if offset == 1e-9 else 5e-3)
    with pytest.raises(AnalysisError, match=r"is a harmonic of the oscillator, of 0\.150"):
        circuit.pac(f0, cycle=cycle)
    with pytest.raises(AnalysisError, match="is a harmonic of the oscillator"):
        circuit.pac(0.0, points=1, variation="lin", cycle=cycle)


def test_a_card_uses_the_orbit_of_pss(tmp_path, capsys):
    deck = tmp_path / "mixer.cir"
    deck.write_text(
        f"{MIXER}.pss 1meg 5u\n.pac lin 3 10k 30k maxsideband=1\n.meas pac gain max vdb(o)\n.end\n"
    )
    assert execute(["run", str(deck), "--json", "-o", str(tmp_path / "out.raw")]) == 0
    told = json.loads(capsys.readouterr().out)["results"]
    assert [r["analysis"] for r in told] == ["pss", "pss_spectrum", "pac", "pac_sideband", "pac_sideband"]
    assert told[2]["findings"][0].startswith("about an orbit of 1000000 Hz, sidebands -1 to 1")
    assert set(told[2]["measures"]) == {"gain"}
    found = read(tmp_path / "out.raw", "pac")
    assert np.iscomplexobj(found.data) and found.names[:2] == ("frequency", "v(lo)")


def test_its_picture_is_a_bode_plot_of_each_sideband(tmp_path):
    circuit = Circuit.from_text(SWITCHED)
    found = circuit.pac("10k", "1meg", 3, sidebands=1, cycle=circuit.pss(1e6, "5u"))
    for k in (0, -1):
        found.sideband(k).plot("v(out)", path=tmp_path / f"{k}.png")
        assert (tmp_path / f"{k}.png").stat().st_size > 1000
    with pytest.raises(AnalysisError, match="there is no sideband 2, only those from -1 to 1"):
        found.sideband(2)


@pytest.mark.parametrize(
    ("cards", "says"),
    [
        ("", "pac: the deck has no .pss card, one is needed: '.pss frequency tstab' says about which orbit"),
        (".pss 1meg 2u\n.pss 2meg 2u", "pac: the deck has 2 .pss cards, one is needed"),
    ],
)
def test_without_an_orbit_it_says_what_to_do(cards, says):
    with pytest.raises(CircuitnnError, match=says):
        Circuit.from_text(f"{SWITCHED}{cards}\n.end\n").pac(1e3)


def test_orbits_that_do_not_fit_are_refused():
    circuit = Circuit.from_text(SWITCHED)
    cycle = circuit.pss(1e6, "5u")
    with pytest.raises(AnalysisError, match="the cycle is one of another circuit"):
        Circuit.from_text(SWITCHED).pac(1e3, cycle=cycle)
    with pytest.raises(AnalysisError, match="temp is an option of the cycle"):
        circuit.pac(1e3, cycle=cycle, temp=30)
    with pytest.raises(AnalysisError, match=r"must be what circuit.pss\(…\) returns"):
        circuit.pac(1e3, cycle=3)
    with pytest.raises(AnalysisError, match="-1 sidebands: must be from 0 to 1000"):
        circuit.pac(1e3, cycle=cycle, sidebands=-1)
    with pytest.raises(AnalysisError, match="turns too often in a period"):
        circuit.pac(1e15, cycle=cycle)


def test_switches_and_frequencies_in_expressions_are_declined_with_a_sentence():
    model = ".model m sw(vt=0.3 ron=1 roff=1meg)"
    switch = f"t\nvc c 0 sin(0 1 1meg)\nv1 a 0 1 ac 1\ns1 a b c 0 m\nr1 b 0 1k\nc1 b 0 1n\n{model}\n"
    circuit = Circuit.from_text(switch)
    with pytest.raises(AnalysisError, match="pac: a device switches at events along the orbit"):
        circuit.pac(1e3, cycle=circuit.pss(1e6, "5u"))
    circuit = Circuit.from_text("t\nv1 a 0 sin(0 1 1k) ac 1\nb1 b 0 v=v(a)*(1+hertz)\nr1 b 0 1k\nc1 b 0 1u\n")
    with pytest.raises(AnalysisError, match="pac: a source depends on the frequency"):
        circuit.pac(1e3, cycle=circuit.pss(1e3))


def test_about_an_orbit_that_is_not_stable_a_warning_says_so():
    deck = "growing\nv1 a 0 sin(0 1 1k) ac 1\nr1 a b 1k\nc1 b 0 10u\nr2 b 0 -500\n"
    circuit = Circuit.from_text(deck)
    with pytest.warns(DeckWarning):
        cycle = circuit.pss(1e3, 2e-3)
    with pytest.warns(DeckWarning, match="pac: the orbit is unstable"):
        found = circuit.pac(70, cycle=cycle)
    assert found["v(b)"][0] == pytest.approx(1 / (1 - 2 + 2j * np.pi * 70 * 0.01), rel=1e-6)


@pytest.mark.parametrize(
    ("card", "says"),
    [
        (".pac dec 10 1", "'.pac' takes dec, oct or lin"),
        (
            ".pac dec 10 1 1k maxside=3",
            r"'maxside' on '.pac': after the frequencies it takes maxsideband=.*did you mean",
        ),
        (".pac dec 10 1 1k maxsideband", "after the frequencies it takes maxsideband="),
    ],
)
def test_faulty_cards(card, says):
    with pytest.raises(NetlistError, match=says):
        Circuit.from_text(f"{SWITCHED}.pss 1meg 5u\n{card}\n.end\n").run()


MANY = """a mixer with three sources that meet in a diode and a multiplier
vlo lo 0 sin(0 1 1meg)
v1 a lo dc 0 ac 1
r1 a b 50
i2 0 b 0
d1 b c dm
r2 c 0 200
c2 c 0 300p
b1 d 0 i=1m*v(c)*v(lo)
l3 d e 20u
v3 e f dc 0.1
r3 f 0 500
c3 d 0 50p
.model dm d(is=1e-14 cjo=2p tt=1n)
"""


@pytest.mark.parametrize(
    ("output", "method"),
    [
        ("v(d)", "hb"),
        *(pytest.param(o, "shooting", marks=pytest.mark.long) for o in ("v(d)", ("d", "c"), "i(v3)")),
    ],
)
def test_transfers_are_what_pac_gives_for_each_source(output, method):
    """Sideband k at f is sideband -k of a signal at f + k·f₀; at a negative frequency both are conjugates."""
    f, f0 = 0.37e6, 1e6
    circuit = Circuit.from_text(MANY)
    cycle = circuit.pss(f0, "5u", method=method)
    found = circuit.pxf(output, f, sidebands=3, cycle=cycle)
    assert found.names == ("frequency", "vlo", "v1", "v3", "i2")

    def seen(result):
        name = output if isinstance(output, str) else "v(d,c)"
        return result[name][0]

    for source in ("v1", "i2", "v3"):
        deck = MANY.replace("ac 1", "ac 0").replace("i2 0 b 0", f"i2 0 b 0 ac {int(source == 'i2')}")
        deck = deck.replace("dc 0.1", f"dc 0.1 ac {int(source == 'v3')}")
        deck = deck.replace("dc 0 ac 0", f"dc 0 ac {int(source == 'v1')}")
        one = Circuit.from_text(deck)
        own = one.pss(f0, "5u", method=method)
        for k in range(-3, 4):
            at = f + k * f0
            other = one.pac(abs(at), sidebands=4, cycle=own)
            # Re X·exp(jωt) with ω < 0 is the signal of conj(X) at -ω
            expected = seen(other.sideband(-k)) if at > 0 else np.conj(seen(other.sideband(k)))
            assert found.sideband(k)[source][0] == pytest.approx(expected, rel=1e-5, abs=1e-8), (source, k)


def test_transfers_of_a_linear_circuit_are_those_of_tf_and_ac():
    circuit = Circuit.from_text(LINEAR)
    found = circuit.pxf("i(v1)", 0, "10k", 3, "lin", sidebands=1, cycle=circuit.pss(1e3))
    dc = circuit.tf("i(v1)", "i1")["transfer_function"]
    assert found["i1"][0] == pytest.approx(dc, rel=1e-9)
    assert found.types == ("frequency", "admittance", "notype")
    assert found["v1"][1:] == pytest.approx(
        Circuit.from_text(
            LINEAR.replace("ac 30", "ac 1").replace("ac 1 30", "ac 1").replace("ac 1m", "ac 0")
        ).ac(5e3, 10e3, 2, "lin")["i(v1)"],
        rel=1e-7,
    )
    assert np.abs(found.sideband(1)["i1"]).max() < 1e-8


def test_a_card_of_transfers_and_its_faults(tmp_path):
    circuit = Circuit.from_text(f"{MANY}.pss 1meg 5u\n.pxf v(d) dec 2 10k 100k maxsideband=1\n.end\n")
    found = circuit.run()
    assert [r.analysis for r in found] == ["pss", "pss_spectrum", "pxf", "pxf_sideband", "pxf_sideband"]
    assert found[4].plotname == "Periodic Transfer Functions, Sideband +1"
    found[2].plot(path=tmp_path / "pxf.png")
    found[2].save(tmp_path / "pxf.raw")
    again = read(tmp_path / "pxf.raw")
    np.testing.assert_array_equal(again["v1"], found[2]["v1"])
    with pytest.raises(AnalysisError, match=r"there is no v\(nowhere\) to be the output"):
        circuit.pxf("nowhere", 1e3)
    with pytest.raises(NetlistError, match=r"'\.pxf' takes an output"):
        Circuit.from_text(f"{MANY}.pss 1meg 5u\n.pxf v(d) dec 2\n.end\n").run()
    alone = Circuit.from_text(VDP.replace("i1 0 x dc 0 ac 1\n", ""))
    cycle = alone.pss(tstab=60, uic=True)
    with pytest.raises(AnalysisError, match="pxf: the circuit has no independent source"):
        alone.pxf("x", 0.2, cycle=cycle)
