"""ModelArts pools: phases, nodes by flavor and state, and the pools that only the second list has."""

from dataclasses import replace

import pytest

from exporter.clouds.errors import PermissionDeniedError, RetiredError, ServerError
from exporter.clouds.huaweicloud.pools import Pool
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.modelarts_pools import COLLECTOR
from tests.doubles import PLACE, Bench

KEY = 'account="ml",region_id="cn-north-4",pool_id="p1"'
PREFIX = "huaweicloud_modelarts_pool_"
PHASES = ("creating", "running", "abnormal", "deleting", "error")
STATES = ("available", "creating", "abnormal", "deleting")


class Cloud:
    """Answers GET /v2/{project_id}/pools, without a status and with ``failed``."""

    def __init__(self, *pools, failed=()) -> None:
        self.answers: dict[str, object] = {"": Listing(pools), "failed": Listing(tuple(failed))}

    async def list_pools(self, status=""):
        answer = self.answers[status]
        if isinstance(answer, Exception):
            raise answer
        return answer


def pool(pool_id="p1", *, name="training", spec=None, status=None, **metadata):
    read = Pool.read(
        {
            "metadata": {"name": pool_id, "labels": {"os.modelarts/name": name}, **metadata},
            "spec": {} if spec is None else spec,
            "status": {"phase": "Running"} if status is None else status,
        }
    )
    assert read is not None
    return read


def row(flavor, count=None, most=None):
    return {"flavor": flavor, "count": count, "maxCount": most}


def bench_of(cloud):
    place = replace(PLACE, account="ml", region="cn-north-4")
    return Bench(COLLECTOR, cloud, place=place, limits=Limits(120, 60, 360, 50_000))


async def page_of(*pools, names=(PREFIX,)):
    bench = bench_of(Cloud(*pools))
    await bench.collection.run()
    return await bench.page(*names)


async def ids_on(bench):
    return {line.split('"')[5] for line in (await bench.page(f"{PREFIX}info")).splitlines()}


async def test_every_series_of_a_pool():
    page = await page_of(
        pool(
            creationTimestamp="2026-01-01T00:00:00Z",
            annotations={"os.modelarts/billing.mode": "1"},
            spec={"type": "Dedicate", "controlMode": 9, "resources": [row("gpu", 3, 5)]},
            status={"phase": "Abnormal", "resources": {"available": [row("gpu", 2)], "abnormal": [row("gpu", 1)]}},
        )
    )

    assert page.splitlines() == [
        f'{PREFIX}info{{{KEY},pool_name="training",pool_type="Dedicate",billing_mode="period"}} 1',
        *(f'{PREFIX}phase{{{KEY},phase="{each}"}} {int(each == "abnormal")}' for each in (*PHASES, "unknown")),
        f'{PREFIX}nodes{{{KEY},flavor="gpu",state="available"}} 2.0',
        f'{PREFIX}nodes{{{KEY},flavor="gpu",state="creating"}} 0.0',
        f'{PREFIX}nodes{{{KEY},flavor="gpu",state="abnormal"}} 1.0',
        f'{PREFIX}nodes{{{KEY},flavor="gpu",state="deleting"}} 0.0',
        f'{PREFIX}nodes_desired{{{KEY},flavor="gpu"}} 3.0',
        f'{PREFIX}nodes_max{{{KEY},flavor="gpu"}} 5.0',
        f'{PREFIX}frozen{{{KEY},reason="service"}} 1',
        f'{PREFIX}frozen{{{KEY},reason="police"}} 0',
        f"{PREFIX}created_timestamp_seconds{{{KEY}}} 1767225600.0",
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        *((phase.capitalize(), phase) for phase in PHASES),
        ("running", "running"),
        ("Resizing", "unknown"),
        (None, "unknown"),
        ({"is": "Running"}, "unknown"),
    ],
)
async def test_phases(written, shown):
    page = await page_of(pool(status={"phase": written}), names=(f"{PREFIX}phase",))

    assert page.splitlines() == [
        f'{PREFIX}phase{{{KEY},phase="{each}"}} {int(each == shown)}' for each in (*PHASES, "unknown")
    ]


async def test_an_undocumented_phase_is_counted():
    bench = bench_of(Cloud(pool(status={"phase": "Resizing"})))

    await bench.collection.run()

    assert 1 == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}phase"})


