"""What happens to the simulated clouds in a soak: objects come, go and change, deploys fail, and everything breaks."""

import random
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from endurance.products import EMR_STATES, FLOW_STATES
from starlette.applications import Starlette

from exporter.simulator import OPERATION_NAMES, SCENARIOS, Fault, Faults, Quirks, World
from exporter.simulator.faults import KINDS
from exporter.simulator.world.clusters import Volume
from exporter.simulator.world.computing import ModelArtsCluster

TAKEN: ContextVar[tuple[str, str]] = ContextVar("taken")
"""The operation of the call that is being answered, and the fault that is played on it ("" where there is none)."""

NO_DATA = ("throttled", "unavailable", "internal_error", "html", "forbidden", "invalid_key", "reset", "business_error")
"""Faults after which nothing can be known of the world, for hours on end."""
TELLS_NOTHING = {
    *NO_DATA,
    *("throttled_without_hint", "throttled_old_hint", "expired_token", "clock_skew", "not_found_api", "not_offered"),
    *("html_success", "too_many_requests", "endless_body", "truncated_json", "empty_object"),
}
"""Faults of which no answer holds anything of the world: what is on the page was not read from it.

Not those of values: of an answer without objects nothing is lost."""

# Faults that make up objects and values. An exporter cannot know better, so an oracle cannot judge by them.
LIES = {"strings", "odd_strings", "huge_numbers", "not_a_number", "endless_pages"}
PLAYED = tuple(kind for kind in KINDS if kind not in LIES)

# Quirks after which an answer is still the truth, only otherwise written.
HONEST_QUIRKS: dict[str, tuple[object, ...]] = {
    "numbers": ("strings", "numbers"),
    # Not "one_two": 1 is test there and production elsewhere, and a cluster says no more of it.
    "env_type": ("TEST_PRO", "test_online"),
    "rds_casing": ("lower",),
    "rds_counters": ("numbers",),
    "cpu_request": ("cup", "cpu"),
    "pod_lists": ("json_strings",),
    "error_text": ("ErrMsg", "ErrorMsg"),
    "failure_rate": ("percent", "percent_sign"),
    "times": ("naive_local", "utc_minutes", "utc_seconds"),
    "total_count": ("zero", "too_small", "too_large"),
    "ignore_page_number": (True,),
    "endless_pages": (True,),
    "moving_pages": ("added",),  # "deleted" leaves out a row that is there still
    "max_page_size": (30,),
    "deploy_order": ("ascending", "shuffled"),
    "deploy_filter_zone": ("UTC",),
    "ignore_deploy_category": (True,),
    "ignore_deploy_lists": (True,),
    "resource_allocs": ("wrapped", "absent"),
    "batchcompute_bare_array": (True,),
    "modelarts_offset": ("pages",),
}
_MOST_ENDLESS = 3  # an endless answer costs a tenth of a second of work
_MOST_NEW = 4  # environments that are added for good


class WatchedFaults(Faults):
    """Faults that leave word of what was played on a call, for those who look on from the call's own task."""

    def take(self, operation: str, *others: Any, **more: Any) -> Fault | None:  # noqa: ANN401 -- theirs to know
        """The fault to play, noted in `TAKEN`."""
        fault = super().take(operation, *others, **more)
        TAKEN.set((operation, fault.fault if fault else ""))
        return fault


