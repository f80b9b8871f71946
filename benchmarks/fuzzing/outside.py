"""What else comes from outside: files of settings, requests for pages, the answers of services that lend keys."""

import io
import json
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import yaml
from fuzzing.mutation import mutated, odd, scalar, written
from fuzzing.readers import must

from exporter import logs
from exporter.app import Exporter, Surroundings, collector_defaults
from exporter.settings.loading import load
from exporter.settings.mistake import SettingsError

URL = "http://127.0.0.1:10991"
KEY = {"access_key_id": "an-id", "access_key_secret": "a-secret"}
SETTINGS: tuple[Any, ...] = (
    {
        "listen": "127.0.0.1:0",
        "naive_time_zone": "Asia/Shanghai",
        "http": {"proxy": "http://user:pw@proxy:3128", "no_proxy": ["10.0.0.0/8"], "timeout": "20s"},
        "accounts": [
            {
                "name": "shop",
                "provider": "aliyun",
                "regions": ["cn-zhangjiakou"],
                "credentials": {**KEY, "role_arn": "acs:ram::1:role/a", "external_id": "x"},
                "endpoints": {"retailcloud": "https://{region}.example"},
                "rds_instances": ["rm-1"],
                "include": {"cluster": ["prod-.*"]},
                "budget": {"retailcloud": {"rate": "10/s", "burst": 20}},
                "collectors": {"retailcloud_deploys": {"interval": "2m"}},
            },
            {
                "name": "ml",
                "provider": "huaweicloud",
                "regions": ["cn-north-4"],
                "projects": {"cn-north-4": "0123"},
                "credentials": {"username": "u", "password": "p", "domain": "d"},
            },
        ],
        "collectors": {"retailcloud_deploys": {"enabled": True, "interval": "1m", "window": "24h", "max_series": 9}},
    },
)


class SettingsFiles:
    """Files and variables of settings: they are settings, or every mistake in them is told."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "config.yml"
        self._defaults = collector_defaults()

    def case(self, dice: random.Random) -> Iterator[object]:
        """One file, and perhaps a variable."""
        value = mutated(dice.choice(SETTINGS), dice)
        text = written(value, dice) if dice.random() < 0.6 else yaml.safe_dump(value).encode("utf-8", "surrogatepass")
        self._path.write_bytes(text)
        environ = {}
        if dice.random() < 0.3:
            name = dice.choice(("ACCOUNTS__0__NAME", "LISTEN", "HTTP__TIMEOUT", "ACCOUNTS", "COLLECTORS", "X__Y__0"))
            environ[f"CLOUD_CLUSTER_EXPORTER_{name}"] = str(odd(dice))
        yield {"file": text, "environ": environ}
        try:
            load(self._path, environ, self._defaults)
        except SettingsError as mistakes:
            must(len(str(mistakes)) > 10, "a mistake without a word")


def _exporter(document: Mapping[str, object], transport: httpx.AsyncBaseTransport, environ: dict[str, str]) -> Exporter:
    numbers = count()
    variables = {f"CLOUD_CLUSTER_EXPORTER_{key.upper()}": json.dumps(value) for key, value in document.items()}

    async def no_sleep(_: float) -> None:
        """Time is not waited for."""

    surroundings = Surroundings(
        environ=environ,
        clock=_Clock(),
        sleep=no_sleep,
        chance=lambda: 0.5,
        nonce=lambda: str(next(numbers)),
        transport=transport,
    )
    return Exporter(
        load(None, variables, collector_defaults()), surroundings, only=("ecs_hpc_clusters", "modelarts_pools")
    )


class _Clock:
    def now(self) -> float:
        return 1_767_225_600.0

    monotonic = awake = now


class Nothing(httpx.AsyncBaseTransport):
    """Answers nothing of use."""

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        """Fail."""
        return httpx.Response(500)


class Requests:
    """Requests for the exporter's pages: each is answered, and none with an error of the server."""

    def __init__(self) -> None:
        account = {"name": "a", "provider": "aliyun", "regions": ["cn-hangzhou"], "credentials": KEY}
        transport = httpx.ASGITransport(_exporter({"accounts": [account]}, Nothing(), {}).web())
        self._client = httpx.AsyncClient(transport=transport, base_url="http://exporter")

    async def case(self, dice: random.Random) -> AsyncIterator[object]:
        """One request."""
        path = dice.choice(("/metrics", "/", "/-/healthy", "/-/ready", "/runbooks/", "/runbooks/", "/nowhere"))
        path += quote(str(scalar(dice)).encode("utf-8", "replace")[:200]) if dice.random() < 0.3 else ""
        query = f"?collect[]={quote(str(scalar(dice)).encode('utf-8', 'replace'))}" if dice.random() < 0.4 else ""
        media = dice.choice(("text/plain", "application/openmetrics-text;version=1.0.0", "*/*;q=0", str(odd(dice))))
        accepts = f"{media};{dice.choice(('q=1', 'q=x', 'escaping=', f'version={scalar(dice)}'))},{scalar(dice)}"
        headers = {
            name: written.encode("latin-1", "replace").replace(b"\n", b"").replace(b"\r", b"")[:4000]
            for name, written in (("accept", accepts), ("accept-encoding", f"gzip;q={scalar(dice)},{scalar(dice)}"))
        }
        method = dice.choice(("GET", "GET", "GET", "HEAD", "POST", "PUT"))
        yield {"method": method, "path": path + query, "headers": headers}
        response = await self._client.request(method, path + query, headers=headers)
        must(response.status_code < 500 or path.startswith("/-/"), f"HTTP {response.status_code}")


