"""The kinds of single values that settings hold, each with its check; every text completes "key: …"."""

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, SecretStr

from exporter.clouds.way_out import Direct
from exporter.settings.address import parse_endpoint, parse_listen, parse_proxy
from exporter.settings.duration import parse_duration, parse_rate
from exporter.settings.mistake import quoted, suggestion
from exporter.settings.yaml_file import Items

ProviderName = Literal["aliyun", "huaweicloud"]

_SECRET = re.compile(r"[!-~]+")


def opened(value: object, kind: Literal["list", "mapping"]) -> object:
    """Read JSON, which variables hold; lists become mappings of position to item, as `Items` are.

    Raises ValueError, without a word of the value, for JSON that is none.
    """
    if not isinstance(value, str):
        return value
    try:
        # A key twice is as much a mistake here as in the file.
        return _as_items(json.loads(value, object_pairs_hook=_once_each))
    except (ValueError, RecursionError):
        pass
    raise ValueError(f"must be a {kind}; in a variable write it as JSON")


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise ValueError("a key stands twice")
    return tree


def _as_items(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _as_items(item) for key, item in value.items()}
    return Items({str(n): _as_items(item) for n, item in enumerate(value)}) if isinstance(value, list) else value


def words(value: object) -> object:
    """Read `a,b` or a JSON list of scalars."""
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return [word.strip() for word in value.split(",") if word.strip()]
    return items(value)


def expressions(value: object) -> object:
    """Read one regular expression or a list of them; in a variable a list is JSON, as commas stand in expressions."""
    if isinstance(value, str) and not _is_list_of_text(value):
        return [expression(value)]
    return items(value)


def _is_list_of_text(text: str) -> bool:
    # `[12]` is a list to JSON, and an expression that matches a 1 or a 2.
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def items(value: object) -> object:
    """Turn a mapping of position to item, out of the file or of variables, into the list it stands for."""
    value = opened(value, "list")
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
        raise ValueError("must be a list")
    missing = next((n for n in range(len(value)) if str(n) not in value), None)
    if missing is not None:
        raise ValueError(f"item {missing} is missing; count the items of variables from 0 and leave none out")
    return [value[str(n)] for n in range(len(value))]


def mapping(value: object) -> object:
    """Let a mapping pass; nothing at all is an empty one."""
    value = opened(value, "mapping")
    if value is None:
        return {}
    if not isinstance(value, dict) or isinstance(value, Items):
        raise ValueError("must be a mapping")  # noqa: TRY004 - pydantic gathers ValueErrors only
    return value


def text(value: object) -> str:
    """Let text pass: `name: 12` and `name: on` are numbers and flags to YAML."""
    if not isinstance(value, str):
        raise ValueError("must be text; put it in quotes")  # noqa: TRY004 - pydantic gathers ValueErrors only
    if not value.strip():
        raise ValueError("is empty; leave the key out or give it a value")
    return value


def matching(pattern: str, rule: str) -> Callable[[object], str]:
    """Make a check of text against a pattern."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: object) -> str:
        word = text(value)
        if not compiled.fullmatch(word):
            raise ValueError(f"{quoted(word)} {rule}")
        return word

    return check


def secret(value: object) -> str:
    """Let a credential pass; a blank or line break in it is a mistake in copying, and cannot be sent."""
    word = text(value)
    if not _SECRET.fullmatch(word):
        raise ValueError("holds a blank, a line break or a letter outside ASCII, which no credential has")
    return word


def path(value: object) -> str:
    """Read a file's path; its text is not repeated, as people put the secret itself where its file belongs."""
    word = text(value)
    if not word.isprintable():
        raise ValueError("is not a path; it holds a line break or another character that cannot be printed")
    return word


