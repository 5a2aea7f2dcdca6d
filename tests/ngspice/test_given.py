"""Parameters of which one rules the other, those whose 0 differs from none, and temperatures of instances."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OPTIONS = ".options reltol=1e-10 abstol=1e-20 vntol=1e-13"
CX = 3.9 * 8.854214871e-12 / 20e-9  # F/m², of 20 nm


def agree(cards, names, tmp_path, rel=1e-6):
    """Compare vectors of the deck's only analysis."""
    ours, theirs = both(f"t\n{cards}\n{OPTIONS}\n.end\n", tmp_path)
    for name in names:
        here, there = np.ravel(ours.array(name)), np.ravel(theirs.array(name))
        assert here == pytest.approx(there, rel=rel, abs=1e-12 * np.abs(there).max()), name
    return ours


@pytest.mark.parametrize(
    ("words", "threshold", "growth"),
    [
        ("vtotc=1m tcv=1m", -1.95, 1.0),
        ("vtotc=0 tcv=1m", -2.0, 1.0),
        ("tcv=1m", -2.05, 1.0),
        ("bex=-0.5 betatce=0.3", -2.0, 1.01**15),
        ("bex=-0.5 betatce=0", -2.0, 1.0),
        ("bex=-0.5", -2.0, (350.15 / 300.15) ** -0.5),
    ],
)
def test_temperature_of_a_jfet_by_the_parameter_that_rules(words, threshold, growth, tmp_path):
    cards = f"vd d 0 5\nvg g 0 -0.5\nj1 d g 0 m\n.model m njf(vto=-2 beta=1m is=0 {words})\n.temp 77\n.op"
    ours = agree(cards, ["i(vd)"], tmp_path)
    exact = -1e-3 * growth * (-0.5 - threshold) ** 2
    assert float(np.ravel(ours.array("i(vd)"))[0]) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("words", ["ibe=0 ibc=1e-16", "ibe=1e-16 ibc=0", "ibe=1e-16", "ibe=2e-16 ibc=1e-16"])
@pytest.mark.parametrize("vc", [2.0, 0.05])
def test_saturation_currents_of_a_bipolar_transistor(words, vc, tmp_path):
    cards = f"vc c 0 {vc}\nvb b 0 0.7\nq1 c b 0 m\n.model m npn(is=1e-16 {words})\n.op"
    agree(cards, ["i(vc)", "i(vb)"], tmp_path)


@pytest.mark.parametrize("level", [1, 2, 3, 9])
@pytest.mark.parametrize("words", ["cbd=0", "cbs=0", "cbd=0.1p cbs=0", ""])
def test_junctions_of_capacitance_0_have_none(level, words, tmp_path):
    cards = f"""vd d 0 3 ac 1
vs s 0 0.5 ac 1
m1 d 0 s 0 m l=2u w=10u ad=10p as=12p pd=14u ps=15u
.model m nmos(level={level} vto=2 tox=20n cj=3e-4 cjsw=3e-10 {words})
.ac lin 1 1g 1g"""
    agree(cards, ["i(vd)", "i(vs)"], tmp_path)


def test_channel_of_level_2_whose_bulk_is_forward(tmp_path):
    """Beyond phi: √(phi - vbs) is not needed without body effect; of the current, which level 1 has as well."""
    lines = [
        f"v{k}_{level} d{k}_{level} 0 -0.7\nvg{k}_{level} g{k}_{level} 0 {g}\nvs{k}_{level} s{k}_{level} 0 -0.05\n"
        f"m{k}_{level} d{k}_{level} g{k}_{level} s{k}_{level} 0 m{level} l=2u w=10u"
        for level in (1, 2)
        for k, g in enumerate((0.0, 0.1, 0.3, 0.8))
    ]
    cards = "\n".join(
        [
            *lines,
            *(f".model m{level} nmos(level={level} vto=0.7 kp=60u is=1e-20)" for level in (1, 2)),
            ".temp 80\n.op",
        ]
    )
    ours = agree(cards, [f"i(vs{k}_{level})" for k in range(4) for level in (1, 2)], tmp_path)
    one, two = (
        np.array([float(np.ravel(ours.array(f"i(vs{k}_{level})"))[0]) for k in range(4)]) for level in (1, 2)
    )
    assert two == pytest.approx(one, rel=1e-6)
    assert abs(two[2]) > 1e-5


@pytest.mark.parametrize(
    "words", ["gamma1=0.3", "gamma1=0.5 gamma2=0.2", "gamma1=0.4 nch=2e17", "gamma1=0.3 vbx=-1"]
)
def test_doping_of_bsim3_by_its_body_effect(words, tmp_path):
    cards = f"""vd d 0 0.25
vg g 0 1.2
vb b 0 -0.5
m1 d g 0 b m l=0.3u w=2u
.model m nmos(level=8 version=3.3.0 vth0=0.5 u0=400 tox=5n {words})
.op"""
    agree(cards, ["i(vd)"], tmp_path)


