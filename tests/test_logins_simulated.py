"""Whole exporters that log in at the simulated clouds in every way there is, and what becomes of their collections."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from exporter.simulator import Quirks, SimulatedClock, Sizes, World, create_app
from tests.doubles import FakeClock
from tests.simulated import KEYS, SMALL, URL, exporter_of, get, settings_of

ROLE = "acs:ram::123456789:role/exporter"
PROVIDER = "acs:ram::123456789:oidc-provider/cluster"
USER = {"username": "simulated-user", "password": "simulated-password", "domain": "simulated-domain"}
ALIYUN_ONLY = ("retailcloud_clusters", "ecs_hpc_clusters")
HUAWEI_ONLY = ("modelarts_clusters",)
EXPIRY = "cluster_exporter_credentials_expiry_timestamp_seconds"
PROFILE = {
    "current": "exporter",
    "profiles": [
        {
            "name": "exporter",
            "mode": "RamRoleArn",
            "access_key_id": KEYS["access_key_id"],
            "access_key_secret": KEYS["access_key_secret"],
            "ram_role_arn": ROLE,
        }
    ],
}


def aliyun(name: str = "shop", credentials: Mapping[str, object] | None = None, **other: object) -> dict[str, object]:
    products = ("retailcloud", "emr", "ecs", "rds", "batchcompute", "sts", "metadata")
    account = {
        "name": name,
        "provider": "aliyun",
        "regions": ["cn-zhangjiakou"],
        "endpoints": dict.fromkeys(products, URL),
    }
    return account | ({"credentials": credentials} if credentials is not None else {}) | other


def huawei(credentials: Mapping[str, object] | None = None, **other: object) -> dict[str, object]:
    endpoints = dict.fromkeys(("modelarts", "iam", "metadata"), URL)
    account = {"name": "ml", "provider": "huaweicloud", "regions": ["cn-north-4"], "endpoints": endpoints}
    return account | ({"credentials": credentials} if credentials is not None else {}) | other


class Network(httpx.AsyncBaseTransport):
    """The simulated clouds; ``down`` paths and hosts give no answer. Every request is kept.

    ``before`` is done once, before the first request that has its text in the URL.
    """

    def __init__(self, clouds) -> None:
        self.requests: list[httpx.Request] = []
        self.down: set[str] = set()
        self.before: tuple[str, Callable[[], None]] | None = None
        self._clouds = httpx.ASGITransport(clouds)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.before and self.before[0] in str(request.url):
            (_, happens), self.before = self.before, None
            happens()
        action = request.headers.get("x-acs-action") or request.url.params.get("Action") or request.url.path
        if action in self.down:
            raise httpx.ConnectError("connection refused")
        return await self._clouds.handle_async_request(request)


class Bench:
    """An exporter of these accounts and the simulated clouds, by one clock."""

    def __init__(
        self,
        *accounts: dict[str, object],
        environ: Mapping[str, str] | None = None,
        only: tuple[str, ...] = ALIYUN_ONLY + HUAWEI_ONLY,
        sizes: Sizes = SMALL,
        **quirks: object,
    ) -> None:
        self.clock = FakeClock()
        world = World(7, sizes, SimulatedClock(self.clock.now))
        self.app = create_app(world, quirks=Quirks().changed(quirks))
        self.network = Network(self.app)
        settings = settings_of({"accounts": list(accounts)})
        self.exporter = exporter_of(settings, self.network, self.clock, environ=environ, only=only)

    async def run(self, seconds: float = 0) -> dict[str, set[str]]:
        """How the collections of each account ended."""
        self.clock.advance(seconds)
        results: dict[str, set[str]] = {}
        for collection, status in await self.exporter.collect_once():
            results.setdefault(collection.place.account, set()).add(status.result)
        return results

    def messages(self) -> set[str]:
        return {collection.record.status.message for collection in self.exporter.collections}

    def expire(self) -> None:
        """End every temporary key and token, as POST /_sim/expire does."""
        self.app.state.clouds.keys.expire()
        self.app.state.clouds.tokens.expire()

    def calls(self, *names: str) -> int:
        return sum(self.app.state.calls[name] for name in names)

    def counted(self, name: str, **labels: str) -> float | None:
        return self.exporter.metrics.registry.get_sample_value(name, labels)

    def expiry(self, account: str = "shop") -> float | None:
        """Seconds until the end of the account's token."""
        end = self.counted(EXPIRY, account=account)
        return None if end is None else end - self.clock.now()


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    (tmp_path / "token").write_text("simulated-oidc-token\n")
    return str(tmp_path / "token")


