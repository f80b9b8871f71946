"""Checks every single value of the settings, and goes on without the bad ones, so that one mistake hides no other."""

import copy
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import PydanticBaseSettingsSource

from exporter.settings.document import Document, known_keys
from exporter.settings.mistake import Finding, Place, looks_like_a_key, suggestion
from exporter.settings.value import opened

# What other programs call a key's parts, too far from our names to be guessed.
_ELSEWHERE = {
    "access_key": "access_key_id",
    "ak": "access_key_id",
    "secret_access_key": "access_key_secret",
    "secret_key": "access_key_secret",
    "sk": "access_key_secret",
    "session_token": "security_token",
    "sts_token": "security_token",
}


class _Unprinted(dict[str, object]):
    """A tree with secrets in it: PYDANTIC_SETTINGS_DEBUG makes pydantic-settings log what its sources give."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "{…}"


class _Given(PydanticBaseSettingsSource):
    """A source whose values were read before, with their lines and variables."""

    def __init__(self, tree: Mapping[str, object]) -> None:
        super().__init__(Document)
        self._tree = tree

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:  # noqa: ARG002 - the base class asks for it, __call__ gives all at once
        return None, field_name, False

    def __call__(self) -> dict[str, object]:
        return _Unprinted(self._tree)


def validated(*trees: Mapping[str, object]) -> tuple[Document, tuple[Finding, ...]]:
    """Merge the trees, the first one winning, into a document of all good values, and find the bad ones."""
    rest = [copy.deepcopy(dict(tree)) for tree in trees]
    findings: dict[Place, Finding] = {}
    while True:
        document, found = _attempt(rest)
        if document is not None:
            return document, tuple(findings.values())
        findings |= {finding.place: finding for finding in found if finding.place not in findings}
        pruned = sum(_prune(tree, finding) for finding in found for tree in rest)
        if not pruned:
            return Document(_build_sources=((), {})), tuple(findings.values())


def _attempt(trees: list[dict[str, object]]) -> tuple[Document | None, list[Finding]]:
    try:
        return Document(_build_sources=(tuple(_Given(tree) for tree in trees), {})), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    return None, [_finding(detail) for detail in details]


def _finding(detail: ErrorDetails) -> Finding:
    place = tuple(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden" and not looks_like_a_key(place):
        return Finding(
            place, "this key looks like a value; write `key: value` with a blank after the colon", unknown=True
        )
    if detail["type"] == "extra_forbidden":
        meant = _ELSEWHERE.get(place[-1]) if "credentials" in place[:-1] else None
        text = suggestion(meant or place[-1], known_keys(place[:-1]))
        return Finding(place, f"unknown setting; {text}", unknown=True)
    # All checks of single values are ours and raise ValueError; the rest is pydantic's own, which repeats no input.
    return Finding(place, str(detail.get("ctx", {}).get("error", detail["msg"])))


def _prune(tree: dict[str, object], finding: Finding) -> bool:
    """Take what was found out of a tree; of a list of scalars the whole list, as its other items would move up."""
    place = finding.place
    is_account = place[0] == "accounts" and len(place) == 2
    if place[-1].isdecimal() and not is_account and not finding.unknown:
        place = place[:-1]
    branch = tree
    for part in place[:-1]:
        below = branch.get(part)
        if isinstance(below, str):
            # A variable that holds JSON; what is none stands in the file, behind a variable that has the place.
            try:
                below = branch[part] = opened(below, "mapping")
            except ValueError:
                return False
        if not isinstance(below, dict):
            return False
        branch = below
    if place[-1] not in branch:
        return False
    if is_account:
        was, branch[place[-1]] = branch[place[-1]], {}
        return was != {}
    del branch[place[-1]]
    return True
