"""Models of devices whose cards name more or fewer nodes than the model has terminals."""

from __future__ import annotations

from circuitnn.models.model import Model


def of_nodes(model: type[Model], count: int) -> type[Model] | None:
    """The model of devices whose cards name so many nodes.

    Parameters
    ----------
    model : type of Model
    count : int

    Returns
    -------
    type of Model or None
        Itself; with a thermal node, which is one more; of a module in Verilog-A without its last ports; None if
        there is none.
    """
    terminals = len(model.named_terminals())
    if count == terminals:
        return model
    if model.heated is not None and count == terminals + 1:
        from circuitnn.models.self_heating import with_node  # few decks ask for it

        return with_node(model)
    return model.with_first_nodes(count)
