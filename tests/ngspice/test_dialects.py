"""Rules of other simulators (``ngbehavior``): the same numbers as ngspice in each of its modes."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from circuitnn.results import rawfile

pytestmark = pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
MODES = ("", "ps", "psa", "lt", "lta", "hs", "all", "hspsa", "ki")


def simulated(command, mode, deck, folder):
    """Operating point of a deck in batch mode."""
    (folder / "d.cir").write_text(deck)
    raw = folder / "out.raw"
    raw.unlink(missing_ok=True)
    define = ["-D", f"ngbehavior={mode}"] if mode else []
    subprocess.run(
        [*command, *define, "-b", "-r", str(raw), "d.cir"], cwd=folder, capture_output=True, check=False
    )
    (result,) = rawfile.read(raw)
    return {name: float(result[name]) for name in result.names}


def both(mode, deck, folder):
    ours = simulated([sys.executable, "-m", "circuitnn"], mode, deck, folder)
    theirs = simulated(["ngspice"], mode, deck, folder)
    return ours, theirs


@pytest.mark.parametrize(
    ("mode", "functions"),
    [("lta", ("uplim", "dnlim", "uplim_tanh", "dnlim_tanh")), ("psa", ("pwrs",))],
)
def test_functions_of_one_dialect(mode, functions, tmp_path):
    cards = []
    for name in functions:
        for k, x in enumerate(np.linspace(-2.1, 2.3, 12)):
            more = "1.7" if name == "pwrs" else f"{-0.8 if name[0] == 'd' else 0.9},0.3"
            cards += [
                f"v{name}{k} x{name}{k} 0 {x:.4f}",
                f"b{name}{k} {name}{k} 0 v={name}(v(x{name}{k}),{more})",
            ]
    ours, theirs = both(mode, "\n".join(["functions", *cards, ".op", ".end", ""]), tmp_path)
    for name, expected in theirs.items():
        assert ours[name] == pytest.approx(expected, rel=1e-6, abs=1e-9), name


@pytest.mark.thinned(3)
@pytest.mark.parametrize("mode", MODES)
def test_powers_and_exponentials(mode, tmp_path):
    draw = np.random.default_rng(3)
    cards = []
    for k, text in enumerate(
        (
            "v(x)^{b}",
            "v(x)**{b}",
            "pow(v(x),{b})",
            "pwr(v(x),{b})",
            "{{{x}^{b}}}",
            "{{pow({x},{b})}}",
            "{{pwr({x},{b})}}",
        )
    ):
        for place, exponent in enumerate((2, 3, float(round(draw.uniform(1.3, 4.0), 3)), 2.5)):
            x = float(round(draw.uniform(-3.0, -0.5), 3))
            at = f"{k}_{place}"
            cards += [
                f"vx{at} x{at} 0 {x}",
                f"b{at} n{at} 0 v={text.replace('v(x)', f'v(x{at})').format(b=exponent, x=x)}",
            ]
    cards += [f"be{k} e{k} 0 v=exp({10 * k - 5}*v(one))" for k in range(4)]
    deck = "\n".join(["powers", "vone one 0 1", *cards, ".op", ".end", ""])
    ours, theirs = both(mode, deck, tmp_path)
    for name, expected in theirs.items():
        assert ours[name] == pytest.approx(expected, rel=1e-9, abs=1e-9), name


@pytest.mark.parametrize("mode", ["psa", "ps"])
def test_names_with_dollars_and_libraries_without_sections_in_pspice(mode, tmp_path):
    (tmp_path / "parts.lib").write_text(".subckt part a b\nr1 a b 1k\nr2 a $mid 1k\nr3 $mid b 1k\n.ends\n")
    deck = "dollars\n.lib parts.lib\nv1 in 0 1\nx1 in low part\nr1 low 0 1k\n.op\n.end\n"
    ours, theirs = both(mode, deck, tmp_path)
    assert ours["v(low)"] == pytest.approx(theirs["v(low)"], rel=1e-9)
    assert ours["v(low)"] == pytest.approx(0.6)


def test_models_that_build_on_others(tmp_path):
    deck = """ako
.model qb npn(is=1e-15 bf=50 vaf=60 dev=5%)
.model qa ako:qb npn(bf=100 lot=10%)
.model qc ako:qa npn(bf=200 dev 10% lot/gauss 60% t_measured=35)
v1 c 0 5
i1 0 b 1u
q1 c b 0 qa
i2 0 b2 1u
v2 c2 0 5
q2 c2 b2 0 qc
.options reltol=1e-8 abstol=1e-16
.op
.end
"""
    ours, theirs = both("psa", deck, tmp_path)
    for name in ("i(v1)", "i(v2)", "v(b)", "v(b2)"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-6), name
    assert abs(ours["i(v2)"]) > 1.9 * abs(ours["i(v1)"])


@pytest.mark.parametrize("mode", ["", "psa"])
def test_temperatures_on_model_cards(mode, tmp_path):
    """PSPICE's t_abs and t_rel_global; an instance's own temperature comes first."""
    deck = """temperatures
