"""The access keys that the simulated clouds know: what each may not do, and when the temporary ones end."""

import dataclasses
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

RENEWED_BEFORE = 30 * 60
"""Seconds before its end from which a key that is lent again and again gives way to a new one."""
FORGOTTEN_AFTER = 86400
"""Seconds for which a minted key stays known as an expired one."""
MINTED = "STS.canaryKey"
"""How the ids of temporary keys that were minted here begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacks:
    """What an identity may not do: operations as ``OPERATION_NAMES`` has them; whether it is a member of no app."""

    denied: frozenset[str] = frozenset()
    member_of_no_app: bool = False


NOTHING = Lacks()
LIMITED = Lacks(denied=frozenset({"ListPersistentVolume", "GetRdsBackUp"}))
STRANGER = Lacks(member_of_no_app=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One access key; with a security token it is a temporary one, which ends at ``expires`` (the world's time)."""

    id: str
    secret: str = field(repr=False)
    lacks: Lacks = NOTHING
    inactive: bool = False
    security_token: str | None = field(default=None, repr=False)
    expires: float | None = None


def published(access_key_id: str, access_key_secret: str, security_token: str | None) -> list[Key]:
    """The keys that are known from the start: the main one, one that lacks two permissions, one that is no member."""
    return [
        Key(id="limited-id", secret="limited-secret", lacks=LIMITED),  # noqa: S106 - published
        Key(id="stranger-id", secret="stranger-secret", lacks=STRANGER),  # noqa: S106 - published
        Key(id=access_key_id, secret=access_key_secret, security_token=security_token),
    ]


class KeyRing:
    """The keys by their ids. ``now`` gives the world's epoch seconds; ``seed`` makes the minted secrets."""

    def __init__(self, keys: Iterable[Key], now: Callable[[], float], seed: int) -> None:
        self._keys = {key.id: key for key in keys}
        self._now = now
        self._dice = random.Random(f"keys {seed}")  # noqa: S311 - canaries, not secrets
        self._lent: dict[str, str] = {}

    def __iter__(self) -> Iterator[Key]:
        return iter(list(self._keys.values()))

    def find(self, key_id: str) -> Key | None:
        """The key of this id."""
        return self._keys.get(key_id)

    def add(self, key: Key) -> None:
        """Enter a key, in place of one with the same id."""
        self._keys[key.id] = key

    def remove(self, key_id: str) -> bool:
        """Take a key away; says whether there was one."""
        return self._keys.pop(key_id, None) is not None

    def is_expired(self, key: Key) -> bool:
        """Whether a temporary key has ended."""
        return key.expires is not None and self._now() >= key.expires

    def expire(self) -> None:
        """End every temporary key now."""
        for key in self:
            if key.security_token is not None and not self.is_expired(key):
                self._keys[key.id] = dataclasses.replace(key, expires=self._now())

    def mint(self, seconds: float, lacks: Lacks = NOTHING) -> Key:
        """A new temporary key; its secret and token are canaries, and the token has what has to be encoded in a URL."""
        self._forget()
        key = Key(
            id=f"{MINTED}{self._dice.getrandbits(64):016x}",
            secret=f"canary-secret-{self._dice.getrandbits(96):024x}",
            lacks=lacks,
            security_token=f"canary-token-{self._dice.getrandbits(256):064x}+/=",
            expires=self._now() + seconds,
        )
        self.add(key)
        return key

    def lend(self, purpose: str, seconds: float) -> Key:
        """The temporary key of a purpose: the same one again until half an hour before its end."""
        key = self.find(self._lent.get(purpose, ""))
        if key is None or key.expires is None or key.expires - self._now() <= RENEWED_BEFORE:
            key = self.mint(seconds)
            self._lent[purpose] = key.id
        return key

    def _forget(self) -> None:
        oldest = self._now() - FORGOTTEN_AFTER
        for key in self:
            if key.id.startswith(MINTED) and key.expires is not None and key.expires < oldest:
                self.remove(key.id)
