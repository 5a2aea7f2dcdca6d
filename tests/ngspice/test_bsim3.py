"""BSIM3 against ngspice's: random cards, sizes, temperatures and voltages; charges, noise, bins, versions."""

import numpy as np
import pytest

from bench import bsim
from circuitnn import Circuit
from circuitnn.contract import ngspice_run
from circuitnn.errors import DeckWarning, NetlistError

pytestmark = pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")

DEVICES = 30


@pytest.mark.parametrize("capmod", [0, 1, 2, 3])
def test_same_currents(capmod):
    deck = bsim.deck(np.random.default_rng(40 + capmod), DEVICES, capmod, "g")
    currents, _ = bsim.compare(deck, DEVICES)
    assert np.max(currents) < 1e-6  # convergence through series resistances
    assert np.median(currents) < 1e-12


@pytest.mark.long
@pytest.mark.parametrize("capmod", [0, 1, 2, 3])
def test_same_charges(capmod):
    """Charges, of which ngspice's capacitances are derivatives with approximations in them."""
    deck = bsim.deck(np.random.default_rng(50 + capmod), DEVICES, capmod, "g")
    ours, theirs = bsim.values(deck, DEVICES, ("qg", "qb", "qd", "vth"))
    scale = np.abs(theirs[:, :3]).max(axis=1, keepdims=True)
    assert np.max(np.abs(ours[:, :3] - theirs[:, :3]) / scale) < 2e-7
    assert ours[:, 3] == pytest.approx(theirs[:, 3], abs=1e-7)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*BSIM3 has it since version:circuitnn.errors.DeckWarning")
def test_same_charges_of_version_3_2():
    """Its capmod 3 does not round off the onset of the channel, which moves the charge there by some 1e-4."""
    deck = bsim.deck(np.random.default_rng(53), DEVICES, 3, "g").replace("version=3.3.0", "version=3.2.4")
    ours, theirs = bsim.values(deck, DEVICES, ("qg",))
    assert ours == pytest.approx(theirs, rel=2e-7)


@pytest.mark.parametrize("capmod", [1, 2, 3])
@pytest.mark.parametrize("driven", ["d", "g", "b"])
def test_same_small_signals(capmod, driven):
    """ngspice's capacitances are derivatives of its charges up to a per cent, of capmod 0 not at all."""
    deck = bsim.deck(np.random.default_rng(60 + capmod), DEVICES, capmod, driven)
    _, (conductances, capacitances) = bsim.compare(deck, DEVICES)
    assert np.max(conductances) < 1e-3 and np.median(conductances) < 1e-8
    assert np.max(capacitances) < 2e-2 and np.median(capacitances) < 1e-5


def test_junctions_without_bias_have_their_capacitance():
    text = """t
vd d 0 0
vb b 0 0 ac 1
m1 d 0 0 b mod l=1u w=10u ad=10p as=10p pd=22u ps=22u
.model mod nmos(level=8 version=3.3.0 xpart=-1 cgso=0 cgdo=0 cgbo=0 cf=0 cj=1m cjsw=0 cjswg=0)
.ac lin 1 1meg 1meg
.end
"""
    current = np.ravel(Circuit.from_text(text).run()[0]["i(vb)"])[0]
    assert np.imag(current) == pytest.approx(-2e6 * np.pi * 2.0 * 1e-3 * 10e-12, rel=1e-9)


def test_size_of_bins_by_the_card():
    """Where bins touch, the later card holds; where none holds, it is an error."""
    card = "nmos level=8 version=3.3.0 k1=0.5 k2=0 wmin=1u wmax=10u"
    deck = f"""t
vd d 0 1
m1 d d 0 0 mod l={{length}} w=5u
.model mod.1 {card} vth0=0.5 lmin=0.5u lmax=1u
.model mod.2 {card} vth0=0.6 lmin=1u lmax=2u
.param length=LENGTH
.save @m1[vth]
.op
.end
"""
    for length, bin_ in (("0.5u", 0.5), ("0.9u", 0.5), ("1u", 0.6), ("2u", 0.6)):
        found = Circuit.from_text(deck.replace("LENGTH", length)).run()[0]["@m1[vth]"]
        alone = (
            deck.replace("LENGTH", length)
            .replace(f"mod.{int(bin_ * 10 - 4)}", "mod")
            .replace("mod.", "other.")
        )
        assert found == Circuit.from_text(alone).run()[0]["@m1[vth]"]
    with pytest.raises(NetlistError, match="no bin of model 'mod' holds for l=3e-06"):
        Circuit.from_text(deck.replace("LENGTH", "3u")).run()


