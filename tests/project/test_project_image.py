import re
import shlex
import tomllib
from pathlib import Path

from exporter.app import collector_defaults
from exporter.settings.loading import load

ROOT = Path(__file__).resolve().parents[2]
INSTRUCTIONS = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()


def arguments(instruction: str) -> list[str]:
    return [line.removeprefix(instruction).strip() for line in INSTRUCTIONS if line.startswith(f"{instruction} ")]


def copied() -> set[str]:
    """What is copied from the project, not from another stage."""
    calls = [shlex.split(call) for call in arguments("COPY") if not call.startswith("--from")]
    return {source for call in calls for source in call[:-1]}


def test_everything_that_is_copied_exists():
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_the_build_is_sent_exactly_what_is_copied():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied() == {line.removeprefix("!") for line in lines if line.startswith("!")}


def test_the_exporter_does_not_run_as_root():
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", arguments("USER")[-1])


def test_the_image_starts_the_command_of_the_project():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert [f'["{name}"]' for name in scripts] == arguments("ENTRYPOINT")
    assert ['["serve"]'] == arguments("CMD")


def test_the_port_is_the_default_one():
    account = {"CLOUD_CLUSTER_EXPORTER_ACCOUNTS": '[{"name": "shop", "provider": "aliyun"}]'}
    default = str(load(None, account, collector_defaults()).listen.port)
    assert [default] == arguments("EXPOSE")
    assert f"'127.0.0.1', {default}," in arguments("HEALTHCHECK")[0]
