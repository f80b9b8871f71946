"""The one spelling of names and values that URLs, form bodies and signatures share (RFC 3986)."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote

Pairs = Iterable[tuple[str, str]]


def percent_encode(text: str) -> str:
    """UTF-8, with everything but `A-Za-z0-9-_.~` as upper-case %XX (space is %20, never +)."""
    return quote(text, safe="")


def encode_query(pairs: Pairs) -> str:
    """Join pairs to a query, sorted by name and then value; an empty value keeps its `=`; no pairs give ""."""
    return "&".join(f"{percent_encode(name)}={percent_encode(value)}" for name, value in sorted(pairs))


def encode_form(pairs: Pairs) -> bytes:
    """Spell pairs as the body of an `application/x-www-form-urlencoded` request."""
    return encode_query(pairs).encode("ascii")


def canonical_query(query: str) -> str:
    """Spell the query of a URL as a server does that decodes, sorts and encodes it again.

    What `encode_query` made comes back unchanged. A bare `+` is read as a space, as servers read it.
    Raises UnicodeDecodeError when the query is not UTF-8.
    """
    return encode_query(parse_qsl(query, keep_blank_values=True, errors="strict"))


def canonical_path(path: str) -> str:
    """Spell the path of a URL segment by segment, so that an encoded slash stays one.

    Raises UnicodeDecodeError when the path is not UTF-8.
    """
    return "/".join(percent_encode(unquote(segment, errors="strict")) for segment in path.split("/"))


def canonical_headers(headers: Pairs) -> tuple[str, str]:
    r"""Give the `name:value\n` lines, sorted and in lower case, and the names joined with `;`.

    Values are trimmed; the values of a name that comes twice are sorted and joined with a comma.
    """
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name.lower(), []).append(value.strip())
    names = sorted(by_name)
    return "".join(f"{name}:{','.join(sorted(by_name[name]))}\n" for name in names), ";".join(names)
