"""Cases of the benchmark: one file a group, found by its name.

A file has a function ``cases(quick)`` that yields `bench.runner.case.Case`; ``quick`` leaves out what is large or long.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from bench.runner.case import Case


def groups() -> list[str]:
    """Names of all groups."""
    return sorted(
        module.name for module in pkgutil.iter_modules(__path__) if hasattr(_load(module.name), "cases")
    )


def cases(group: str, quick: bool) -> Iterator[Case]:
    """The cases of a group."""
    yield from _load(group).cases(quick)


def _load(name: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(f"{__name__}.{name}")
