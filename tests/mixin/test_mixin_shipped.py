"""What is shipped comes with the wheel that the image is built from, and is found there."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from exporter.mixin import shipped

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parents[2]
PACKED = "exporter/mixin/shipped/"
SHIPPED = {
    path.relative_to(ROOT).as_posix(): path.read_bytes()
    for pattern in ("alerts/*.rules.yaml", "alerts/alertmanager/**/*", "dashboards/*.json", "docs/runbooks/*.md")
    for path in sorted(ROOT.glob(pattern))
    if path.is_file()
}


def copied_into_the_image() -> set[str]:
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()]
    calls = [line[1:-1] for line in lines if line[:1] == ["COPY"]]
    return {name for call in calls if not call[0].startswith("--from") for name in call}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of what is copied into the image, and of nothing else, built without a network."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in copied_into_the_image():
        path, copy = ROOT / name, source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, copy, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            shutil.copy(path, copy)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out], cwd=source, check=True)
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def packed(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name.removeprefix(PACKED): archive.read(name) for name in archive.namelist() if name.startswith(PACKED)}


def test_a_checkout_has_the_files_where_people_edit_them():
    assert ROOT == shipped()


def test_the_wheel_has_every_file_as_it_is_and_nothing_else(wheel):
    assert {"docs/alerts.md": (ROOT / "docs" / "alerts.md").read_bytes(), **SHIPPED} == packed(wheel)


def test_the_installed_command_writes_what_the_wheel_has(installed, tmp_path):
    program = "import sys; from exporter.cli import main; main(sys.argv[1:])"
    for command in ("alerts", "dashboards"):
        done = subprocess.run(
            [sys.executable, "-c", program, command, "--out", tmp_path / command],
            env={"PYTHONPATH": str(installed)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    expected = {name: text for name, text in SHIPPED.items() if not name.startswith("docs/")}
    assert expected == {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in written}


def test_the_installed_pages_are_those_of_the_checkout(installed, tmp_path):
    program = "from exporter.mixin import runbook_pages, shipped; print(shipped()); print(*sorted(runbook_pages()))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    folder, names = done.stdout.splitlines()
    assert str(installed / PACKED.rstrip("/")) == folder
    assert ["", *(name.removeprefix("docs/runbooks/") for name in SHIPPED if name.startswith("docs/"))] == names.split(
        " "
    )
