"""Every secret of the settings and every output: pages by their routes, commands, logs, reprs, tasks, files."""

import asyncio
import base64
import contextlib
import json
import logging
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from exporter.app import collector_defaults
from exporter.cli.main import main
from exporter.settings.document import Document
from exporter.settings.loading import load
from exporter.simulator import SimulatedClock, World, create_app
from tests.canary import all_pages, filled_places, secret_places, secrets_of, settings_with_canaries
from tests.doubles import FakeClock
from tests.hostile_cloud import CANARY
from tests.hostile_cloud import TRICKS as SAMPLES
from tests.loopback import listening
from tests.simulated import SMALL, URL, Simulated, document, exporter_of, get, settings_of
from tests.test_canary import leaks, log, parts_of
from tests.test_canary_logins import TRICKS as ECHOES
from tests.test_canary_logins import good_login

pytestmark = pytest.mark.whole

__all__ = ["log"]
ENVIRON = {
    **{f"ALIBABA_CLOUD_{part.upper()}": secret for part, secret in secrets_of("environment").items()},
    "HUAWEICLOUD_SDK_AK": f"{CANARY}-ak",
    "HUAWEICLOUD_SDK_SK": f"{CANARY}-sk",
}
# What the clouds may do; they echo what they are sent, which is all that they can know.
TRICKS = {"marked samples": SAMPLES["marked samples"], **{name: ECHOES[name] for name in ("permission", "text", "bug")}}
HASH = "$2b$04$fyi8nc2RDyh1tPWAKaxqR.WJjz5xx0d5h3I1pdvxnqLOVuIlOh6em"  # of CANARY-reader
ONLY = ("retailcloud_clusters", "rds_backups", "modelarts_pools")


def test_every_secret_of_the_settings_has_a_canary(tmp_path):
    filled = {*filled_places(settings_with_canaries(tmp_path, URL, proxy=True))}
    assert set() == secret_places() - filled
    assert {
        "http.proxy",
        "accounts.credentials.password_file",
        "accounts.credentials.oidc.token_file",
    } <= secret_places()
    assert len(secret_places()) >= 13


class Listening(httpx.AsyncBaseTransport):
    """A hostile cloud that also looks at the tasks of the exporter while it is asked."""

    def __init__(self, trick) -> None:
        self.told: list[str] = []
        self.calls = 0
        self._trick = trick

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        self.told += [f"{task.get_name()} {task.get_coro()!r}" for task in asyncio.all_tasks()]
        response = good_login(request) if self.calls % 2 else None
        response = response or self._trick(request)
        response.request = request
        return response


def texts_in(file: bytes) -> list[str]:
    """What a file holds, as it is and, where a compressed stream begins on one of its lines, uncompressed."""
    texts, begin = [file], 0
    while begin >= 0 and len(texts) < 100:
        with contextlib.suppress(zlib.error):
            texts.append(zlib.decompressobj(47).decompress(file[begin:]))  # 47: zlib's form or gzip's
        begin = file.find(b"\n", begin) + 1 or -1
    return [text.decode("utf-8", "replace") for text in texts]


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_secret_of_any_setting_is_in_a_page_log_repr_task_or_file(tmp_path, log, trick):
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    config = inputs / "config.yml"
    written = settings_with_canaries(inputs, URL, proxy=True)
    if "snapshot_path" in Document.model_fields:
        written["snapshot_path"] = str(tmp_path / "snapshot")
    config.write_text(yaml.safe_dump(written), encoding="utf-8")
    settings = load(config, ENVIRON, collector_defaults())
    transport = Listening(TRICKS[trick])
    exporter = exporter_of(settings, transport, FakeClock(), environ=ENVIRON, only=ONLY)
    ended = [status for _ in range(2) for _, status in await exporter.collect_once()]
    logging.getLogger("a library").error("it went wrong", exc_info=ValueError(f"{CANARY} in an exception"))
    logging.getLogger("asyncio").error("Task exception was never retrieved", exc_info=KeyError(CANARY))
    if "snapshot_path" in Document.model_fields:
        await exporter.snapshot.save()
        assert any("retailcloud_clusters" in text for text in texts_in((tmp_path / "snapshot").read_bytes()))
    shown = await all_pages(exporter.web())
    shown += [log.getvalue(), repr(settings), str(settings), repr(ended), *transport.told]
    for part in parts_of(exporter):
        shown += [repr(part), str(part)]
    left = [path for path in tmp_path.rglob("*") if path.is_file() and inputs not in path.parents]
    shown += [text for path in left for text in texts_in(path.read_bytes())]
    await exporter.close()
    assert transport.calls > 10
    assert len(ended) == 2 * (6 * 2 + 2)
    assert "it went wrong" in log.getvalue()
    assert [] == [leak for text in shown for leak in leaks(text, set())]


