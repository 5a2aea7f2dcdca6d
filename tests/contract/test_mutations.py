"""Good models of the folder with one thing broken in their equations: every class of mutation is found.

The mutation is made in what the equations say, not in a file, at places drawn from a seed; which check finds it follows
from its class. The oracle is that the model is good as it is and must not be so any more.
"""

import random

import pytest

from circuitnn.contract import Case, activity, behaviour, equations, heat, smooth, structure
from circuitnn.contract import values as values_
from circuitnn.contract.drive import response
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.expr import ZERO, symbols
from circuitnn.equations.graph import max_, symbol, where
from circuitnn.equations.kernel import Kernel
from circuitnn.equations.substitution import substitute
from circuitnn.models import Parameter, catalogue
from circuitnn.models.model import derived_kernel
from circuitnn.records import replace

GOOD = [
    "cbram_stm",
    "drift",
    "enode",
    "ftj",
    "memdiode",
    "pcm",
    "pershin",
    "poole_frenkel",
    "rram_thermal",
    "sinh_selector",
    "stanford_pku",
    "team",
    "threshold_ots",
    "vteam",
    "wox",
    "yakopcic",
]
STATEFUL = [n for n in GOOD if catalogue()[n].states]
DYNAMIC_TEMPERATURE = [n for n in GOOD if any(s.unit == "K" for s in catalogue()[n].states)]


def mutant(name, change=None, **attributes):
    """The model with something done to what its equations say (its f and q, by name), or with other parts."""
    model = catalogue()[name]

    class Mutant(model):
        parameters = model.parameters

        @classmethod
        def equations(cls, m):
            super().equations(m)
            if change is not None:
                change(m)

        @classmethod
        def kernel(cls) -> Kernel:
            return derived_kernel(cls)

    Mutant.__module__, Mutant.__doc__ = model.__module__, model.__doc__
    Mutant.name = f"{name}_mutant"
    Mutant.keywords = ()
    for key, value in attributes.items():
        setattr(Mutant, key, value)
    return Mutant


def told(outcome):
    return [str(finding) for finding in outcome.findings]


def ends(model):
    return model.terminals[0], model.terminals[-1]


def conducting(m, model):
    """Terminals through which a current flows."""
    return [n for n in model.terminals if m.f[n] is not ZERO and m.f[n].args]


@pytest.mark.parametrize("name", GOOD)
def test_unmutated_models_are_good(name):
    case = Case(mutant(name))
    assert equations.kirchhoff(case).passed and smooth.jumps(Case(mutant(name))).passed
    assert structure.sound(mutant(name)).passed and values_.values(Case(mutant(name))).passed


@pytest.mark.parametrize("name", GOOD)
def test_sign_changed_at_one_terminal(name):
    def change(m):
        node = conducting(m, catalogue()[name])[-1]
        m.f[node] = -m.f[node]

    assert "sum of the currents" in told(equations.kirchhoff(Case(mutant(name, change))))[0]


@pytest.mark.parametrize("name", GOOD)
def test_current_scaled_at_one_terminal(name):
    def change(m):
        node = conducting(m, catalogue()[name])[0]
        m.f[node] = m.f[node] * (1.0 + 1e-9)

    assert "sum of the currents" in told(equations.kirchhoff(Case(mutant(name, change))))[0]


@pytest.mark.parametrize("name", GOOD)
def test_voltage_against_ground(name):
    def change(m):
        plus, minus = ends(catalogue()[name])
        m.flow(plus, minus, 1e-2 * m.unknown(plus))

    assert any("against ground" in text for text in told(equations.kirchhoff(Case(mutant(name, change)))))


@pytest.mark.parametrize("name", GOOD)
def test_dropped_derivative(name):
    """One term of a derivative is missing: of each entry in turn, one of the others stands in its place."""
    case = Case(mutant(name))
    rng = random.Random(name)
    k = case.kernel
    entries = [i for i, (_, _, e) in enumerate(k.G) if e.op in ("add", "sub") and e.args[1] is not ZERO]
    if not entries:  # nothing but products: one factor is lost
        entries = [i for i, (_, _, e) in enumerate(k.G) if e.op in ("mul", "div")]
    number = rng.choice(entries)
    row, col, e = k.G[number]
    parts = [a for a in e.args if symbols([a])] or list(e.args)
    for part in parts:
        if part is e:
            continue
        changed = (*k.G[:number], (row, col, part), *k.G[number + 1 :])
        case.kernel = replace(k, G=changed)
        if told(equations.derivatives(case)):
            return
    pytest.fail(f"no part of {e} is missed")


@pytest.mark.parametrize("name", GOOD)
def test_explicit_time(name):
    def change(m):
        row = catalogue()[name].inputs()[-1]
        m.f[row] = m.f[row] + 1e-30 * symbol("time")

    assert any("contains the time" in text for text in told(structure.sound(mutant(name, change))))


@pytest.mark.parametrize("name", STATEFUL)
def test_state_renamed_as_a_parameter(name):
    model = catalogue()[name]
    more = (*model.parameters, Parameter(model.states[0].name, 1.0, "", "as the state"))
    assert any(
        "is called as the state" in text for text in told(structure.sound(mutant(name, parameters=more)))
    )


@pytest.mark.parametrize("name", GOOD)
def test_parameter_in_another_case(name):
    model = catalogue()[name]
    more = (*model.parameters, Parameter(model.parameters[0].name.upper(), 1.0, "", "shouted"))
    assert any("differ in case only" in text for text in told(structure.sound(mutant(name, parameters=more))))


