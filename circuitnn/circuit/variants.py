"""Methods of `Circuit` that give changed copies: other options, another analysis, a corner."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.circuit.builder import Value
from circuitnn.circuit.value import Edit
from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.text import lowered
from circuitnn.machine.user_input import name_of, pairs_of
from circuitnn.netlist.statements import asking
from circuitnn.options import Options, option_of
from circuitnn.registry.analyses import ANALYSES
from circuitnn.units import number_of

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit

_NUMBER = re.compile(r"@(?P<name>[\w.#]+)\[(?P<key>\w+)\]")

OPTION_CARDS = (".options", ".option", ".opt", ".temp")
Corner = Mapping[str, Value | Mapping[str, str]]


def altered(
    circuit: Circuit,
    values: Mapping[tuple[str, str], float | Sequence[float]] | None = None,
    models: Mapping[str, Mapping[str, float]] | None = None,
) -> Circuit:
    """Make a copy in which numbers of elements and of model cards are changed.

    Parameters
    ----------
    values : mapping of (str, str) to float or sequence of float, optional
        Element and number: ``{("r1", ""): 2e3, ("d1", "area"): 2, ("v1", "pulse"): (0, 1)}``; "" is the main one.
    models : mapping of str to mapping of str to float, optional
        ``{"dm": {"is": 1e-15}}``.

    Returns
    -------
    Circuit

    Raises
    ------
    AnalysisError, NetlistError
        If there is no such element, model or number.
    """
    taken = _values({} if values is None else values)
    source = circuit.source
    changes = pairs_of({} if models is None else models, "models", '{"dm": {"is": 1e-15}}')
    if not changes:
        return type(circuit).of(source.altered(taken))
    cards = {name: {**numbers} for name, numbers in source.models.items()}
    for model, numbers in changes:
        given = {
            k: number_of(v, f"{model} {k}") for k, v in pairs_of(numbers, f"models: {model}", '{"is": 1e-15}')
        }
        cards[model] = {**cards.get(model, {}), **given}
        if not any(model in d.models for d in circuit.deck.root.everything()):
            names = [n for d in circuit.deck.root.everything() for n in d.models]
            raise AnalysisError(f"there is no model {model} to alter{nearest(model, names)}")
    changed = source.changed(models=cards)
    _ = changed.flat  # fails here if something is wrong
    return type(circuit).of(changed.altered(taken) if taken else changed)


def _values(given: Mapping[tuple[str, str], object]) -> dict[tuple[str, str], float | tuple[float, ...]]:
    """Numbers by the lower-case names of element and number."""
    if not isinstance(given, Mapping) or not all(isinstance(k, tuple) and len(k) == 2 for k in given):
        raise AnalysisError(
            'values: must be a mapping of (element, number) to its value, as {("r1", ""): 2e3}'
        )
    return {
        (name_of(name, "element"), name_of(key, "number")): _numbers(name, key, value)
        for (name, key), value in given.items()
    }


def _numbers(name: str, key: str, value: Any) -> float | tuple[float, ...]:
    """One number, or those of a waveform."""
    label = f"{name} {key}".strip()
    if isinstance(value, str) or np.ndim(value) == 0:
        return number_of(value, label)
    return tuple([number_of(number, label) for number in value])


def with_parameters(circuit: Circuit, **parameters: float) -> Circuit:
    """Make a copy with other values of top-level ``.param`` cards.

    Parameters
    ----------
    **parameters : float
        [SI]

    Returns
    -------
    Circuit
    """
    given = {lowered(name): number_of(value, name) for name, value in parameters.items()}
    return type(circuit).of(circuit.source.changed(parameters={**circuit.source.parameters, **given}))


def without_control(circuit: Circuit) -> Circuit:
    """Make a copy without the deck's control blocks.

    Returns
    -------
    Circuit
    """
    return type(circuit).of(circuit.source.changed(control=False))


@checked_arguments
def with_card(circuit: Circuit, keyword: str, text: str, origin: int = 0, keep: bool = False) -> Circuit:
    """Make a copy with one more dot card, in place of all analyses and measures unless `keep`.

    Parameters
    ----------
    keyword : str
        ``".tran"``, ``".meas"``, ….
    text : str
        The rest of the card, in lower case.
    origin : int
        Where the card stands, for messages.
    keep : bool
        Keep the other analyses and measures.

    Returns
    -------
    Circuit
    """
    kind = "settings" if keyword in OPTION_CARDS else "edits"
    removed = () if keep else (*asking(), ".meas", ".measure")
    edits = (*getattr(circuit.source, kind), Edit(removed, (keyword, text, origin)))
    return type(circuit).of(circuit.source.changed(**{kind: edits}))


def with_options(circuit: Circuit, **options: float | str | bool) -> Circuit:
    """Make a copy with other options than those on the deck's cards.

    Parameters
    ----------
    **options : float, str or bool
        As on a card. ``temp`` replaces ``.temp`` as well; with another ``seed``, ``agauss`` and similar functions
        draw other numbers.

    Returns
    -------
    Circuit
    """
    given = {name: option_of(name, value) for name, value in options.items()}
    changed = circuit.source.changed(options={**circuit.source.options, **given})
    if "ngbehavior" in given:
        changed = changed.changed(behaviour=str(given["ngbehavior"]))
    return type(circuit).of(changed)


def with_dialect(circuit: Circuit, behaviour: str) -> Circuit:
    """Make a copy whose deck is read by another simulator's rules.

    Parameters
    ----------
    behaviour : str
        As ngspice's variable ``ngbehavior``: ``"psa"`` for PSPICE, ``"lta"`` for LTspice, ``"hs"`` for HSPICE.

    Returns
    -------
    Circuit
    """
    return type(circuit).of(circuit.source.changed(behaviour=name_of(behaviour, "behaviour")))


def with_analysis(circuit: Circuit, card: str) -> Circuit:
    """Make a copy with one analysis in place of the deck's; its ``.meas`` cards stay.

    Parameters
    ----------
    card : str
        As in a deck, with or without its dot: ``"tran 1n 1u"``.

    Returns
    -------
    Circuit

    Raises
    ------
    AnalysisError
        If the first word is not an analysis.
    """
    keyword, _, rest = name_of(card, "analysis card").strip().partition(" ")
    keyword = f".{keyword.removeprefix('.')}"
    if keyword[1:] not in ANALYSES:
        raise AnalysisError(
            f"analysis card = {card!r}: this is not an analysis{nearest(keyword, [f'.{name}' for name in ANALYSES])}"
        )
    edit = Edit(asking(), (keyword, rest, 0))
    return type(circuit).of(circuit.source.changed(edits=(*circuit.source.edits, edit)))


def with_external(circuit: Circuit, **functions: Callable[[float], float]) -> Circuit:
    """Make a copy in which functions give the values of sources while a transient runs.

    The cards of these sources have the word ``external``: ``v1 in 0 dc 0 external``. The dc value is that of operating
    points.

    Parameters
    ----------
    **functions : callable
        Source → function of the time [s] that returns its value [V or A]. It is called for each trial step, so times
        may go back. Step control follows smooth functions; a jump needs a short ``tmax``.

    Returns
    -------
    Circuit

    Raises
    ------
    AnalysisError
        There is no such source, or its card does not have the word.
    """
    given = {lowered(name): function for name, function in functions.items()}
    known = external_sources(circuit)
    for name in given:
        if name not in known:
            raise AnalysisError(
                f"{name} is not a source with the word 'external' on its card{nearest(name, known)}"
            )
    return type(circuit).of(circuit.source.changed(external={**circuit.source.external, **given}))


def external_sources(circuit: Circuit) -> list[str]:
    """List the sources whose values functions give.

    Parameters
    ----------
    circuit : Circuit

    Returns
    -------
    list of str
    """
    return [
        name
        for table in circuit.flat.elements
        for name, waveform in zip(table.names, table.waveforms, strict=False)
        if waveform is not None and waveform.kind == "external"
    ]


def at_corner(circuit: Circuit, corner: Corner) -> Circuit:
    """Make a copy at a corner: other parameters, sections of libraries, temperature.

    Parameters
    ----------
    corner : mapping of str to float or str
        ``.param`` names; ``temp`` [°C] and other options; ``lib``: the section to take of all libraries, or a
        mapping of library files to sections; elements (``"r1"``), and numbers of elements and model
        cards (``"@m1[w]"``, ``"@nch[vto]"``). Values may be text of a deck (``"1.8k"``).

    Returns
    -------
    Circuit

    Raises
    ------
    AnalysisError
        If a name is unknown in this deck.
    NetlistError
        If the deck has faults, or a library lacks the section.
    """
    wanted: dict[str, Any] = dict(pairs_of(corner, "corner", '{"vdd": 0.9, "temp": 85}'))
    sections = wanted.pop("lib", None)
    if sections is not None:
        circuit = _with_sections(
            circuit, sections if isinstance(sections, Mapping) else {"*": name_of(sections, "corner: lib")}
        )
    parameters, options, values = {}, {}, {}
    models: dict[str, dict[str, float]] = {}
    model_names = {name for d in circuit.deck.root.everything() for name in d.models}
    for name, value in wanted.items():
        number = _NUMBER.fullmatch(name)
        if name in circuit.deck.root.parameters:
            parameters[name] = number_of(value, f"corner: {name}")
        elif name in Options.table:
            options[name] = option_of(name, value)
        elif number is not None and number["name"] in model_names:
            models.setdefault(number["name"], {})[number["key"]] = number_of(value, f"corner: {name}")
        elif number is not None:
            values[number["name"], number["key"]] = number_of(value, f"corner: {name}")
        else:
            values[name, ""] = number_of(value, f"corner: {name}")
    _check(circuit, [name for name, key in values if not key])
    changed = circuit.with_parameters(**parameters) if parameters else circuit
    changed = with_options(changed, **options) if options else changed
    return changed.altered(values, models) if values or models else changed


def _with_sections(circuit: Circuit, sections: Mapping[str, str]) -> Circuit:
    """A copy that reads other sections of its libraries."""
    given = {file: name_of(section, "corner: lib") for file, section in sections.items()}
    return type(circuit).of(circuit.source.changed(sections={**circuit.source.sections, **given}))


def _check(circuit: Circuit, names: list[str]) -> None:
    """Report names that are neither parameters nor options nor elements."""
    if not names:
        return
    flat = circuit.flat
    elements = [*(n for t in flat.elements for n in t.names), *(n for t in flat.devices for n in t.names)]
    for name in names:
        if name not in elements:
            known = [*circuit.deck.root.parameters, "temp", "lib", *elements]
            raise AnalysisError(f"corner: there is no '{name}'{nearest(name, known)}")