.temp 50
.model ra r(tc1=1m t_abs=25)
.model rr r(tc1=1m t_rel_global=5)
.model da d(is=1e-14 tnom=25 t_abs=25)
.model dr d(is=1e-14 t_rel_global=-20)
.model qa npn(is=1e-15 t_abs=25)
.model ma nmos(vto=1 t_abs=90)
i1 0 a 1m
d1 a 0 da
i2 0 b 1m
d2 b 0 dr
i3 0 c 1m
d3 c 0 dr temp=10
i4 0 d 1m
r4 d 0 ra 1k
i5 0 e 1m
r5 e 0 rr 1k
i6 0 f 1m
q6 f f 0 qa
i7 0 g 1u
m7 g g 0 0 ma
i8 0 h 1m
r8 h 0 ra 1k dtemp=3
i9 0 j 1m
d9 j 0 da dtemp=3
i10 0 k 1m
d10 k 0 dr dtemp=3
i11 0 l 1m
r11 l 0 rr 1k dtemp=3
i12 0 m 1m
d12 m 0 dr temp=10 dtemp=3
l13 m n la 1u
r13 n 0 1k
.model la l(tc1=1m t_abs=25)
.options reltol=1e-8 abstol=1e-15
.op
.end
"""
    ours, theirs = both(mode, deck, tmp_path)
    assert set(theirs) <= set(ours)
    for name in (f"v({node})" for node in "abcdefghjklm"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-6), name
    assert (ours["v(d)"] == pytest.approx(0.998)) == bool(mode)


@pytest.mark.parametrize("mode", ["", "lt", "lta"])
@pytest.mark.filterwarnings("ignore:.*ngbehavior=lta")
def test_values_as_parts_are_marked(mode, tmp_path):
    marks = ["4k7", "2k2", "1M5", "3m3", "1meg2"] + ["R47", "2R2"] * bool(mode)
    cards = [f"i{k} 0 n{k} 1m\nr{k} n{k} 0 {mark}" for k, mark in enumerate(marks)]
    deck = "\n".join(["marks", *cards, "ic 0 c 1", "rc c 0 1", "c1 c 0 4n7", "l1 c 0 2u2", ".op", ".end", ""])
    ours, theirs = both(mode, deck, tmp_path)
    for name, expected in theirs.items():
        assert ours[name] == pytest.approx(expected, rel=1e-9), name


@pytest.mark.parametrize("mode", MODES)
def test_substrates_in_brackets(mode, tmp_path):
    (tmp_path / "part.lib").write_text(
        """.subckt part c b e
q1 c b e [s] np
q2 c b f [e] np area=2
q3 c b g [ s ] np 2
rs s 0 1k
rf f 0 1k
rg g 0 1k
.model np npn(bf=100 is=1e-15 iss=1e-12)
.ends
"""
    )
    deck = "brackets\n.include part.lib\nvc c 0 5\nrb c b 100k\nxa c b e part\nre e 0 1k\n.op\n.end\n"
    if not mode or "ps" not in mode:
        deck = deck.replace("part.lib", "plain.lib")
        text = (tmp_path / "part.lib").read_text()
        (tmp_path / "plain.lib").write_text(text.replace("[ s ]", "[s]"))
    ours, theirs = both(mode, deck, tmp_path)
    assert set(theirs) <= set(ours)
    assert ("v(xa.[s])" in ours) == ("ps" not in mode)
    for name, expected in theirs.items():
        assert ours[name] == pytest.approx(expected, rel=1e-4, abs=1e-9), name


@pytest.mark.parametrize("mode", [m for m in MODES if "ps" in m])
def test_braces_around_the_arguments_of_functions(mode, tmp_path):
    (tmp_path / "tube.lib").write_text(
        """.subckt tube a g k params: mu=33 ex=1.5
egg gg 0 value {v(g,k)-{mu}/100}
erp rp 0 value {1-pwr(limit{-v(gg)*0.09,0,0.999},{ex-1})+limit{v(gg),0,1e6}*0.1}
eem em 0 value {limit{v(a,k)+v(gg)*{mu},0,1e6}}
ga a k value {pwr(limit{v(em),0,1e6},{ex})*1e-4*v(rp)}
ra a 0 1meg
rg g 0 1meg
.ends
"""
    )
    deck = (
        "braces\n.include tube.lib\nva s 0 200\nrs s a 10k\nvg g 0 -2\nx1 a g k tube\nrk k 0 100\n"
        ".param low=2\nr2 m 0 {max{low,3}}\ni2 0 m 1\n.op\n.end\n"
    )
    ours, theirs = both(mode, deck, tmp_path)
    assert ours["v(m)"] == 3.0
    for name in ("v(a)", "v(k)", "v(x1.rp)", "v(x1.em)"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-5), name
