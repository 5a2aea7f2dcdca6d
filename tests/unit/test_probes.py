"""Values of devices, ``@m1[gm]``: where they may stand, what they need, what is refused."""

import io
import pickle

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.device_values import tables
from circuitnn.device_values.probes import find, rates
from circuitnn.device_values.tables import DeviceTables
from circuitnn.errors import UnknownNameError
from circuitnn.ngspice import control
from circuitnn.results import rawfile

DECK = """values
v1 in 0 dc 1 ac 1 sin(0.5 0.5 1meg)
r1 in a {r}
d1 a 0 dm
c1 a 0 10p
s1 in 0 in 0 sw1
.param r=1k
.model dm d(rs=10 cjo=1p)
.model sw1 sw(vt=5)
"""


def run(*lines):
    return Circuit.from_text(DECK + "\n".join(lines) + "\n.end\n").run()[0]


def test_at_an_operating_point():
    r = run(".op")
    assert r["@d1[id]"] == pytest.approx(r["@r1[i]"], rel=1e-6)
    assert r["@r1[i]"] == pytest.approx((1.0 - r["a"]) / 1e3)
    assert r["@D1[vd]"] == pytest.approx(r["a"] - 10 * r["@d1[id]"])
    assert r["@d1[area]"] == 1.0 and r["@r1[resistance]"] == 1e3
    assert "@d1[gd]" in r and "@d1[nosuch]" not in r and "v(d1#inner)" not in r


@pytest.mark.parametrize("target", ["r", "r1", "temp", "v1"])
def test_along_sweeps(target):
    values = "0.5 1 0.25" if target == "v1" else "20 40 10" if target == "temp" else "1k 3k 1k"
    r = run(
        f".dc {target} {values} v1 0.5 1 0.5" if target != "v1" else f".dc v1 {values}", ".save all @d1[id]"
    )
    assert r["@d1[id]"] == pytest.approx(r["@r1[i]"], rel=1e-3)
    assert len(set(r["@d1[id]"])) == len(r)


def test_a_transient_keeps_what_is_asked_for():
    asked = run(".tran 10n 2u", ".save v(a) @d1[id]", ".print tran @r1[p]", ".meas tran top max @d1[id]")
    assert asked.names == ("time", "v(a)", "@d1[id]", "@r1[p]")
    assert asked.types[2:] == ("current", "power")
    assert asked.measures["top"] == pytest.approx(asked["@d1[id]"].max())
    other = run(".tran 10n 2u")
    assert len(other["@c1[i]"]) == len(other)
    with pytest.raises(
        UnknownNameError, match=r"depend on v\(d1#inner\), which was not kept.*\.save all @d1"
    ):
        other["@d1[id]"]


def test_currents_add_up():
    r = run(".tran 1n 2u", ".save all @d1[p]", ".options reltol=1e-5")
    late = r.time > 5e-8
    rest = (r["@r1[i]"] - r["@d1[id]"] - r["@c1[i]"])[late]
    assert np.max(np.abs(rest)) < 0.01 * np.max(r["@r1[i]"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("@d1[nosuch]", "d1, a diode, has no value nosuch; there are its parameters, and c, capcur, cd"),
        ("@r1[gm]", "r1, a resistor, has no value gm; there are its parameters, and i, p, r"),
        ("@d2[id]", "there is no device d2"),
        ("@d1", "are called @device"),
        ("@s1[i]", "depends on on, a memory"),
    ],
)
def test_what_is_not_there(name, message):
    with pytest.raises(UnknownNameError, match=message):
        run(".op")[name]


def test_phasors():
    r = run(".ac dec 2 1k 1meg")
    assert r["@r1[i]"] == pytest.approx((r["in"] - r["a"]) / 1e3)
    assert r["@c1[i]"] == pytest.approx(2j * np.pi * np.real(r["frequency"]) * 1e-11 * r["a"])
    with pytest.raises(UnknownNameError, match="not available from phasors"):
        r["@d1[id]"]


def test_models_of_letter_n():
    text = "n\nv1 a 0 0.2\nn1 a 0 m\n.model m vteam\n.op\n.end\n"
    r = Circuit.from_text(text).run()[0]
    assert r["@n1[i]"] == pytest.approx(-r["i(v1)"]) and r["@n1[v]"] == 0.2
    assert r["@n1[ron]"] > 0.0


