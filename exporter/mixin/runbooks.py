"""The runbooks as HTML: docs/runbooks/ and docs/alerts.md, which is their index."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from exporter.mixin.shipped import shipped

_INDEX = "alerts.md"
# HTML is not let through, it is shown; the marks of what is generated are all there is, each on a line of its own.
_MARK = re.compile(r"^<!--.*-->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's title, as plain text, and its content, as HTML."""

    title: str
    body: str


@cache
def runbook_pages() -> Mapping[str, Page]:
    """The pages of this installation, made once, by the last part of their path; the index has an empty one."""
    return rendered(shipped() / "docs")


def rendered(docs: Path) -> Mapping[str, Page]:
    """The pages of a folder that has the index and ``runbooks/``; where there is none, there are no pages."""
    sources = [path for path in (docs / _INDEX, *sorted(docs.glob("runbooks/*.md"))) if path.exists()]
    names = {path.relative_to(docs).as_posix(): "" if path.name == _INDEX else path.name for path in sources}
    return {name: _page((docs / source).read_text(encoding="utf-8"), source, names) for source, name in names.items()}


def _page(text: str, source: str, names: Mapping[str, str]) -> Page:
    """``source`` is where the text stands, from docs/ on; ``names`` has what of such paths is served, and as what."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(_MARK.sub("", text))
    title = _anchored(tokens)
    for token in tokens:
        if token.children:
            token.children = list(_relinked(token.children, source, names))
    return Page(title, markdown.renderer.render(tokens, markdown.options, {}))


def _anchored(tokens: Sequence[Token]) -> str:
    """Give headings the anchors that GitHub gives them; the text of the first one."""
    title = ""
    given: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            text = "".join(child.content for child in inline.children or ())
            title = title or text
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            before = given.get(anchor, 0)
            given[anchor] = before + 1
            opening.attrSet("id", f"{anchor}-{before}" if before else anchor)
    return title


def _relinked(tokens: Sequence[Token], source: str, names: Mapping[str, str]) -> Iterator[Token]:
    """A line with its links as they are served; those to what is not served leave their text."""
    dead = False
    for token in tokens:
        if token.type == "link_open":
            link = _served(str(token.attrGet("href")), source, names)
            dead = link is None
            if link is not None:
                token.attrSet("href", link)
        if not (dead and token.type in {"link_open", "link_close"}):
            yield token


def _served(link: str, source: str, names: Mapping[str, str]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or not parts.path:
        return link
    name = names.get(normpath(join(dirname(source), parts.path)))
    if name is None:
        return None
    return (name or "./") + (f"#{parts.fragment}" if parts.fragment else "")
