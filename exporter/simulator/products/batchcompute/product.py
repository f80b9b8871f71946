"""What BatchCompute's operations share: their table, the version, and the region that a call is for."""

from exporter.simulator.operations import Call, Operations
from exporter.simulator.products.regions import known_region
from exporter.simulator.world.clusters import REGION

VERSION = "2015-11-11"
OPERATIONS = Operations()


def region_of(call: Call) -> str:
    """The region of the header x-acs-region-id, the first one where it was not sent."""
    region_id = call.headers.get("x-acs-region-id")
    return REGION if region_id is None else known_region(region_id, 404)
