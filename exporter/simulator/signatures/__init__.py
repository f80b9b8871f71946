"""The three signature schemes of the simulated clouds, read from the vendors' documents and verified for real."""

from exporter.simulator.signatures.requests import Keys, Nonces, Received

__all__ = ["Keys", "Nonces", "Received"]
