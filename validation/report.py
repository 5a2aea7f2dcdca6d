"""``python -m validation.report [folder]``: every deck in both simulators, as a page with pictures.

Writes ``report.md``, ``report.html`` and one picture a deck into the folder (default ``build/validation``).
"""

from __future__ import annotations

import html
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from circuitnn.contract.cards import value_of
from circuitnn.results import Result
from validation.cases import Case, run_case
from validation.compare import common_names
from validation.decks import all_decks
from validation.ngspice import Runner

_HEAD = (
    "| deck | against ngspice | worst variable | error / budget | expected values | points, ours / ngspice "
    "| iterations | seconds, ours / ngspice | route |"
)


def main(arguments: list[str]) -> int:
    """Run everything; give 1 if a deck is out of its budget."""
    folder = Path(arguments[0] if arguments else "build/validation")
    folder.mkdir(parents=True, exist_ok=True)
    cases, failures = [], []
    with Runner() as runner:
        for deck in all_decks():
            try:
                case = run_case(deck, runner)
            except Exception as error:  # a deck that fails is a row of the report, not its end
                failures.append((deck, f"{type(error).__name__}: {error}"))
                print(f"{deck.name}: {failures[-1][1]}", file=sys.stderr)
                continue
            cases.append(case)
            if deck.skip:
                print(f"none {deck.name}: {deck.skip}")
                continue
            picture(case, folder / f"{deck.name.replace('/', '-')}.png")
            print(f"{'ok  ' if case.passed else 'FAIL'} {deck.name}: {case.worst}")
    lines = _markdown(cases)
    lines += [f"* **{deck.name} failed**: {message}" for deck, message in failures]
    (folder / "report.md").write_text("\n".join(lines) + "\n")
    (folder / "report.html").write_text(_html(lines))
    print(
        f"{folder / 'report.html'}: {len(cases)} decks, {sum(not c.passed for c in cases) + len(failures)} failed"
    )
    return int(bool(failures) or not all(c.passed for c in cases))


def _markdown(cases: list[Case]) -> list[str]:
    now = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    compared = [case for case in cases if not case.deck.skip]
    lines = [
        "# Validation against ngspice",
        "",
        f"{len(cases)} decks, {now}; {len(cases) - len(compared)} of them are not compared, and say why. "
        "Budget: operating points and sweeps 1e-6 relative + 1 nV or 1 pA; "
        "transients 1e-3 of the span; frequencies 0.1 %. Oscillators are compared by frequency and by the "
        "bounds of their waveforms. Where the route says twins, ngspice ran the compact models as behavioural "
        "subcircuits that circuitnn wrote.",
        "",
        _HEAD,
        "|" + "---|" * (_HEAD.count("|") - 1),
    ]
    lines += [_row(case) for case in cases]
    lines.append("")
    for case in compared:
        lines += [f"## {case.deck.name}", "", case.deck.title, ""]
        lines += [f"![{case.deck.name}]({case.deck.name.replace('/', '-')}.png)", ""]
    return lines


def _row(case: Case) -> str:
    worst = case.worst
    met = [abs(value_of(e, case.ours) - e.value) <= e.allowed for e in case.deck.expectations]
    if case.deck.skip:
        cells = [case.deck.name, f"not compared: {case.deck.skip}", "", "", f"{sum(met)} of {len(met)}"]
        return "| " + " | ".join(c.replace("|", "/") for c in [*cells, *[""] * 4]) + " |"
    ours = [r for r in case.ours if r.analysis in {p.analysis for p in case.theirs.plots}]
    cells = [
        case.deck.name,
        "agrees" if case.passed else "**differs**",
        worst.variable if worst else "",
        f"{worst.share:.2g}" if worst else "",
        f"{sum(met)} of {len(met)}",
        f"{max(len(r.data) for r in ours)} / {max(len(p.data) for p in case.theirs.plots)}" if ours else "",
        str(sum(r.statistics.iterations for r in case.ours)),
        f"{case.seconds:.3f} / {case.theirs.seconds:.3f}",
        case.theirs.route + (f" ({case.theirs.reason})" if case.theirs.reason else ""),
    ]
    return "| " + " | ".join(c.replace("|", "/") for c in cells) + " |"


