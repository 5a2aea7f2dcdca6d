"""Calls: access functions, operators as ``ddt``, noise, questions to the simulator, mathematical functions."""

from __future__ import annotations

from collections.abc import Callable

from circuitnn.equations import graph
from circuitnn.equations.expr import ONE, ZERO, Expr, const, symbol, symbols
from circuitnn.equations.rules import compare
from circuitnn.errors import nearest
from circuitnn.veriloga import tree
from circuitnn.veriloga.evaluation import TEMPERATURE, Value, element_key
from circuitnn.veriloga.functions import FUNCTIONS, power
from circuitnn.veriloga.operators import (
    ANALYSIS,
    DDX,
    DELAYED,
    FLOW,
    NOISE,
    PORT,
    STIMULUS,
    Delay,
    NoiseSource,
    Slope,
)
from circuitnn.veriloga.source import Fault
from circuitnn.veriloga.string_functions import METHODS, called
from circuitnn.veriloga.tables import Tables

K_OVER_Q = 1.3806488e-23 / 1.602176565e-19  # of $vt: constants of 2010, as other compilers take them

# Values of $simparam for what the engine has or does not have.
_SIMULATOR: dict[str, Expr] = {
    "gmin": symbol("gmin"),
    "tnom": symbol("tnom"),
    "scale": const(1.0),
    "shrink": const(0.0),
    "simulatorVersion": const(1.0),
    "sourceScaleFactor": const(1.0),
    "imax": const(1.0),
    "imelt": const(1.0),
    "iteration": const(1.0),
    "rthresh": const(1e-3),
}
_LATER = ("$test$plusargs $value$plusargs $realfreq $prev $fscanf $sscanf $simprobe").split()


