"""Random numbers of modules: distributions, when they are drawn, and what they depend on."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from verilog_a_modules import load, two_terminal

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError

COUNT = 2000
SEED = "integer seed;"
pytestmark = pytest.mark.filterwarnings("ignore:.*draws random numbers anew")


def drawn(
    expression: str,
    folder: Path,
    options: str = "",
    card: str = "",
    declarations: str = SEED,
    count: int = COUNT,
) -> np.ndarray:
    """Values of an expression at the points of a transient with steps of 1 us."""
    load(two_terminal(f"$bound_step(1u); I(p, n) <+ {expression};", declarations), folder)
    deck = f"t\nv1 a 0 1\nn1 a 0 m\n.model m dut {card}\n.options {options}\n.tran 1u {count}u\n.end\n"
    (tran,) = Circuit(deck).run()
    return -tran["i(v1)"][1:]


@pytest.mark.parametrize(
    ("expression", "law"),
    [
        ("$rdist_normal(seed, 1, 2)", stats.norm(1, 2)),
        ("$rdist_uniform(seed, -1, 3)", stats.uniform(-1, 4)),
        ("$rdist_exponential(seed, 2)", stats.expon(scale=2)),
        ("$rdist_chi_square(seed, 3)", stats.chi2(3)),
        ("$rdist_t(seed, 4)", stats.t(4)),
        ("$rdist_erlang(seed, 3, 6)", stats.gamma(3, scale=2)),
        ("$random / 2147483648.0", stats.uniform(-1, 2)),
    ],
)
def test_continuous_laws(expression: str, law: stats.rv_continuous, tmp_path: Path) -> None:
    """One number per accepted point, of the distribution, each independent of the one before."""
    x = drawn(expression, tmp_path)
    assert len(x) >= COUNT
    assert stats.kstest(x, law.cdf).pvalue > 1e-3
    ranks = stats.rankdata(x)
    assert abs(np.corrcoef(ranks[1:], ranks[:-1])[0, 1]) < 3.3 / math.sqrt(len(x))


@pytest.mark.parametrize(
    ("expression", "law"),
    [
        ("$rdist_poisson(seed, 4)", stats.poisson(4)),
        ("$dist_poisson(seed, 4 + 0 * V(p,n))", stats.poisson(4)),
        ("$dist_uniform(seed, 1, 6)", stats.randint(1, 7)),
    ],
)
def test_whole_numbers(expression: str, law: stats.rv_discrete, tmp_path: Path) -> None:
    """Whole numbers with their probabilities."""
    x = drawn(expression, tmp_path)
    assert np.allclose(x, np.rint(x), atol=1e-9)
    found = np.array([np.sum(np.rint(x) == k) for k in range(1, 6)])
    expected = len(x) * law.pmf(np.arange(1, 6))
    assert np.all(np.abs(found - expected) < 4 * np.sqrt(expected))


def test_rounded_numbers(tmp_path: Path) -> None:
    """`$dist_normal` gives whole numbers; a large mean of Poisson's law is close to the normal distribution."""
    x = drawn("$dist_normal(seed, 10, 3)", tmp_path)
    assert np.allclose(x, np.rint(x), atol=1e-9)
    assert abs(x.mean() - 10) < 3.3 * 3 / math.sqrt(len(x))
    many = drawn("$rdist_poisson(seed, 400)", tmp_path)
    assert abs(many.mean() - 400) < 3.3 * 20 / math.sqrt(len(many))
    assert abs(many.var() / 400 - 1) < 0.12


def test_seeds(tmp_path: Path) -> None:
    """The same seed gives the same bits; that of the options, and that of the module, give others."""
    call, seeded = (
        "$rdist_normal(seed, 0, 1)",
        "integer seed; parameter integer s = 0; analog initial seed = s;",
    )
    first = drawn(call, tmp_path, count=50)
    assert np.array_equal(first, drawn(call, tmp_path, count=50))
    assert not np.any(first == drawn(call, tmp_path, "seed=7", count=50))
    own = [drawn(call, tmp_path, "", f"s={k}", seeded, 50) for k in (3, 3, 4)]
    assert np.array_equal(own[0], own[1])
    assert not np.any(own[0] == own[2])


