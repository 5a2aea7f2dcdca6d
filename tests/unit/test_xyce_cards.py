"""Cards of Xyce and HSPICE: bit patterns, ports, steady states, integrals, switches controlled by expressions."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.netlist.writer import write


def run(text):
    return Circuit.from_text(f"deck\n{text}.end\n").run()


def pattern(words, times, tstop="100n"):
    result = run(f"v1 a 0 pat({words})\nr1 a 0 1k\n.tran 0.1n {tstop} 0 0.5n\n")[0]
    return np.interp(times, result.time, result["v(a)"])


def bits(text, interval, delay=0.0, high=5.0):
    """Voltages in the middle of each bit, and where they are looked at."""
    times = [delay + (k + 0.5) * interval for k in range(len(text))]
    return times, [{"1": high, "0": 0.0, "m": 0.5 * high}[bit] for bit in text]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("5 0 0 1n 1n 10n b1010", "1010000000"),
        ("5 0 0 1n 1n 10n b10m1 r=1", "10m110m111"),
        ("5 0 0 1n 1n 10n b10m1 1", "10m110m111"),  # Xyce's form
        ("5 0 0 1n 1n 10n b0011 r=1 rb=3", "0011111111"),
        ("5 0 0 1n 1n 10n b100 rb=2 r=2", "1000000000"),
        ("5 0 0 1n 1n 10n b01 r", "0101111111"),
        ("5 0 0 1n 1n 10n b01 r=1 b110", "0101110000"),
        ("5 0 0 1n 1n 10n b101 r=-1", "1011011011"),
        ("5 0 0 1n 1n 10n b1011 r=-1 rb=2", "1011011011"),
        ("5 0 0 2n 1n 10n b1 r=-1", "1111111111"),
    ],
)
def test_bits_of_a_pattern(words, expected):
    times, values = bits(expected, 10e-9)
    assert pattern(words, times) == pytest.approx(values, abs=1e-9)


def test_edges_of_a_pattern_are_centred_on_the_boundaries():
    times = np.array([18, 19, 20, 21, 22, 28.5, 29.5, 30, 30.5, 31.5]) * 1e-9
    expected = [
        0,
        0,
        2.5,
        5,
        5,
        5,
        5,
        2.5,
        0,
        0,
    ]  # 2 ns up at 20 ns, after a delay of 10 ns; 1 ns down at 30 ns
    assert pattern("5 0 10n 2n 1n 10n b010", times) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("5 0 0 1n 1n 10n", "pat takes"),
        ("5 0 0 1n 1n 10n 1010", "not a string of bits"),
        ("5 0 0 1n 1n 10n b10z", "no high-impedance state"),
        ("5 0 0 0 1n 10n b10", "tr = 0: must be positive"),
        ("5 0 0 1n 1n 10n b10 rb=3", "has bits 1 to 2"),
        ("5 0 0 1n 1n 10n b10 r=1.5", "a whole number"),
        ("5 0 0 1n 1n 10n b10 r=-1 b1", "nothing follows"),
        ("5 0 0 1n 1n 10n b10 r=1e9", "is repeated 0 to"),
    ],
)
def test_patterns_that_are_none(words, said):
    with pytest.raises(NetlistError, match=said):
        run(f"v1 a 0 pat({words})\nr1 a 0 1k\n.tran 1n 10n\n")


def test_a_pattern_of_parameters():
    result = run(".param vh=3 tb=10n\nv1 a 0 pat({vh} 0 0 1n 1n {tb} b01)\nr1 a 0 1k\n.tran 1n 20n\n")[0]
    assert result["v(a)"][-1] == pytest.approx(3.0)


def test_ports_and_their_scattering_parameters():
    """A series inductor between two ports: S21 = 2·z0/(2·z0 + jωL)."""
    deck = "p1 in 0 port=1 z0=50 ac 1\np2 out 0 port=2 z0=50\nl1 in out 10n\n.ac dec 1 1meg 1g\n.lin sparcalc=1\n"
    with pytest.warns(DeckWarning, match=r"is run as '\.sp dec 1 1meg 1g'"):
        result = next(r for r in run(deck) if r.analysis == "sp")
    f = np.real(result["frequency"])
    assert result["s_2_1"] == pytest.approx(100.0 / (100.0 + 2j * np.pi * f * 10e-9), rel=1e-9)
    with pytest.warns(DeckWarning):
        written = write(Circuit.from_text(f"deck\n{deck}.end\n").flat)
    assert "\nvp1 p1#res 0" in written


def test_lin_without_frequencies():
    with pytest.raises(NetlistError, match=r"takes its frequencies from an '\.ac"):
        run("p1 in 0 port=1\nr1 in 0 1\n.lin\n.op\n")


def test_harmonic_balance_is_a_steady_state():
    """Harmonics of v² for v = cos: 1/2 at 0 and at the second harmonic."""
    deck = "v1 a 0 sin(0 1 1meg 0 0 90)\nb1 b 0 v={v(a)**2}\nr1 b c 1\nc1 c 0 1p\n.hb 1meg\n.options hbint numfreq=3\n"
    with pytest.warns(DeckWarning, match="is run as '.pss") as told:
        spectrum = next(r for r in run(deck + ".print hb v(b)\n") if r.analysis == "pss_spectrum")
    assert len(told) == 1
    assert len(spectrum["frequency"]) == 4
    assert np.abs(spectrum["v(b)"]) == pytest.approx([0.5, 0.0, 0.5, 0.0], abs=1e-6)


@pytest.mark.parametrize(("card", "said"), [(".hb 1meg 1.1meg", "2 tones"), (".hb", "names no frequency")])
def test_harmonic_balances_that_are_none(card, said):
    with pytest.raises(NetlistError, match=said):
        run(f"v1 a 0 1\nr1 a 0 1\n{card}\n")


def test_sensitivities_to_all_parameters():
    with pytest.warns(DeckWarning, match=r"is run as '\.sens v\(b\)'"):
        result = run("v1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.sens objfunc={v(b)} param=r1:r\n")[0]
    assert result["r1"] == pytest.approx(-1.0 / 4e3)


def test_integrals_over_time():
    """∫ sin(ωt) dt, twice with another start, and one within another: ∫ t·sin(ωt) dt."""
    deck = (
        "v1 a 0 sin(0 1 1k)\nb1 b 0 v={1k*sdt(v(a))+idt(0,2)}\nb2 c 0 v={idt(v(a)*idt(1),0.5)}\n"
        "r1 b 0 1\nr2 c 0 1\n.tran 1u 1m\n.op\n"
    )
    point, result = sorted(run(deck), key=lambda r: r.analysis)
    omega, t = 2e3 * math.pi, result.time
    assert (point["v(b)"], point["v(c)"]) == pytest.approx((2.0, 0.5))
    assert result["v(b)"] == pytest.approx(2.0 + 1e3 * (1.0 - np.cos(omega * t)) / omega, abs=1e-4)
    within = 0.5 + np.sin(omega * t) / omega**2 - t * np.cos(omega * t) / omega
    assert result["v(c)"] == pytest.approx(within, abs=1e-6)


def test_an_integral_is_one_over_s():
    result = run("v1 a 0 0 ac 1\nb1 b 0 v={idt(v(a))}\nr1 b 0 1\n.ac dec 1 1 100\n")[0]
    f = np.real(result["frequency"])
    assert result["v(b)"] == pytest.approx(1.0 / (2j * np.pi * f), rel=1e-9)


@pytest.mark.parametrize("text", ["idt(v(a),0,v(a)>1)", "sdt(v(a),1)"])
def test_integrals_with_a_reset_are_refused(text):
    with pytest.raises(NetlistError, match="no reset"):
        run(f"v1 a 0 1\nb1 b 0 v={{{text}}}\nr1 b 0 1\n.op\n")


def test_a_function_of_ones_own_is_no_integral():
    assert run(".func idt(x) {2*x}\nv1 a 0 3\nb1 b 0 v={idt(v(a))}\nr1 b 0 1\n.op\n")[0]["v(b)"] == 6.0


def test_a_switch_controlled_by_an_expression():
    """In each instance its own control; smooth between off and on."""
    deck = (
        ".model sm switch(ron=1 roff=1meg on=3 off=1)\n.subckt cut a b\ns1 a b sm control={v(a)*2+v(b)*0}\n.ends\n"
        "v1 a 0 1\nv2 c 0 2\nx1 a b cut\nx2 c d cut\nr1 b 0 1\nr2 d 0 1\n.op\n"
    )
    result = run(deck)[0]
    middle = math.sqrt(1e6)
    assert result["v(b)"] == pytest.approx(1.0 / (1.0 + middle))
    assert result["v(d)"] == pytest.approx(1.0)


def test_words_of_print():
    deck = "v1 a 0 2\nr1 a 0 1k\n.dc v1 2 2 1\n.print dc p(r1) w(r1) n(a) r1:resistance\n"
    circuit = Circuit.from_text(f"deck\n{deck}.end\n")
    assert circuit.flat.prints[0].signals == ("@r1[p]", "@r1[p]", "v(a)", "@r1[resistance]")


def test_noop_starts_from_initial_conditions():
    result = run("v1 a 0 1\nr1 a b 1k\nc1 b 0 1u ic=0.25\n.tran 1u 10u noop\n")[0]
    assert result["v(b)"][0] == pytest.approx(0.25)


@pytest.mark.parametrize("card", [".result {v(a)}", ".dcop output=x", ".sampling useExpr=true", ".fft v(a)"])
def test_cards_without_effect_say_what_to_write(card):
    with pytest.warns(DeckWarning, match="has no effect: "):
        assert run(f"v1 a 0 1\nr1 a 0 1\n.op\n{card}\n")[0]["v(a)"] == 1.0
