"""Words and arrays as parameters on cards."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD

from circuitnn import Circuit, load_models
from circuitnn.cli.group import call
from circuitnn.errors import CircuitnnError
from circuitnn.models.twins import twin

# 1 kΩ at the output turns the module's milliamperes into volts.
MODULE = (
    HEAD
    + """
module shaped(out);
  inout out; electrical out;
  parameter string law = "Lin" from '{"Lin", "Two Parts"};
  parameter string tags[0:1] = '{"a", "b"};
  parameter real a[2:0] = '{1, 2, 3} from [0:100];
  parameter integer n = 2;
  parameter real b[0:n-1] = '{10, 20};
  aliasparam weights = a;
  integer k; real s;
  analog begin
    s = 0;
    for (k = 0; k < n; k = k + 1) s = s + b[k];
    if (law == "Two Parts") s = s + 1000;
    if ($param_given(a)) s = s + 5000;
    if (tags[1] == "x") s = s + 20000;
    I(out) <+ -1m * (s + a[0] + 0.1*a[1] + 0.01*a[2]);
  end
endmodule
"""
)


def voltages(cards: str, folder: Path) -> list[float]:
    """Voltages of devices at the nodes 1, 2 …, as many as there are."""
    (folder / "shaped.va").write_text(MODULE)
    count = cards.count("\nn")
    loads = "".join(f"r{k} {k} 0 1k\n" for k in range(1, count + 1))
    text = f'shaped\n.hdl "{folder / "shaped.va"}"{cards}\n{loads}.op\n.end\n'
    (op,) = pickle.loads(pickle.dumps(Circuit(text))).run()
    return [float(np.ravel(op[f"v({k})"])[0]) for k in range(1, count + 1)]


@pytest.mark.parametrize(
    ("card", "instance", "expected"),
    [
        ("", "", 30.0 + 3.21),
        ("a='{4, 5, 6}", "", 5030.0 + 6.54),
        ("a=[4 5 6]", "", 5030.0 + 6.54),
        ("(a = [ 4, 5, {w} ])", "", 5030.0 + 9.54),
        ("weights=[4 'w-4' w]", "", 5030.0 + 9.54),
        ("a=[4 5 6]", "a=[7 5 6]", 5030.0 + 6.57),
        ("", "a='{4,w*2,6} m=1", 5030.0 + 7.84),
        ('law="Two Parts"', "", 1030.0 + 3.21),
        ('law="TWO parts" n=1 b=[3]', "", 1003.0 + 3.21),
        ("law=lin", 'law="two parts"', 1030.0 + 3.21),
        ("n=3 b=[1 2 4]", "", 7.0 + 3.21),
        ('tags=["b" "x"]', "", 20030.0 + 3.21),
        ("tags='{b, x}", "", 20030.0 + 3.21),
    ],
)
def test_values(card: str, instance: str, expected: float, tmp_path: Path) -> None:
    cards = f"\n.param w=9\nn1 1 s {instance}\nn2 2 s {instance}\n.model s shaped {card}"
    assert voltages(cards, tmp_path) == pytest.approx([expected, expected], rel=1e-9)


def test_twin_sends_currents_to_ground(tmp_path: Path) -> None:
    """A module whose currents leave by no terminal: its twin in ngspice has them, too."""
    (tmp_path / "shaped.va").write_text(MODULE)
    (model,) = load_models(tmp_path / "shaped.va")
    assert "bf_out out 0 i=-0.03321" in twin(model)


def test_information(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An array is one line of the list of parameters, with its default, as is a word."""
    (tmp_path / "shaped.va").write_text(MODULE)
    call(["va", "info", str(tmp_path / "shaped.va")])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["a", "'{1,", "2,", "3}", "[0:100]", "an", "element", "of", "a"] in lines
    assert ["law", '"Lin"', '"Lin",', '"Two', 'Parts"'] in lines


def test_each_device_has_its_own(tmp_path: Path) -> None:
    cards = '\nn1 1 s\nn2 2 s law="two parts"\nn3 3 s a=[0 0 0]\n.model s shaped'
    assert voltages(cards, tmp_path) == pytest.approx([33.21, 1033.21, 5030.0], rel=1e-9)


def test_elements_follow_parameters_of_the_deck(tmp_path: Path) -> None:
    (tmp_path / "shaped.va").write_text(MODULE)
    cards = "n1 1 s\n.model s shaped a=[0 0 w]\n.param w=1\nr1 1 0 1k\n.op\n.end\n"
    circuit = Circuit(f'shaped\n.hdl "{tmp_path / "shaped.va"}"\n{cards}')
    found = [float(circuit.with_parameters(w=w).run()[0]["v(1)"]) for w in (1.0, 2.0)]
    assert found == pytest.approx([5031.0, 5032.0], rel=1e-9)


def test_builder(tmp_path: Path) -> None:
    (tmp_path / "shaped.va").write_text(MODULE)
    circuit = Circuit("shaped").add(f'.hdl "{tmp_path / "shaped.va"}"')
    circuit.model("s", "shaped", a=[4, 5, 6]).N("1", "1", "s", law='"two parts"', b=(1, 2)).R(
        "1", "1", "0", 1e3
    )
    assert float(circuit.op()["v(1)"]) == pytest.approx(6003.0 + 6.54, rel=1e-9)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("a=[1 2]", "'a' takes 3 values, 2 are given"),
        ("a=[1 2 3 4]", "'a' takes 3 values, 4 are given"),
        ("a=[1 2 -3]", "lies outside"),
        ("a=5", "write its values as a=[1 2 3]"),
        ("n=3 b=[1 2]", "'b' has 3 elements, 2 are given"),
        ("law=quadratic", '"quadratic" is none of Lin, Two Parts'),
        ("law=[1 2]", "none of Lin, Two Parts"),
    ],
)
def test_faults(card: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CircuitnnError) as caught:
        voltages(f"\nn1 1 s\n.model s shaped {card}", tmp_path)
    assert said in str(caught.value)
