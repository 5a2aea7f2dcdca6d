"""A good call of every public function and method, for `bench.edges`.

A new one needs an entry here; `tests/unit/test_edges.py` says which one lacks it.
"""

from __future__ import annotations

from bench.good_calls.arrays import ARRAYS, CROSSBARS, SIZE
from bench.good_calls.circuits import CIRCUITS, RESULTS
from bench.good_calls.learning import OF_NEURAL
from bench.good_calls.made import RC, Call, G, Made, saved_waves, waves, written
from bench.good_calls.many import OF_NETWORKS, OF_STUDIES
from bench.good_calls.returned import OF_RETURNED

GOOD: dict[str, tuple[Made | None, Call]] = {
    "Circuit": (None, {"title": "t"}),
    **{f"Circuit.{name}": call for name, call in CIRCUITS.items()},
    "Crossbar": (
        None,
        {
            **SIZE,
            "cell": G,
            "wordline_resistance": [1.0, 2.0, 3.0],
            "bitline_resistance": 1.0,
            "temp": 30.0,
        }
        | {
            "contact_resistance": 1.0,
            "wordline_capacitance": 1e-15,
            "name": "x",
            "seed": 3,
            "sense_resistance": 1.0,
        },
    ),
    **{f"Crossbar.{name}": call for name, call in ARRAYS.items()},
    **{f"Result.{name}": call for name, call in RESULTS.items()},
    "evaluate": (None, {"result": waves, "expression": "v(b)*2"}),
    "fourier": (None, {"result": waves, "frequency": 1e3, "*signals": ["v(b)"], "grid": 200, "harmonics": 3}),
    "load": (None, {"path": lambda: written("deck.cir", RC)}),
    "read": (None, {"path": saved_waves, "plot": 0}),
    "read_all": (None, {"path": saved_waves}),
    "compare": (None, {"reference": waves, "other": waves, "*names": ["v(b)"]}),
    **{f"crossbar.{name}": call for name, call in CROSSBARS.items()},
    **{f"networks.{name}": call for name, call in OF_NETWORKS.items()},
    **{f"studies.{name}": call for name, call in OF_STUDIES.items()},
    **{f"neural.{name}": call for name, call in OF_NEURAL.items()},
    **{f"returned.{name}": call for name, call in OF_RETURNED.items()},
}
# Without a good call of their own, and why.
ELSEWHERE = {
    "made by the package alone": (
        "Circuit.locus "
        "Crossbar.per_column "
        "returned.State.packed "
        "Circuit.of Circuit.analysed Circuit.place Crossbar.ends Crossbar.edited Result Statistics Statistics.counts "
        "crossbar.CellSignals crossbar.CrossbarResult crossbar.CrossbarTransient networks.Colouring networks.Cut "
        "networks.Settled networks.NetworkResult networks.SpikingResult networks.IsingRun studies.Study "
        "studies.Study.of neural.History"
    ),
    "called by networks": "networks.Coupling "
    + " ".join(
        f"networks.{k}.cards"
        for k in ("Coupling", "Capacitive", "Memristive", "Resistive", "Thermal", "Transconductive")
    ),
    "takes any object whose text is a deck": "from_pyspice Circuit.from_pyspice",
    "files, tested in tests/unit/test_model_files.py": "load_models",
    "prints": "show_config",
    "records of studies, tested in tests/analytic/test_study_engine.py": (
        "studies.opened studies.Study.overlay "
        + " ".join(
            f"studies.{k}.{m}"
            for k in ("Corners", "Grid", "Points", "MonteCarlo", "Sobol", "LatinHypercube")
            for m in ("read", "write", "coordinates")
        )
    ),
    "the same function as another": "crossbar.Gated.then",
}
