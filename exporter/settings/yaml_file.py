"""Reads the YAML file, with the line of every value; refuses what PyYAML lets pass (a missing file, a key twice)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from exporter import files
from exporter.settings.mistake import Mistake, Place, rendered

# Aliases can multiply a short file into a tree without end; a real file has some hundreds of values.
_MOST_VALUES = 100_000
_DEEPEST = 20
_MERGE_TAG = "tag:yaml.org,2002:merge"
# PyYAML quotes the file in its messages: an alias or a tag may be a secret that begins with * or !.
_QUOTED_BY_PYYAML = re.compile(r"'(?!.'|<[a-z ]{1,20}>')[^']*'|'(.|<[a-z ]+>)'")
_QUOTES_HINT = {
    "alias": "; put a value that begins with * in quotes",
    "cannot start any token": "; put a value that begins with such a character in quotes, indent with blanks",
    "tag": "; put a value that begins with ! in quotes",
    "mapping values are not allowed": "; put a value with a colon and a blank in quotes, check the indentation",
}


class Items(dict[str, object]):
    """A list as `{"0": …, "1": …}`, so that variables for single items lay over it like over any other mapping."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The file as a tree (lists as `Items`), the line of every place, and what was wrong on the way.

    `bad` are the places of those mistakes; `readable` is false when nothing could be read at all.
    """

    tree: dict[str, object] = field(repr=False)
    lines: dict[Place, int]
    mistakes: tuple[Mistake, ...] = ()
    bad: frozenset[Place] = frozenset()
    readable: bool = True


def read_file(path: Path, example: str = "listen: 0.0.0.0:10990") -> YamlFile:
    """Read a file of settings; one that cannot be read at all is a mistake like any other.

    `example` is a line that may stand in it.
    """
    try:
        text = files.content(path).decode("utf-8-sig")
    except OSError as error:
        return _failed(path, f"cannot be read: {error.strerror or type(error).__name__}")
    except UnicodeDecodeError:
        return _failed(path, "cannot be read: it is not UTF-8 text")
    return _parsed(path, text, example)


def _failed(path: Path, message: str, line: int | None = None) -> YamlFile:
    return YamlFile({}, {}, (Mistake("", message, str(path), line),), readable=False)


def _parsed(path: Path, text: str, example: str) -> YamlFile:
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _failed(path, "not YAML: a character that text may not hold", line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _failed(path, f"not YAML: {_problem(error)}", mark.line + 1 if mark else None)
    except RecursionError:
        return _failed(path, "not YAML that people write: it is nested too deep")
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"):
        return YamlFile({}, {})
    if not isinstance(node, yaml.MappingNode):
        return _failed(path, f"must be a mapping of settings, such as `{example}`", node.start_mark.line + 1)
    walk = _Walk(str(path), loader)
    tree = walk.mapping(node, ())
    return YamlFile(tree, walk.lines, tuple(walk.mistakes), frozenset(walk.bad))


def _problem(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "cannot be understood"
    hint = next((hint for words, hint in _QUOTES_HINT.items() if words in problem), "")
    # A single letter and the name of a token may stay.
    shown = _QUOTED_BY_PYYAML.sub(lambda match: match[0] if match[1] else "…", problem)
    return shown.replace("\n", " ") + hint


class _Walk:
    """One walk through the nodes of one file."""

    def __init__(self, file: str, loader: yaml.SafeLoader) -> None:
        self.lines: dict[Place, int] = {}
        self.mistakes: list[Mistake] = []
        self.bad: set[Place] = set()
        self._file = file
        self._loader = loader
        self._values = 0
        self._open: list[yaml.Node] = []

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        tree: dict[str, object] = {}
        own_lines: dict[str, int] = {}
        # `<<: *defaults` first: a mapping's own keys win.
        for merged in self._merged(node, place):
            tree |= self.mapping(merged, place)
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE_TAG:
                continue
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
                self._report(place, "a key must be plain text; put it in quotes", line)
                continue
            key = str(key_node.value)
            if key in own_lines:
                self._report((*place, key), f"stands here and in line {own_lines[key]}; leave one of the two out", line)
                continue
            own_lines[key] = line
            self.lines[(*place, key)] = line
            tree[key] = self._value(value_node, (*place, key))
        return tree

    def _merged(self, node: yaml.MappingNode, place: Place) -> Iterator[yaml.MappingNode]:
        for key_node, value_node in node.value:
            if key_node.tag != _MERGE_TAG:
                continue
            several = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            for merged in reversed(several):
                if not isinstance(merged, yaml.MappingNode):
                    self._report(place, "`<<` takes a mapping", key_node.start_mark.line + 1)
                elif self._enter(merged, place):
                    yield merged
                    self._open.pop()

    def _value(self, node: yaml.Node, place: Place) -> object:
        if not self._enter(node, place):
            return None
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, place)
            if isinstance(node, yaml.SequenceNode):
                for number, item in enumerate(node.value):
                    self.lines[(*place, str(number))] = item.start_mark.line + 1
                return Items({str(n): self._value(item, (*place, str(n))) for n, item in enumerate(node.value)})
            return self._scalar(node, place)
        finally:
            self._open.pop()

    def _enter(self, node: yaml.Node, place: Place) -> bool:
        self._values += 1
        if any(node is above for above in self._open):
            self._report(place, "an alias that holds itself", node.start_mark.line + 1)
            return False
        if len(self._open) >= _DEEPEST:
            self._report(place, "is nested too deep", node.start_mark.line + 1)
            return False
        if self._values >= _MOST_VALUES:
            if self._values == _MOST_VALUES:
                self._report(place, "too many values: aliases multiply", node.start_mark.line + 1)
            return False
        self._open.append(node)
        return True

    def _scalar(self, node: yaml.Node, place: Place) -> object:
        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            # No word of PyYAML's own message: it quotes the value, which may be a secret.
            self._report(place, "not a value YAML can read; put it in quotes", node.start_mark.line + 1)
            return None

    def _report(self, place: Place, message: str, line: int) -> None:
        self.bad.add(place)
        self.mistakes.append(Mistake(rendered(place), message, self._file, line))
