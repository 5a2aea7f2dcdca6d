"""Arrays that are long against the length over which a disturbance dies out: the coarse grid of the array solver."""

import numpy as np
import pytest

from circuitnn._cext import array_coarse
from circuitnn.crossbar import MVM, Access, Bias, Crossbar, Device
from circuitnn.solvers.linear import have_klu

DIRECT = "klu" if have_klu() else "superlu"

M, N = 72, 48


def make(each=False, end=100.0, cell=None):
    rng = np.random.default_rng(5)
    wires = (100.0, 70.0)
    if each:
        wires = (rng.uniform(50, 200, (M, N - 1)), rng.uniform(50, 200, (M - 1, N)))
    return Crossbar(
        M,
        N,
        10 ** rng.uniform(-4, -3, (M, N)) if cell is None else cell,
        wordline_resistance=wires[0],
        bitline_resistance=wires[1],
        driver_resistance=end,
        sense_resistance=end,
    )


def iterations(result):
    return int(result.statistics.notes[0].split()[1])


SCHEMES = {
    "product": MVM(np.linspace(0.2, 1.0, M)),
    "both ends": MVM(np.linspace(0.2, 1.0, M), both_ends=True, sense_both=True),
    "floating": Access(M - 1, N - 1, 1.0, "floating"),
    "half": Access(3, 4, 1.0),
    "some held": Bias(left=np.where(np.arange(M) % 2, 0.3, np.nan), bottom=0.0),
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("each", [False, True], ids=["lines", "segments"])
@pytest.mark.parametrize("end", [0.0, 100.0])
def test_agrees_with_the_direct_solver_in_fewer_iterations(scheme, each, end, monkeypatch):
    array = make(each, end)
    ours = array.op(SCHEMES[scheme], engine="array", tolerance=1e-12)
    direct = array.op(SCHEMES[scheme], engine="general", linear_solver=DIRECT)
    size = np.abs(direct.cell_current).max()
    np.testing.assert_allclose(ours.cell_current, direct.cell_current, rtol=1e-9, atol=1e-11 * size)
    monkeypatch.setattr(array_coarse, "SHORT", np.inf)
    assert iterations(ours) < 0.8 * iterations(array.op(SCHEMES[scheme], engine="array", tolerance=1e-12))


def test_nonlinear_cells_agree_with_the_direct_solver():
    cell = Device("sinh_selector", i0=np.random.default_rng(6).uniform(1e-5, 1e-4, (M, N)), v0=0.1)
    array = make(cell=cell)
    ours, direct = (array.op(SCHEMES["half"], engine=e) for e in ("array", "general"))
    np.testing.assert_allclose(ours.output, direct.output, rtol=1e-9, atol=1e-16)


def test_picoamperes_beside_milliamperes_are_right():
    g = np.full((M, N), 1e-3)
    g[: M // 2] = 1e-12
    array = Crossbar(M, N, g, **dict.fromkeys(("wordline_resistance", "bitline_resistance"), 100.0))
    ours = array.op(Bias(left=1.0, bottom=0.0), engine="array")
    # Kirchhoff's law, line by line; and the far ends of the bit lines rise where the rows of large cells feed them.
    np.testing.assert_allclose(-ours.currents_out["left"], ours.cell_current.sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(ours.currents_out["bottom"], ours.cell_current.sum(axis=0), rtol=1e-9)
    assert np.all(ours.currents_out["left"][: M // 2] > -1e-12 * N)


def test_lengths_decide():
    links, cells = np.full(8, 1e-2), 1e-3
    assert array_coarse.blocks(links, cells, 16) == 0
    assert array_coarse.blocks(links, cells, 64) == 8
    assert array_coarse.blocks(links, cells, 4096) == array_coarse.MOST
    assert array_coarse.blocks(np.zeros(8), cells, 4096) == 0