class Calls(Tables):
    """Evaluates calls."""

    def call(self, call: tree.Call) -> Value:
        """Value of a call."""
        name = call.name
        if name in self.scope.functions:
            return self.function(self.scope.functions[name], call)
        if name in _CALLS:
            return _CALLS[name](self, call)
        if name in FUNCTIONS:
            count, function = FUNCTIONS[name]
            arguments = self.arguments(call, count, count)
            exponent = call.arguments[1] if name in ("pow", "$pow") else None
            if exponent is not None:
                return power(arguments[0], arguments[1], self.integer(exponent))
            return function(*arguments)
        if name in self.scope.access:
            return self._access(call)
        text, _, method = name.rpartition(".")
        if text and method in METHODS:
            return self._of_string(call, text, method)
        if name in _LATER:
            raise Fault(f"'{name}' is not supported yet", call.at)
        known = [*FUNCTIONS, *_CALLS, *self.scope.access, *self.scope.functions]
        raise Fault(f"there is no function '{name}'{nearest(name, known)}", call.at)

    def function(self, function: tree.Function, call: tree.Call) -> Value:
        """Value of a call of an analog function."""
        raise Fault(f"'{function.name}' is an analog function; parameters cannot call it", call.at)

    def _of_string(self, call: tree.Call, text: str, method: str) -> Value:
        """Value of a method of a string."""
        of = self.value(tree.Name(text, call.at))
        if not isinstance(of, str):
            raise Fault(f"'{text}' is no string", call.at)
        given = [self.value(a) for a in call.arguments if a is not None]
        plain = [self.sampled(a, call.at) if isinstance(a, Expr) else a for a in given]
        return called(of, method, [a for a in plain if isinstance(a, str | float)], call.at)

    def arguments(self, call: tree.Call, least: int, most: int) -> list[Expr]:
        """Values of the arguments, which must be numbers."""
        given = call.arguments
        if not least <= len(given) <= most or None in given:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise Fault(f"'{call.name}' takes {wanted} arguments, {len(given)} given", call.at)
        return [self.number(a) for a in given if a is not None]

    def located(self, call: tree.Call) -> tree.Call:
        """A call of an access function whose indices of nodes are numbers."""
        arguments = [self._placed(a) if isinstance(a, tree.Index) else a for a in call.arguments]
        return call._replace(arguments=tuple(arguments))

    def _placed(self, node: tree.Index) -> tree.Index:
        if isinstance(node.place, tree.Number):
            return node
        index = self.whole(self.number(node.place), node.place.at)
        return node._replace(place=tree.Number(index, node.place.at))

    def _access(self, call: tree.Call) -> Expr:
        kind, _ = self.scope.access[call.name]
        first = call.arguments[0] if call.arguments else None
        if isinstance(first, tree.PortFlow):
            if "." in first.port:
                raise Fault("the flow of a port of an instance is not supported", first.at)
            node = self.scope.node(tree.Name(first.port, first.at))
            return symbol(PORT + node)
        branch, sign = self.scope.branch(self.located(call))
        if kind == "potential":
            return (self.unknowns[branch.plus] - self.unknowns[branch.minus]) * sign
        self.probed[str(branch)] = branch
        return symbol(FLOW + str(branch)) * sign

    def _ddt(self, call: tree.Call) -> Expr:
        argument = self.arguments(call, 1, 2)[0]
        if self.has_rate(argument):
            raise Fault(
                "a time derivative of a time derivative is not supported; give it a node of its own", call.at
            )
        return graph.ddt(argument)

    def target_name(self) -> str:
        """Name of the variable that is being assigned, if any."""
        return ""

    def _sampled_filter(self, call: tree.Call) -> Expr:
        message = f"'{call.name}' is not supported: write the samples of a filter with @(timer) and variables"
        raise Fault(message, call.at)

    def _ddx(self, call: tree.Call) -> Expr:
        if len(call.arguments) != 2 or not isinstance(call.arguments[1], tree.Call):
            raise Fault("'ddx' takes an expression and a probe: ddx(expression, V(node))", call.at)
        assert call.arguments[0] is not None
        of, probe = self.number(call.arguments[0]), call.arguments[1]
        by = self._access(probe)
        sign = 1.0
        if by.op == "neg":
            by, sign = by.args[0], -1.0
        if by.op != "symbol":
            raise Fault("'ddx' derives by the potential of one node or the flow of one branch", probe.at)
        if self.has_rate(of):
            raise Fault("'ddx' of a time derivative is not supported", call.at)
        if self.given_by(of, self._constants):
            return ZERO
        slope = Slope(of, str(by.value))
        name = next((n for n, known in self.slopes.items() if known == slope), f"{DDX}{len(self.slopes)}")
        self.slopes[name] = slope  # derived if equations need it: most are values that are shown
        return symbol(name) * sign

    def _noise_name(self, call: tree.Call, place: int) -> str:
        given = call.arguments[place] if len(call.arguments) > place else None
        name = self.value(given) if given is not None else f"noise{len(self.noises) + 1}"
        return name.replace(" ", "_") if isinstance(name, str) else f"noise{len(self.noises) + 1}"

    def _noise(self, name: str, power: Expr, exponent: Expr) -> Expr:
        self.noises.append(NoiseSource(name, power, exponent))
        return symbol(f"{NOISE}{len(self.noises) - 1}")

    def _white_noise(self, call: tree.Call) -> Expr:
        name = self._noise_name(call, 1)
        (density,) = self.arguments(call._replace(arguments=call.arguments[:1]), 1, 1)
        return self._noise(name, density, ZERO)

    def _flicker_noise(self, call: tree.Call) -> Expr:
        name = self._noise_name(call, 2)
        density, exponent = self.arguments(call._replace(arguments=call.arguments[:2]), 2, 2)
        return self._noise(name, density, exponent)

    def _noise_table(self, call: tree.Call) -> Expr:
        return self._noise(self._noise_name(call, 1), self.spectrum(call), ZERO)

    def _ac_stim(self, call: tree.Call) -> Expr:
        """A phasor of the small-signal analysis; the symbol of a source that is no noise."""
        words, numbers = call.arguments[:1], call.arguments[1:3]
        analysis = self.value(words[0]) if words and words[0] is not None else "ac"
        if not isinstance(analysis, str) or len(call.arguments) > 3:
            raise Fault(
                "'ac_stim' takes the name of an analysis, a magnitude and a phase in radians", call.at
            )
        given = [self.number(each) for each in numbers if each is not None]
        magnitude, phase = [*given, *(ONE, ZERO)[len(given) :]]
        if analysis != "ac":
            self.remarks.append((f'only .ac knows phasors: ac_stim("{analysis}") is 0', call.at))
            return ZERO
        self.noises.append(NoiseSource(STIMULUS, magnitude, phase))
        return symbol(f"{NOISE}{len(self.noises) - 1}")

    def _analysis(self, call: tree.Call) -> Expr:
        words = [self.value(a) for a in call.arguments if a is not None and not isinstance(a, tree.Name)]
        words += [a.name for a in call.arguments if isinstance(a, tree.Name)]
        if words == ["noise"]:
            return const(1.0)  # what is computed for noise has no effect elsewhere
        self.analyses[name := ANALYSIS + ",".join(map(str, words))] = call.at
        return symbol(name)

    def _param_given(self, call: tree.Call) -> Expr:
        name = call.arguments[0] if len(call.arguments) == 1 else None
        if not isinstance(name, tree.Name):
            raise Fault("'$param_given' takes the name of a parameter", call.at)
        of = self.scope.aliases.get(name.name, name.name)
        if of not in self.scope.parameters:
            raise self.known(of, name.at)
        keys = {of, element_key(of, 0)} & self.given.given
        return const(float(bool(keys)))

    def _simparam(self, call: tree.Call) -> Value:
        first, *more = call.arguments or (None,)
        word = self.value(first) if first is not None else None
        if not isinstance(word, str):
            raise Fault(f"'{call.name}' takes the name of a parameter of the simulator, in quotes", call.at)
        if word in _SIMULATOR:
            return _SIMULATOR[word]
        if more and more[0] is not None:
            return self.value(more[0])
        message = f"the simulator has no parameter '{word}'{nearest(word, list(_SIMULATOR))}; give a default"
        raise Fault(f'{message}: {call.name}("{word}", 0)', call.at)

    def _bits_needed(self, call: tree.Call) -> Expr:
        """``$clog2``: how many bits tell so many things from each other."""
        (count,) = self.arguments(call, 1, 1)
        return const(float((max(self.whole(count, call.at), 1) - 1).bit_length()))

    def _absdelay(self, call: tree.Call) -> Expr:
        """What a signal was some time ago: a state that the engine makes follow another (`system.delayed`)."""
        signal, delay = self.arguments(call, 2, 3)[:2]
        if not self.given_by(delay, self._constants):
            raise Fault(
                "a delay that changes during the simulation is not supported: 'absdelay' takes one that parameters "
                "give, at most",
                call.at,
            )
        if self.decide(compare("lt", delay, ZERO)):
            raise Fault("the delay of 'absdelay' is negative", call.at)
        if not self.decide(compare("lt", ZERO, delay)):
            return signal
        name = f"delay{len(self.delays) + 1}"
        potentials = {name for name, e in self.unknowns.items() if e.op == "symbol"}
        of_flow = not symbols([signal]) & {str(self.unknowns[name].value) for name in potentials}
        self.delays.append(Delay(name, signal, delay, of_flow))
        return symbol(DELAYED + name)

    def no_file(self, at: int) -> None:
        """Take note, once, that models write no files."""
        sentence = "models write no files: '$fopen' opens none, and what is written is lost"
        if all(known != sentence for known, _ in self.remarks):
            self.remarks.append((sentence, at))

    def _open(self, call: tree.Call) -> Expr:
        self.no_file(call.at)
        return const(1.0)

    starting = False  # within what is executed before the first point

    def _time(self, call: tree.Call) -> Expr:
        return ZERO if self.starting else symbol("time")

    def _vt(self, call: tree.Call) -> Expr:
        given = self.arguments(call, 0, 1)
        return (given[0] if given else TEMPERATURE) * K_OVER_Q

    def _limit(self, call: tree.Call) -> Value:
        """The probe itself: a converged point has no limited voltage. Junctions become limits of the engine."""
        probe = call.arguments[0] if call.arguments else None
        if probe is None:
            raise Fault("'$limit' takes a probe, the name of a limiting function, and its arguments", call.at)
        value = self.number(probe)
        kind = call.arguments[1] if len(call.arguments) > 1 else None
        pnjlim = isinstance(kind, tree.String) and kind.value == "pnjlim" and len(call.arguments) == 4
        if pnjlim and isinstance(probe, tree.Call) and probe.name in self.scope.access:
            branch, sign = self.scope.branch(self.located(probe))
            thermal, critical = (self.number(a) for a in call.arguments[2:] if a is not None)
            if all(self.given_by(e, self._constants) for e in (thermal, critical)):
                self.limits.append((branch, sign, thermal, critical))
        return value


