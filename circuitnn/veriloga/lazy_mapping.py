"""A mapping that is made when something asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")


class Later(Mapping[str, V]):
    """A mapping that is made when something asks for it.

    Parameters
    ----------
    make : callable
        Returns it.
    """

    def __init__(self, make: Callable[[], dict[str, V]]) -> None:
        self._make: Callable[[], dict[str, V]] | None = make
        self._made: dict[str, V] = {}

    def _all(self) -> dict[str, V]:
        if self._make is not None:
            self._made = self._make()
            self._make = None  # which may hold much
        return self._made

    def __getitem__(self, key: str) -> V:
        return self._all()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __reduce__(self) -> tuple[type[dict[str, V]], tuple[dict[str, V]]]:
        return dict, (self._all(),)
