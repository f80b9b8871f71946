"""One file for each subject that is watched, and the tuple that lists them all in the order of the page."""

from typing import Any

from exporter.collectors import (
    batchcompute_clusters,
    ecs_hpc_clusters,
    emr_clusters,
    emr_flow_clusters,
    modelarts_clusters,
    modelarts_pools,
    rds_backups,
    retailcloud_apps,
    retailcloud_claims,
    retailcloud_clusters,
    retailcloud_deploys,
    retailcloud_instances,
    retailcloud_nodes,
    retailcloud_volumes,
)
from exporter.collectors.collector import Collector

COLLECTORS: tuple[Collector[Any, Any], ...] = (  # each has its own types of product and payload
    retailcloud_clusters.COLLECTOR,
    retailcloud_nodes.COLLECTOR,
    retailcloud_volumes.COLLECTOR,
    retailcloud_claims.COLLECTOR,
    retailcloud_apps.COLLECTOR,
    retailcloud_deploys.COLLECTOR,
    retailcloud_instances.COLLECTOR,
    rds_backups.COLLECTOR,
    emr_flow_clusters.COLLECTOR,
    emr_clusters.COLLECTOR,
    ecs_hpc_clusters.COLLECTOR,
    batchcompute_clusters.COLLECTOR,
    modelarts_clusters.COLLECTOR,
    modelarts_pools.COLLECTOR,
)
