"""Safe operating areas: with ``warn=1``, the same ratings of the same devices are exceeded as in ngspice."""

import re
import subprocess

import pytest

from circuitnn import Circuit
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

DECK = """ratings
vc c 0 {vc}
vb b 0 {vb}
vn n 0 {vn}
r1 c b rm 1k
.model rm r(bv_max=2.5)
r2 b 0 1k bv_max=0.75
c1 c 0 1u bv_max=3.5
d1 b 0 dm
d2 0 c dm
.model dm d(is=1e-14 fv_max=0.7 bv_max=2.8 id_max=1m)
q1 c b 0 qn
.model qn npn(bf=100 vbe_max=0.72 vbc_max=2.6 vce_max=3.2 ic_max=2m ib_max=20u pd_max=5m)
q2 n b 0 qp
.model qp pnp(bf=100 vce_max=2.2)
m1 c b 0 0 nn l=1u w=10u
.model nn nmos level=8 version=3.3.0 vgs_max=0.6 vds_max=3.1 vgd_max=2.4 vbd_max=2.9
m2 n b 0 0 pp l=1u w=10u
.model pp pmos level=8 version=3.3.0 vgs_max=5 vgsr_max=0.65 vds_max=2.3
m3 c b 0 vd
.model vd vdmos(vto=0.5 kp=1m vgs_max=0.73 vds_max=3.3 id_max=0.04m)
.options warn={warn} maxwarns=100
.op
.end
"""
POINTS = [(4, 0.8, -3), (3, 0.7, -2), (2, 0.5, -1), (2.9, 0.74, -2.25), (-1, 0.6, 1), (1, -0.7, -2.5)]


def of_ngspice(deck, tmp_path):
    (tmp_path / "deck.cir").write_text(deck)
    done = subprocess.run(["ngspice", "-b", "deck.cir"], cwd=tmp_path, capture_output=True, text=True)
    said = re.findall(r"Instance: (\S+) .* exceeded (\w+)=", done.stdout + done.stderr)
    exceeded = {(device.lower(), name.lower()) for device, name in said}
    # without the infinite powers of diodes, which nothing bounds
    return {(device, name) for device, name in exceeded if device[0] != "d" or name != "pd_max"}


def of_ours(deck):
    notes = Circuit.from_text(deck).run()[0].statistics.notes
    return {tuple(found) for note in notes for found in re.findall(r"^(\S+): .* exceeds (\w+) = ", note)}


@pytest.mark.parametrize("point", POINTS)
def test_ratings_that_are_exceeded(point, tmp_path):
    vc, vb, vn = point
    deck = DECK.format(vc=vc, vb=vb, vn=vn, warn=1)
    assert of_ours(deck) == of_ngspice(deck, tmp_path)


def test_the_power_of_a_diode():
    """ngspice 44 finds an infinite power in every diode whose card bounds it."""
    deck = (
        "t\nv1 a 0 2\nr1 a b 1k\nd1 b 0 dm\n.model dm d(is=1e-14 pd_max={most})\n.options warn=1\n.op\n.end\n"
    )
    power = Circuit.from_text(deck.format(most=1)).op()["@d1[p]"]
    assert of_ours(deck.format(most=1.01 * power)) == set()
    assert of_ours(deck.format(most=0.99 * power)) == {("d1", "pd_max")}


def test_only_who_asks_is_told():
    assert not of_ours(DECK.format(vc=4, vb=0.8, vn=-3, warn=0))


@pytest.mark.parametrize("order", ["x1 a rated\nx2 a free", "x2 a free\nx1 a rated"])
def test_models_of_one_subcircuit_alone(order, tmp_path):
    deck = f"t\nv1 a 0 2\n{order}\n"
    deck += ".subckt rated a\nd1 0 a dm\n.model dm d(bv_max=1)\n.ends\n.subckt free a\nd1 0 a dm\n.model dm d\n.ends\n"
    deck += ".options warn=1\n.op\n.end\n"
    assert of_ours(deck) == of_ngspice(deck, tmp_path) == {("d.x1.d1", "bv_max")}


def test_some_devices_of_many_are_named():
    cards = "\n".join(f"r{k} a 0 {k}k bv_max=1" for k in range(1, 10))
    notes = Circuit.from_text(f"t\nv1 a 0 2\n{cards}\n.options warn=1\n.op\n.end\n").run()[0].statistics.notes
    assert [note[:3] for note in notes[:5]] == ["r1:", "r2:", "r3:", "r4:", "r5:"]
    assert notes[5:] == ["bv_max is exceeded by 4 more devices"]


def test_a_transient_says_when():
    """The resistor bears 1 V of a ramp of 1 V/us."""
    deck = "t\nv1 a 0 pwl(0 0 3u 3)\nr1 a 0 1k bv_max=1\n.options warn=1\n.tran 0.1u 3u\n.end\n"
    (note,) = Circuit.from_text(deck).run()[0].statistics.notes
    worst, first = map(float, re.findall(r"time = (\S+), first at (\S+)", note)[0])
    assert worst == pytest.approx(3e-6) and 1e-6 < first < 1.2e-6


def test_what_lies_inside_is_looked_at_though_it_is_not_saved():
    cards = "v1 a 0 1\nd1 a 0 dm\n.model dm d(is=1e-14 rs=10 id_max=1m)"
    deck = f"t\n{cards}\n.options warn=1\n.save v(a)\n.tran 1n 10n\n.end\n"
    (result,) = Circuit.from_text(deck).run()
    assert result.names == ("time", "v(a)")
    assert any("@d1[id]" in note for note in result.statistics.notes)


def test_a_card_that_is_written_keeps_its_ratings():
    deck = DECK.format(vc=4, vb=0.8, vn=-3, warn=1)
    circuit = Circuit.from_text(deck)
    assert of_ours(circuit.export()) == of_ours(deck)
