"""Neural networks on arrays: accuracy, and the cost of solving and training them.

    python -m bench.neural [selectors] [large] [gradients] [pulses] [months]

Digits are those of scikit-learn. Times are processor seconds of this process, of all its threads; wall time is in
brackets.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from circuitnn.crossbar import Device
from circuitnn.neural import (
    Ageing,
    Hardware,
    MappedNetwork,
    Network,
    OnArray,
    PulseResponse,
    accuracy,
    over_time,
    train,
    train_on_array,
)
from circuitnn.neural.examples import digits

Made = TypeVar("Made")
SELECTORS = Hardware(
    g_min=1e-6,
    g_max=1e-4,
    tile=(64, 20),
    line_resistance=1.0,
    voltage=0.9,
    selector=Device("sinh_selector", i0=1e-8, v0=0.06),
)
LARGE = Hardware(g_min=1 / 40e3, g_max=1 / 1e3, tile=(128, 128), line_resistance=2.0)


def timed(work: Callable[[], Made]) -> tuple[Made, float, str]:
    """Result of a function, its processor seconds, and a text with them."""
    cpu, wall = time.process_time(), time.perf_counter()
    made = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return made, cpu, f"{cpu:.1f} s [{wall:.1f} s]"


def selectors() -> None:
    """Digits on one 64 x 20 array of 1S1R pairs with 1 Ω lines."""
    data = digits(8, judged=1000)
    ideal = Network.random((64, 10))
    train(ideal, data.inputs, data.labels, epochs=60, rate=1e-2)
    mapped = MappedNetwork(ideal, SELECTORS, data.inputs)
    right, _, cost = timed(lambda: accuracy(mapped, data.more, data.of_more))
    print(
        f"digits on 64 x 20 cells 1S1R, 1 Ω: 1,000 images in {cost} (bar 30 s); accuracy "
        f"{100 * accuracy(ideal, data.more, data.of_more):.1f} % ideal, {100 * right:.1f} % mapped",
        flush=True,
    )
    _, _, cost = timed(lambda: train(mapped, data.inputs, data.labels, epochs=3, batch=64, rate=5e-3))
    right = accuracy(mapped, data.more, data.of_more)
    print(f"  trained in the loop, 3 epochs of {len(data.inputs)}: {100 * right:.1f} % in {cost}", flush=True)


def large(epochs: int = 4, resistance: float = 2.0) -> None:
    """784-128-10 on digits of 28 x 28 pixels, trained in the loop."""
    from dataclasses import replace

    data = digits(28, judged=500)
    ideal = Network.random((784, 128, 10))
    train(ideal, data.inputs, data.labels, epochs=30, rate=3e-3)
    hardware = replace(LARGE, line_resistance=resistance)
    mapped = MappedNetwork(ideal, hardware, data.inputs, threads=2)
    right, _, cost = timed(lambda: accuracy(mapped, data.more, data.of_more))
    print(
        f"784-128-10, LRS 1 kΩ, HRS 40 kΩ, {resistance:g} Ω, tiles of 128, digits of 28 x 28: "
        f"{100 * accuracy(ideal, data.more, data.of_more):.1f} % ideal, {100 * right:.1f} % mapped (500 images in "
        f"{cost})",
        flush=True,
    )
    history, cpu, cost = timed(
        lambda: train(
            mapped,
            data.inputs,
            data.labels,
            epochs=epochs,
            batch=256,
            rate=3e-3,
            validation=(data.more, data.of_more),
        )
    )
    found = ", ".join(f"{100 * a:.1f}" for a in history.accuracy)
    print(
        f"  trained in the loop: {found} % after epochs 1 to {epochs}, in {cost}, {cpu / 120:.1f} minutes of two cores "
        "(aim: 95 % in 20 minutes)",
        flush=True,
    )


def gradients() -> None:
    """Cost of the backward pass relative to the forward pass."""
    rng = np.random.default_rng(0)
    for name, hardware, shape, count in (
        ("1R 128 x 128, 2 Ω, 64 inputs", LARGE, (128, 64), 64),
        ("1R 128 x 128, 2 Ω, 1,024 inputs", LARGE, (128, 64), 1024),
        ("1S1R 64 x 20, 1 Ω, 200 inputs", SELECTORS, (64, 10), 200),
        (
            "1T1R 64 x 20, 1 Ω, 200 inputs",
            Hardware(line_resistance=1.0, transistor=Device("ekv", vto=0.4, w=1e-5), gate=1.5),
            (64, 10),
            200,
        ),
    ):
        x = rng.uniform(size=(count, shape[0]))
        layer = MappedNetwork([(rng.normal(size=shape),)], hardware, x[:20]).layers[0]
        layer.forward(x[:20])
        _, forth, cost = timed(lambda layer=layer, x=x: layer.forward(x))  # type: ignore[misc]
        _, back, of_back = timed(lambda layer=layer, n=count, k=shape[1]: layer.backward(np.ones((n, k))))  # type: ignore[misc]
        print(f"{name}: forward {cost}, backward {of_back}, {back / forth:.2f} times", flush=True)


def pulses(epochs: int = 8) -> None:
    """Digits, trained by pulses on devices from random conductances."""
    data = digits(8, judged=500)
    speed = {"von": -0.7, "voff": 0.7, "aon": 3.0, "aoff": 3.0, "kon": -4.0, "koff": 4.0}
    response = PulseResponse(Device("vteam", ron=5e3, roff=1e5, **speed), (-1.2, 3e-10), (1.1, 3e-10))
    hardware = Hardware(g_min=1.1e-5, g_max=1.9e-4, tile=(64, 20), line_resistance=1.0)
    for noise in (0.0, 0.3):
        mapped = MappedNetwork(Network.random((64, 10)), hardware, data.inputs)
        array = OnArray(mapped, response, noise=noise)
        made, _, cost = timed(
            lambda array=array: train_on_array(array, data.inputs, data.labels, epochs=epochs)  # type: ignore[misc]
        )
        right = accuracy(mapped, data.more, data.of_more)
        print(
            f"digits, VTEAM devices trained by pulses, noise {noise:g}: {100 * right:.1f} % after {epochs} epochs and "
            f"{sum(made.pulses):.1f} pulses a device, in {cost}",
            flush=True,
        )


def months() -> None:
    """Digits on phase-change cells over a year."""
    data = digits(8, judged=500)
    ideal = Network.random((64, 32, 10))
    train(ideal, data.inputs, data.labels, epochs=40, rate=5e-3)
    hardware = Hardware(g_min=1e-7, g_max=25e-6, line_resistance=1.0)
    ageing = Ageing(MappedNetwork(ideal, hardware, data.inputs), data.inputs)
    times = {"0": 0.0, "a day": 86400.0, "a month": 2.6e6, "a year": 3.15e7}
    for compensated in (True, False):
        found = over_time(ageing, list(times.values()), data.more, data.of_more, compensated)
        text = ", ".join(f"{100 * a:.1f} % at {name}" for name, a in zip(times, found, strict=True))
        print(f"digits on pcm_statistical, {'' if compensated else 'not '}compensated: {text}", flush=True)


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*")
    given = parser.parse_args()
    parts = {
        "selectors": selectors,
        "large": large,
        "gradients": gradients,
        "pulses": pulses,
        "months": months,
    }
    for name in given.what or parts:
        parts[name]()


if __name__ == "__main__":
    main()
