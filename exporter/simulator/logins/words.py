"""What GET /_sim says about keys and logins: published names and passwords, how to drive them, never a secret."""

from collections.abc import Iterable

from exporter.simulator.keys import Key
from exporter.simulator.logins.iam import BLOCKED_USER, PASSWORD, USER
from exporter.simulator.logins.metadata import ROLE
from exporter.simulator.logins.projects import DOMAIN
from exporter.simulator.logins.sts import EXPIRED_OIDC_TOKEN, EXTERNAL_ID, OIDC_TOKEN
from exporter.simulator.operations import Json

KEY_ORDERS: Json = {
    "GET /_sim/keys": "the keys: what each lacks, when the temporary ones end; never a secret",
    "POST /_sim/keys": {
        "access_key_id": "mine",
        "access_key_secret": "my-secret",
        "denied": ["ListPersistentVolume", "GetRdsBackUp"],
        "member_of_no_app": False,
        "inactive": False,
        "security_token": "a temporary key has one",
        "seconds": 3600,
    },
    "DELETE /_sim/keys/{id}": "take a key away",
    "POST /_sim/expire": "every temporary key and token ends now",
}
LOGINS: Json = {
    "access keys": {
        "simulated-id / simulated-secret": "may do everything",
        "limited-id / limited-secret": "lacks ListPersistentVolume and GetRdsBackUp",
        "stranger-id / stranger-secret": "is a member of no app",
    },
    "STS roles, acs:ram::<digits>:role/<name>": {
        "limited, stranger": "give keys that lack what those of that name lack",
        "external": f"asks for the external id {EXTERNAL_ID}",
        "long": "may be assumed for 12 hours, all others for one",
        "forbidden, missing": "may not be assumed; does not exist",
        "any other name": "may be assumed",
    },
    "OIDC tokens, of acs:ram::<digits>:oidc-provider/<name>": [OIDC_TOKEN, EXPIRED_OIDC_TOKEN],
    "metadata": f"/latest/… has the role {ROLE}, /openstack/latest/securitykey a key; see the quirk metadata",
    "credentials URI": "/credentials",
    "IAM": {"domain": DOMAIN, "user": USER, "password": PASSWORD, "kept out by an access rule": BLOCKED_USER},
}


def keys_shown(keys: Iterable[Key]) -> list[Json]:
    """The keys without their secrets; ``expires`` is in the world's epoch seconds."""
    return [
        {
            "access_key_id": key.id,
            "denied": sorted(key.lacks.denied),
            "member_of_no_app": key.lacks.member_of_no_app,
            "inactive": key.inactive,
            "temporary": key.security_token is not None,
            "expires": key.expires,
        }
        for key in keys
    ]
