"""The study of classifiers on arrays, with examples from a file."""

import numpy as np
import pytest

from circuitnn.errors import AnalysisError
from circuitnn.neural.examples import digits, load
from circuitnn.studies.questions.neural import neural


@pytest.fixture
def patterns(tmp_path):
    rng = np.random.default_rng(0)
    y = np.arange(300) % 4
    x = np.clip(rng.uniform(size=(4, 5, 4))[y] + 0.35 * rng.normal(size=(300, 5, 4)), 0.0, 1.0)
    np.savez(tmp_path / "patterns.npz", x=x, y=y)
    return str(tmp_path / "patterns.npz")


def test_accuracy_falls_with_the_lines_and_training_gives_it_back(patterns, tmp_path):
    answer = neural(
        patterns,
        line_resistance=[0.0, 1000.0],
        spread=[0.3],
        hidden=0,
        epochs=30,
        loop_epochs=8,
        rate=0.02,
        judged=150,
    )
    mapped, trained = (answer.data[name].values[:, 0, 0] for name in ("mapped", "trained"))
    assert answer.data.attrs["ideal"] > 0.9 and mapped[0] > mapped[1] + 0.1
    assert np.all(trained > mapped + 0.02)
    assert "At 1000 Ω a segment" in answer.summary[1] and answer.rows[1][1] == "1000"
    answer.plot(tmp_path / "accuracy.png")
    assert (tmp_path / "accuracy.png").stat().st_size > 5000


def test_examples_that_are_none(patterns, tmp_path, monkeypatch):
    made = load(patterns, 100)
    assert made.inputs.shape == (200, 20) and made.more.shape == (100, 20) and made.classes == 4
    with pytest.raises(AnalysisError, match="300 examples, of which 300"):
        load(patterns, 300)
    np.savez(tmp_path / "other.npz", x=np.ones((3, 2)))
    with pytest.raises(AnalysisError, match=r"other.npz: arrays 'x' and 'y'"):
        load(tmp_path / "other.npz", 1)
    with pytest.raises(AnalysisError, match="no such file"):
        load(tmp_path / "none.npz", 1)
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(AnalysisError, match=r"pip install 'circuitnn\[neural\]'"):
        digits()
