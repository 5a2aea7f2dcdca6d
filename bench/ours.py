"""Run one deck in circuitnn in its own process and print the statistics as JSON. Used by bench/engine.py."""

from __future__ import annotations

import json
import sys
import time


def main() -> None:
    """Parse, then run, the deck of the command line; ``parse`` only parses and elaborates."""
    mode, path = sys.argv[1:3]
    if mode == "parse":
        from circuitnn.netlist import elaborate, read

        times = []
        for _ in range(3):
            start = time.perf_counter()
            deck = read(path)
            parsed = time.perf_counter()
            elaborate(deck)
            times.append((parsed - start, time.perf_counter() - parsed))
        print(json.dumps({"parse": min(t[0] for t in times), "elaborate": min(t[1] for t in times)}))
        return
    import circuitnn

    start = time.perf_counter()
    circuit = circuitnn.load(path)
    _ = circuit.flat  # parsed and elaborated here, not in the analysis
    loaded = time.perf_counter()
    results = circuit.run()
    done = time.perf_counter()
    stats = results[-1].statistics
    print(
        json.dumps(
            {
                "parse": loaded - start,
                "run": done - loaded,
                "points": stats.points,
                "rejected": stats.rejected,
                "iterations": stats.iterations,
                "unknowns": stats.unknowns,
                "solver": stats.linear_solver,
                "seconds": stats.seconds,
            }
        )
    )


if __name__ == "__main__":
    main()
