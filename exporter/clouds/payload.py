"""The base of all models of answers: only declared fields are kept, whatever the casing of their names."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from exporter.clouds.errors import BadResponseError
from exporter.clouds.values import Unreadable, count, text

ITEM_CAP = (
    20_000  # of one list in one answer; the largest page that can be asked for has a hundred, some lists have none
)


def _fold(name: str) -> str:
    return name.replace("_", "").lower()


def _identifier(raw: object) -> str:
    value = text(raw)
    if not value or isinstance(raw, bool):
        raise ValueError("no identifier")
    return value


# A field's value as the vendor wrote it, to be read by a reader of values.py when its sample is made.
Text = Annotated[str, BeforeValidator(text)]
Identifier = Annotated[str, BeforeValidator(_identifier)]


class Payload(BaseModel):
    """A part of an answer.

    Field names are matched without case and underscores, because the vendors' documents and SDKs disagree on both
    (GetRdsBackUp). Fields that are not declared, secrets among them, are gone here. Scalars stay raw (``object``):
    one of an odd type costs its own series and nothing else. Of an object or a list in place of a scalar only the type
    is kept, because it may hold anything.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=_fold, populate_by_name=False, hide_input_in_errors=True
    )

    _raw: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        """Note which fields stay raw."""
        cls._raw = frozenset(_fold(name) for name, info in cls.model_fields.items() if info.annotation is object)

    @model_validator(mode="before")
    @classmethod
    def _fold_names(cls, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        folded = {_fold(str(name)): value for name, value in data.items()}
        emptied = {
            name: type(folded[name])() for name in folded.keys() & cls._raw if isinstance(folded[name], dict | list)
        }
        return folded | emptied

    @classmethod
    def read(cls, raw: object) -> Self | None:
        """The model of one item of an answer, or None where it is no object or lacks its identifier."""
        try:
            return cls.model_validate(raw)
        except ValidationError:
            return None


PayloadT = TypeVar("PayloadT", bound=Payload)


def field(answer: Mapping[str, object], name: str) -> object:
    """The value of a field whatever the casing of its name; None where there is none."""
    if name in answer:
        return answer[name]
    folded = _fold(name)
    return next((value for key, value in answer.items() if _fold(key) == folded), None)


def stated_number(answer: Mapping[str, object], name: str) -> int | None:
    """A total or a page size that an answer states; None where there is none to rely on."""
    try:
        value = count(field(answer, name))
    except Unreadable:
        return None
    return None if value is None else int(value)


def mapping(raw: object) -> Mapping[str, object]:
    """An object of an answer; an empty one for null or any other type."""
    return raw if isinstance(raw, Mapping) else {}


def read_items(
    raw: object, model: type[PayloadT], *, operation: str, name: str, total: int | None = None
) -> tuple[list[PayloadT], int]:
    """The items of a list in an answer, and how many could not be read.

    Raises BadResponseError where the list is missing, no list, or too long to be one: an answer without it must not
    look like an empty inventory. Only beside a stated ``total`` of 0 is a null list an empty one.
    """
    if raw is None and total == 0:
        return [], 0
    if not isinstance(raw, list):
        raise BadResponseError(f"{operation}: the answer has no list {name}", operation=operation)
    if len(raw) > ITEM_CAP:
        long = f"{operation}: the list {name} has {len(raw)} items in one answer, more than {ITEM_CAP}"
        raise BadResponseError(long, operation=operation)
    items = [model.read(item) for item in raw]
    readable = [item for item in items if item is not None]
    return readable, len(items) - len(readable)
