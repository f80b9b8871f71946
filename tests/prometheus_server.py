"""A real Prometheus for the tests that want one."""

import json
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tests.waiting import wait_until


class Prometheus:
    """A Prometheus that scrapes its targets every second, or none.

    ``data`` is where its blocks are, ``rules`` are files that it evaluates twice a second, and ``alertmanager`` is the
    address that gets its alerts.
    """

    def __init__(
        self,
        program: Path,
        folder: Path,
        *,
        target: str = "",
        targets: Sequence[str] = (),
        data: Path | None = None,
        rules: Sequence[Path] = (),
        alertmanager: str = "",
    ) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        targets = [*([target] if target else []), *targets]
        job = {"job_name": "exporter", "honor_labels": True, "static_configs": [{"targets": targets}]}
        managers = [{"static_configs": [{"targets": [alertmanager]}]}] if alertmanager else []
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "500ms"},
            "scrape_configs": [job] if targets else [],
            "rule_files": [str(path) for path in rules],
            "alerting": {"alertmanagers": managers},
        }
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

    def query(self, expression: str, at: float | None = None) -> list[dict]:
        """The vector that an expression gives now, or at a moment; empty while the server is not up.

        A range selector gives the samples as they were scraped. Raises HTTPError for an expression that Prometheus
        refuses.
        """
        asked = {"query": expression} if at is None else {"query": expression, "time": f"{at:.3f}"}
        return self._get("query", asked).get("result", [])

    def wait_for(self, expression: str) -> list[dict]:
        """The vector once it is not empty; fails after a minute."""
        return wait_until(
            lambda: self.query(expression), lambda: f"{expression} gives nothing:\n{Path(self.log.name).read_text()}"
        )

    def alerts(self, **labels: str) -> list[dict]:
        """The alerts with these labels that are pending or firing, as /api/v1/alerts has them."""
        return [alert for alert in self._get("alerts").get("alerts", []) if labels.items() <= alert["labels"].items()]

    def last_evaluation(self) -> float:
        """When the group of rules whose turn is the longest ago was evaluated, epoch seconds."""
        groups = self._get("rules").get("groups", [])
        return min((datetime.fromisoformat(group["lastEvaluation"]).timestamp() for group in groups), default=0.0)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def _get(self, path: str, asked: dict[str, str] | None = None) -> dict:
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(asked or {})}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["data"]
        except OSError as error:
            if getattr(error, "code", 503) != 503:
                raise
            return {}


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
