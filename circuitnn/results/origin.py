"""Where a result comes from: the deck and its digest, what was changed, options, versions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from circuitnn.options import Options
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.circuit.value import Source

CHANGES = ("parameters", "sections", "models", "values")  # of a deck, made in Python or by --set
MOST = 400  # characters of one entry


@dataclass(frozen=True, eq=False)
class Origin:
    """What a run was made from. Nothing is computed before somebody asks.

    Parameters
    ----------
    text : str
        The deck.
    path : str or None
        Where it was read.
    changes : mapping of str to mapping
        What was changed: parameters, sections of libraries, models, values of elements.
    options : Options
        Of the run.
    """

    text: str
    path: str | None
    changes: Mapping[str, Mapping[Any, Any]]
    options: Options

    @classmethod
    def of(cls, source: Source, options: Options) -> Origin:
        """Keep of a circuit what tells where a result comes from, and not the circuit.

        Parameters
        ----------
        source : circuitnn.circuit.value.Source
        options : Options

        Returns
        -------
        Origin
        """
        return cls(source.text, source.path, {name: getattr(source, name) for name in CHANGES}, options)

    def told(self) -> dict[str, str]:
        """Put it into words.

        Returns
        -------
        dict of str to str
            ``circuitnn``, ``python``, ``numpy``, ``scipy``: versions; ``deck``: the name of its file;
            ``deck_sha256``: digest of its text, without the files that it includes; ``changed parameters`` and so on;
            ``options``: those that are not at their defaults; ``seed``.
        """
        from hashlib import sha256

        told = versions()
        told["deck"] = os.path.basename(self.path) if self.path else "made in Python"
        told["deck_sha256"] = sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
        told |= {f"changed {name}": _listed(changed) for name, changed in self.changes.items() if changed}
        told["options"] = _listed(not_default(self.options)) or "defaults"
        told["seed"] = str(self.options.seed)
        return told


@dataclass(frozen=True, eq=False)
class Kept:
    """What a file says of where a result comes from.

    Parameters
    ----------
    words : mapping of str to str
        As `Origin.told` gave it.
    """

    words: Mapping[str, str]

    def told(self) -> dict[str, str]:
        """Give it back.

        Returns
        -------
        dict of str to str
        """
        return dict(self.words)


def versions() -> dict[str, str]:
    """Versions of the package, of Python, and of what computes.

    Returns
    -------
    dict of str to str
    """
    import platform
    from importlib.metadata import version

    return {"circuitnn": version("circuitnn"), "python": platform.python_version()} | {
        name: version(name) for name in ("numpy", "scipy")
    }


def not_default(options: Options) -> dict[str, Any]:
    """Give the options of a run that are not at their defaults.

    Parameters
    ----------
    options : Options

    Returns
    -------
    dict of str to object
    """
    usual = Options()
    pairs = {name: (getattr(options, name), getattr(usual, name)) for name in Options.table}
    return {name: value for name, (value, default) in pairs.items() if value != default}


def _listed(values: Mapping[Any, Any]) -> str:
    text = ", ".join(f"{_name(key)}={value}" for key, value in values.items())
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def _name(key: Any) -> str:
    return key if isinstance(key, str) else ".".join(filter(None, key))
