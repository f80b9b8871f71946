"""Volumes: every series, every phase, capacities as Kubernetes writes them."""

from datetime import UTC, datetime

import pytest

from exporter.clouds.aliyun.retailcloud_models import Volume
from exporter.clouds.errors import CallTimeoutError, ServerError
from exporter.clouds.paging import Listing
from exporter.collectors.retailcloud_volumes import COLLECTOR, PHASES
from tests.collectors.retailcloud_shop import Shop, read
from tests.doubles import Bench

PREFIX = "aliyun_retailcloud_persistentvolume_"
KEY = 'account="shop",cluster_id="c1",persistentvolume="pv-1"'
VOLUME = {
    "Name": "pv-1",
    "StorageClass": "alicloud-disk-ssd",
    "AccessModes": "ReadWriteOnce",
    "ReclaimPolicy": "Retain",
    "PvcName": "basket-data",
    "Status": "Bound",
    "Capacity": "20Gi",
    "CreateTime": "2025-12-18 17:38:11",
}


def shop_of(*volumes):
    return Shop(clusters=[{"InstanceId": "c1", "ClusterTitle": "orchid"}], volumes={"c1": list(volumes)})


async def collected(*volumes):
    bench = Bench(COLLECTOR, shop_of(*volumes))
    await bench.collection.run()
    return bench


async def names(bench):
    rows = (await bench.page(f"{PREFIX}info{{")).splitlines()
    return sorted(row.partition('persistentvolume="')[2].partition('"')[0] for row in rows)


async def test_every_series_of_a_volume():
    bench = await collected(VOLUME)
    info = 'storage_class="alicloud-disk-ssd",access_modes="ReadWriteOnce",reclaim_policy="Retain",claim="basket-data"'
    assert [
        f'{PREFIX}info{{{KEY},cluster_name="orchid",{info}}} 1',
        f'{PREFIX}status_phase{{{KEY},phase="pending"}} 0',
        f'{PREFIX}status_phase{{{KEY},phase="available"}} 0',
        f'{PREFIX}status_phase{{{KEY},phase="bound"}} 1',
        f'{PREFIX}status_phase{{{KEY},phase="released"}} 0',
        f'{PREFIX}status_phase{{{KEY},phase="failed"}} 0',
        f'{PREFIX}status_phase{{{KEY},phase="unknown"}} 0',
        f"{PREFIX}capacity_bytes{{{KEY}}} {20 * 2**30}.0",
        # A time without a zone is in the settings' zone, eight hours before UTC.
        f"{PREFIX}created_timestamp_seconds{{{KEY}}} {datetime(2025, 12, 18, 9, 38, 11, tzinfo=UTC).timestamp()}",
    ] == (await bench.page(PREFIX)).splitlines()


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("spelling", [str.capitalize, str.upper, str.lower])
async def test_every_documented_phase(phase, spelling):
    bench = await collected(VOLUME | {"Status": spelling(phase)})
    assert [phase] == await phases(bench)
    assert 0 == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}status_phase"})


@pytest.mark.parametrize(("raw", "counted"), [("Lost", 1), (3, 1), ([], 1), (None, 0)])
async def test_another_phase_is_unknown_and_counted_where_there_is_one(raw, counted):
    bench = await collected(VOLUME | {"Status": raw})
    assert ["unknown"] == await phases(bench)
    assert counted == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}status_phase"})


async def phases(bench):
    rows = (await bench.page(f"{PREFIX}status_phase{{")).splitlines()
    return [row.partition('phase="')[2].partition('"')[0] for row in rows if row.endswith(" 1")]


@pytest.mark.parametrize(
    ("raw", "size"),
    [
        ("128974848", 128974848),
        (128974848, 128974848),
        ("129e6", 129e6),
        ("129M", 129e6),
        ("123Mi", 123 * 2**20),
        ("1.5T", 1.5e12),
        ("0", 0),
    ],
)
async def test_capacities_in_every_documented_form(raw, size):
    bench = await collected(VOLUME | {"Capacity": raw})
    assert f"{PREFIX}capacity_bytes{{{KEY}}} {float(size)!r}" == await bench.page(f"{PREFIX}capacity_bytes{{")


@pytest.mark.parametrize(
    ("field", "metric"), [("Capacity", "capacity_bytes"), ("CreateTime", "created_timestamp_seconds")]
)
@pytest.mark.parametrize(("raw", "counted"), [("20 barrels", 1), (True, 1), ([], 1), (None, 0), ("", 0)])
async def test_what_is_absent_or_unreadable_is_left_out(field, metric, raw, counted):
    bench = await collected(VOLUME | {field: raw})
    assert "" == await bench.page(f"{PREFIX}{metric}")
    assert counted == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}{metric}"})


async def test_an_unbound_volume_has_an_empty_claim():
    bench = await collected({"Name": "pv-1"})
    assert 'reclaim_policy="",claim=""} 1' in await bench.page(f"{PREFIX}info")


async def test_a_volume_missing_from_a_complete_list_is_gone_and_from_a_cut_one_it_stays():
    shop = shop_of(VOLUME, VOLUME | {"Name": "pv-2"})
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    shop.listings[("ListPersistentVolume", "c1")] = Listing(read(Volume, [VOLUME]), False, ServerError("500"))
    assert (("c1", "unavailable"),) == (await bench.collection.run()).failed
    assert ["pv-1", "pv-2"] == await names(bench)
    shop.listings[("ListPersistentVolume", "c1")] = Listing(read(Volume, [VOLUME]))
    await bench.collection.run()
    assert ["pv-1"] == await names(bench)


async def test_a_cluster_whose_call_fails_keeps_its_volumes():
    shop = shop_of(VOLUME)
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    shop.broken["ListPersistentVolume"] = CallTimeoutError("too slow")
    assert (("c1", "timeout"),) == (await bench.collection.run()).failed
    assert ["pv-1"] == await names(bench)


async def test_volumes_of_one_name_in_two_clusters_are_two():
    shop = Shop([{"InstanceId": "c1"}, {"InstanceId": "c2"}], volumes={"c1": [VOLUME], "c2": [VOLUME]})
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    assert ["pv-1", "pv-1"] == await names(bench)
