"""RetailCloud's EnvType: what is meant by any of its four encodings."""

from exporter.clouds.values import Raw, text
from exporter.collectors.rows import UNKNOWN, Oddity, Rows, shortened
from exporter.metric import Metric

_ENV_TYPES = {
    "0": "test",
    "test": "test",
    "测试": "test",
    "1": "prod",
    "2": "prod",
    "pro": "prod",
    "prod": "prod",
    "online": "prod",
    "正式": "prod",
}


def env_type(raw: Raw, name: str = "") -> str:
    """``test``, ``prod`` or ``unknown`` from any of the vendor's four encodings of EnvType.

    EnvTypeName wins where it is there, because the manual's table (1 test, 2 prod) and its example (1 is 正式)
    disagree: 0 and 1 are test and prod elsewhere, and 2 can only mean prod.
    """
    if "正式" in name:
        return "prod"
    if "测试" in name:
        return "test"
    return _ENV_TYPES.get(text(raw).lower(), UNKNOWN)


def shown_env_type(rows: Rows, metric: Metric, raw: Raw, name: str = "") -> str:
    """`env_type`; one that is there and not documented is noted for ``metric``."""
    shown = env_type(raw, name)
    if shown == UNKNOWN and raw not in (None, ""):
        rows.note(Oddity("unknown_state", metric, shortened(raw)))
    return shown