@pytest.mark.skipif("web" not in Document.model_fields, reason="there are no readers with passwords yet")
async def test_no_password_of_a_reader_and_no_hash_of_one_is_shown(tmp_path, log):
    (tmp_path / "web.yml").write_text(f"basic_auth_users: {{reader: '{HASH}'}}", encoding="utf-8")
    world = World(7, SMALL, SimulatedClock(FakeClock().now))
    settings = settings_of(document(world) | {"web": {"config_file": str(tmp_path / "web.yml")}})
    exporter = exporter_of(settings, httpx.ASGITransport(create_app(world)), FakeClock())
    await exporter.collect_once()
    token = base64.b64encode(f"reader:{CANARY}-reader".encode()).decode()
    shown = await all_pages(exporter.web(), authorization=f"Basic {token}")
    wrong = base64.b64encode(f"reader:{CANARY}-wrong".encode()).decode()
    shown += [(await get(exporter, target, authorization=f"Basic {wrong}")).text for target in ("/", "/metrics")]
    shown += [log.getvalue(), repr(settings), *(repr(part) for part in parts_of(exporter))]
    await exporter.close()
    assert [] == [text[:200] for text in shown if any(each in text for each in (CANARY, HASH, HASH[7:], token, wrong))]


async def test_nothing_of_what_the_simulated_clouds_know_to_be_secret_is_shown(log):
    simulated = Simulated(sizes=SMALL)
    await simulated.run()
    shown = [log.getvalue(), *await all_pages(simulated.exporter.web())]
    shown += [repr(part) for part in parts_of(simulated.exporter)]
    await simulated.exporter.close()
    secret = [cluster.password for cluster in simulated.world.clusters]
    assert all(password.startswith("canary-") for password in secret)
    assert any("aliyun_retailcloud_cluster_info" in text for text in shown)
    assert [] == [text[max(0, text.find("canary-") - 80) :][:120] for text in shown if "canary-" in text]


def hostile_cloud(trick) -> ASGIApp:
    """A cloud that logs everybody in and plays a trick on every other call."""

    async def app(scope, receive, send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        url = str(request.url)
        asked = httpx.Request(request.method, url, headers=dict(request.headers), content=body)
        answer = good_login(asked) or trick(asked)
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        await Response(answer.content, answer.status_code, headers)(scope, receive, send)

    return app


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    with listening(hostile_cloud(TRICKS["permission"])) as url:
        yield url


@pytest.fixture
def told(log, capfd, monkeypatch, tmp_path):
    """What a command says: its exit code, and all that it wrote, logged at debug or left behind."""
    for name, secret in ENVIRON.items():
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(config: Path, command: str, *arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main([command, "--config", str(config), "--log-level", "debug", "--log-format", "json", *arguments])
        output = capfd.readouterr()
        return int(ended.value.code or 0), output.out + output.err + log.getvalue()

    return run


COMMANDS = {
    "check": ("check",),
    "once": ("once", "--collector", "retailcloud_clusters", "--collector", "modelarts_pools"),
    "doctor": ("doctor",),
    "doctor as JSON": ("doctor", "--json"),
    "plan": ("plan",),
    "plan as JSON": ("plan", "--json"),
    "backfill": ("backfill", "--since", "1h"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_tells_a_secret(tmp_path, hostile, told, command):
    config = tmp_path / "config.yml"
    written = settings_with_canaries(tmp_path, hostile, proxy=command == "check")
    written["accounts"] = written["accounts"][:3] + written["accounts"][-1:]
    config.write_text(json.dumps(written), encoding="utf-8")
    code, said = told(config, *COMMANDS[command])
    assert (0 if command == "check" else 1) == code
    assert len(said) > 100
    assert [] == leaks(said, set())


@pytest.mark.parametrize("place", sorted(secret_places()))
def test_the_exit_message_for_a_wrong_setting_tells_no_secret(tmp_path, told, place):
    config = tmp_path / "config.yml"
    *sections, name = place.split(".")
    wrong: object = {name: [f"{CANARY}-list"], f"{name}x": f"{CANARY}-misspelt", f"{name}_": {f"{CANARY}-key": CANARY}}
    for section in reversed(sections):
        wrong = {section: [{"name": "a", "provider": "aliyun", **wrong}] if section == "accounts" else wrong}
    config.write_text(json.dumps(wrong), encoding="utf-8")
    code, said = told(config, "serve")
    assert 2 == code
    assert name in said
    assert [] == leaks(said, set())
