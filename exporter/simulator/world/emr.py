"""The EMR clusters of the simulated world as the newer API has them, in two regions; some of them have ended."""

from dataclasses import dataclass

from exporter.simulator.world.clusters import REGION, SECOND_REGION
from exporter.simulator.world.dice import DAY, HOUR, dice, letters

STARTING, BOOTSTRAPPING, RUNNING, TERMINATING = "STARTING", "BOOTSTRAPPING", "RUNNING", "TERMINATING"
TERMINATED, TERMINATED_WITH_ERRORS = "TERMINATED", "TERMINATED_WITH_ERRORS"
START_FAILED, TERMINATE_FAILED = "START_FAILED", "TERMINATE_FAILED"
STATES = (
    STARTING,
    START_FAILED,
    BOOTSTRAPPING,
    RUNNING,
    TERMINATING,
    TERMINATED,
    TERMINATED_WITH_ERRORS,
    TERMINATE_FAILED,
)
TYPES = ("DATALAKE", "OLAP", "DATAFLOW", "DATASERVING")

_ROUND = (
    RUNNING,
    RUNNING,
    STARTING,
    TERMINATED,
    RUNNING,
    START_FAILED,
    BOOTSTRAPPING,
    TERMINATED_WITH_ERRORS,
    RUNNING,
    TERMINATING,
    TERMINATE_FAILED,
    TERMINATED,
)
_REASONS = {
    START_FAILED: ("OutOfStock", "There are not enough instances of this type in the zone."),
    TERMINATED_WITH_ERRORS: ("BootstrapScriptFailed", "A bootstrap script ended with exit code 1."),
    TERMINATE_FAILED: ("ReleaseInstancesFailed", "An instance of the cluster could not be released."),
}
_NEW = {STARTING, START_FAILED, BOOTSTRAPPING}
_ENDED = {TERMINATED, TERMINATED_WITH_ERRORS}


@dataclass(frozen=True, slots=True)
class EmrCluster:
    """One EMR cluster; times are epoch seconds, 0 where there is none; ``reason`` is code and text of a failure."""

    id: str
    name: str
    region: str
    state: str
    type: str
    release: str
    created: float
    ready: float
    ended: float
    expires: float
    reason: tuple[str, str] | None

    @property
    def subscribed(self) -> bool:
        """Whether it is paid in advance, by subscription."""
        return self.expires > 0


def make_emr_clusters(seed: int, count: int, born: float) -> list[EmrCluster]:
    """Twelve of them show every state; every fourth but the first is in the second region.

    Those that ended did so hours ago, every twelfth days ago: collectors show the ended ones for a while only.
    """
    return [_cluster(seed, number, born) for number in range(count)]


def _cluster(seed: int, number: int, born: float) -> EmrCluster:
    rolls = dice(seed, "emr-2021", number)
    state = _ROUND[number % len(_ROUND)]
    created = born - (rolls.uniform(2, 10) * 60 if state in _NEW else rolls.uniform(10, 200) * DAY)
    ended = born - (rolls.uniform(2, 8) * HOUR if number % len(_ROUND) != 11 else rolls.uniform(4, 8) * DAY)
    return EmrCluster(
        id=f"c-{letters(rolls, 16)}",
        name=f"lake-{number + 1}",
        region=SECOND_REGION if number % 4 == 0 and number else REGION,
        state=state,
        type=TYPES[number % len(TYPES)],
        release=("EMR-5.16.0", "EMR-3.50.0")[number % 2],
        created=created,
        ready=0.0 if state in _NEW else created + rolls.uniform(300, 900),
        ended=ended if state in _ENDED else 0.0,
        expires=born + rolls.uniform(5, 60) * DAY if number % 5 == 1 else 0.0,
        reason=_REASONS.get(state),
    )
