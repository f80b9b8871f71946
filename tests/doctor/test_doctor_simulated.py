"""The examination of whole accounts in front of the simulated clouds."""

import asyncio
import dataclasses
import socket

import httpx
import pytest

from exporter.collectors import COLLECTORS
from exporter.doctor import Cause, Login, Patient, Result, examine
from exporter.doctor.probes import PROBES
from exporter.simulator import Quirks
from tests.doctor.ward import LIMITED, STRANGER, Dated, Ward, failing, skipped
from tests.doubles import NOW
from tests.simulated import KEYS, SMALL


def test_every_operation_of_every_collector_has_a_probe():
    probed = {probe.operation for probe in PROBES}
    asked = {operation for collector in COLLECTORS for operation in collector.operations}
    assert set() == asked - probed


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.name)
def test_what_is_optional_is_asked_for_at_all(collector):
    assert set(collector.optional) <= set(collector.operations)


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.name)
def test_what_gives_the_ids_that_are_asked_for_is_declared_too(collector):
    givers = {probe.gives: probe.operation for probe in PROBES}
    needed = {givers[kind] for probe in PROBES if probe.operation in collector.operations for kind in probe.needs}
    assert set() == needed - set(collector.operations)


async def test_all_is_well():
    diagnoses = await Ward().examined()
    assert [("shop", True), ("ml", True)] == [(each.account, each.fine) for each in diagnoses]
    assert {Result.works} == {finding.result for each in diagnoses for finding in each.findings}


async def test_one_call_of_each_operation_is_made():
    ward = Ward()
    operations = {finding.operation for each in await ward.examined() for finding in each.findings} - {"login"}
    assert {1} == set(ward.calls.values())
    assert len(operations) == ward.calls.total()


async def test_a_long_list_costs_one_call():
    ward = Ward(sizes=dataclasses.replace(SMALL, nodes=120, clusters=1))
    nodes = (await ward.findings())["ListClusterNode"]
    assert (1, Result.works) == (ward.calls["ListClusterNode"], nodes.result)
    assert nodes.message.startswith("50 or more nodes of cluster ")


async def test_a_page_size_that_is_refused_is_asked_again_smaller():
    ward = Ward(quirks=Quirks(max_page_size=30))
    assert Result.works is (await ward.findings())["ListCluster"].result
    assert 2 == ward.calls["ListCluster"]


async def test_every_region_is_asked():
    ward = Ward()
    ward.shop["regions"] = ["cn-zhangjiakou", "cn-beijing"]
    [shop, _] = await ward.examined()
    assert {"cn-zhangjiakou", "cn-beijing"} == {
        finding.region for finding in shop.findings if finding.operation == "DescribeHpcClusters"
    }
    assert 2 == ward.calls["DescribeHpcClusters"]


async def test_a_permission_that_is_missing_is_named():
    ward = Ward()
    ward.shop["credentials"] = LIMITED
    [shop, ml] = await ward.examined()
    findings = {finding.operation: finding for finding in shop.findings}
    assert failing(findings) == {"ListPersistentVolume": Cause.permission, "GetRdsBackUp": Cause.permission}
    assert ("retailcloud_volumes",) == findings["ListPersistentVolume"].collectors
    assert {"retailcloud:ListPersistentVolume", "retailcloud:GetRdsBackUp"} == {
        permission.action for permission in shop.permissions if permission.granted is False
    }
    assert (False, True) == (shop.fine, ml.fine)


async def test_what_takes_no_permission_and_is_refused_is_not_helped_by_a_policy_below():
    ward = Ward()
    ward.fault("forbidden", "ModelArts.ListClusters", "ModelArts.ListPools")
    [_, ml] = await ward.examined()
    clusters, pools = [finding for finding in ml.findings if finding.cause is Cause.permission]
    assert clusters.advice.startswith("the vendor documents no permission for it")
    assert pools.advice.startswith("allow it: the missing permissions stand below")


