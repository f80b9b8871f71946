"""RetailCloud's contradictions: what each answer may look like, and what must never pass for an empty list."""

import json

import pytest

from exporter.clouds.errors import BadResponseError
from tests.clouds.retailcloud_wire import CALLS, RetailCloudWire, envelope, sample

LISTS = [name for name in CALLS if name not in {"QueryClusterDetail", "DescribeDeployOrderDetail", "GetRdsBackUp"}]


def recased(value, change):
    """The same JSON with ``change`` made to every name."""
    if isinstance(value, dict):
        return {change(name): recased(item, change) for name, item in value.items()}
    return [recased(item, change) for item in value] if isinstance(value, list) else value


def stringified(value):
    """The same JSON with every number as a string."""
    if isinstance(value, dict):
        return {name: stringified(item) for name, item in value.items()}
    if isinstance(value, list):
        return [stringified(item) for item in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def items_of(answer):
    listing = answer[0] if isinstance(answer, tuple) else answer
    return getattr(listing, "items", listing)


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("answer", [{}, {"Code": 0}, {"Code": 0, "Data": None, "Result": None}, [], None, "text"])
async def test_an_answer_without_its_data_is_bad_and_never_an_empty_inventory(operation, answer):
    with pytest.raises(BadResponseError):
        await CALLS[operation][0](RetailCloudWire(answer).cloud)


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("data", [{}, "", "[]", 0, {"Items": []}])
async def test_data_that_is_no_list_is_bad(operation, data):
    with pytest.raises(BadResponseError):
        await CALLS[operation][0](RetailCloudWire(envelope(data, TotalCount=0)).cloud)


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("total", [0, "0"])
@pytest.mark.parametrize("data", [None, []])
async def test_null_beside_a_total_of_0_is_an_empty_list(operation, total, data):
    listing = await CALLS[operation][0](RetailCloudWire(envelope(data, TotalCount=total)).cloud)
    assert ((), True) == (listing.items, listing.complete)


async def test_an_instance_without_backups_may_say_null():
    answer = {"Code": 0, "Result": {"Items": None, "TotalRecordCount": "0", "TotalBackupSize": 0}}
    listing, total_size = await RetailCloudWire(answer).cloud.list_backups("rm-1")
    assert ((), True, 0) == (listing.items, listing.complete, total_size)


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    "change", [lambda name: name[:1].lower() + name[1:], str.upper, str.lower], ids=["lowerCamel", "UPPER", "lower"]
)
async def test_names_are_read_in_any_casing(operation, change):
    call = CALLS[operation][0]
    assert await call(RetailCloudWire(sample(operation)).cloud) == await call(
        RetailCloudWire(recased(sample(operation), change)).cloud
    )


@pytest.mark.parametrize("operation", CALLS)
async def test_numbers_may_be_strings_in_ids_and_envelope(operation):
    call = CALLS[operation][0]
    expected = items_of(await call(RetailCloudWire(sample(operation)).cloud))
    actual = items_of(await call(RetailCloudWire(stringified(sample(operation))).cloud))
    assert stringified_models(expected) == stringified_models(actual)


def stringified_models(read):
    if hasattr(read, "work_load"):
        return [stringified(read.work_load.model_dump()), stringified_models(read.allocated)]
    return [stringified(item.model_dump()) for item in (read if isinstance(read, tuple) else (read,))]


async def test_allocations_are_read_wrapped_once_more_and_plain():
    wrapped = sample("ListAppResourceAllocs")
    plain = wrapped["ListAppResourceAllocsResponse"]
    read = await RetailCloudWire(wrapped).cloud.list_app_resource_allocs()
    assert [("9001", "7001", "c-orchid"), ("9001", "7001", "c-maple")] == [
        (item.app_env_id, item.app_id, item.cluster_id) for item in read.items
    ]
    assert read == await RetailCloudWire(plain).cloud.list_app_resource_allocs()


async def detail_with(**instance_info):
    answer = sample("QueryClusterDetail")
    answer["Result"]["InstanceInfo"] |= instance_info
    return await RetailCloudWire(answer).cloud.cluster_detail("c-orchid")


async def test_pods_may_be_objects_or_json_strings():
    lists = sample("QueryClusterDetail")["Result"]["InstanceInfo"]
    texts = {name: [json.dumps(item) for item in value] for name, value in lists.items() if isinstance(value, list)}
    assert await detail_with() == await detail_with(**texts)


async def test_the_cpu_of_pods_is_read_in_both_spellings():
    detail = await detail_with()
    assert [("1vcpu", None), (None, "0.5vcpu"), (None, "1vcpu")] == [
        (item.cpu_request, item.cup_request) for item in detail.allocated
    ]
    assert ["1", "2"] == [item.cup_request for item in detail.available]