def expression(value: object) -> str:
    """Let a regular expression pass that can be used, and that means what it seems to."""
    pattern = text(value)
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)  # `[[:alpha:]]` is no class of letters here
        try:
            re.compile(pattern)
        except re.error as error:
            problem = f"{error.msg} at position {error.pos}" if error.pos is not None else error.msg
        except FutureWarning as error:
            problem = f"{error}; put a backslash before a bracket that stands for itself"
        except (OverflowError, RecursionError) as error:
            problem = str(error)
        else:
            return pattern
    raise ValueError(f"{quoted(pattern)} is not a regular expression: {repr(problem)[1:-1]}")


def flag(value: object) -> bool:
    """Read true or false."""
    known = {"true": True, "false": False}
    word = value if isinstance(value, bool) else str(value).lower()
    if isinstance(word, bool):
        return word
    if word not in known:
        raise ValueError(f"{quoted(value)} is not a flag; write true or false")
    return known[word]


def count(value: object) -> int:
    """Read a whole number from 1 on."""
    is_number = isinstance(value, str | int) and not isinstance(value, bool)
    if not is_number or not re.fullmatch(r"\d{1,12}", str(value), re.ASCII) or int(str(value)) < 1:
        raise ValueError(f"{quoted(value)} is not a whole number from 1 on")
    return int(str(value))


def provider(value: object) -> str:
    """Read the vendor's name."""
    if value not in get_args(ProviderName):
        raise ValueError(f"{quoted(value)} is not a provider; use aliyun or huaweicloud")
    return str(value)


def zone(value: object) -> ZoneInfo:
    """Read the name of a time zone."""
    name = text(value)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass  # zoneinfo has an error for each way a name can be wrong; the way out is the same
    near = suggestion(name, available_timezones())
    hint = near if near.startswith("did") else "use an IANA name such as Asia/Shanghai or UTC"
    raise ValueError(f"{quoted(name)} is not a time zone; {hint}")


def bypass(value: object) -> str:
    """Read one host, domain or network that the proxy is not for."""
    word = text(value)
    try:
        if not re.search(r"[\s@]|//", word):
            Direct.of(word)
            return word
    except ValueError:
        pass  # the same goes for all that it cannot be
    raise ValueError("must name hosts, domains or networks, such as .internal,10.0.0.0/8")


def once(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list that says something twice."""
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{quoted(twice[0])} stands there twice")
    return values


def _region(value: object) -> str:
    return matching(r"(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)+", "is not a region; write its id, such as cn-zhangjiakou")(
        value
    )


Expression = Annotated[str, BeforeValidator(expression)]
Flag = Annotated[bool, BeforeValidator(flag)]
Count = Annotated[int, BeforeValidator(count)]
Duration = Annotated[float, BeforeValidator(parse_duration)]
Rate = Annotated[float, BeforeValidator(parse_rate)]
Listen = Annotated[tuple[str, int], BeforeValidator(parse_listen)]
Endpoint = Annotated[str, BeforeValidator(parse_endpoint)]
RegionalEndpoint = Annotated[str, BeforeValidator(lambda value: parse_endpoint(value, regional=True))]
MetadataEndpoint = Annotated[str, BeforeValidator(lambda value: parse_endpoint(value, metadata=True))]
Proxy = Annotated[SecretStr, BeforeValidator(parse_proxy)]
Bypass = Annotated[str, BeforeValidator(bypass)]
Secret = Annotated[SecretStr, BeforeValidator(secret)]
FilePath = Annotated[Path, BeforeValidator(path)]
Zone = Annotated[ZoneInfo, BeforeValidator(zone)]
Provider = Annotated[ProviderName, BeforeValidator(provider)]
AccountName = Annotated[
    str, BeforeValidator(matching(r"[A-Za-z0-9_.-]{1,64}", "is not a name; use 1 to 64 of A-Z a-z 0-9 _ . -"))
]
Region = Annotated[str, BeforeValidator(_region)]
# A project's id goes into the path of a URL, an instance's into a query.
ProjectId = Annotated[str, BeforeValidator(matching(r"[A-Za-z0-9_-]{1,64}", "is not a project id"))]
InstanceId = Annotated[str, BeforeValidator(matching(r"[A-Za-z0-9_-]{1,64}", "is not an instance id"))]
