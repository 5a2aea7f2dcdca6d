"""BSIM4 against ngspice's: random cards, sizes, temperatures and voltages; laws, fingers, noise, bins, refusals."""

import re

import numpy as np
import pytest

from bench import bsim, bsim_cards
from circuitnn import Circuit
from circuitnn.contract import ngspice_run
from circuitnn.errors import DeckWarning, NetlistError

pytestmark = pytest.mark.skipif(not ngspice_run.available(), reason="ngspice is not installed")

DEVICES = 20
BIASES = [(g, d, b) for g in (-0.4, 0.3, 0.9) for d in (-0.6, 0.0, 0.05, 1.0) for b in (-0.8, 0.0, 0.3)]
OPTIONS = ".options reltol=1e-10 abstol=1e-20 vntol=1e-12 gmin=1e-15"
# A process of round numbers.
CARD = (
    "toxe=1.8n toxp=1.5n toxm=1.8n k1=0.4 k2=0.01 k3=2 k3b=0.5 dvt0=1 dvt1=2 lpe0=5n lpeb=5n xj=20n ndep=3e18 "
    "ngate=2e20 nsd=2e20 voff=-0.1 nfactor=1.8 minv=0.05 eta0=0.006 etab=-0.01 dsub=0.1 u0=0.03 ua=0.6n ub=1.2e-18 "
    "vsat=1.5e5 ags=0.1 keta=0.03 rdsw=160 prwg=0.1 prwb=0.05 pclm=0.1 pdiblc1=0.01 pdits=0.08 pditsd=0.2 pditsl=2e6 "
    "fprout=0.2 pscbe1=8e8 pscbe2=1e-7 lint=4n wint=5n alpha0=1e-8 beta0=20 agidl=2e-9 egidl=0.5 dvtp0=1n dvtp1=0.5 "
    "cgso=1e-10 cgdo=1e-10 cgsl=1e-10 cgdl=1e-10 jsws=1e-12 jswgs=1e-11 jtss=1e-6 bvs=6 cjswgs=2e-10 dmcg=50n"
)


def card(kind: str, words: str) -> str:
    """The process's card, with some of its parameters and others given in `words`."""
    pairs = f"{CARD} vth0={0.4 if kind == 'nmos' else -0.4} {words}".split()
    given = dict(pair.split("=") for pair in pairs)
    return f".model mod {kind}(level=54 version=4.8.2 {' '.join(f'{k}={v}' for k, v in given.items())})"


def deck(
    words: str, instance: str = "l=50n w=0.6u", kind: str = "nmos", driven: str = "", more: str = ""
) -> str:
    """Transistors of one card at all biases, those at `driven` with a small signal."""
    sign, lines = (1.0 if kind == "nmos" else -1.0), ["t"]
    for k, bias in enumerate(BIASES):
        for node, value in zip("gdb", bias, strict=True):
            small = " ac 1" if node == driven else ""
            lines.append(f"v{node}{k} {node}{k} 0 dc {sign * value}{small}")
        lines += [f"vs{k} s{k} 0 0", f"m{k} d{k} g{k} s{k} b{k} mod {instance}"]
    lines += [
        card(kind, words),
        ".temp 60",
        OPTIONS,
    ]
    return "\n".join([*lines, more or (".ac lin 1 1meg 1meg" if driven else ".op"), ".end"])


