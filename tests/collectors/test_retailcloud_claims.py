"""Volume claims: every series, every phase, and when a claim is gone."""

import pytest

from exporter.clouds.aliyun.retailcloud_models import Claim
from exporter.clouds.errors import CallTimeoutError, ServerError
from exporter.clouds.paging import Listing
from exporter.collectors.retailcloud_claims import COLLECTOR, PHASES
from tests.collectors.retailcloud_shop import Shop, read
from tests.doubles import Bench

PREFIX = "aliyun_retailcloud_persistentvolumeclaim_"
KEY = 'account="shop",app_id="1",env_id="11",persistentvolumeclaim="basket-data"'
CLAIM = {
    "Name": "basket-data",
    "VolumeName": "pv-1",
    "StorageClass": "alicloud-disk-ssd",
    "AccessModes": "ReadWriteOnce",
    "Status": "Bound",
    "Capacity": "20Gi",
    "CreateTime": "2025-12-18 17:38:11",
}


def shop_of(*claims, other=()):
    """A shop of one app with environments 11 and 12."""
    return Shop(
        apps=[{"AppId": 1, "Title": "basket"}],
        environments={"1": [{"EnvId": 11, "EnvName": "prod"}, {"EnvId": 12, "EnvName": "test"}]},
        claims={"11": list(claims), "12": list(other)},
    )


async def collected(shop):
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    return bench


async def names(bench):
    """Environment and name of every claim."""
    rows = (await bench.page(f"{PREFIX}info{{")).splitlines()
    labels = [[row.partition(f'{label}="')[2].partition('"')[0] for row in rows] for label in ("env_id", PREFIX[19:-1])]
    return sorted(zip(*labels, strict=True))


async def test_every_series_of_a_claim():
    bench = await collected(shop_of(CLAIM))
    assert [
        f'{PREFIX}info{{{KEY},app_name="basket",env_name="prod",volume="pv-1",storage_class="alicloud-disk-ssd"}} 1',
        f'{PREFIX}status_phase{{{KEY},phase="pending"}} 0',
        f'{PREFIX}status_phase{{{KEY},phase="bound"}} 1',
        f'{PREFIX}status_phase{{{KEY},phase="lost"}} 0',
        f'{PREFIX}status_phase{{{KEY},phase="unknown"}} 0',
        f"{PREFIX}capacity_bytes{{{KEY}}} {20 * 2**30}.0",
    ] == (await bench.page(PREFIX)).splitlines()


async def phases(bench):
    rows = (await bench.page(f"{PREFIX}status_phase{{")).splitlines()
    return [row.partition('phase="')[2].partition('"')[0] for row in rows if row.endswith(" 1")]


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("spelling", [str.capitalize, str.upper, str.lower])
async def test_every_phase(phase, spelling):
    bench = await collected(shop_of(CLAIM | {"Status": spelling(phase)}))
    assert [phase] == await phases(bench)
    assert 0 == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}status_phase"})


@pytest.mark.parametrize(("raw", "counted"), [("Released", 1), (3, 1), ([], 1), (None, 0)])
async def test_another_phase_is_unknown_and_counted_where_there_is_one(raw, counted):
    bench = await collected(shop_of(CLAIM | {"Status": raw}))
    assert ["unknown"] == await phases(bench)
    assert counted == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}status_phase"})


@pytest.mark.parametrize(("raw", "counted"), [("20 barrels", 1), (True, 1), ([], 1), (None, 0), ("", 0)])
async def test_a_capacity_that_is_absent_or_unreadable_is_left_out(raw, counted):
    bench = await collected(shop_of(CLAIM | {"Capacity": raw}))
    assert "" == await bench.page(f"{PREFIX}capacity_bytes")
    assert counted == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}capacity_bytes"})


async def test_a_claim_that_waits_has_no_volume():
    bench = await collected(shop_of({"Name": "basket-data", "Status": "Pending"}))
    assert 'volume="",storage_class=""} 1' in await bench.page(f"{PREFIX}info")
    assert ["pending"] == await phases(bench)


async def test_a_claim_missing_from_a_complete_list_is_gone_and_from_a_cut_one_it_stays():
    shop = shop_of(CLAIM, CLAIM | {"Name": "spare"})
    bench = await collected(shop)
    shop.listings[("ListPersistentVolumeClaim", "1/11")] = Listing(read(Claim, [CLAIM]), False, ServerError("500"))
    assert (("1/11", "unavailable"),) == (await bench.collection.run()).failed
    assert [("11", "basket-data"), ("11", "spare")] == await names(bench)
    shop.listings.clear()
    shop.claims["11"].pop()
    await bench.collection.run()
    assert [("11", "basket-data")] == await names(bench)


async def test_a_claim_is_gone_though_the_call_of_another_environment_fails():
    shop = shop_of(CLAIM, other=[CLAIM])
    bench = await collected(shop)
    shop.broken[("ListPersistentVolumeClaim", "1/12")] = CallTimeoutError("too slow")
    shop.claims["11"] = []
    status = await bench.collection.run()
    assert ("partial", (("1/12", "timeout"),)) == (status.result, status.failed)
    assert [("12", "basket-data")] == await names(bench)


async def test_claims_of_one_name_in_two_environments_are_two():
    bench = await collected(shop_of(CLAIM, other=[CLAIM]))
    assert [("11", "basket-data"), ("12", "basket-data")] == await names(bench)


async def test_rows_that_are_there_twice_or_unreadable_are_counted():
    shop = shop_of()
    shop.listings[("ListPersistentVolumeClaim", "1/11")] = Listing(
        read(Claim, [CLAIM]), False, duplicates=2, unreadable=3
    )
    bench = await collected(shop)
    assert [("11", "basket-data")] == await names(bench)
    labels = {"collector": "retailcloud_claims", "account": "shop"}
    assert 2 == bench.counted("cluster_exporter_duplicate_rows_total", labels)
    assert 3 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}info"})


@pytest.mark.parametrize("unreadable", [0, 3], ids=["none beside a total", "none can be read"])
async def test_an_environment_of_whose_claims_none_can_be_read_failed_and_keeps_them(unreadable):
    shop = shop_of(CLAIM, other=[CLAIM])
    bench = await collected(shop)
    shop.listings[("ListPersistentVolumeClaim", "1/11")] = Listing((), False, unreadable=unreadable)
    status = await bench.collection.run()
    assert ("partial", (("1/11", "bad_response"),)) == (status.result, status.failed)
    assert [("11", "basket-data"), ("12", "basket-data")] == await names(bench)