def noise(level, words, volts, frequencies="lin 2 1k 101k"):
    return f"""vd d 0 {volts[0]}
vg g 0 {volts[1]} ac 1
h1 o 0 vd 1
m1 d g 0 0 m l=2u w=10u
.model m nmos(level={level} vto=0.7 kp=60u tox=20n kf=1e-26 is=1e-16 {words})
.noise v(o) vg {frequencies} 1"""


BY_CURRENT = ("nlev=0", "nlev=1 af=0.8")
BY_SLOPE = ("", "af=0.8", "nlev=2 af=1.2")
# Level 9 has no nlev; where the channel is off, noise by its slope is none.
FLICKER = [
    (level, words, volts)
    for volts in ((3.0, 2.0), (3.0, -1.0), (-0.75, 0.0))
    for level in (1, 2, 3, 9)
    for words in ((*BY_CURRENT, *(BY_SLOPE if volts[1] >= 0.0 else ())) if level < 9 else BY_SLOPE[:2])
]


@pytest.mark.parametrize(("level", "words", "volts"), FLICKER)
def test_flicker_noise(level, words, volts, tmp_path):
    ours, theirs = both(f"t\n{noise(level, words, volts)}\n{OPTIONS}\n.end\n", tmp_path)
    here, there = (np.ravel(np.real(r.array("onoise_m1_1overf"))) for r in (ours, theirs))
    assert here == pytest.approx(there, rel=1e-4, abs=1e-22)


@pytest.mark.parametrize(("level", "volts"), [(1, (3.0, 2.0)), (9, (3.0, 2.0)), (9, (-0.75, -1.0))])
def test_flicker_noise_by_its_formula(level, volts):
    """kf·gm²/(Cox·w·l·f^af) and kf·|id|^af/(Cox²·w·l·f) at 1 kHz and 101 kHz."""
    text = f"t\n{noise(level, 'af=0.9', volts)}\n.op\n{OPTIONS}\n.end\n"
    results = {r.analysis: r for r in Circuit.from_text(text).run()}
    found = np.ravel(np.real(results["noise"].array("onoise_m1_1overf"))) ** 2
    f = np.array([1e3, 1.01e5])
    current = abs(float(np.ravel(results["op"].array("i(vd)"))[0]))
    if level == 1:
        gm = 60e-6 * 5.0 * 1.3
        exact = 1e-26 * gm**2 / (CX * 20e-12 * f**0.9)
    else:
        exact = 1e-26 * current**0.9 / (CX**2 * 20e-12 * f)
    assert found == pytest.approx(exact, rel=1e-5)


ENDS = ("", "dtemp=30", "ts=60", "td=60", "ts=50 td=70")


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("level", [2, 3, 4])
@pytest.mark.parametrize(
    "words", ["phib1=1m", "rd=300 rs=200 rg=100 rtc1=5m", "rsi=50 rdi=80 rtc1=2m", "ri=1k rf=2k rtc1=3m"]
)
def test_temperatures_of_both_ends_of_a_mesfet(level, words, ends, tmp_path):
    cards = f"""vd d 0 0.4
vg g 0 0.5 ac 1
z1 d g 0 m l=1u w=20u {ends}
.model m nmf(level={level} vto=-1 {words})"""
    # level 4 of ngspice saturates as if rsi did not grow
    agree(f"{cards}\n.op", ["i(vd)", "i(vg)"], tmp_path, rel=1e-3 if level == 4 and "rsi" in words else 1e-6)
    if "ri" in words:  # of a channel that is off: ngspice's transconductance is wrong
        off = (
            cards.replace("vto=-1", "vto=3")
            .replace("vg g 0 0.5", "vg g 0 -0.2")
            .replace("nmf(", "nmf(astar=0 ggr=0 ")
        )
        agree(f"{off}\n.ac lin 1 1g 1g", ["i(vd)"], tmp_path, rel=1e-4)


@pytest.mark.parametrize(("level", "words"), [(4, "")])
def test_small_signals_of_mesfets_are_the_slopes_of_their_currents(level, words, tmp_path):
    """ngspice's are not: by differences of its own operating points."""
    cards = """vd d 0 0.4
vg g 0 {volts} ac 1
z1 d g 0 m l=1u w=20u
.model m nmf(level={level} vto=-1 {words}){analysis}"""
    step = 1e-4
    text = [cards.format(volts=0.4 + d, level=level, words=words, analysis="\n.op") for d in (step, -step)]
    ends = [both(f"t\n{t}\n{OPTIONS}\n.end\n", tmp_path) for t in text]
    (mine, slope) = (
        float((np.ravel(ends[0][k].array("i(vd)")) - np.ravel(ends[1][k].array("i(vd)")))[0] / (2 * step))
        for k in (0, 1)
    )
    small = cards.format(volts=0.4, level=level, words=words, analysis="\n.ac lin 1 1 1")
    ours, theirs = (
        np.ravel(r.array("i(vd)"))[0].real for r in both(f"t\n{small}\n{OPTIONS}\n.end\n", tmp_path)
    )
    assert mine == pytest.approx(slope, rel=1e-5)
    assert ours == pytest.approx(slope, rel=1e-5)
    assert abs(theirs / slope - 1.0) > 1e-4