async def test_what_is_optional_may_fail():
    ward = Ward()
    ward.fault("forbidden", "ListAppResourceAllocs", "ListPods")
    [shop, _] = await ward.examined()
    failed = {finding.operation: finding for finding in shop.findings if finding.result is Result.fails}
    assert failing(failed) == {"ListAppResourceAllocs": Cause.permission, "ListPods": Cause.permission}
    assert {False} == {finding.required for finding in failed.values()}
    assert shop.fine


async def test_backups_can_be_read_with_either_of_two_operations():
    for refused in ("DescribeBackups", "GetRdsBackUp"):
        ward = Ward()
        ward.fault("forbidden", refused)
        findings = await ward.findings()
        assert (failing(findings), findings[refused].required) == ({refused: Cause.permission}, False)


async def test_backups_need_one_of_the_two_operations():
    ward = Ward()
    ward.fault("forbidden", "DescribeBackups", "GetRdsBackUp")
    findings = await ward.findings()
    assert {"DescribeBackups", "GetRdsBackUp"} == {name for name, each in findings.items() if not each.fine}


async def test_what_fails_otherwise_than_by_refusal_does_not_lead_to_the_other_operation():
    ward = Ward()
    ward.fault("unavailable", "DescribeBackups")
    assert {"DescribeBackups"} == {name for name, each in (await ward.findings()).items() if not each.fine}


async def test_the_settings_can_name_what_may_not_be_listed():
    ward = Ward()
    ward.fault("forbidden", "DescribeDBInstances")
    findings = await ward.findings()
    assert not findings["DescribeDBInstances"].required
    assert Result.not_tried is findings["DescribeBackups"].result
    assert ward.shop["rds_instances"][0] in findings["GetRdsBackUp"].message
    assert all(each.fine for each in findings.values())


async def test_instances_that_are_not_in_the_settings_have_to_be_listed():
    ward = Ward()
    del ward.shop["rds_instances"]
    assert all(each.fine for each in (await ward.findings()).values())
    ward.fault("forbidden", "DescribeDBInstances")
    findings = await ward.findings()
    assert not findings["DescribeDBInstances"].fine
    assert {"DescribeDBInstances does not work"} == {
        findings[name].message for name in ("DescribeBackups", "GetRdsBackUp")
    }


async def test_a_region_without_rds_is_no_failure_where_another_has_it():
    ward = Ward()
    del ward.shop["rds_instances"]
    ward.shop["regions"] = ["cn-zhangjiakou", "cn-beijing"]
    ward.fault("not_offered", "DescribeDBInstances", match={"RegionId": "cn-beijing"})
    [shop, _] = await ward.examined()
    listed = {each.region: each for each in shop.findings if each.operation == "DescribeDBInstances"}
    assert (Cause.not_offered, False) == (listed["cn-beijing"].cause, listed["cn-beijing"].required)
    assert Result.works is listed["cn-zhangjiakou"].result


async def test_an_instance_that_the_settings_name_and_that_is_not_there_is_told_of():
    ward = Ward()
    ward.shop["rds_instances"] = ["rm-nowhere"]
    findings = await ward.findings()
    assert findings["DescribeDBInstances"].message.endswith("none of them watched")
    assert Cause.rejected is findings["GetRdsBackUp"].cause


async def test_what_needs_a_list_that_fails_is_not_tried():
    ward = Ward()
    ward.fault("forbidden", "ListApp", "ListFlowProject")
    findings = await ward.findings()
    assert failing(findings) == {"ListApp": Cause.permission, "ListFlowProject": Cause.permission}
    assert skipped(findings) == {
        "ListAppEnvironment": "ListApp does not work",
        "ListAppInstance": "ListApp does not work",
        "ListPersistentVolumeClaim": "ListApp does not work",
        "ListDeployOrders": "ListApp does not work",
        "DescribeDeployOrderDetail": "ListApp does not work",
        "ListPods": "ListApp does not work",
        "ListFlowCluster": "ListFlowProject does not work",
    }
    assert 0 == ward.calls["ListDeployOrders"]


