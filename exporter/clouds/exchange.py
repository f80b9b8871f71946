"""What is sent and what comes back in one call, and how a vendor says no."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from exporter.clouds.errors import CloudError, Refusal


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a documented operation; ``target`` is path and query exactly as sent, percent-encoded.

    ``secrets`` are those it holds itself. ``text`` is for an answer that is no JSON but plain text.
    """

    operation: str
    method: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    text: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``value`` is the parsed JSON.

    An HTTP error whose body is no JSON (a proxy's page) has no value; ``note`` says what was there instead.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    value: object = field(repr=False)
    note: str = ""


class Dialect(Protocol):
    """How one vendor says no."""

    def refusal(self, answer: Answer) -> Refusal | None:
        """The refusal in an answer, or None when it is a success. A 4xx or 5xx always is one."""

    def error(self, refusal: Refusal, operation: str) -> CloudError:
        """The error that a refusal stands for; its text still to be redacted."""

    def rest(self, answer: Answer) -> float | None:
        """Seconds for which a good answer wants no further call, because it used up what there was; else None."""
