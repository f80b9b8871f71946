"""Reading a list page by page until it ends, however the vendor counts.

Where an odd answer cuts a list short, its error names the ``operation`` that was given.
"""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from exporter.clouds.errors import BadResponseError, CloudError, PageSizeError

T = TypeVar("T")

PAGE_CAP = 200  # a list that has not ended by then (10,000 items) never will
_LONGEST_MARKER = 4000  # characters: it has to fit into a URL
ROW_CAP = 100_000  # rows of all pages together, double ones too: pages may be longer than was asked for


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``total`` and ``size`` as the answer states them, None where it does not."""

    items: Sequence[T]
    unreadable: int = 0
    total: int | None = None
    size: int | None = None
    marker: str = ""

    def __len__(self) -> int:
        return len(self.items) + self.unreadable


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What was read of a list.

    ``complete`` only when it is certain that every object was seen: what is missing from such a list is gone.
    ``error`` is what cut the list short, if anything did. Of items with one key the last is kept.
    """

    items: tuple[T, ...]
    complete: bool = True
    error: CloudError | None = None
    duplicates: int = 0
    unreadable: int = 0

    def failure(self, operation: str = "") -> CloudError | None:
        """What cut the list short, or that nothing of it can be read; ``operation`` is named then."""
        if self.error is None and not self.items and not self.complete:
            return _broken(operation, "nothing of the list can be read, though it is not empty")
        return self.error


def _broken(operation: str, text: str) -> BadResponseError:
    return BadResponseError(f"{operation}: {text}" if operation else text, operation=operation)


async def attempt(reading: Awaitable[Listing[T]]) -> Listing[T]:
    """One of several lists that are read as one: where it fails as a whole, it is empty and has the error."""
    try:
        return await reading
    except CloudError as error:
        return Listing((), complete=False, error=error)


def joined(listings: Iterable[Listing[T]], key: Callable[[T], Hashable]) -> Listing[T]:
    """Several lists of the same kind as one; an object that is in more than one of them is what the last one says."""
    parts = tuple(listings)
    return Listing(
        tuple({key(item): item for part in parts for item in part.items}.values()),
        complete=all(part.complete for part in parts),
        error=next((part.error for part in parts if part.error is not None), None),
        duplicates=sum(part.duplicates for part in parts),
        unreadable=sum(part.unreadable for part in parts),
    )


class _Gathering(Generic[T]):
    """The items that an operation gave so far, by key."""

    def __init__(self, key: Callable[[T], Hashable], operation: str) -> None:
        self._operation = operation
        self._key = key
        self._items: dict[Hashable, T] = {}
        self._duplicates = 0
        self._unreadable = 0
        self._rows = 0
        self.largest_total = 0

    def add(self, page: Page[T]) -> bool:
        """Take a page in; False when it brought nothing new."""
        before = len(self._items)
        for item in page.items:
            key = self._key(item)
            self._duplicates += key in self._items
            self._items[key] = item
        self._unreadable += page.unreadable
        self._rows += len(page)
        self.largest_total = max(self.largest_total, page.total or 0)
        return len(self._items) > before

    def __len__(self) -> int:
        return len(self._items) + self._unreadable

    def keys(self, items: Iterable[T]) -> set[Hashable]:
        """What the items are known by."""
        return {self._key(item) for item in items}

    def are_alike(self, page: Page[T], other: Page[T]) -> bool:
        """Whether two pages have the same items."""
        return bool(page.items) and self.keys(page.items) == self.keys(other.items)

    @property
    def is_endless(self) -> bool:
        """Whether more was read than any list has."""
        return self._rows > ROW_CAP

    def endless(self) -> Listing[T]:
        """What was met of a list that does not end."""
        pages = f"{ROW_CAP} rows" if self.is_endless else f"{PAGE_CAP} pages"
        return self.broken(f"the list did not end within {pages}")

    def repeated(self) -> Listing[T]:
        """What was met of a list whose first page comes again and again."""
        return self.broken(f"page 2 is page 1 again: what comes after {len(self)} rows cannot be read")

    def broken(self, text: str) -> Listing[T]:
        """What was met of a list that was cut short by an odd answer."""
        return self.listing(_broken(self._operation, text))

    def listing(self, error: CloudError | None = None) -> Listing[T]:
        # A total above what was seen, at any page, means that something moved or that the vendor holds back: what is
        # missing may still exist.
        complete = error is None and len(self) >= self.largest_total and not self._unreadable
        return Listing(tuple(self._items.values()), complete, error, self._duplicates, self._unreadable)


async def numbered_pages(
    ask: Callable[[int, int], Awaitable[Page[T]]],
    key: Callable[[T], Hashable],
    sizes: Sequence[int],
    wanted: Callable[[T], bool] | None = None,
    *,
    operation: str = "",
) -> Listing[T]:
    """Read pages 1, 2, … with ``ask(number, size)``; ``sizes`` are tried in order while the vendor refuses one.

    Ends at an empty page, at one that brings nothing new, or at one that `_is_last`. Where page 2 brings nothing new
    after a page 1 that may have been cut, the vendor may ignore the number: see `_first_page_again`. A page with an
    item that is not ``wanted`` shows that the vendor ignores the filter: the list is then cut there, incomplete, rather
    than read to its end. Raises CloudError when the first page fails; a later failure cuts the list.
    """
    size, page = await _first_page(ask, sizes)
    first = page
    gathering = _Gathering(key, operation)
    for page_number in range(2, PAGE_CAP + 2):
        brought_new = gathering.add(page)
        if page_number == 3 and gathering.are_alike(first, page) and _may_be_cut(first, size, min(sizes)):
            return await _first_page_again(gathering, ask, sizes, first)
        if not brought_new or _is_last(page, len(gathering), size, min(sizes)):
            return gathering.listing()
        if gathering.is_endless:
            break
        if wanted is not None and not all(wanted(item) for item in page.items):
            return replace(gathering.listing(), complete=False)
        try:
            page = await ask(page_number, size)
        except CloudError as error:
            return gathering.listing(error)
    return gathering.endless()