@pytest.fixture
def profile_file(tmp_path: Path) -> str:
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps(PROFILE))
    return str(tmp_path / ".aliyun" / "config.json")


WAYS = {
    "a role on a key": {**KEYS, "role_arn": ROLE},
    "a role that asks for an external id": {
        **KEYS,
        "role_arn": "acs:ram::1:role/external",
        "external_id": "simulated-external-id",
    },
    "a role for twelve hours": {**KEYS, "role_arn": "acs:ram::1:role/long", "role_duration": "12h"},
    "a token of a provider": {"oidc": {"provider_arn": PROVIDER, "token_file": "TOKEN"}, "role_arn": ROLE},
    "the instance's role": {"ecs_ram_role": True},
    "the instance's role by name": {"ecs_ram_role": "simulated-role", "imds_v1": False},
    "a role on the instance's": {"ecs_ram_role": True, "role_arn": ROLE},
    "a credentials URI": {"credentials_uri": f"{URL}/credentials"},
    "a role on a credentials URI": {"credentials_uri": f"{URL}/credentials", "role_arn": ROLE},
    "a profile": {"profile": "exporter", "profile_file": "PROFILE"},
    "a role on a profile": {"profile_file": "PROFILE", "role_arn": ROLE},
}
LIVES = {
    "a role for twelve hours": 12 * 3600,
    "the instance's role": 6 * 3600,
    "the instance's role by name": 6 * 3600,
}


def filled_in(way: object, token_file: str, profile_file: str) -> dict[str, object]:
    text = json.dumps(way).replace("TOKEN", token_file).replace("PROFILE", profile_file)
    return json.loads(text)


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_in_at_alibaba_cloud(way, token_file, profile_file):
    bench = Bench(aliyun(credentials=filled_in(WAYS[way], token_file, profile_file)))

    assert {"shop": {"success"}} == await bench.run()
    assert pytest.approx(LIVES.get(way, 3600), abs=1) == bench.expiry()


@pytest.mark.parametrize("way", WAYS)
async def test_a_token_that_ends_in_mid_run_costs_one_more_call_and_no_failure(way, token_file, profile_file):
    bench = Bench(aliyun(credentials=filled_in(WAYS[way], token_file, profile_file)), only=("ecs_hpc_clusters",))
    await bench.run()
    bench.expire()

    assert {"shop": {"success"}} == await bench.run(60)
    assert 1 == bench.counted("cluster_exporter_api_retries_total", provider="aliyun", account="shop", product="ecs")


@pytest.mark.parametrize(
    ("collector", "product", "url", "rows", "count"),
    [
        ("retailcloud_apps", "retailcloud", "PageNumber=2", "aliyun_retailcloud_app_info{", 60),
        ("batchcompute_clusters", "batchcompute", "Marker=", "aliyun_batchcompute_cluster_info{", 120),
    ],
)
async def test_a_token_that_ends_between_two_pages_costs_one_more_call_and_no_row(collector, product, url, rows, count):
    account = aliyun(credentials=WAYS["a role on a key"], collectors={collector: {"enabled": True}})
    bench = Bench(account, only=(collector,), sizes=replace(SMALL, apps=60, environments=1, batchcompute_clusters=120))
    bench.network.before = (url, bench.expire)

    assert {"shop": {"success"}} == await bench.run()
    assert bench.network.before is None
    assert 1 == bench.counted("cluster_exporter_api_retries_total", provider="aliyun", account="shop", product=product)
    assert 2 == bench.calls("AssumeRole")
    page = (await bench.exporter.store.page()).plain.decode()
    assert count == sum(line.startswith(rows) for line in page.splitlines())


@pytest.mark.parametrize(
    ("credentials", "project"),
    [(USER, {}), (USER, {"project_id": "0123456789abcdef0123456789abcdef"}), (KEYS, {}), ({"ecs_agency": True}, {})],
)
async def test_every_way_in_at_huawei_cloud(credentials, project):
    bench = Bench(huawei(credentials, **project))

    assert {"ml": {"success"}} == await bench.run()
    assert {"ml": {"success"}} == await bench.run(60)
    assert (0 if project or credentials is USER else 1) == bench.calls("Iam.ListProjects")
    lives = {"username": 86_400, "ecs_agency": 6 * 3600}.get(next(iter(credentials)))
    assert (lives and pytest.approx(lives - 60, abs=1)) == bench.expiry("ml")


