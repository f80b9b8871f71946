"""``demo`` and ``simulate``: the exporter and the simulated cloud, to try and to develop with."""

import asyncio
import json
import socket
import time
from functools import partial

import structlog

from exporter.app import Exporter, collector_defaults
from exporter.cli.outcome import WorkFailedError
from exporter.cli.output import say, tell
from exporter.cli.serving import StopSignal, run_exporter
from exporter.listener import bound, served
from exporter.settings.address import parse_listen
from exporter.settings.loading import load
from exporter.settings.mistake import Mistake, SettingsError, suggestion
from exporter.settings.model import Settings
from exporter.simulator import SCENARIOS, SimulatedClock, Sizes, World, create_app

PORT = 10991
SIZES = Sizes()
_HOST = "127.0.0.1"
_KEYS = {"access_key_id": "simulated-id", "access_key_secret": "simulated-secret"}
_ALIYUN_PRODUCTS = ("retailcloud", "emr", "ecs", "rds", "batchcompute", "sts", "metadata")
_HUAWEI_PRODUCTS = ("modelarts", "iam", "metadata")

log = structlog.get_logger("exporter")


def demo(listen: str, port: int, scenario: str, seed: int) -> None:
    """Serve the simulated cloud and an exporter of it until stopped; says where the page is once it has data.

    ``port`` is that of the cloud on loopback, 0 for any free one.
    """
    address = _address(listen)
    world = _world(scenario, seed, SIZES)
    with bound(_HOST, port) as cloud, bound(*address) as listener:
        port = _port(cloud)
        say(f"simulated cloud: http://{_HOST}:{port}/_sim   (scenario {scenario})")
        asyncio.run(_demo(_settings(listen, port), world, cloud, listener))


def _address(listen: str) -> tuple[str, int]:
    try:
        return parse_listen(listen)
    except ValueError as error:
        raise SettingsError([Mistake("--listen", str(error), None, None)]) from None


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


async def _demo(settings: Settings, world: World, cloud: socket.socket, listener: socket.socket) -> None:
    async with served(create_app(world), cloud, grace=1):
        await run_exporter(settings, listener, ready=partial(_tell, _port(cloud)))


def _tell(port: int, exporter: Exporter, address: str) -> None:
    fine = [collection for collection in exporter.collections if collection.record.block.series]
    series = sum(collection.record.block.series for collection in fine)
    say("")
    say(f"metrics: http://{address}/metrics   ({series:,} series from {len(fine)} collectors)")
    say(f"status:  http://{address}/")
    say("")
    say("Make a deploy fail and watch it arrive within a minute:")
    say(f"  curl -X POST http://{_HOST}:{port}/_sim/scenario/deploy-fails")
    say(f"  curl -s http://{address}/metrics | grep '^aliyun_retailcloud_deploy_latest_failure_ratio.* 0\\.[1-9]'")
    say("Stop with Ctrl-C.")


def simulate(port: int, scenario: str, seed: int, sizes: Sizes) -> None:
    """Serve the simulated cloud alone until stopped; says its address, its keys and how to use them.

    ``port`` is on loopback, 0 for any free one.
    """
    world = _world(scenario, seed, sizes)
    with bound(_HOST, port) as cloud:
        port = _port(cloud)
        settings = json.dumps(_document(port), indent=2)
        say(settings)
        tell(f"simulated cloud: http://{_HOST}:{port}   (what it can do: /_sim)")
        tell(f"access key id {_KEYS['access_key_id']}, secret {_KEYS['access_key_secret']}, at both vendors")
        tell("limited-id, limited-secret lacks two permissions; stranger-id, stranger-secret is a member of no app")
        tell("settings for an exporter of it (JSON is YAML, too) went to standard output")
        asyncio.run(_simulate(world, cloud))


async def _simulate(world: World, cloud: socket.socket) -> None:
    stop = StopSignal()
    async with served(create_app(world), cloud, grace=1):
        await stop.wait()


def _world(scenario: str, seed: int, sizes: Sizes) -> World:
    if scenario not in SCENARIOS:
        text = f'there is no scenario "{scenario}"; {suggestion(scenario, SCENARIOS)}'
        raise SettingsError([Mistake("--scenario", text, None, None)])
    try:
        return World(seed, sizes, SimulatedClock(time.time), scenario)
    except ValueError as error:
        raise WorkFailedError(str(error)) from None


def _settings(listen: str, port: int) -> Settings:
    """The settings of the demonstration, read as a user's would be."""
    document = _document(port)
    prefix = "CLOUD_CLUSTER_EXPORTER_"
    environ = {f"{prefix}{key.upper()}": json.dumps(value) for key, value in document.items()}
    return load(None, environ | {f"{prefix}LISTEN": listen}, collector_defaults())


def _document(port: int) -> dict[str, object]:
    url = f"http://{_HOST}:{port}"
    return {
        "accounts": [
            {
                "name": "shop",
                "provider": "aliyun",
                "regions": ["cn-zhangjiakou"],
                "credentials": _KEYS,
                "endpoints": dict.fromkeys(_ALIYUN_PRODUCTS, url),
            },
            {
                "name": "ml",
                "provider": "huaweicloud",
                "regions": ["cn-north-4"],
                "project_id": "0123456789abcdef0123456789abcdef",
                "credentials": _KEYS,
                "endpoints": dict.fromkeys(_HUAWEI_PRODUCTS, url),
            },
        ],
        "collectors": {"batchcompute_clusters": {"enabled": True}},
    }
