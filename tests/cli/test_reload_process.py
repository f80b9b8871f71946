"""A real daemon whose settings change."""

import json
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.loopback import Served

pytestmark = pytest.mark.whole


def event(served: Served, name: str) -> dict[str, object]:
    """The next line of this name in the log, in which nothing is said of files that came and went."""
    for line in served.log():
        assert "detected" not in line["event"]
        if line["event"].startswith(name):
            return line
    raise AssertionError(f"the log ended without {name}")


def rewrite(config: Path, change) -> None:
    """Change the settings as an editor does, by a new file in the place of the old one."""
    document = json.loads(config.read_text())
    change(document)
    new = config.with_name(".new")
    new.write_text(json.dumps(document))
    new.rename(config)


def test_a_daemon_reads_its_settings_again_by_signal_and_by_itself(serve, tmp_path):
    served = serve(collectors={"retailcloud_deploys": {"enabled": False}})
    config = tmp_path / "config.yml"
    served.process.send_signal(signal.SIGHUP)
    assert "SIGHUP" == event(served, "settings reloaded, nothing changed")["trigger"]

    rewrite(config, lambda document: document["accounts"].pop())
    reloaded = event(served, "settings reloaded")
    assert ("change of the file", ["ml"]) == (reloaded["trigger"], reloaded["removed"])
    served.wait_until_ready()
    assert 'account="ml"' not in served.get("/metrics")[1]
    assert "name: ml" not in served.get("/config")[1]

    good = config.read_text()
    config.write_text('{"accounts": 1, "listen": "canary"')
    refused = event(served, "settings not reloaded")
    assert str(config) in refused["mistakes"][0]
    page = served.get("/metrics")[1]
    assert "\ncluster_exporter_config_last_reload_successful 0.0\n" in page
    assert 'aliyun_retailcloud_cluster_info{account="shop"' in page
    assert "simulated-secret" not in served.get("/config")[1]

    config.write_text(good)
    assert event(served, "settings reloaded, nothing changed")
    assert "\ncluster_exporter_config_last_reload_successful 1.0\n" in served.get("/metrics")[1]

    request = urllib.request.Request(f"http://{served.address}/-/reload", method="POST")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=5)
    assert 405 == served.get("/-/reload")[0]

    code, rest = served.stop()
    assert (0, "stopped") == (code, rest[-1]["event"])
