"""Calls are counted by what they were for: the account, the collection, product, region and operation."""

import httpx

from exporter.assembly import lane_of
from exporter.clouds.exchange import Request
from exporter.clouds.tally import Call, Spent, Tally
from tests.clouds.wire import Wire
from tests.simulated import Simulated

CALL = Call("nodes/global", "retailcloud", "global", "ListClusterNode")


def test_calls_and_the_seconds_of_their_answers_add_up():
    tally = Tally()
    tally.add(CALL, 0.5)
    before = tally.so_far()
    tally.add(CALL, 1.0)
    tally.add(CALL._replace(operation="ListCluster"), 2.0)

    assert {CALL: Spent(1, 0.5)} == before
    assert [Spent(2, 1.5), Spent(1, 2.0)] == list(tally.so_far().values())


async def test_every_attempt_is_counted_with_the_time_it_took():
    left = [httpx.Response(503, json={}), httpx.Response(200, json={"Code": 0})]

    def respond(request: httpx.Request) -> httpx.Response:
        wire.clock.advance(0.25)
        return left.pop(0)

    wire = Wire(respond)
    await wire.channel.send(Request("ListCluster", "GET", "/"))

    ((call, spent),) = wire.account.tally.so_far().items()
    assert (wire.channel.product, wire.channel.region, "ListCluster") == (call.product, call.region, call.operation)
    assert Spent(2, 0.5) == spent


async def test_calls_are_counted_for_the_collection_that_makes_them_wherever_they_lead():
    cloud = Simulated()

    await cloud.run()

    lanes = {lane_of(each.key.collector, each.key.region_id) for each in cloud.exporter.collections}
    made = [call for tally in cloud.exporter.tallies.values() for call in tally.so_far()]
    assert lanes == {call.lane for call in made}
    assert {("rds_backups/global", "cn-zhangjiakou")} <= {(call.lane, call.region) for call in made}
    assert cloud.transport.requests == sum(
        spent.calls for tally in cloud.exporter.tallies.values() for spent in tally.so_far().values()
    )
