"""Fits of compact models: exact gradients, recovered parameters, intervals that cover, outliers, messages."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.cli import execute
from circuitnn.errors import AnalysisError
from circuitnn.studies.confidence import confidence
from circuitnn.studies.measured_data import curves
from circuitnn.studies.questions.fit import fit
from circuitnn.studies.response import Response

TRUE = {
    "ron": 1e3, "roff": 1e5, "d": 3e-9, "koff": 2e-6, "kon": -2e-6, "aoff": 2.0, "aon": 2.0, "voff": 0.3,
    "von": -0.3, "x0": 0.5,
}  # fmt: skip
FREE = ["ron", "roff", "kon", "koff", "voff"]
START = {**TRUE, "ron": 2e3, "roff": 4e4, "kon": -1e-6, "koff": 4e-6, "voff": 0.2}
T = np.linspace(0.0, 2e-3, 401)
V = 0.9 * np.sin(2e3 * np.pi * T)


def simulated(reltol=1e-7):
    """Current of the general engine's transient."""
    card = " ".join(f"{k}={w}" for k, w in TRUE.items())
    corners = "\n+ ".join(f"{a!r} {b!r}" for a, b in zip(T.tolist(), V.tolist(), strict=True))
    deck = f"t\nv1 a 0 pwl({corners})\nn1 a 0 m\n.model m vteam({card})\n.tran 1u 2m 0 0.5u\n.options reltol={reltol}\n"
    result = Circuit.from_text(deck).run()[0]
    return -np.interp(T, result["time"], result["i(v1)"])


def test_currents_are_those_of_a_transient():
    expected = simulated()
    current, _, states = Response("vteam", FREE).solve(T, V, TRUE, refine=8)
    assert np.abs(current - expected).max() < 2e-4 * np.abs(expected).max()
    assert states.min() >= 0.0 and states.max() <= 1.0


def test_the_error_of_the_rule_is_of_second_order():
    response, v = Response("vteam", []), 0.7 * V  # where the state stays away from its bounds
    exact = response.solve(T, v, TRUE, refine=64)[0]
    errors = [np.abs(response.solve(T, v, TRUE, refine=n)[0] - exact).max() for n in (2, 4, 8)]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.25)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.25)


@pytest.mark.parametrize("model", ["vteam", "yakopcic", "sinh_selector"])
def test_derivatives_are_exact(model):
    free = {
        "vteam": [*FREE, "x0", "aon"],
        "yakopcic": ["a1", "b", "vp", "xn"],
        "sinh_selector": ["i0", "v0"],
    }[model]
    response = Response(model, free)
    given = TRUE if model == "vteam" else {}
    begin = response.values(given)
    t, v = T, 0.7 * V
    _, slopes, _ = response.solve(t, v, given)
    for k, name in enumerate(free):
        h = 1e-6 * abs(begin[name])
        up, down = (response.solve(t, v, {**begin, name: begin[name] + s * h})[0] for s in (1, -1))
        difference = (up - down) / (2 * h)
        size = np.abs(difference).max()
        assert size > 0.0
        # at a kink differences are between both slopes
        assert np.quantile(np.abs(difference - slopes[k]), 0.99) < 1e-5 * size, name


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("pershin", {"rini": 5e3, "ron": 1e3, "roff": 1e4}),
        ("drift", {"x0": 0.4, "ron": 150.0}),
        ("rram_thermal", {"tfini": 4e-9}),
    ],
)
def test_initial_states_that_follow_from_parameters_are_fitted(model, given):
    """Models that state them as an expression, such as (rini - ron)/(roff - ron), could not be fitted."""
    response, v = Response(model, list(given)), 0.7 * V
    current, slopes, _ = response.solve(T, v, given)
    card = " ".join(f"{name}={value!r}" for name, value in given.items())
    corners = "\n+ ".join(f"{a!r} {b!r}" for a, b in zip(T.tolist(), v.tolist(), strict=True))
    deck = f"t\nv1 a 0 pwl({corners})\nn1 a 0 m\n.model m {model}({card})\n.tran 1u 2m 0 0.5u\n.options reltol=1e-6\n"
    result = Circuit.from_text(deck).run()[0]
    expected = -np.interp(T, result["time"], result["i(v1)"])
    assert np.abs(current - expected).max() < 2e-3 * np.abs(expected).max()
    for k, (name, value) in enumerate(given.items()):
        h = 1e-6 * abs(value)
        up, down = (response.solve(T, v, {**given, name: value + s * h})[0] for s in (1, -1))
        difference = (up - down) / (2 * h)
        size = np.abs(difference).max() + 1e-3 * np.abs(current).max() / value
        assert np.abs(difference - slopes[k]).max() < 1e-4 * size, name
    assert np.abs(slopes[0]).max() > 0.0


