"""Who calls a product within a Huawei project: an access key of the account, or a token that is for this project."""

from exporter.simulator.errors import ApiError
from exporter.simulator.gateway import Clouds
from exporter.simulator.keys import Key
from exporter.simulator.signatures import Received, sdk_hmac

IAM_TOKEN = "iam"  # noqa: S105 - a kind of token
MUST_BE_UPDATED = "The token must be updated"


def verify_caller(clouds: Clouds, received: Received, project_id: str) -> Key | None:
    """The key that signed, None for a token; raises ApiError as the gateway refuses."""
    text = received.header("x-auth-token")
    if not text:
        key = sdk_hmac.verify(received, clouds.keys, clouds.world.clock.real())
        known = {project.id for project in clouds.projects}
        asked = {project_id, received.header("x-project-id") or project_id}
        if len(asked) > 1 or not asked <= known:
            raise ApiError(403, "APIGW.0310", "The project is unavailable")
        return key
    token = clouds.tokens.find(IAM_TOKEN, text)
    if token is None:
        raise ApiError(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
    if clouds.tokens.is_expired(token) or token.project_id != project_id:
        raise ApiError(401, "APIGW.0307", MUST_BE_UPDATED)
    return None