async def test_what_there_is_nothing_to_ask_for_is_no_failure():
    [shop, _] = await Ward(sizes=dataclasses.replace(SMALL, clusters=0, nodes=0, volumes=0, apps=0)).examined()
    findings = {finding.operation: finding for finding in shop.findings}
    assert ("works", "no clusters") == (findings["ListCluster"].result, findings["ListCluster"].message)
    assert "no cluster to ask for" == skipped(findings)["QueryClusterDetail"]


async def test_an_identity_that_is_a_member_of_no_app_is_told_so():
    ward = Ward()
    ward.shop["credentials"] = STRANGER
    [shop, _] = await ward.examined()
    findings = {finding.operation: finding for finding in shop.findings}
    assert failing(findings) == {"ListApp": Cause.no_apps}
    assert "member" in findings["ListApp"].advice
    assert "no app to ask for" == skipped(findings)["ListAppEnvironment"]
    assert not shop.fine


async def test_what_the_filters_leave_out_is_not_asked_for():
    ward = Ward()
    ward.shop["exclude"] = {"app": [".*"]}
    findings = await ward.findings()
    assert "2 apps, none of them watched" == findings["ListApp"].message
    assert "no app to ask for" == skipped(findings)["ListDeployOrders"]


async def test_a_collector_that_is_off_is_not_asked_for():
    ward = Ward()
    ward.document["collectors"] = {
        name: {"enabled": name == "retailcloud_volumes"} for name in (collector.name for collector in COLLECTORS)
    }
    findings = await ward.findings()
    assert ["login", "ListCluster", "ListPersistentVolume"] == list(findings)
    assert 2 == ward.calls.total()


async def test_deploys_need_the_list_of_apps_also_without_its_collector():
    ward = Ward()
    ward.document["collectors"] = {
        name: {"enabled": name == "retailcloud_deploys"} for name in (collector.name for collector in COLLECTORS)
    }
    [shop, _] = await ward.examined()
    assert "retailcloud:ListApp" in {permission.action for permission in shop.permissions}


async def test_a_wrong_secret_is_a_matter_of_the_key():
    ward = Ward()
    for account in ward.document["accounts"]:
        account["credentials"] = {**KEYS, "access_key_secret": "wrong"}
    for diagnosis in await ward.examined():
        causes = {finding.cause for finding in diagnosis.findings if finding.result is Result.fails}
        assert {Cause.key} == causes


async def test_an_account_without_a_key_is_asked_nothing():
    ward = Ward(quirks=Quirks(metadata="no_role"))
    del ward.shop["credentials"]
    findings = await ward.findings()
    assert failing(findings) == {"login": Cause.key}
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in findings["login"].message
    assert {"there is no login to ask with"} == set(skipped(findings).values())
    assert 0 == ward.calls["ListCluster"]


@pytest.mark.parametrize(
    ("off", "said"), [(3600, "60 min ahead of the cloud's"), (-864_000, "10 days behind the cloud's")]
)
async def test_a_clock_that_is_off_is_told_by_how_much(off, said):
    ward = Ward(now=NOW + off)
    ward.transport = Dated(ward.transport, NOW)
    for diagnosis in await ward.examined():
        assert -off == round(diagnosis.behind)
        failed = [finding for finding in diagnosis.findings if finding.result is Result.fails]
        assert {Cause.clock} == {finding.cause for finding in failed}
        assert all(said in finding.message for finding in failed)


async def test_a_clock_that_is_off_a_little_is_no_failure():
    ward = Ward(now=NOW + 100)
    ward.transport = Dated(ward.transport, NOW)
    assert [(True, -100.0), (True, -100.0)] == [(each.fine, each.behind) for each in await ward.examined()]


