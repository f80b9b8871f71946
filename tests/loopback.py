"""Fixtures: the simulated cloud on loopback, settings for it, and a running ``serve``."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from exporter.cli import main
from exporter.simulator import SimulatedClock, Sizes, World, create_app

COMMAND = str(Path(sys.executable).parent / "cloud-cluster-exporter")
BARE = {name: value for name, value in os.environ.items() if "CLOUD" not in name}
SMALL = Sizes(
    clusters=2,
    nodes=4,
    apps=2,
    environments=2,
    volumes=3,
    rds_instances=1,
    backup_days=3,
    emr_clusters=2,
    hpc_clusters=1,
    batchcompute_clusters=1,
    modelarts_clusters=1,
)


@contextlib.contextmanager
def cloud_of(world: World) -> Iterator[str]:
    """The address of the simulated cloud of a world."""
    with listening(create_app(world)) as address:
        yield address


@contextlib.contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """The address at which an application is served, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def simulated_cloud() -> Iterator[str]:
    """The address of a small simulated cloud."""
    with cloud_of(World(3, SMALL, SimulatedClock(time.time))) as address:
        yield address


@pytest.fixture(scope="session")
def control(simulated_cloud: str) -> Iterator[httpx.Client]:
    """How the small simulated cloud is told what to do."""
    with httpx.Client(base_url=f"{simulated_cloud}/_sim") as client:
        yield client


@pytest.fixture
def fault(control: httpx.Client) -> Iterator[Callable[..., None]]:
    """Puts faults in force for one test."""

    def put(fault: str, *operations: str, **more: object) -> None:
        for operation in operations:
            control.post("/faults", json={"fault": fault, "operation": operation, **more}).raise_for_status()

    yield put
    control.delete("/faults")


@pytest.fixture
def write_settings(tmp_path: Path, simulated_cloud: str) -> Callable[..., Path]:
    """Writes settings for the simulated cloud (JSON is YAML, too), changed as the test wants."""

    def write(*, secret: str = "simulated-secret", **changes: object) -> Path:
        keys = {"access_key_id": "simulated-id", "access_key_secret": secret}
        products = ("retailcloud", "emr", "ecs", "rds", "batchcompute")
        document = {
            "listen": "127.0.0.1:0",
            "accounts": [
                {
                    "name": "shop",
                    "provider": "aliyun",
                    "regions": ["cn-zhangjiakou"],
                    "credentials": keys,
                    "endpoints": dict.fromkeys(products, simulated_cloud),
                    "rds_instances": World(3, SMALL, SimulatedClock(time.time)).rds_instance_ids,
                    "budget": {"retailcloud": {"rate": "10/s", "burst": 100}},  # nobody waits for the thirtieth call
                },
                {
                    "name": "ml",
                    "provider": "huaweicloud",
                    "regions": ["cn-north-4"],
                    "project_id": "0123456789abcdef0123456789abcdef",
                    "credentials": keys,
                    "endpoints": {"modelarts": simulated_cloud},
                },
            ],
            "collectors": {"batchcompute_clusters": {"enabled": True}},
            **changes,
        }
        path = tmp_path / "config.yml"
        path.write_text(json.dumps(document))
        return path

    return write


@contextlib.contextmanager
def without_reader() -> Iterator[TextIO]:
    """An output whose reader has left."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as output:
        yield output


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Done]]:
    """Runs a command in this process, which is quicker than a new one."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level

    def run_here(*arguments: object) -> Done:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        return Done(ended.value.code or 0, *capsys.readouterr())

    yield run_here
    root.handlers, root.level = handlers, level


class Served:
    """A running ``serve`` that logs JSON."""

    def __init__(self, config: Path) -> None:
        arguments = [COMMAND, "serve", "--config", str(config), "--log-format", "json"]
        self.process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=BARE)
        self.address = next(line["address"] for line in self.log() if line["event"] == "serving")

    def log(self) -> Iterator[dict[str, object]]:
        """What it logs from here on, until it ends."""
        for line in self.process.stderr:
            yield json.loads(line)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of a page."""
        request = urllib.request.Request(f"http://{self.address}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_until_ready(self) -> None:
        """Return once every collection was tried."""
        deadline = time.monotonic() + 30
        while self.get("/-/ready")[0] != 200:
            assert time.monotonic() < deadline, self.get("/-/ready")[1]

    def stop(self) -> tuple[int, list[dict[str, object]]]:
        """End it as an init system would; exit code and the rest of the log."""
        self.process.send_signal(signal.SIGTERM)
        with self.process.stderr:
            rest = list(self.log())
        return self.process.wait(10), rest


@pytest.fixture
def serve(write_settings: Callable[..., Path]) -> Iterator[Callable[..., Served]]:
    """Starts ``serve`` with settings changed as the test wants; ended with the test."""
    running: list[Served] = []

    def start(**changes: object) -> Served:
        running.append(Served(write_settings(**changes)))
        return running[-1]

    yield start
    for served in running:
        if served.process.poll() is None:
            served.stop()
