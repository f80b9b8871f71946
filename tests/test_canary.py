"""No secret reaches a page, a log, an error or a repr, whatever the clouds do with what they are sent."""

import asyncio
import io
import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType

import httpx
import pytest
import structlog

from exporter import logs
from exporter.app import collector_defaults
from exporter.cli import collect, diagnosis
from exporter.collection.recorder import BugError
from exporter.collectors import COLLECTORS
from exporter.doctor import examine
from exporter.settings.loading import load
from exporter.surroundings import Surroundings
from tests.doubles import FakeClock
from tests.hostile_cloud import CANARY, MARKS, SECRETS, TRICKS
from tests.simulated import URL, exporter_of, get

pytestmark = pytest.mark.whole

ID, SECRET, TOKEN, _ = SECRETS
KEYS = ("access_key_id", "access_key_secret", "security_token")
ENDPOINTS = dict.fromkeys(("retailcloud", "emr", "ecs", "rds", "batchcompute"), URL)
ENVIRON = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": ID,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
    "HUAWEICLOUD_SDK_AK": ID,
    "HUAWEICLOUD_SDK_SK": SECRET,
    "HUAWEICLOUD_SDK_SECURITY_TOKEN": TOKEN,
}
TARGETS = [
    "/metrics",
    "/metrics?" + "&".join(f"collect[]={collector.name}" for collector in COLLECTORS),
    "/",
    "/-/ready",
    "/-/healthy",
]


@pytest.fixture
def config(tmp_path):
    """Settings with a secret in every place that takes one: text, files, the environment, the proxy."""
    keys = {"access_key_id": ID, "access_key_secret": SECRET, "security_token": TOKEN}
    for name, secret in keys.items():
        (tmp_path / name).write_text(f"{secret}\n", encoding="utf-8")
    aliyun = {"provider": "aliyun", "regions": ["cn-zhangjiakou"], "endpoints": ENDPOINTS, "rds_instances": ["rm-1"]}
    huawei = {"provider": "huaweicloud", "regions": ["cn-north-4"], "project_id": "0" * 32}
    document = {
        "http": {"proxy": f"http://user:{CANARY}-proxy-password@127.0.0.1:1"},
        "accounts": [
            {**aliyun, "name": "text", "credentials": keys},
            {**aliyun, "name": "files", "credentials": {f"{name}_file": str(tmp_path / name) for name in keys}},
            {**aliyun, "name": "environment"},
            {**huawei, "name": "ml", "endpoints": {"modelarts": URL}},
        ],
        "collectors": {"batchcompute_clusters": {"enabled": True}},
    }
    path = tmp_path / "config.yml"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, from debug up, in both forms."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up("debug", "json", stream)
    as_json = root.handlers
    logs.set_up("debug", "text", stream)
    root.handlers += as_json
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


class Hostile(httpx.AsyncBaseTransport):
    """Plays one trick on every call, and keeps the signatures that it saw."""

    def __init__(self, trick) -> None:
        self.signatures: set[str] = set()
        self._trick = trick

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        header = request.headers.get("authorization", "")
        self.signatures.add(header.rpartition("Signature=")[2] or header.rpartition(":")[2])
        response = self._trick(request)
        response.request = request
        return response


def leaks(text: str, signatures: set[str]) -> list[str]:
    """What of the secrets is in a text, with what stands before it."""
    marks = [*MARKS, *signatures]
    return [text[max(0, text.find(mark) - 80) : text.find(mark) + 40] for mark in marks if mark in text]


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_secret_is_shown_whatever_the_cloud_answers(config, log, trick):
    transport = Hostile(TRICKS[trick])
    shown = await all_that_is_shown(config, log, transport)
    assert transport.signatures
    assert [] == [leak for text in shown for leak in leaks(text, transport.signatures)]


async def all_that_is_shown(config, log, transport) -> list[str]:
    exporter = exporter_of(load(config, {}, collector_defaults()), transport, FakeClock(), environ=ENVIRON)
    results = {status.result for _ in range(2) for _, status in await exporter.collect_once()}
    shown = [(await get(exporter, target)).text for target in TARGETS]
    shown += [log.getvalue(), repr(results), *(repr(part) for part in parts_of(exporter))]
    shown += [
        told
        for collection in exporter.collections
        for told in (collection.record.status.message, repr(collection.record), repr(vars(collection)))
    ]
    await exporter.close()
    return shown


@pytest.mark.parametrize("trick", TRICKS)
async def test_the_doctor_tells_no_secret_whatever_the_cloud_answers(config, log, trick):
    transport = Hostile(TRICKS[trick])
    shown = await all_that_the_doctor_tells(config, log, transport)
    assert transport.signatures
    assert [] == [leak for text in shown for leak in leaks(text, transport.signatures)]