def test_other_versions_are_said():
    deck = "t\nvd d 0 1\nm1 d d 0 0 mod pd=9u ps=9u\n.model mod nmos level=8 version={}\n.op\n.end\n"
    with pytest.warns(DeckWarning, match=r"version.*3\.1"):
        Circuit.from_text(deck.format("3.0")).run()
    with pytest.warns(DeckWarning, match=r"xw.*since version 3\.2.*3\.1"):
        Circuit.from_text(deck.format("3.1 xw=10n")).run()


@pytest.mark.parametrize("noimod", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["nmos", "pmos"])
def test_same_noise(noimod, kind, tmp_path):
    sign = 1 if kind == "nmos" else -1
    card = f"{kind}(level=8 version=3.3.0 noimod={noimod} kf=1e-25 af=1.1 ef=0.9 rsh=5 tox=6n k1=0.5 k2=0 lintnoi=10n)"
    cells = []
    for k, (gate, drain) in enumerate([(0.6, 1.0), (1.2, 0.1), (2.0, 2.5), (1.2, -0.3)]):
        cells += [
            f"vg{k} g{k} 0 dc {sign * gate} ac 1",
            f"vd{k} e{k} 0 {sign * drain}",
            f"r{k} e{k} d{k} 100",
            f"m{k} d{k} g{k} 0 0 mod l=0.5u w=10u ad=10p pd=22u m=2 nrs=0.5",
        ]
    for k in range(4):
        text = "\n".join(
            ["t", *cells, f".model mod {card}", f".noise v(d{k}) vg{k} dec 1 10 1g 1", ".temp 60"]
        )
        text += "\n.options reltol=1e-9 abstol=1e-18 vntol=1e-12\n.end\n"
        ours, theirs = Circuit.from_text(text).run()[0], ngspice_run.run(text)[0]
        for name in (f"onoise_m{k}", f"onoise_m{k}_id", f"onoise_m{k}_1overf", "onoise_spectrum"):
            other = theirs[name if name == "onoise_spectrum" else name.replace("_", ".")]
            off = (
                1e-2 if k == 3 and noimod in (2, 3) else 1e-5
            )  # backwards ngspice's flicker noise is another
            assert np.ravel(ours[name]) == pytest.approx(np.ravel(other), rel=off), name


BIASES = [
    (2.0, 2.0, -0.5),
    (0.6, 1.5, 0.1),
    (-1.0, 1.5, -1.0),
    (1.8, -1.0, -1.5),
    (2.5, 0.1, 0.0),
    (0.0, 0.0, 0.6),
]


@pytest.mark.parametrize("words", ["capmod=2", "capmod=1 ngate=1e20 cgsl=1e-10 xpart=1"])
@pytest.mark.parametrize("driven", ["d", "g", "b"])
@pytest.mark.parametrize("kind", ["nmos", "pmos"])
@pytest.mark.filterwarnings("ignore:.*BSIM3 has it since version:circuitnn.errors.DeckWarning")
def test_version_3_1_has_its_own_flat_band_voltage_and_junctions(words, driven, kind):
    """And nothing of what came later: xl, xw, tcj, noff."""
    sign, lines = (1.0 if kind == "nmos" else -1.0), ["t"]
    for k, bias in enumerate(BIASES):
        for node, value in zip("gdbs", (*bias, 0.0), strict=True):
            lines.append(f"v{node}{k} {node}{k} 0 dc {sign * value}{' ac 1' if node == driven else ''}")
        lines.append(f"m{k} d{k} g{k} s{k} b{k} mod l=0.4u w=2u ad=1p as=1.2p pd=4u ps=5u")
    later = "xl=50n xw=-50n tcj=1e-2 noff=1.5 acde=0.7"
    lines += [
        f".model mod {kind}(level=49 version=3.1 vth0={0.6 * sign} tox=7n js=1e-2 jsw=1e-8 nj=1.1 {words} {later})",
        ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15 temp=60",
        *(".op", ".ac lin 1 1g 1g", ".end"),
    ]
    text = "\n".join(lines)
    for is_complex, floor, budget in ((False, 1e-8, 1e-6), (True, 1e-9, 2e-4)):
        runs = Circuit.from_text(text).run(), ngspice_run.run(text)
        chosen = (next(r for r in run if np.iscomplexobj(r["i(vd0)"]) == is_complex) for run in runs)
        ours, theirs = (
            np.array([[np.ravel(r[f"i(v{n}{k})"])[0] for n in "dgsb"] for k in range(len(BIASES))])
            for r in chosen
        )
        scale = np.abs(theirs).max(axis=1, keepdims=True) + floor
        assert np.max(np.abs(ours - theirs) / scale) < budget


