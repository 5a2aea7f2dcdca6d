"""Provenance on a page: the attributes of a data set that describe it, and their wording."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from circuitnn.results.origin import PREFIXES, WORDS, tells

MOST_HASHED = 1 << 28  # bytes of a file


def split(attributes: Mapping[Any, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Divide attributes into provenance and others.

    Parameters
    ----------
    attributes : mapping

    Returns
    -------
    provenance : dict of str to str
        Provenance in words.
    others : dict of str to object
    """
    names = {str(name): value for name, value in attributes.items()}
    provenance = {
        word: str(names[name]) for name, word in WORDS.items() if name in names and str(names[name])
    }
    provenance |= {n[0].upper() + n[1:]: str(v) for n, v in names.items() if n.startswith(PREFIXES)}
    return provenance, {name: value for name, value in names.items() if not tells(name)}


def of_file(path: str | os.PathLike[str]) -> dict[str, str]:
    """Provenance of the file that a page is about.

    Parameters
    ----------
    path : path

    Returns
    -------
    dict of str to str
        Its name, and its digest unless it is a folder or larger than 256 MiB.
    """
    from hashlib import sha256

    path = Path(path)
    entries = {"File": path.name}
    if path.is_file() and path.stat().st_size <= MOST_HASHED:
        entries["SHA-256 of the file"] = sha256(path.read_bytes()).hexdigest()
    return entries
