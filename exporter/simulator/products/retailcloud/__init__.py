"""RetailCloud, API version 2018-03-13: one file a subject; each function is one operation."""

from exporter.simulator.products.retailcloud import apps, backups, clusters, deploys, instances, pods
from exporter.simulator.products.retailcloud.product import OPERATIONS

__all__ = ["OPERATIONS", "apps", "backups", "clusters", "deploys", "instances", "pods"]
