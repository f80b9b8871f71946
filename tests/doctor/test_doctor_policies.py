"""The permissions that are needed, those that are missing, and their policies."""

from exporter.clouds.aliyun.ecs import DESCRIBE_HPC_CLUSTERS
from exporter.clouds.aliyun.retailcloud import LIST_APP, LIST_CLUSTER
from exporter.clouds.huaweicloud import modelarts
from exporter.clouds.operation import Operation
from exporter.doctor.findings import Cause, Finding, Result
from exporter.doctor.policies import iam_policy, permissions, ram_policy

POOLS = Operation("modelarts", "ListPools", "modelarts:pool:list", documented=True, request="GET /v2/pools")


def finding(operation: Operation, result: Result, cause: Cause | None = None, region: str = "global") -> Finding:
    return Finding(
        operation.product, operation.title, region, ("x",), True, result, "", cause, permission=operation.permission
    )


def test_actions_are_grouped_by_resource():
    policy = ram_policy(permissions([LIST_CLUSTER, DESCRIBE_HPC_CLUSTERS, LIST_APP], []))
    assert policy == {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": ["retailcloud:ListCluster", "retailcloud:ListApp"], "Resource": "*"},
            {"Effect": "Allow", "Action": ["ecs:DescribeHpcClusters"], "Resource": "acs:ecs:*:*:hpc/*"},
        ],
    }


def test_a_custom_policy_of_huawei_names_its_actions():
    assert iam_policy(permissions([POOLS], [])) == {
        "Version": "1.1",
        "Statement": [{"Effect": "Allow", "Action": ["modelarts:pool:list"]}],
    }


def test_what_takes_no_permission_makes_no_policy():
    none = permissions([modelarts.LIST_CLUSTERS], [])
    assert ((), None, None) == (none, iam_policy(none), ram_policy(none))


def test_a_name_that_the_vendor_does_not_document_is_marked():
    marks = {each.action: each.documented for each in permissions([LIST_CLUSTER, DESCRIBE_HPC_CLUSTERS], [])}
    assert marks == {"retailcloud:ListCluster": False, "ecs:DescribeHpcClusters": True}


def test_operations_of_one_permission_stand_together():
    again = Operation("modelarts", "ShowPools", "modelarts:pool:list", documented=False)
    [permission] = permissions([POOLS, again], [])
    assert (("GET /v2/pools", "ShowPools"), False) == (permission.operations, permission.documented)


def test_a_permission_is_missing_where_a_call_was_refused_for_it_and_unknown_where_no_call_told():
    findings = [
        finding(LIST_CLUSTER, Result.fails, Cause.permission),
        finding(LIST_APP, Result.fails, Cause.no_apps),
        finding(DESCRIBE_HPC_CLUSTERS, Result.fails, Cause.network),
    ]
    granted = {
        each.operations[0]: each.granted
        for each in permissions([LIST_CLUSTER, LIST_APP, DESCRIBE_HPC_CLUSTERS], findings)
    }
    assert granted == {"ListCluster": False, "ListApp": True, "DescribeHpcClusters": None}


def test_a_permission_that_is_missing_in_one_region_is_missing():
    findings = [
        finding(DESCRIBE_HPC_CLUSTERS, Result.works, region="cn-beijing"),
        finding(DESCRIBE_HPC_CLUSTERS, Result.fails, Cause.permission, region="cn-hangzhou"),
    ]
    assert [False] == [each.granted for each in permissions([DESCRIBE_HPC_CLUSTERS], findings)]