class Life:
    """Moves a simulated world on, cycle by cycle, by dice of its own."""

    def __init__(self, app: Starlette, dice: random.Random) -> None:
        self.world: World = app.state.world
        self._clouds = app.state.clouds
        self._clouds.faults = WatchedFaults(self.world.clock.real)
        self._dice = dice
        self._attic: list[Callable[[], None]] = []
        self._added = 0
        self.played: set[str] = set()
        self.events = 0

    def storm(self) -> None:
        """One cycle in which things go wrong and change."""
        for chance, happen in (
            (0.6, self._fault),
            (0.3, self._come_or_go),
            (0.3, self._turn),
            (0.06, self._scenario),
            (0.05, self._quirk),
            (0.02, self._end_tokens),
        ):
            if self._dice.random() < chance:
                happen()
                self.events += 1

    def calm(self) -> None:
        """Let everything work from now on."""
        self._clouds.faults.clear()
        self._clouds.quirks = Quirks()

    def black_out(self) -> None:
        """Let nothing work for a cycle."""
        self._clouds.faults.clear()
        self._clouds.faults.add(Fault(fault=self._dice.choice(NO_DATA)))

    def _fault(self) -> None:
        dice = self._dice
        kind = dice.choice(PLAYED)
        self.played.add(kind)
        lasts: dict[str, Any] = (
            {"seconds": dice.uniform(5, 900)} if dice.random() < 0.5 else {"times": dice.randint(1, 20)}
        )
        if kind == "endless_body":
            lasts = {"times": dice.randint(1, _MOST_ENDLESS)}
        operation = "*" if dice.random() < 0.15 else dice.choice(OPERATION_NAMES)
        self._clouds.faults.add(
            Fault(
                fault=kind,
                operation=operation,
                delay=dice.uniform(1, 60),
                retry_after=dice.randint(100, 120_000),
                **lasts,
            )
        )

    def _come_or_go(self) -> None:
        """Delete an object, or put one back."""
        if self._attic and self._dice.random() < 0.5:
            self._attic.pop(self._dice.randrange(len(self._attic)))()
            return
        world = self.world
        lists: list[list[Any]] = [
            *(world.clusters, world.claims, world.apps, world.db_instances, world.flow_clusters, world.emr_clusters),
            *(world.hpc_clusters, world.batch.clusters, world.modelarts_clusters, world.all_pools, world.environments),
            *(cluster.nodes for cluster in world.clusters),
            *(cluster.volumes for cluster in world.clusters),
        ]
        chosen = self._dice.choice([each for each in lists if each])
        gone = chosen.pop(self._dice.randrange(len(chosen)))
        self._attic.append(lambda: chosen.append(gone))

    def _turn(self) -> None:
        """Let an object change its state."""
        world, dice = self.world, self._dice
        turns: list[tuple[list[Any], Callable[[Any], Any]]] = [
            (world.flow_clusters, lambda each: replace(each, status=dice.choice(FLOW_STATES))),
            (world.emr_clusters, lambda each: replace(each, state=dice.choice(EMR_STATES), reason=None)),
            (world.modelarts_clusters, self._other_cluster),
            (world.all_pools, lambda each: replace(each, phase=dice.choice(("Running", "Abnormal", "Deleting")))),
            *((cluster.volumes, self._other_volume) for cluster in world.clusters),
        ]
        chosen, turned = dice.choice([(each, turned) for each, turned in turns if each])
        index = dice.randrange(len(chosen))
        chosen[index] = turned(chosen[index])

    def _other_volume(self, volume: Volume) -> Volume:
        return replace(volume, status=self._dice.choice(("Bound", "Available", "Released", "Failed", "Pending")))

    def _other_cluster(self, cluster: ModelArtsCluster) -> ModelArtsCluster:
        status = self._dice.choice(("running", "concerning", "deploying", "abnormal"))
        return replace(cluster, status=status, missing=self._dice.randint(0, cluster.nodes))

    def _scenario(self) -> None:
        name = self._dice.choice([*SCENARIOS])
        if name == "new-environment-fails":
            self._added += 1
            if self._added > _MOST_NEW:
                return
        self.world.start(name)

    def _quirk(self) -> None:
        name = self._dice.choice([*HONEST_QUIRKS])
        self._clouds.quirks = self._clouds.quirks.changed({name: self._dice.choice(HONEST_QUIRKS[name])})

    def _end_tokens(self) -> None:
        self._clouds.keys.expire()
        self._clouds.tokens.expire()
