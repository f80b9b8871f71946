"""What Prometheus itself says of the page."""

import json
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from exporter.collectors import COLLECTORS


def test_promtool_finds_nothing_to_mend_on_the_page(promtool, serve):
    served = serve()
    served.wait_until_ready()
    _, page = served.get("/metrics")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, text=True, timeout=60, check=False
    )
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


class Prometheus:
    """A Prometheus that scrapes one target every second."""

    def __init__(self, program: Path, folder: Path, target: str) -> None:
        self.address = f"127.0.0.1:{_free_port()}"
        config = {
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [
                {"job_name": "exporter", "honor_labels": True, "static_configs": [{"targets": [target]}]}
            ],
        }
        (folder / "prometheus.yml").write_text(json.dumps(config))
        arguments = [
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--log.level=warn",
        ]
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(arguments, stderr=self.log, stdout=self.log)

    def query(self, expression: str) -> list[dict[str, object]]:
        """The vector that an expression gives now; empty while the server is not up."""
        url = f"http://{self.address}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["data"]["result"]
        except OSError:
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


@pytest.fixture
def scraped(prometheus, serve, tmp_path):
    """A Prometheus that scrapes an exporter with all its data."""
    served = serve()
    served.wait_until_ready()
    server = Prometheus(prometheus, tmp_path, served.address)
    yield server
    server.stop()


def test_a_real_prometheus_scrapes_every_collector(scraped):
    assert scraped.wait_for("up == 1")
    results = scraped.wait_for('cluster_exporter_collector_last_result{result="success"} == 1')
    assert len(COLLECTORS) == len({each["metric"]["collector"] for each in results})
    clusters = scraped.wait_for("aliyun_retailcloud_cluster_cpu_request_ratio")
    assert {"shop"} == {each["metric"]["account"] for each in clusters}
    # Samples that the page had twice would be counted here.
    assert scraped.wait_for("scrape_samples_scraped == scrape_samples_post_metric_relabeling")
    assert "Error on ingesting" not in Path(scraped.log.name).read_text()


def test_joins_by_key_find_exactly_one_name_for_each_cluster(scraped):
    ratio = "max by (account, cluster_id) (aliyun_retailcloud_cluster_cpu_request_ratio)"
    names = "topk by (account, cluster_id) (1, aliyun_retailcloud_cluster_info)"
    joined = scraped.wait_for(f"{ratio} * on (account, cluster_id) group_left (cluster_name) {names}")
    assert 2 == len(joined)
    assert all(each["metric"]["cluster_name"] for each in joined)
