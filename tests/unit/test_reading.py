"""`circuitnn.read`: files of ours, ngspice's and LTspice's."""

import struct

import numpy as np
import pytest

import circuitnn
from circuitnn import AnalysisError, Circuit, RawfileError, Result

RC = "an RC circuit\nv1 a 0 sin(0 1 1k) ac 1\nr1 a b 1k\nc1 b 0 1u\n.end\n"


@pytest.fixture(scope="module")
def circuit():
    return Circuit.from_text(RC)


@pytest.mark.parametrize("suffix", ["raw", "csv", "nc"])
def test_what_is_saved_is_read(suffix, circuit, tmp_path):
    for result in (circuit.tran("2m", "50u"), circuit.op()):
        path = tmp_path / f"{result.analysis}.{suffix}"
        result.save(path)
        again = circuitnn.read(path)
        assert again.axis == result.axis
        for name in ("v(b)", "i(v1)"):
            assert np.array_equal(np.asarray(again[name]), np.asarray(result[name]))


def test_phasors_are_read_from_tables(circuit, tmp_path):
    result = circuit.ac(1, 1e5, 5)
    result.save(tmp_path / "ac.csv")
    assert np.allclose(circuitnn.read(tmp_path / "ac.csv")["v(b)"], result["v(b)"], rtol=1e-12)


def test_one_of_several_plots(circuit, tmp_path):
    from circuitnn.results import rawfile

    rawfile.write(tmp_path / "x.raw", [circuit.op(), circuit.tran("1m"), circuit.tran("2m")])
    path = tmp_path / "x.raw"
    assert circuitnn.read(path, "op").analysis == "op"
    assert circuitnn.read(path, -1).time[-1] == pytest.approx(2e-3)
    assert [r.analysis for r in circuitnn.read_all(path)] == ["op", "tran", "tran"]
    for plot, message in (
        (None, "which of its 3 plots"),
        ("tran", "2 plots are called tran"),
        (3, "no plot 3"),
    ):
        with pytest.raises(AnalysisError, match=message):
            circuitnn.read(path, plot)
    with pytest.raises(AnalysisError, match="plot = True"):
        circuitnn.read(path, True)


@pytest.mark.parametrize("content", ["", "time,v(a)\n1,2\n3\n", "time,v(a)\n1,x\n"])
def test_what_is_no_table(content, tmp_path):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(RawfileError, match=r"t.csv"):
        circuitnn.read(tmp_path / "t.csv")


def ltspice(flags, variables, rows, plotname="Transient Analysis", wide=True):
    """A file as LTspice writes it."""
    head = (
        f"Title: * an RC circuit\nDate: today\nPlotname: {plotname}\nFlags: {flags}\nNo. Variables: {len(variables)}\n"
        f"No. Points: {len(rows):12d}\nOffset: 0.0\nCommand: Linear Technology Corporation LTspice XVII\nVariables:\n"
    )
    head += "".join(f"\t{k}\t{name}\t{kind}\n" for k, (name, kind) in enumerate(variables)) + "Binary:\n"
    if "complex" in flags:
        points = b"".join(struct.pack("<dd", v.real, v.imag) for row in rows for v in row)
    else:
        row_format = "<d" + ("d" if "double" in flags else "f") * (len(variables) - 1)
        points = b"".join(struct.pack(row_format, *row) for row in rows)
    return head.encode("utf-16-le" if wide else "ascii") + points


SIGNALS = [("time", "time"), ("V(out)", "voltage"), ("I(R1)", "device_current")]


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("flags", ["real forward", "real forward double"])
def test_ltspice(flags, wide, tmp_path):
    """A time that is negative marks a compressed point."""
    rows = [(0.0, 1.0, 0.5), (-1e-6, 0.5, 0.25), (2e-6, 0.25, 0.125)]
    (tmp_path / "l.raw").write_bytes(ltspice(flags, SIGNALS, rows, wide=wide))
    result = circuitnn.read(tmp_path / "l.raw")
    assert (result.analysis, result.types) == ("tran", ("time", "voltage", "current"))
    assert result.time.tolist() == [0.0, 1e-6, 2e-6] and result["i(r1)"].tolist() == [0.5, 0.25, 0.125]
    assert result["V(OUT)"].tolist() == [1.0, 0.5, 0.25]


def test_steps_of_ltspice(tmp_path):
    rows = [(t, level, 0.0) for level in (1.0, 2.0, 4.0) for t in (0.0, 1.0, 2.0)]
    (tmp_path / "l.raw").write_bytes(ltspice("real forward stepped", SIGNALS, rows))
    assert [r["v(out)"][-1] for r in circuitnn.read_all(tmp_path / "l.raw")] == [1.0, 2.0, 4.0]
    with pytest.raises(AnalysisError, match="3 plots"):
        circuitnn.read(tmp_path / "l.raw")


def test_phasors_of_ltspice(tmp_path):
    rows = [(f, 1.0 / (1.0 + 1j * f)) for f in (complex(0.1), complex(1.0))]
    variables = [("frequency", "frequency"), ("V(o)", "voltage")]
    (tmp_path / "l.raw").write_bytes(ltspice("complex forward log", variables, rows, "AC Analysis"))
    result = circuitnn.read(tmp_path / "l.raw")
    assert result.analysis == "ac" and result["v(o)"][1] == 0.5 - 0.5j


def test_ltspice_cut_short(tmp_path):
    content = ltspice("real forward", SIGNALS, [(0.0, 1.0, 0.5), (1e-6, 0.5, 0.25)])
    (tmp_path / "l.raw").write_bytes(content[:-3])
    result = circuitnn.read(tmp_path / "l.raw")
    assert (len(result), result.complete) == (1, False) and "1 of 2 points" in result.message
    (tmp_path / "l.raw").write_bytes(content[:200])
    with pytest.raises(RawfileError, match="not a rawfile of LTspice"):
        circuitnn.read(tmp_path / "l.raw")


@pytest.mark.parametrize("fast", [True, False])
def test_spicelib_writes_them(fast, tmp_path):
    spicelib = pytest.importorskip("spicelib")
    time = np.linspace(0.0, 1e-3, 101)
    writer = spicelib.RawWrite(fastacces=fast)
    writer.add_trace(spicelib.Trace("time", time))
    writer.add_trace(spicelib.Trace("V(out)", np.sin(1e4 * time)))
    writer.save(str(tmp_path / "s.raw"))
    result = circuitnn.read(tmp_path / "s.raw")
    assert np.array_equal(result.time, time)
    assert np.allclose(result["v(out)"], np.sin(1e4 * time), atol=1e-7)


def test_it_is_a_result(circuit, tmp_path):
    circuit.op().save(tmp_path / "op.raw")
    assert isinstance(circuitnn.read(str(tmp_path / "op.raw")), Result)
    with pytest.raises(FileNotFoundError):
        circuitnn.read(tmp_path / "nothing.raw")
