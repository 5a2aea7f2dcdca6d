"""What results of all kinds have in common: a page about them, values by name, and the old names of methods."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from circuitnn.errors import UnknownNameError, nearest
from circuitnn.machine.cached import cached_property
from circuitnn.machine.renamed import Renamed
from circuitnn.machine.user_input import name_of, path_of

if TYPE_CHECKING:
    from pathlib import Path


class Reported:
    """Base of what a page can be made of."""

    def report(self, path: str | os.PathLike[str], **settings: Any) -> list[Path]:
        """Write a page about this result: one HTML file with curves, maps and cursors, which needs no network.

        Parameters
        ----------
        path : path
            ``.html``
        **settings
            As of `circuitnn.report.write`: ``signals``, ``points``, ``title``, ``figures``, ``overwrite``.

        Returns
        -------
        list of Path
            The page, and the pictures.
        """
        written: list[Path] = import_module("circuitnn.report.publish").write(self, path_of(path), **settings)
        return written


class Tabulated:
    """Base of results with a table, whose method had another name."""

    to_dataframe = Renamed("to_pandas")


def value_named(owner: object, name: str) -> Any:
    """A property of a result by its name, ``result["cell_current"]``.

    Parameters
    ----------
    owner : object
    name : str

    Raises
    ------
    UnknownNameError
        With the nearest names.
    """
    from inspect import getattr_static  # slow to import, and few results are asked like this

    key = name_of(name, "name of a quantity")
    kind = type(owner)
    known = [
        n
        for n in dir(kind)
        if n[0] != "_" and isinstance(getattr_static(kind, n), property | cached_property)
    ]
    if key not in known:
        raise UnknownNameError(f"no quantity {name} in this result{nearest(key, known)}")
    return getattr(owner, key)
