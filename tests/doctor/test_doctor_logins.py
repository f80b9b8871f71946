"""The examination of logins: what stands before every call."""

import pytest

from exporter.cli import diagnosis
from exporter.collectors import COLLECTORS
from exporter.doctor import Cause, Diagnosis, Login, Patient, Result, examine
from tests.doctor.ward import Ward, failing, skipped
from tests.doubles import NOW
from tests.simulated import KEYS, URL

ROLE = "acs:ram::1234567890123456:role/exporter"


def with_role(arn: str, **more: object) -> Ward:
    ward = Ward()
    ward.shop["credentials"] = {**KEYS, "role_arn": arn, **more}
    ward.shop["endpoints"]["sts"] = URL
    return ward


def without_projects() -> Ward:
    """A ward whose first account is Huawei's and has no project ids."""
    ward = Ward()
    ml = ward.document["accounts"][1]
    del ml["project_id"]
    ml["endpoints"]["iam"] = URL
    ward.document["accounts"] = [ml]
    return ward


async def only(ward: Ward) -> Diagnosis:
    return (await ward.examined())[0]


async def test_a_role_is_assumed_and_its_permission_stands_apart_from_those_of_the_role():
    told = await only(with_role(ROLE))
    assert told.fine
    assert f"role {ROLE}, with the access key of the settings" == told.findings[0].message
    [behind] = told.permissions_behind
    assert ("sts:AssumeRole", ROLE, True, True) == (
        behind.action,
        behind.resource,
        behind.documented,
        behind.granted,
    )
    assert "sts:AssumeRole" not in {permission.action for permission in told.permissions}
    assert "for the identity that assumes the role, not for the role itself:\n{" in diagnosis.as_text([told])


async def test_a_role_that_lets_nobody_in_is_a_matter_of_its_permission():
    ward = with_role("acs:ram::1234567890123456:role/forbidden")
    told = await only(ward)
    findings = {finding.operation: finding for finding in told.findings}
    assert failing(findings) == {"login": Cause.permission}
    assert {"there is no login to ask with"} == set(skipped(findings).values())
    assert False is told.permissions_behind[0].granted
    assert findings["login"].advice == (
        "allow it by the first policy below, and name the identity that has it in the trust policy of the role"
    )
    assert 0 == ward.calls["ListCluster"]


async def test_a_role_that_lets_no_token_in_is_not_helped_by_a_policy_below(tmp_path):
    (tmp_path / "token").write_text("simulated-oidc-token")
    ward = with_role("acs:ram::1234567890123456:role/forbidden")
    ward.shop["credentials"] = {
        "role_arn": ward.shop["credentials"]["role_arn"],
        "oidc": {
            "provider_arn": "acs:ram::1234567890123456:oidc-provider/cluster",
            "token_file": str(tmp_path / "token"),
        },
    }
    told = await only(ward)
    assert Cause.permission is told.findings[0].cause
    assert told.findings[0].advice == (
        "name the token's provider, its audience and its subject in the trust policy of the role"
    )
    assert () == told.permissions_behind


async def test_a_user_who_is_kept_out_is_not_helped_by_a_policy_below():
    ward = without_projects()
    user = {"username": "blocked-user", "domain": "simulated-domain", "password": "simulated-password"}
    ward.document["accounts"][0]["credentials"] = user
    [login, *_] = (await only(ward)).findings
    assert Cause.permission is login.cause
    assert login.advice.startswith("the vendor documents no permission for it")


async def test_a_key_that_no_login_tries_is_not_said_to_be_right():
    wrong = Ward()
    wrong.shop["credentials"] = {**KEYS, "access_key_secret": "wrong"}
    told = await only(wrong)
    assert "the access key of the settings, which the calls below try" == told.findings[0].message
    told = await only(without_projects())
    assert "the access key of the settings" == told.findings[0].message


async def test_a_role_that_lacks_permissions_is_told_as_a_key_is():
    told = await only(with_role("acs:ram::1234567890123456:role/limited"))
    findings = {finding.operation: finding for finding in told.findings}
    assert failing(findings) == {"ListPersistentVolume": Cause.permission, "GetRdsBackUp": Cause.permission}


async def test_a_wrong_key_behind_a_role_is_a_matter_of_the_key():
    findings = await with_role(ROLE, access_key_secret="wrong").findings()
    assert failing(findings) == {"login": Cause.key}
    assert "SignatureDoesNotMatch" in findings["login"].message


async def test_projects_that_are_looked_up_take_a_permission():
    told = await only(without_projects())
    assert told.fine
    assert ("cn-north-4", "login") == (told.findings[0].region, told.findings[0].operation)
    [permission] = [each for each in told.permissions if each.action == "iam:projects:listProjects"]
    assert (False, True) == (permission.documented, permission.granted)


async def test_projects_that_may_not_be_looked_up_are_told_of():
    ward = without_projects()
    ward.fault("forbidden", "Iam.ListProjects")
    told = await only(ward)
    findings = {finding.operation: finding for finding in told.findings}
    assert failing(findings) == {"login": Cause.permission}
    [permission] = [each for each in told.permissions if each.action == "iam:projects:listProjects"]
    assert False is permission.granted


async def test_projects_of_the_settings_take_none():
    ward = Ward()
    [_, told] = await ward.examined()
    assert "iam:projects:listProjects" not in {permission.action for permission in told.permissions}


async def test_each_region_has_a_login_of_its_own_at_huawei():
    ward = without_projects()
    ward.document["accounts"][0]["regions"] = ["cn-north-4", "cn-nowhere-9"]
    told = await only(ward)
    logins = {finding.region: finding.result for finding in told.findings if finding.operation == "login"}
    assert logins == {"cn-north-4": Result.works, "cn-nowhere-9": Result.fails}
    tried = {finding.region: finding.result for finding in told.findings if finding.product == "modelarts"}
    assert tried == {"cn-north-4": Result.works, "cn-nowhere-9": Result.not_tried}


async def test_a_bug_in_a_login_tells_nothing_of_its_values():
    async def odd(region: str) -> None:
        raise ValueError("simulated-secret")

    def no_way(product: str, region: str):
        raise AssertionError("nothing is to be asked")

    patient = Patient("shop", "aliyun", (), (COLLECTORS[0],), Login(odd, "words"), no_way, lambda: NOW, limit=1.0)
    told = await examine(patient)
    assert Cause.bug is told.findings[0].cause
    assert "simulated-secret" not in diagnosis.as_text([told]) + diagnosis.as_json([told])


@pytest.mark.parametrize("metadata", ["both", "v1_only"])
async def test_the_role_of_the_instance_is_a_login(metadata):
    ward = Ward()
    ward.clouds.state.clouds.quirks = type(ward.clouds.state.clouds.quirks)(metadata=metadata)
    ward.shop["credentials"] = {"ecs_ram_role": True}
    told = await only(ward)
    assert "the role of the ECS instance" == told.findings[0].message
    assert told.fine