def picture(case: Case, path: Path) -> None:
    """Waveforms of both simulators over one another, or the deviations of an operating point."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    swept = [p for p in case.theirs.plots if p.axis]
    figure, axes = pyplot.subplots(
        2, 1, figsize=(8, 5.5), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    if swept:
        theirs = swept[-1]
        ours = next(r for r in case.ours if r.analysis == theirs.analysis)
        _overlay(axes, ours, theirs)
    else:
        theirs = case.theirs.plots[0]
        ours = next(r for r in case.ours if r.analysis == theirs.analysis)
        names = [n for n in theirs.names if n in ours.names and n.startswith("v(")] or [*ours.names]
        a = np.array([ours.data[0, ours.names.index(n)] for n in names])
        b = np.array([theirs.data[0, theirs.names.index(n)] for n in names])
        axes[0].plot(b, ".", color="0.6", markersize=5, label="ngspice")
        axes[0].plot(a, ".", color="C0", markersize=2, label="circuitnn")
        axes[1].semilogy(np.abs(a - b) + 1e-18, ".", color="C3", markersize=3)
        axes[1].set_xlabel("node")
        axes[0].set_ylabel("voltage [V]")
        axes[1].set_ylabel("|difference| [V]")
        axes[0].legend(frameon=False)
    figure.suptitle(f"{case.deck.name} (thin: circuitnn, broad: ngspice)" if swept else case.deck.name)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _overlay(axes: np.ndarray, ours: Result, theirs: Result) -> None:
    names = [n for n in common_names(ours, theirs) if "." not in n]
    names = sorted(names, key=lambda n: (n.startswith("i("), n))
    # of phasors, the magnitude
    phasors = np.iscomplexobj(theirs.data)
    mine, other = (np.abs(r.data) if phasors else r.data for r in (ours, theirs))
    spans = {n: np.ptp(other[:, theirs.names.index(n)]) for n in names}
    chosen = [n for n in names if n.startswith("v(") and spans[n] > 0][:4] or names[:4]
    x, y = other[:, 0], mine[:, 0]
    if theirs.axis == "frequency":
        axes[0].set_xscale("log")
    for k, name in enumerate(chosen):
        b = other[:, theirs.names.index(name)]
        a = mine[:, ours.names.index(name)]
        axes[0].plot(x, b, color=f"C{k}", linewidth=4, alpha=0.3)
        axes[0].plot(y, a, color=f"C{k}", linewidth=1, label=name)
        axes[1].plot(x, np.interp(x, y, a) - b, color=f"C{k}", linewidth=0.8)
    axes[0].legend(frameon=False, ncols=4, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes[1].set_xlabel("time [s]" if theirs.axis == "time" else str(theirs.axis))
    axes[0].set_ylabel("[V]" if chosen[0].startswith("v(") else "[A]")
    axes[1].set_ylabel("difference")


def _html(lines: list[str]) -> str:
    body: list[str] = []
    for line in lines:
        text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(line, quote=False))
        if line.startswith("|---"):
            continue
        if line.startswith("|"):
            tag = "th" if line == _HEAD else "td"
            cells = "".join(f"<{tag}>{c.strip()}</{tag}>" for c in text.strip("|").split("|"))
            body.append(("" if body and body[-1].startswith("<tr") else "<table>") + f"<tr>{cells}</tr>")
            if body[-1].startswith("<table>"):
                body[-1:] = ["<table>", body[-1][7:]]
            continue
        if body and body[-1].startswith("<tr"):
            body.append("</table>")
        if line.startswith("#"):
            level = len(line) - len(line.lstrip("#"))
            body.append(f"<h{level}>{text.lstrip('# ')}</h{level}>")
        elif image := re.match(r"!\[(.*?)\]\((.*?)\)", line):
            body.append(f'<img src="{image[2]}" alt="{html.escape(image[1])}">')
        elif line:
            body.append(f"<p>{text}</p>")
    style = (
        "body{font:15px/1.5 sans-serif;max-width:75em;margin:2em auto;padding:0 1em}"
        "table{border-collapse:collapse;font-size:13px}th,td{border:1px solid #ccc;padding:.3em .6em;text-align:left}"
        "img{max-width:100%}"
    )
    page = "\n".join(body)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Validation</title><style>{style}</style>\n"
        f"{page}\n</html>\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