def _is_last(page: Page[T], gathered: int, size: int, smallest: int) -> bool:
    """Tell whether a page ends its list, of which ``gathered`` rows were met; ``size`` was asked for.

    A total above the rows promises more, and so does a full page whatever the total: totals are known to be too small.
    A total of just the rows ends the list. Where there is no such total, a vendor may have cut the page in silence,
    but not to less than its default, ``smallest``: a shorter page is the last. So it may be where the total is the
    number of rows on this page, which some count in place of all, and the page has as many as one cut to the default.
    """
    total = page.total or 0
    if gathered < total or len(page) >= (page.size or size):
        return False
    counts_the_page = total == len(page) and len(page) % smallest == 0
    return not _may_be_cut(page, size, smallest) or (gathered == total and not counts_the_page)


def _may_be_cut(page: Page[T], size: int, smallest: int) -> bool:
    """Tell whether a page is long enough for one after it."""
    return len(page) >= min(page.size or size, smallest)


async def _first_page_again(
    gathering: _Gathering[T],
    ask: Callable[[int, int], Awaitable[Page[T]]],
    sizes: Sequence[int],
    first: Page[T],
) -> Listing[T]:
    """The list whose first page came again as the second: a failure unless this is all.

    It is where the vendor shows the last page for those behind it. Page 2 of a smaller size tells: it then has rows of
    page 1 that stand behind so many. Where it does not get smaller, the vendor knows no pages and shows everything; but
    as many rows as a page has by default may be just that page, for a vendor that overlooks both parameters. Then, and
    where no other size is taken, only a total of just the rows says that there are no more.
    """
    smaller = max((size for size in sizes if size < len(first)), default=max(1, len(first) // 2))
    is_counted = len(gathering) == gathering.largest_total
    try:
        page = await ask(2, smaller)
    except PageSizeError:
        return gathering.listing() if is_counted else gathering.repeated()
    except CloudError as error:
        return gathering.listing(error)
    if len(page) > smaller:
        is_whole = is_counted or len(first) not in {*sizes, first.size}
    else:
        behind = gathering.keys(first.items[max(0, smaller - first.unreadable) :])
        is_whole = bool(page.items) and behind.issuperset(gathering.keys(page.items))
    return gathering.listing() if is_whole else gathering.repeated()


async def _first_page(ask: Callable[[int, int], Awaitable[Page[T]]], sizes: Sequence[int]) -> tuple[int, Page[T]]:
    for size in sizes[:-1]:
        try:
            return size, await ask(1, size)
        except PageSizeError:
            continue
    return sizes[-1], await ask(1, sizes[-1])


async def marked_pages(
    ask: Callable[[str], Awaitable[Page[T]]], key: Callable[[T], Hashable], *, operation: str = ""
) -> Listing[T]:
    """Read pages that name the next one with ``ask(marker)``, "" first; ends at an empty or a repeated marker."""
    gathering = _Gathering(key, operation)
    seen: set[str] = set()
    marker = ""
    for _ in range(PAGE_CAP):
        try:
            page = await ask(marker)
        except CloudError as error:
            if not seen:
                raise
            return gathering.listing(error)
        gathering.add(page)
        seen.add(marker)
        marker = page.marker
        if not marker:
            return gathering.listing()
        if marker in seen:
            return gathering.broken("the list named a page twice")
        if len(marker) > _LONGEST_MARKER:
            return gathering.broken(f"the list named a page in {len(marker)} characters")
        if gathering.is_endless:
            break
    return gathering.endless()


async def offset_pages(
    ask: Callable[[int, int], Awaitable[Page[T]]], key: Callable[[T], Hashable], size: int, *, operation: str = ""
) -> Listing[T]:
    """Read pages by ``ask(offset, limit)`` where it is not known whether the offset counts rows or pages.

    The offset goes on by rows while the total or a full page promises more; when that brings nothing new, as page
    index. When that brings the full first page again, the vendor ignores the offset: only a total of just the rows, or
    a page that is longer than was asked for, then says that there are no more. Raises CloudError when the first page
    fails; a later failure cuts the list.
    """
    page = first = await ask(0, size)
    gathering = _Gathering(key, operation)
    gathering.add(page)
    full = len(page) >= size
    for by_rows in (True, False):
        for index in range(1, PAGE_CAP):
            if len(gathering) >= gathering.largest_total and not full:
                return gathering.listing()
            offset = len(gathering) if by_rows else index
            try:
                page = await ask(offset, size)
            except CloudError as error:
                return gathering.listing(error)
            if not gathering.add(page):
                break
            if gathering.is_endless:
                return gathering.endless()
            full = len(page) >= size
        else:
            return gathering.endless()
    is_whole = len(gathering) == gathering.largest_total or len(first) > size  # the limit is overlooked as well
    if full and gathering.are_alike(first, page) and not is_whole:
        return gathering.repeated()
    return gathering.listing()