@pytest.mark.parametrize(
    "words",
    [
        "pb=0 pbsw=0.05",
        *("paramchk=1 " + w for w in ("a1=0.1 a2=1.5", "a1=0.1 a2=1e-3", "rdsw=-50 cgso=-1n")),
    ],
)
@pytest.mark.parametrize("driven", ["d", "b"])
def test_what_is_out_of_range_is_set_right(words, driven):
    lines = ["t"]
    for k, bias in enumerate(BIASES):
        for node, value in zip("gdb", bias, strict=True):
            lines.append(f"v{node}{k} {node}{k} 0 dc {value}{' ac 1' if node == driven else ''}")
        lines.append(f"m{k} d{k} g{k} 0 b{k} mod l=0.4u w=2u ad=1p as=1p pd=4u ps=4u")
    text = "\n".join(
        [*lines, f".model mod nmos level=49 version=3.3.0 capmod=2 tox=7n {words}", ".ac lin 1 1g 1g", ".end"]
    )
    with pytest.warns(DeckWarning, match="it counts as"):
        ours = Circuit.from_text(text).run()[0]
    theirs = ngspice_run.run(text)[-1]
    for k in range(len(BIASES)):
        made, expected = (np.array([np.ravel(r[f"i(v{n}{k})"])[0] for n in "dgb"]) for r in (ours, theirs))
        assert np.max(np.abs(made - expected)) < 1e-3 * np.max(np.abs(expected))


def test_a_bin_whose_edge_cannot_be_read_is_a_fault():
    text = "bins\nv1 d 0 1\nm1 d d 0 0 nm l=1u w=1u\n.model nm.1 nmos lmin=0.1u lmax=20u*( wmin=0.1u wmax=10u\n.op\n"
    with pytest.raises(NetlistError, match=r"no bin of model 'nm'[\s\S]*deck:4: expected a number"):
        Circuit.from_text(text).op()


@pytest.mark.filterwarnings("ignore:.*BSIM3 has it since version:circuitnn.errors.DeckWarning")
@pytest.mark.parametrize(("version", "end"), [("3.1", 1), ("3.2.4", 0), ("3.3.0", 0)])
@pytest.mark.parametrize("kind", ["nmos", "pmos"])
@pytest.mark.parametrize("reversed_", [False, True])
def test_impact_ionisation_flows_from_the_source_before_version_3_2(version, end, kind, reversed_):
    """As in the authors' code of 3.0.1; the currents of the terminals, which their sum does not tell apart."""
    sign = 1 if kind == "nmos" else -1
    channel = ("s", "d") if reversed_ else ("d", "s")
    lines = [f"v{name} {name} 0 {sign * v}" for name, v in zip("dgsb", (3.0, 1.5, 0.2, -0.5), strict=True)]
    card = f"{kind} level=8 version={version} tox=7n vth0={0.5 * sign} u0=400 vsat=1e5 nch=2e17"
    decks = [
        "\n".join(
            [
                "t",
                *lines,
                f"m1 {channel[0]} g {channel[1]} b mod l=0.35u w=10u pd=20u ps=20u",
                f".model mod {card} {words}",
                ".options gmin=1e-15 reltol=1e-6",
                ".op",
                ".end",
            ]
        )
        for words in ("alpha0=1e-6 beta0=20", "alpha0=0 beta0=20")
    ]
    ours = [np.array([Circuit.from_text(deck).op()[f"i(v{n})"] for n in "dgsb"]) for deck in decks]
    theirs = np.array([ngspice_run.run(decks[0])[0][f"i(v{n})"].real for n in "dgsb"]).ravel()
    assert ours[0] == pytest.approx(theirs, rel=1e-4, abs=1e-12)
    hot = sign * (ours[0] - ours[1])  # flows out of the terminals' sources where it leaves the device
    assert hot[3] > 1e-7
    assert hot[(0, 2)[end]] == pytest.approx(-hot[3], rel=1e-6)
    assert abs(hot[(2, 0)[end]]) < 1e-6 * hot[3]
