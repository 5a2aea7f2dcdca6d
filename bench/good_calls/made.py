"""What good calls are made with: circuits, arrays, networks and results, each made anew or once."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from circuitnn import Circuit, Crossbar, networks, neural
from circuitnn.crossbar import Access, Complementary, Device, Pulse

RC = """rc
v1 in 0 dc 1 ac 1 distof1 1 distof2 1 sin(0 1 1k) portnum 1
r1 in out 1k
c1 out 0 100n
v2 sense out 0
d1 sense 0 dm
.param p=1
.model dm d
.meas tran top max v(out)
"""
WAVES = "waves\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 10n\n"
OSCILLATOR = """van der pol
c1 y 0 1 ic=1
b1 y 0 i={v(z)}
c2 z 0 1
b2 z 0 i={-v(y)-(1-v(y)*v(y))*v(z)}
v1 q 0 1
r1 q 0 1
"""
NOISY_OSCILLATOR = OSCILLATOR + "r2 y 0 1e6\n"
MEMRISTOR = {
    "ron": 5e3,
    "roff": 1e5,
    "von": -0.7,
    "voff": 0.7,
    "aon": 3.0,
    "aoff": 3.0,
    "kon": -4.0,
    "koff": 4.0,
}
G = [[1e-4, 2e-4], [3e-4, 4e-4], [5e-4, 1e-4]]
X = [[0.1, 0.2, 0.3], [0.4, 0.1, 0.2], [0.3, 0.3, 0.1], [0.2, 0.5, 0.4]]
W = [[0.5, -0.25], [1.0, 0.5], [-0.5, 0.75]]
LABELS = [0, 1, 0, 1]
FOLDER = Path(tempfile.mkdtemp(prefix="circuitnn-edges-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

Call = dict[str, Any]
Made = Callable[[], Any]


def rc() -> Circuit:
    """A driven circuit with a diode."""
    return Circuit.from_text(RC)


def array() -> Crossbar:
    """A linear array."""
    return Crossbar(3, 2, np.array(G), wordline_resistance=1.0, bitline_resistance=2.0)


def read() -> Access:
    """A read of one cell."""
    return Access(1, 1, 0.2)


@cache
def waves() -> Any:
    """A transient of sines."""
    return Circuit.from_text(WAVES).tran("10m", "10u")


@cache
def operated() -> Any:
    """An operating point of an array."""
    return array().op(read())


@cache
def moved() -> Any:
    """A transient of an array."""
    return Crossbar(2, 2, "drift").tran(Access(0, 0, 1.0), Pulse(1e-9, 1e-10, 1e-10), 2e-9)


@cache
def oscillated() -> Any:
    """A transient of a network."""
    return network().tran("60u")


def network() -> networks.OscillatorNetwork:
    """Two coupled oscillators."""
    import networkx

    return networks.OscillatorNetwork(
        networkx.path_graph(2), networks.vanadium_dioxide(), networks.Capacitive(30e-12)
    )


def layered() -> networks.SpikingNetwork:
    """Three inputs and two neurons."""
    inputs = networks.SpikeInput([[1e-9], [], [5e-9, 20e-9]], 1.0, 5e-9)
    return networks.SpikingNetwork(
        inputs, networks.Layer(Crossbar(3, 2, np.array(G)), networks.integrate_and_fire())
    )


@cache
def fired() -> Any:
    """A run of that network."""
    return layered().tran("50n")


def plastic() -> networks.SpikingNetwork:
    """Three inputs and a neuron, with memristors between them."""
    array = Crossbar(3, 1, Device("pershin", vt=0.5))
    neuron = networks.integrate_and_fire()
    return networks.SpikingNetwork(
        layered().inputs, networks.Layer(array, neuron, backward=networks.Driver(0.1))
    )


@cache
def learned() -> Any:
    """A run of that network."""
    return plastic().tran("50n", states=True)


def machine() -> networks.IsingMachine:
    """Two coupled oscillators with a harmonic and noise."""
    return networks.IsingMachine(network(), networks.Harmonic(1e-6, 1.2e6), networks.Noise(1e-7, 1e-6))


def dense() -> neural.Dense:
    """A layer that has been used."""
    made = neural.Dense(np.array(W), np.array([0.1, 0.2]), "tanh")
    made.forward(np.array(X))
    return made


def software() -> neural.Network:
    """A network of one layer that has been used."""
    made = neural.Network([dense()])
    made.forward(np.array(X))
    return made


def hardware() -> neural.Hardware:
    """Small arrays."""
    return neural.Hardware(g_min=1e-6, g_max=2e-5, tile=(4, 4))


def mapped() -> neural.MappedNetwork:
    """The network on arrays."""
    return neural.MappedNetwork(software(), hardware(), np.array(X))


@cache
def response() -> neural.PulseResponse:
    """Pulses of a memristor."""
    return neural.PulseResponse(Device("vteam", **MEMRISTOR), (-1.2, 1e-9), (1.2, 1e-9))


def spiking() -> neural.SpikingArray:
    """Two neurons."""
    return neural.SpikingArray(3, 2, response(), neural.Spiking(steps=3))


def on_array() -> neural.OnArray:
    """A network that learns by pulses."""
    made = neural.MappedNetwork(
        software(), neural.Hardware(g_min=1.1e-5, g_max=1.9e-4, tile=(4, 4)), np.array(X)
    )
    return neural.OnArray(made, response())


@cache
def sampled() -> Any:
    """A Monte Carlo study."""
    return rc().monte_carlo(3, "tran 10u 1m", measures={"out": "tran max v(out)"}, limits={"out": (0.0, 2.0)})


def path(name: str) -> Path:
    """A file of the campaign's own."""
    return FOLDER / name


@cache
def written(name: str, text: str) -> Path:
    """A file with a text."""
    path(name).write_text(text)
    return path(name)


def of_weights() -> Complementary:
    """Signed cells."""
    return Complementary.from_weights(W, 1e-6, 1e-4)


def added(spot: float) -> dict[str, float]:
    """The function of a study."""
    return {"y": spot * 2.0}


def normal() -> Any:
    """A distribution."""
    from scipy.stats import norm

    return norm(1.0, 0.1)


def with_array() -> Circuit:
    """A circuit with an array in it."""
    made = Circuit("t").V("1", "a0", 0, 0.1).V("2", "a1", 0, 0.2).V("3", "a2", 0, 0.3)
    return made.crossbar("x", array(), left="a", bottom=0)


@cache
def of_cells() -> Any:
    """Signals of an array in a circuit."""
    made = with_array()
    return made.cells("x", made.op())


@cache
def saved_waves() -> Path:
    """A file of a result."""
    waves().save(path("waves.raw"))
    return path("waves.raw")