@pytest.mark.parametrize("item", ["no json", "[" * 100_000, 7, None, {"podCount": 1}, '{"appId": true, "envId": 2}'])
async def test_a_pod_item_that_means_nothing_is_counted_and_the_others_are_read(item):
    good = sample("QueryClusterDetail")["Result"]["InstanceInfo"]["AllocatedPodInfoList"][0]
    detail = await detail_with(AllocatedPodInfoList=[item, good])
    assert (1, 1, 0) == (len(detail.allocated), detail.unreadable_allocated, detail.unreadable_available)


@pytest.mark.parametrize(("lists", "unreadable"), [(None, 0), ([], 0), ("", 1), ("nothing", 1), (7, 1)])
async def test_a_pod_list_that_is_no_list_is_counted(lists, unreadable):
    detail = await detail_with(AllocatedPodInfoList=lists, AvailablePodInfoList=lists)
    assert ((), unreadable, unreadable) == (detail.allocated, detail.unreadable_allocated, detail.unreadable_available)


@pytest.mark.parametrize("part", ["WorkLoad", "InstanceInfo"])
@pytest.mark.parametrize("value", [None, [], "text", 7])
async def test_a_missing_part_of_a_detail_leaves_the_other_part(part, value):
    answer = sample("QueryClusterDetail")
    answer["Result"][part] = value
    detail = await RetailCloudWire(answer).cloud.cluster_detail("c-orchid")
    assert (part != "WorkLoad", part != "InstanceInfo") == (
        detail.work_load.all_node_count is not None,
        bool(detail.allocated),
    )


async def test_access_modes_may_be_a_list():
    answer = sample("ListPersistentVolume")
    answer["Data"][0]["AccessModes"] = ["ReadWriteOnce", "ReadOnlyMany"]
    listing = await RetailCloudWire(answer).cloud.list_persistent_volumes("c-orchid")
    assert "ReadWriteOnce,ReadOnlyMany" == listing.items[0].access_modes


async def test_a_list_whose_result_filter_is_ignored_is_cut_and_not_complete():
    orders = [{"DeployOrderId": number, "EnvId": 9001, "Result": 1} for number in range(50)]
    wire = RetailCloudWire(envelope(orders, TotalCount=50_000))
    listing = await wire.cloud.list_deploy_orders("7001", results=(0, 2, 4))
    assert (50, False, 1) == (len(listing.items), listing.complete, len(wire.requests))


@pytest.mark.parametrize("odd", [{"Password": "CANARY"}, ["CANARY"]])
async def test_of_an_object_in_place_of_a_scalar_only_the_type_is_kept(odd):
    listing = await RetailCloudWire(
        envelope([{"InstanceId": "c-1", "Status": odd, "WorkLoadCpu": odd}])
    ).cloud.list_clusters()
    assert (type(odd)(), type(odd)()) == (listing.items[0].status, listing.items[0].work_load_cpu)


async def test_pods_without_an_id_are_told_apart_by_their_address():
    nameless = [{"PodIp": f"10.0.0.{number}", "HostIp": "10.1.0.1"} for number in (1, 2, 2)]
    listing = await RetailCloudWire(
        envelope([*nameless, {"AppInstanceId": "a"}, {"AppInstanceId": "b"}])
    ).cloud.list_pods("88002")
    assert (["10.0.0.1", "10.0.0.2", "", ""], 1) == ([pod.pod_ip for pod in listing.items], listing.duplicates)


async def test_the_steps_of_a_pod_are_read_beside_its_result():
    listing = await RetailCloudWire(sample("ListPods")).cloud.list_pods("88002")
    assert [
        (2, [("StartAppInstance", "SUCCESS"), ("StopAppInstance", "FAIL")]),
        (1, [("StartAppInstance", "SUCCESS")]),
    ] == [(pod.result, [(step.step_code, step.status) for step in pod.deploy_steps]) for pod in listing.items]


@pytest.mark.parametrize("steps", [None, "FAIL", 7, {"Status": "FAIL"}, [], [None, "FAIL", 7, []]])
async def test_a_pod_is_read_without_steps_that_mean_nothing(steps):
    listing = await RetailCloudWire(
        envelope([{"AppInstanceId": "a", "Result": 2, "DeploySteps": steps}])
    ).cloud.list_pods("88002")
    assert [("a", 2, ())] == [(pod.app_instance_id, pod.result, pod.deploy_steps) for pod in listing.items]
