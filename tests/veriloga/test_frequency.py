"""What a module says of frequencies: tables of noise, and phasors of its own, in closed form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD, load, two_terminal

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, CircuitnnError

AT = np.array([10.0, 1e3, 3e4])
POWERS = np.array([1e-16, 4e-18, 2e-19])
TABLE = "'{1k, 4e-18, 10, 1e-16, 30k, 2e-19}"


def noise(body: str, folder: Path, declarations: str = "", card: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and densities of a device at a load without noise, referred to 1 Ohm."""
    load(two_terminal(body, declarations), folder)
    deck = "t\nv1 a 0 dc 0.5 ac 1\nn1 a b m\nh1 c 0 v2 1\nv2 b 0 0\nr1 c 0 1 noisy=0\n.model m dut " + card
    found = Circuit(deck + "\n.noise v(c) v1 dec 7 1 1meg\n.end\n").run()[0]
    return np.real(found["frequency"]), np.asarray(found["onoise_spectrum"]) ** 2


def straight(f: np.ndarray) -> np.ndarray:
    """Power between the pairs, linearly."""
    return np.interp(f, AT, POWERS)


def on_logarithms(f: np.ndarray) -> np.ndarray:
    """Power between the pairs, on double logarithmic axes."""
    return np.exp(np.interp(np.log(f), np.log(AT), np.log(POWERS)))


@pytest.mark.parametrize(("word", "power"), [("noise_table", straight), ("noise_table_log", on_logarithms)])
@pytest.mark.parametrize("way", ["list", "array", "file", "scaled"])
def test_tables(word: str, power, way: str, tmp_path: Path) -> None:
    """Tables in a list, an array and a file, in any order; ends hold outside; noise that enters with a factor."""
    (tmp_path / "samples.txt").write_text("# Hz A2/Hz\n10 1e-16\n1e3 4e-18\n30e3 2e-19\n")
    given = {"list": TABLE, "array": "pairs", "file": '"samples.txt"', "scaled": TABLE}[way]
    declared = f"parameter real pairs[0:5] = {TABLE}; parameter real g = 3;"
    body = f'I(p, n) <+ {"g * V(p, n) * " if way == "scaled" else ""}{word}({given}, "shot");'
    f, density = noise(body, tmp_path, declared, "g=4")
    assert np.allclose(density, power(f) * (4.0 if way == "scaled" else 1.0), rtol=1e-9)


def test_powers_that_follow_the_bias(tmp_path: Path) -> None:
    """Powers may be any expressions, and one pair is white noise; parallel devices add up."""
    f, density = noise("I(p, n) <+ noise_table('{10, 1e-18 * V(p, n), 1k, 3e-18 * V(p, n)});", tmp_path)
    assert np.allclose(density, np.interp(f, [10, 1e3], [0.5e-18, 1.5e-18]), rtol=1e-9)
    f, density = noise("I(p, n) <+ noise_table('{5, 2e-18});", tmp_path)
    assert np.allclose(density, 2e-18, rtol=1e-9)


def test_noise_in_a_transient(tmp_path: Path) -> None:
    """A band of noise: the variance is the area below the table."""
    load(two_terminal("I(p, n) <+ V(p, n) + noise_table('{0, 0, 1k, 1e-6, 2k, 0});"), tmp_path)
    deck = (
        "t\nn1 a 0 m\nr1 a 0 1meg noisy=0\n.model m dut\n.options noisestep=20u seed=11\n.tran 20u 2\n.end\n"
    )
    (tran,) = Circuit(deck).run()
    v = np.interp(np.arange(1e-5, 2, 2e-5), tran["time"], tran["v(a)"])
    # the mean over 20 us keeps 99.5 % of it; 2 s hold some 4000 independent values
    assert np.isclose(np.var(v), 1e-3, rtol=0.08)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("I(p, n) <+ noise_table('{1, 2, 3});", "here are 3 numbers"),
        (
            "I(p, n) <+ noise_table('{1, 2, 1, 3});",
            "frequencies of 'noise_table' must be positive and differ",
        ),
        ("I(p, n) <+ noise_table_log('{0, 2, 1, 3});", "frequencies of 'noise_table_log' must be positive"),
        ('I(p, n) <+ noise_table("none.txt");', "the table cannot be read"),
        ("I(p, n) <+ ac_stim(2);", "'ac_stim' takes the name of an analysis"),
    ],
)
def test_refused(body: str, message: str, tmp_path: Path) -> None:
    """Tables that are none, and stimuli without a name."""
    load(two_terminal(body), tmp_path)
    with pytest.raises(CircuitnnError, match=message):
        Circuit("t\nv1 a 0 1\nn1 a 0 m\n.model m dut\n.op\n.end\n").run()


def test_stimuli(tmp_path: Path) -> None:
    """Phasors of current and voltage sources, of capacitors, in parallel, and scaled by the bias."""
    text = f"""{HEAD}module src(p, n, q); inout p, n, q; electrical p, n, q; parameter real mag = 2, ph = 0.3;
  analog begin
    I(p, n) <+ V(p, n) / 1k + 1m * ac_stim("ac", mag, ph) + ddt(1u * ac_stim("ac"));
    V(q) <+ 0.5 * ac_stim() + V(p, n) * ac_stim("ac", 1, 0) + 0 * ac_stim("noise");
  end
endmodule
"""
    load(text, tmp_path)
    deck = "t\ni1 0 a 1m\nn1 a 0 q m m=3\nr1 q 0 1k\n.model m src ph=0.5\n.ac dec 3 1 1k\n.tran 1u 3u\n.end\n"
    with pytest.warns(UserWarning, match=r'ac_stim\("noise"\) is 0'):
        ac, tran = Circuit(deck).run()
    omega = 2 * np.pi * np.real(ac["frequency"])
    expected = -(2e-3 * np.exp(0.5j) + 1j * omega * 1e-6) * 1e3
    assert np.allclose(ac["v(a)"], expected, rtol=1e-9)
    rest = 1e-3 * 1e3 / 3
    assert np.allclose(tran["v(a)"], rest, rtol=1e-6)
    assert np.allclose(tran["v(q)"], 0, atol=1e-12)
    assert np.allclose(ac["v(q)"], 0.5 + rest, rtol=1e-6)


def test_phase_noise_refuses_tables(tmp_path: Path) -> None:
    """The phase noise of an oscillator knows two kinds of noise, and says so."""
    body = "I(p, n) <+ 1m * pow(V(p, n), 3) - 2m * V(p, n) + noise_table('{1, 1e-20, 1k, 1e-21});"
    load(two_terminal(body), tmp_path)
    deck = "t\nn1 a 0 m\nc1 a 0 1n\nl1 a 0 1m \n.ic v(a)=1\n.model m dut\n.end\n"
    orbit = Circuit(deck).pss(160e3, 200e-6, uic=True)
    with pytest.raises(AnalysisError, match="the density of 'n1_noise1' is a table"):
        orbit.phase_noise()
