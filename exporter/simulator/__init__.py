"""The simulated clouds: the documented operations of both vendors, around one seeded world that lives.

It imports nothing else of the exporter: a mistake in one of our signers or clients must not confirm itself here.
"""

from exporter.simulator.app import OPERATION_NAMES, create_app
from exporter.simulator.clock import SimulatedClock
from exporter.simulator.faults import Fault, Faults
from exporter.simulator.quirks import Quirks
from exporter.simulator.world import SCENARIOS, Sizes, UnknownScenarioError, World

__all__ = [
    "OPERATION_NAMES",
    "SCENARIOS",
    "Fault",
    "Faults",
    "Quirks",
    "SimulatedClock",
    "Sizes",
    "UnknownScenarioError",
    "World",
    "create_app",
]