async def test_a_region_that_is_misspelt_is_told_with_what_may_have_been_meant():
    ward = Ward()
    ward.shop["regions"] = ["cn-zhangjiakuo"]
    ward.fault("not_offered", "DescribeHpcClusters")
    finding = (await ward.findings())["DescribeHpcClusters"]
    assert (Cause.unknown_region, True) == (finding.cause, "did you mean cn-zhangjiakou?" in finding.message)


async def test_a_product_that_is_not_in_the_region_is_told_so():
    ward = Ward()
    ward.fault("not_offered", "DescribeHpcClusters")
    assert failing(await ward.findings()) == {"DescribeHpcClusters": Cause.not_offered}


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("not_found_api", Cause.retired),
        ("throttled", Cause.throttled),
        ("unavailable", Cause.service),
        ("html", Cause.service),
        ("truncated_json", Cause.bad_response),
        ("business_error", Cause.rejected),
        ("expired_token", Cause.key),
        ("empty_object", Cause.bad_response),
    ],
)
async def test_what_the_cloud_does_wrong_is_told(fault, cause):
    ward = Ward()
    ward.fault(fault, "ListClusterNode")
    assert failing(await ward.findings()) == {"ListClusterNode": cause}


async def test_a_closed_port_is_a_matter_of_the_network():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    ward = Ward()
    ward.shop["endpoints"] = {"retailcloud": f"http://127.0.0.1:{port}"}
    ward.document["accounts"] = [{**ward.shop, "regions": []}]
    ward.transport = httpx.AsyncHTTPTransport()
    findings = await ward.findings()
    assert {Cause.network} == set(failing(findings).values())
    assert f"127.0.0.1:{port} gave no answer" in findings["ListCluster"].message


async def test_a_host_that_does_not_resolve_is_a_matter_of_the_network():
    def no_such_host(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno -2] Name or service not known") from socket.gaierror(-2, "unknown")

    ward = Ward()
    ward.transport = httpx.MockTransport(no_such_host)
    findings = await ward.findings()
    assert {Cause.network} == set(failing(findings).values())
    assert "does not resolve" in findings["ListCluster"].message


async def test_one_broken_account_does_not_hide_another():
    ward = Ward()
    ward.document["accounts"].append({**ward.shop, "name": "broken", "credentials": {**KEYS, "access_key_id": "x"}})
    assert {"shop": True, "ml": True, "broken": False} == {each.account: each.fine for each in await ward.examined()}


async def test_a_collector_with_nothing_to_ask_for_is_told_of():
    ward = Ward()
    ward.shop["regions"] = []
    [shop, _] = await ward.examined()
    regional = {each.name for each in COLLECTORS if each.scope == "regional" and each.product.provider == "aliyun"}
    assert regional == {said.partition(":")[0] for said in shop.idle}
    assert shop.fine


async def test_a_product_that_hangs_ends_with_its_timeout():
    ward = Ward()
    ward.document["http"] = {"timeout": "0.05s"}
    ward.fault("slow", "DescribeHpcClusters", delay=30.0)
    assert failing(await ward.findings()) == {"DescribeHpcClusters": Cause.timeout}


async def test_a_login_that_hangs_ends():
    async def hang(region: str) -> None:
        await asyncio.Event().wait()

    def no_way(product: str, region: str):
        raise AssertionError("nothing is to be asked")

    login = Login(hang, "a service that hangs")
    patient = Patient("shop", "aliyun", (), (COLLECTORS[0],), login, no_way, lambda: NOW, limit=0.01)
    diagnosis = await examine(patient)
    assert [Cause.timeout] == [finding.cause for finding in diagnosis.findings if finding.result is Result.fails]


async def test_a_bug_in_one_probe_hides_neither_the_others_nor_its_value():
    def odd(request: httpx.Request) -> httpx.Response:
        raise ValueError("simulated-secret")

    ward = Ward()
    ward.transport = httpx.MockTransport(odd)
    findings = await ward.findings()
    assert {Cause.bug} == set(failing(findings).values())
    assert "a bug of the exporter: ValueError" == findings["ListCluster"].message
