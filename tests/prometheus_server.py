"""A real Prometheus for the tests that want one."""

import json
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path


class Prometheus:
    """A Prometheus that scrapes one target every second, or none; ``data`` is where its blocks are."""

    def __init__(self, program: Path, folder: Path, *, target: str = "", data: Path | None = None) -> None:
        self.address = f"127.0.0.1:{_free_port()}"
        job = {"job_name": "exporter", "honor_labels": True, "static_configs": [{"targets": [target]}]}
        config = {"global": {"scrape_interval": "1s"}, "scrape_configs": [job] if target else []}
        (folder / "prometheus.yml").write_text(json.dumps(config))
        arguments = [
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={data or folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--log.level=warn",
        ]
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(arguments, stderr=self.log, stdout=self.log)

    def query(self, expression: str, at: float | None = None) -> list[dict[str, object]]:
        """The vector that an expression gives now, or at a moment; empty while the server is not up.

        Raises HTTPError for an expression that Prometheus refuses.
        """
        asked = {"query": expression} if at is None else {"query": expression, "time": f"{at:.3f}"}
        url = f"http://{self.address}/api/v1/query?{urllib.parse.urlencode(asked)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["data"]["result"]
        except OSError as error:
            if getattr(error, "code", 503) != 503:
                raise
            return []

    def wait_for(self, expression: str) -> list[dict[str, object]]:
        """The vector once it is not empty; fails after 40 seconds."""
        deadline = time.monotonic() + 40
        while not (result := self.query(expression)):
            assert time.monotonic() < deadline, f"{expression} gives nothing:\n{Path(self.log.name).read_text()}"
        return result

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
