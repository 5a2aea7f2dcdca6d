"""Digital code models against ngspice: every change of every net, for random inputs, in all twelve states."""

import shutil

import pytest
from ngspice_logic import Deck, assert_same

pytestmark = pytest.mark.skipif(not shutil.which("ngspice"), reason="ngspice is not installed")
GATES = ("and", "nand", "or", "nor", "xor", "xnor")
ENDS = "ic={} set_delay=1.3n reset_delay=1.6n rise_delay=0.3n fall_delay=0.9n"
CLOCKED = {
    "d_dff": ("x0 x1 {}", "clk_delay=0.4n"),
    "d_jkff": ("x0 x1 x2 {}", "clk_delay=0.4n"),
    "d_tff": ("x0 x1 {}", "clk_delay=0.4n"),
    "d_srff": ("x0 x1 x2 {}", "clk_delay=0.4n"),
    "d_dlatch": ("x0 x1 {}", "enable_delay=0.4n data_delay=0.7n"),
    "d_srlatch": ("x0 x1 x2 {}", "enable_delay=0.4n sr_delay=0.7n"),
}


WORDS = {
    "two": ("0s", "1s"),
    "unknown": ("0s", "1s", "0s", "1s", "Us"),
    "all": ("0s", "1s", "Us", "0r", "1z", "Uu"),
}


@pytest.mark.parametrize("words", WORDS)
def test_gates(words, tmp_path):
    deck = Deck(1, WORDS[words], tmp_path)
    for gate in GATES:
        deck.add("[ x0 x1 ]", f"d_{gate}", "rise_delay=1.5n fall_delay=2.5n")
        deck.add("[ x0 ~x1 x2 ]", f"d_{gate}", "rise_delay=3.1n fall_delay=0.51n inertial_delay=true")
    for gate in ("buffer", "inverter"):
        deck.add("x0", f"d_{gate}", "rise_delay=1.5n fall_delay=2.5n")
        deck.add("~x3", f"d_{gate}", "rise_delay=1.55n fall_delay=2.55n inertial_delay=true")
    deck.add("x0", "d_open_c", "open_delay=1.5n fall_delay=2.5n")
    deck.add("x0", "d_open_e", "rise_delay=2.5n open_delay=1.5n")
    deck.add("x0 x1", "d_tristate", "delay=1.7n")
    deck.add("x0 q", "d_tristate", "delay=1.7n inertial_delay=true")
    deck.add("[ x0 x1 x2 ]", "d_lut", 'table_values="01101001" rise_delay=1.2n fall_delay=0.8n')
    assert_same(deck.text(), deck.nets, tmp_path)


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_flipflops_and_latches(words, seed, tmp_path):
    deck = Deck(seed, WORDS[words], tmp_path)
    for model, (ports, delays) in CLOCKED.items():
        for initial in (0, 1):
            for forced in ("x4 x5", "null null"):
                deck.add(ports.format(forced), model, f"{delays} {ENDS.format(initial)}", outputs=2)
    if words != "all":  # ngspice counts a one that only changes its strength, the first time
        deck.add("x0", "d_fdiv", "div_factor=3 high_cycles=2 rise_delay=1.2n fall_delay=0.8n")
        deck.add("x0", "d_fdiv", "div_factor=4 high_cycles=2 i_count=3")
    assert_same(deck.text(), deck.nets, tmp_path)


def test_two_drivers(tmp_path):
    words = [level + strength for strength in "srzu" for level in "01U"]
    pairs = [(a, b) for a in words for b in words]
    for name, which in (("first", 0), ("second", 1)):
        lines = [f"{k}e-9 {pair[which]}" for k, pair in enumerate(pairs)]
        (tmp_path / f"{name}.txt").write_text("\n".join(lines) + "\n")
    deck = """contention
v1 q 0 1
r1 q 0 1
a1 [ y ] first
a2 [ y ] second
.model first d_source(input_file="first.txt")
.model second d_source(input_file="second.txt")
.tran 1n 150n
.end
"""
    assert_same(deck, ["y"], tmp_path)


def test_loops_of_gates(tmp_path):
    (tmp_path / "enable.txt").write_text("0 0s\n5.05e-9 1s\n")
    deck = """a ring that an input starts, and a latch whose inputs are freed at once
v1 q 0 1
r1 q 0 1
asource [ en ] source
.model source d_source(input_file="enable.txt")
.model inverter d_inverter
.model nand d_nand
a1 [ k3 en ] k1 nand
a2 k1 k2 inverter
a3 k2 k3 inverter
a4 [ en lb ] la nand
a5 [ en la ] lb nand
a6 nowhere k4 inverter
.tran 1n 20n
.end
"""
    assert_same(deck, ["k1", "k2", "k3", "la", "lb", "k4"], tmp_path)


def test_bridges(tmp_path):
    """ngspice takes notice of a voltage at its time points only: within its step."""
    deck = """bridges
v1 a 0 pulse(0 5 10n 20n 30n 20n 100n)
aadc [ a ] [ da ] adc
.model adc adc_bridge(in_low=1 in_high=2 rise_delay=2n fall_delay=3n)
a1 da y inverter
.model inverter d_inverter(rise_delay=5n fall_delay=3n)
adac [ y ] [ o ] dac
.model dac dac_bridge(out_low=0.5 out_high=4.5 out_undef=2.2 t_rise=20n t_fall=40n)
r1 o 0 1k
.tran 10p 300n
.end
"""
    assert_same(deck, ["da", "y"], tmp_path, within=1.1e-11)


def test_automatic_bridges(tmp_path):
    deck = """automatic bridges: in, out, both ways
.param vcc=4
v1 a 0 pulse(0 5 10n 1n 1n 20n 100n)
a1 a y buffer
a2 y z inverter
a3 z w inverter
.model buffer d_buffer
.model inverter d_inverter
r1 y 0 1k
r2 w 0 1k
.tran 10p 150n
.end
"""
    assert_same(deck, ["a", "y", "z", "w"], tmp_path, within=2e-10)
