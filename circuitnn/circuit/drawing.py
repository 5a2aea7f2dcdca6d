"""Display of a circuit in notebooks: a table of its elements, and its netlist as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circuitnn.elements import element
from circuitnn.errors import AnalysisError
from circuitnn.flat import GROUND, FlatCircuit
from circuitnn.results.figures import colours, new_figure, setting, shorten, style
from circuitnn.results.markup import headed, picture, table

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from circuitnn.results.canvas import Picture

MAX_DRAWN = 60  # elements; a larger graph shows nothing


def page(circuit: FlatCircuit) -> str:
    """Write a table of elements, and draw the netlist if it is small.

    Parameters
    ----------
    circuit : FlatCircuit

    Returns
    -------
    str
        HTML.
    """
    rows = [
        [name, kind, " ".join(circuit.node_names[k] for k in nodes), value]
        for name, kind, nodes, value in members(circuit)
    ]
    count = f"{len(rows)} element{'s' * (len(rows) != 1)}, {len(circuit.node_names) - 1} nodes besides ground"
    parts = [table(["element", "kind", "nodes", "value"], rows)]
    if 0 < len(rows) <= MAX_DRAWN:
        parts.append(picture(netlist(circuit), "netlist"))
    return headed(f"{shorten(circuit.title)}: {count}", *parts)


def members(circuit: FlatCircuit) -> Iterator[tuple[str, str, list[int], str]]:
    """List the elements: name, kind, node numbers and main value.

    Parameters
    ----------
    circuit : FlatCircuit

    Yields
    ------
    name, kind : str
    nodes : list of int
    value : str
        As on a card, in SI units; empty if there is none.
    """
    for elements in circuit.elements:
        of_letter = element(elements.kind)
        kind, _, _ = of_letter.meaning.replace(":", ";").partition(";")
        values = elements.values.get(of_letter.main)
        for k, (name, nodes) in enumerate(zip(elements.names, elements.nodes, strict=True)):
            waveform = elements.waveforms[k] if elements.waveforms else None
            value = waveform.kind if waveform else "" if values is None else f"{values[k]:.6g}"
            yield name, kind, [int(n) for n in nodes], value
    for source in circuit.behavioural:
        for name, nodes in zip(source.names, source.nodes, strict=True):
            yield name, "behavioural source", [int(n) for n in nodes], ""
    for devices in circuit.devices:
        for name, nodes in zip(devices.names, devices.nodes, strict=True):
            yield name, devices.model, [int(n) for n in nodes], ""


def _graph(
    circuit: FlatCircuit,
) -> tuple[list[tuple[str, Hashable]], dict[Hashable, str], list[Hashable]]:
    """Edges from elements to their nodes, labels of both, and the terminals at ground.

    Each terminal at ground has a place of its own: a single ground node would pull the whole graph together.
    """
    edges: list[tuple[str, Hashable]] = []
    labels: dict[Hashable, str] = {}
    grounds: list[Hashable] = []
    for name, _, nodes, _ in members(circuit):
        labels[name] = name
        for terminal, node in enumerate(nodes):
            place: Hashable = ("ground", name, terminal) if node == GROUND else ("node", node)
            edges.append((name, place))
            if node == GROUND:
                grounds.append(place)
            else:
                labels[place] = circuit.node_names[node]
    return edges, labels, grounds


def netlist(circuit: FlatCircuit) -> Picture:
    """Draw the netlist as a graph: elements are boxes, nodes are dots, ground is drawn at each of its terminals.

    Parameters
    ----------
    circuit : FlatCircuit

    Returns
    -------
    circuitnn.results.canvas.Picture

    Raises
    ------
    AnalysisError
        The circuit has no elements, or too many to be seen.
    """
    import matplotlib
    import networkx

    count = sum(1 for _ in members(circuit))
    if not 0 < count <= MAX_DRAWN:
        raise AnalysisError(f"a netlist of 1 to {MAX_DRAWN} elements can be drawn, this one has {count}")
    edges, labels, grounds = _graph(circuit)
    graph = networkx.Graph(edges)
    places = networkx.kamada_kawai_layout(graph)
    size = min(4.0 + 0.12 * len(graph), 11.0)
    cycle, ink, paper = colours(), setting("axes.edgecolor"), setting("axes.facecolor")
    settings: Any = {**style(), "axes.grid": False}
    with matplotlib.rc_context(settings):
        figure = new_figure(1.3 * size, size)
        axis = figure.subplots()
        axis.set_axis_off()
        for first, second in graph.edges:
            (x1, y1), (x2, y2) = places[first], places[second]
            axis.plot([x1, x2], [y1, y2], color=ink, alpha=0.6, linewidth=1.0, zorder=1)
        for place in grounds:
            axis.plot(*places[place], marker="v", color=ink, markersize=7, zorder=2)
        for place, label in labels.items():
            box = isinstance(place, str)
            colour = cycle[0] if box else cycle[1]
            axis.annotate(
                label,
                places[place],
                ha="center",
                va="center",
                fontsize=9,
                color=colour,
                bbox={
                    "boxstyle": "square" if box else "round",
                    "facecolor": paper,
                    "edgecolor": colour,
                },
                zorder=3,
            )
        axis.margins(0.1)
    return figure
