"""What an examination finds of one operation: whether it works, else why not, and the way out."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from exporter.clouds.errors import (
    AuthError,
    BadResponseError,
    CallTimeoutError,
    ClockError,
    CloudError,
    CredentialsError,
    LoginError,
    NotOfferedError,
    PermissionDeniedError,
    ProxyAuthError,
    RejectedError,
    RetiredError,
    ServerError,
    ThrottledError,
    UnavailableError,
    UnknownHostError,
)
from exporter.collection.recorder import BugError

LOGIN = "login"
_OFF = 300.0  # seconds: the vendors refuse a signature whose time is 15 minutes from theirs, and clocks drift on


class Result(StrEnum):
    """How a probe ended."""

    works = "works"
    fails = "fails"
    not_tried = "not_tried"


class Cause(StrEnum):
    """Why something does not work."""

    permission = "permission"
    key = "key"
    clock = "clock"
    network = "network"
    timeout = "timeout"
    unknown_region = "unknown_region"
    not_offered = "not_offered"
    retired = "retired"
    no_apps = "no_apps"
    throttled = "throttled"
    rejected = "rejected"
    service = "service"
    bad_response = "bad_response"
    bug = "bug"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one operation in one region ("global" where the product has none).

    ``operation`` is what the vendor's documents call it, or "login"; ``collectors`` are the enabled ones that need it,
    ``required`` tells whether one of them cannot do without. ``message`` says what was seen or why it fails, ``advice``
    the way out; ``code`` and ``request_id`` are the vendor's.
    """

    product: str
    operation: str
    region: str
    collectors: tuple[str, ...]
    required: bool
    result: Result
    message: str
    cause: Cause | None = None
    advice: str = ""
    code: str = ""
    request_id: str = ""
    permission: str = ""

    @property
    def fine(self) -> bool:
        """Whether nothing that is needed is broken."""
        return self.result is not Result.fails or not self.required

    def told(self, result: Result, message: str) -> "Finding":
        """The same with what came of it."""
        return replace(self, result=result, message=message)

    def failed(self, why: "Failure") -> "Finding":
        """The same with why it failed."""
        helps = why.cause is not Cause.permission or self.permission or why.advice != _ADVICE[Cause.permission]
        return replace(
            self,
            result=Result.fails,
            message=why.message,
            cause=why.cause,
            advice=why.advice if helps else _NO_ACTION,
            code=why.code,
            request_id=why.request_id,
        )


_ADVICE = {
    Cause.permission: "allow it: the missing permissions stand below as a policy",
    Cause.key: "check id, secret, password and token of this account (credentials), and that the key or user is active",
    Cause.clock: "set this machine's clock, and keep it right with NTP",
    Cause.network: "check endpoints and regions, DNS, firewall, and the way out (http: proxy, no_proxy, ca_file)",
    Cause.timeout: "check firewall and proxy, or raise http.timeout; a service may also be slow for a while",
    Cause.unknown_region: "correct regions of this account",
    Cause.not_offered: "disable the collector where the product is not offered, or take the region out",
    Cause.retired: "disable the collector: the vendor has taken the API away",
    Cause.no_apps: (
        "make the identity a member of the apps that are to be watched, in RetailCloud's own console (any role of the "
        "app will do): no RAM policy can grant it; or disable the collectors that need apps"
    ),
    Cause.throttled: "try again in a few minutes; a lower budget of this account leaves room for others",
    Cause.rejected: "check the ids that the settings name; the code is explained in the vendor's documents",
    Cause.service: "try again later; where a proxy stands on the way, the answer may be its own",
    Cause.bug: "report it, please",
    Cause.bad_response: "see what answers at this endpoint: a proxy's page, or not the product itself",
}
_NO_ACTION = (
    "the vendor documents no permission for it: look for a policy or an access rule that denies it to the identity"
)
_NO_RAM = "the product takes no keys of RAM users, whatever their policy: only one of the account itself"

# The first class that fits tells.
_CAUSES: tuple[tuple[type[CloudError], Cause], ...] = (
    (ClockError, Cause.clock),
    (ProxyAuthError, Cause.network),
    (AuthError, Cause.key),
    (PermissionDeniedError, Cause.permission),
    (ThrottledError, Cause.throttled),
    (ServerError, Cause.service),
    (UnavailableError, Cause.network),
    (CallTimeoutError, Cause.timeout),
    (RejectedError, Cause.rejected),
    (RetiredError, Cause.retired),
    (NotOfferedError, Cause.not_offered),
    (BugError, Cause.bug),
)

# A login says what stood in its way by its reason; what has none of these is a matter of the key.
_CAUSES_OF_LOGINS = {
    PermissionDeniedError.reason: Cause.permission,
    ThrottledError.reason: Cause.throttled,
    UnavailableError.reason: Cause.network,
    CallTimeoutError.reason: Cause.timeout,
    BadResponseError.reason: Cause.bad_response,
}
_CLOCK_CODE = re.compile(r"(?i)timestamp|tooskewed")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed, and the way out."""

    cause: Cause
    message: str
    advice: str
    code: str = ""
    request_id: str = ""


def failure(
    error: CloudError, *, behind: float | None = None, odd_region: str | None = None, successor: str = ""
) -> Failure:
    """What an error of a call means.

    ``behind`` is how many seconds this machine's clock is behind the cloud's, None where the answer did not tell;
    ``odd_region`` is what is said about a region that is not known of the vendor, None where it is; ``successor`` names
    the collector of the API that took the place of a retired one.
    """
    if isinstance(error, LoginError):
        return login_failure(error)
    cause = next((cause for kind, cause in _CAUSES if isinstance(error, kind)), Cause.bad_response)
    if cause is Cause.key and behind is not None and abs(behind) > _OFF:
        cause = Cause.clock  # Huawei has one code for both
    if odd_region is not None and (cause is Cause.not_offered or isinstance(error, UnknownHostError)):
        cause = Cause.unknown_region
    message, advice = str(error).removeprefix(f"{error.operation}: "), _ADVICE[cause]
    if cause is Cause.clock and behind is not None:
        message += f"; {clock_said(behind)}"
    elif cause is Cause.unknown_region:
        message = f"{message.rstrip('.')}; {odd_region}"
    elif cause is Cause.retired and successor:
        advice = f"{advice}; its successor is read by {successor}"
    elif "NotSupportRAM" in error.code:
        advice = _NO_RAM
    return Failure(cause, message, advice, error.code, error.request_id)


def clock_said(behind: float) -> str:
    """How far this machine's clock is from the cloud's, in words."""
    seconds = abs(behind)
    if seconds < 2:  # the cloud's clock is told in whole seconds
        return "this machine's clock agrees with the cloud's"
    far = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else _hours(seconds)
    return f"this machine's clock is {far} {'behind' if behind > 0 else 'ahead of'} the cloud's"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def no_apps() -> Failure:
    """ListApp answered, and showed nothing."""
    message = "no app is visible: the identity of this key is a member of none"
    return Failure(Cause.no_apps, message, _ADVICE[Cause.no_apps])


def login_failure(error: CredentialsError | LoginError, way_in: str = "") -> Failure:
    """There is no key or token; of what the settings or the environment lack, the message has the way out.

    ``way_in`` is the way out of a refusal where there is more to it than a missing permission.
    """
    cause = Cause.clock if _CLOCK_CODE.search(error.code) else _CAUSES_OF_LOGINS.get(error.reason, Cause.key)
    advice = "" if cause is Cause.key and not error.operation else _ADVICE[cause]
    if cause is Cause.permission and way_in:
        advice = way_in
    return Failure(cause, str(error), advice, error.code, error.request_id)
