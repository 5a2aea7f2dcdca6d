"""Registry of things of one kind: one file each in the folder of a package, and those that a user registers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from typing import Generic, TypeVar

from circuitnn.errors import nearest

Thing = TypeVar("Thing")


class Folder(Generic[Thing]):
    """Things by name. A file has the name of its thing and is imported on first use.

    Parameters
    ----------
    *packages : str
        Packages whose folders hold the files.
    attribute : str
        Name of the thing in each file.
    """

    def __init__(self, *packages: str, attribute: str) -> None:
        self.packages, self.attribute = packages, attribute
        self.own: dict[str, Thing] = {}
        self._files: dict[str, str] | None = None

    @property
    def files(self) -> dict[str, str]:
        """Name of each thing of the package → package of its file."""
        if self._files is None:
            self._files = self._listed()
        return self._files

    def _listed(self) -> dict[str, str]:
        packages: dict[str, str] = {}
        for package in self.packages:
            # Like pkgutil.iter_modules, which takes 6 ms to import. The package may be in the middle of importing us.
            top, *below = package.split(".")
            names = {
                n for root in import_module(top).__path__ for n in os.listdir(os.path.join(root, *below))
            }
            packages |= {n.removesuffix(".py"): package for n in names if n.endswith(".py") and n[0] != "_"}
        return packages

    def __iter__(self) -> Iterator[str]:
        """All names in alphabetical order, then those of the user."""
        return iter([*sorted(self.files), *self.own])

    def __contains__(self, name: object) -> bool:
        return name in self.files or name in self.own

    def __getitem__(self, name: str) -> Thing:
        if name in self.own:
            return self.own[name]
        if name not in self.files:
            raise KeyError(f"{self.packages[0]} has no {name}{nearest(name, list(self))}")
        return getattr(import_module(f"{self.files[name]}.{name}"), self.attribute)

    def add(self, name: str, thing: Thing) -> None:
        """Register a user's own thing; it replaces one registered before under the same name.

        Raises
        ------
        ValueError
            The name does not consist of letters, digits and underscores, or the package has a thing of that name.
        """
        if not (name.isascii() and name.isidentifier() and name == name.lower() and name[0] != "_"):
            raise ValueError(f"'{name}' is not a name: letters, digits and underlines, in lower case")
        if name in self.files:
            raise ValueError(f"{self.files[name]} has '{name}' already")
        self.own[name] = thing
