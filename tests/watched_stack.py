"""The whole way of a page on loopback: a simulated cloud, exporters, Prometheus, Alertmanager, and who is told.

Polls are 1.5 seconds apart, scrapes 1, evaluations 0.5, so that what takes minutes elsewhere takes seconds here.
"""

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx

from exporter.simulator import SimulatedClock, World
from tests.alertmanager_server import Alertmanager
from tests.exporter_process import ExporterProcess, exporter_settings
from tests.loopback import SMALL, cloud_of
from tests.prometheus_server import Prometheus
from tests.short_time import short_routes, short_rules
from tests.waiting import wait_until
from tests.webhook_receiver import Notification, WebhookReceiver, receiving

PAGE = "RetailCloudDeployFailed"
_SEED = 3


@dataclass(frozen=True)
class Deploy:
    """A failing deploy: where it fails, in which order, at which step (as the metrics call it), and since when."""

    app_id: str
    app_name: str
    env_id: str
    env_name: str
    order_id: str
    step: str
    first_failed_pod: float

    @property
    def key(self) -> dict[str, str]:
        return {"app_id": self.app_id, "env_id": self.env_id}

    def rows(self, metric: str, **labels: str) -> str:
        """The selector of a metric of its environment."""
        pairs = ",".join(f'{name}="{value}"' for name, value in {**self.key, **labels}.items())
        return f"aliyun_retailcloud_deploy_{metric}{{{pairs}}}"


class WatchedStack:
    """The running whole; the second exporter is not started, but looked for by Prometheus from the beginning."""

    def __init__(
        self,
        cloud: httpx.Client,
        exporters: tuple[ExporterProcess, ExporterProcess],
        prometheus: Prometheus,
        receiver: WebhookReceiver,
    ) -> None:
        self.cloud = cloud
        self.exporters = exporters
        self.prometheus = prometheus
        self.receiver = receiver

    def tell(self, path: str, order: object = None) -> None:
        """An order to the simulated cloud, under /_sim."""
        self.cloud.post(f"/_sim/{path}", json=order).raise_for_status()

    def pass_time(self, seconds: float) -> None:
        """Let time pass in the simulated cloud."""
        self.tell("clock", {"advance": seconds})

    def truth(self) -> list[dict]:
        """Every environment as it is."""
        return self.cloud.get("/_sim").json()["truth"]["environments"]

    def is_open(self, deploy: Deploy) -> bool:
        """Whether nobody has closed its order yet."""
        (environment,) = [each for each in self.truth() if str(each["env_id"]) == deploy.env_id]
        return str(environment["latest"]["order_id"]) == deploy.order_id and environment["latest"]["end"] is None

    def query(self, expression: str, at: float | None = None) -> list[dict]:
        return self.prometheus.query(expression, at)

    def wait_for(self, expression: str) -> list[dict]:
        return self.prometheus.wait_for(expression)

    def alerts(self, name: str, **labels: str) -> list[dict]:
        """The firing alerts of this name."""
        return [each for each in self.prometheus.alerts(alertname=name, **labels) if each["state"] == "firing"]

    def start(self, scenario: str) -> Deploy:
        """Start a scenario that lets a deploy fail, and be at its first failed pod."""
        before = {environment["env_id"]: environment["latest"] for environment in self.truth()}
        self.tell(f"scenario/{scenario}")
        self.pass_time(5.1)
        now = time.time()
        for environment in self.truth():
            latest, earlier = environment["latest"], before.get(environment["env_id"])
            is_new = latest and latest["order_id"] != (earlier or {}).get("order_id")
            if is_new and latest["failed"] and environment["env_type"] == "prod":
                return _deploy(environment, now)
        raise AssertionError(f"{scenario} lets no deploy fail")

    def retry(self) -> None:
        """Let a new order start in whatever is broken."""
        self.tell("scenario/retry-succeeds")

    def mend(self) -> None:
        """Take all faults away, and let the next order of whatever is broken succeed."""
        self.cloud.delete("/_sim/faults").raise_for_status()
        if any(environment["failing_since"] or _is_failing(environment) for environment in self.truth()):
            self.retry()
            self.pass_time(61)

    def told(self, name: str, status: str, since: float, **labels: str) -> Notification:
        """The first notification of an alert that came since a moment and is firing or resolved, once it is there."""

        def found() -> list[Notification]:
            return [each for each in self.receiver.since(since, alertname=name, **labels) if each.status == status]

        return wait_until(found, lambda: f"nobody was told that {name} {labels} is {status}: {self.receiver}")[0]

    def page_of(self, deploy: Deploy) -> Notification:
        """The page about a failing deploy, once it is there."""
        return self.told(PAGE, "firing", deploy.first_failed_pod, **deploy.key)

    def timeline(self, deploy: Deploy) -> dict[str, float]:
        """The page's way, in seconds since the first failed pod: when it is where, once it is there."""
        began = deploy.first_failed_pod
        wait_until(partial(_shows, self.exporters[0], deploy), lambda: f"the page does not show {deploy}")
        passed = {"on the exporter's page": time.time() - began}
        wait_until(partial(self.alerts, PAGE, **deploy.key), lambda: f"no alert of {deploy}")
        passed["alert firing"] = time.time() - began
        return {**passed, "webhook": self.page_of(deploy).at - began}

    def ended_once(self, deploy: Deploy) -> Notification:
        """The end of the page about a deploy, once it is there; fails where it was interrupted or came twice."""
        end = self.told(PAGE, "resolved", deploy.first_failed_pod, **deploy.key)
        story = self.receiver.since(deploy.first_failed_pod, alertname=PAGE, **deploy.key)
        assert ["firing", "resolved"] == [each.status for each in story], story
        assert story[0].starts_at == end.starts_at, "it was over in between"
        return end

    def let_rules_run(self) -> None:
        """Return once every rule was evaluated on what is scraped now, and Alertmanager has heard of it."""
        for _ in range(2):
            now = time.time()
            wait_until(partial(self._evaluated_since, now), lambda: "no rule is evaluated")

    def _evaluated_since(self, moment: float) -> bool:
        return self.prometheus.last_evaluation() > moment


