"""Poles and zeros against closed forms and against ngspice."""

import re
import subprocess

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, NetlistError, SingularMatrixError
from circuitnn.solvers.pencil import finite_eigenvalues
from validation.ngspice import available

LEAD_LAG = "r1 in out 9k\nc1 in out 1u\nr2 out 0 1k\nc2 out 0 3u"
LC = (
    "r1 in a 50\nl1 a b 1m\nc1 b 0 1n\nl2 b c 2m\nr2 c 0 75\nc2 c 0 5n\nr3 c out 1k\nr4 out 0 1k\nc3 a out 2n"
)


def circuit(text):
    return Circuit.from_text(f"t\n{text}\n.end\n")


def order(s):
    return round(abs(s), -2), s.imag


def values(result, kind):
    return np.array([result[n] for n in result.names if n.startswith(kind)])


@pytest.mark.parametrize("source", ["", "v1 in 0 ac 1\n"])
def test_lead_lag(source):
    """Zero at -1/(r1·c1), pole at -(1/r1 + 1/r2)/(c1 + c2), with or without a source at the input."""
    found = circuit(source + LEAD_LAG).pz("in", "out")
    assert values(found, "zero") == pytest.approx([-1 / 9e-3])
    assert values(found, "pole") == pytest.approx([-(1 / 9e3 + 1 / 1e3) / 4e-6])


def test_driven_by_a_current():
    """r ∥ c: pole at -1/(r·c), no zero."""
    found = circuit("r1 in 0 1k\nc1 in 0 1u").pz("in", "in", "cur")
    assert values(found, "pole") == pytest.approx([-1e3]) and len(values(found, "zero")) == 0


def test_resonance():
    """Series RLC, output over c: s = -r/2l ± j·√(1/lc - (r/2l)²)."""
    found = circuit("v1 in 0 1\nr1 in a 10\nl1 a out 1m\nc1 out 0 1u").pz("in", "out")
    alpha, omega = 10 / 2e-3, np.sqrt(1e9 - (10 / 2e-3) ** 2)
    assert sorted(values(found, "pole"), key=np.imag) == pytest.approx(
        [-alpha - 1j * omega, -alpha + 1j * omega]
    )
    assert len(values(found, "zero")) == 0


def test_poles_are_where_the_response_blows_up():
    """The transfer function is gain·Π(s - z)/Π(s - p) at every frequency."""
    c = circuit("v1 in 0 ac 1\n" + LC)
    found, response = c.pz("in", "out"), c.ac(1e3, 1e7, 5)
    s = 2j * np.pi * response["frequency"].real
    shape = np.prod(s[:, None] - values(found, "zero"), axis=1) / np.prod(
        s[:, None] - values(found, "pole"), axis=1
    )
    ratio = response["v(out)"] / shape
    assert ratio == pytest.approx(np.full(len(s), ratio[0]), rel=1e-7)


def test_amplifier_at_its_operating_point():
    """g/c: a diode's conductance at its bias sets the pole."""
    found = circuit("i1 0 out dc 1m\nd1 out 0 dm\nc1 out 0 1n\n.model dm d(is=1e-14)").pz(
        "out", "out", "cur", reltol=1e-9
    )
    assert values(found, "pole") == pytest.approx([-1e-3 / 0.0258649 / 1e-9], rel=1e-4)


def test_infinite_eigenvalues_stay_away():
    """A loop of capacitors and a source; a chain of integrators at a border: nilpotent blocks of size 3."""
    assert finite_eigenvalues(np.eye(3), np.diag([1.0, 1.0], 1)).size == 0
    G = np.diag([1.0, 2.0, 1.0, 1.0])
    C = np.diag([1.0, 1.0, 0.0, 0.0])
    C[2, 3] = 1e-3
    assert finite_eigenvalues(G, C) == pytest.approx([-1.0, -2.0])


@pytest.mark.skipif(not available(), reason="ngspice is not installed")
@pytest.mark.parametrize("text", [LEAD_LAG, LC])
def test_ngspice_finds_the_same(text, tmp_path):
    deck = tmp_path / "deck.cir"
    deck.write_text(f"t\nv1 in 0 dc 0 ac 1\n{text}\n.pz in 0 out 0 vol pz\n.print pz all\n.end\n")
    printed = subprocess.run(
        ["ngspice", "-n", "-b", str(deck)], capture_output=True, text=True, check=True
    ).stdout
    names = re.findall(r"(?:pole|zero)\(\d+\)", printed)
    numbers = [complex(float(a), float(b)) for a, b in re.findall(r"([-+\d.e]+),\s+([-+\d.e]+)", printed)]
    (found,) = Circuit.from_text(deck.read_text()).run()
    for kind in ("pole", "zero"):
        theirs = [v for n, v in zip(names, numbers, strict=True) if n.startswith(kind)]
        assert sorted(values(found, kind), key=order) == pytest.approx(sorted(theirs, key=order), rel=1e-4)


def test_faults():
    deck = "t\nr1 a 0 1k\nc1 a 0 1n\nr2 b 0 1\n{}\n.end\n"
    with pytest.raises(NetlistError, match=r"deck:5.*'.pz' takes two nodes"):
        _ = Circuit.from_text(deck.format(".pz a 0 b")).flat
    with pytest.raises(SingularMatrixError, match="does not reach the output"):
        Circuit.from_text(deck.format(".pz a 0 b 0 cur zer")).run()
    with pytest.raises(AnalysisError, match="holds the input"):
        Circuit.from_text(deck.format("v1 a 0 1\n.pz a 0 a 0 cur pz")).run()


@pytest.mark.parametrize("place", [0, 1])
def test_matrices_beyond_all_numbers_are_an_error(place):
    matrices = [np.eye(2), np.eye(2)]
    matrices[place][1, 1] = np.inf
    with pytest.raises(AnalysisError, match="larger than a number can be"):
        finite_eigenvalues(*matrices)


def test_poles_of_a_long_ladder():
    """As many equations as need sparse factors for their uncertainty; the poles are known by formula."""
    n, rc = 150, 1e-6
    cells = "\n".join(f"r{k} n{k} n{k + 1} 1k\nc{k} n{k + 1} 0 1n" for k in range(n))
    result = circuit(f"v1 n0 0 1\n{cells}").pz("n0", f"n{n}", wanted="pol")
    modes = (2.0 * np.arange(1, n + 1) - 1.0) * np.pi / (2 * n + 1)
    assert np.sort(-values(result, "pole").real) == pytest.approx((2.0 - 2.0 * np.cos(modes)) / rc, rel=1e-9)
    assert not result.statistics.notes


def test_uncertain_poles_of_a_large_circuit_are_noted():
    """Conductances 1e18 apart in sums leave a slow pole in rounding: a note says so."""
    far = "rf m0 m1 1u\nrg m1 0 1e12\ncm m1 0 1n\nci m0 0 1n\nrk n1 m0 1e12"
    cells = "\n".join(f"r{k} n{k} n{k + 1} 1k\nc{k} n{k + 1} 0 1n" for k in range(150))
    result = circuit(f"v1 n0 0 1\n{cells}\n{far}").pz("n0", "n9", wanted="pol")
    assert any("uncertain" in note for note in result.statistics.notes)