_CALLS: dict[str, Callable[[Calls, tree.Call], Value]] = {
    "ddt": Calls._ddt,
    "ddx": Calls._ddx,
    "white_noise": Calls._white_noise,
    "flicker_noise": Calls._flicker_noise,
    **dict.fromkeys(("noise_table", "noise_table_log"), Calls._noise_table),
    "ac_stim": Calls._ac_stim,
    "analysis": Calls._analysis,
    "absdelay": Calls._absdelay,
    **dict.fromkeys(("laplace_nd", "laplace_np", "laplace_zd", "laplace_zp"), Calls.laplace),
    **dict.fromkeys(("zi_nd", "zi_np", "zi_zd", "zi_zp"), Calls._sampled_filter),
    "$table_model": Calls.table_model,
    "$param_given": Calls._param_given,
    "$port_connected": lambda calls, call: const(1.0),
    "$simparam": Calls._simparam,
    "$simparam$str": Calls._simparam,
    "$clog2": Calls._bits_needed,
    "$vt": Calls._vt,
    "$fopen": Calls._open,
    "$limit": Calls._limit,
    "$abstime": Calls._time,
    "$realtime": Calls._time,
    "$temperature": lambda calls, call: TEMPERATURE,
    "$mfactor": lambda calls, call: symbol("multiplier"),
    **dict.fromkeys(("$xposition", "$yposition", "$angle"), lambda calls, call: ZERO),
    **dict.fromkeys(("$hflip", "$vflip"), lambda calls, call: const(1.0)),
}