@pytest.mark.parametrize("credentials", [USER, {"ecs_agency": True}])
async def test_a_huawei_token_that_ends_in_mid_run_costs_one_more_call_and_no_failure(credentials):
    bench = Bench(huawei(credentials))
    await bench.run()
    bench.expire()

    assert {"ml": {"success"}} == await bench.run(60)
    assert 1 == bench.counted(
        "cluster_exporter_api_retries_total", provider="huaweicloud", account="ml", product="modelarts"
    )


async def test_each_region_has_its_own_project_and_token():
    bench = Bench(huawei(USER, regions=["cn-north-4", "cn-south-1", "cn-east-3"]))

    await bench.run()

    assert 3 == bench.calls("Iam.CreateToken")
    paths = {request.url.path for request in bench.network.requests if request.url.path.endswith("/clusters")}
    assert 3 == len(paths)


async def test_a_region_without_a_project_says_where_to_set_it():
    bench = Bench(huawei(KEYS, regions=["cn-north-9"]))

    assert {"ml": {"auth"}} == await bench.run()
    [message] = bench.messages()
    assert "project of cn-north-9: no project is called cn-north-9; set accounts.ml.projects" in message


# Over time


async def test_a_day_of_tokens_costs_a_login_every_three_quarters_of_an_hour_and_no_failure():
    bench = Bench(aliyun(credentials={**KEYS, "role_arn": ROLE}), only=("ecs_hpc_clusters",))

    results = [await bench.run(300) for _ in range(12 * 24)]

    assert [{"shop": {"success"}}] * len(results) == results
    assert 30 <= bench.calls("AssumeRole") <= 34
    assert 0 == bench.counted("cluster_exporter_api_retries_total", provider="aliyun", account="shop", product="ecs")


async def test_a_dead_sts_costs_no_data_while_the_token_lives_and_says_unavailable_then():
    bench = Bench(aliyun(credentials={**KEYS, "role_arn": ROLE}), only=("ecs_hpc_clusters",))
    await bench.run()
    bench.network.down = {"AssumeRole"}

    assert [{"shop": {"success"}}] * 11 == [await bench.run(300) for _ in range(11)]
    assert {"shop": {"unavailable"}} == await bench.run(300)
    [message] = bench.messages()
    assert "DescribeHpcClusters: accounts.shop.credentials.role_arn: AssumeRole: 127.0.0.1:10991 gave no" in message
    bench.network.down = set()
    assert {"shop": {"success"}} == await bench.run(61)


# Failures


@pytest.mark.parametrize(
    ("credentials", "result", "told"),
    [
        ({**KEYS, "role_arn": "acs:ram::1:role/forbidden"}, "permission", "role_arn: AssumeRole: NoPermission"),
        ({**KEYS, "role_arn": "acs:ram::1:role/missing"}, "auth", "role_arn: AssumeRole: EntityNotExist.Role"),
        ({**KEYS, "role_arn": "acs:ram::1:role/external"}, "permission", "role_arn: AssumeRole: NoPermission"),
        ({**KEYS, "role_arn": ROLE, "role_duration": "2h"}, "auth", "InvalidParameter.DurationSeconds"),
        (
            {"access_key_id": "unknown-id", "access_key_secret": "unknown-key", "role_arn": ROLE},
            "auth",
            "role_arn: AssumeRole: InvalidAccessKeyId.NotFound",
        ),
        ({"ecs_ram_role": "other"}, "auth", "ecs_ram_role: GetInstanceRoleKey: HTTP 404"),
        ({"credentials_uri": f"{URL}/nowhere"}, "auth", "credentials_uri: GetCredentials: HTTP 4"),
        ({"profile": "x", "profile_file": "/nonexistent"}, "auth", "credentials.profile: there is no such file"),
    ],
)
async def test_a_login_that_fails_names_its_source_and_fails_its_account_only(credentials, result, told):
    bench = Bench(aliyun("bad", credentials), aliyun("shop", KEYS), huawei(KEYS))

    assert {"bad": {result}, "shop": {"success"}, "ml": {"success"}} == await bench.run()
    assert [told in message for message in bench.messages() if message] == [True] * len(ALIYUN_ONLY)
    assert (None, None) == (bench.expiry("bad"), bench.expiry("shop"))
    page = (await get(bench.exporter, "/metrics")).text
    key = 'collector="retailcloud_clusters",account="bad",region_id="global"'
    assert f'cluster_exporter_collector_last_result{{{key},result="{result}"}} 1' in page


