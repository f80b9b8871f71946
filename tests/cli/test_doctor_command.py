"""``doctor`` as a user starts it: the table, the policies, the JSON, the exit codes."""

import json
from pathlib import Path

import pytest

from tests.loopback import Done


@pytest.fixture
def doctor(here, write_settings):
    """Runs the command; gives exit code, standard output and standard error."""

    def run(*arguments: str, config: Path | None = None, **changes: object) -> Done:
        return here("doctor", "--config", config or write_settings(**changes), *arguments)

    return run


def policies(text: str) -> list[dict]:
    """What a person would copy: every JSON document in a text."""
    found, decoder, at = [], json.JSONDecoder(), text.find("\n{\n")
    while at >= 0:
        document, end = decoder.raw_decode(text, at + 1)
        found.append(document)
        at = text.find("\n{\n", end)
    return found


def test_all_is_well(doctor):
    code, out, err = doctor()
    assert (0, "") == (code, err)
    assert "account shop (aliyun): all that is enabled works; this machine's clock agrees" in out
    assert "account ml (huaweicloud): all that is enabled works" in out
    assert "FAILS" not in out


def test_the_table_is_as_wide_as_a_terminal(doctor, fault):
    fault("forbidden", "ListPersistentVolume")
    fault("not_found_api", "ListFlowProject")
    _, out, _ = doctor()
    assert [] == [line for line in out.splitlines() if len(line) > 120]


def test_what_fails_is_told_with_its_cause_and_the_way_out(doctor, fault):
    fault("forbidden", "ListClusterNode", "ListPersistentVolume")
    code, out, err = doctor()
    assert (1, "account shop: failed: ListClusterNode, ListPersistentVolume\n") == (code, err)
    [line] = [line for line in out.splitlines() if "ListPersistentVolume  " in line]
    assert line.startswith("FAILS   retailcloud ")
    assert "permission: Forbidden.RAM (refused)" in line
    assert "  - ListClusterNode, ListPersistentVolume (for retailcloud_nodes, retailcloud_volumes): allow it" in out


def test_the_policies_can_be_pasted(doctor, fault):
    fault("forbidden", "ListClusterNode", "ListPersistentVolume")
    needed, missing, pools = policies(doctor()[1])
    assert missing == {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["retailcloud:ListClusterNode", "retailcloud:ListPersistentVolume"],
                "Resource": "*",
            }
        ],
    }
    resources = {statement["Resource"] for statement in needed["Statement"]}
    assert {"*", "acs:ecs:*:*:hpc/*", "acs:rds:*:*:dbinstance/*"} == resources
    assert ["modelarts:pool:list"] == pools["Statement"][0]["Action"]


def test_names_that_the_vendor_does_not_document_are_told(doctor):
    text = " ".join(doctor()[1].split())
    marked = text.partition("does not document these names")[2].partition(".")[0]
    assert "retailcloud:ListCluster" in marked
    assert "ecs:DescribeHpcClusters" not in marked


def test_what_is_optional_may_fail(doctor, fault):
    fault("forbidden", "ListAppResourceAllocs")
    code, out, _ = doctor()
    assert 0 == code
    assert "optional  retailcloud" in out


def test_programs_get_all_of_it_as_json(doctor, fault):
    fault("forbidden", "ListPersistentVolume")
    code, out, _ = doctor("--json")
    told = json.loads(out)
    shop, ml = told["accounts"]
    assert (1, False, False, True) == (code, told["works"], shop["works"], ml["works"])
    [failed] = [finding for finding in shop["findings"] if finding["result"] == "fails"]
    assert {
        "product": "retailcloud",
        "operation": "ListPersistentVolume",
        "region_id": "global",
        "collectors": ["retailcloud_volumes"],
        "required": True,
        "result": "fails",
        "cause": "permission",
        "code": "Forbidden.RAM",
        "permission": "retailcloud:ListPersistentVolume",
    }.items() <= failed.items()
    [missing] = [permission for permission in shop["permissions"] if permission["granted"] is False]
    assert ("retailcloud:ListPersistentVolume", False) == (missing["permission"], missing["documented"])
    assert ["retailcloud:ListPersistentVolume"] == shop["missing_policy"]["Statement"][0]["Action"]
    assert (["modelarts:pool:list"], None) == (ml["policy"]["Statement"][0]["Action"], ml["missing_policy"])


def test_mistakes_in_the_settings_are_wrong_usage(doctor, tmp_path):
    config = tmp_path / "config.yml"
    config.write_text("accounts:\n  - name: shop\n    provider: alyun\n")
    code, out, err = doctor(config=config)
    assert (2, "") == (code, out)
    assert "accounts[0].provider" in err


def test_a_collector_that_has_nothing_to_ask_for_is_told_of(doctor, write_settings):
    config = write_settings()
    document = json.loads(config.read_text())
    document["accounts"] = [{**document["accounts"][0], "regions": []}]
    config.write_text(json.dumps(document))
    code, out, _ = doctor(config=config)
    assert 0 == code
    assert "Nothing to ask for:\n  - emr_flow_clusters: off for this account until its regions are listed" in out
