"""The simulated world: clusters, apps, deploys, backups and compute products, made from a seed."""

from exporter.simulator.world.scenarios import SCENARIOS, UnknownScenarioError
from exporter.simulator.world.world import Sizes, World

__all__ = ["SCENARIOS", "Sizes", "UnknownScenarioError", "World"]