@pytest.mark.long
def test_noisy_loops_give_the_parameters_back():
    exact = simulated()
    noise = 0.01 * np.abs(exact).max()
    measured = exact + noise * np.random.default_rng(1).standard_normal(len(exact))
    answer = fit({"t": T, "v": V, "i": measured}, free=FREE, start=START)
    found = answer.more["fit"]
    off = [(v - TRUE[n]) / s for n, v, s in zip(found.names, found.values, found.sigma, strict=True)]
    assert np.abs(off).max() < 2.0
    assert found.rms == pytest.approx(noise, rel=0.1)
    assert all(low < TRUE[n] < high for n, low, high in zip(found.names, found.low, found.high, strict=True))
    assert found.parameters["d"] == 3e-9


@pytest.mark.long
def test_intervals_cover():
    """95 % intervals of 30 trials and two parameters: fewer than 50 of 60 would be a chance of 1e-4."""
    exact, _, _ = Response("vteam", []).solve(T, V, TRUE, 2)
    noise = 0.02 * np.abs(exact).max()
    inside = 0
    for trial in range(30):
        measured = exact + noise * np.random.default_rng((7, trial)).standard_normal(len(exact))
        found = fit({"t": T, "v": V, "i": measured}, free=["roff", "kon"], start=TRUE, starts=1).more["fit"]
        inside += sum(a < TRUE[n] < b for n, a, b in zip(found.names, found.low, found.high, strict=True))
    assert inside >= 50


def test_a_robust_loss_ignores_outliers():
    v = np.linspace(-0.5, 0.5, 101)
    i = 2e-9 * np.sinh(v / 0.08)
    rng = np.random.default_rng(3)
    measured = i + 1e-8 * rng.standard_normal(101)
    measured[::9] += 3e-7
    plain, robust = (
        fit({"v": v, "i": measured}, model="sinh_selector", free=["i0", "v0"], loss=loss).more["fit"]
        for loss in ("linear", "soft_l1")
    )
    true = np.array([2e-9, 0.08])
    assert (np.abs(robust.values / true - 1) < 0.3 * np.abs(plain.values / true - 1)).all()


def test_several_curves_together():
    sets = []
    for amplitude, frequency in ((0.9, 1e3), (0.6, 500.0)):
        v = amplitude * np.sin(2 * np.pi * frequency * T)
        sets.append(np.column_stack([T, v, Response("vteam", []).solve(T, v, TRUE, 2)[0]]))
    answer = fit(sets, free=FREE, start=START)
    np.testing.assert_allclose(answer.more["fit"].values, [TRUE[n] for n in FREE], rtol=1e-4)
    assert {"v_0", "model_1"} <= set(answer.data)


def test_bounds_hold_and_what_is_undetermined_is_said():
    v = np.linspace(0.0, 0.1, 20)
    answer = fit({"v": v, "i": v / 1e3}, model="sinh_selector", free=["i0", "v0"], start="i0=1e-5 v0=0.12")
    assert "little" in " ".join(answer.summary) or answer.more["fit"].sigma.max() > 0.0
    held = fit(
        {"v": v, "i": v / 1e3},
        model="sinh_selector",
        free=["i0"],
        start="i0=5e-5 v0=0.1",
        bounds={"i0": (1e-5, 8e-5)},
    )
    assert held.more["fit"].values[0] == pytest.approx(8e-5, rel=1e-6)


