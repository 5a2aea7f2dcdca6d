"""``circuitnn check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from circuitnn.cli.limits import limit_options
from circuitnn.cli.outcome import FAILED
from circuitnn.cli.own_models import load_all, models_option
from circuitnn.elements import element
from circuitnn.flat import FlatCircuit
from circuitnn.system import topology


@click.command()
@click.argument("deck", type=click.Path(dir_okay=False))
@limit_options
@models_option
def check(deck: str, files: Sequence[str]) -> int:
    """Read a deck and check its topology without running it."""
    from circuitnn.circuit.circuit import load

    load_all(files)
    flat = load(deck).flat
    for line in contents(flat):
        click.echo(line)
    faults = [*flat.refused, *topology.faults(flat)]
    for fault in faults:
        click.echo(f"Error: {fault}", err=True)
    count = f"{len(faults)} fault{'s' * (len(faults) != 1)}"
    click.echo(f"{deck}: {count if faults else 'good'}")
    return FAILED if faults else 0


def contents(flat: FlatCircuit) -> Iterator[str]:
    """Lines about the contents of a circuit."""
    yield flat.title.strip()
    rows = [("nodes", len(flat.node_names) - 1)]
    rows += [(element(table.kind).plural, len(table.names)) for table in flat.elements]
    rows.append(("behavioural sources", sum(len(source.names) for source in flat.behavioural)))
    rows += [(f"devices, {devices.model}", len(devices.names)) for devices in flat.devices]
    rows += [("measures", len(flat.measures))]
    for name, count in rows:
        if count or name == "nodes":
            yield f"  {count:>9,d}  {name}"
    analyses = ", ".join([*(card.kind for card in flat.analyses), *["step"] * len(flat.steps)])
    yield f"  analyses: {analyses}" if analyses else "  no analysis card"
