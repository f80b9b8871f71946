"""An exporter of the simulated clouds that tests kill and start again, as a machine or a rollout would."""

import json
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

from exporter.simulator import World
from tests.loopback import BARE, COMMAND
from tests.waiting import wait_until


class ExporterProcess:
    """A ``serve`` that can be ended and started again at the same address, which stays its own meanwhile."""

    def __init__(self, folder: Path, document: dict[str, object]) -> None:
        self._place = _reserved(0)
        self._port = self._place.getsockname()[1]
        self.address = f"127.0.0.1:{self._port}"
        self._config = folder / f"exporter-{self._port}.yml"
        self._config.write_text(json.dumps({"listen": self.address, **document}))
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, where it is not running; returns once it serves."""
        if self._process is not None:
            return
        log = self._config.with_suffix(".log")
        self._place.close()
        with log.open("a") as stderr:
            self._process = subprocess.Popen(
                [COMMAND, "serve", "--config", self._config], stderr=stderr, stdout=stderr, env=BARE
            )
        wait_until(lambda: self.page() or self._process.poll() is not None, log.read_text)
        assert self._process.poll() is None, log.read_text()

    def wait_until_ready(self) -> None:
        """Return once every collection was tried."""
        wait_until(lambda: self.page("/-/ready"), lambda: f"{self.address} does not get ready")

    def page(self, path: str = "/metrics") -> str:
        """What it serves, or nothing while it does not."""
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def stop(self) -> None:
        """End it as an init system would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a word."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None
            self._place = _reserved(self._port)

    def close(self) -> None:
        """Leave it and its address."""
        self.kill()
        self._place.close()


def _reserved(port: int) -> socket.socket:
    """A place at loopback where nobody listens and nobody else can; 0 for any."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", port))
    return place


def exporter_settings(cloud: str, world: World) -> dict[str, object]:
    """All products of the simulated clouds; deploys are read every 1.5 seconds."""
    keys = {"access_key_id": "simulated-id", "access_key_secret": "simulated-secret"}
    shop = {
        "name": "shop",
        "provider": "aliyun",
        "regions": ["cn-zhangjiakou"],
        "credentials": keys,
        "endpoints": dict.fromkeys(("retailcloud", "emr", "ecs", "rds", "batchcompute"), cloud),
        "rds_instances": world.rds_instance_ids,
        "budget": {"retailcloud": {"rate": "100/s", "burst": 100}},
    }
    ml = {
        "name": "ml",
        "provider": "huaweicloud",
        "regions": ["cn-north-4"],
        "project_id": "0123456789abcdef0123456789abcdef",
        "credentials": keys,
        "endpoints": {"modelarts": cloud},
    }
    return {
        "accounts": [shop, ml],
        "collectors": {
            "retailcloud_deploys": {"interval": "1.5s", "timeout": "1.5s", "max_staleness": "8s"},
            "batchcompute_clusters": {"enabled": True},
        },
    }
