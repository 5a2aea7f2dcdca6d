"""The analog block, executed with expressions in place of numbers.

Where a condition changes during the simulation both branches are executed, and what they leave behind differently is
selected by the condition. All that statements change lies in `values`, with a journal of what was there before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from circuitnn.equations import graph
from circuitnn.equations.expr import ONE, ZERO, Expr, const, symbol, symbols
from circuitnn.equations.rules import logical_not, where
from circuitnn.equations.substitution import substitute
from circuitnn.errors import nearest
from circuitnn.models.messages import END, EVENT, POINT, START, Message
from circuitnn.veriloga import tree
from circuitnn.veriloga.checking import WRITING, Survey
from circuitnn.veriloga.conditional_numbers import facts
from circuitnn.veriloga.device_memories import NEVER, RUNNING, Moment, Site, sides
from circuitnn.veriloga.evaluation import Value
from circuitnn.veriloga.formatting import filled
from circuitnn.veriloga.functions import rounded
from circuitnn.veriloga.operators import HELD
from circuitnn.veriloga.scope import Branch
from circuitnn.veriloga.source import Fault
from circuitnn.veriloga.variables import Variables, owner

ROUNDS = 128  # of a loop whose condition changes during the simulation: each makes the equations longer

SHOWING = frozenset("$strobe $display $write $monitor $debug $info $warning".split())
_FILED = frozenset("$fstrobe $fdisplay $fwrite $fmonitor $fdebug".split())
STOPPING = frozenset(("$error", "$fatal", "$finish", "$stop"))
_HINTS = {
    "$discontinuity": "",  # steps end at events, and begin anew behind them, in any case
    "$fclose": "",
    "$fflush": "",
}
_OLD = ("bound_step", "discontinuity")  # tasks that had no $ in Verilog-A 1.0
GIVEN = "given"  # keys of whether the potential of a branch is given (1) or its flow (0)
_AT_START = frozenset(("initial_step", "initial_model", "initial_instance", "initial"))
_AT_END = frozenset(("final_step", "noise"))


class Execution(Variables):
    """Executes the analog blocks of a module.

    Attributes
    ----------
    messages : list of Message
    remarks : list of (str, int)
        What has no effect here, and where.
    sources, flows : dict of str to Branch
        Branches with a contribution to their potential, to their flow.
    switches : dict of str to (Branch, Expr)
        Branches of which a condition chooses whether their potential (not 0) or their flow is given.
    indirect : dict of str to (Branch, Expr)
        Branches that carry what makes an expression 0.
    """

    ending = False  # within what is executed after the last point

    def run(self, survey: Survey, active: Site | None = None) -> None:
        """Execute all analog blocks, with the statements of an event if one is given."""
        self.start()
        self.begin_moments(active)
        self.kept, self.structural, self.declared = survey.kept, set(survey.structural), dict(survey.declared)
        self._alive: list[tree.Statement] = []  # made here: nodes are known by their identity
        self.conditions: list[Expr] = []  # that hold where the statement is, of those that are not decided
        self.messages: list[Message] = []
        self.remarks: list[tuple[str, int]] = []
        self.driven: dict[str, Branch] = {}
        self.sources: dict[str, Branch] = {}
        self.flows: dict[str, Branch] = {}
        self.switches: dict[str, tuple[Branch, Expr]] = {}
        self.indirect: dict[str, tuple[Branch, Expr]] = {}
        blocks = sorted(self.scope.analogs, key=lambda block: not block.initial)
        for block in blocks:
            if block.initial:
                self._at_start(block.body)
            else:
                self.execute(block.body)
        self._sort()

    # ------------------------------------------------------------------ statements

    def execute(self, statement: tree.Statement) -> None:
        """Execute a statement."""
        self.step(statement.at)
        _STATEMENTS[type(statement)](self, statement)

    def _block(self, block: tree.Block) -> None:
        if block.declarations:
            self.locals.append(self._declared(block))
        for statement in block.statements:
            self.execute(statement)
        if block.declarations:
            self.locals.pop()

    def _declared(self, block: tree.Block) -> dict[str, tuple[Hashable, tree.Variable]]:
        names: dict[str, tuple[Hashable, tree.Variable]] = {}
        for item in block.declarations:
            if isinstance(item, tree.Parameter):
                raise Fault("parameters of blocks are not supported; declare it in the module", item.at)
            names[item.name] = (f"{block.name}.{item.name}", item)
        return names

    def _assignment(self, statement: tree.Assignment) -> None:
        target = statement.target
        variable = self.variable(target.name)
        if variable is None:
            if target.name in self.scope.parameters:
                raise Fault(f"'{target.name}' is a parameter and cannot be assigned", target.at)
            raise self.known(target.name, target.at)
        key, declared = variable
        self.targets.append(declared.name)
        value = self.value(statement.value) if type(statement.value) is not tree.List else None
        self.targets.pop()
        if isinstance(target, tree.Index):
            self.store_element(key, declared, target, value, statement)
        elif declared.bounds is not None:
            given = self.listed(statement.value, declared.bounds) if value is None else value
            self.store_array(key, declared, given, statement.at)
        else:
            self.store(key, self.converted(declared, value, statement))

    def _if(self, statement: tree.If) -> None:
        condition = self.number(statement.condition)
        if condition in self.known_conditions:
            chosen: bool | None = self.known_conditions[condition]
        elif condition.op != "const" and id(statement) in self.structural:
            chosen = self.decide(condition)
        else:
            chosen = condition.number != 0.0 if condition.op == "const" else None
        if chosen is None:
            self._both(condition, statement.yes, statement.no)
        elif chosen:
            self.execute(statement.yes)
        elif statement.no is not None:
            self.execute(statement.no)

    def _both(self, condition: Expr, yes: tree.Statement, no: tree.Statement | None) -> None:
        """Execute both branches and select what they leave behind."""
        before = self.happened
        if_true = self._branch(condition, yes)
        otherwise = self._branch(logical_not(condition), no) if no is not None else {}
        if self.happened and not before:  # the event stands under this condition, and may decide it
            condition = self.sides.get(condition, condition)
        for key in dict.fromkeys((*if_true, *otherwise)):
            a, b = if_true.get(key), otherwise.get(key)
            a = self._unchanged(key) if a is None else a
            b = self._unchanged(key) if b is None else b
            if isinstance(a, Expr) and isinstance(b, Expr):
                self.store(key, where(condition, a, b))
            elif a == b:
                self.store(key, a)
            else:
                chosen = self.decide(condition)
                if chosen is None:
                    at = yes.at
                    raise Fault(
                        "a string is assigned under a condition that changes during the simulation", at
                    )
                self.store(key, a if chosen else b)

    def _branch(self, condition: Expr, statement: tree.Statement) -> dict[Hashable, Value]:
        """Execute a statement, take back what it changed, and return that."""
        mark = len(self.journal)
        outside = self.known_conditions
        self.known_conditions = {**outside, **dict(facts(condition))}
        self.conditions.append(condition)
        self.execute(statement)
        self.conditions.pop()
        self.known_conditions = outside
        changed = {key: self.values[key] for key, _ in self.journal[mark:]}
        for key, old in reversed(self.journal[mark:]):
            if old is None:
                self.values.pop(key, None)
            else:
                self.values[key] = old
        del self.journal[mark:]
        return changed

    def _unchanged(self, key: Hashable) -> Value:
        """Value of a key that only the other branch has assigned."""
        value = self.values.get(key)
        if value is not None:
            return value
        if isinstance(key, tuple) and key[0] in ("flow", "potential", GIVEN):
            return ZERO
        declared = self.declared[owner(key)]
        return self.before(key, declared, declared.at)

    def _case(self, statement: tree.Case) -> None:
        value = statement.value
        chain: tree.Statement | None = None
        for labels, body in statement.items:
            if not labels:
                chain = body
        for labels, body in reversed(statement.items):
            if not labels:
                continue
            condition: tree.Expression = tree.Binary("==", value, labels[0], labels[0].at)
            for label in labels[1:]:
                condition = tree.Binary("||", condition, tree.Binary("==", value, label, label.at), label.at)
            branch = tree.If(condition, body, chain, statement.at)
            if id(statement) in self.structural:
                self.structural.add(id(branch))
                self._alive.append(branch)
            chain = branch
        if chain is not None:
            self.execute(chain)

    def _loop(self, loop: tree.Loop) -> None:
        if loop.start is not None:
            self._assignment(loop.start)
        self._rounds(loop, 0)

    def _rounds(self, loop: tree.Loop, rounds: int) -> None:
        """Rounds of a loop; once its condition changes during the simulation, each round lies in the one before."""
        while True:
            self.step(loop.at)
            condition = self.number(loop.condition)
            if condition in self.known_conditions:
                condition = const(float(self.known_conditions[condition]))
            if condition.op != "const" and self.fixed(condition):
                condition = const(self.sampled(condition, loop.condition.at))
            if condition.op != "const":
                break
            if condition.number == 0.0:
                return
            if isinstance(loop.condition, tree.Number):
                raise Fault("this condition always holds: how does the loop end?", loop.condition.at)
            self._round(loop)
        if rounds >= ROUNDS:
            message = f"this loop runs more than {ROUNDS} times, and how often changes during the simulation"
            raise Fault(f"{message}; bound it by a counter", loop.at)
        self._both(condition, tree.Round(loop, rounds + 1, loop.at), None)

    def _round(self, loop: tree.Loop) -> None:
        self.execute(loop.body)
        if loop.step is not None:
            self._assignment(loop.step)

    def _next_round(self, statement: tree.Round) -> None:
        self._round(statement.loop)
        self._rounds(statement.loop, statement.rounds)

    def _repeat(self, loop: tree.Repeat) -> None:
        times = self.number(loop.times)
        times = times if self.integer(loop.times) else rounded(times)
        for _ in range(self.whole(times, loop.times.at)):
            self.execute(loop.body)

    # ------------------------------------------------------------------ contributions

    def _contribution(self, statement: tree.Contribution) -> None:
        target = statement.target
        self.at_every_point(f"{target.name}(…) <+", statement.at)
        if target.name not in self.scope.access:
            near = nearest(target.name, list(self.scope.access))
            raise Fault(f"'{target.name}' is no access function of a discipline{near}", target.at)
        if target.arguments and isinstance(target.arguments[0], tree.PortFlow):
            raise Fault("nothing can be contributed to the flow of a port", target.at)
        kind, _ = self.scope.access[target.name]
        branch, sign = self.scope.branch(self.located(target))
        name = str(branch)
        if name in (self.driven if statement.indirect else self.indirect):
            raise Fault(f"'{branch}' has a direct and an indirect contribution", statement.at)
        if statement.indirect:
            self._indirect(statement, branch)
            return
        self.driven[name] = branch
        self._contribute(kind, name, self.number(statement.value) * sign)

    def _contribute(self, kind: str, name: str, value: Expr) -> None:
        """Add to the flow or the potential of a branch; what it had of the other is replaced."""
        other = "potential" if kind == "flow" else "flow"
        wanted = const(float(kind == "potential"))
        before, given = self.values.get((kind, name), ZERO), self.values.get((GIVEN, name), wanted)
        assert isinstance(before, Expr) and isinstance(given, Expr)
        if given is not wanted:  # it may have had the other: where it had, that is gone
            before = where(given if kind == "potential" else logical_not(given), before, ZERO)
            self.store((other, name), ZERO)
        self.store((GIVEN, name), wanted)
        self.store((kind, name), before + value)

    def _indirect(self, statement: tree.Contribution, branch: Branch) -> None:
        """``V(out) : V(in) == 0``: the branch carries what makes the equation true."""
        equation = statement.value
        if not isinstance(equation, tree.Binary) or equation.operator != "==":
            raise Fault("an indirect contribution needs an equation: V(out) : V(in) == 0", statement.at)
        if self.conditions:
            message = (
                "an indirect contribution cannot stand under a condition that changes during the simulation"
            )
            raise Fault(message, statement.at)
        if str(branch) in self.indirect:
            raise Fault(f"'{branch}' has two indirect contributions", statement.at)
        self.indirect[str(branch)] = branch, self.number(equation.left) - self.number(equation.right)

    def _sort(self) -> None:
        """Sort the branches: those with a flow, with a potential, and those that change between them."""
        for name, branch in self.driven.items():
            given = self.values[GIVEN, name]
            assert isinstance(given, Expr)
            if given.op == "const":
                (self.sources if given.number else self.flows)[name] = branch
            else:
                self.switches[name] = branch, given

    # ------------------------------------------------------------------ events, tasks, functions

    def _event(self, statement: tree.Event) -> None:
        """Take note of what the statement waits for; execute it if that is the event of this execution."""
        occurrence, executed = self.numbered(statement.at, "event"), False
        for place, event in enumerate(statement.events):
            name = getattr(event, "name", "")
            if name in _AT_START:
                self._at_start(statement.body)
            elif name in _AT_END:
                if name == "final_step":
                    self._at_end(statement.body, event.at)
            elif isinstance(event, tree.Call) and name in ("cross", "above", "timer"):
                site = (occurrence, f"{event.name} {place}")
                self._moment(site, event)
                executed = executed or site == self.active
            else:
                near = nearest(name, ["cross", "above", "timer", "initial_step", "final_step"])
                raise Fault(f"there is no event '{name or '…'}'{near}", event.at)
        if executed:
            outer, self.in_event, self.happened = self.in_event, True, True
            self.execute(statement.body)
            self.in_event = outer

    def _moment(self, site: Site, event: tree.Call) -> None:
        """Take note of an event."""
        self.at_every_point(f"@({event.name})", event.at)
        name, first = " ".join(site), event.arguments[0] if event.arguments else None
        most = {"cross": 5, "above": 4, "timer": 4}[event.name]
        if first is None or len(event.arguments) > most:
            raise Fault(f"'{event.name}' takes an expression first, and at most {most} arguments", event.at)
        given = [*event.arguments, None, None, None, None]
        tolerances = given[{"cross": 2, "above": 1, "timer": 3}[event.name] : most - 1]  # a timer's is kept
        if any(t is not None and not (isinstance(t, tree.Number) and t.value == 0) for t in tolerances):
            sentence = f"tolerances of '@({event.name})' have no effect: it is located to 1e-4 of a step"
            self.remarks.append((sentence, event.at))
        value, positive = self.number(first), ONE
        if event.name == "cross":
            direction = self.direction(given[1])
            condition, always, acts = self.crossing(name, value, direction)
            enabled = given[4]
            positive = const(float(direction > 0)) if direction else logical_not(symbol(f"{HELD}side {name}"))
        elif event.name == "above":
            condition, always, acts = self.above(name, value)
            enabled = given[3]
        else:
            condition, always, acts = self.timer(
                name, value, None if given[1] is None else self.number(given[1])
            )
            enabled = given[3]
        if enabled is not None:
            acts = graph.and_(acts, self.number(enabled))
        if site == self.active and event.name != "timer":
            self.sides = sides(value, positive)
        self.moments[site] = Moment(name, condition, always, acts)

    def _at_start(self, body: tree.Statement) -> None:
        """Execute what happens once before the first point."""
        mark = len(self.journal)
        self.starting = True
        self.execute(body)
        self.starting = False
        before: dict[Hashable, Value | None] = {}
        for key, old in self.journal[mark:]:
            before.setdefault(key, old)
        for key, old in before.items():
            declared = self.declared.get(owner(key))
            if declared is None:
                continue
            value = self.values[key]
            if isinstance(value, Expr) and not self._known_at_start(value):
                self._latch(key, declared, value)
            elif declared.name in self.kept:
                self.initials[key] = self.values.pop(key)
                if old is not None:
                    self.values[key] = old

    def _at_end(self, body: tree.Statement, at: int) -> None:
        """Take the messages of what is executed after the last point; nothing else of it has an effect."""
        outer, self.ending = self.ending, True
        count = len(self.messages)
        self._branch(ONE, body)
        self.ending = outer
        if len(self.messages) == count:
            self.remarks.append(("what '@(final_step)' does has no effect, except messages", at))

    def _known_at_start(self, value: Expr) -> bool:
        """Whether a value follows from parameters and random numbers."""
        names = symbols([value])
        drawn = {n: ZERO for n in names if n in self.draws}
        return self.given_by(substitute([value], drawn)[0], self._constants)

    def _latch(self, key: Hashable, declared: tree.Variable, value: Expr) -> None:
        """Let a variable have a value of the first point, and keep it."""
        self.latches.add(key)
        self.initials.pop(key, None)
        before = self.before(key, declared, declared.at)
        assert isinstance(before, Expr)
        self.values[key] = where(RUNNING, before, value)

    def _write(self, call: tree.Call) -> None:
        """``$sformat(text, "%d", k)``: a text of what is known before the simulation."""
        target, *given = call.arguments or (None,)
        if not isinstance(target, tree.Name):
            raise Fault(f"'{call.name}' takes the name of a string first", call.at)
        waiting: list[float | str] = []
        for each in (self.value(a) for a in given if a is not None):
            if isinstance(each, list):
                raise Fault("an array cannot be written at once", call.at)
            waiting.append(each if isinstance(each, str) else self.sampled(each, call.at))
        text = ""
        while waiting:
            word = waiting.pop(0)
            text += filled(word, waiting, "") if isinstance(word, str) else f"{word:g}"
        self._assignment(tree.Assignment(target, tree.String(text, call.at), call.at))

    def _task(self, statement: tree.Task) -> None:
        call = statement.call
        if call.name in _OLD and call.name not in self.scope.functions:
            call = call._replace(name=f"${call.name}")
        if call.name in SHOWING or call.name in STOPPING:
            condition = self.holds()
            values = [self.value(a) for a in call.arguments if a is not None]
            arguments = tuple(v for each in values for v in (each if isinstance(each, list) else [each]))
            when = END if self.ending else EVENT if self.in_event else START if self.starting else POINT
            self.messages.append(Message(when, condition, call.name, arguments, call.at))
        elif call.name in WRITING:
            self._write(call)
        elif call.name == "$bound_step":
            (longest,) = self.arguments(call, 1, 1)
            self.longest.append(where(self.holds(), longest, NEVER))
        elif call.name in _HINTS:
            if _HINTS[call.name]:
                self.remarks.append((_HINTS[call.name], call.at))
        elif call.name in _FILED:
            self.no_file(call.at)
        elif call.name in self.scope.functions:
            self.function(self.scope.functions[call.name], call)
        elif call.name[0] == "$":
            near = nearest(call.name, sorted(SHOWING | STOPPING))
            raise Fault(f"the task '{call.name}' is not supported{near}", call.at)
        else:
            self.call(call)


_STATEMENTS: dict[type, Callable] = {
    tree.Block: Execution._block,
    tree.Assignment: Execution._assignment,
    tree.Contribution: Execution._contribution,
    tree.If: Execution._if,
    tree.Case: Execution._case,
    tree.Loop: Execution._loop,
    tree.Repeat: Execution._repeat,
    tree.Event: Execution._event,
    tree.Task: Execution._task,
    tree.Round: Execution._next_round,
}
