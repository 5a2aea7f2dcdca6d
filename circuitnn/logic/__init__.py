"""Digital code models, found by folder: each file of `families` defines some, and no other file names them."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from circuitnn.logic.code_model import CodeModel


@cache
def code_models() -> dict[str, CodeModel]:
    """Every digital code model, by the type of its model cards."""
    models: dict[str, CodeModel] = {}
    for folder in __path__:
        for name in sorted(os.listdir(os.path.join(folder, "families"))):
            if name.endswith(".py") and name[0] != "_":
                stated = import_module(f"{__name__}.families.{name[:-3]}").MODELS
                models |= {model.name: model for model in stated}
    return models


def known(name: str) -> bool:
    """Whether a model type is that of a digital code model.

    All of ngspice's begin or end alike: decks of analog blocks need not import these.
    """
    return (name.startswith("d_") or name.endswith("_bridge")) and name in code_models()
