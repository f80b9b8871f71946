"""Everything that reads one value or one text: held to the errors that it declares."""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, timedelta, timezone
from typing import Any

from fuzzing.mutation import mutated, odd, scalar

from exporter.clouds import values
from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.errors import CloudError
from exporter.clouds.exchange import Answer
from exporter.clouds.huaweicloud.dialect import HuaweiDialect
from exporter.clouds.payload import field, mapping, stated_number
from exporter.clouds.plain_dialect import PlainDialect
from exporter.clouds.redaction import redact
from exporter.clouds.values import Unreadable
from exporter.collectors.rows import shortened
from exporter.exposition import LONGEST_LABEL, label_text, label_value
from exporter.settings.duration import parse_duration, parse_rate, render_duration, render_rate

SHANGHAI = timezone(timedelta(hours=8))
READERS: Mapping[str, Callable[[Any], float | None]] = {
    "number": values.number,
    "count": values.count,
    "ratio": values.ratio,
    "failure_ratio": values.failure_ratio,
    "flag": values.flag,
    "quantity": values.quantity,
    "cores": values.cores,
    "memory": values.memory,
    "mebibytes": values.mebibytes,
    "instant": lambda raw: values.instant(raw, SHANGHAI),
    "instant in UTC": lambda raw: values.instant(raw, UTC),
    "epoch_milliseconds": values.epoch_milliseconds,
}
_NOT_NEGATIVE = ("count", "ratio", "failure_ratio", "flag", "quantity", "cores", "memory", "mebibytes")
_SECRET = "s3cr3t/+="  # noqa: S105 -- nobody's


class FoundError(Exception):
    """A promise that was broken by an input."""


def must(kept: bool, what: str) -> None:
    """Hold a promise."""
    if not kept:
        raise FoundError(what)


def read_value(dice: random.Random) -> Iterator[object]:
    """One value through every reader of numbers, times and texts."""
    raw = odd(dice)
    yield raw
    for name, reader in READERS.items():
        try:
            value = reader(raw)
        except Unreadable as finding:
            must(str(raw)[:40] not in str(finding) or len(str(raw)) < 5, f"{name} tells the value in its error")
            continue
        must(value is None or math.isfinite(value), f"{name} gave {value}")
        must(value is None or name not in _NOT_NEGATIVE or value >= 0, f"{name} gave {value}")
        must(name != "failure_ratio" or value is None or value <= 1, f"{name} gave {value}")
    text = values.text(raw)
    must(text == text.strip() and text == values.valid(text), "text is not clean")
    must(len(shortened(raw)) <= 60, "shortened is long")
    if isinstance(raw, int | float) and abs(raw) < 1e300:  # not so for NaN
        values.shortest_decimal(float(raw))
        values.expiry(float(raw))


def show_label(dice: random.Random) -> Iterator[object]:
    """One text as a label."""
    raw = str(scalar(dice)) + "".join(chr(dice.choice((10, 13, 34, 92, 0, 0xD800, 0x85, 97))) for _ in range(3))
    yield raw
    value = label_value(raw)
    must(len(value) <= LONGEST_LABEL and value == label_value(value), "a label is not bounded")
    line = label_text(("a", "b"), (raw, raw))
    line.encode()
    must(len(line.splitlines()) == 1, "a label breaks its line")


def say_no(dice: random.Random) -> Iterator[object]:
    """An answer of any status with any body, as both vendors and plain services say no."""
    value = mutated(dice.choice(REFUSALS), dice)
    names = ("x-acs-retry-after", "x-ratelimit-user-api", "x-acs-request-id", "x-request-id", "retry-after")
    latin = [str(odd(dice)).encode("latin-1", "replace").decode("latin-1") for _ in names]
    headers = {
        name: dice.choice((each, f"TimeLeft:{each}", each * 50)) for name, each in zip(names, latin, strict=True)
    }
    status = dice.choice((200, 204, 301, 400, 401, 403, 404, 407, 429, 500, 502, 503, 599))
    yield {"status": status, "headers": headers, "value": value}
    for dialect in (AliyunDialect(), HuaweiDialect(), PlainDialect()):
        refusal = dialect.refusal(Answer(status, headers, value))
        must(refusal is not None or status < 300, "a 4xx is no refusal")
        if refusal is not None:
            error = dialect.error(refusal, "Operation")
            must(isinstance(error, CloudError), "a refusal became no CloudError")
            must(refusal.retry_after is None or 0 < refusal.retry_after < math.inf, f"waits {refusal.retry_after}")


def hide(dice: random.Random) -> Iterator[object]:
    """A text with a secret in it, redacted."""
    text = f"{odd(dice)}{dice.choice(('AccessKeySecret=', 'token: ', ' ', '&x='))}{_SECRET}{odd(dice)}"[:20_000]
    yield text
    shown = redact(text, (_SECRET,))
    must(_SECRET not in shown and len(shown) <= 300 and "\n" not in shown, "a secret is shown")


def look_into(dice: random.Random) -> Iterator[object]:
    """What the clients look for in the envelope of an answer."""
    value = mutated(dice.choice(REFUSALS), dice)
    yield value
    whole = mapping(value)
    for name in ("Code", "TotalCount", "PageNumber", "Data"):
        field(whole, name)
        total = stated_number(whole, name)
        must(total is None or total >= 0, f"a total of {total}")


def duration(dice: random.Random) -> Iterator[object]:
    """A duration and a rate of the settings."""
    raw = dice.choice(
        (odd(dice), f"{scalar(dice)}{dice.choice('smhd')}", f"{dice.randint(0, 9**9)}/{dice.choice('smhd')}")
    )
    yield raw
    for parse, render in ((parse_duration, render_duration), (parse_rate, render_rate)):
        try:
            value = parse(raw)
        except ValueError:
            continue
        must(0 < value < math.inf, f"{parse.__name__} gave {value}")
        again = parse(render(value))
        must(abs(again - value) <= 0.001 + 1e-6 * value, f"{render(value)} is read back as {again}, not {value}")


REFUSALS: tuple[Any, ...] = (
    {"Code": "Throttling.User", "Message": "Request was denied.", "RequestId": "A-1", "HostId": "h", "Recommend": "x"},
    {"Code": 100500, "ErrMsg": "no such app", "RequestId": "A-1", "Success": False, "Data": [], "TotalCount": "3"},
    {"error_code": "APIGW.0308", "error_msg": "too many", "request_id": "b"},
    {"error": {"code": 401, "message": "unauthorized", "title": "Unauthorized"}},
    {"Code": 0, "Data": [{"a": 1}], "TotalCount": 1, "PageNumber": 1, "PageSize": 50},
)
