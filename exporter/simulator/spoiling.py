"""What a fault makes of a good answer: other values, other rows, other totals, other paging."""

import copy
from collections.abc import Callable, Mapping

from exporter.simulator.answers import is_number_word
from exporter.simulator.fault_kinds import VALUES
from exporter.simulator.faults import Fault
from exporter.simulator.quirks import Quirks

Change = Callable[[str, object], object]

_LEFT_OUT = object()
_HUGE = int("9" * 400)
_NAN = float("nan")
_ODD = ('"\\\n\r\t\x00\ud800' * 1000)[:5000]
_REPLACEMENTS: Mapping[str, object] = {
    "nulls": None,
    "missing_fields": _LEFT_OUT,
    "wrong_types": {"unexpected": True},
    "lists": ["unexpected"],
    "strings": "unexpected",
    "odd_strings": _ODD,
    "booleans": True,
    "huge_numbers": _HUGE,
    "not_a_number": _NAN,
}
_NUMBERS_ONLY = {"huge_numbers", "not_a_number"}
_PAGING: Mapping[str, Mapping[str, object]] = {
    "repeated_pages": {"ignore_page_number": True, "total_count": "too_large"},
    "endless_pages": {"ignore_page_number": True},
    "total_too_large": {"total_count": "too_large"},
    "total_too_small": {"total_count": "too_small"},
    "total_zero": {"total_count": "zero"},
}
_TOTALS = {"totalcount", "totalrecordcount", "total"}
_MARKERS = {"nexttoken", "nextmarker"}
_MANY = 1_000_000
# Parameters that name the object of a call. What is sent in their place is a number where they must be one.
_OBJECTS = ("ClusterInstanceId", "AppId", "EnvId", "DeployOrderId", "DbInstanceId", "DBInstanceId", "ProjectId")
_NOBODY = "999999999"


def quirks_of(fault: Fault, quirks: Quirks) -> Quirks:
    """How the clouds deviate for a call with this fault."""
    changes = _PAGING.get(fault.fault)
    return quirks.changed(changes) if changes else quirks


def parameters_of(fault: Fault, parameters: Mapping[str, str]) -> Mapping[str, str]:
    """What is answered: the parameters that were sent, or for ``gone`` those of an object that does not exist."""
    if fault.fault != "gone":
        return parameters
    return {name: _NOBODY if name in _OBJECTS else value for name, value in parameters.items()}


def spoiled(body: object, fault: Fault, play: int) -> object:
    """The answer as the fault has it; ``play`` is the number of the call, by which endless pages are told apart."""
    kind = fault.fault
    if kind == "empty_object":
        return {}
    if kind in VALUES:
        return _with_values(body, fault)
    if kind == "duplicates":
        return _with_rows(body, lambda rows: [*rows, *copy.deepcopy(rows)])
    if kind == "total_missing":
        return _in_envelope(body, lambda name, value: _LEFT_OUT if name in _TOTALS else value)
    if kind == "endless_pages":
        renamed = _with_rows(body, lambda rows: [_renamed(row, play) for row in rows[:1]])
        return _in_envelope(renamed, lambda name, value: _endless(name, value, play))
    return body


def _endless(name: str, value: object, play: int) -> object:
    if name in _TOTALS:
        return _MANY
    return f"page-{play}" if name in _MARKERS else value


def _with_values(body: object, fault: Fault) -> object:
    replacement = _REPLACEMENTS[fault.fault]
    wanted = fault.field.lower()

    def change(name: str, value: object) -> object:
        if wanted:
            return replacement if name.lower() == wanted else value
        if isinstance(value, dict | list):
            return value
        is_number = is_number_word(name) or (isinstance(value, int | float) and not isinstance(value, bool))
        return replacement if is_number or fault.fault not in _NUMBERS_ONLY else value

    if wanted or not isinstance(body, dict):
        return _changed(body, change)
    below = {name: value for name, value in body.items() if isinstance(value, dict | list)} or body
    spoiled_body = {**body, **{name: _changed(value, change, name) for name, value in below.items()}}
    return {name: value for name, value in spoiled_body.items() if value is not _LEFT_OUT}


def _changed(value: object, change: Change, name: str = "") -> object:
    """A value with everything in it changed, the fields of an object before what stands in them."""
    changed_whole = change(name, value) if name else value
    if changed_whole is not value:
        return changed_whole
    if isinstance(value, dict):
        changed = {key: _changed(item, change, key) for key, item in value.items()}
        return {key: item for key, item in changed.items() if item is not _LEFT_OUT}
    if isinstance(value, list):
        items = [_changed(item, change, name if not isinstance(item, dict | list) else "") for item in value]
        return [item for item in items if item is not _LEFT_OUT]
    return value


def _in_envelope(body: object, change: Change) -> object:
    """The answer with the scalars around its rows changed; ``change`` gets names in lower case, in one word."""
    if not isinstance(body, dict):
        return body
    changed = {
        name: _in_envelope(value, change) if isinstance(value, dict) else change(name.replace("_", "").lower(), value)
        for name, value in body.items()
    }
    return {name: value for name, value in changed.items() if value is not _LEFT_OUT}


def _with_rows(body: object, change: Callable[[list[object]], list[object]]) -> object:
    """The answer with its list of objects changed: the outermost one, wherever it stands."""
    if isinstance(body, list):
        return change(body)
    if not isinstance(body, dict):
        return body
    for name, value in body.items():
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return {**body, name: change(value)}
    return {name: _with_rows(value, change) if isinstance(value, dict) else value for name, value in body.items()}


def _renamed(row: object, play: int) -> object:
    """A row that is another object: every id and name in it is a new one."""

    def change(name: str, value: object) -> object:
        if not name.lower().endswith(("id", "name")) or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value + play * 10**9
        return f"{value}-{play}" if isinstance(value, str) else value

    return _changed(row, change)
