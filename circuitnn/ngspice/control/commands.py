"""All commands by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from circuitnn.ngspice.control import (
    analyses,
    compose,
    logic_events,
    output,
    spectra,
    stops,
    text_files,
    variables,
    vector_properties,
)
from circuitnn.registry.analyses import ANALYSES

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter


def _show(interpreter: Interpreter, text: str) -> None:
    from circuitnn.ngspice.control.show import show

    show(interpreter, text)


def _showmod(interpreter: Interpreter, text: str) -> None:
    from circuitnn.ngspice.control.show import showmod

    showmod(interpreter, text)


def _rusage(interpreter: Interpreter, text: str) -> None:
    from circuitnn.ngspice.control.usage import rusage

    rusage(interpreter, text)


# Commands for windows, shells, graphics and memory: nothing to do in a batch run.
_NOTHING = (
    "version remcirc set_rnd label aspice bug cd cdump codemodel devhelp dump edit esave "
    "help history iplot jobs mdump mrdump newhelp optran pre_osdi pre_set rehash remzerovec rspice "
    "setcirc snowarn state sysinfo trace tutorial use where xgraph"
).split()

COMMANDS: dict[str, Callable[[Interpreter, str], None]] = {
    "run": analyses.run,
    "alter": analyses.alter,
    "altermod": analyses.altermod,
    "alterparam": analyses.alterparam,
    "reset": analyses.reset,
    "meas": analyses.measure,
    "measure": analyses.measure,
    "save": analyses.save,
    "echo": output.echo,
    "eprint": logic_events.eprint,
    "edisplay": logic_events.edisplay,
    "eprvcd": logic_events.eprvcd,
    "print": output.print_,
    "write": output.write,
    "wrdata": output.wrdata,
    "plot": output.plot_,
    "asciiplot": output.asciiplot,
    "gnuplot": output.hardcopy,
    "hardcopy": output.hardcopy,
    "fourier": output.fourier,
    "linearize": spectra.linearize,
    "fft": spectra.fft,
    "spec": spectra.spec,
    "psd": spectra.psd,
    "listing": output.listing_,
    "inventory": output.inventory,
    "getcwd": output.getcwd,
    "reshape": vector_properties.reshape,
    "transpose": vector_properties.transpose,
    "settype": vector_properties.settype,
    "setscale": vector_properties.setscale,
    "fopen": text_files.fopen,
    "fread": text_files.fread,
    "fclose": text_files.fclose,
    "load": text_files.load,
    "stop": stops.stop,
    "resume": stops.resume,
    "step": stops.step,
    "delete": stops.delete,
    "status": stops.status,
    "mc_source": analyses.reset,
    "unaliasall": variables.unaliasall,
    "show": _show,
    "showmod": _showmod,
    "rusage": _rusage,
    "let": variables.let,
    "unlet": variables.unlet,
    "compose": compose.compose,
    "set": variables.set_,
    "setcs": variables.set_,
    "unset": variables.unset,
    "shift": variables.shift,
    "setseed": variables.setseed,
    "define": variables.define,
    "undefine": variables.undefine,
    "cross": variables.cross,
    "setplot": variables.setplot,
    "destroy": variables.destroy,
    "display": variables.display,
    "strcmp": variables.strcmp,
    "alias": variables.alias,
    "unalias": variables.unalias,
    "goto": variables.goto,
    "option": variables.option,
    "options": variables.option,
    "quit": variables.quit_,
    "exit": variables.quit_,
    "bye": variables.quit_,
    **dict.fromkeys(_NOTHING, variables.nothing),
}


def command(name: str) -> Callable[[Interpreter, str], None] | None:
    """Return the command of a name, which may be an analysis; None if there is none."""
    if name in ANALYSES:
        return partial(analyses.analysis, name)
    return COMMANDS.get(name)


KNOWN_ELSEWHERE = frozenset(
    "bltplot circbyline cutout deftype diff mcsim compile quit2 shell snload snsave source trnoise "
    "wrnodev wrs2p".split()
)
"""Commands of ngspice that are not supported."""
