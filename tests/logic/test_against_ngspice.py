"""Digital code models against ngspice: every change of every net, for random inputs, in all twelve states."""

import random
import re
import shutil
import subprocess

import pytest
from ngspice_logic import Deck, assert_same

from circuitnn import Circuit

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


STATES = """* state, outputs, inputs -> next state
0 0s 0s 0 -> 0
1 -> 1
1 0s 1s 0 -> 0
1 -> 2
2 1r 0s 0 -> 1
x -> 3
3 1s 1s 0 -> 0
1 -> 3"""


def test_state_machines(tmp_path):
    draw, rows, now = random.Random(3), [], ["0s", "0s", "0s"]
    for k in range(120):
        rows.append(f"{2.5 * k}n {' '.join(now)}")
        now[1] = "1s" if now[1] == "0s" else "0s"
        now[0] = draw.choice(("0s", "1s", "Us")) if draw.random() < 0.5 else now[0]
        now[2] = ("1s" if now[2] == "0s" else "0s") if draw.random() < 0.2 else now[2]
    (tmp_path / "rows.txt").write_text("\n".join(rows) + "\n")
    (tmp_path / "states.txt").write_text(STATES)
    deck = """state machines
v1 q 0 1
r1 q 0 1
asource [ x clock reset ] source
.model source d_source(input_file="rows.txt")
a1 [ x ] clock reset [ a b ] first
.model first d_state(clk_delay=0.7n reset_delay=1.3n state_file="states.txt" reset_state=2)
a2 [ x ] clock null [ c d ] second
.model second d_state(clk_delay=0.7n state_file="states.txt" reset_state=1)
.tran 1n 320n
.end
"""
    assert_same(deck, ["a", "b", "c", "d"], tmp_path)


def test_memories(tmp_path):
    draw, time, rows, now = random.Random(5), 0, [], ["0s"] * 6
    for _ in range(150):
        rows.append(f"{time}n {' '.join(now)}")
        time += draw.choice((1, 2, 3))
        now = [draw.choice(("0s", "1s")) if draw.random() < 0.3 else word for word in now]
    (tmp_path / "rows.txt").write_text("\n".join(rows) + "\n")
    deck = f"""memories
v1 q 0 1
r1 q 0 1
asource [ d0 d1 a0 a1 write select ] source
.model source d_source(input_file="rows.txt")
a1 [ d0 d1 ] [ o0 o1 ] [ a0 a1 ] write [ select ] first
.model first d_ram(select_value=1 ic=2 read_delay=1.7n)
a2 [ d0 d1 ] [ p0 p1 ] [ a0 a1 ] write [ select ] second
.model second d_ram(select_value=0 ic=1 read_delay=1.7n)
.tran 1n {time + 5}n
.end
"""
    assert_same(deck, ["o0", "o1", "p0", "p1"], tmp_path)


def test_tables_of_several_outputs(tmp_path):
    deck = Deck(7, WORDS["two"], tmp_path)
    deck.lines += ["a1 [ x0 x1 ] [ y0 y1 ] table"]
    deck.lines += ['.model table d_genlut(table_values="01100011" rise_delay=[1n 2n] fall_delay=[3n 0.5n])']
    assert_same(deck.text(), ["y0", "y1"], tmp_path)


def test_oscillators(tmp_path):
    deck = """oscillators whose control stands still
v1 c 0 0.25
a1 c f frequency
.model frequency d_osc(cntl_array=[0 1] freq_array=[1e6 2e6] duty_cycle=0.3)
a2 c d duty
.model duty d_pwm(cntl_array=[0 1] dc_array=[0.1 0.9] frequency=1e6)
r1 c 0 1k
.tran 10n 5u
.end
"""
    assert_same(deck, ["f", "d"], tmp_path, within=1e-12)


def test_a_bridge_both_ways_drives_where_ngspice_comes_to_in_time(tmp_path):
    """In operating points ngspice's bridge does not drive, and in the transient from there it does."""
    deck = """bridge both ways
v1 a 0 5
v2 s 0 12
a1 a y buffer
a2 y z inverter
a3 a w inverter
a4 w x inverter
.model buffer d_buffer
.model inverter d_inverter
r1 y 0 1k
r2 w s 1k
.tran 0.1n 20n
.control
run
print v(y)[length(v(y))-1] v(w)[length(v(w))-1]
.endc
.end
"""
    (tmp_path / "theirs.cir").write_text(deck)
    said = subprocess.run(
        ["ngspice", "-b", "theirs.cir"], cwd=tmp_path, capture_output=True, text=True, check=False
    ).stdout
    y, w = (float(line.split("=")[1]) for line in said.splitlines() if line.startswith(("v(y)[", "v(w)[")))
    ours = Circuit.from_text(re.sub(r"\.control.*\.endc\n", "", deck, flags=re.DOTALL)).op()
    assert ours["v(y)"] == pytest.approx(y, rel=1e-4)
    assert ours["v(w)"] == pytest.approx(w, rel=1e-4)
