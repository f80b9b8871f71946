"""Makes odd values and odd documents out of good ones: what a cloud, a proxy or a person may write by mistake."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

Json = Any  # what JSON gives

_ODD: tuple[Json, ...] = (
    *(None, True, False, 0, -1, 1, 2, 4, 7, 10**15, -(10**18), 10**400, 2**63, 1e308, -1e308, 5e-324, 0.1, -0.0),
    *(float("nan"), float("inf"), float("-inf"), "", " ", "0", "-1", "1e999", "1e308", "9" * 99, "9" * 101, "0x10"),
    *("NaN", "Infinity", "null", "true", "TRUE", "None", "50%", "-5%", "%", "1,5", "1_000", "²", "١٢", "½", "1 GB"),
    *("512MB", "1500Mi", "-1Gi", "1e300Ei", "20Gi ", "m", "500m", "1e-400", "4vcpu", "1e5E", "1eE"),
    *("2020-02-30", "2020-01-05T17:03Z", "2020-01-05 17:03:09", "0000-00-00 00:00:00", "9999-12-31T23:59:60Z"),
    *("0001-01-01T00:00:00+23:59", "2020-01-01T00:00:00+99:99", "2099-12-31", "2020-01-01T25:00", 1577836800000),
    *("\x00", "\n", "\r\n", "\t", "\x1b[31m", "\u2028", "\ud800", "a\udfffb", "\U0010ffff", "\ufeff", "é" * 300),
    *('"', "\\", '\\"', "{", "}", "}{", ' 1\n# HELP x y\nx{a="', "a" * 5000, "测试" * 200, "running", "FINISHED"),
    *([], {}, [[]], [None], {"": None}, [{}], {"a": {"b": [1, {"c": "d"}]}}, '{"a": 1}', "[1]", "<html>"),
)
_ALPHABET = 'aZ09 .-+%:eE_"\\{}\n\r\t\x00\ud83d\U0001f6d2é名½²GiMBvcpuTZ'


def deep(dice: random.Random) -> Json:
    """Something nested far down."""
    value: Json = copy.deepcopy(dice.choice(_ODD))
    for _ in range(dice.choice((3, 50, 300))):
        value = [value] if dice.random() < 0.5 else {"a": value}
    return value


def scalar(dice: random.Random) -> Json:
    """An odd scalar, or none at all."""
    roll = dice.random()
    if roll < 0.7:
        return copy.deepcopy(dice.choice(_ODD))  # what it is put into may be changed further
    if roll < 0.9:
        return "".join(dice.choice(_ALPHABET) for _ in range(dice.randint(0, 30)))
    return dice.choice((dice.uniform(-10, 1e12), dice.randint(-5, 2**70), str(dice.randint(0, 10**14))))


def odd(dice: random.Random) -> Json:
    """Anything."""
    return deep(dice) if dice.random() < 0.03 else scalar(dice)


def mutated(value: Json, dice: random.Random) -> Json:
    """A copy of a document with a few mistakes in it."""
    value = json.loads(json.dumps(value))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        value = _mistake(value, dice)
    return value


def _mistake(value: Json, dice: random.Random) -> Json:
    places = list(_places(value))
    if not places or dice.random() < 0.02:
        return odd(dice)
    holder, key = dice.choice(places)
    dice.choice(_MISTAKES)(holder, key, dice)
    return value


def _places(value: Json) -> list[tuple[Json, Json]]:
    """Every place of a document, as a container and the key or index in it."""
    found: list[tuple[Json, Json]] = []
    left = [value]
    while left and len(found) < 2000:
        each = left.pop()
        items = (
            list(each.items()) if isinstance(each, dict) else list(enumerate(each)) if isinstance(each, list) else []
        )
        for key, inner in items:
            found.append((each, key))
            left.append(inner)
    return found


def _replace(holder: Json, key: Json, dice: random.Random) -> None:
    holder[key] = odd(dice)


def _drop(holder: Json, key: Json, _: random.Random) -> None:
    del holder[key]


def _wrap(holder: Json, key: Json, dice: random.Random) -> None:
    holder[key] = dice.choice(([holder[key]], {"Result": holder[key]}, str(holder[key]), json.dumps(holder[key])))


def _double(holder: Json, key: Json, dice: random.Random) -> None:
    """The same item again, or another key with the same meaning."""
    if isinstance(holder, list):
        holder.extend([holder[key]] * dice.choice((1, 2, 60)))
    else:
        name = str(key)
        holder[dice.choice((name.upper(), name.lower(), f"_{name}", name + "\x00"))] = odd(dice)


def _swap(holder: Json, key: Json, dice: random.Random) -> None:
    other = dice.choice(list(holder.keys() if isinstance(holder, dict) else range(len(holder))))
    holder[key], holder[other] = holder[other], holder[key]


def _alike(holder: Json, _: Json, __: random.Random) -> None:
    """All items with the same value in a place: ids that are not unique."""
    if isinstance(holder, dict):
        return
    inner = [each for each in holder if isinstance(each, dict)]
    for name in list(inner[0])[:1] if inner else ():
        for each in inner:
            each[name] = inner[0][name]


_MISTAKES: tuple[Callable[[Json, Json, random.Random], None], ...] = (
    *(_replace, _replace, _replace, _replace, _drop, _drop, _wrap, _double, _swap, _alike),
)


def written(value: Json, dice: random.Random) -> bytes:
    """A document as text, which may be broken as well."""
    text = json.dumps(value, ensure_ascii=dice.random() < 0.5)
    body = text.encode("utf-8", "surrogatepass")
    roll = dice.random()
    if roll > 0.15:
        return body
    at = dice.randint(0, len(body))
    if roll < 0.03:
        return body[:at]
    if roll < 0.06:
        return body[:at] + bytes(dice.randrange(256) for _ in range(dice.randint(1, 4))) + body[at:]
    if roll < 0.09:
        return body.replace(b": null", b": NaN").replace(b": 0", b": -Infinity").replace(b": 1", b": 1e400")
    if roll < 0.12 and body.startswith(b"{"):
        return b"{" + body[1:-1] + b", " + body[1:]  # every key twice
    return dice.choice(
        (b"", b"null", b"[]", b"\xff\xfe", b"[" * 5000, b"9" * 5000, b"<html></html>", b"\xef\xbb\xbf" + body)
    )
