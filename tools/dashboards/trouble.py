"""What counts as broken: the same in the overview and in the details, one series an object."""

from collections.abc import Callable
from dataclasses import dataclass

from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.links import DataLink
from tools.dashboards.panels import stat
from tools.dashboards.promql import (
    CLUSTER,
    DATABASE,
    ENVIRONMENT,
    NODE,
    POOL,
    REGIONAL_CLUSTER,
    Key,
    age,
    either,
    most,
    not_elsewhere,
    number,
    of,
    on,
    until,
)
from tools.dashboards.style import BAD_IF_ANY, DAY, ODD_IF_ANY

# As the alerts have it, in seconds.
NODE_EXPIRING = 14 * DAY
EXPIRING = 7 * DAY
BACKUP_OVERDUE = 84 * 3600  # since the last success

# The backups of a schedule: one by hand must not hide that it is dead.
SCHEDULED = ('backup_mode="automated"', 'backup_type="full"')


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of trouble: the objects that have it and those that might, each as a vector for some matchers."""

    title: str
    description: str
    objects: Callable[..., str]
    known: Callable[..., str]
    colours: model.ThresholdsConfig = BAD_IF_ANY

    def counted(
        self,
        panel: int,
        *matchers: str,
        size: tuple[int, int] = (4, 4),
        link: DataLink | None = None,
        region_of: tuple[Key, str] | None = None,
    ) -> model.Panel:
        """How many objects have it. ``region_of`` is an info that knows their region, where they do not."""
        objects, known = self.objects(*matchers), self.known(*matchers)
        if region_of is not None:
            objects, known = not_elsewhere(objects, *region_of), not_elsewhere(known, *region_of)
        return stat(
            panel,
            self.title,
            number(objects, known),
            self.description,
            size=size,
            colours=self.colours,
            link=link,
        )


def having(key: Key, *infos: str) -> Callable[..., str]:
    """The objects that there are, by their infos."""
    return lambda *matchers: either(*(most(key, of(info, *matchers)) for info in infos))


def in_state(key: Key, metric: str, states: str) -> Callable[..., str]:
    """Objects in one of some states, written as a matcher."""
    return lambda *matchers: f"({most(key, of(metric, *matchers, states))} == 1)"


def any_of(*parts: Callable[..., str]) -> Callable[..., str]:
    """Objects that have one trouble or another."""
    return lambda *matchers: f"({either(*(part(*matchers) for part in parts))})"


def expiring(key: Key, metric: str, within: int = EXPIRING) -> Callable[..., str]:
    """Objects whose subscription ends soon, or has ended."""
    return lambda *matchers: f"({until(most(key, of(metric, *matchers)))} < {within})"


def _deploys_failing(*matchers: str) -> str:
    # The recorded series holds what was known. The others are what it is made of: they serve where no rules are loaded.
    held = most(ENVIRONMENT, of("environment:aliyun_retailcloud_deploy_failing:held6h_max", *matchers))
    ratio = most(ENVIRONMENT, of("aliyun_retailcloud_deploy_latest_failure_ratio", *matchers))
    pods = most(ENVIRONMENT, of("aliyun_retailcloud_deploy_latest_failed_pods", *matchers))
    still_open = of("aliyun_retailcloud_deploy_latest_status", *matchers, 'status=~"deploying|paused"')
    finished = of("aliyun_retailcloud_deploy_last_finished_result", *matchers, 'result=~"failed|closed"')
    now = f"({ratio} > 0 or {pods} > 0) and {on(ENVIRONMENT)} ({still_open} == 1)"
    tests = of("aliyun_retailcloud_deploy_environment_info", 'env_type="test"')
    failing = either(f"{held} == 1", now, f"{most(ENVIRONMENT, finished)} == 1")
    return f"(({failing}) unless {on(ENVIRONMENT)} {tests})"


def failed_pods(environments: str, *matchers: str) -> str:
    """Failed pods of the latest order of some environments, whatever step failed."""
    by_step = most((*ENVIRONMENT, "step"), of("aliyun_retailcloud_deploy_latest_failed_pods", *matchers))
    return f"sum by ({', '.join(ENVIRONMENT)}) ({by_step})\n  and {on(ENVIRONMENT)}\n{environments}"


def failing_since(environments: str, *matchers: str) -> str:
    """Since when the deploys of some environments have been failing: since the start of an order that is the first."""
    since = most(ENVIRONMENT, of("aliyun_retailcloud_deploy_failing_since_timestamp_seconds", *matchers))
    started = most(ENVIRONMENT, of("aliyun_retailcloud_deploy_latest_start_timestamp_seconds", *matchers))
    return f"(({either(since, started)})\n  and {on(ENVIRONMENT)}\n{environments})"


def _clusters_not_running(*matchers: str) -> str:
    running = most(CLUSTER, of("aliyun_retailcloud_cluster_status", *matchers, 'status="running"'))
    tests = of("aliyun_retailcloud_cluster_info", 'env_type="test"')
    return f"({running} == 0 unless {on(CLUSTER)} {tests})"


def backups_overdue(*matchers: str) -> str:
    """RDS instances whose last success is too long ago."""
    success = most(DATABASE, of("aliyun_rds_backup_last_success_timestamp_seconds", *matchers, *SCHEDULED))
    return f"({age(success)} > {BACKUP_OVERDUE})"


def backups_never(*matchers: str) -> str:
    """RDS instances that have no set, or none that succeeded."""
    succeeded = most(DATABASE, of("aliyun_rds_backup_sets", *matchers, 'status="success"'))
    instances = most(DATABASE, of("aliyun_rds_instance_info", *matchers))
    return f"({succeeded} == 0 or ({instances} unless {on(DATABASE)} aliyun_rds_backup_sets))"


BACKUPS_FAILED = in_state(DATABASE, "aliyun_rds_backup_latest_status", 'status="failed"')

DEPLOYS_FAILING = Trouble(
    "Deploys failing",
    "Environments whose open order has failed instances, or whose last finished order failed or was closed. Only the "
    "next success ends it. Held for six hours while nothing can be seen; environments for tests are left out.",
    _deploys_failing,
    having(ENVIRONMENT, "aliyun_retailcloud_deploy_environment_info"),
)
CLUSTERS_NOT_RUNNING = Trouble(
    "Clusters down",
    "RetailCloud clusters in any state but running; those for tests are left out.",
    _clusters_not_running,
    having(CLUSTER, "aliyun_retailcloud_cluster_info"),
)
NODES_EXPIRING = Trouble(
    "Nodes expiring",
    "Nodes of RetailCloud clusters whose subscription ends within 14 days, or has ended.",
    expiring(NODE, "aliyun_retailcloud_node_expiry_timestamp_seconds", NODE_EXPIRING),
    having(NODE, "aliyun_retailcloud_node_info"),
    ODD_IF_ANY,
)
BACKUPS_BAD = Trouble(
    "Backups failing",
    "RDS instances whose latest backup failed, whose last scheduled one is more than 84 hours ago, or that have no "
    "successful backup at all.",
    any_of(BACKUPS_FAILED, backups_overdue, backups_never),
    having(DATABASE, "aliyun_rds_instance_info"),
)
EMR_BAD = Trouble(
    "EMR failing",
    "EMR clusters of both APIs that are abnormal, or whose creation, release or termination failed.",
    any_of(
        in_state(REGIONAL_CLUSTER, "aliyun_emr_flow_cluster_status", 'status=~"abnormal|create_failed|release_failed"'),
        in_state(
            REGIONAL_CLUSTER,
            "aliyun_emr_cluster_state",
            'state=~"start_failed|terminate_failed|terminated_with_errors"',
        ),
    ),
    having(REGIONAL_CLUSTER, "aliyun_emr_flow_cluster_info", "aliyun_emr_cluster_info"),
)
MODELARTS_BAD = Trouble(
    "ModelArts failing",
    "ModelArts clusters that are abnormal or concerning, and pools that are abnormal, in error or frozen.",
    any_of(
        in_state(REGIONAL_CLUSTER, "huaweicloud_modelarts_cluster_status", 'status=~"abnormal|concerning"'),
        in_state(POOL, "huaweicloud_modelarts_pool_phase", 'phase=~"abnormal|error"'),
        in_state(POOL, "huaweicloud_modelarts_pool_frozen", 'reason=~"service|police"'),
    ),
    any_of(
        having(REGIONAL_CLUSTER, "huaweicloud_modelarts_cluster_info"),
        having(POOL, "huaweicloud_modelarts_pool_info"),
    ),
)
