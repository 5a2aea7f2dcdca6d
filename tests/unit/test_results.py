import copy
import csv
import pickle
import re

import numpy as np
import pytest

from circuitnn.errors import AnalysisError, CircuitnnError, UnknownNameError
from circuitnn.flat import Sweep
from circuitnn.records import replace
from circuitnn.results.result import Result
from circuitnn.results.statistics import Statistics


def transient(points=5):
    t = np.linspace(0.0, 1e-6, points)
    data = np.column_stack([t, t * 1e6, 2.0 + 0.0 * t, -1e-3 * t])
    names = ("time", "v(a)", "v(b)", "i(v1)")
    types = ("time", "voltage", "voltage", "current")
    return Result("ramp", "tran", "Transient Analysis", "time", names, types, data)


def operating_point():
    data = np.array([[2.5, 5.0, -2.5e-3]])
    names = ("v(out)", "v(in)", "i(v1)")
    return Result("divider", "op", "Operating Point", None, names, ("voltage", "voltage", "current"), data)


def nested():
    inner, outer = (0.0, 1.0, 2.0), (10.0, 20.0)
    rows = [(x, x + y, 100.0 * y) for y in outer for x in inner]
    return Result(
        "nested",
        "dc",
        "DC transfer characteristic",
        "v-sweep",
        ("v-sweep", "v(s)", "i(v1)"),
        ("voltage", "voltage", "current"),
        np.array(rows),
        sweeps=(Sweep("v1", inner), Sweep("param:w", outer)),
    )


@pytest.mark.parametrize("name", ["v(a)", "V(A)", " v( a )", "a", "v(a,0)", "v(a,gnd)"])
def test_a_voltage_has_many_names(name):
    np.testing.assert_array_equal(transient()[name], np.linspace(0, 1, 5))


@pytest.mark.parametrize("name", ["i(v1)", "I(V1)", "v1#branch"])
def test_a_current_has_two_names(name):
    np.testing.assert_array_equal(transient()[name], transient().data[:, 3])


def test_difference_of_voltages():
    np.testing.assert_array_equal(transient()["v(b,a)"], 2.0 - np.linspace(0, 1, 5))


def test_ground_is_zero():
    assert operating_point()["v(0)"] == 0.0


def test_a_source_name_is_not_its_current():
    with pytest.raises(UnknownNameError):
        transient()["v1"]


def test_operating_point_gives_floats():
    value = operating_point()["v(out)"]
    assert type(value) is float
    assert value == 2.5
    assert operating_point().array("v(out)").shape == (1,)


def test_unknown_name_says_the_nearest():
    with pytest.raises(KeyError, match=r"^no variable v\(ouut\) .*did you mean v\(out\)") as caught:
        operating_point()["v(ouut)"]
    assert isinstance(caught.value, CircuitnnError)
    assert "v(ouut)" not in operating_point()
    assert "v(out)" in operating_point()


def test_names_may_be_replaced_after_use():
    r = transient()
    assert r["v(b)"][0] == 2.0
    r = replace(r, names=r.names[:2], types=r.types[:2], data=r.data[:, :2])
    assert "v(b)" not in r
    assert r["v(a)"][-1] == 1.0


def test_time():
    np.testing.assert_array_equal(transient().time, transient().data[:, 0])
    with pytest.raises(UnknownNameError):
        _ = operating_point().time


def test_shape_is_checked():
    with pytest.raises(AnalysisError, match="2 names"):
        Result("t", "op", "Operating Point", None, ("a", "b"), ("voltage",), np.zeros((1, 2)))


def test_repr_and_summary():
    assert repr(transient()) == (
        "<Result Transient Analysis of 'ramp': 5 points, 4 variables (time, v(a), v(b), i(v1))>"
    )
    r = replace(transient(), complete=False, message="interrupted")
    assert "incomplete: interrupted" in repr(r)
    assert "2.000000e+00 V" in r.summary()


