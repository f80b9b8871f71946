"""The metadata services of a machine in either cloud: a token first (v2) or none (v1), then a role's temporary key."""

from collections.abc import Callable
from functools import partial

from starlette.requests import Request

from exporter.simulator.errors import METADATA, ApiError
from exporter.simulator.gateway import UNKNOWN, Arrival, Clouds
from exporter.simulator.logins.sts import shown
from exporter.simulator.operations import Answer, Call, Reply
from exporter.simulator.times import utc_micros, utc_seconds
from exporter.simulator.world.clusters import REGION

ROLE = "simulated-role"
KEY_SECONDS = 6 * 3600
"""How long a machine's temporary key lives; it is handed out until half an hour before its end."""
MAX_TOKEN_SECONDS = 21600
ALIYUN_TOKEN, HUAWEI_TOKEN = "metadata", "huawei-metadata"
METADATA_NAMES = (
    "Metadata.Token",
    "Metadata.Role",
    "Metadata.Credentials",
    "Metadata.Instance",
    "HuaweiMetadata.Token",
    "HuaweiMetadata.Credentials",
)
_CREDENTIALS = "ram/security-credentials"


async def aliyun_token(clouds: Clouds, request: Request) -> Arrival:
    """PUT /latest/api/token."""
    seconds = request.headers.get("x-aliyun-ecs-metadata-token-ttl-seconds", "")
    return _token_arrival(clouds, "Metadata.Token", ALIYUN_TOKEN, seconds)


async def huawei_token(clouds: Clouds, request: Request) -> Arrival:
    """PUT /meta-data/latest/api/token."""
    seconds = request.headers.get("x-metadata-token-ttl-seconds", "")
    return _token_arrival(clouds, "HuaweiMetadata.Token", HUAWEI_TOKEN, seconds)


async def aliyun_item(clouds: Clouds, request: Request) -> Arrival:
    """GET /latest/meta-data/…: the role's name, its key, region-id and instance-id."""
    item = request.path_params["item"].rstrip("/")
    token = request.headers.get("x-aliyun-ecs-metadata-token")
    refusal = ApiError(403, "Forbidden", "no token")
    plain = {"region-id": REGION, "instance-id": "i-simulated0000000001"}
    name = UNKNOWN
    answer: Answer = _missing
    has_role = clouds.quirks.metadata != "no_role"
    if item == _CREDENTIALS:
        name, answer = "Metadata.Role", _text(ROLE) if has_role else _missing
    elif item.startswith(f"{_CREDENTIALS}/"):
        name = "Metadata.Credentials"
        answer = partial(_aliyun_key, clouds) if has_role and item == f"{_CREDENTIALS}/{ROLE}" else _missing
    elif item in plain:
        name, answer = "Metadata.Instance", _text(plain[item])
    return _arrival(clouds, name, answer, partial(_check_token, clouds, ALIYUN_TOKEN, token, refusal))


async def huawei_key(clouds: Clouds, request: Request) -> Arrival:
    """GET /openstack/latest/securitykey."""
    token = request.headers.get("x-metadata-token")
    check = partial(_check_token, clouds, HUAWEI_TOKEN, token, ApiError(401, "Unauthorized", "no token"))
    return _arrival(clouds, "HuaweiMetadata.Credentials", partial(_huawei_key, clouds), check)


def _token_arrival(clouds: Clouds, name: str, kind: str, seconds: str) -> Arrival:
    def check() -> None:
        if clouds.quirks.metadata == "v1_only":
            raise _not_found()
        if not seconds.isdecimal() or not 1 <= int(seconds) <= MAX_TOKEN_SECONDS:
            raise ApiError(400, "BadRequest", "the seconds of the token are missing or out of range")

    def answer(_: Call) -> Reply:
        text, _expires = clouds.tokens.issue(kind, int(seconds))
        return Reply(text)

    return _arrival(clouds, name, answer, check)


def _arrival(clouds: Clouds, name: str, answer: Answer, check: Callable[[], None]) -> Arrival:
    def verify() -> None:
        if clouds.quirks.metadata == "absent":
            raise _not_found()
        check()

    return Arrival(operation=name, answer=answer, family=METADATA, host="", verify=verify, query={})


def _check_token(clouds: Clouds, kind: str, token: str | None, without: ApiError) -> None:
    """A token that is sent has to be good, also where none is asked for; a machine that knows none looks at none."""
    mode = clouds.quirks.metadata
    if mode == "v1_only" or (token is None and mode in {"both", "no_role"}):
        return
    if token is None:
        raise without
    if not clouds.tokens.is_good(kind, token):
        raise ApiError(401, "Unauthorized", "the token is not known or has expired")


def _not_found() -> ApiError:
    return ApiError(404, "NotFound", "nothing is here")


def _missing(_: Call) -> object:
    raise _not_found()


def _text(text: str) -> Answer:
    return lambda _: Reply(text)


def _aliyun_key(clouds: Clouds, _: Call) -> object:
    key = clouds.keys.lend("aliyun machine", KEY_SECONDS)
    since = utc_seconds((key.expires or 0) - KEY_SECONDS)
    return {**shown(key), "LastUpdated": since, "Code": "Success"}


def _huawei_key(clouds: Clouds, _: Call) -> object:
    if clouds.quirks.metadata == "no_role":
        # A 401 that is no expired token: the vendor's SDK tells the two apart by this text.
        raise ApiError(401, "Unauthorized", "Please configure Cloud Service Agency first")
    key = clouds.keys.lend("huawei machine", KEY_SECONDS)
    credential = {"access": key.id, "secret": key.secret, "securitytoken": key.security_token}
    return {"credential": {**credential, "expires_at": utc_micros(key.expires or 0)}}
