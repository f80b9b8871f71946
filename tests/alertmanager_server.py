"""A real Alertmanager for the tests that want one."""

import json
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.prometheus_server import free_port
from tests.waiting import wait_until


class Alertmanager:
    """An Alertmanager without peers; ``config`` is its configuration (JSON is YAML, too)."""

    def __init__(self, program: Path, folder: Path, config: Mapping[str, object]) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        (folder / "alertmanager.yml").write_text(json.dumps(config))
        arguments = [
            program,
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alertmanager-data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        self.log = (folder / "alertmanager-log").open("w+")
        self.process = subprocess.Popen(arguments, stderr=self.log, stdout=self.log)
        wait_until(self._is_ready, Path(self.log.name).read_text)

    def post(self, alerts: Sequence[Mapping[str, str]]) -> None:
        """Fire alerts of these labels, as Prometheus would."""
        body = json.dumps([{"labels": dict(labels)} for labels in alerts]).encode()
        request = urllib.request.Request(
            f"http://{self.address}/api/v2/alerts", body, {"content-type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=5).close()

    def alerts(self) -> list[dict]:
        """The alerts it has, each with ``labels`` and ``status``."""
        with urllib.request.urlopen(f"http://{self.address}/api/v2/alerts", timeout=5) as answer:
            return json.load(answer)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def _is_ready(self) -> bool:
        try:
            urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5).close()
        except OSError:
            return False
        return True
