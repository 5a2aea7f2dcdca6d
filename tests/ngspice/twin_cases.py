"""Transients in which a model is compared with its twin: those of the files twin_transients_*.py together.

Each has a dict TRANSIENTS: model → source, instances, times, budget and perhaps edge, the deck being
``v1 in 0 <source>``, the instances (``n1`` first; its states are compared), ``.model m <model>`` and
``.tran <times>``. The budget is a share of each signal's span; shifts in time by `edge` seconds are free (for
events: a twin's happen a step late). A dict REASONS says of a model why it has none.
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

CASES: dict[str, tuple] = {}
REASONS: dict[str, str] = {}

for _path in sorted(Path(__file__).parent.glob("twin_transients_*.py")):
    _spec = spec_from_file_location(_path.stem, _path)
    _module = module_from_spec(_spec)
    _spec.loader.exec_module(_module)
    for _name, _into in (("TRANSIENTS", CASES), ("REASONS", REASONS)):
        _more = getattr(_module, _name, {})
        _twice = set(_more) & set(_into)
        if _twice:
            raise ValueError(f"{_path.name}: {', '.join(sorted(_twice))} is in another file already")
        _into.update(_more)
