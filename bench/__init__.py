"""Benchmarks and random campaigns: circuitnn compared with other simulators and with independent oracles."""
