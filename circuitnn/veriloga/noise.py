"""Noise of a device: from the symbols of noise sources in the rows to noise that enters them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from circuitnn.equations.derivative import by_arguments
from circuitnn.equations.expr import ONE, ZERO, Expr, is_const, order, symbol
from circuitnn.equations.kernel import Noise
from circuitnn.equations.rules import add, mul, sub
from circuitnn.equations.substitution import substitute
from circuitnn.models.declarations import State, Stimulus
from circuitnn.veriloga.operators import NOISE, STIMULUS, NoiseSource, named

if TYPE_CHECKING:
    from circuitnn.veriloga.assembly import Assembled

TOLERANCE = 1e-12  # of an unknown that is nothing but noise


def derived_noise(made: Assembled, free: Callable[[str], str]) -> None:
    """Give noise within time derivatives an unknown of its own, whose derivative is that of any unknown.

    Parameters
    ----------
    made : Assembled
    free : callable
        Returns a name that is not taken.
    """
    stands: dict[str, Expr | float] = {}
    for word in named(made.q.values(), NOISE):
        name = free(f"noise{word}")
        made.states.append(State(name, "", "noise within a time derivative", 0.0, TOLERANCE, hold=False))
        made.f[name], made.q[name] = sub(symbol(name), symbol(NOISE + word)), ZERO
        stands[NOISE + word] = symbol(name)
    made.q = dict(zip(made.q, substitute([*made.q.values()], stands), strict=True))


def _entering(rows: dict[str, Expr]) -> dict[int, list[tuple[str, Expr]]]:
    """Rows that each noise source enters, with factors: one pass along what depends on noise, which is little."""
    slopes: dict[Expr, dict[str, Expr]] = {}  # derivatives by the symbols of noise
    for node in order(rows.values()):
        if node.op == "symbol" and str(node.value).startswith(NOISE):
            slopes[node] = {str(node.value): ONE}
        elif any(a in slopes for a in node.args):
            total: dict[str, Expr] = {}
            for slope, argument in by_arguments(node):
                for name, inner in slopes.get(argument, {}).items():
                    total[name] = add(total.get(name, ZERO), mul(slope, inner))
            slopes[node] = total
    into: dict[int, list[tuple[str, Expr]]] = {}
    for row, e in rows.items():
        for name, factor in slopes.get(e, {}).items():
            into.setdefault(int(name.removeprefix(NOISE)), []).append((row, factor))
    return into


def noise_of(
    made: Assembled, sources: Sequence[NoiseSource], resolved: Callable[[Iterable[Expr]], list[Expr]]
) -> Iterator[Noise]:
    """Take the symbols of noise sources out of the rows, and return the noise that enters these.

    Phasors of ``ac_stim`` are added to `made`.
    """
    into, quiet = _entering(made.f), {NOISE + str(word): 0.0 for word in range(len(sources))}
    if into:
        made.f = dict(zip(made.f, substitute(list(made.f.values()), quiet), strict=True))
    seen: dict[str, int] = {}
    powers = iter(
        resolved([e for number in sorted(into) for e in (sources[number].power, sources[number].exponent)])
    )
    for number, rows in sorted(into.items()):
        source, power, exponent = sources[number], next(powers), next(powers)
        if source.name == STIMULUS:
            made.stimuli.append(Stimulus(tuple(rows), power, exponent))
            continue
        seen[source.name] = seen.get(source.name, 0) + 1
        name = source.name if seen[source.name] == 1 else f"{source.name}_{seen[source.name]}"
        white = is_const(source.exponent, 0.0)
        densities = (power, ZERO, ONE) if white else (ZERO, power, exponent)
        yield Noise(name.lower(), tuple(rows), *densities)
