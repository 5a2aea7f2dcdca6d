"""All studies by name, and access to them from lower layers: arrays have a method ``study``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from circuitnn.registry.folder import Folder

if TYPE_CHECKING:
    from circuitnn.studies.question import Question

# Arguments of all studies that say how they run; the others say what they compute.
HOW = ("record", "processes", "scheduler", "progress")
STUDIES: Folder[Question] = Folder(
    "circuitnn.studies.questions", "circuitnn.networks.questions", attribute="QUESTION"
)


def study_array(*arguments: Any, **more: Any) -> Any:
    """Call `circuitnn.studies.subjects.study_array`."""
    return import_module("circuitnn.studies.subjects").study_array(*arguments, **more)
