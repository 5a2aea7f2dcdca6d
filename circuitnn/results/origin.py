"""Provenance of a result: the deck and its digest, changes, options, versions."""

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
# Attributes of data sets and files that tell the provenance, and their wording on pages.
WORDS = {
    "deck": "Deck",
    "deck_sha256": "SHA-256 of the deck (without files that it includes)",
    "options": "Options that are not at their defaults",
    "seed": "Seed",
    "engine": "Solved by",
    "started": "Started",
    "machine": "Machine",
    "circuitnn": "circuitnn",
    "python": "Python",
    "numpy": "NumPy",
    "scipy": "SciPy",
}
PREFIXES = ("changed ", "digest of ")


def tells(name: str) -> bool:
    """Whether an attribute of this name is part of the provenance."""
    return name in WORDS or name.startswith(PREFIXES)


@dataclass(frozen=True, eq=False)
class Origin:
    """Deck, changes and options of a run; digests are computed on request only.

    Parameters
    ----------
    text : str
        The deck.
    path : str or None
        Path from which the deck was read.
    changes : mapping of str to mapping
        Changes of parameters, sections of libraries, models, values of elements.
    options : Options
        Of the run.
    """

    text: str
    path: str | None
    changes: Mapping[str, Mapping[Any, Any]]
    options: Options

    @classmethod
    def of(cls, source: Source, options: Options) -> Origin:
        """Extract the provenance from a circuit without keeping the circuit.

        Parameters
        ----------
        source : circuitnn.circuit.value.Source
        options : Options

        Returns
        -------
        Origin
        """
        return cls(source.text, source.path, {name: getattr(source, name) for name in CHANGES}, options)

    def texts(self) -> dict[str, str]:
        """Describe the provenance as texts.

        Returns
        -------
        dict of str to str
            ``circuitnn``, ``python``, ``numpy``, ``scipy``: versions; ``deck``: the name of its file;
            ``deck_sha256``: digest of its text, without the files that it includes; ``changed parameters`` and so on;
            ``options``: those that differ from their defaults; ``seed``.
        """
        from hashlib import sha256

        words = versions()
        words["deck"] = os.path.basename(self.path) if self.path else "made in Python"
        words["deck_sha256"] = sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
        words |= {f"changed {name}": _listed(changed) for name, changed in self.changes.items() if changed}
        words["options"] = _listed(not_default(self.options)) or "defaults"
        words["seed"] = str(self.options.seed)
        return words


@dataclass(frozen=True, eq=False)
class Kept:
    """Provenance read from a file.

    Parameters
    ----------
    words : mapping of str to str
        As `Origin.texts` returned them.
    """

    words: Mapping[str, str]

    def texts(self) -> dict[str, str]:
        """Return the texts.

        Returns
        -------
        dict of str to str
        """
        return dict(self.words)


def versions() -> dict[str, str]:
    """Versions of the package, of Python, and of the numerical libraries.

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
    """Options of a run that differ from their defaults.

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
