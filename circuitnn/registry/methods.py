"""The methods of a `Circuit` that are analyses. The build writes ``methods.pyi`` with their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from circuitnn.registry.analyses import Analysis
    from circuitnn.registry.folder import Folder


class Method:
    """A method that is the verb of an analysis; the analysis is imported when the method is accessed."""

    def __init__(self, analyses: Folder[Analysis], name: str) -> None:
        self._analyses, self._name = analyses, name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self._analyses[self._name].verb.__get__(instance, owner)


class AnalysisMethods:
    """A method for each analysis; `circuitnn.registry.analyses` puts them here."""

    if TYPE_CHECKING:  # without methods.pyi

        def __getattr__(self, name: str) -> Any: ...
