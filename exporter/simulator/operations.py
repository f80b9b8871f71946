"""One call of one operation: its parameters, its page of rows, and the table an operation is entered in."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from exporter.simulator.errors import ApiError
from exporter.simulator.quirks import Quirks
from exporter.simulator.world import World

Row = TypeVar("Row")
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one place (query or form); what the SDKs send elsewhere is missing here."""

    values: Mapping[str, str]

    def optional(self, name: str) -> str:
        """A parameter, or an empty string where it was not sent."""
        return self.values.get(name, "")

    def text(self, name: str) -> str:
        """A required parameter; raises the gateway's Missing{name}."""
        value = self.values.get(name, "")
        if not value:
            raise ApiError(400, f"Missing{name}", f"{name} is mandatory for this action.")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number; required when there is no default. Raises the gateway's Missing{name} or Invalid{name}."""
        value = self.optional_number(name)
        if value is not None:
            return value
        return int(self.text(name)) if default is None else default

    def optional_number(self, name: str) -> int | None:
        """A whole number or None where it was not sent; raises the gateway's Invalid{name}."""
        value = self.values.get(name, "")
        if not value:
            return None
        if not value.removeprefix("-").isdecimal():
            raise invalid(name, "a whole number")
        return int(value)

    def numbers(self, name: str) -> list[int]:
        """A repeated parameter of whole numbers, ``name.1``, ``name.2`` and so on."""
        return [self.number(f"{name}.{index + 1}") for index in range(len(self.texts(name)))]

    def texts(self, name: str) -> list[str]:
        """A repeated parameter, ``name.1``, ``name.2`` and so on."""
        found: list[str] = []
        while (text := self.values.get(f"{name}.{len(found) + 1}")) is not None:
            found.append(text)
        return found


def invalid(name: str, wanted: str) -> ApiError:
    """The gateway's answer to a parameter that cannot be read."""
    return ApiError(400, f"Invalid{name}", f"The specified {name} is not {wanted}.")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a listing, and what the answer says about them."""

    rows: Sequence[Row]
    total: int
    number: int
    size: int

    def of(self, shown: "Callable[[Row], Json]") -> "Page[Json]":
        """The same page with its rows as the answer shows them."""
        return Page([shown(row) for row in self.rows], self.total, self.number, self.size)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as an operation sees it; ``now`` is the world's time in epoch seconds.

    ``member_of_no_app`` tells of its caller; ``inhabited``, whether anything is in the region or project it is for.
    """

    world: World
    quirks: Quirks
    now: float
    request_id: str
    query: Parameters
    form: Parameters
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    member_of_no_app: bool = False
    inhabited: bool = True

    def claimed_total(self, total: int, size: int) -> int:
        """The number of rows that the answer claims."""
        lies = {"true": total, "zero": 0, "too_small": max(total - 1, 0), "too_large": total + size}
        return lies[self.quirks.total_count]

    def page(self, rows: Sequence[Row], number: int, size: int) -> Page[Row]:
        """Cut one page (numbered from 1), with the paging oddities of the quirks; refuses sizes and numbers below 1."""
        quirks = self.quirks
        if number < 1:
            raise invalid("PageNumber", "1 or more")
        if size < 1 or (quirks.max_page_size and size > quirks.max_page_size):
            raise invalid("PageSize", f"between 1 and {quirks.max_page_size or 'the limit'}")
        shown = 1 if quirks.ignore_page_number else number
        start = (shown - 1) * size
        if quirks.endless_pages and rows:
            cut = [rows[(start + index) % len(rows)] for index in range(size)]
        else:
            if shown > 1:
                start += {"none": 0, "added": -1, "deleted": 1}[quirks.moving_pages]
            cut = list(rows[start : (shown - 1) * size + size])
        return Page(cut, self.claimed_total(len(rows), size), number, size)

    def token_page(self, rows: Sequence[Row], size: int, token: str) -> tuple[list[Row], str]:
        """Cut the page that a token leads to (empty: the first); with it the token of the next, empty at the end."""
        quirks = self.quirks
        if size < 1 or size > (quirks.max_page_size or MAX_RESULTS):
            raise invalid("MaxResults", f"between 1 and {quirks.max_page_size or MAX_RESULTS}")
        start = 0 if quirks.ignore_page_number else _start(token)
        if quirks.endless_pages and rows:
            cut = [rows[(start + index) % len(rows)] for index in range(size)]
        else:
            moved = {"none": 0, "added": -1, "deleted": 1}[quirks.moving_pages] if start else 0
            cut = list(rows[start + moved : start + size])
        more = start + size < len(rows) or ((quirks.ignore_page_number or quirks.endless_pages) and bool(rows))
        return cut, _token(start + size) if more else ""


MAX_RESULTS = 100
"""The most rows of a page that is asked for with MaxResults."""


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(f"rows from {start}".encode()).decode()


def _start(token: str) -> int:
    """Where the page of a token begins; raises the gateway's InvalidNextToken for one that it never gave."""
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token).decode()
    except ValueError:
        text = ""
    match = re.fullmatch(r"rows from ([0-9]+)", text)
    if match is None:
        raise invalid("NextToken", "one of an earlier answer")
    return int(match[1])


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is more than JSON with HTTP 200; a ``body`` of text is sent as it is."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Call], object]
"""Gives JSON, or a ``Reply`` around it."""


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of one product by name; ``error_text`` is the field of a business error, where there is one.

    ``prefix`` stands in the names, and not in the action on the wire, where another product has an action so called.
    """

    prefix: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    error_text: dict[str, str] = field(default_factory=dict)

    def operation(self, name: str, error_text: str = "ErrorMsg") -> Callable[[Answer], Answer]:
        """Enter a function as the named operation."""

        def enter(answer: Answer) -> Answer:
            self.answers[name] = answer
            self.error_text[name] = error_text
            return answer

        return enter