LENT = {"AccessKeyId": "i", "AccessKeySecret": "s", "SecurityToken": "t", "Expiration": "2026-01-01T01:00:00Z"}
AGENCY = {"access": "a", "secret": "s", "securitytoken": "t", "expires_at": "2026-01-02T00:00:00.000000Z"}
TOKEN = {"token": {"expires_at": "2026-01-02T00:00:00.000000Z", "project": {"id": "p-1"}}}
LOGINS: dict[str, Any] = {
    "/security-credentials/a-role": {"Code": "Success", **LENT},
    "/keys": {"Code": "Success", **LENT},
    "/openstack/latest/securitykey": {"credential": AGENCY},
    "/v3/auth/tokens": TOKEN,
    "/v3/projects": {"projects": [{"id": "p-1", "name": "cn-north-4"}]},
    "AssumeRole": {"Credentials": LENT},
}


class Lender(httpx.AsyncBaseTransport):
    """The services that lend keys, with mistakes in their answers; products answer nothing of use."""

    def __init__(self) -> None:
        self.dice = random.Random(0)
        self.answered: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """What is asked for, or something like it."""
        asked = f"{request.url} {request.headers.get('x-acs-action', '')}"
        dice = self.dice
        good = next((value for part, value in LOGINS.items() if part in asked), None)
        if good is None:
            text = "a-role" if asked.endswith("/security-credentials/ ") else "a-token"
            content = text.encode() if dice.random() < 0.7 else str(odd(dice)).encode("utf-8", "replace")
        else:
            content = written(mutated(good, dice) if dice.random() < 0.7 else good, dice)
        token = str(scalar(dice)).encode("latin-1", "replace").replace(b"\n", b"").replace(b"\r", b"")
        headers = {b"x-subject-token": token if dice.random() < 0.3 else b"a-token"}
        self.answered.append(f"{asked}: {content[:1000]!r}")
        return httpx.Response(dice.choice((200, 200, 201, 400, 500)), content=content, headers=headers)


class Logins:
    """Every way to log in, at services that answer with mistakes, and with profiles that are none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = io.StringIO()
        logs.set_up("warning", "text", self._log)
        (folder / "oidc").write_text("a-token", encoding="utf-8")
        common: Any = {
            "provider": "aliyun",
            "regions": ["cn-zhangjiakou"],
            "endpoints": dict.fromkeys(("ecs", "sts", "metadata"), URL),
        }
        role = {"role_arn": "acs:ram::1:role/a"}
        ways: dict[str, Any] = {
            "role": {**KEY, **role},
            "oidc": {
                "oidc": {"provider_arn": "acs:ram::1:oidc-provider/p", "token_file": str(folder / "oidc")},
                **role,
            },
            "instance": {"ecs_ram_role": True},
            "uri": {"credentials_uri": f"{URL}/keys"},
            "profile": {"profile_file": str(folder / "profile")},
        }
        there: Any = {"provider": "huaweicloud", "regions": ["cn-north-4"]}
        there["endpoints"] = dict.fromkeys(("modelarts", "iam", "metadata"), URL)
        huawei: dict[str, Any] = {
            "password": {"username": "u", "password": "p", "domain": "d"},
            "agency": {"ecs_agency": True},
        }
        self._accounts = [
            *({"name": name, **common, "credentials": way} for name, way in ways.items()),
            *({"name": name, **there, "credentials": way} for name, way in huawei.items()),
        ]

    async def case(self, dice: random.Random) -> AsyncIterator[object]:
        """One login of one kind, and the call that follows it."""
        account = dice.choice(self._accounts)
        profile = {"current": "p", "profiles": [{"name": "p", "mode": "RamRoleArn", "ram_role_arn": "a", **KEY}]}
        (self._folder / "profile").write_bytes(written(mutated(profile, dice), dice))
        lender = Lender()
        lender.dice = dice
        self._log.seek(0)
        self._log.truncate()
        yield {"account": account["name"], "answered": lender.answered}
        exporter = _exporter({"accounts": [account]}, lender, {"HOME": str(self._folder)})
        try:
            ended = await exporter.collect_once()
        finally:
            await exporter.close()
        must(all(status.result != "bug" for _, status in ended), f"a bug: {self._log.getvalue()[-600:]}")
