"""Inputs that once ended with a traceback: each is right, or an error that says what is wrong with it."""

import io

import numpy as np
import pytest
import xarray

from circuitnn import Circuit, cli
from circuitnn.errors import CircuitnnError
from circuitnn.ngspice import control
from circuitnn.studies import Grid, opened, study


@pytest.mark.parametrize(
    ("card", "section"), [("logicexp(1,1)", "LOGIC:"), ("pindly(1,0,0)", "PINDLY: or TRISTATE:")]
)
def test_parts_of_logic_without_their_section(card, section):
    deck = f"t\nu1 {card} dpwr dgnd a b d0 io\nv1 a 0 1\nr1 a b 1\n.op\n"
    with pytest.raises(CircuitnnError, match=f"'u1' needs a section {section}"):
        Circuit.from_text(deck).op()


def test_functions_of_define_call_each_other_forty_deep():
    lines = [f"define f{k}(x) f{k + 1}(x)+1" for k in range(40)]
    text = "\n".join(["t", ".control", *lines, "define f40(x) x*2", "op", "let y=f0(3)", "print y", ".endc"])
    out = io.StringIO()
    control.run(Circuit.from_text(f"{text}\nv1 a 0 1\nr1 a 0 1\n.end\n"), out)
    assert "y = 4.600000e+01" in out.getvalue()


def test_a_deck_whose_name_is_no_utf8(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = b"d\xe9ck.cir".decode("utf-8", "surrogateescape")
    with open(name, "w") as file:
        file.write("t\nv1 a 0 1\nr1 a b 1\nr2 b 0 1\n.op\n.end\n")
    for output in ("z.nc", "z.csv", "z.raw"):
        assert cli.execute(["run", name, "-q", "-o", output]) == 0
    assert np.all(xarray.load_dataset("z.nc", engine="h5netcdf")["v(b)"] == 0.5)


def of(chunk):
    """Number of the point that a file of a record belongs to."""
    return int(chunk.parts[chunk.parts.index("c") + 1])


@pytest.mark.parametrize("name", ["rows", "failures"])
@pytest.mark.parametrize("left", [0, 5, 11])
def test_a_damaged_chunk_of_a_record_costs_its_point_only(tmp_path, name, left):
    def build(a):
        if a == 3.0:
            raise ValueError("three")
        return {"square": a**2}

    space, record = Grid(a=[1.0, 2.0, 3.0, 4.0]), tmp_path / "record"
    study(build, space, record=record)
    number = {"rows": 1, "failures": 2}[name]
    (chunk,) = (path for path in (record / name / "c").rglob("*") if path.is_file() and of(path) == number)
    chunk.write_bytes(chunk.read_bytes()[:left])
    with pytest.warns(UserWarning, match=rf"damaged at 1 of its points \({number}: "):
        found = opened(record)
    assert found["done"].values.tolist() == [k != number for k in range(4)]
    with pytest.warns(UserWarning, match="damaged"):
        again = study(build, space, record=record)
    assert again.attrs["points computed"] == 1
    assert np.nansum(again["square"]) == 21.0
