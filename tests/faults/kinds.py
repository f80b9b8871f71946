"""The faults of the suite: how each is played, and what a call that meets it comes to."""

from dataclasses import dataclass
from enum import Enum

# The most attempts at one call, by what went wrong with it: stated here, whatever the code has.
THROTTLED_ATTEMPTS = 3  # each is paid for, and waits as long as the vendor says
UNAVAILABLE_ATTEMPTS = 3
TIMEOUT_ATTEMPTS = 2  # for a third there is no time left in a run
ONCE = 1  # asking again would change nothing
PAGES = 200  # after which a list is left
SIMULATOR, NETWORK = "simulator", "network"


class Group(Enum):
    """Faults with one effect; the value is what the docs call them."""

    THROTTLED = "throttled"
    UNAVAILABLE = "the service fails, or nobody answers"
    TIMEOUT = "no whole answer in time"
    BAD_ANSWER = "an answer that is none"
    AUTH = "key, token or clock refused"
    PERMISSION = "permission taken away"
    NOT_OFFERED = "API retired, or not in this region"
    VALUES = "wrong values in an answer"
    LISTING = "lists that repeat, never end or count wrong"


REASONS = {
    Group.THROTTLED: "throttled",
    Group.UNAVAILABLE: "unavailable",
    Group.TIMEOUT: "timeout",
    Group.BAD_ANSWER: "bad_response",
    Group.AUTH: "auth",
    Group.PERMISSION: "permission",
    Group.NOT_OFFERED: "not_offered",
}
"""What a call without an answer is called, in ``last_result`` and ``failed_object_info``."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One fault: its name in the simulated cloud (or in `tests.faults.network`), and how often it is met at most.

    ``calls`` is for one call of a run in which all is well: attempts at it, or the pages that are asked for in vain.
    """

    name: str
    says: str
    group: Group
    calls: int
    played_by: str = SIMULATOR

    @property
    def asked_again(self) -> bool:
        """Whether a call that meets it is made once more at least."""
        return self.group in REASONS and self.calls > ONCE


def _kinds(group: Group, calls: int, played_by: str, **says: str) -> tuple[FaultKind, ...]:
    return tuple(FaultKind(name, text, group, calls, played_by) for name, text in says.items())


FAULTS: tuple[FaultKind, ...] = (
    *_kinds(
        Group.THROTTLED,
        THROTTLED_ATTEMPTS,
        SIMULATOR,
        throttled="HTTP 400 Throttling.User with a hint (429 at Huawei)",
        throttled_old_hint="the same with the older hint",
        throttled_without_hint="the same without a hint",
        too_many_requests="HTTP 429 as a page in HTML",
    ),
    *_kinds(
        Group.UNAVAILABLE,
        UNAVAILABLE_ATTEMPTS,
        SIMULATOR,
        internal_error="HTTP 500",
        html="HTTP 502 as a page in HTML",
        unavailable="HTTP 503",
    ),
    *_kinds(
        Group.UNAVAILABLE,
        UNAVAILABLE_ATTEMPTS,
        NETWORK,
        refused="the connection is refused",
        reset="reset before the answer",
        reset_in_body="reset in mid-body",
    ),
    *_kinds(
        Group.UNAVAILABLE,
        ONCE,
        NETWORK,
        unresolved="the host name does not resolve",
        untrusted="a certificate that is not trusted",
    ),
    *_kinds(
        Group.TIMEOUT,
        TIMEOUT_ATTEMPTS,
        NETWORK,
        connect_timeout="no connection (or TLS) in time",
        pool_timeout="no free connection in time",
        write_timeout="the request is not taken in time",
        silence="no answer begins in time",
        stall="the body stops half-way",
        trickle="a body that comes byte by byte for ever",
    ),
    *_kinds(
        Group.BAD_ANSWER,
        ONCE,
        SIMULATOR,
        html_success="HTTP 200 as a page in HTML",
        truncated_json="truncated JSON",
        empty_object="{}",
        business_error="HTTP 200 with an error in it",
    ),
    *_kinds(
        Group.BAD_ANSWER,
        ONCE,
        NETWORK,
        endless_body="a body that never ends",
        broken_gzip="a broken compression",
    ),
    *_kinds(
        Group.AUTH,
        ONCE,
        SIMULATOR,
        expired_token="the token has expired",
        clock_skew="the clocks are apart",
        invalid_key="the key was deleted",
    ),
    *_kinds(Group.PERMISSION, ONCE, SIMULATOR, forbidden="the permission was revoked"),
    *_kinds(
        Group.NOT_OFFERED,
        ONCE,
        SIMULATOR,
        not_found_api="the vendor has retired the API",
        not_offered="not in this region (any more)",
    ),
    *_kinds(
        Group.VALUES,
        4,  # where objects cannot be told apart, a page is asked for in vain; lists of backups are read twice
        SIMULATOR,
        nulls="null in every field",
        missing_fields="every field left out",
        wrong_types="an object in every field",
        lists="a list in every field",
        strings="a text in every field",
        odd_strings="5,000 odd characters in every field",
        booleans="true in every field",
        huge_numbers="numbers of 400 digits",
        not_a_number="NaN in place of numbers",
    ),
    *_kinds(Group.LISTING, ONCE, SIMULATOR, duplicates="every object twice"),
    *_kinds(
        Group.LISTING,
        4,  # one page in vain, for backups and pods in each of two readings
        SIMULATOR,
        repeated_pages="the first page again and again",
        total_too_large="a total above the objects",
        total_too_small="a total below the objects",
        total_zero="a total of 0 beside objects",
        total_missing="no total",
    ),
    *_kinds(Group.LISTING, PAGES + 2, SIMULATOR, endless_pages="pages that never end"),
    *_kinds(Group.LISTING, ONCE, SIMULATOR, gone="the object was deleted between the list and the call"),
)