@pytest.mark.parametrize("name", GOOD)
def test_circle_of_defaults(name):
    first, second, *rest = catalogue()[name].parameters
    circle = (replace(first, default=second.name), replace(second, default=first.name), *rest)
    assert any("lead in a circle" in text for text in told(structure.sound(mutant(name, parameters=circle))))


@pytest.mark.parametrize("name", STATEFUL)
def test_state_with_two_equations_and_with_none(name):
    state = catalogue()[name].states[0].name

    def again(m):
        m.state(state, 1e-3 * m.unknown(state))

    def none(m):
        m.f[state] = m.q[state] = ZERO

    assert any("equations, which are added" in text for text in told(structure.sound(mutant(name, again))))
    assert f"state {state} has no equation" in told(structure.sound(mutant(name, none)))


@pytest.mark.parametrize("name", GOOD)
def test_parameter_that_is_used_no_more(name):
    """The parameter is replaced by its default in all equations."""
    model = catalogue()[name]
    p = next(p for p in model.parameters if isinstance(p.default, float) and p.default == p.default)

    def change(m):
        for told_ in (m.f, m.q):
            for row in told_:
                (told_[row],) = substitute([told_[row]], {p.name: p.default})
        m.noises, m.probes, m.events = [], {}, {}

    starts = symbols([s.start() for s in model.states])
    followed = {q.default for q in model.parameters}
    if p.name in starts | followed:
        p = next(
            q for q in model.parameters if isinstance(q.default, float) and q.name not in starts | followed
        )
    assert f"parameter {p.name} is used nowhere" in told(structure.sound(mutant(name, change, memories={})))


@pytest.mark.parametrize("name", GOOD)
def test_jump_of_the_current(name):
    def change(m):
        plus, minus = (conducting(m, catalogue()[name]) * 2)[:2]
        v = m.voltage(plus, minus)
        m.flow(plus, minus, where(v > 0.37, 1e-6, 0.0))

    assert any(
        text.startswith("jump of the current") for text in told(smooth.jumps(Case(mutant(name, change))))
    )


@pytest.mark.parametrize("name", STATEFUL)
def test_jump_of_the_rate(name):
    model = catalogue()[name]
    state = model.states[0].name

    def change(m):
        m.f[state] = m.f[state] * where(m.voltage(*ends(model)) > 0.83, 1.01, 1.0)

    assert any(text.startswith("jump of the rate") for text in told(smooth.jumps(Case(mutant(name, change)))))


@pytest.mark.parametrize("name", GOOD)
def test_kink(name):
    """Told of any model, and a failure of one that claims to be smooth."""

    def change(m):
        plus, minus = (conducting(m, catalogue()[name]) * 2)[:2]
        m.flow(plus, minus, 1e-2 * max_(m.voltage(plus, minus) - 0.41, 0.0))

    notes = smooth.jumps(Case(mutant(name, change))).notes
    assert any(note.startswith("kink of the current") and "0.41" in note for note in notes), notes
    smoothed = mutant(name, change, claims=catalogue()[name].claims | {"smooth"})
    assert any(text.startswith("kink of the current") for text in told(smooth.jumps(Case(smoothed))))


@pytest.mark.parametrize("name", GOOD)
def test_divisor_that_may_be_0(name):
    def change(m):
        plus, minus = (conducting(m, catalogue()[name]) * 2)[:2]
        m.flow(plus, minus, 1e-3 * m.voltage(plus, minus) / m["fresh"])

    more = (*catalogue()[name].parameters, Parameter("fresh", 1.0, "", "divisor", low=-3.5, high=3.5))
    texts = told(values_.values(Case(mutant(name, change, parameters=more))))
    assert any("the divisor counts as 1e-32, with fresh = 0" in text for text in texts)


@pytest.mark.parametrize("name", GOOD)
def test_power_that_comes_out(name):
    if "passive" not in catalogue()[name].claims:
        assert activity.passive(Case(mutant(name))).skipped
        return

    def change(m):
        plus, minus = (conducting(m, catalogue()[name]) * 2)[:2]
        v = m.voltage(plus, minus)
        for node in (plus, minus):
            m.f[node] = m.f[node] * where(v < -0.6, where(v < -0.8, -1.0, 1.0), 1.0)

    assert "power delivered" in told(activity.passive(Case(mutant(name, change))))[0]


@pytest.mark.parametrize("name", DYNAMIC_TEMPERATURE)
def test_heat_from_nowhere(name):
    model = catalogue()[name]
    state = next(s.name for s in model.states if s.unit == "K")

    def change(m):
        m.f[state] = m.f[state] * 1.0 - 5.0 * abs(differentiate(m.f[state], state))  # 5 K more at rest

    texts = told(heat.heat(Case(mutant(name, change))))
    assert any("is not in equilibrium at any ambient temperature" in text for text in texts)
    assert any(
        "power not accounted for" in text for text in told(behaviour.energy(Case(mutant(name, change))))
    )
    unclaimed = mutant(name, claims=model.claims - {"energy balance"})
    assert any("claim 'energy balance'" in text for text in told(heat.heat(Case(unclaimed))))


@pytest.mark.parametrize("name", ["drift", "pershin", "wox", "yakopcic", "memdiode", "threshold_ots"])
def test_state_that_stands_still(name):
    state = catalogue()[name].states[0].name

    def change(m):
        m.q[state] = 1e30 * m.q[state]

    stuck = mutant(name, change)
    made = response(stuck)
    assert isinstance(made, str) or not made.complete
