"""The headers that every answer has, whoever gives it."""

from collections.abc import Mapping, Sequence

Headers = list[tuple[bytes, bytes]]

# A page that shows something says so itself (web/frame.py); everything else is text for programs.
_DEFAULTS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"content-security-policy": b"default-src 'none'",
    b"cache-control": b"no-store",
}
_POLICY, _FRAMES = b"content-security-policy", b"x-frame-options"


def with_security(given: Sequence[tuple[bytes, bytes]], wanted: Mapping[str, str]) -> Headers:
    """The headers of an answer, completed; what the operator wants (``wanted``) goes before all else."""
    own = {name.lower(): value for name, value in given}
    asked = {name.lower().encode("latin-1"): value.encode("latin-1") for name, value in wanted.items()}
    added = {name: value for name, value in (_DEFAULTS | own | asked).items() if name in _DEFAULTS or name in asked}
    if _POLICY not in asked:
        # Browsers that know frame-ancestors pass over X-Frame-Options: the two have to say the same.
        by = b"'self'" if added[_FRAMES].lower() == b"sameorigin" else b"'none'"
        added[_POLICY] += b"; frame-ancestors " + by
    kept = [(name, value) for name, value in given if name.lower() not in added]
    return kept + list(added.items())