def test_a_parameter_without_effect_is_named_and_the_others_keep_their_intervals():
    """Positive voltages never reach `von`: `kon` and `aon` have no effect, whatever random start was the best."""
    v = 0.5 * (1.0 - np.cos(4e3 * np.pi * T))
    exact = Response("vteam", []).solve(T, v, TRUE, 2)[0]
    noise = 0.01 * np.abs(exact).max() * np.random.default_rng(5).standard_normal(len(T))
    data = {"t": T, "v": v, "i": exact + noise}
    start = {**TRUE, "ron": 2e3, "kon": -1e-6, "koff": 4e-6}
    alone, more = (
        fit(data, free=free, start=start) for free in (["ron", "koff"], ["ron", "kon", "koff", "aon"])
    )
    found = more.more["fit"]
    assert found.idle == ["kon", "aon"] and not found.tied
    assert found.values[[1, 3]] == pytest.approx([start["kon"], start["aon"]], rel=1e-12)
    assert (found.low[1], found.high[1]) == (-np.inf, 0.0)  # the sign is that of the start
    assert (found.low[3], found.high[3]) == (1.0, 30.0)  # the range of the model
    for name in ("values", "sigma", "low", "high"):
        np.testing.assert_allclose(
            getattr(found, name)[[0, 2]], getattr(alone.more["fit"], name), rtol=0.01, err_msg=name
        )
        assert np.isfinite(getattr(found, name)[[0, 2]]).all()
    assert "kon has no effect on these data; it stays at -1e-06." in more.summary


def test_parameters_of_which_only_a_combination_counts_are_named():
    """Of i0·sinh(v/v0) at microvolts only i0/v0 is seen, and the product of two columns of a regression is not."""
    v = np.linspace(-1e-6, 1e-6, 40)
    answer = fit(
        {"v": v, "i": 2e-9 * v / 0.1}, model="sinh_selector", free=["i0", "v0"], start="i0=3e-9 v0=0.1"
    )
    assert answer.more["fit"].tied == ["i0", "v0"]
    assert "combination of i0, v0" in " ".join(answer.summary)
    x = np.random.default_rng(2).standard_normal((50, 3))
    known = confidence(np.column_stack([x, 1e6 * x[:, 1], np.zeros(50)]))
    assert known.idle.tolist() == [False, False, False, False, True]
    assert known.tied.tolist() == [False, True, False, True, False]
    np.testing.assert_allclose(known.sigma(1.0)[[0, 2]] ** 2, np.diag(np.linalg.inv(x.T @ x))[[0, 2]])


def test_intervals_end_where_the_range_of_a_parameter_ends():
    exact = Response("vteam", []).solve(T, V, {**TRUE, "x0": 0.98}, 2)[0]
    noise = 0.2 * np.abs(exact).max() * np.random.default_rng(4).standard_normal(len(T))
    found = fit({"t": T, "v": V, "i": exact + noise}, free=["x0", "koff"], start=TRUE).more["fit"]
    assert found.low[0] >= 0.0 and found.high[0] == 1.0


@pytest.mark.long
def test_steps_that_are_too_long_for_the_data_are_said():
    """With few exact points, the intervals are those of the rule's own error: half as long steps move the values."""
    t = T[::8]
    exact = Response("vteam", []).solve(T, V, TRUE, 64)[0][::8]
    noise = 1e-4 * np.abs(exact).max() * np.random.default_rng(6).standard_normal(len(t))
    data = {"t": t, "v": 0.9 * np.sin(2e3 * np.pi * t), "i": exact + noise}
    coarse, fine = (fit(data, free=FREE, start=TRUE, refine=n) for n in (1, 32))
    assert "give a larger refine" in " ".join(coarse.summary)
    assert "refine" not in " ".join(fine.summary)


def test_the_command_fits_a_file(tmp_path, capsys):
    v = np.linspace(-0.5, 0.5, 41)
    lines = ["# a selector", "Voltage [V],Current [A]"] + [f"{a},{2e-9 * np.sinh(a / 0.08)}" for a in v]
    (tmp_path / "iv.csv").write_text("\n".join(lines))
    words = ["study", "fit", str(tmp_path / "iv.csv"), "--model", "sinh_selector", "--free", "i0,v0"]
    assert execute([*words, "--picture", str(tmp_path / "f.png"), "-o", str(tmp_path / "f.nc")]) == 0
    printed = capsys.readouterr().out
    assert "0.08" in printed and "2e-09" in printed
    assert (tmp_path / "f.png").stat().st_size > 20_000


