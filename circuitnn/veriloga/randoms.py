"""Random numbers of a module: `$random`, `$rdist_…` and `$dist_…`.

A number that stands in the analog block is one draw at each accepted point; it is held while that point is solved for.
One in the statements of an event is drawn when the event happens, one of `@(initial_step)` once. Numbers depend on
`.options seed`, the name of the instance, the place in the module, the value of the seed argument, and how many have
been drawn there.
"""

from __future__ import annotations

from collections.abc import Callable

from circuitnn.equations import graph
from circuitnn.equations.expr import ZERO, Expr, symbol
from circuitnn.equations.rules import where
from circuitnn.veriloga import tree
from circuitnn.veriloga.device_memories import Draw, Moments
from circuitnn.veriloga.evaluation import Value
from circuitnn.veriloga.functions import rounded
from circuitnn.veriloga.operators import RANDOM
from circuitnn.veriloga.source import Fault

MEANS = {"uniform": 0.5, "normal": 0.0, "exponential": 1.0}
MOST = 5000  # random numbers of a device
DEGREES = 100  # largest number of degrees of freedom, and of stages
# The largest mean of a Poisson distribution that is counted; the normal distribution differs little from one of more.
COUNTED, COUNTS = 100.0, 180


class Randoms(Moments):
    """Evaluates calls of random functions."""

    def call(self, call: tree.Call) -> Value:
        """Value of a call."""
        distribution = _DISTRIBUTIONS.get(call.name.replace("$dist_", "$rdist_"))
        if distribution is None or call.name in self.scope.functions:
            return super().call(call)
        count, law = distribution
        given = call.arguments
        if count is None:
            if len(given) > 1:
                raise Fault(f"'{call.name}' takes a seed or nothing", call.at)
            return law(self, call, self._seed(given[0] if given else None))
        if len(given) == count + 2 and isinstance(given[-1], tree.String):
            given = given[
                :-1
            ]  # "global" or "instance", of a paramset: instances have numbers of their own anyhow
        if len(given) != count + 1 or None in given:
            raise Fault(f"'{call.name}' takes a seed and {count} numbers, {len(given)} given", call.at)
        numbers = [self.number(a) for a in given[1:] if a is not None]
        value = law(self, call, self._seed(given[0]), *numbers)
        return rounded(value) if call.name.startswith("$dist_") and value.op != "floor" else value

    def _seed(self, argument: tree.Expression | None) -> Expr | None:
        """What the sequence depends on: the first value of the seed, if parameters give it."""
        if argument is None:
            return None
        value = self.number(argument)
        if isinstance(argument, tree.Name | tree.Index) and value.op == "symbol":
            value = self.first_value(str(value.value)) or value
        return value if self.given_by(value, self._constants) else None

    def first_value(self, name: str) -> Expr | None:
        """Value before the first point of the variable that a symbol stands for, if it is one."""
        raise NotImplementedError

    def _draw(self, call: tree.Call, seed: Expr | None, kind: str) -> Expr:
        """A random number of its own for this call."""
        name = self.numbered(call.at, RANDOM)
        if len(self.draws) >= MOST:
            raise Fault(f"a device can have at most {MOST} random numbers", call.at)
        if self.in_event:
            self.used_up.add(name)
        again = None if self.in_event or self.starting else self.holds()
        self.draws[name] = Draw(kind, seed, again, call.at)
        return symbol(name)

    def _count(self, call: tree.Call, value: Expr, what: str) -> int:
        """A number that must be known before the simulation."""
        assert call.arguments[1] is not None
        count = round(self.sampled(value, call.arguments[1].at))
        if not 1 <= count <= DEGREES:
            raise Fault(f"{what} of '{call.name}' must lie between 1 and {DEGREES}, not {count}", call.at)
        return count

    def _random(self, call: tree.Call, seed: Expr | None) -> Expr:
        return graph.floor(self._draw(call, seed, "uniform") * 4294967296.0) - 2147483648.0

    def _uniform(self, call: tree.Call, seed: Expr | None, low: Expr, high: Expr) -> Expr:
        u = self._draw(call, seed, "uniform")
        if call.name.startswith("$dist_"):
            return graph.floor(rounded(low) + u * (rounded(high) - rounded(low) + 1.0))
        return low + (high - low) * u

    def _normal(self, call: tree.Call, seed: Expr | None, mean: Expr, deviation: Expr) -> Expr:
        return mean + deviation * self._draw(call, seed, "normal")

    def _exponential(self, call: tree.Call, seed: Expr | None, mean: Expr) -> Expr:
        return mean * self._draw(call, seed, "exponential")

    def _chi_square(self, call: tree.Call, seed: Expr | None, degrees: Expr) -> Expr:
        count = self._count(call, degrees, "the degrees of freedom")
        total: Expr = ZERO
        for _ in range(count // 2):
            total = total + 2.0 * self._draw(call, seed, "exponential")
        if count % 2:
            normal = self._draw(call, seed, "normal")
            total = total + normal * normal
        return total

    def _t(self, call: tree.Call, seed: Expr | None, degrees: Expr) -> Expr:
        count = self._count(call, degrees, "the degrees of freedom")
        return self._draw(call, seed, "normal") / graph.sqrt(
            self._chi_square(call, seed, degrees) / float(count)
        )

    def _erlang(self, call: tree.Call, seed: Expr | None, stages: Expr, mean: Expr) -> Expr:
        count = self._count(call, stages, "the number of stages")
        total: Expr = ZERO
        for _ in range(count):
            total = total + self._draw(call, seed, "exponential")
        return mean * total / float(count)

    def _poisson(self, call: tree.Call, seed: Expr | None, mean: Expr) -> Expr:
        """The number of values of the distribution function that lie below a uniform number."""
        u = self._draw(call, seed, "uniform")
        probability = graph.exp(-mean)
        below, count = probability, ZERO
        most = COUNTS
        if mean.op == "const":
            most = min(COUNTS, int(mean.number + 12.0 * max(mean.number, 1.0) ** 0.5) + 20)
        for k in range(1, most):
            count = count + (u > below)
            probability = probability * mean / float(k)
            below = below + probability
        if mean.op == "const" and mean.number <= COUNTED:
            return count
        many = mean + graph.sqrt(graph.max_(mean, 0.0)) * self._draw(call, seed, "normal")
        return where(mean <= COUNTED, count, graph.max_(rounded(many), 0.0))

    def means(self) -> dict[str, Expr | float]:
        """Mean of each random number that is drawn at every point."""
        return {name: MEANS[d.kind] for name, d in self.draws.items() if d.again is not None}


_DISTRIBUTIONS: dict[str, tuple[int | None, Callable[..., Expr]]] = {
    "$random": (None, Randoms._random),
    "$arandom": (None, Randoms._random),
    "$rdist_uniform": (2, Randoms._uniform),
    "$rdist_normal": (2, Randoms._normal),
    "$rdist_exponential": (1, Randoms._exponential),
    "$rdist_chi_square": (1, Randoms._chi_square),
    "$rdist_t": (1, Randoms._t),
    "$rdist_erlang": (2, Randoms._erlang),
    "$rdist_poisson": (1, Randoms._poisson),
}
NAMES = frozenset(
    name.replace("$rdist_", prefix) for name in _DISTRIBUTIONS for prefix in ("$rdist_", "$dist_")
)
