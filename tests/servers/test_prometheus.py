"""What Prometheus itself says of the page."""

import subprocess
from pathlib import Path

import pytest

from exporter.collectors import COLLECTORS
from tests.prometheus_server import Prometheus


def test_promtool_finds_nothing_to_mend_on_the_page(promtool, serve):
    served = serve()
    served.wait_until_ready()
    _, page = served.get("/metrics")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, text=True, timeout=60, check=False
    )
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


@pytest.fixture
def scraped(prometheus, serve, tmp_path):
    """A Prometheus that scrapes an exporter with all its data."""
    served = serve()
    served.wait_until_ready()
    server = Prometheus(prometheus, tmp_path, target=served.address)
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
