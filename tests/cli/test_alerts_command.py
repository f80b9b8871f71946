import difflib
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from exporter.mixin import GRAFANA_BASE, RUNBOOK_BASE

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "alerts").glob("*.rules.yaml"))
EXAMPLES = sorted(path for path in ROOT.glob("alerts/alertmanager/**/*") if path.is_file())
DASHBOARDS = sorted((ROOT / "dashboards").glob("*.json"))
OWN = ("--runbook-base", "https://wiki.example/ops/", "--grafana-base", "https://graphs.example/sub")


def texts(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_files_are_written_as_they_are_and_named(here, tmp_path):
    out = tmp_path / "to" / "prometheus"
    done = here("alerts", "--out", out)
    expected = {path.relative_to(ROOT / "alerts").as_posix(): path.read_text("utf-8") for path in [*RULES, *EXAMPLES]}
    assert expected == texts(out)
    assert (0, [f"wrote {out / name}" for name in expected]) == (done.returncode, done.stdout.splitlines())
    assert f"for prometheus.yml: rule_files: ['{out}/*.rules.yaml']\n" == done.stderr


def test_only_the_addresses_change(here, tmp_path):
    assert 0 == here("alerts", "--out", tmp_path, *OWN).returncode
    changed = False
    for path in RULES:
        lines = [path.read_text(encoding="utf-8").splitlines(), (tmp_path / path.name).read_text("utf-8").splitlines()]
        for line in difflib.ndiff(*lines):
            assert not line.startswith("- ") or RUNBOOK_BASE in line or GRAFANA_BASE in line, line
            assert not line.startswith("+ ") or any(base.rstrip("/") in line for base in OWN[1::2]), line
            changed = changed or line.startswith("+ ")
        assert not any(base in (tmp_path / path.name).read_text("utf-8") for base in (RUNBOOK_BASE, GRAFANA_BASE))
    assert changed


def test_prometheus_takes_the_rules_with_addresses_of_ones_own(here, tmp_path, promtool):
    here("alerts", "--out", tmp_path, *OWN)
    written = sorted(tmp_path.glob("*.rules.yaml"))
    done = subprocess.run([promtool, "check", "rules", *written], check=False, capture_output=True, text=True)
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_link_is_one_of_ones_own(here, tmp_path, path):
    here("alerts", "--out", tmp_path, *OWN)
    groups = yaml.safe_load((tmp_path / path.name).read_text(encoding="utf-8"))["groups"]
    for annotations in [rule["annotations"] for group in groups for rule in group["rules"] if "alert" in rule]:
        assert annotations["runbook_url"].startswith(f"https://wiki.example/ops/{path.name.partition('.')[0]}.md#")
        assert annotations["dashboard_url"].startswith("https://graphs.example/sub/d/cloud-cluster-")


def test_own_files_are_written_over_and_others_left(here, tmp_path):
    theirs, ours = tmp_path / "mine.rules.yaml", tmp_path / RULES[0].name
    theirs.write_text("mine", encoding="utf-8")
    ours.write_text("old", encoding="utf-8")
    assert 0 == here("alerts", "--out", tmp_path).returncode
    assert ("mine", RULES[0].read_text("utf-8")) == (theirs.read_text("utf-8"), ours.read_text("utf-8"))


def test_dashboards_are_written_as_they_are(here, tmp_path):
    done = here("dashboards", "--out", tmp_path)
    assert {path.name: path.read_text("utf-8") for path in DASHBOARDS} == texts(tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert [f"wrote {tmp_path / path.name}" for path in DASHBOARDS] == done.stdout.splitlines()


def test_every_wrong_address_is_one_line_and_nothing_is_written(here, tmp_path):
    done = here("alerts", "--out", tmp_path, "--runbook-base", "wiki", "--grafana-base", "https://g/{{ $value }}")
    assert (2, "", {}) == (done.returncode, done.stdout, texts(tmp_path))
    first, second = done.stderr.splitlines()
    assert (
        '--runbook-base: "wiki" is not an address; write https://host, https://host:port or https://host/path' == first
    )
    assert second.startswith('--grafana-base: "https://g/{{ $value }}" is put into every alert as it is')


def test_a_password_in_an_address_is_not_shown(here, tmp_path):
    done = here("alerts", "--out", tmp_path, "--grafana-base", "https://me:secret@g")
    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("--grafana-base: it has a name or password")
    assert "secret" not in done.stderr


@pytest.mark.parametrize("command", ["alerts", "dashboards"])
def test_a_folder_must_be_named(here, command):
    done = here(command)
    assert (2, "") == (done.returncode, done.stdout)
    assert "--out" in done.stderr


@pytest.mark.parametrize("command", ["alerts", "dashboards"])
def test_a_file_is_no_folder(here, tmp_path, command):
    taken = tmp_path / "file"
    taken.write_text("mine", encoding="utf-8")
    done = here(command, "--out", taken)
    assert (2, "", "mine") == (done.returncode, done.stdout, taken.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("command", "first"), [("alerts", RULES[0]), ("dashboards", DASHBOARDS[0])])
def test_a_folder_that_cannot_be_written_to_is_one_line_and_exit_code_1(here, tmp_path, command, first):
    (tmp_path / first.name).mkdir()  # root may write anywhere, but over a folder
    done = here(command, "--out", tmp_path)
    assert (1, "") == (done.returncode, done.stdout)
    assert f"cannot write {tmp_path / first.name}: Is a directory; choose another folder with --out\n" == done.stderr


def test_what_is_written_others_may_read(here, tmp_path):
    here("alerts", "--out", tmp_path)
    assert (tmp_path / RULES[0].name).stat().st_mode & stat.S_IROTH


def test_an_installation_without_the_files_says_so(here, tmp_path, monkeypatch):
    monkeypatch.setattr("exporter.cli.mixin.shipped", lambda: tmp_path)
    done = here("dashboards", "--out", tmp_path / "out")
    assert (1, "") == (done.returncode, done.stdout)
    assert "this installation came without the files; install the wheel or the image anew\n" == done.stderr
