"""Parameters of digital code models that cards leave out, and those of few cards, against ngspice."""

import shutil

import pytest
from ngspice_logic import Deck, assert_same

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from validation.cases import both

needs_ngspice = pytest.mark.skipif(not shutil.which("ngspice"), reason="ngspice is not installed")


@needs_ngspice
@pytest.mark.parametrize(
    "ports",
    ["x0 d_buffer", "[ x0 x1 ] d_nand", "x0 x1 d_tristate", "x0 d_open_c", "x0 d_open_e", "x0 d_fdiv"]
    + [
        f"{data} null null d_{kind}"
        for data, kind in (("x0 x1", "dff"), ("x0 x1", "tff"), ("x0 x1", "dlatch"))
    ]
    + ["x0 x1 x2 x4 x5 d_jkff", "x0 x1 x2 null null d_srff", "x0 x1 x2 null x5 d_srlatch"],
)
def test_delays(ports, tmp_path):
    deck = Deck(4, ("0s", "1s"), tmp_path)
    *given, model = ports.split()
    outputs = 2 if model.endswith(("ff", "latch")) else 1
    deck.add(" ".join(given), model, "", outputs)
    assert_same(deck.text(), deck.nets, tmp_path)


@needs_ngspice
@pytest.mark.parametrize("card", ["", "cntl_array=[0 1] dc_array=[-1 2]", "dc_array=[0.2 0.7] init_phase=45"])
@pytest.mark.parametrize("control", [-1.5, -0.4, 0, 0.25, 1.2])
def test_duties(control, card, tmp_path):
    """The numbers of dc_array are kept between 1 and 99 %, and so is what lies outside of them."""
    deck = f"duty\nv1 c 0 {control}\nr1 c 0 1k\na1 c x m\n.model m d_pwm({card})\n.tran 10n 4.93u\n.end\n"
    assert_same(deck, ["x"], tmp_path, within=1e-12)


@needs_ngspice
@pytest.mark.parametrize("control", [-0.4, 0.25, 2])
def test_frequencies(control, tmp_path):
    deck = f"frequency\nv1 c 0 {control}\nr1 c 0 1k\na1 c x m\n.model m d_osc\n.tran 10n 4.93u\n.end\n"
    assert_same(deck, ["x"], tmp_path, within=1e-12)


@needs_ngspice
def test_thresholds(tmp_path):
    deck = """bridge
v1 a 0 pwl(0 -0.5 100n 1.5 200n -0.5)
r1 a 0 1k
a1 [ a ] [ x ] m
.model m adc_bridge
.tran 10p 200n
.end
"""
    assert_same(deck, ["x"], tmp_path, within=1.1e-11)


@needs_ngspice
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "delays", ["", "input_delay=[3n]", "input_delay=[0.4n 2.1n 1.2n] rise_delay=[0.6n 2n] fall_delay=[1.7n]"]
)
def test_input_delays(delays, seed, tmp_path):
    """The longest one of the inputs that change adds to the delay of the output."""
    deck = Deck(seed, ("0s", "1s"), tmp_path)
    deck.lines += ["a1 [ x0 x1 x2 ] [ y0 y1 ] table"]
    deck.lines += [f'.model table d_genlut(table_values="0110100100010111" {delays})']
    assert_same(deck.text(), ["y0", "y1"], tmp_path)


@pytest.mark.parametrize("model", ["d_osc", "d_pwm"])
def test_delays_of_oscillators_have_no_effect(model):
    """As in ngspice."""
    text = f"delay\nv1 c 0 1\na1 c x m\n.model m {model}(rise_delay=1n)\n"
    with pytest.warns(DeckWarning, match="'rise_delay' of model 'm' has no effect"):
        Circuit.from_text(text).op()


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ("a1 ~[ x y ] z m\n.model m d_and", "~ inverts one net, not a list"),
        (
            "a1 [ x y ] [ z ] m\n.model m d_genlut(table_values=0110 input_delay=[-1n])",
            "must not be negative",
        ),
    ],
)
def test_faults(cards, message):
    with pytest.raises(Exception, match=message) as caught:
        Circuit.from_text(f"fault\nv1 q 0 1\n{cards}\n").op()
    assert isinstance(caught.value, NetlistError) or "a1" in str(caught.value)


@needs_ngspice
@pytest.mark.parametrize(
    "card", ["", "drive_low=5m drive_high=30m r_stl=50", "r_low=3k r_high=7k out_low=0.4"]
)
@pytest.mark.parametrize("word", ["0s", "1s", "0r", "1r", "Ur", "0z", "0u"])
def test_bidirectional_bridges_drive(word, card, tmp_path):
    """Loads between the levels and beyond them, through 30 Ohm: strong levels up to their largest currents."""
    (tmp_path / "word.txt").write_text(f"0 {word}\n")
    for load in (-1, 1, 5):
        text = f"""bridge
a0 [ x ] source
.model source d_source(input_file="{tmp_path}/word.txt")
v1 s 0 {load}
r1 s o 30
a1 [ o ] [ x ] null m
.model m bidi_bridge(direction=0 {card})
.tran 0.1n 60n 0 0.1n
.end
"""
        mine, other = both(text, tmp_path)
        assert mine["v(o)"][-1] == pytest.approx(other["v(o)"][-1], rel=1e-5, abs=1e-6)
