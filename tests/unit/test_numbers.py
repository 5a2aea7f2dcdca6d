"""``--json``: one document on stdout that other programs can parse."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from circuitnn.cli.numbers import document
from circuitnn.cli.run import run
from circuitnn.cli.study import study

DECK = """divider
v1 a 0 dc 2 ac 1 sin(0 1 1k)
r1 a b 1k
r2 b 0 1k
.op
.ac lin 1 1k 1k
.tran 10u 1m
.meas tran top max v(a)
.meas tran never when v(a)=5
.end
"""


def refused(constant):
    raise AssertionError(f"{constant} is not JSON")


def parsed(command, *arguments, code=0):
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert done.return_value == code, done.output
    return json.loads(done.stdout, parse_constant=refused)


def test_a_run(tmp_path):
    deck = tmp_path / "d.cir"
    deck.write_text(DECK)
    made = parsed(run, str(deck), "--json", "-o", str(tmp_path / "o.raw"))
    assert (made["schema"], made["deck"], made["exit_code"]) == ("circuitnn-run-1", str(deck), 0)
    of = {result["analysis"]: result for result in made["results"]}
    assert of["op"]["axis"] is None and of["op"]["variables"]["i(v1)"] == {
        "unit": "A",
        "value": pytest.approx(-1e-3),
    }
    assert of["ac"]["variables"]["v(b)"]["last"] == pytest.approx(0.5)
    tran = of["tran"]
    assert tran["measures"]["top"] == pytest.approx(1.0, rel=1e-2) and tran["measures"]["never"] is None
    assert list(tran["failed"]) == ["never"] and tran["failed"]["never"]
    assert tran["variables"]["time"]["last"] == pytest.approx(1e-3) and tran["points"] > 50


def test_steps_have_their_values(tmp_path):
    """With all their digits: the title has six."""
    deck = tmp_path / "d.cir"
    cards = ".step param load list 1k {1k/3}\n.step temp list 10 20\n.op"
    deck.write_text(f"steps\n.param load=1k\nv1 a 0 1\nr1 a b 1k\nr2 b 0 {{load}}\n{cards}\n.end\n")
    results = parsed(run, str(deck), "--json")["results"]
    assert [result["step"] for result in results] == [
        {"load": load, "temp": temp} for load in (1e3, 1e3 / 3.0) for temp in (10.0, 20.0)
    ]
    for result in results:
        load = result["step"]["load"]
        assert result["variables"]["v(b)"]["value"] == pytest.approx(load / (load + 1e3))


def test_samples_are_refused(tmp_path):
    deck = tmp_path / "d.cir"
    deck.write_text(DECK)
    done = CliRunner().invoke(run, [str(deck), "--json", "--samples", "2"])
    assert done.exit_code == 2 and "--json is that of one run" in done.stderr


def test_a_study():
    made = parsed(study, "margin", "--size", "4,8", "--json")
    assert made["schema"] == "circuitnn-study-1" and made["study"] == "margin" and made["exit_code"] == 0
    assert all(len(row) == len(made["table"]["headings"]) for row in made["table"]["rows"])
    for entry in made["data"].values():
        assert np.ndim(entry["values"]) == len(entry["dims"])


def test_what_json_lacks_is_null():
    text = document("run", a=np.array([1.0, np.nan, np.inf]), b=1.0 + 2.0j, c=np.float64("nan"), d=True)
    assert json.loads(text, parse_constant=refused) == {
        "schema": "circuitnn-run-1", "a": [1.0, None, None], "b": [1.0, 2.0], "c": None, "d": True,
    }  # fmt: skip
