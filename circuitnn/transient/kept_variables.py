"""Variables of models that keep their values from point to point, for the time loop."""

from __future__ import annotations

from circuitnn._cext.kept_variables import KeptVariables
from circuitnn.operating_point.simulation import Simulation
from circuitnn.system.accuracy import Accuracy

# A step of a formula of first order errs by half of its length squared times the second derivative. If each errs by
# some of reltol² of a variable's size, the errors of a whole run add up to less than reltol.
SHARE, POWER = 0.1, 2.0


def kept_variables(simulation: Simulation, exact: Accuracy) -> KeptVariables | None:
    """Find the groups of devices with such variables; None if there are none.

    Parameters
    ----------
    simulation : Simulation
    exact : Accuracy
        Of the transient; its sizes rise where random numbers add to unknowns.
    """
    groups = []
    for c, group in zip(simulation.system.condensed, simulation.system.groups, strict=True):
        kernel = c.placed.kernel
        if kernel.kept is None:
            continue
        column = {name: i for i, name in enumerate(kernel.columns)}
        carried = {name: i for i, name in enumerate(kernel.carried_columns)}
        randoms = [name for name, _ in kernel.randoms]
        kept = kernel.kept
        groups.append(
            (
                group,
                carried.get(kept.error, -1),
                column.get(kept.longest, -1),
                [column[name] for name in kept.due],
                [(randoms.index(name), column[flag]) for name, flag in kept.drawn],
                [(kernel.inputs.index(name), carried[total]) for name, total in kept.noisy],
            )
        )
    if not groups:
        return None
    return KeptVariables(groups, SHARE * simulation.options.reltol**POWER, exact.sizes, exact.statetol)
