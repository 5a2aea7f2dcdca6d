"""Loop gain with the loop closed: closed forms, the circuit's own two-port, and two injections in ngspice."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError, NetlistError
from validation.ngspice import available, run_batch

POLES = (10.0, 1e6, 3e6)
STAGES = """amplifier of gain {gain} with poles at 10 Hz, 1 MHz and 3 MHz, and feedback of 1/10
ea a 0 0 m {gain}
r1 a b 1k
c1 b 0 {c1!r}
eb b2 0 b1 0 1
vp1 b b1 0
r2 b2 d 1k
c2 d 0 {c2!r}
ed d2 0 d 0 1
r3 d2 o 1k
c3 o 0 {c3!r}
eo out 0 o 0 1
vp2 out back 0
vp3 back out2 0
rf out2 m2 9k
rg m2 0 1k
vp4 m m2 0
.end
"""


def stages(gain=1e5, count=3):
    """The amplifier, with its first poles alone."""
    poles = [*POLES[:count], *[1e15] * (3 - count)]
    text = STAGES.format(gain=gain, **{f"c{k + 1}": 1e-3 / (2 * np.pi * p) for k, p in enumerate(poles)})
    return Circuit.from_text(text)


def ideal(f, gain=1e5, count=3):
    """The product of its poles."""
    return 0.1 * gain / np.prod([1 + 1j * f / p for p in POLES[:count]], axis=0)


@pytest.mark.parametrize("probe", ["vp1", "vp2", "vp3", "vp4"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_loop_in_one_direction_has_one_loop_gain_at_each_place_and_in_each_direction(probe, count):
    found = stages(count=count).stb(probe, 1, "100meg", 7)
    f = found["frequency"].real
    np.testing.assert_allclose(found["loop_gain"], ideal(f, count=count), rtol=1e-6)


def test_a_loop_gain_of_1e12_keeps_its_digits():
    """By two injections alone, 1/(1 + T) would be the difference of 1 and what rounds to it."""
    for probe in ("vp1", "vp2", "vp4"):
        found = stages(1e13, 1).stb(probe, 1e-2, 1e2, 3)
        exact = ideal(found["frequency"].real, 1e13, 1)
        np.testing.assert_allclose(found["loop_gain"], exact, rtol=1e-8)


def test_margins_of_three_poles():
    """They are located between the points: three a decade give the same as fifty."""
    coarse, fine = (stages(3e7).stb("vp2", 1, "100meg", points) for points in (3, 50))
    m = coarse.measures
    assert m == pytest.approx(fine.measures, rel=1e-9)
    f = m["phase_margin_frequency"]
    assert abs(ideal(f, 3e7)) == pytest.approx(1.0, rel=1e-6)
    lag = sum(np.degrees(np.arctan(f / pole)) for pole in POLES)
    assert m["phase_margin"] == pytest.approx(180.0 - lag, abs=1e-4) and m["phase_margin"] < 0.0
    turn = np.sqrt(10 * 1e6 + 10 * 3e6 + 1e6 * 3e6)  # where the cubic's imaginary part vanishes
    assert m["gain_margin_frequency"] == pytest.approx(turn, rel=1e-6)
    assert m["gain_margin"] == pytest.approx(-20 * np.log10(abs(ideal(turn, 3e7))), abs=1e-5)
    assert m["gain_margin"] < 0.0
    assert coarse.findings[0].startswith(f"phase margin = {m['phase_margin']:.6g}° at")


def test_a_loop_of_one_pole_has_no_gain_margin():
    found = stages(count=1).stb("vp2", 1, "100meg")
    assert found.measures["phase_margin"] == pytest.approx(90.0, abs=0.01)
    assert "gain_margin" not in found.measures
    assert found.findings[1].startswith("no gain margin: the phase of T does not pass ±180°")


BILATERAL = """feedback through everything
i1 0 a 0
r1 a 0 10k
c1 a 0 2p
ra a g 100
cgd {g} {d} 1p
gm {d} 0 g 0 20m
cgs g 0 5p
rd d 0 2k
rf d f 5k
cf f 0 1p
lf f h 10n
rh h a 300
{probe}
.end
"""


def admittances(f, joined):
    """The passive network and the transistor by node, with a set of joined nodes, from the elements."""
    nodes = ["a", "g", "g2", "d", "d2", "f", "h"]
    place = {name: k for k, name in enumerate(nodes)}
    for one, other in joined:
        place[one] = place[other]
    s = 2j * np.pi * f
    Y = np.zeros((7, 7), complex)

    def add(p, q, y):
        for u, v in ((p, q), (q, p)):
            if u != "0":
                Y[place[u], place[u]] += y
                if v != "0":
                    Y[place[u], place[v]] -= y

    for p, q, y in (
        ("a", "0", 1e-4 + s * 2e-12),
        ("a", "g", 1e-2),
        ("g2", "d2", s * 1e-12),
        ("g", "0", s * 5e-12),
        ("d", "0", 5e-4),
        ("d", "f", 2e-4),
        ("f", "0", s * 1e-12),
        ("f", "h", 1 / (s * 10e-9)),
        ("h", "a", 1 / 300),
    ):
        add(p, q, y)
    Y[place["d2"], place["g"]] += 20e-3
    used = sorted(set(place.values()))
    return Y[np.ix_(used, used)], [used.index(place[name]) for name in nodes], nodes


@pytest.mark.parametrize(
    ("cut", "joined", "probe"),
    [
        (("d", "d2"), [("g2", "g")], "vp d d2 0"),
        (("d", "d2"), [("g2", "g")], "vp d2 d 0"),
        (("g", "g2"), [("d2", "d")], "vp g g2 0"),
    ],
)
def test_a_bilateral_loop_by_its_two_port(cut, joined, probe):
    """T = (Y12 + Y21)/(Y11 + Y22) of what lies between the probe's ends."""
    names = dict(zip(("g", "d"), ("g2" if "g2" in cut else "g", "d2" if "d2" in cut else "d"), strict=True))
    found = Circuit.from_text(BILATERAL.format(probe=probe, **names)).stb("vp", "1meg", "10g", 4)
    for f, gain in zip(found["frequency"].real, found["loop_gain"], strict=True):
        Y, places, nodes = admittances(f, joined)
        ends = [places[nodes.index(name)] for name in cut]
        rest = [k for k in range(len(Y)) if k not in ends]
        port = Y[np.ix_(ends, ends)] - Y[np.ix_(ends, rest)] @ np.linalg.solve(
            Y[np.ix_(rest, rest)], Y[np.ix_(rest, ends)]
        )
        assert gain == pytest.approx((port[0, 1] + port[1, 0]) / (port[0, 0] + port[1, 1]), rel=1e-9)


