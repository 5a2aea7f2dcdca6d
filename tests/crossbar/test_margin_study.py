"""Read margins: closed forms, a nodal analysis of our own, the worst pattern against enumeration."""

import itertools

import numpy as np
import pytest
import xarray

from circuitnn.cli import execute
from circuitnn.errors import AnalysisError
from circuitnn.studies.questions.margin import margin
from circuitnn.studies.reading import SCHEMES, Reading, largest, search
from circuitnn.studies.two_state_cells import bistable, slope


def closed_form(n, ratio=100.0, pull_up=1.0):
    """One bit line pulled up, other lines floating, no line resistance (PEERS: 2R/(N-1) + R/(N-1)^2)."""
    sneak = 2.0 / (n - 1) + 1.0 / (n - 1) ** 2
    high, low = (1.0 / (1.0 / r + 1.0 / sneak) for r in (ratio, 1.0))
    return high / (high + pull_up) - low / (low + pull_up)


@pytest.mark.parametrize("pull_up", [0.3, 1.0, 4.0])
def test_one_pull_up_is_the_closed_form(pull_up):
    found = margin(size=[2, 4, 8, 16], pull_up=[pull_up])
    here = found.data["margin"].values.ravel()
    np.testing.assert_allclose(here, [closed_form(n, pull_up=pull_up) for n in (2, 4, 8, 16)], rtol=1e-8)


def test_published_margins():
    found = margin(size=[2, 4, 8, 16], nonlinearity=[2.0, 10.0, 100.0, 1000.0])
    linear = found.data["margin"].sel(nonlinearity=2.0).values.ravel()
    assert np.round(linear, 4).tolist() == [0.3158, 0.1312, 0.0440, 0.0129]
    assert found.data["largest"].values.ravel().tolist() == [4, 11, 63, 416]
    assert (found.data["margin_there"] >= 0.1).all() and (found.data["margin_of_next"] < 0.1).all()
    assert "416 x 416" in found.summary[3]


