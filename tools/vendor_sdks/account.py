"""The simulated cloud as the vendors' SDKs see it: its address and keys, and what is the case in it."""

import json
import urllib.request
from collections.abc import Callable

from alibabacloud_tea_openapi.models import Config

ACCESS_KEY_ID, SECRET, PROJECT = "simulated-id", "simulated-secret", "0123456789abcdef0123456789abcdef"
REGION, SECOND_REGION = "cn-zhangjiakou", "cn-hangzhou"
Ids = set[str]
Call = tuple[str, Callable[[str, str | None], Ids], Ids]
"""A name, a function of secret and token that gives the ids it found, and the ids that are there."""


class Account:
    """A simulated cloud on a loopback port; ``truth`` is what was the case when it was asked."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        with urllib.request.urlopen(f"http://{self.address}/_sim", timeout=10) as answer:
            self.truth = json.load(answer)["truth"]

    def config(self, secret: str, token: str | None) -> Config:
        """The settings of Alibaba Cloud's SDKs."""
        return Config(
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=secret,
            security_token=token,
            endpoint=self.address,
            protocol="http",
            region_id=REGION,
        )

    def set_quirk(self, name: str, value: str) -> None:
        """Change one oddity of the simulated cloud from here on."""
        order = urllib.request.Request(f"http://{self.address}/_sim/quirks", json.dumps({name: value}).encode())
        with urllib.request.urlopen(order, timeout=10):  # noqa: S310 - our own loopback server
            return


def same(what: str, found: object, wanted: object) -> None:
    """Raise ValueError where two values differ that should not."""
    if found != wanted:
        raise ValueError(f"{what} is {found!r}, not {wanted!r}")