def test_in_files(tmp_path):
    r = run(".op", ".save all @d1[id] @d1[gd]")
    rawfile.write(tmp_path / "out.raw", [r])
    assert b"i(@d1[id])\tcurrent" in (tmp_path / "out.raw").read_bytes()
    again = rawfile.read(tmp_path / "out.raw")[0]
    assert again["@d1[id]"] == r["@d1[id]"] and again["@d1[gd]"] == r["@d1[gd]"]
    assert pickle.loads(pickle.dumps(r))["@d1[gd]"] == r["@d1[gd]"]


def test_rates():
    """Parabolas are followed exactly, corners not smeared; 0 at t = 0."""
    t = np.array([0.0, 0.1, 0.3, 0.4, 0.7, 1.0, 1.2, 1.5])
    bent = np.where(t < 0.7, t * t, 0.49 - 2.0 * (t - 0.7))
    assert rates(t, bent)[1:] == pytest.approx([0.2, 0.6, 0.8, 1.4, -2.0, -2.0, -2.0])
    assert rates(t, bent)[0] == 0.0


def said(*commands):
    out = io.StringIO()
    text = DECK + ".options noacct\n" + "\n".join([".control", *commands, ".endc", ".end"])
    control.run(Circuit.from_text(text), out)
    return out.getvalue().splitlines()


def test_in_control_blocks():
    """What was saved is a vector, what was not a number, as it is at the last point."""
    asked = "save @d1[id]", "tran 10n 1u", "print length(@d1[gd]*2) length(@d1[id])/length(time)", "op"
    lines = said(*asked, "print @d1[off]")
    assert lines == [
        "length(@d1[gd]*2) = 1.000000e+00",
        "length(@d1[id])/length(time) = 1.000000e+00",
        "@d1[off] = 0.000000e+00",
    ]


def test_show():
    lines = said("op", "show d, r1 : id i nosuch")
    assert lines[0] == " Diode: Junction Diode model"
    assert lines[1] == "     device                    d1"
    assert lines[2].split()[0] == "model"
    assert lines[3].split()[0] == "id" and float(lines[3].split()[1]) > 1e-4
    assert lines[4].split() == ["i", "?????????"] and lines[5].split() == ["nosuch", "?????????"]
    assert lines[7] == " Resistor: Simple linear resistor"
    everything = said("tran 10n 1u", "show all")
    assert {" Capacitor: Fixed capacitor", " Vsource: Independent voltage source"} <= set(everything)
    assert not {" Capacitor: Fixed capacitor"} & set(said("op", "show"))


def test_psd():
    """Densities times the distance of the frequencies are the mean square."""
    lines = said(
        "set specwindow=none",
        "tran 10n 2.55u 0 10n",
        "linearize v(in)",
        "psd 1 v(in)",
        "print mean(v(in))*frequency[1]*129",
    )
    wave = 0.5 + 0.5 * np.sin(2e6 * np.pi * 1e-8 * np.arange(256))
    assert lines[0].startswith("Total noise power up to Nyquist frequency 5.000e+07 Hz: ")
    assert float(lines[0].split()[9]) == pytest.approx(np.mean(wave**2), rel=1e-3)
    assert float(lines[-1].split()[-1].split(",")[0]) == pytest.approx(np.mean(wave**2), rel=1e-3)


def test_lists_of_many_devices_are_computed_together(monkeypatch):
    """Each device was looked up by name for each of its values: 30 s for 12,000 devices."""
    looked_up, asked = [], []
    monkeypatch.setattr(tables, "find", lambda *given: looked_up.append(given) or find(*given))
    parts = ("v{0} a{0} 0 1", "i{0} 0 c{0} 1m", "r{0} a{0} b{0} 1k", "d{0} b{0} 0 dm", "l{0} b{0} c{0} 1u")
    parts += (
        "c{0} b{0} 0 1p",
        "b{0} c{0} 0 i=v(a{0})",
        "e{0} e{0} 0 value={{v(c{0})}}",
        "s{0} a{0} 0 b{0} 0 sm",
    )
    cards = "\n".join(part.format(k) for k in range(50) for part in parts)
    circuit = Circuit.from_text(f"t\n{cards}\n.model dm d\n.model sm sw\n.op\n.end\n")
    (result,) = circuit.run()
    alone = DeviceTables(circuit, result.array)
    together = DeviceTables(circuit, lambda name: asked.append(name) or result.array(name), result)
    lines = list(together.devices(together.names))
    assert lines == list(alone.devices(alone.names))
    kinds = len(parts)
    assert len(looked_up) <= 2 * kinds and not asked
