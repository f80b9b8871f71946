"""Lists read page by page: every documented oddity of totals and pages, and when a list may be called complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clouds.errors import BadResponseError, PageSizeError, RejectedError, ServerError
from exporter.clouds.paging import (
    PAGE_CAP,
    ROW_CAP,
    Listing,
    Page,
    attempt,
    joined,
    marked_pages,
    numbered_pages,
    offset_pages,
)

SIZES = (10, 4)


class Pages:
    """A list of ``rows`` rows, cut as asked; what it says and does beside that is up to the test."""

    def __init__(self, rows, *, total="true", stated_size=None, clamp=None, fail_at=None, ignore_number=False):
        self.rows = list(range(rows))
        self.total = total
        self.stated_size = stated_size
        self.clamp = clamp
        self.fail_at = fail_at
        self.ignore_number = ignore_number
        self.asked = []

    async def __call__(self, number, size):
        self.asked.append((number, size))
        if number == self.fail_at:
            raise ServerError(f"page {number}")
        size = min(size, self.clamp or size)
        first = 0 if self.ignore_number else (number - 1) * size
        total = len(self.rows) if self.total == "true" else self.total
        return Page(self.rows[first : first + size], 0, total, self.stated_size)


async def read(pages, sizes=SIZES):
    return await numbered_pages(pages, lambda row: row, sizes)


def found(listing):
    return list(listing.items), listing.complete


# Numbered pages


@pytest.mark.parametrize(("rows", "calls"), [(0, 1), (3, 1), (9, 1), (11, 2), (25, 3), (39, 4)])
async def test_a_well_behaved_list_takes_as_many_calls_as_it_has_pages(rows, calls):
    pages = Pages(rows)

    listing = await read(pages)

    assert (list(range(rows)), True) == found(listing)
    assert calls == len(pages.asked)


@pytest.mark.parametrize("rows", [10, 20])
async def test_a_full_last_page_is_followed_by_one_more_call(rows):
    pages = Pages(rows)

    assert (list(range(rows)), True) == found(await read(pages))
    assert rows // 10 + 1 == len(pages.asked)


@pytest.mark.parametrize("rows", [0, 3, 10, 20, 25])
@pytest.mark.parametrize("total", [0, None])
async def test_a_total_of_zero_or_none_beside_rows_is_not_believed(rows, total):
    assert (list(range(rows)), True) == found(await read(Pages(rows, total=total)))


@pytest.mark.parametrize(("rows", "total"), [(3, 2), (11, 10), (21, 20), (25, 7), (25, 24)])
async def test_a_total_that_is_too_small_loses_no_row(rows, total):
    assert (list(range(rows)), True) == found(await read(Pages(rows, total=total)))


@pytest.mark.parametrize("rows", [0, 3, 10, 25])
async def test_a_total_that_is_too_large_makes_the_list_incomplete_because_rows_may_be_held_back(rows):
    listing = await read(Pages(rows, total=rows + 10))

    assert (list(range(rows)), False) == found(listing)
    assert listing.error is None


async def test_a_stated_page_size_of_one_does_not_end_the_list_early():
    # As in a sample of the manual: TotalCount 6 beside PageSize 1.
    assert (list(range(6)), True) == found(await read(Pages(6, stated_size=1)))


@pytest.mark.parametrize("total", ["true", 0, 20])
async def test_a_vendor_that_cuts_the_page_size_and_says_so(total):
    pages = Pages(25, total=total, clamp=4, stated_size=4)

    assert (list(range(25)), True) == found(await read(pages))


async def test_a_vendor_that_cuts_the_page_size_in_silence_is_followed_by_its_total():
    assert (list(range(25)), True) == found(await read(Pages(25, clamp=4)))


@pytest.mark.parametrize("echo", ["asked", "none", "own"])
@pytest.mark.parametrize(
    ("cap", "total"), [(20, 0), (20, None), (20, 45), (20, 20), (20, "of the page"), (30, 0), (30, None), (30, 45)]
)
async def test_a_vendor_that_cuts_the_page_size_in_silence_loses_no_row_whatever_its_total(cap, total, echo):
    async def ask(number, size):
        rows = list(range(45))[(number - 1) * cap : number * cap]
        stated = {"asked": size, "none": None, "own": cap}[echo]
        return Page(rows, 0, len(rows) if total == "of the page" else total, stated)

    assert (list(range(45)), True) == found(await numbered_pages(ask, lambda row: row, (50, 20)))


@pytest.mark.parametrize(("rows", "calls"), [(19, 1), (20, 2), (45, 2)])
async def test_without_a_total_only_a_page_of_the_default_size_or_more_costs_another_call(rows, calls):
    pages = Pages(rows, total=None)

    assert (list(range(rows)), True) == found(await read(pages, (50, 20)))
    assert calls == len(pages.asked)


@pytest.mark.parametrize(("rows", "calls"), [(19, 1), (21, 1), (40, 2), (49, 1)])
async def test_a_total_of_the_rows_spares_the_call_unless_the_page_may_have_been_cut_to_the_default(rows, calls):
    pages = Pages(rows)

    assert (list(range(rows)), True) == found(await read(pages, (50, 20)))
    assert calls == len(pages.asked)


@pytest.mark.parametrize("total", ["true", None, 0, 10])
async def test_page_numbers_that_are_ignored_hide_what_is_behind_a_full_page_and_cut_the_list(total):
    pages = Pages(30, total=total, ignore_number=True)

    listing = await read(pages)

    assert (list(range(10)), False) == found(listing)
    assert "page 2 is page 1 again: what comes after 10 rows cannot be read" == str(listing.error)
    assert [(1, 10), (2, 10), (2, 4)] == pages.asked


async def test_page_numbers_that_are_ignored_hide_nothing_behind_a_page_that_is_not_full():
    pages = Pages(3, total=5, ignore_number=True)

    listing = await read(pages)

    assert ([0, 1, 2], False, None) == (*found(listing), listing.error)
    assert [(1, 10), (2, 10)] == pages.asked


class LastPageAgain(Pages):
    """Shows its last page for every number behind it."""

    async def __call__(self, number, size):
        last = -(-len(self.rows) // size)
        self.asked.append((number, size))
        page = await super().__call__(min(number, last), size)
        self.asked.pop()
        return page


@pytest.mark.parametrize(("rows", "calls"), [(10, 3), (20, 3), (30, 4)])
@pytest.mark.parametrize("total", ["true", 0])
async def test_the_last_page_shown_for_those_behind_it_ends_the_list(rows, calls, total):
    pages = LastPageAgain(rows, total=total)

    assert (list(range(rows)), True) == found(await read(pages))
    assert calls == len(pages.asked)


@pytest.mark.parametrize(("rows", "total"), [(9, None), (12, None), (30, 0), (30, 30), (10, 10)])
async def test_a_vendor_that_knows_no_pages_shows_everything_at_once(rows, total):
    async def ask(number, size):
        return Page(list(range(rows)), total=total)

    assert (list(range(rows)), True) == found(await numbered_pages(ask, lambda row: row, SIZES))


@pytest.mark.parametrize(("rows", "stated"), [(10, None), (4, None), (7, 7)])
@pytest.mark.parametrize("total", [None, 0, 40])
async def test_a_vendor_that_overlooks_number_and_size_may_show_but_its_default_page(rows, stated, total):
    async def ask(number, size):
        return Page(list(range(rows)), total=total, size=stated)

    listing = await numbered_pages(ask, lambda row: row, SIZES)

    assert (list(range(rows)), False) == found(listing)
    assert isinstance(listing.error, BadResponseError)


async def test_a_row_added_before_a_full_only_page_is_no_page_that_comes_again():
    async def ask(number, size):
        return Page(list(range(10))) if number == 1 else Page([9])

    listing = await numbered_pages(ask, lambda row: row, SIZES)

    assert ([*range(10)], None, 1) == ([*listing.items], listing.error, listing.duplicates)


async def test_rows_that_cannot_be_read_do_not_hide_that_the_last_page_was_shown_again():
    class Unreadable(LastPageAgain):
        async def __call__(self, number, size):
            page = await super().__call__(number, size)
            return Page([row for row in page.items if row], sum(not row for row in page.items), page.total)

    listing = await read(Unreadable(10))

    assert ([*range(1, 10)], None, 2) == ([*listing.items], listing.error, listing.unreadable)


@pytest.mark.parametrize(("total", "is_whole"), [(10, True), (0, False)])
async def test_where_no_other_size_is_taken_the_total_tells_whether_the_number_is_ignored(total, is_whole):
    class Strict(LastPageAgain):
        async def __call__(self, number, size):
            if size != 10:
                raise PageSizeError("InvalidPageSize")
            return await super().__call__(number, size)

    assert (list(range(10)), is_whole) == found(await read(Strict(10, total=total), (10,)))


async def test_a_page_of_another_size_that_fails_leaves_it_open_what_is_behind_the_first():
    class Failing(Pages):
        async def __call__(self, number, size):
            if size == 4:
                raise ServerError("no")
            return await super().__call__(number, size)

    listing = await read(Failing(30, total=0, ignore_number=True))

    assert (list(range(10)), False) == found(listing)
    assert isinstance(listing.error, ServerError)


async def test_where_there_is_but_one_size_half_a_page_tells_whether_the_number_is_ignored():
    pages = LastPageAgain(10)

    assert (list(range(10)), True) == found(await read(pages, (10,)))
    assert (2, 5) == pages.asked[-1]


async def test_pages_that_never_end_are_given_up():
    async def ask(number, size):
        return Page([(number, index) for index in range(size)], total=0)

    listing = await numbered_pages(ask, lambda row: row, SIZES)

    assert PAGE_CAP * 10 <= len(listing.items) <= (PAGE_CAP + 1) * 10
    assert not listing.complete
    assert isinstance(listing.error, BadResponseError)


@pytest.mark.parametrize("read_pages", [numbered_pages, marked_pages, offset_pages])
async def test_pages_that_are_longer_than_was_asked_for_end_at_so_many_rows(read_pages):
    asked = []

    async def ask(*page):
        asked.append(page)
        number = len(asked)
        return Page([(number, index) for index in range(15_000)], total=10**9, marker=f"m{number}")

    sizes = {numbered_pages: (SIZES,), marked_pages: (), offset_pages: (10,)}[read_pages]
    listing = await read_pages(ask, lambda row: row, *sizes, operation="ListThings")

    assert (7, 105_000, False) == (len(asked), len(listing.items), listing.complete)
    assert "ListThings: the list did not end within 100000 rows" == str(listing.error)
    assert "ListThings" == listing.error.operation


async def test_rows_that_are_double_or_unreadable_count_as_well():
    asked = []

    async def ask(number, size):
        asked.append(number)
        return Page([number, *([0] * 9_999)], unreadable=10_000, total=10**9)

    listing = await numbered_pages(ask, lambda row: row, SIZES)

    assert ROW_CAP // 20_000 + 1 == len(asked)
    assert listing.duplicates + listing.unreadable + len(listing.items) <= ROW_CAP + 20_000
    assert isinstance(listing.error, BadResponseError)


async def test_a_marker_that_fits_into_no_url_ends_the_list():
    async def ask(marker):
        return Page([marker[:1]], marker="x" * 70_000)

    listing = await marked_pages(ask, lambda row: row)

    assert ([""], False) == ([*listing.items], listing.complete)
    assert "the list named a page in 70000 characters" == str(listing.error)


async def test_pages_that_go_round_end_when_they_bring_nothing_new():
    async def ask(number, size):
        return Page([index % 25 for index in range((number - 1) * size, number * size)], total=0)

    listing = await numbered_pages(ask, lambda row: row, SIZES)

    assert list(range(25)) == list(listing.items)
    assert listing.duplicates > 0


class Refusing(Pages):
    """Refuses pages above a size."""

    def __init__(self, rows, largest):
        super().__init__(rows)
        self.largest = largest

    async def __call__(self, number, size):
        if size > self.largest:
            self.asked.append((number, size))
            raise PageSizeError("InvalidPageSize")
        return await super().__call__(number, size)


async def test_a_refused_page_size_is_followed_by_the_next():
    pages = Refusing(9, largest=4)

    assert (list(range(9)), True) == found(await read(pages))
    assert [(1, 10), (1, 4), (2, 4), (3, 4)] == pages.asked


async def test_when_every_page_size_is_refused_the_list_fails():
    with pytest.raises(PageSizeError):
        await read(Refusing(9, largest=1))


async def test_any_other_refusal_is_not_asked_again():
    pages = Pages(9)

    async def ask(number, size):
        await pages(number, size)
        raise RejectedError("InvalidParameter")

    with pytest.raises(RejectedError):
        await numbered_pages(ask, lambda row: row, SIZES)
    assert 1 == len(pages.asked)


async def test_a_first_page_that_fails_fails_the_list():
    with pytest.raises(ServerError, match="page 1"):
        await read(Pages(25, fail_at=1))


@pytest.mark.parametrize("fail_at", [2, 3])
async def test_a_later_page_that_fails_cuts_the_list(fail_at):
    listing = await read(Pages(25, fail_at=fail_at))

    assert (list(range((fail_at - 1) * 10)), False) == found(listing)
    assert isinstance(listing.error, ServerError)


class Moving(Pages):
    """Rows are added to or taken from the front between the first page and the second."""

    def __init__(self, rows, change):
        super().__init__(rows)
        self.change = change

    async def __call__(self, number, size):
        if number == 2:
            if self.change == "added":
                self.rows.insert(0, -1)
            elif self.change == "deleted":
                self.rows.pop(0)
            else:
                self.rows.append(self.rows.pop(0))
        return await super().__call__(number, size)


async def test_a_row_added_between_pages_is_met_twice_and_the_list_is_incomplete():
    listing = await read(Moving(25, "added"))

    assert (list(range(25)), False) == found(listing)
    assert 1 == listing.duplicates


async def test_a_row_deleted_between_pages_hides_another_and_the_list_is_incomplete():
    listing = await read(Moving(25, "deleted"))

    # Row 10 moved to the first page after that was read; it may not be taken for deleted.
    assert 10 not in listing.items
    assert not listing.complete


async def test_a_row_that_moves_between_pages_makes_the_list_incomplete():
    listing = await read(Moving(25, "moved"))

    assert 10 not in listing.items
    assert not listing.complete


async def test_of_rows_with_one_key_the_last_is_kept_and_the_others_counted():
    async def ask(number, size):
        return Page([("a", 1), ("b", 1), ("a", 2), ("a", 3)], total=2)

    listing = await numbered_pages(ask, lambda row: row[0], SIZES)

    assert (("a", 3), ("b", 1)) == listing.items
    assert 2 == listing.duplicates


async def test_rows_that_cannot_be_read_make_the_list_incomplete_but_do_not_stop_it():
    async def ask(number, size):
        return Page(list(range(8)), 2, total=15) if number == 1 else Page(list(range(10, 15)), total=15)

    listing = await numbered_pages(ask, lambda row: row, SIZES)

    assert (13, 2, False) == (len(listing.items), listing.unreadable, listing.complete)


async def test_a_filter_that_is_not_honoured_cuts_the_list():
    pages = Pages(100)

    listing = await numbered_pages(pages, lambda row: row, SIZES, lambda row: row < 5)

    assert (list(range(10)), False) == found(listing)
    assert 1 == len(pages.asked)


@given(st.integers(0, 60), st.one_of(st.none(), st.just("true"), st.integers(0, 80)), st.sampled_from([None, 4, 7]))
async def test_a_complete_list_has_every_row_whatever_the_total_says(rows, total, clamp):
    pages = Pages(rows, total=total, clamp=clamp, stated_size=clamp)

    listing = await read(pages)

    assert list(listing.items) == list(range(rows))
    assert len(pages.asked) <= rows // (clamp or 10) + 2
    assert listing.complete == (total in {None, "true"} or total <= rows)


# Marked pages


class Chain:
    """Pages that name the next one."""

    def __init__(self, pages, fail_at=None):
        self.pages = pages
        self.fail_at = fail_at
        self.asked = []

    async def __call__(self, marker):
        self.asked.append(marker)
        if marker == self.fail_at:
            raise ServerError("no")
        rows, following = self.pages[marker]
        return Page(rows, marker=following)


async def marked(pages):
    return await marked_pages(pages, lambda row: row)


async def test_marked_pages_go_on_until_there_is_no_next():
    chain = Chain({"": ([1, 2], "a"), "a": ([], "b"), "b": ([3], "")})

    assert ([1, 2, 3], True) == found(await marked(chain))
    assert ["", "a", "b"] == chain.asked


@pytest.mark.parametrize("again", ["a", "b"])
async def test_a_marker_that_was_there_before_ends_the_list(again):
    listing = await marked(Chain({"": ([1], "a"), "a": ([2], "b"), "b": ([3], again)}))

    assert ([1, 2, 3], False) == found(listing)
    assert isinstance(listing.error, BadResponseError)


async def test_markers_without_end_are_given_up():
    async def ask(marker):
        return Page([marker], marker=marker + "x")

    listing = await marked_pages(ask, lambda row: row)

    assert (PAGE_CAP, False) == (len(listing.items), listing.complete)
    assert isinstance(listing.error, BadResponseError)


async def test_a_first_marked_page_that_fails_fails_the_list():
    with pytest.raises(ServerError):
        await marked(Chain({}, fail_at=""))


async def test_a_later_marked_page_that_fails_cuts_the_list():
    listing = await marked(Chain({"": ([1], "a")}, fail_at="a"))

    assert ([1], False) == found(listing)
    assert isinstance(listing.error, ServerError)


# Offsets


class Offsets:
    """A list whose offset counts rows (``unit`` 1) or pages (``unit`` the page size)."""

    def __init__(self, rows, unit, *, total="true", beyond="empty", fail_at=None):
        self.rows = list(range(rows))
        self.unit = unit
        self.total = total
        self.beyond = beyond
        self.fail_at = fail_at
        self.asked = []

    async def __call__(self, offset, size):
        self.asked.append(offset)
        if offset == self.fail_at:
            raise ServerError("no")
        first = offset * self.unit
        if first >= len(self.rows) > 0 and self.beyond == "first page":
            first = 0
        found_rows = self.rows[first : first + size]
        total = len(self.rows) if self.total == "true" else self.total
        return Page(found_rows, total=0 if self.beyond == "no total" and not found_rows else total)


async def by_offset(pages):
    return await offset_pages(pages, lambda row: row, 10)


@pytest.mark.parametrize("unit", [1, 10])
@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 20, 25, 99])
@pytest.mark.parametrize("beyond", ["empty", "first page", "no total"])
async def test_all_rows_are_read_by_either_meaning_of_the_offset(unit, rows, beyond):
    pages = Offsets(rows, unit, beyond=beyond)

    assert (list(range(rows)), True) == found(await by_offset(pages))
    assert len(pages.asked) <= rows // 10 + 4


@pytest.mark.parametrize("total", [None, 0, 5])
async def test_a_full_page_is_followed_although_the_total_does_not_promise_more(total):
    assert (list(range(25)), True) == found(await by_offset(Offsets(25, 1, total=total)))


async def test_a_total_that_is_too_large_ends_by_either_meaning_and_is_incomplete():
    pages = Offsets(25, 1, total=99)

    assert (list(range(25)), False) == found(await by_offset(pages))
    assert len(pages.asked) <= 6


@pytest.mark.parametrize("total", ["true", None, 0, 5])
async def test_an_ignored_offset_hides_what_is_behind_a_full_page_and_cuts_the_list(total):
    pages = Offsets(30, 0, total=total)

    listing = await by_offset(pages)

    assert (list(range(10)), False) == found(listing)
    assert "page 2 is page 1 again: what comes after 10 rows cannot be read" == str(listing.error)
    assert [0, 10, 1] == pages.asked


async def test_a_limit_that_is_overlooked_as_well_as_the_offset_shows_everything_at_once():
    async def ask(offset, size):
        return Page(list(range(13)))

    assert (list(range(13)), True) == found(await offset_pages(ask, lambda row: row, 10))


async def test_an_ignored_offset_hides_nothing_behind_a_page_that_is_not_full():
    listing = await by_offset(Offsets(9, 0, total=12))

    assert (list(range(9)), False, None) == (*found(listing), listing.error)


async def test_a_first_page_by_offset_that_fails_fails_the_list():
    with pytest.raises(ServerError):
        await by_offset(Offsets(25, 1, fail_at=0))


async def test_a_later_page_by_offset_that_fails_cuts_the_list():
    listing = await by_offset(Offsets(25, 1, fail_at=10))

    assert (list(range(10)), False) == found(listing)
    assert isinstance(listing.error, ServerError)


async def test_offsets_without_end_are_given_up():
    async def ask(offset, size):
        return Page(list(range(offset, offset + size)), total=10**9)

    listing = await offset_pages(ask, lambda row: row, 10)

    assert not listing.complete
    assert isinstance(listing.error, BadResponseError)
    assert len(listing.items) <= (PAGE_CAP + 1) * 10


async def test_a_list_beside_others_that_fails_is_empty_and_has_the_error():
    error = ServerError("no")

    async def failing():
        raise error

    async def answering():
        return Listing((1, 2))

    assert Listing((), complete=False, error=error) == await attempt(failing())
    assert Listing((1, 2)) == await attempt(answering())


def test_lists_joined_are_complete_where_all_are_and_the_last_one_holds():
    first, second = ServerError("first"), ServerError("second")
    whole = Listing(("a1", "b1"), duplicates=1)
    cut = Listing(("b2", "c2"), complete=False, error=first, duplicates=2, unreadable=3)

    assert Listing(("a1", "b2", "c2"), False, first, 3, 3) == joined(
        (whole, cut, Listing((), complete=False, error=second)), lambda item: item[0]
    )
    assert Listing(("a1", "b1", "d1"), duplicates=1) == joined((whole, Listing(("d1",))), lambda item: item[0])
