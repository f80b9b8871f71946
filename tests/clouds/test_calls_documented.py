"""What docs/operations.md says of weights, retries and bounds is what the code does."""

import re
from pathlib import Path

from exporter.clouds import body, circuit, paging, payload, retries, throttling
from exporter.clouds.errors import CallTimeoutError, NonceUsedError, ServerError, ThrottledError, UnavailableError
from exporter.collectors import COLLECTORS

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
TIMES = {0: "never", 1: "once", 2: "twice at most"}
ROWS = {
    "too many calls": ThrottledError("x"),
    "the service failed": ServerError("x"),
    "no answer": UnavailableError("x"),
    "no whole answer": CallTimeoutError("x"),
    "`SignatureNonceUsed`": NonceUsedError("x"),
}


def section(title):
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_weights_are_those_of_the_collectors():
    table = dict(re.findall(r"^\| (\d+) \| (.*) \|$", section("When the budget is short"), re.MULTILINE))
    assert "all others" == table.pop("1")
    heavy = {each.name: each.weight for each in COLLECTORS if each.weight != 1}
    assert heavy == {name: int(weight) for weight, names in table.items() for name in re.findall(r"`(\w+)`", names)}


def test_the_retries_are_those_of_the_table():
    rows = re.findall(r"^\| ([^|]*) \| ([^|]*) \|$", section("What is asked again"), re.MULTILINE)
    for beginning, error in ROWS.items():
        told = next(again for what, again in rows if what.startswith(beginning))
        assert told.startswith(TIMES[retries.rule_for(error).times]), beginning
    assert len(rows) == len(ROWS) + 4  # the heading, logins, and what is never asked again


def test_the_numbers_are_those_in_force():
    text = " ".join(section("What is asked again").split())
    assert (60, 2, 30, 3) == (throttling.LONGEST, throttling.FIRST, throttling.LAST, circuit.OPEN_AFTER)
    assert "60 seconds at most" in text
    assert "it is about 2 seconds, doubled with every such answer up to half a minute" in text
    assert "After three calls in a row" in text
    bounds = (body.BODY_CAP // 2**20, body.VALUE_CAP, body.DEPTH_CAP)
    assert (32, 1_000_000, 64) == bounds
    assert "32 MiB once unpacked, a million values and 64 levels" in text
    assert (payload.ITEM_CAP, paging.PAGE_CAP, paging.ROW_CAP) == (20_000, 200, 100_000)
    assert "20,000 items in one answer, 200 pages and 100,000 rows" in text
