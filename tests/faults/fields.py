"""The fields of an answer, one by one, and the values that stand in them where they should not."""

import copy
from collections.abc import Iterator, Mapping, Sequence

from exporter.clouds.payload import Payload

Path = tuple[str, ...]
"""The names of fields from the outside in; what is in a list has the path of the list."""

LEFT_OUT = object()
REPLACEMENTS: Mapping[str, object] = {
    "null": None,
    "nothing": LEFT_OUT,
    "a text": "unexpected",
    "an odd text": '"\\\n\r\t\x00\ud800' * 500,
    "an object": {"unexpected": True},
    "a list": ["unexpected"],
    "true": True,
    "a negative number": -1,
    "a number of 400 digits": int("9" * 400),
    "infinity": float("inf"),
    "NaN": float("nan"),
}


def read_fields() -> frozenset[str]:
    """The names of all fields that any model reads, in lower case and without underscores."""

    def models(base: type[Payload]) -> Iterator[type[Payload]]:
        for model in base.__subclasses__():
            yield model
            yield from models(model)

    return frozenset(_folded(str(info.alias)) for model in models(Payload) for info in model.model_fields.values())


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def rows_of(body: object) -> list[object] | None:
    """The list of objects in an answer: the outermost one, to be changed in place."""
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return None
    for value in body.values():
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
    return next((rows for value in body.values() if (rows := rows_of(value)) is not None), None)


def paths(value: object, wanted: frozenset[str] | None = None) -> set[Path]:
    """The paths of everything in a value: of all, or of ``wanted`` names and of what has parts."""
    found: set[Path] = set()
    if isinstance(value, list):
        for item in value:
            found |= paths(item, wanted)
    elif isinstance(value, dict):
        for name, item in value.items():
            below = paths(item, wanted)
            if wanted is None or below or isinstance(item, dict | list) or _folded(name) in wanted:
                found |= {(name,), *((name, *rest) for rest in below)}
    return found


def replaced(value: object, path: Path, replacement: object) -> object:
    """A copy of a value with something else at a path, wherever in its lists that leads."""
    changed = copy.deepcopy(value)
    _replace(changed, path, replacement)
    return changed


def _replace(value: object, path: Sequence[str], replacement: object) -> None:
    if isinstance(value, list):
        for item in value:
            _replace(item, path, replacement)
    elif isinstance(value, dict) and path[0] in value:
        if len(path) > 1:
            _replace(value[path[0]], path[1:], replacement)
        elif replacement is LEFT_OUT:
            del value[path[0]]
        else:
            value[path[0]] = replacement
