"""Changes to a finished answer that no single operation should know of: number styles."""

from collections.abc import Callable

from exporter.simulator.quirks import Quirks

_ENVELOPE = {"Code", "code", "RequestId", "requestId"}
_NUMBER_WORDS = {
    "EcsCpu",
    "EcsMemory",
    "EcsLocalStorageCapacity",
    "InternetMaxBandwidthIn",
    "InternetMaxBandwidthOut",
    "FailureRate",
    "TotalRecordCount",
    "PageRecordCount",
    "totalRecordCount",
    "pageRecordCount",
}


def restyled(body: object, quirks: Quirks) -> object:
    """The answer with its numbers as the quirk wants them; the envelope's Code stays what it is."""
    if quirks.numbers == "strings":
        return _mapped(body, lambda key, value: value if key in _ENVELOPE else _as_string(value))
    if quirks.numbers == "numbers":
        return _mapped(body, lambda key, value: _as_number(value) if key in _NUMBER_WORDS else value)
    return body


def is_number_word(name: str) -> bool:
    """Whether a field is a number that the documents write as a string."""
    return name in _NUMBER_WORDS


def _mapped(value: object, change: Callable[[str, object], object], key: str = "") -> object:
    if isinstance(value, dict):
        return {name: _mapped(item, change, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change, key) for item in value]
    return change(key, value)


def _as_string(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_number(value: object) -> object:
    if not isinstance(value, str) or not value.replace(".", "", 1).isdecimal():
        return value
    return float(value) if "." in value else int(value)