def test_statistics_table():
    text = str(Statistics(unknowns=12345, seconds={"load": 0.25}, linear_solver="klu", notes=["slow"]))
    assert re.search(r"^Unknowns +12,345$", text, re.MULTILINE)
    assert "Time, load" in text
    assert "klu" in text
    assert text.endswith("Note: slow")
    assert "Homotopy" not in text


def test_pickle():
    r = pickle.loads(pickle.dumps(nested()))
    assert r.sweeps == nested().sweeps
    np.testing.assert_array_equal(r["v(s)"], nested()["v(s)"])


def test_xarray_of_a_transient():
    d = transient().to_xarray()
    assert d["v(a)"].dims == ("time",)
    assert d["v(a)"].attrs["units"] == "V"
    assert d.time.attrs["units"] == "s"
    assert float(d["i(v1)"].sel(time=1e-6)) == -1e-9


def test_xarray_of_a_nested_sweep_has_a_dimension_a_sweep():
    d = nested().to_xarray()
    assert d["v(s)"].dims == ("w", "v1")
    assert float(d["v(s)"].sel(w=20.0, v1=1.0)) == 21.0
    assert d.v1.attrs["units"] == "V"


def test_xarray_of_a_torn_sweep_stays_flat():
    r = replace(nested(), data=nested().data[:4])
    assert r.to_xarray()["v(s)"].dims == ("v-sweep",)


def test_xarray_of_an_operating_point():
    assert float(operating_point().to_xarray()["v(out)"]) == 2.5


def test_dataframes():
    assert transient().to_pandas().loc[1e-6, "v(a)"] == 1.0
    assert nested().to_pandas().loc[(20.0, 1.0), "v(s)"] == 21.0
    assert operating_point().to_pandas()["v(in)"].tolist() == [5.0]


def test_csv_reads_back_exactly(tmp_path):
    data = transient().data.copy()
    data[1, 1] = 1 / 3
    r = replace(transient(), data=data)
    with r.save(tmp_path / "out.csv").open(newline="") as source:
        rows = list(csv.reader(source))
    assert tuple(rows[0]) == r.names
    np.testing.assert_array_equal(np.array(rows[1:], dtype=float), r.data)


def test_csv_quotes_commas(tmp_path):
    r = replace(operating_point(), names=("v(a,b)", *operating_point().names[1:]))
    with r.save(tmp_path / "out.csv").open(newline="") as source:
        assert next(csv.reader(source))[0] == "v(a,b)"


def test_netcdf_reads_back(tmp_path):
    import xarray

    r = replace(nested(), names=("v-sweep", "v(/board/s)", "i(v1)"))
    r.save(tmp_path / "out.nc")
    with xarray.open_dataset(tmp_path / "out.nc", engine="h5netcdf") as d:
        assert d["v(|board|s)"].dims == ("w", "v1")
        assert d["v(|board|s)"].attrs["long_name"] == "v(/board/s)"
        assert float(d["v(|board|s)"].sel(w=20.0, v1=1.0)) == 21.0


def test_format_must_be_known(tmp_path):
    with pytest.raises(AnalysisError, match="unknown format"):
        transient().save(tmp_path / "out.xyz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "copied", [lambda r: r, copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))]
)
def test_numbers_of_a_result_cannot_be_written_to(copied):
    """A result is a frozen value: what is changed in place is a copy."""
    own = np.array([[0.0, 1.0], [1.0, 2.0]])
    r = copied(Result("t", "tran", "Transient Analysis", "time", ("time", "v(a)"), ("time", "voltage"), own))
    for array in (r["v(a)"], r.time, r.data, r.array("a")):
        with pytest.raises(ValueError, match="read-only"):
            array *= 2.0
    signal = r["v(a)"].copy()
    signal *= 2.0
    assert r["v(a)"].tolist() == [1.0, 2.0]
    own[0, 0] = 3.0  # whose array it is may still write to it
    with pytest.raises(ValueError, match="read-only"):
        r.to_xarray()["v(a)"].values[0] = 5.0
    assert r.to_pandas()["v(a)"].tolist() == r.to_xarray()["v(a)"].values.tolist() == [1.0, 2.0]