@pytest.mark.parametrize(
    ("written", "service", "police"),
    [
        (0, 0, 0),
        (1, 0, 0),
        (7, 0, 0),
        (8, 1, 0),
        ("9", 1, 0),
        (16, 0, 1),
        (20.0, 0, 1),
        (24, 1, 1),
        (31, 1, 1),
        (32, 0, 0),
    ],
)
async def test_who_froze_a_pool_stands_in_bits(written, service, police):
    page = await page_of(pool(spec={"controlMode": written}), names=(f"{PREFIX}frozen",))

    assert page.splitlines() == [
        f'{PREFIX}frozen{{{KEY},reason="service"}} {service}',
        f'{PREFIX}frozen{{{KEY},reason="police"}} {police}',
    ]


@pytest.mark.parametrize(("written", "counted"), [(None, 0), ("", 0), ("frozen", 1), (-8, 1), (8.5, 1), ([8], 1)])
async def test_a_control_mode_that_cannot_be_read_gives_no_sample(written, counted):
    bench = bench_of(Cloud(pool(spec={"controlMode": written})))

    await bench.collection.run()

    assert "" == await bench.page(f"{PREFIX}frozen")
    assert counted == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}frozen"})


@pytest.mark.parametrize(
    ("written", "shown"), [("0", "on_demand"), (0, "on_demand"), ("1", "period"), ("2", "2"), (None, "")]
)
async def test_billing_modes(written, shown):
    page = await page_of(pool(annotations={"os.modelarts/billing.mode": written}), names=(f"{PREFIX}info",))

    assert f'billing_mode="{shown}"' in page


def nodes(page):
    """Values by flavor and state."""
    return {(line.split('"')[7], line.split('"')[9]): float(line.split()[-1]) for line in page.splitlines()}


async def test_the_rows_of_a_flavor_are_summed():
    spec = {"resources": [row("gpu", 2, 4), row("cpu", 1, 1), row("gpu", "3", 6)]}
    status = {"phase": "Running", "resources": {"available": [row("gpu", 2), row("gpu", "3"), row("cpu", 1)]}}

    page = await page_of(pool(spec=spec, status=status), names=(f"{PREFIX}nodes",))

    lines = page.splitlines()
    assert f'{PREFIX}nodes{{{KEY},flavor="gpu",state="available"}} 5.0' in lines
    assert f'{PREFIX}nodes{{{KEY},flavor="cpu",state="available"}} 1.0' in lines
    assert f'{PREFIX}nodes_desired{{{KEY},flavor="gpu"}} 5.0' in lines
    assert f'{PREFIX}nodes_max{{{KEY},flavor="gpu"}} 10.0' in lines


async def test_one_object_in_place_of_the_list_tells_of_its_own_flavor_only():
    spec = {"resources": [row("gpu", 2), row("cpu", 1)]}
    status = {"phase": "Running", "resources": {"available": row("gpu", 2)}}

    page = await page_of(pool(spec=spec, status=status), names=(f"{PREFIX}nodes{{",))

    # How many cpu nodes are available is not said; that none is in another state is.
    assert {("gpu", state): 2.0 * (state == "available") for state in STATES} | {
        ("cpu", state): 0.0 for state in STATES if state != "available"
    } == nodes(page)


@pytest.mark.parametrize("resources", [None, [], "none"])
async def test_without_the_nodes_of_a_pool_there_are_none_to_show(resources):
    spec = {"resources": [row("gpu", 2, 2)]}

    page = await page_of(pool(spec=spec, status={"resources": resources}), names=(f"{PREFIX}nodes",))

    assert page.splitlines() == [
        f'{PREFIX}nodes_desired{{{KEY},flavor="gpu"}} 2.0',
        f'{PREFIX}nodes_max{{{KEY},flavor="gpu"}} 2.0',
    ]


async def test_a_pool_that_could_not_be_created_has_no_node_of_what_it_wants():
    page = await page_of(
        pool(spec={"resources": [row("gpu", 2)]}, status={"phase": "Error", "resources": {}}),
        names=(f"{PREFIX}nodes{{",),
    )

    assert {("gpu", state): 0.0 for state in STATES} == nodes(page)


