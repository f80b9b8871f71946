"""Every login × every fault: what the account's collections are called, and that a login which lives goes on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.simulated_time import LoopClock, live
from exporter.clouds.aliyun.sts import ASSUME_ROLE, ASSUME_ROLE_WITH_OIDC
from exporter.clouds.huaweicloud.iam import CREATE_TOKEN, LIST_PROJECTS
from exporter.simulator import SimulatedClock, World
from tests.faults.bench import KEYS, SIZES, Bench, Outcome, document
from tests.faults.expectations import LOGIN_NAMES, login_result
from tests.faults.kinds import FAULTS, FaultKind
from tests.faults.network import Target
from tests.faults.subjects import SUBJECTS
from tools.generated import declared

pytestmark = pytest.mark.whole

ROLE = "acs:ram::123456789:role/exporter"
PROVIDER = "acs:ram::123456789:oidc-provider/cluster"
USER = {"username": "simulated-user", "password": "simulated-password", "domain": "simulated-domain"}
INSTANCE_ROLE = {"ecs_ram_role": True, "imds_v1": False}
URI = "http://127.0.0.1/credentials"
HOUR = 3600.0
BEFORE_THE_END = 300.0  # seconds: a renewal is due then, and the rows live so long
LONGEST_PAUSE = 60.0  # seconds until a failed login is tried again


@dataclass(frozen=True, slots=True)
class Login:
    """An operation that logs an account in; ``lives`` is how long (seconds), for ever where it is 0."""

    name: str
    account: str
    collector: str
    lives: float
    settings: Callable[[Path], dict[str, object]]


def _with_oidc(token: Path) -> dict[str, object]:
    return document({"oidc": {"provider_arn": PROVIDER, "token_file": str(token)}, "role_arn": ROLE})


LOGINS = (
    Login("AssumeRole", "shop", "ecs_hpc_clusters", HOUR, lambda _: document({**KEYS, "role_arn": ROLE})),
    Login("AssumeRoleWithOIDC", "shop", "ecs_hpc_clusters", HOUR, _with_oidc),
    Login("Metadata.Token", "shop", "ecs_hpc_clusters", 6 * HOUR, lambda _: document(INSTANCE_ROLE)),
    Login("Metadata.Role", "shop", "ecs_hpc_clusters", 6 * HOUR, lambda _: document(INSTANCE_ROLE)),
    Login("Metadata.Credentials", "shop", "ecs_hpc_clusters", 6 * HOUR, lambda _: document(INSTANCE_ROLE)),
    Login("Credentials.Uri", "shop", "ecs_hpc_clusters", HOUR, lambda _: document({"credentials_uri": URI})),
    Login(
        "HuaweiMetadata.Credentials", "ml", "modelarts_clusters", 6 * HOUR, lambda _: document(ml={"ecs_agency": True})
    ),
    Login("Iam.CreateToken", "ml", "modelarts_clusters", 24 * HOUR, lambda _: document(ml=USER)),
)
PROJECTS = Login("Iam.ListProjects", "ml", "modelarts_clusters", 0, lambda _: document(project=""))


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """The file of a workload's own token."""
    path = tmp_path / "token"
    path.write_text("simulated-oidc-token", encoding="utf-8")
    return path


def test_every_operation_is_in_the_suite():
    logins = {ASSUME_ROLE, ASSUME_ROLE_WITH_OIDC, CREATE_TOKEN, LIST_PROJECTS}
    assert set(declared()) == {subject.operation for subject in SUBJECTS} | logins
    assert set(LOGIN_NAMES) == {login.name for login in (*LOGINS, PROJECTS)}


@pytest.mark.parametrize("login", LOGINS, ids=lambda login: login.name)
def test_a_login_that_fails_costs_nothing_while_the_old_one_lives(login, token):
    assert "" == "\n".join(live(lambda clock: _renewals(clock, login, token)))


def test_a_project_that_cannot_be_looked_up():
    assert "" == "\n".join(
        text
        for fault in FAULTS
        if login_result(PROJECTS.name, fault)
        for text in live(lambda clock, fault=fault: _first_login(clock, PROJECTS, fault))
    )


def _world(clock: LoopClock) -> World:
    """One that goes on, because tokens end by its clock."""
    return World(7, SIZES, SimulatedClock(clock.now))


def _bench(clock: LoopClock, login: Login, token: Path) -> Bench:
    return Bench(clock, login.collector, "ecs_hpc_clusters", make=_world, settings=login.settings(token))


async def _renewals(clock: LoopClock, login: Login, token: Path) -> list[str]:
    found: list[str] = []
    async with _bench(clock, login, token) as bench:
        tested, other = bench.collection(login.collector, login.account), bench.collection("ecs_hpc_clusters", "other")
        target = Target(login.name)
        for fault in FAULTS:
            wanted = login_result(login.name, fault)
            if not wanted:
                continue
            bench.deny(())
            await asyncio.sleep(login.lives)
            [good] = await bench.run(tested)
            await asyncio.sleep(login.lives - BEFORE_THE_END)
            bench.begin(fault, target)
            [living] = await bench.run(tested)
            await asyncio.sleep(BEFORE_THE_END)
            ended, spared = await bench.run(tested, other)
            if not 0 < bench.network.met <= 2 * fault.calls:  # one login ahead of the end, one after it
                found.append(f"{fault.name}: {bench.network.met} calls")
            bench.deny(())
            await asyncio.sleep(LONGEST_PAUSE)
            [after] = await bench.run(tested)
            found += [f"{fault.name}: {text}" for text in _told(wanted, living, ended)]
            found += [f"{fault.name}: {each.status}" for each in (good, living, spared, after) if not each.is_well]
        return [*found, *(f"escaped: {each}" for each in bench.complaints)]


def _told(wanted: str, living: Outcome, ended: Outcome) -> list[str]:
    found = []
    if ended.status.result != wanted:
        found.append(f"ended as {ended.status}, not {wanted}")
    if ended.fresh or living.series != ended.series:
        found.append("the rows of the last good run are not what is there")
    return found


async def _first_login(clock: LoopClock, login: Login, fault: FaultKind) -> list[str]:
    """Nothing was known before: there are no rows, and one run later all of them."""
    wanted = login_result(login.name, fault)
    async with _bench(clock, login, Path()) as bench:
        tested, other = bench.collection(login.collector, login.account), bench.collection("ecs_hpc_clusters", "other")
        bench.begin(fault, Target(login.name))
        run, spared = await bench.run(tested, other)
        met = bench.network.met
        bench.deny(())
        await asyncio.sleep(LONGEST_PAUSE)
        [after] = await bench.run(tested)
        found = [f"{each.status}" for each in (spared, after) if not each.is_well]
        if run.status.result != wanted or run.parts:
            found.append(f"ended as {run.status}, not {wanted}")
        if not 0 < met <= fault.calls:
            found.append(f"{met} calls")
        return [f"{fault.name}: {text}" for text in [*found, *(f"escaped: {each}" for each in bench.complaints)]]