def test_the_command_fits_a_model_of_ones_own(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(
        """from circuitnn.models import Equations, Model, Parameter


class CubicOfMine(Model):
    name = "cubic_of_mine"
    terminals = ("plus", "minus")
    parameters = (Parameter("a", 1.0, "S", "slope"), Parameter("b", 1.0, "", "S/V2, of the cube"))

    @classmethod
    def equations(cls, m: Equations) -> None:
        v = m.voltage("plus", "minus")
        m.flow("plus", "minus", m["a"] * v + m["b"] * v**3)
"""
    )
    v = np.linspace(-1.0, 1.0, 21)
    (tmp_path / "iv.csv").write_text("\n".join(["v,i", *(f"{x},{0.3 * x + 0.7 * x**3}" for x in v)]))
    words = ["study", "fit", str(tmp_path / "iv.csv"), "--models", str(tmp_path / "mine.py")]
    assert execute([*words, "--model", "cubic_of_mine", "--free", "a,b"]) == 0
    printed = capsys.readouterr().out
    assert "0.3" in printed and "0.7" in printed


def test_an_answer_prints_its_table_and_its_sentences():
    v = np.linspace(-0.5, 0.5, 41)
    answer = fit({"v": v, "i": 2e-9 * np.sinh(v / 0.08)}, model="sinh_selector", free=["i0", "v0"])
    assert "v0" in str(answer) and "0.08" in str(answer) and answer.summary[-1] in str(answer)


def test_units_in_headings(tmp_path):
    """Prefixes count; parentheses may also hold a node's name, and a column without a heading is none."""
    (tmp_path / "iv.csv").write_text(",Time [ms],v(mV), I [µA]\n0,1,500,2\n1,2,700,3\n")
    (curve,) = curves(tmp_path / "iv.csv")
    np.testing.assert_allclose(
        [curve.t, curve.v, curve.i], [[1e-3, 2e-3], [0.5, 0.7], [2e-6, 3e-6]], rtol=1e-15
    )
    (curve,) = curves(
        {"": [7, 8], "time": [0, 1], "v(out)": [1.0, 2.0], "i(v1)": [3.0, 4.0], "u": [5.0, 6.0]}
    )
    np.testing.assert_array_equal([curve.v, curve.i], [[1.0, 2.0], [3.0, 4.0]])


def test_data_that_cannot_be_used():
    for data, match in (
        ({"v": [0.0, 1.0]}, "no column i"),
        ({"t": [0.0, 0.0], "v": [0.0, 1.0], "i": [0.0, 1.0]}, "time must increase"),
        (np.zeros((3, 4)), "columns"),
        ({"v": [0.0, np.nan], "i": [0.0, 1.0]}, "finite"),
        ({"v(a)": [0.0, 1.0], "v(b)": [0.0, 1.0], "i": [0.0, 1.0]}, r"columns v\(a\) and v\(b\): which one"),
        ({"v [dB]": [0.0, 1.0], "i": [0.0, 1.0]}, r"column v \[dB\]: unit dB is not known"),
    ):
        with pytest.raises(AnalysisError, match=match):
            curves(data)
    good = {"v": [0.0, 1.0], "i": [0.0, 1.0]}
    for arguments, match in (
        ({"model": "vteam"}, "needs? a column t|time"),
        ({"model": "sinh_selector", "free": ["i1"]}, "i0"),
        ({"model": "ekv"}, "two terminals"),
        ({"model": "sinh_selector", "free": ["i0"], "loss": "l3"}, "loss"),
        ({"model": "sinh_selector", "free": ["i0"], "start": "v0"}, "is not name=number"),
        ({"model": "sinh_selector", "free": ["i0"], "bounds": {"i0": (1.0, 2.0)}}, "bounds"),
    ):
        with pytest.raises(AnalysisError, match=match):
            fit(good, **arguments)
