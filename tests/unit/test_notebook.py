"""What notebooks show: pictures, once; tables of circuits, results, statistics and arrays."""

import io
import json
import re

import nbconvert
import nbformat
import numpy as np
import pytest
from test_results import operating_point, transient

from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Access
from circuitnn.errors import AnalysisError
from circuitnn.machine import progress
from circuitnn.records import replace

CELLS = """
import circuitnn
circuit = circuitnn.Circuit("RC <low> pass").V("1", "in", "0", "PULSE(0 1 0 1u 1u 1 2)")
circuit.R("1", "in", "out", 1e3).C("1", "out", "0", 1e-6)
circuit
---
result = circuit.tran("10m")
result
---
result.plot("v(out)")
---
circuit.draw()
---
result.statistics
---
circuitnn.Crossbar(3, 4, 1e-5, wordline_resistance=2)
---
circuitnn.Crossbar(3, 4, 1e-5, wordline_resistance=2).op(circuitnn.crossbar.Access(1, 1, 0.2))
"""


@pytest.fixture(scope="module")
def outputs():
    cells = [nbformat.v4.new_code_cell(text.strip()) for text in CELLS.split("---\n")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbconvert.preprocessors.ExecutePreprocessor(timeout=300).preprocess(notebook)
    return [cell.outputs for cell in notebook.cells]


def shown(output):
    (one,) = [o for o in output if o.output_type != "stream"]
    return one.data


@pytest.mark.long
def test_each_picture_is_shown_once(outputs):
    for output in (outputs[2], outputs[3]):
        assert shown(output)["image/png"].startswith("iVBORw0KGgo")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            0,
            [
                "RC &lt;low&gt; pass",
                "3 elements, 2 nodes",
                "<td>r1</td><td>resistor</td><td>in out</td><td>1000</td>",
                "<img",
            ],
        ),
        (1, ["Transient Analysis", "<td>v(out)</td>", "<td>V</td>"]),
        (4, ["Newton iterations", "linear solver"]),
        (5, ["3 × 4 cells", "wordline resistance", "<td>2</td>"]),
        (6, ["largest IR drop", "<img"]),
    ],
)
def test_tables(outputs, number, words):
    html = shown(outputs[number])["text/html"]
    assert [word for word in words if word not in html] == []


def test_keys_are_completed():
    assert transient()._ipython_key_completions_() == list(transient().names)


def test_titles_and_names_are_text_not_markup():
    r = replace(operating_point(), title="<script>", message="<b>", complete=False)
    r.statistics.notes.append("<i>")
    assert re.search("<(script|b>[^A-Za-z]|i>)", r._repr_html_().replace("<p><b>", "")) is None


def test_of_a_large_circuit_only_the_table_is_shown_and_cut():
    c = Circuit("ladder")
    for k in range(100):
        c.R(str(k), k, k + 1, 1.0)
    html = c._repr_html_()
    assert "<img" not in html and "… and 60 more" in html
    with pytest.raises(AnalysisError, match="this one has 100"):
        c.draw()


def test_the_table_of_an_array_has_ranges():
    r = np.linspace(1.0, 3.0, 3)
    assert "1 … 3" in Crossbar(3, 2, 1e-5, driver_resistance=r)._repr_html_()
    assert "image/png" in Crossbar(2, 2, 1e-5).op(Access(0, 0, 1.0))._repr_html_()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_true_shows_a_bar(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    circuit = Circuit("rc").V("1", "a", "0", "SIN(0 1 1k)").R("1", "a", "b", 1e3).C("1", "b", "0", 1e-6)
    told = circuit.tran("20m", tmax="1u", progress=True)
    drawn = terminal.getvalue()
    quiet = circuit.tran("20m", tmax="1u", progress=False)
    assert "tran" in drawn and "%" in drawn
    assert terminal.getvalue() == drawn
    np.testing.assert_array_equal(told.data, quiet.data)


def test_outputs_are_json():
    json.dumps(Circuit("one").R("1", "a", "0", 1.0)._repr_html_())
