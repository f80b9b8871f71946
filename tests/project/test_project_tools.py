import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tools import servers
from tools.debian_packages import NotToBeHadError, unpack

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder_of_programs(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_python_that_is_too_old_is_refused_with_the_way_out(tmp_path, folder_of_programs):
    old = program(folder_of_programs, "python3", '[ "$1" = --version ] && echo "Python 3.9.2"; exit $?')
    (tmp_path / "tools").mkdir()
    script = shutil.copy(ROOT / "tools" / "environment.sh", tmp_path / "tools")
    done = subprocess.run(
        ["bash", script], env={"PYTHON": str(old), "PATH": "/usr/bin:/bin"}, check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert "Python 3.9.2" in first
    assert "PYTHON=/path/to/python3.11 make run" in second
    assert not (tmp_path / ".venv").exists()


def test_a_server_on_the_path_goes_first(monkeypatch, folder_of_programs):
    installed = program(folder_of_programs, "promtool", "exit 0")
    monkeypatch.setenv("PATH", str(folder_of_programs))
    assert installed == servers.find("promtool")


def test_an_alertmanager_that_is_only_unpacked_finds_its_templates(monkeypatch, tmp_path):
    monkeypatch.setattr(servers, "CACHE", tmp_path)
    monkeypatch.setattr("shutil.which", lambda _: None)
    root = tmp_path / "servers" / "prometheus-alertmanager"
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "share" / "prometheus" / "alertmanager").mkdir(parents=True)
    (root / "usr" / "share" / "prometheus" / "alertmanager" / "default.tmpl").write_text("found")
    looking = 'folder="/usr/share/prometheus/alertmanager"\ncat "$folder/default.tmpl" "$1"'
    program(root / "usr" / "bin", "prometheus-alertmanager", looking)
    for _ in range(2):
        told = subprocess.run([servers.find("alertmanager"), "/dev/null"], check=True, capture_output=True, text=True)
        assert "found" == told.stdout


def test_a_machine_without_apt_is_told_what_is_missing(monkeypatch, tmp_path, folder_of_programs):
    monkeypatch.setenv("PATH", str(folder_of_programs))
    with pytest.raises(NotToBeHadError, match="no apt-get here to fetch prometheus"):
        unpack(["prometheus"], tmp_path / "root")
    assert not (tmp_path / "root").exists()


def test_a_failing_download_leaves_nothing_behind(monkeypatch, tmp_path, folder_of_programs):
    program(folder_of_programs, "apt-get", "echo 'E: Unable to locate package' >&2; exit 100")
    program(folder_of_programs, "dpkg", "exit 0")
    monkeypatch.setenv("PATH", f"{folder_of_programs}:/usr/bin:/bin")
    monkeypatch.setattr("tools.debian_packages.CACHE", tmp_path / "cache")
    with pytest.raises(NotToBeHadError, match="Unable to locate package"):
        unpack(["prometheus"], tmp_path / "servers" / "prometheus")
    assert list((tmp_path / "servers").iterdir()) == []


def test_ci_runs_what_a_person_runs():
    run = ROOT / ".ci" / "run"
    assert run.stat().st_mode & stat.S_IXUSR
    assert "exec make test" in run.read_text(encoding="utf-8").splitlines()
