"""ModelArts: one file a subject; each function is one operation."""

from exporter.simulator.products.modelarts import clusters, pools
from exporter.simulator.products.modelarts.product import OPERATIONS

__all__ = ["OPERATIONS", "clusters", "pools"]
