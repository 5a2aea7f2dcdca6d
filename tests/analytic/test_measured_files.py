"""Files of measured curves as instruments and spreadsheets write them; what is ambiguous is an error that says so."""

import numpy as np
import pytest

from circuitnn.cli import execute
from circuitnn.errors import AnalysisError
from circuitnn.studies.measured_data import curves

ROWS = [(0.0, 0.25, 1e-3), (0.5, -1.5, -2.5e-3), (1.0, 2.0, 4e-3), (2.5, 0.125, 5e-4)]


def text(separator, heading=None, comma=False):
    lines = [separator.join(f"{v:g}" for v in row) for row in ROWS]
    lines = [line.replace(".", ",") for line in lines] if comma else lines
    return "\n".join([*([separator.join(heading)] if heading else []), *lines, ""])


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", " ; ", ", ", "   "])
@pytest.mark.parametrize("heading", [None, ("t", "v", "i"), ("Time", "Voltage", "Current")])
def test_separators(separator, heading, tmp_path):
    path = tmp_path / "curve.txt"
    path.write_text("# an instrument\n" + text(separator, heading), encoding="utf-8")
    (curve,) = curves(path)
    for k, found in enumerate((curve.t, curve.v, curve.i)):
        np.testing.assert_array_equal(found, [row[k] for row in ROWS])


@pytest.mark.parametrize("first", [(0.0, 0.0, 0.0), (0.5, 0.5, 1e-3), (1.0, 1.0, 1.0)])
@pytest.mark.parametrize("end", ["", ";"])
def test_numbers_alike_in_the_first_row_are_no_heading(first, end, tmp_path):
    path = tmp_path / "curve.csv"
    rows = [first, (1.5, 2.0, 4e-3), (2.5, 0.125, 5e-4)]
    path.write_text("".join(";".join(f"{v:.4f}" for v in row) + end + "\n" for row in rows), encoding="utf-8")
    (curve,) = curves(path)
    np.testing.assert_allclose(np.column_stack([curve.t, curve.v, curve.i]), rows, atol=1e-12)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings(encoding, end, tmp_path):
    path = tmp_path / "curve.csv"
    rows = end.join(f"{t};{v};{1e6 * i}" for t, v, i in ROWS)
    path.write_bytes(f"t;v;i [µA]{end}{rows}{end}".encode(encoding))
    (curve,) = curves(path)
    np.testing.assert_allclose(curve.i, [row[2] for row in ROWS], rtol=1e-12)


def test_a_column_that_stands_twice_is_an_error(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text("t;v;v;i\n0;1;2;3\n1;4;5;6\n", encoding="utf-8")
    with pytest.raises(AnalysisError, match="two columns are called 'v'"):
        curves(path)
    path.write_text("volts;amps\n1;2\n3;4\n", encoding="utf-8")
    with pytest.raises(AnalysisError, match=r"no column v .*; its columns are volts, amps"):
        curves(path)


def test_units_with_blanks_and_columns_of_words(tmp_path):
    path = tmp_path / "curve.csv"
    rows = "\n".join(f"{t};up, {k};{1e3 * v:g};{1e6 * i:g}" for k, (t, v, i) in enumerate(ROWS))
    path.write_text(f"t [s];sweep, number;v [mV];i [µA]\n{rows}\n", encoding="utf-8")
    (curve,) = curves(path)
    np.testing.assert_allclose(curve.v, [row[1] for row in ROWS], rtol=1e-15)
    np.testing.assert_allclose(curve.i, [row[2] for row in ROWS], rtol=1e-15)


@pytest.mark.parametrize("separator", [";", "\t", " "])
@pytest.mark.parametrize("heading", [None, ("t", "v", "i")])
def test_decimal_commas_are_an_error_that_says_so(separator, heading, tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text(text(separator, heading, comma=True), encoding="utf-8")
    with pytest.raises(AnalysisError, match=r"curve.csv:[123]: '-?\d*,\d+' has a decimal comma"):
        curves(path)


def test_words_among_numbers_and_no_numbers_at_all(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text("v;i\n0;0\n1;overload\n2;1e-3\n", encoding="utf-8")
    with pytest.raises(AnalysisError, match="curve: column i: 'overload' is not a number"):
        curves(path)
    for content in ("", "\n", "# nothing\n", "v;i\n", "hello world\nno numbers\n"):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(AnalysisError):
            curves(path)


def test_command_fits_a_file_with_tabs(tmp_path, capsys):
    v = np.linspace(-0.5, 0.5, 21)
    i = 2e-9 * np.sinh(v / 0.08)
    path = tmp_path / "iv.tsv"
    path.write_text(
        "v\ti\n" + "\n".join(f"{a!r}\t{b!r}" for a, b in zip(v.tolist(), i.tolist(), strict=True)),
        encoding="utf-8",
    )
    code = execute(["study", "fit", str(path), "--model", "sinh_selector", "--free", "i0,v0"])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert "0.08" in next(line for line in said.out.splitlines() if line.split()[:1] == ["v0"])