def currents(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Currents into all nodes, here and in ngspice; shape (biases, 4)."""
    ours, theirs = Circuit.from_text(text).run()[0], ngspice_run.run(text)[-1]
    return tuple(
        np.array([[np.ravel(r[f"i(v{n}{k})"])[0] for n in "dgsb"] for k in range(len(BIASES))])
        for r in (ours, theirs)
    )


@pytest.mark.parametrize(
    ("words", "instance"),
    [
        ("", "l=50n w=0.6u"),
        (
            "mobmod=1 uc=-0.05 ud=1e14 diomod=0 tempmod=1 at=1e-3",
            "l=50n w=0.6u ad=0.06p as=0.06p pd=0.8u ps=0.8u",
        ),
        ("mobmod=2 ua=1e-15 ud=1e14 diomod=2 igcmod=1 igbmod=1", "l=0.2u w=1.2u nf=2 geomod=1"),
        ("mobmod=3 ua=0.2 ud=0.3 igcmod=2 gidlmod=1 kgidl=0.1 tempmod=2 at=1e-3", "l=1u w=0.2u delvto=0.02"),
        ("lambda=3e-9 vtl=2e5 a1=0.1 a2=0.8 dwg=1n dwb=1n b0=10n b1=10n", "l=45n w=3u nf=3 mulu0=1.1"),
        ("gamma1=0.3 vfb=-0.6 dvtp2=1e-3 dvtp3=0.3 dvtp4=0.5 dvtp5=0.01", "l=50n w=0.6u"),
        (
            "kvth0=2e-8 stk2=1e-9 steta0=1e-9 kvsat=0.3 lkvth0=1e-7",
            "l=50n w=1.2u nf=2 sa=0.2u sb=0.3u sd=0.15u",
        ),
        ("wpemod=1 web=0.5 wec=0.2 kvth0we=0.01 k2we=0.01", "l=50n w=0.6u sc=0.5u"),
    ],
)
@pytest.mark.parametrize("kind", ["nmos", "pmos"])
def test_same_currents(words, instance, kind):
    ours, theirs = currents(deck(words, instance, kind))
    assert np.max(np.abs(ours - theirs) / (np.abs(theirs) + 1e-15)) < 1e-6


@pytest.mark.parametrize(
    "words", ["capmod=0", "capmod=1", "xpart=1", "cvchargemod=1 minvcv=0.2 voffcvl=-1n xpart=0.5"]
)
@pytest.mark.parametrize("driven", ["d", "g", "b"])
def test_same_small_signals(words, driven):
    ours, theirs = currents(
        deck(words + " noff=1.2 voffcv=0.02 acde=0.8", "l=60n w=1.2u nf=2", driven=driven)
    )
    for part in (np.real, np.imag):
        scale = np.abs(part(theirs)).max(axis=1, keepdims=True) + 1e-13
        assert np.max(np.abs(part(ours) - part(theirs)) / scale) < 1e-6


@pytest.mark.parametrize(("capmod", "driven"), [(2, "g"), (1, "d")])
def test_random_cards(capmod, driven):
    text = bsim.deck(np.random.default_rng(70), DEVICES, capmod, driven, bsim_cards.bsim4)
    conducted, (conductances, capacitances) = bsim.compare(text, DEVICES)
    assert np.max(conducted) < 5e-6 and np.median(conducted) < 1e-9
    assert np.max(conductances) < 1e-3 and np.median(conductances) < 1e-8
    assert np.max(capacitances) < 1e-6


@pytest.mark.parametrize("version", ["4.0", "4.5", "4.6.5", "4.7"])
def test_random_cards_of_older_versions(version):
    def made(rng, name, capmod):
        found = bsim_cards.bsim4(rng, name, capmod).replace("version=4.8.2", f"version={version}")
        return (
            re.sub(r" lambda=\S+", "", found) if version < "4.6" else found
        )  # its conductances are not ngspice's

    text = bsim.deck(np.random.default_rng(71), DEVICES, 2, "g", made)
    conducted, (conductances, capacitances) = bsim.compare(text, DEVICES)
    assert np.max(conducted) < 5e-6 and np.median(conducted) < 1e-9
    assert np.max(conductances) < 1e-3 and np.median(conductances) < 1e-8
    assert np.max(capacitances) < 1e-6


@pytest.mark.parametrize(
    ("law", "version"),
    [(3, "4.5"), *((law, v) for law in (0, 1, 2, 4, 5, 6) for v in ("4.5", "4.7", "4.8.2"))],
)
@pytest.mark.parametrize("kind", ["nmos", "pmos"])
def test_laws_of_the_mobility_that_a_version_has(law, version, kind):
    """ngspice takes law 0 for others."""
    text = deck(f"mobmod={law} ud=1e15 uc=1e-11 tempmod=3 at=1e-3 ub1=1e-19 uc1=1e-12 prt=1e-3", kind=kind)
    ours, theirs = currents(text.replace("version=4.8.2", f"version={version}"))
    assert np.max(np.abs(ours - theirs) / (np.abs(theirs) + 1e-15)) < 1e-6


@pytest.mark.parametrize("version", ["4.5", "4.6.5"])
@pytest.mark.parametrize("igcmod", [1, 2])
def test_gate_current_of_older_versions_stays_when_the_drain_is_biased(version, igcmod):
    text = deck(f"igcmod={igcmod} igbmod=1").replace("version=4.8.2", f"version={version}")
    ours, theirs = (found[:, 1] for found in currents(text))
    assert np.max(np.abs(ours - theirs) / (np.abs(theirs) + 1e-20)) < 1e-5


@pytest.mark.thinned(4)
@pytest.mark.parametrize(
    ("fnoimod", "version", "more"),
    [
        (0, "4.8.2", "rgatemod=1 rbodymod=1"),
        (1, "4.8.2", "rgatemod=1 rbodymod=1"),
        (1, "4.5", "rsh=20"),
        (1, "4.8.2", "tnoimod=1 rsh=20 ngate=1e20 tnoia=2e7 tnoib=1e7 rnoia=0.6 rnoib=0.4"),
        (1, "4.5", "tnoimod=1 rsh=20"),
    ],
)
@pytest.mark.parametrize("kind", ["nmos", "pmos"])
def test_same_noise(fnoimod, version, more, kind):
    sign = 1 if kind == "nmos" else -1
    words = f"fnoimod={fnoimod} kf=1e-25 af=1.1 ef=0.9 lintnoi=2n ntnoi=1.2 igcmod=1 igbmod=1 {more}"
    for gate, drain in ((0.35, 0.8), (0.9, 0.1), (0.7, -0.3)):
        text = "\n".join(
            [
                *("t", f"vg g 0 dc {sign * gate} ac 1", f"vd e 0 {sign * drain}", "r1 e d 100"),
                "m1 d g 0 0 mod l=60n w=2u nf=2 m=2 ad=0.1p pd=1u nrd=1 nrs=2",
                card(kind, words).replace("version=4.8.2", f"version={version}"),
                *(".noise v(d) vg dec 1 10 1g 1", ".temp 60", OPTIONS, ".end"),
            ]
        )
        ours, theirs = Circuit.from_text(text).run()[0], ngspice_run.run(text)[0]
        for part in ("id", "1overf", "igd", "rg", "rd", "rs"):
            name = f"onoise_m1_{part}"
            other = theirs[name.replace("_", ".")]
            if name not in ours.names:
                assert not np.any(other)
                continue
            assert np.ravel(ours[name]) == pytest.approx(np.ravel(other), rel=1e-5), name


def test_same_current_of_a_small_cold_junction():
    """Where its straight line begins, the current is more than exp(34) times that of saturation."""
    text = f"t\nvb b 0 0\nm1 0 0 0 b mod ad=1e-15 as=1e-15 pd=0 ps=0\n{card('nmos', 'diomod=2')}\n"
    text += f".temp -20\n.dc vb 0.7 1.4 0.05\n{OPTIONS}\n.end\n"
    ours, theirs = Circuit.from_text(text).run()[0], ngspice_run.run(text)[0]
    assert ours["i(vb)"] == pytest.approx(theirs["i(vb)"], rel=1e-5)


def test_stress_changes_the_mobility_as_the_manual_says():
    """ngspice sets the mobility anew afterwards, by mulu0: there is nothing of stress left in it."""
    text = """t
vd d 0 0.05
vg g 0 2
m1 d g 0 0 mod l=1u w=1u{}
.model mod nmos(level=54 ku0=2e-7 rdsw=0)
.save @m1[id]
.op
.end
"""
    plain, stressed = (
        float(Circuit.from_text(text.format(words)).run()[0]["@m1[id]"]) for words in ("", " sa=0.2u sb=0.2u")
    )
    near, reference = 2.0 / (0.2e-6 + 0.5e-6), 2.0 / (1e-6 + 0.5e-6)
    growth = (1.0 + 2e-7 * near) / (1.0 + 2e-7 * reference)
    assert stressed / plain == pytest.approx(growth, rel=1e-2)  # and a little of the saturation


@pytest.mark.parametrize("nf", [3, 21, 100])
def test_stress_is_that_of_every_finger(nf):
    text = """t
vd d 0 1
m1 d d 0 0 mod l=0.1u w={w}u nf={nf}{sized}
.model mod nmos(level=54 kvth0=1e-8)
.save @m1[vth]
.op
.end
"""
    plain, stressed = (
        float(Circuit.from_text(text.format(w=nf, nf=nf, sized=s)).run()[0]["@m1[vth]"])
        for s in ("", " sa=0.2u sb=0.3u sd=0.05u")
    )
    at = 0.05e-6 + 0.15e-6 * np.arange(nf)
    near, reference = np.mean(1.0 / (0.2e-6 + at) + 1.0 / (0.3e-6 + at)), 2.0 / (1e-6 + 0.05e-6)
    assert stressed - plain == pytest.approx(1e-8 / np.sqrt(1.0 + 1e-9) * (near - reference), rel=1e-6)


def test_bins_by_the_width_of_fingers():
    text = """t
vd d 0 1
m1 d d 0 0 mod l=0.1u w=8u nf=4{}
.model mod.1 nmos level=14 version=4.8.2 vth0=0.3 rgatemod=1 lmin=1n lmax=1 wmin=1n wmax=3u
.model mod.2 nmos level=14 version=4.8.2 vth0=0.6 lmin=1n lmax=1 wmin=3u wmax=10u
.save @m1[vth]
.op
.end
"""
    wide, narrow = (float(Circuit.from_text(text.format(w)).run()[0]["@m1[vth]"]) for w in ("", " wnflag=1"))
    assert wide - narrow == pytest.approx(0.3, abs=1e-9)
    by_option = text.replace(".op\n", ".options wnflag=1\n.op\n")
    for own, threshold in (("", narrow), (" wnflag=0", wide)):  # the instance's own prevails
        for found in (Circuit.from_text(by_option.format(own)).run(), ngspice_run.run(by_option.format(own))):
            assert float(np.ravel(found[0]["@m1[vth]"])[0]) == pytest.approx(threshold, abs=1e-6)
    assert "v(m1#gate_inner)" in Circuit.from_text(text.format(" wnflag=1")).system().names


@pytest.mark.parametrize(
    "words",
    [
        "ckappas=0.01 ckappad=0.5 lckappad=-0.03",
        "a1=0.1 a2=1.5",
        "a1=0.1 a2=1e-3",
        "a1=0.1 a2=1e-3 paramchk=0",
        "prwg=-0.1",
        "pbsws=0.05 pbswgs=0 mjswgs=0.995 paramchk=0",
    ],
)
@pytest.mark.parametrize("driven", ["d", "b"])
def test_what_is_out_of_range_at_its_size_is_set_right(words, driven, recwarn):
    ours, theirs = currents(deck(words, "l=60n w=1.2u ad=1p as=1p pd=4u ps=4u", driven=driven))
    scale = np.abs(theirs).max(axis=1, keepdims=True) + 1e-13
    assert np.max(np.abs(ours - theirs) / scale) < 1e-6
    checked = "paramchk=0" not in words or "pbsws" in words
    assert bool([w for w in recwarn if "it counts as" in str(w.message)]) == checked


@pytest.mark.parametrize("version", ["4.5", "4.6.5", "4.8.2"])
@pytest.mark.parametrize(
    "sizes", ["ad=0 as=0 pd=0 ps=0", "ad=1p as=1p pd=0 ps=0.3u", "ad=0 as=1p pd=2u ps=0"]
)
@pytest.mark.parametrize("driven", ["", "b"])
def test_same_junctions_where_perimeters_are_shorter_than_the_gate(version, sizes, driven):
    """Below version 4.6 what is left of a perimeter may be negative, and none at all has 1e-14 A."""
    text = deck("jss=1e-3 jsws=1e-8 jswgs=1e-8 jtss=0", f"l=60n w=0.6u {sizes}", driven=driven)
    ours, theirs = currents(text.replace("version=4.8.2", f"version={version}"))
    scale = np.abs(theirs) + (1e-15 if not driven else np.abs(theirs).max(axis=1, keepdims=True))
    inexact = driven and version == "4.5"  # its capacitances are its charges' derivatives up to a per cent
    assert np.max(np.abs(ours - theirs) / scale) < (1e-2 if inexact else 1e-6)


NETWORKS = [
    "rbodymod=2 rbpbx0=200 rbpby0=300 rbpbxl=0.3 rbpbxw=0.2 rbpbynf=0.4",
    "rbodymod=2 rbps0=100 rbpd0=200 rbpsl=0.2 rbpdw=-0.3 rbpsnf=0.5",
    "rbodymod=2 rbps0=100 rbpd0=200 rbsbx0=50 rbdby0=60 rbdbx0=70 rbsdbxl=0.2 rbsdbyw=0.4 rbsdbxnf=0.3",
    "rgeomod=1 geomod=2 rsh=50 dmci=90n dmdg=70n dmcgt=10n",
    "rgeomod=1 geomod=9 rsh=50 dmci=90n dmdg=70n dmcgt=10n",
]


@pytest.mark.parametrize("words", NETWORKS)
@pytest.mark.parametrize("driven", ["d", "b"])
def test_same_resistances_of_body_and_ends(words, driven):
    text = deck(words + " cjs=1e-2", "l=60n w=1.2u nf=2 ad=10p as=12p pd=10u ps=11u m=2", driven=driven)
    ours, theirs = currents(text.replace("lin 1 1meg 1meg", "lin 1 10g 10g"))
    scale = np.abs(theirs).max(axis=1, keepdims=True)
    assert np.max(np.abs(ours - theirs) / scale) < 1e-6


@pytest.mark.parametrize("words", ["rdsmod=1", "mtrlmod=1", "rgatemod=3"])
def test_laws_that_are_not_modelled_are_refused(words):
    text = f"t\nvd d 0 1\nm1 d d 0 0 mod\n.model mod nmos level=14 {words}\n.op\n.end\n"
    with pytest.raises(NetlistError, match=words.split("=")[0]):
        Circuit.from_text(text).run()


def test_parameters_that_a_version_does_not_have_are_said():
    text = "t\nvd d 0 1\nm1 d d 0 0 mod\n.model mod nmos level=14 version={} teta0=1e-3\n.op\n.end\n"
    with pytest.warns(DeckWarning, match=r"teta0.*since version 4\.7.*4\.65"):
        Circuit.from_text(text.format("4.6.5")).run()
    with pytest.warns(DeckWarning, match=r"version.*4 … "):
        Circuit.from_text(text.format("3.9").replace("teta0=1e-3", "")).run()


def test_every_name_of_a_card_is_known(recwarn):
    """Parameters of laws that are not chosen have no effect, and nothing is said of them."""
    words = "paramchk=1 rdw=80 lrsw=1 xrcrg1=12 tnoia=1.5 phig=4.1 vgs_max=2 rdsmod=0 tnoimod=0 mtrlmod=0 rgeomod=0"
    text = f"t\nvd d 0 1\nm1 d d 0 0 mod\n.model mod nmos level=14 version=4.8.2 {words}\n.op\n.end\n"
    Circuit.from_text(text).run()
    assert not [w for w in recwarn if issubclass(w.category, DeckWarning)]


def test_bins_that_no_device_uses_are_not_evaluated():
    """A foundry's model has hundreds; what is not supported in one of them concerns its own sizes."""
    sizes = "wmin=1u wmax=10u k1=0.5 k2=0"
    deck = f"""bins
v1 d 0 1
m1 d d 0 0 mod l=1u w=2u
.model mod.1 nmos level=14 lmin=0.5u lmax=2u {sizes}
.model mod.2 nmos level=14 lmin=2u lmax=9u {sizes} rdsmod=1
.op
.end
"""
    assert Circuit.from_text(deck).op()["i(v1)"] == pytest.approx(ngspice_run.run(deck)[0]["i(v1)"], rel=1e-4)
    with pytest.raises(NetlistError, match="rdsmod"):
        Circuit.from_text(deck.replace("l=1u", "l=3u", 1)).op()
