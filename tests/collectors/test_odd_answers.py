"""Whatever JSON stands in an item of an answer, its rows are made: nothing raises, and state sets stay whole."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clouds.aliyun.emr import Cluster
from exporter.clouds.aliyun.rds import DESCRIBE_BACKUPS, DbInstance
from exporter.clouds.aliyun.retailcloud_models import Backup
from exporter.clouds.huaweicloud.pools import Pool
from exporter.clouds.paging import Listing
from exporter.collectors import emr_clusters, modelarts_pools, rds_backups
from exporter.collectors.rds_backup_sets import BackupSets
from exporter.collectors.rds_instances import Instance
from tests.doubles import PLACE

HERE = replace(PLACE, region="here")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def item(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of these fields, each holding anything."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, ANYTHING))


NODES = ANYTHING | st.lists(item("flavor", "count", "maxCount"), max_size=3) | item("flavor", "count", "maxCount")
POOL = st.fixed_dictionaries(
    {"metadata": item("creationTimestamp", "labels", "annotations").map(lambda fields: {"name": "p", **fields})},
    optional={
        "spec": ANYTHING
        | st.fixed_dictionaries({}, optional={"type": ANYTHING, "controlMode": ANYTHING, "resources": NODES}),
        "status": ANYTHING
        | st.fixed_dictionaries(
            {"resources": st.dictionaries(st.sampled_from(modelarts_pools.NODE_STATES), NODES)},
            optional={"phase": ANYTHING},
        ),
    },
)
CLUSTER = item(
    *("ClusterName", "ClusterState", "PaymentType", "CreateTime", "ReadyTime", "EndTime", "ExpireTime"),
    "StateChangeReason",
).map(lambda fields: {"ClusterId": "c", **fields})
DB_INSTANCE = item("DBInstanceDescription", "DBInstanceStatus", "Engine", "PayType", "ExpireTime").map(
    lambda fields: {"DBInstanceId": "rm", **fields}
)
BACKUPS = st.lists(
    item("BackupType", "BackupMode", "BackupStatus", "MetaStatus", "BackupStartTime", "BackupEndTime", "BackupSize"),
    max_size=3,
)


def assert_whole(rows):
    """Every state set that is begun has all its states, and exactly one 1."""
    sets: dict[tuple[Any, ...], list[float]] = {}
    for sample in rows.samples:
        if sample.metric.states and sample.metric is not rds_backups.SETS:  # that one counts by state
            sets.setdefault((sample.metric, sample.labels[:-1]), []).append(sample.value)
    for (metric, _), values in sets.items():
        assert len(metric.states) == len(values)
        assert 1 == sum(values)


@given(POOL)
def test_pools(written):
    pool = Pool.read(written)

    assert pool is not None
    assert_whole(modelarts_pools.samples(pool, HERE))


@given(CLUSTER)
def test_emr_clusters(written):
    cluster = Cluster.read(written)

    assert cluster is not None
    assert_whole(emr_clusters.samples(cluster, HERE))


@given(DB_INSTANCE)
def test_db_instances(written):
    facts = DbInstance.read(written)

    assert facts is not None
    rows = rds_backups.samples(Instance("rm", "here", facts, 0), HERE)
    assert 1 == sum(sample.metric is rds_backups.INFO for sample in rows.samples)


@given(BACKUPS)
def test_backup_sets(written):
    backups = [Backup.read({"BackupId": number, **fields}) for number, fields in enumerate(written)]
    sets = BackupSets("rm", DESCRIBE_BACKUPS, Listing(tuple(backups)), None)

    rows = rds_backups.samples(sets, HERE)

    assert_whole(rows)
    counted = [sample.value for sample in rows.samples if sample.metric is rds_backups.SETS]
    assert len(written) == sum(counted)


@pytest.mark.parametrize("odd", [None, [], "text", 7, {}])
def test_what_has_no_id_is_no_item(odd):
    assert [None] * 3 == [model.read(odd) for model in (Pool, Cluster, DbInstance)]