def test_once_for_each_instance(tmp_path: Path) -> None:
    """A number of the first point is one for each instance, for the whole run, in every analysis."""
    body = "@(initial_step) g = $rdist_normal(seed, 1, 0.1);\nI(p,n) <+ g * V(p,n);"
    load(two_terminal(body, "integer seed; real g;"), tmp_path)
    count = 400
    deck = "t\n" + "".join(f"v{k} a{k} 0 1\nn{k} a{k} 0 m\n" for k in range(count))
    op, tran = Circuit(f"{deck}.model m dut\n.op\n.tran 1u 10u\n.end\n").run()
    g = np.array([-float(op[f"i(v{k})"]) for k in range(count)])
    assert len(set(g.tolist())) == count
    assert stats.kstest(g, stats.norm(1, 0.1).cdf).pvalue > 1e-3
    for k in range(0, count, 50):
        assert np.allclose(-tran[f"i(v{k})"], g[k], rtol=1e-12)


def test_events_draw(tmp_path: Path) -> None:
    """Numbers of an event do not depend on the time steps between."""
    body = "@(timer(0, 10u)) x = $rdist_normal(seed, 1, 0.1);\nI(p,n) <+ x;"
    load(two_terminal(body, "integer seed; real x;"), tmp_path)
    runs = [
        Circuit(f"t\nv1 a 0 1\nn1 a 0 m\n.model m dut\n.tran {step} 395u\n.end\n").run()[0]
        for step in ("1u", "0.3u")
    ]
    at = np.arange(5e-6, 395e-6, 10e-6)
    first, second = (np.interp(at, r["time"], -r["i(v1)"]) for r in runs)
    assert np.array_equal(first, second)
    assert len(set(first.tolist())) == len(at)
    assert stats.kstest(first, stats.norm(1, 0.1).cdf).pvalue > 1e-3


@pytest.mark.filterwarnings("ignore:.*is read before it is assigned")
def test_diffusion(tmp_path: Path) -> None:
    """Numbers over the square root of the step: the variance of the integral is that of the noise, at any step.

    The integral is also as exact as without noise, and the steps are those that the module asks for.
    """
    body = """
  $bound_step(step);
  dt = $abstime - last; last = $abstime;
  xi = dt > 0 ? $rdist_normal(seed, 0, 1) / sqrt(dt) : 0;
  x = idt(-k * x + s * xi, 0);
  I(p,n) <+ x;
"""
    load(
        two_terminal(body, "integer seed; real dt, last, xi, x; parameter real step = 1u, k = 5k, s = 10;"),
        tmp_path,
    )
    count, k, s, end = 300, 5e3, 10.0, 0.3e-3
    expected = s * s / (2 * k) * (1 - math.exp(-2 * k * end))
    for step in (3e-6, 10e-6):
        deck = "t\n" + "".join(f"v{j} a{j} 0 1\nn{j} a{j} 0 m\n" for j in range(count))
        (tran,) = Circuit(f"{deck}.model m dut step={step}\n.tran 100u {end}\n.end\n").run()
        assert len(tran["time"]) < 1.6 * end / step + 60
        x = np.array([-tran[f"i(v{j})"][-1] for j in range(count)])
        assert abs(x.mean()) < 3.3 * math.sqrt(expected / count)
        assert abs(x.var() / expected - 1) < 3.3 * math.sqrt(2 / count) + k * step


def test_a_warning_names_the_lines(tmp_path: Path) -> None:
    """Numbers at every point make results depend on the steps; a warning says so."""
    load(two_terminal("I(p, n) <+ $rdist_normal(seed, 0, 1);", SEED), tmp_path)
    with pytest.warns(UserWarning, match=r"model\.va:8: 'dut' draws random numbers anew"):
        Circuit("t\nv1 a 0 1\nn1 a 0 m\n.model m dut\n.op\n.end\n").run()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("$rdist_normal(seed, 1)", "takes a seed and 2 numbers"),
        ("$rdist_chi_square(seed, 1000)", "must lie between 1 and 100"),
        ("$rdist_erlang(seed, V(p,n), 1)", "must be known before the simulation"),
        ("$random(seed, 1)", "takes a seed or nothing"),
        ("$rdist_gauss(seed, 1, 2)", "there is no function"),
    ],
)
def test_refusals(call: str, sentence: str, tmp_path: Path) -> None:
    """Wrong calls are told."""
    with pytest.raises(CircuitnnError, match=sentence):
        drawn(call, tmp_path, count=2)
