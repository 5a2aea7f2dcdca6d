"""When a team of threads is woken, by made-up times of iterations: what is faster goes on, at little cost."""

import numpy as np
import pytest

from circuitnn._cext.worth import Worth


class Run:
    """A run whose iterations take given times, alone and with the team. [s]"""

    def __init__(self, window=0.01):
        self.worth, self.now = Worth(window), 0.0
        self.worth.passes(0.0)

    def take(self, seconds, alone, team):
        """Iterate for `seconds`; returns the fraction of iterations with the team, and the mean time of one. [s]"""
        end, count, with_team, start = self.now + seconds, 0, 0, self.now
        while self.now < end:
            count, with_team = count + 1, with_team + self.worth.together
            time = team if self.worth.together else alone
            self.now += time() if callable(time) else time
            self.worth.passes(self.now)
        return with_team / count, (self.now - start) / count


@pytest.mark.parametrize("iteration", [1e-5, 1e-3, 0.04])
@pytest.mark.parametrize("gain", [0.6, 0.8, 1.7])
def test_the_faster_way_is_taken(iteration, gain):
    run = Run()
    run.take(0.4 + 100 * iteration, iteration, gain * iteration)
    assert run.worth.together == (gain < 1.0)
    fraction, mean = run.take(20.0 + 2000 * iteration, iteration, gain * iteration)
    assert fraction > 0.95 if gain < 1.0 else fraction < 0.05
    assert mean < 1.03 * iteration * min(gain, 1.0)


def test_a_team_must_gain():
    """A processor for next to nothing is better left to others."""
    run = Run()
    run.take(1.0, 1e-3, 0.98e-3)
    assert not run.worth.together


def test_trials_become_rare():
    run = Run()
    switches = []
    for _ in range(4):
        run.take(15.0, 1e-3, 0.7e-3)
        switches.append(run.worth.switches)
    assert switches[0] > 25
    assert switches[3] - switches[2] <= 20


def test_few_measurements_may_be_anything():
    """Another program that takes the processor now and then does not change the choice."""
    rng, run = np.random.default_rng(3), Run()

    def disturbed(time):
        return lambda: time + (0.05 if rng.random() < 0.005 else 0.0)

    run.take(60.0, disturbed(1e-3), disturbed(0.7e-3))
    fraction, _ = run.take(60.0, disturbed(1e-3), disturbed(0.7e-3))
    assert fraction > 0.95


def test_slow_iterations_at_the_beginning():
    """The first factors of a matrix take longer than many iterations with those of another."""
    run = Run()
    for _ in range(25):
        run.now += 0.012
        run.worth.passes(run.now)
    run.take(0.5, 1e-3, 0.6e-3)
    assert run.worth.together


@pytest.mark.parametrize("quiet_first", [True, False])
def test_load_that_comes_and_goes(quiet_first):
    """What iterations take tells of it, without waiting for the next trial."""
    run, quiet, loaded = Run(), (1e-3, 0.7e-3), (1.5e-3, 2.6e-3)
    first, second = (quiet, loaded) if quiet_first else (loaded, quiet)
    run.take(60.0, *first)
    assert run.worth.together == quiet_first
    run.take(2.0, *second)
    assert run.worth.together != quiet_first


def test_a_change_that_does_not_slow_is_found_after_a_rest():
    run = Run()
    run.take(60.0, 1e-3, 1.7e-3)
    run.take(10.5, 1e-3, 0.7e-3)
    assert run.worth.together


def test_what_was_measured_can_be_read():
    run = Run()
    run.take(0.5, 1e-3, 2e-3)
    for times, time in zip(run.worth.measured(), (1e-3, 2e-3), strict=True):
        np.testing.assert_allclose(times, time, rtol=1e-9)
