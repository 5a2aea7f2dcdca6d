"""Noise of a device: from the symbols of noise sources in the rows to noise that enters them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from circuitnn.equations.derivative import differentiate_all
from circuitnn.equations.expr import ONE, ZERO, Expr, is_const, symbol
from circuitnn.equations.kernel import Noise
from circuitnn.equations.rules import sub
from circuitnn.equations.substitution import substitute
from circuitnn.models.declarations import State
from circuitnn.veriloga.operators import NOISE, NoiseSource, named

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


def noise_of(
    made: Assembled, sources: Sequence[NoiseSource], resolved: Callable[[Iterable[Expr]], list[Expr]]
) -> Iterator[Noise]:
    """Take the symbols of noise sources out of the rows, and return the noise that enters these."""
    into: dict[int, list[tuple[str, Expr]]] = {}
    quiet: dict[str, Expr | float] = {}
    anywhere = named(made.f.values(), NOISE)
    for row, e in made.f.items() if anywhere else ():
        for word in named([e], NOISE):
            name = NOISE + word
            (factor,) = differentiate_all([e], name)
            into.setdefault(int(word), []).append((row, factor))
            quiet[name] = 0.0
    if quiet:
        made.f = dict(zip(made.f, substitute(list(made.f.values()), quiet), strict=True))
    seen: dict[str, int] = {}
    for number, rows in sorted(into.items()):
        source = sources[number]
        seen[source.name] = seen.get(source.name, 0) + 1
        name = source.name if seen[source.name] == 1 else f"{source.name}_{seen[source.name]}"
        white = source.power if is_const(source.exponent, 0.0) else ZERO
        flicker = ZERO if is_const(source.exponent, 0.0) else source.power
        exponent = ONE if is_const(source.exponent, 0.0) else source.exponent
        white, flicker, exponent = resolved([white, flicker, exponent])
        yield Noise(name.lower(), tuple(rows), white, flicker, exponent)
