"""The signature schemes of the simulated clouds, read from the vendors' documents and verified for real."""

from exporter.simulator.signatures.requests import Nonces, Received

__all__ = ["Nonces", "Received"]