@pytest.mark.parametrize("kind", ["sinh", "1S1R", "1D1R"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_merged_lines_are_the_whole_array(kind, scheme):
    reading = Reading(5, kind=kind, scheme=scheme, nonlinearity=40.0)
    merged, whole = reading.merged(), reading.read(np.ones((5, 5), bool))
    # each of 25 diodes has gmin = 1e-12 S beside it, of which the merged array has fewer
    gmin = 25 * 1e-12 if kind == "1D1R" else 1e-15
    np.testing.assert_allclose(
        merged.levels, whole.levels, rtol=1e-9, atol=gmin * (1e4 if reading.pulled else 1.0)
    )
    assert merged.power == pytest.approx(whole.low.total_power, rel=1e-5 if kind == "1D1R" else 1e-9)


def test_diodes_and_transistors_keep_sneak_currents_away():
    for kind in ("1D1R", "1T1R"):
        assert Reading(16, kind=kind).all_on().margin > 3.0 * Reading(16).all_on().margin


def nodal_margin(on, r, ratio=100.0):
    """Margin of the cell (0, N-1) of a linear array with line resistance, by a dense matrix of our own."""
    n = len(on)
    levels = []
    for state in (True, False):
        pattern = on.copy()
        pattern[0, n - 1] = state
        g = np.where(pattern, 1.0, 1.0 / ratio)
        a, b = np.zeros((2 * n * n, 2 * n * n)), np.zeros(2 * n * n)

        def join(p, q, value, a=a):
            a[[p, q], [p, q]] += value
            a[p, q] -= value
            a[q, p] -= value

        def word(i, j):
            return i * n + j

        def bit(i, j):
            return n * n + i * n + j

        for i, j in np.ndindex(n, n):
            join(word(i, j), bit(i, j), g[i, j])
            if j < n - 1:
                join(word(i, j), word(i, j + 1), 1.0 / r)
            if i < n - 1:
                join(bit(i, j), bit(i + 1, j), 1.0 / r)
        a[word(0, 0), word(0, 0)] += 1.0 / r
        end = 1.0 / (1.0 + r)
        a[bit(n - 1, n - 1), bit(n - 1, n - 1)] += end
        b[bit(n - 1, n - 1)] = end
        levels.append(np.linalg.solve(a, b)[bit(n - 1, n - 1)])
    return levels[1] - levels[0]


@pytest.mark.parametrize("r", [0.01, 0.3])
def test_the_worst_pattern_of_3_by_3_is_that_of_all_256(r):
    lrs = 1e4
    found = search(Reading(3, line_resistance=r * lrs, lrs=lrs))
    assert found.proven and found.tried == 256
    others = [k for k in range(9) if k != 2]
    margins = []
    for bits in itertools.product((True, False), repeat=8):
        on = np.ones(9, bool)
        on[others] = bits
        margins.append(nodal_margin(on.reshape(3, 3), r))
    assert found.read.margin == pytest.approx(min(margins), rel=1e-8)


@pytest.mark.long
def test_the_descent_finds_what_enumeration_proves(monkeypatch):
    from circuitnn.studies import reading

    cases = [
        Reading(3, line_resistance=r, scheme=scheme, nonlinearity=k, ratio=ratio)
        for r, scheme, k, ratio in (
            (10.0, "one", 2.0, 100.0),
            (3e3, "one", 2.0, 5.0),
            (100.0, "half", 30.0, 20.0),
            (1e3, "floating", 8.0, 50.0),
            (500.0, "all", 20.0, 10.0),
        )
    ]
    proven = [search(case) for case in cases]
    monkeypatch.setattr(reading, "LARGEST_PROOF", 0)
    for case, worst in zip(cases, proven, strict=True):
        found = search(case)
        assert not found.proven and found.tried < 120
        assert found.read.margin == pytest.approx(worst.read.margin, rel=1e-9, abs=1e-15)


def test_flips_are_first_order_changes():
    reading = Reading(5, line_resistance=200.0, ratio=1.001, nonlinearity=20.0)
    on = np.random.default_rng(3).random((5, 5)) < 0.5
    read = reading.read(on)
    flips = read.flips()
    for cell in ((0, 0), (1, 4), (3, 2), (4, 4)):
        other = on.copy()
        other[cell] = ~other[cell]
        change = reading.read(other).margin - read.margin
        assert flips[cell] == pytest.approx(change, rel=2e-2)


def test_the_largest_array_is_bracketed():
    reading = Reading(2, line_resistance=20.0, nonlinearity=20.0)
    size, here, following = largest(reading, 0.1, 64)
    by_hand = [reading.of_size(n).all_on().margin for n in range(2, size + 2)]
    assert here == by_hand[-2] >= 0.1 > by_hand[-1] == following
    assert largest(reading, 0.9, 64)[0] == 1
    assert largest(reading, 1e-9, 8)[0] == 8


def test_cells_are_what_they_are_said_to_be():
    from circuitnn.crossbar import Access, Crossbar

    on = np.array([[True, False]])
    for voltage, expected in ((0.5, [5e-5, 5e-7]), (0.25, [5e-5 / 30, 5e-7 / 30])):
        cell = bistable(on, 1e4, 100.0, 30.0, 0.5)
        result = Crossbar(1, 2, cell).op(Access(0, 0, voltage, "grounded"))
        np.testing.assert_allclose(result.cell_current[0], expected, rtol=1e-9)
    with pytest.raises(AnalysisError, match="above 2"):
        slope(1.5, 1.0)
    with pytest.raises(AnalysisError, match="kind"):
        bistable(on, 1e4, 100.0, 30.0, 0.5, "2R")


def test_the_command_writes_table_picture_and_data(tmp_path, capsys):
    words = [
        "study",
        "margin",
        "--size",
        "2..16",
        "--nonlinearity",
        "2,10",
        "--picture",
        str(tmp_path / "m.png"),
    ]
    assert execute([*words, "-o", str(tmp_path / "m.nc")]) == 0
    printed = capsys.readouterr().out
    assert "0.3158" in printed and "at most 11 x 11" in printed
    assert (tmp_path / "m.png").stat().st_size > 10_000
    with xarray.open_dataset(tmp_path / "m.nc", engine="h5netcdf") as data:
        assert data["largest"].values.ravel().tolist() == [4, 11] and data.attrs["study"] == "margin"
        assert data["size"].values.tolist() == [2, 4, 8, 16] and "seconds" in data.attrs
    assert execute(["study", "margin", "--size", "two"]) == 2
    assert execute(["study", "margin", "--scheme", "quarter"]) == 1
    assert "scheme = 'quarter'" in capsys.readouterr().err
    assert execute(["study", "--help"]) == 0 and "Sneak paths" in capsys.readouterr().out


@pytest.mark.parametrize("pattern", ["on", "search"])
@pytest.mark.parametrize("scheme", ["one", "half"])
def test_the_sign_of_the_supply_does_not_matter(pattern, scheme):
    up, down = (
        margin((4,), scheme=(scheme,), pattern=pattern, line_resistance=(100.0,), voltage=v, limit=8).data
        for v in (1.0, -1.0)
    )
    for name in ("margin", "largest", "power", "on_cells"):
        np.testing.assert_allclose(up[name], down[name], rtol=1e-6)
    assert float(up["margin"].min()) > 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": (2.5,)}, "size = 2.5: a whole number"),
        ({"target": 0.0}, "target = 0: a margin must lie between 0 and 1"),
        ({"target": 2.0}, "target = 2: a margin"),
        ({"target": float("nan")}, "target = nan"),
        ({"limit": 2.5}, "limit = 2.5: a whole number"),
    ],
)
def test_margins_are_asked_for_with_numbers_that_make_sense(arguments, message):
    with pytest.raises(AnalysisError, match=message):
        margin(**{"size": (2,), "limit": 4, **arguments})