@pytest.mark.parametrize(
    ("user", "result", "told"),
    [
        ({"password": "wrong-one"}, "auth", "username: CreateToken: "),
        ({"username": "blocked-user"}, "permission", "username: CreateToken: "),
        ({"domain": "another"}, "auth", "username: CreateToken: "),
    ],
)
async def test_a_password_that_does_not_let_in_fails_its_account_only(user, result, told):
    bench = Bench(huawei({**USER, **user}), aliyun("shop", KEYS))

    assert {"ml": {result}, "shop": {"success"}} == await bench.run()
    [message] = [message for message in bench.messages() if message]
    assert told in message


async def test_a_failing_login_is_not_asked_by_every_collection():
    bench = Bench(aliyun("bad", {**KEYS, "role_arn": "acs:ram::1:role/forbidden"}), only=())

    await bench.run()

    assert len(bench.exporter.collections) > 5
    assert 1 == bench.calls("AssumeRole")


# The standard chain


async def test_without_credentials_the_instances_role_serves_at_last(tmp_path):
    bench = Bench(aliyun(), huawei(), environ={"HOME": str(tmp_path)})

    assert {"shop": {"success"}, "ml": {"success"}} == await bench.run()
    assert pytest.approx(6 * 3600, abs=1) == bench.expiry()


async def test_a_role_alone_is_assumed_with_the_chain(tmp_path):
    environ = {
        "HOME": str(tmp_path),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEYS["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEYS["access_key_secret"],
    }
    bench = Bench(aliyun("one", {"role_arn": ROLE}), aliyun("two", {"role_arn": f"{ROLE}-2"}), environ=environ)

    assert {"one": {"success"}, "two": {"success"}} == await bench.run()
    assert 2 == bench.calls("AssumeRole")


async def test_the_profile_of_the_home_folder_serves(profile_file):
    bench = Bench(aliyun(), environ={"HOME": str(Path(profile_file).parents[1])})

    assert {"shop": {"success"}} == await bench.run()
    assert (1, 0) == (bench.calls("AssumeRole"), bench.calls("Metadata.Token"))


async def test_a_pod_with_a_token_of_a_provider(token_file, tmp_path):
    environ = {
        "HOME": str(tmp_path),
        "ALIBABA_CLOUD_ROLE_ARN": ROLE,
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": PROVIDER,
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": token_file,
    }
    bench = Bench(aliyun(), environ=environ)

    assert {"shop": {"success"}} == await bench.run()
    assert (1, 0) == (bench.calls("AssumeRoleWithOIDC"), bench.calls("Metadata.Token"))


async def test_where_nothing_serves_the_account_says_all_that_was_tried(tmp_path):
    bench = Bench(aliyun(), huawei(), environ={"HOME": str(tmp_path)}, metadata="absent")

    assert {"shop": {"auth"}, "ml": {"auth"}} == await bench.run()
    start = "no source of credentials serves: environment: "
    told = {message.partition(start)[2] for message in bench.messages()}
    assert 2 == len(told)
    assert all(word in " ".join(told) for word in ("OIDC: ", "profile of ", "role: ", "URI: ", "ECS agency: "))


@pytest.mark.parametrize(("way", "v1"), [("v1_only", True), ("v2_only", True), ("v2_only", False)])
async def test_the_metadata_services_in_both_their_ways(way, v1):
    bench = Bench(aliyun(credentials={"ecs_ram_role": True, "imds_v1": v1}), huawei({"ecs_agency": True}), metadata=way)

    assert {"shop": {"success"}, "ml": {"success"}} == await bench.run()


async def test_the_first_way_of_the_metadata_service_can_be_forbidden():
    bench = Bench(aliyun(credentials={"ecs_ram_role": True, "imds_v1": False}), metadata="v1_only")

    assert {"shop": {"auth"}} == await bench.run()
    assert 0 == bench.calls("Metadata.Credentials")