def _deploy(environment: dict, now: float) -> Deploy:
    step = environment["latest"]["failed_at_step"]
    return Deploy(
        app_id=str(environment["app_id"]),
        app_name=environment["app_name"],
        env_id=str(environment["env_id"]),
        env_name=environment["env_name"],
        order_id=str(environment["latest"]["order_id"]),
        step=re.sub("(?<=.)([A-Z])", r"_\1", step).lower(),
        first_failed_pod=now,
    )


def _shows(exporter: ExporterProcess, deploy: Deploy) -> bool:
    """Whether a page has a failed pod of a deploy."""
    name = "aliyun_retailcloud_deploy_latest_failed_pods"
    lines = [line for line in exporter.page().splitlines() if line.startswith(name) and f'"{deploy.env_id}"' in line]
    return any(not line.endswith(" 0") for line in lines)


def _is_failing(environment: dict) -> bool:
    latest = environment["latest"]
    return bool(latest and latest["failed"] and latest["end"] is None)


@contextlib.contextmanager
def running_stack(prometheus: Path, alertmanager: Path, folder: Path) -> Iterator[WatchedStack]:
    """Start the whole; it is ready when Prometheus has scraped the exporter and evaluated the rules."""
    world = World(_SEED, replace(SMALL, apps=3), SimulatedClock(time.time))
    with contextlib.ExitStack() as stack:
        cloud = stack.enter_context(cloud_of(world))
        receiver = stack.enter_context(receiving())
        control = stack.enter_context(httpx.Client(base_url=cloud, timeout=10))
        document = exporter_settings(cloud, world)
        exporters = (ExporterProcess(folder, document), ExporterProcess(folder, document))
        manager = Alertmanager(alertmanager, folder, short_routes(receiver.address))
        stack.callback(manager.stop)
        rules = folder / "rules"
        rules.mkdir()
        server = Prometheus(
            prometheus,
            folder,
            targets=[exporter.address for exporter in exporters],
            rules=short_rules(rules),
            alertmanager=manager.address,
        )
        stack.callback(server.stop)
        for exporter in exporters:
            stack.callback(exporter.close)
        exporters[0].start()
        exporters[0].wait_until_ready()
        server.wait_for("aliyun_retailcloud_deploy_latest_status")
        watched = WatchedStack(control, exporters, server, receiver)
        watched.let_rules_run()
        yield watched
