"""Whole runs of mangled and random decks: a result without NaN, or an error of ours, and in little time."""

import os
import time
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError, DeckWarning
from validation.decks import NETLISTS

SLOW = settings(
    max_examples=int(os.environ.get("CIRCUITNN_FUZZ", "250")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
SMALL = [
    p
    for p in sorted(NETLISTS.rglob("*.cir"))
    if p.stat().st_size < 6000 and ".tran" not in p.read_text() and "file=" not in p.read_text()
]
SEEDS = [p.read_text() for p in SMALL] + [
    "rc\nv1 a 0 pulse(0 1 0 1n 1n 1u 2u)\nr1 a b 1k\nc1 b 0 1n\n.tran 10n 4u\n.end\n",
    "rlc\nv1 a 0 sin(0 1 1meg)\nr1 a b 10\nl1 b c 1u\nc1 c 0 1n\nd1 c 0 dm\n.model dm d(cjo=1p)\n.tran 5n 1u\n.end\n",
    "relax\nv1 vd 0 14\ns1 vd a vd a m\n.model m sw(vt=1.495 vh=0.495 ron=990 roff=100k)\nr1 a 0 47k\nc1 a 0 300p\n"
    ".tran 10n 3u uic\n.meas tran t1 when v(a)=12.5 rise=1\n.end\n",
    "state\nv1 a 0 sin(0 1 1)\nb1 a 0 i=v(a)/(100*v(x)+1k*(1-v(x)))\nb2 0 x i=1u*v(a)*v(x)*(1-v(x))\n"
    "c1 x 0 1u ic=0.5\n.tran 10m 1 uic\n.end\n",
]
TOKENS = (
    "0 1 -1 1e300 1e-300 1meg 0.5 {x} 'v(a)' v(a) v(a,b) time exp ln sqrt ( ) + - * / ** ? : = , .param .subckt .ends "
    ".model .tran .dc .op .end r1 c1 l1 v1 i1 d1 s1 b1 x1 e1 pulse sin pwl pulse(0 1) poly(2) ic=1 uic temp nan inf 1/0"
).split()


def outcome(text):
    """Run every analysis; check what comes back."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeckWarning)
        try:
            results = Circuit.from_text(text).run(progress=stop_after(start))
        except CircuitnnError as error:
            assert str(error).strip(), "an error without a sentence"
            kept = getattr(error, "result", None)
            results = [kept] if kept is not None else []
    for result in results:
        assert np.isfinite(result.data).all(), f"not finite:\n{text}"
        assert all(np.isfinite(v) for v in result.measures.values())
    assert time.perf_counter() - start < 30, f"hangs:\n{text}"


def stop_after(start, seconds=5.0):
    def progress(fraction, text):
        if time.perf_counter() - start > seconds:
            raise KeyboardInterrupt

    return progress


@st.composite
def mangled(draw):
    """A working deck with a few edits: characters, tokens or lines changed, dropped, doubled, swapped."""
    lines = draw(st.sampled_from(SEEDS)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        k = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["drop", "double", "swap", "token", "cut", "character", "number"]))
        words = lines[k].split(" ")
        w = draw(st.integers(0, len(words) - 1))
        if kind == "drop" and len(lines) > 1:
            del lines[k]
        elif kind == "double":
            lines.insert(k, lines[k])
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[k], lines[other] = lines[other], lines[k]
        elif kind == "token":
            words[w] = draw(st.sampled_from(TOKENS))
            lines[k] = " ".join(words)
        elif kind == "cut":
            del words[w]
            lines[k] = " ".join(words)
        elif kind == "number":
            words[w] = repr(draw(st.floats(allow_nan=False, allow_infinity=False)))
            lines[k] = " ".join(words)
        else:
            at = draw(st.integers(0, len(lines[k])))
            character = draw(st.characters(min_codepoint=9, max_codepoint=0x2FF))
            lines[k] = lines[k][:at] + character + lines[k][at + 1 :]
    return "\n".join(lines) + "\n"


nodes = st.sampled_from(["0", "a", "b", "c", "d"])
value = st.one_of(
    st.floats(1e-15, 1e15).map(repr),
    st.sampled_from(["1k", "1u", "1p", "0", "-1", "1meg", "1e-18"]),
)
terms = st.recursive(
    st.one_of(
        st.sampled_from(
            ["v(a)", "v(b)", "v(a,b)", "v(c)", "i(v1)", "time", "temper", "1", "2.5", "-1", "1e3", "0"]
        ),
    ),
    lambda e: st.one_of(
        st.tuples(e, st.sampled_from("+-*/"), e).map(lambda t: f"({t[0]}{t[1]}{t[2]})"),
        st.tuples(
            st.sampled_from(
                "exp ln log10 sqrt sinh cosh tanh sin cos atan abs u uramp sgn floor asinh".split()
            ),
            e,
        ).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(e, e, e).map(lambda t: f"({t[0]}>0 ? {t[1]} : {t[2]})"),
        st.tuples(st.sampled_from(["max", "min", "pow", "pwr", "atan2"]), e, e).map(
            lambda t: f"{t[0]}({t[1]},{t[2]})"
        ),
    ),
    max_leaves=6,
)


@st.composite
def random_deck(draw):
    """Any elements between four nodes; most such circuits are singular or absurd."""
    lines = ["random", "v1 a 0 1"]
    for k in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from("rrrccldibbves"))
        p, n, x = draw(nodes), draw(nodes), draw(value)
        if kind in "rcl":
            lines.append(f"{kind}x{k} {p} {n} {x}")
        elif kind == "d":
            lines.append(f"dx{k} {p} {n} dm")
        elif kind == "s":
            lines.append(f"sx{k} {p} {n} {draw(nodes)} {draw(nodes)} sm")
        elif kind == "b":
            lines.append(f"bx{k} {p} {n} {draw(st.sampled_from('iv'))}={draw(terms)}")
        elif kind == "e":
            lines.append(f"ex{k} {p} {n} {draw(nodes)} {draw(nodes)} {x}")
        else:
            lines.append(
                f"{kind}x{k} {p} {n} {draw(st.sampled_from([x, f'sin(0 {x} 1meg)', f'pulse(0 {x} 1n)']))}"
            )
    lines += [".model dm d(cjo=1p rs=1)", ".model sm sw(vt=0.5 vh=0.1 ron=1 roff=1meg)"]
    card = draw(st.sampled_from([".op", ".tran 10n 1u", ".tran 10n 1u uic", ".dc v1 -1 1 0.25"]))
    return "\n".join([*lines, card, ".end"]) + "\n"


HOT = "t\nv1 a 0 ac 1\nr1 a b 50\nl1 b 0 1u tc1=1m\n.temp 1.34e154\n.ac dec 4 1meg 20meg\n.end\n"
RUNAWAY = """t
v1 a 0 1
rx1 0 b 1263.0
cx5 0 b 1e-15
bx6 0 b i=((v(a)-v(b))>0 ? v(a) : v(b))
.op
.end
"""


@pytest.mark.long
@SLOW
@example(HOT)
@given(mangled())
def test_mangled_decks(text):
    outcome(text)


@SLOW
@example(RUNAWAY)
@given(random_deck())
def test_random_circuits(text):
    outcome(text)


@pytest.mark.thinned(3)
@pytest.mark.parametrize("text", SEEDS, ids=lambda t: t.splitlines()[0][:20])
@pytest.mark.filterwarnings("ignore::circuitnn.errors.DeckWarning")
def test_the_seeds_themselves_run(text):
    for result in Circuit.from_text(text).run():
        assert result.complete


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "title only\n",
        "t\n.end\n",
        "t\nr1 a 0 1k\n.op\n",
        "t\nv1 a 0 1\nv2 a 0 2\n.op\n",
        "t\nv1 a 0 1\nv2 a 0 1\n.op\n",
        "t\nl1 a 0 1m\nv1 a 0 1\n.op\n",
        "t\ni1 a 0 1\nc1 a 0 1p\n.op\n",
        "t\ni1 a 0 1\nc1 a 0 1p\n.tran 1n 1u uic\n",
        "t\nv1 a 0 1\nr1 a b 1k\n.op\n",
        "t\nv1 a 0 1\nr1 a 0 0\n.op\n",
        "t\nv1 a 0 1e308\nr1 a 0 1e-308\n.op\n",
        "t\nv1 a 0 1\nb1 a 0 i=exp(1e3*v(a))\n.op\n",
        "t\nv1 a 0 1\nr1 a b 1\nb1 b 0 i=exp(1e3*v(b))-1\n.op\n",
        "t\nv1 a 0 1\nb1 a 0 i=1/(v(a)-1)\n.op\n",
        "t\nv1 a 0 -1\nb1 a 0 i=ln(v(a))+sqrt(v(a))\n.op\n",
        "t\nv1 a 0 1\nr1 a b 1k\nb1 b 0 v=v(b)+1\n.op\n",
        "t\nv1 a 0 1\nr1 a b 1k\nb1 b 0 v=ddt(v(a))\n.tran 1n 1u\n",
        "t\nv1 a 0 1\nk1 l1 l2 1.5\nl1 a b 1\nl2 b 0 1\nr1 a b 1\n.op\n",
        "t\nv1 a 0 pulse(0 1 0 0 0 0 0)\nr1 a 0 1\n.tran 1n 1u\n",
        "t\nv1 a 0 sin(0 1 1e30)\nr1 a 0 1\n.tran 1n 1u\n",
        "t\nv1 a 0 1\nr1 a 0 1\n.tran 1e-30 1\n",
        "t\nv1 a 0 1\nr1 a 0 1\n.tran 0 0\n",
        "t\nv1 a 0 1\nr1 a 0 1\n.dc v1 0 1 1e-12\n",
        "t\nv1 a 0 1\nr1 a 0 1\n.dc v1 0 1 0\n",
        "t\nv1 a 0 1\nr1 a 0 -1k\nc1 a b 1p\nr2 b 0 -1k\n.tran 1n 1u\n",
        "t\nv1 a 0 1\nr1 a b 1k\nc1 b 0 -1n\n.tran 1n 100u\n",
    ],
)
def test_corner_cases(text):
    outcome(text)
