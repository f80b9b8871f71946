"""What of docs/reliability.md is generated: what each fault of each operation does, as the fault suite expects it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.faults.expectations import LOGIN_NAMES, MEANINGS, Expectation, expectation, login_result
from tests.faults.kinds import FAULTS, SIMULATOR, FaultKind, Group
from tests.faults.subjects import SUBJECTS, Role, Subject

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin (make generate) -->", "<!-- faults: end -->"
_NONE = "–"


def with_tables(page: str) -> str:
    """The text of docs/reliability.md with the tables as they should be; raises ValueError without its marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"docs/reliability.md lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{''.join(_tables())}\n{END}{after}"


def _tables() -> Iterator[str]:
    cases = sum(expectation(subject, fault) is not None for subject in SUBJECTS for fault in FAULTS)
    yield (
        f"## At a glance\n\n{len(SUBJECTS)} operations, {len(FAULTS)} faults, {cases} cases. What most operations do, "
        "by what they are to their collector; where one\nof them is different, its own table below says so.\n\n"
    )
    yield from _at_a_glance()
    yield (
        "\n## Logging in\n\nWhat every collection of the account comes to when its login is over and none can be had; "
        "its rows are kept. While the old\nlogin lives, nothing comes of it. An instance role is asked for without a "
        "token where it gets none, unless `imds_v1: false`\nforbids it, as the table has it.\n\n"
    )
    yield from _table(("what happens", *LOGIN_NAMES.values()), _logins())
    yield "\n## The operations\n\n"
    yield from _table(("operation", "collector", "what it is", "goes on beside it"), map(_operation, SUBJECTS))
    yield "\n## The faults\n\n"
    yield from _table(("fault", "what happens", "kind", "played by"), map(_fault, FAULTS))
    yield (
        "\n## Operation by operation\n\nThe calls are what one call of a good run becomes. `object` is the "
        "reason that `failed_object_info` gives.\n"
    )
    for subject in SUBJECTS:
        yield f"\n### {_shown(subject.operation.title)} in `{subject.collector}`\n\n"
        yield from _table(("fault", "`last_result`", "object", "rows", "calls"), _outcomes(subject))


def _at_a_glance() -> Iterator[str]:
    rows: list[tuple[str, ...]] = []
    for group in Group:
        alike: dict[tuple[str, ...], list[FaultKind]] = {}
        for fault in FAULTS:
            if fault.group is group:
                alike.setdefault(tuple(_usual(role, fault) for role in Role), []).append(fault)
        for cells, faults in alike.items():
            rows.append((_described(group, faults), *cells))
    yield from _table(("what happens", *(role.value for role in Role)), rows)
    yield "\n"
    yield from _table(("rows", "what is on the page"), ((rows.value, meaning) for rows, meaning in MEANINGS.items()))


def _logins() -> Iterator[tuple[str, ...]]:
    for group in Group:
        alike: dict[tuple[str, ...], list[FaultKind]] = {}
        for fault in FAULTS:
            if fault.group is group:
                results = (login_result(name, fault) for name in LOGIN_NAMES)
                alike.setdefault(tuple(f"`{each}`" if each else "–" for each in results), []).append(fault)
        for cells, faults in alike.items():
            if set(cells) != {"–"}:
                yield _described(group, faults), *cells


def _described(group: Group, faults: Sequence[FaultKind]) -> str:
    whole = faults == [fault for fault in FAULTS if fault.group is group]
    return group.value if whole else "; ".join(fault.says for fault in faults)


def _usual(role: Role, fault: FaultKind) -> str:
    """What happens to most operations of a role."""
    told = [
        f"{_results(stated)}, {stated.rows.value}"
        for subject in SUBJECTS
        if subject.role is role and (stated := expectation(subject, fault)) is not None
    ]
    return max(dict.fromkeys(told), key=told.count) if told else _NONE


def _results(stated: Expectation) -> str:
    return "/".join(f"`{result}`" for result in stated.results)


def _operation(subject: Subject) -> tuple[str, ...]:
    return (_shown(subject.operation.title), f"`{subject.collector}`", subject.role.value, f"`{subject.witness}`")


def _fault(fault: FaultKind) -> tuple[str, ...]:
    player = "the simulated cloud" if fault.played_by == SIMULATOR else "the network of the tests"
    return f"`{fault.name}`", fault.says, fault.group.value, player


def _outcomes(subject: Subject) -> Iterator[tuple[str, ...]]:
    """One row for all faults that come to the same, in the order of the faults."""
    alike: dict[Expectation, list[FaultKind]] = {}
    for fault in FAULTS:
        stated = expectation(subject, fault)
        if stated is not None:
            alike.setdefault(stated, []).append(fault)
    for stated, faults in alike.items():
        yield (
            _names(faults),
            _results(stated),
            f"`{stated.failed}`" if stated.failed else _NONE,
            stated.rows.value + (", and what was made up" if stated.more else ""),
            _calls(stated),
        )


def _calls(stated: Expectation) -> str:
    if not stated.again:
        return f"≤ {stated.calls}"
    return "2" if stated.calls == 2 else f"2 to {stated.calls}"


def _names(faults: Sequence[FaultKind]) -> str:
    """The names of faults, or that of their kind where all of it are there."""
    told: list[str] = []
    for group in Group:
        here = [fault for fault in faults if fault.group is group]
        if here and here == [fault for fault in FAULTS if fault.group is group]:
            told.append(group.value)
        else:
            told += [f"`{fault.name}`" for fault in here]
    return ", ".join(told)


def _shown(title: str) -> str:
    return f"`{title}`" if " " in title else title


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n"
    for row in rows:
        yield f"| {' | '.join(row)} |\n"