async def all_that_the_doctor_tells(config, log, transport) -> list[str]:
    exporter = exporter_of(load(config, {}, collector_defaults()), transport, FakeClock(), environ=ENVIRON)
    told = await asyncio.gather(*(examine(patient) for patient in exporter.patients))
    await exporter.close()
    return [diagnosis.as_text(told), diagnosis.as_json(told), log.getvalue(), repr(exporter.patients), repr(told)]


@pytest.mark.parametrize("all_of", [all_that_is_shown, all_that_the_doctor_tells])
async def test_no_secret_is_shown_where_the_proxy_does_not_answer(config, log, all_of):
    document = json.loads(config.read_text(encoding="utf-8"))
    for account in document["accounts"]:
        account["endpoints"] = {}  # which are far away, and nobody listens where the proxy is said to be
    config.write_text(json.dumps(document), encoding="utf-8")
    shown = await all_of(config, log, None)
    assert any("gave no answer (ConnectError)" in text for text in shown)
    assert [] == [leak for text in shown for leak in leaks(text, set())]


def parts_of(root: object) -> list[object]:
    """Every object of the exporter's own classes that can be reached from one, through containers and closures."""
    found, seen, left = [], set(), [root]
    while left:
        part = left.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        left += inside(part)
        if type(part).__module__.startswith("exporter."):
            found.append(part)
    return found


def inside(part: object) -> list[object]:
    if isinstance(part, Mapping):
        return [*part.keys(), *part.values()]
    if isinstance(part, list | tuple | set | frozenset):
        return [*part]
    if isinstance(part, FunctionType):
        return [cell.cell_contents for cell in part.__closure__ or ()]
    if isinstance(part, MethodType):
        return [part.__self__]
    if not type(part).__module__.startswith("exporter."):
        return []
    slots = [name for kind in type(part).__mro__ for name in getattr(kind, "__slots__", ()) if hasattr(part, name)]
    return [*getattr(part, "__dict__", {}).values(), *(getattr(part, name) for name in slots)]


def test_the_parts_of_an_exporter_reach_down_to_its_keys(config):
    exporter = exporter_of(load(config, {}, collector_defaults()), Hostile(TRICKS["samples"]), FakeClock())
    kinds = {type(part).__name__ for part in parts_of(exporter)}
    assert {"Channel", "SignedAccess", "ProjectAccess", "FileCredentials", "EnvironmentCredentials"} <= kinds


def test_check_masks_what_it_shows(config, capsys, monkeypatch):
    for name, secret in ENVIRON.items():
        monkeypatch.setenv(name, secret)
    collect.check(config)
    told = capsys.readouterr()
    assert "********" in told.out
    assert [] == leaks(told.out + told.err, set())


async def test_a_secret_in_place_of_its_file_is_told_nowhere(config, log, capsys):
    document = json.loads(config.read_text(encoding="utf-8"))
    for account in document["accounts"]:
        account["credentials"] = {f"{name}_file": secret for name, secret in zip(KEYS, SECRETS, strict=False)}
    config.write_text(json.dumps(document), encoding="utf-8")
    collect.check(config)
    told = capsys.readouterr()
    settings = load(config, {}, collector_defaults())
    exporter = exporter_of(settings, Hostile(TRICKS["samples"]), FakeClock(), only=("retailcloud_clusters",))
    ended = await exporter.collect_once()
    shown = [told.out, told.err, repr(settings), log.getvalue(), repr(ended)]
    shown += [(await get(exporter, target)).text for target in TARGETS if "collect" not in target]
    await exporter.close()
    assert {"auth"} == {status.result for _, status in ended}
    assert [] == [leak for text in shown for leak in leaks(text, set())]


def test_settings_and_surroundings_do_not_tell(config):
    settings = load(config, {}, collector_defaults())
    surroundings = Surroundings(environ=ENVIRON, clock=FakeClock())
    assert [] == leaks(f"{settings!r} {surroundings!r}", set())


async def test_the_error_that_stands_for_a_bug_tells_nothing_of_its_values(config, log):
    exporter = exporter_of(load(config, {}, collector_defaults()), Hostile(TRICKS["bug"]), FakeClock(), environ=ENVIRON)
    ended = await exporter.collect_once()
    bugs = [collection for collection, status in ended if status.result == "bug"]
    await exporter.close()
    assert bugs
    error = BugError(ValueError(SECRET))
    assert [] == leaks(f"{error} {error!r} {''.join(traceback.format_exception_only(error))}", set())
    assert "where" in log.getvalue()
