"""What a signature is checked against: the request as it arrived, and the nonces seen before."""

import urllib.parse
from collections import deque
from dataclasses import dataclass

from starlette.requests import Request

SKEW_SECONDS = 15 * 60
"""How far a signed date may be from the server's clock; the same at both vendors."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request exactly as it arrived; header names are in lower case, ``query`` is undecoded."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @classmethod
    def of(cls, request: Request, body: bytes) -> "Received":
        """Take down a Starlette request; the undecoded path is used where the server hands it on."""
        raw_path = request.scope.get("raw_path")
        path = raw_path.decode("ascii") if isinstance(raw_path, bytes) else urllib.parse.quote(request.url.path)
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.headers.raw
        )
        return cls(request.method, path.split("?")[0], request.url.query, headers, body)

    def all(self, name: str) -> list[str]:
        """Every value of a header, in the order they arrived."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str:
        """The first value of a header without surrounding blanks, or an empty string."""
        return next((value.strip() for key, value in self.headers if key == name), "")

    def query_pairs(self) -> list[tuple[str, str]]:
        """The decoded query; a plus is a blank, as servers read forms."""
        return urllib.parse.parse_qsl(self.query, keep_blank_values=True)


class Nonces:
    """Nonces already used; one is forgotten when a request that old would be refused for its date anyway."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._by_age: deque[tuple[float, str]] = deque()

    def first_use(self, nonce: str, now: float) -> bool:
        """Whether the nonce is new; it is remembered from here on. ``now`` is real epoch seconds."""
        while self._by_age and self._by_age[0][0] < now - 2 * SKEW_SECONDS:
            self._seen.discard(self._by_age.popleft()[1])
        if nonce in self._seen:
            return False
        self._seen.add(nonce)
        self._by_age.append((now, nonce))
        return True


def percent_encoded(text: str, *, safe: str = "") -> str:
    """RFC 3986 encoding: letters, digits and ``-_.~`` stand as they are, everything else is escaped."""
    return urllib.parse.quote(text, safe="-_.~" + safe)


def sorted_query(pairs: list[tuple[str, str]]) -> str:
    """The canonical query of both vendors' SHA-256 schemes: encoded pairs in order of key, then value."""
    return "&".join(f"{percent_encoded(key)}={percent_encoded(value)}" for key, value in sorted(pairs))