AMPLIFIER = """two transistors with feedback at the emitter
vcc vcc 0 10
vin in 0 0.9
rs in b 1k
q1 c1 b e qn
rc vcc c1 10k
q2 c2 c1 vcc qp
re e 0 100
rf x e 1k
rl c2 0 1k
cl c2 0 10p
vp c2 x 0 {series}
ii 0 c2 0 {shunt}
.model qn npn(bf=100 vaf=60 cje=1p cjc=0.5p tf=0.3n rb=100)
.model qp pnp(bf=60 vaf=40 cje=2p cjc=1p tf=1n)
.options reltol=1e-6 abstol=1e-14 vntol=1e-9
.save v(c2) i(vp)
.ac dec 5 1k 1g
.end
"""


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
def test_a_transistor_amplifier_by_injections_in_ngspice(tmp_path):
    runs = []
    for series, shunt in (("ac 1", ""), ("", "ac 1")):
        path = tmp_path / "deck.cir"
        path.write_text(AMPLIFIER.format(series=series, shunt=shunt))
        runs.append(run_batch(path).plots[0])
    (v1, i1), (v2, i2) = ((run.array("v(c2)"), run.array("i(vp)")) for run in runs)
    both = 2 * (i1 * v2 - v1 * i2) + v1 + i2
    circuit = Circuit.from_text(AMPLIFIER.format(series="", shunt=""))
    found = circuit.with_analysis("stb vp dec 5 1k 1g").run()[0]
    assert found.analysis == "stb"
    np.testing.assert_allclose(found["loop_gain"], both / (1 - both), rtol=2e-4)
    assert np.abs(found["loop_gain"]).max() > 5.0 and found.measures["phase_margin"] > 0.0


@pytest.mark.parametrize(
    ("probe", "says"),
    [
        (
            "rf",
            "the probe rf is no voltage source: put one of 0 V in series with the loop, as in 'vprobe out back 0'",
        ),
        ("vp5", r"the probe vp5 is no voltage source \(did you mean vp[1-4]"),
        ("ea", "is no voltage source"),
        ("vg", "the probe vg ends at ground: put a voltage source of 0 V in series with the signal"),
    ],
)
def test_a_wrong_probe_is_told_what_to_do(probe, says):
    with pytest.raises(CircuitnnError, match=says):
        stages().V("g", "out", 0, 0).stb(probe, 1, 1e3)


def test_a_card_without_a_probe_says_so():
    with pytest.raises(NetlistError, match=r"'.stb' takes a voltage source"):
        Circuit.from_text("t\nr1 a 0 1\n.stb dec 10 1 1k\n.end\n").run()


def test_a_source_in_no_loop_has_no_loop_gain():
    found = Circuit.from_text("t\nv1 a 0 1\nvp a b 0\nr1 b 0 1k\n.end\n").stb("vp", 1, 10)
    assert found["loop_gain"] == pytest.approx(np.zeros(len(found)), abs=1e-12)
    assert "stb: nothing comes back to vp: it is in no loop" in found.statistics.notes
    assert found.findings[0].startswith("no phase margin")


def test_its_picture_and_its_file(tmp_path):
    found = stages().stb("vp1", 1, 1e6)
    found.plot(path=tmp_path / "loop.png")
    assert (tmp_path / "loop.png").stat().st_size > 1000
    found.save(tmp_path / "loop.raw")
    from circuitnn import read

    again = read(tmp_path / "loop.raw")
    assert again.analysis == "stb" and again.findings == []
    np.testing.assert_array_equal(again["loop_gain"], found["loop_gain"])
