"""What is wrong with the settings, said in one line each, without ever showing a secret."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

# The way to a value from the top, list positions as digits: ("accounts", "0", "name").
Place = tuple[str, ...]

_LONGEST_QUOTE = 60
_CLOSE_BESIDE_THE_NEAREST = 0.07
# `{proxy:http://user:password@host}`, without a blank after the colon, is one key to YAML, and so may be a secret.
_PLAIN = re.compile(r"[\w.-]{1,64}", re.ASCII)
_PLAIN_IN_CREDENTIALS = re.compile(
    r"[a-z_-]{1,40}|imds_v1|access[A-Za-z]{1,20}|security[A-Za-z]{1,20}|\w{1,40}_file", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to correct: the setting (or the environment variable), what is wrong and the way out."""

    key: str
    message: str
    file: str | None
    line: int | None

    def __str__(self) -> str:
        """One line, such as `config.yml:12: accounts[0].provider: "alyun" is not a provider; …`."""
        where = "" if self.file is None else self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (where, self.key, self.message) if part)


class SettingsError(Exception):
    """The settings cannot be used; `mistakes` holds every reason found, in the order of the file."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(*self.mistakes)

    def __str__(self) -> str:
        """One line per mistake."""
        return "\n".join(str(mistake) for mistake in self.mistakes)


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake that does not yet know its line or variable.

    `unknown` when the key itself is the mistake. `inputs` are the other places a rule looked at: where one of them is
    bad already, the finding may be its echo and is not told.
    """

    place: Place
    text: str
    unknown: bool = False
    inputs: tuple[Place, ...] = ()


def looks_like_a_key(place: Place) -> bool:
    """Tell whether the last part of a place can be shown: what looks like no key may be a value."""
    plain = _PLAIN_IN_CREDENTIALS if "credentials" in place[:-1] else _PLAIN
    return plain.fullmatch(place[-1]) is not None


def rendered(place: Place, head: str = "", skip: int = 0) -> str:
    """Write a place the way people read it, `accounts[0].name`; `head` stands for its first `skip` parts.

    What looks like no key is left out.
    """
    text = head
    for number, part in list(enumerate(place))[skip:]:
        if part.isdecimal() and len(part) < 6:
            text += f"[{part}]"
        elif looks_like_a_key(place[: number + 1]):
            text += f".{part}" if text else part
        else:
            text += "[…]"
    return text


def quoted(value: object) -> str:
    """Show a value that is no secret: on one line whatever is in it, cut when it is long."""
    if isinstance(value, dict | list | tuple):
        # Whatever is in there belongs somewhere else, and may be a secret.
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value)
    if len(text) > _LONGEST_QUOTE:
        text = f"{text[:_LONGEST_QUOTE]}…"
    return f'"{repr(text)[1:-1]}"'


def near(word: str, known: Iterable[str]) -> list[str]:
    """List what may have been meant, the nearest first; a far match beside a near one is left out."""
    matches = difflib.get_close_matches(word, sorted(known), n=3)
    ratios = [difflib.SequenceMatcher(None, match, word).ratio() for match in matches]
    return [
        match for match, ratio in zip(matches, ratios, strict=True) if ratio > ratios[0] - _CLOSE_BESIDE_THE_NEAREST
    ]


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say what may have been meant: the near matches, or everything there is when nothing is near."""
    names = sorted(known)
    meant = near(word, names)
    if meant:
        return f"did you mean {' or '.join(meant)}?"
    if not names:
        return "nothing can be set here"
    return f"use {names[0]}" if len(names) == 1 else f"use one of {', '.join(names)}"
