"""BatchCompute, API version 2015-11-11, the REST way: one file a subject; each function is one operation."""

from exporter.simulator.products.batchcompute import clusters, creation
from exporter.simulator.products.batchcompute.product import OPERATIONS, VERSION

__all__ = ["OPERATIONS", "VERSION", "clusters", "creation"]
