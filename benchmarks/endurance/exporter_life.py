"""A whole exporter in front of the simulated clouds, whose collections run at their own due times."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from endurance.life import TAKEN, TELLS_NOTHING
from endurance.line import AsgiLine
from endurance.oracle import Oracle
from simulated_time import LoopClock
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.app import Exporter, Surroundings, collector_defaults
from exporter.collection import Collection
from exporter.schedule import offset
from exporter.settings.loading import load
from exporter.simulator import Sizes

SIZES = Sizes(
    clusters=3,
    nodes=6,
    apps=3,
    environments=2,
    volumes=6,
    claims=2,
    rds_instances=2,
    rds_replicas=1,
    rds_elsewhere=1,
    backup_days=3,
    emr_clusters=4,
    emr_2021_clusters=8,
    hpc_clusters=2,
    batchcompute_clusters=2,
    modelarts_clusters=3,
    modelarts_pools=6,
)
PRODUCTS = ("retailcloud", "emr", "ecs", "rds", "batchcompute", "sts", "modelarts", "iam")
KEY = {"access_key_id": "simulated-id", "access_key_secret": "simulated-secret"}
ROLE = "acs:ram::123456789:role/exporter"
USER = {"username": "simulated-user", "password": "simulated-password", "domain": "simulated-domain"}
_GRACE = 40.0  # seconds that a run may end after its timeout: a login or a page that is put together


class WatchedLine(AsgiLine):
    """The line to the simulated clouds; when an answer tells of the world, the oracle looks at it, too."""

    def __init__(self, app: ASGIApp, oracle: Oracle) -> None:
        super().__init__(app)
        self._oracle = oracle
        self.calls = 0

    def app_of(self, request: httpx.Request) -> ASGIApp:
        """The clouds, watched on behalf of the account whose address was asked."""
        account = request.url.host.partition(".")[0]
        self.calls += 1

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            async def told(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    operation, fault = TAKEN.get(("", ""))
                    if fault not in TELLS_NOTHING:
                        self._oracle.answered(account, operation)
                await send(message)

            await self._app(scope, receive, told)

        return watched


@dataclass(slots=True)
class Runs:
    """How the runs of all collections went."""

    results: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    escaped: list[str] = field(default_factory=list)


def exporter_of(line: httpx.AsyncBaseTransport, clock: LoopClock, dice: random.Random) -> Exporter:
    """An exporter of three accounts: by key with all collectors, by role with fewer, by password at Huawei."""
    off = ("retailcloud_claims", "retailcloud_instances", "rds_backups", "emr_flow_clusters", "ecs_hpc_clusters")
    documents = [
        _account("shop", "aliyun", KEY, ["cn-zhangjiakou", "cn-hangzhou"]),
        {
            **_account("branch", "aliyun", {**KEY, "role_arn": ROLE}, ["cn-zhangjiakou", "cn-hangzhou"]),
            "collectors": {name: {"enabled": False} for name in off},
        },
        _account("ml", "huaweicloud", USER, ["cn-north-4"]),
    ]
    nonces = count()
    surroundings = Surroundings(
        environ={},
        clock=clock,
        sleep=asyncio.sleep,
        chance=dice.random,
        nonce=lambda: f"nonce-{next(nonces)}",
        transport=line,
    )
    environ = {
        "CLOUD_CLUSTER_EXPORTER_ACCOUNTS": json.dumps(documents),
        "CLOUD_CLUSTER_EXPORTER_COLLECTORS": json.dumps({"batchcompute_clusters": {"enabled": True}}),
    }
    return Exporter(load(None, environ, collector_defaults()), surroundings)


def _account(name: str, provider: str, credentials: dict[str, str], regions: list[str]) -> dict[str, Any]:
    products = PRODUCTS[-2:] if provider == "huaweicloud" else PRODUCTS[:-2]
    return {
        "name": name,
        "provider": provider,
        "regions": regions,
        "credentials": credentials,
        "endpoints": dict.fromkeys(products, f"https://{name}.example"),
    }


async def keep_running(collection: Collection, clock: LoopClock, runs: Runs) -> None:
    """Run a collection at its due times, as the schedule does: at once, then at its own offset every interval."""
    limits = collection.limits
    due = limits.interval * (0.5 + 0.5 * offset(str(collection.key)))
    while True:
        status = await collection.run()
        runs.results[status.result] += 1
        if status.duration > limits.timeout + _GRACE:
            runs.missed.append(f"{collection.key} ran for {status.duration:.0f} s, its timeout is {limits.timeout:g} s")
        while due <= clock.monotonic():
            due += limits.interval
        await asyncio.sleep(due - clock.monotonic())
        if clock.monotonic() - due > limits.interval:
            runs.missed.append(f"{collection.key} began {clock.monotonic() - due:.0f} s late")
