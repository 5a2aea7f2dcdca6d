"""No check, and no command, goes on for ever: what takes too long ends with a sentence."""

import re

import click
import pytest
from broken_models import broken

from circuitnn import contract
from circuitnn.cli import execute
from circuitnn.cli.group import ENDLESS, group
from circuitnn.cli.subcommands import SUBCOMMANDS
from circuitnn.equations.graph import exp
from circuitnn.errors import BudgetError
from circuitnn.machine import budget
from circuitnn.models import State


def explosive(cls, m, v):
    """A rate that no transient can follow."""
    return 1e4 * (exp((v / 0.01) ** 2) - 1.0)


def test_a_check_that_takes_too_long_fails_and_the_others_are_made():
    told = []
    model = broken(
        rate=explosive,
        states=(State("x", "", "goes anywhere", 0.5),),
        parameters=broken().parameters[:1],
        claims=frozenset(),
    )
    report = contract.check_model(model, ngspice=False, seconds=1.5, progress=lambda *said: told.append(said))
    late = {
        o.check: str(o.findings[0]) for o in report.outcomes if o.findings and "done" in str(o.findings[0])
    }
    assert late == {"coverage": "not done after 1.5 s, the most that a check may take"}
    assert len(report.outcomes) == len(contract.BATTERY) == len(told)
    fractions, names = zip(*told, strict=True)
    assert list(fractions) == sorted(fractions) and fractions[0] >= 0.0 and fractions[-1] < 1.0
    assert names[0] == f"{model.name}: structure"


def test_the_limit_of_the_command_is_no_finding_of_a_check(capsys):
    with budget.limits(seconds=0.0), pytest.raises(BudgetError):
        contract.check_model(broken(), ngspice=False)
    assert execute(["check-model", "vteam", "--max-time", "1e-3"]) == 1
    said = capsys.readouterr()
    assert re.match(r"Error: .*: out of time; at most 0\.001 s are allowed \(--max-time\)", said.err)
    assert not said.out


def test_every_command_that_computes_has_a_limit():
    context = click.Context(group)
    for name in SUBCOMMANDS.keys() - set(ENDLESS):
        command = group.get_command(context, name)
        parts = [command]
        if isinstance(command, click.Group):
            parts = [command.get_command(context, part) for part in command.list_commands(context)]
            assert parts
        for part in parts:
            assert sum(p.name == "max_time" for p in part.params) == 1, (name, part.name)
