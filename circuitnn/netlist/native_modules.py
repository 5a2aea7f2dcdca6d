"""Libraries that ngspice loads, ``pre_osdi model.osdi``: native code, which no deck runs here."""

from __future__ import annotations

import os

from circuitnn.netlist.definition import Deck

COMMANDS = frozenset(("pre_osdi", "osdi"))
SOURCES = (".va", ".vams")


def tell_native(deck: Deck, folder: str) -> None:
    """Say what to write in place of each library, unless the deck loads modules or its user has loaded the library.

    Parameters
    ----------
    deck : Deck
    folder : str
        Where the deck lies.
    """
    if deck.sources.modules or not deck.control:
        return
    from circuitnn.osdi.library import is_loaded  # few decks have modules

    for line, origin in deck.control:
        word, *files = line.split() or [""]
        for file in files if word.lower() in COMMANDS else ():
            if is_loaded(file.strip("\"'")):
                continue
            deck.sources.warn(origin, f"'{word} {file}' has no effect: {_advice(file, folder)}")


def _advice(file: str, folder: str) -> str:
    stem, _ = os.path.splitext(file.strip("\"'"))
    beside = [stem + ending for ending in SOURCES if os.path.exists(os.path.join(folder, stem + ending))]
    source = beside[0] if beside else f"{os.path.basename(stem)}.va"
    have = f"'{source}' lies beside it" if beside else "take its Verilog-A source"
    library = os.path.basename(stem) + ".osdi"
    return (
        f"it is native code, which no deck runs here. {have[0].upper()}{have[1:]}: a card "
        f'.hdl "{source}" before the control block loads it, as text. Its user can load the library: --models {library}'
    )
