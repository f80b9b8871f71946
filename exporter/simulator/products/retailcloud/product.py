"""What all of RetailCloud's operations share: their table, the envelope of a listing, the encodings of EnvType."""

from exporter.simulator.operations import Call, Json, Operations, Page
from exporter.simulator.quirks import Quirks

OPERATIONS = Operations()

_ENV_TYPES: dict[str, tuple[object, object]] = {
    "zero_one": (0, 1),
    "one_two": (1, 2),
    "TEST_PRO": ("TEST", "PRO"),
    "test_online": ("test", "online"),
}


def env_type(quirks: Quirks, *, production: bool) -> object:
    """EnvType in the encoding of the quirk: the manual has four."""
    return _ENV_TYPES[quirks.env_type][production]


def listing(call: Call, page: Page[Json]) -> Json:
    """The envelope around one page of rows; a good answer has no error text."""
    return {
        "RequestId": call.request_id,
        "Code": 0,
        "PageNumber": page.number,
        "PageSize": page.size,
        "TotalCount": page.total,
        "Data": list(page.rows),
    }


def detail(call: Call, result: Json) -> Json:
    """The envelope around one object."""
    return {"RequestId": call.request_id, "Code": 0, "Success": True, "Result": result}
