"""Tokens that are no security tokens of access keys: IAM's and the metadata services'."""

import dataclasses
import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """What stands behind a token: its kind, the project it is for (an IAM token's), its end in the world's time."""

    kind: str
    project_id: str
    expires: float


class Tokens:
    """The tokens handed out, by their text. ``now`` gives the world's epoch seconds; ``seed`` makes the texts."""

    def __init__(self, now: Callable[[], float], seed: int) -> None:
        self._now = now
        self._dice = random.Random(f"tokens {seed}")  # noqa: S311 - canaries, not secrets
        self._tokens: dict[str, Token] = {}

    def issue(self, kind: str, seconds: float, project_id: str = "") -> tuple[str, float]:
        """A new token of this kind, a canary, and when it ends."""
        text = f"canary-{kind}-token-{self._dice.getrandbits(256):064x}"
        self._tokens[text] = Token(kind, project_id, self._now() + seconds)
        return text, self._tokens[text].expires

    def find(self, kind: str, text: str) -> Token | None:
        """The token of this text, be it expired or not; None for one of another kind or never issued."""
        token = self._tokens.get(text)
        return token if token is not None and token.kind == kind else None

    def is_expired(self, token: Token) -> bool:
        """Whether the token has ended."""
        return self._now() >= token.expires

    def is_good(self, kind: str, text: str) -> bool:
        """Whether this is a token of this kind that has not ended."""
        token = self.find(kind, text)
        return token is not None and not self.is_expired(token)

    def expire(self) -> None:
        """End every token now."""
        now = self._now()
        for text, token in self._tokens.items():
            self._tokens[text] = dataclasses.replace(token, expires=min(token.expires, now))