@pytest.mark.parametrize("level", [5, 6])
def test_a_warmer_heterostructure_transistor(level, tmp_path):
    cards = f"""vd d 0 1
vg g 0 0.5
z1 d g 0 m l=0.8u w=30u dtemp=30
.model m nhfet(level={level} kvto=0.2m kmu=0.1m klambda=0.1m)
.op"""
    agree(cards, ["i(vd)", "i(vg)"], tmp_path)


SHEETS = {
    4: "vfb=-0.8 phi=0.8 k1=0.7 muz=600 mus=650 tox=0.03 vdd=5 n0=1.2",
    5: "",
    8: "version=3.3.0 vth0=0.5",
}


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5, 6, 8, 9])
@pytest.mark.parametrize("instance", ["nrs=0", "nrd=0", "nrd=0 nrs=0", "nrd=0 nrs=0.5"])
def test_a_drain_without_squares_has_no_resistance(level, instance):
    """The same as with a sheet of next to none; it cut the transistor off."""
    cards = """t
vd d 0 3
vg g 0 2
m1 d g 0 0 m l=2u w=10u {}
.model m nmos(level={} {} rsh={})
.op
.end"""
    words = SHEETS.get(level, "vto=0.7")
    has = [name for name in ("nrd", "nrs") if f"{name}=0" not in instance.split()]
    known = {"nrd": 0.5 if "nrd=0.5" in instance else 1.0, "nrs": 0.5 if "nrs=0.5" in instance else 1.0}
    thin = " ".join(f"{name}={1e-7 if name not in has else known[name]}" for name in ("nrd", "nrs"))
    found, expected = (
        float(np.ravel(Circuit.from_text(cards.format(i, level, words, 5)).run()[0]["i(vd)"])[0])
        for i in (instance, thin)
    )
    assert found == pytest.approx(expected, rel=1e-5)
    assert abs(found) > 1e-5


def test_a_resistance_of_0_is_none(tmp_path):
    """With an rsh and an nrd ngspice 44 cuts the drain off where rd=0; by the same card without rsh it conducts."""
    cards = "vd d 0 3\nvg g 0 2\nm1 d g 0 0 m l=2u w=10u nrd=0.5 nrs=0\n.model m nmos(vto=0.7 kp=60u rd=0 {})\n.op"
    with_sheet, cut = both(f"t\n{cards.format('rsh=5')}\n.end\n", tmp_path)
    ours, theirs = (float(np.ravel(r.array("i(vd)"))[0]) for r in (with_sheet, cut))
    exact = -0.5 * 60e-6 * 5.0 * 1.3**2
    assert ours == pytest.approx(exact, rel=1e-6)
    assert abs(theirs) < 1e-9
    _, without = both(f"t\n{cards.format('')}\n.end\n", tmp_path)
    assert float(np.ravel(without.array("i(vd)"))[0]) == pytest.approx(exact, rel=1e-6)


def test_an_average_of_the_power_in_a_reversed_transistor(tmp_path):
    """Its channel is the same from both ends: exchanging the pins of ngspice's own element changes what it gives."""
    cards = """vd d 0 -1.2 ac 1
vg g 0 -0.4
j1 {pins} m
.model m njf(level=2 vto=-2 beta=1m delta=0.47 taud=17u)
.ac lin 1 10k 10k"""
    found = {}
    for pins in ("d g 0", "0 g d"):
        results = both(f"t\n{cards.format(pins=pins)}\n{OPTIONS}\n.end\n", tmp_path)
        found[pins] = [complex(np.ravel(r.array("i(vd)"))[0]) for r in results]
    ours, theirs = found["0 g d"]
    assert ours == pytest.approx(theirs, rel=1e-9)
    assert found["d g 0"][0] == pytest.approx(theirs, rel=1e-9)
    assert abs(found["d g 0"][1] / theirs - 1.0) > 1e-3


def test_thermal_noise_of_the_drains_resistance_at_the_drains_temperature():
    """4kT/R flows where drain and source are shorted and the channel conducts well."""
    text = """t
vd d 0 0
h1 o 0 vd 1
vg g 0 1 ac 1
z1 d g 0 m l=1u w=20u td=150
.model m nmf(level=2 vto=-1 rd=1meg astar=0 ggr=0)
.noise v(o) vg lin 1 1k 1k 1
.end"""
    spectrum = next(r for r in Circuit.from_text(text).run() if "onoise_z1_rd" in r.names)
    density = float(np.ravel(np.real(spectrum["onoise_z1_rd"]))[0])
    assert density == pytest.approx(np.sqrt(4.0 * BOLTZMANN * 423.15 / 1e6), rel=5e-3)