async def test_a_sum_that_lacks_a_part_is_not_shown_and_its_part_counted():
    status = {"resources": {"available": [row("gpu", "many"), row("gpu", 2), row("cpu", 1)], "creating": "some"}}
    spec = {"resources": [row("gpu", 1), row("gpu", None, 3), row("cpu", 1, -1)]}
    bench = bench_of(Cloud(pool(spec=spec, status=status)))

    await bench.collection.run()

    assert {("cpu", "available"): 1.0} | {
        (flavor, state): 0.0 for flavor in ("gpu", "cpu") for state in ("abnormal", "deleting")
    } == nodes(await bench.page(f"{PREFIX}nodes{{"))
    assert f'{PREFIX}nodes_desired{{{KEY},flavor="cpu"}} 1.0' == await bench.page(f"{PREFIX}nodes_desired")
    assert "" == await bench.page(f"{PREFIX}nodes_max")
    name = "cluster_exporter_unreadable_values_total"
    assert [2, 0, 1] == [
        bench.counted(name, {"metric": PREFIX + metric}) for metric in ("nodes", "nodes_desired", "nodes_max")
    ]


async def test_what_a_pool_leaves_out_gives_no_sample():
    bare = Pool.read({"metadata": {"name": "p1"}})

    page = await page_of(bare)

    assert {"info", "phase"} == {line.partition("{")[0].removeprefix(PREFIX) for line in page.splitlines()}
    assert f'{PREFIX}info{{{KEY},pool_name="",pool_type="",billing_mode=""}} 1' in page


async def test_an_unreadable_time_of_creation_is_counted():
    bench = bench_of(Cloud(pool(creationTimestamp="long ago")))

    await bench.collection.run()

    assert "" == await bench.page(f"{PREFIX}created")
    counted = {"metric": f"{PREFIX}created_timestamp_seconds"}
    assert 1 == bench.counted("cluster_exporter_unreadable_values_total", counted)


async def test_both_lists_are_shown_and_a_pool_in_both_is_what_the_second_says():
    bench = bench_of(Cloud(pool("p1"), pool("p2"), failed=[pool("p2", status={"phase": "Error"}), pool("p3")]))

    status = await bench.collection.run()

    assert ("success", {"p1", "p2", "p3"}) == (status.result, await ids_on(bench))
    assert 'pool_id="p2",phase="error"} 1' in await bench.page(f"{PREFIX}phase")
    assert 0 == bench.counted(
        "cluster_exporter_duplicate_rows_total", {"collector": "modelarts_pools", "account": "ml"}
    )


async def test_a_list_of_failed_pools_that_fails_is_partial_and_keeps_the_earlier_ones_for_a_while():
    cloud = Cloud(pool("p1"), pool("p2"), failed=[pool("p3")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.answers = {"": Listing((pool("p1"),)), "failed": ServerError("no")}

    bench.clock.advance(120)
    status = await bench.collection.run()
    kept = await ids_on(bench)
    bench.clock.advance(241)
    await bench.collection.run()

    assert ("partial", "no", {"p1", "p2", "p3"}) == (status.result, status.message, kept)
    assert {"p1"} == await ids_on(bench)


async def test_a_deleted_pool_is_gone_with_the_next_complete_lists():
    cloud = Cloud(pool("p1"), pool("p2"), failed=[pool("p3")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.answers = {"": Listing((pool("p1"),), complete=False, unreadable=1), "failed": Listing(())}
    await bench.collection.run()
    partial = await ids_on(bench)
    cloud.answers[""] = Listing((pool("p1"),))

    await bench.collection.run()

    assert ({"p1", "p2", "p3"}, {"p1"}) == (partial, await ids_on(bench))


@pytest.mark.parametrize(
    ("error", "result"), [(RetiredError("APIGW.0101"), "not_offered"), (PermissionDeniedError("no"), "permission")]
)
async def test_a_run_without_any_data(error, result):
    cloud = Cloud()
    cloud.answers[""] = error
    bench = bench_of(cloud)

    status = await bench.collection.run()

    assert (result, "") == (status.result, await bench.page(PREFIX))


async def test_an_empty_project_is_a_success():
    status = await bench_of(Cloud()).collection.run()

    assert ("success", True) == (status.result, status.got_data)


def test_the_declaration():
    assert COLLECTOR.enabled
    assert ("regional", 120) == (COLLECTOR.scope, COLLECTOR.interval)
