"""What a process holds on to: memory, open files, tasks, threads."""

import asyncio
import gc
import os
import statistics
import threading
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

# Not the exporter's: the simulated clouds keep every nonce and order they ever saw, and the oracle what was true when.
_NOT_OURS = ("*/exporter/simulator/*", "*/benchmarks/*", "*/starlette/*", "*/tracemalloc.py", "*/linecache.py")


@dataclass(frozen=True, slots=True)
class Holding:
    """One look: bytes allocated by what is the exporter's, the others counted."""

    cycle: int
    samples: int
    memory: int
    rss: int
    files: int
    tasks: int
    threads: int
    by_file: Mapping[str, int] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Holdings:
    """All looks after the warm-up."""

    looks: list[Holding] = field(default_factory=list)

    def look(self, cycle: int, samples: int) -> None:
        """Collect garbage and look; ``samples`` of the clouds are on the page."""
        gc.collect()
        traces = tracemalloc.take_snapshot().filter_traces(_filters()).statistics("filename")
        by_file = {each.traceback[0].filename: each.size for each in traces}
        self.looks.append(
            Holding(
                cycle,
                samples,
                sum(by_file.values()),
                _rss(),
                sum(1 for _ in Path("/proc/self/fd").iterdir()) if Path("/proc/self/fd").exists() else 0,
                len(asyncio.all_tasks()),
                threading.active_count(),
                by_file,
            )
        )

    def grown(self, most: int = 5) -> Iterator[str]:
        """The files whose lines hold more at the later of two looks `alike`, those with the most first."""
        first, last = (look.by_file for look in self.alike())
        more = {name: size - first.get(name, 0) for name, size in last.items()}
        for name, size in sorted(more.items(), key=lambda each: -each[1])[:most]:
            yield f"{size:+,} bytes allocated in {name}"

    def growth(self, of: Callable[[Holding], float]) -> float:
        """How much larger the last third of the looks is than the first, by their medians, as a share."""
        third = max(len(self.looks) // 3, 1)
        first = statistics.median(of(each) for each in self.looks[:third])
        last = statistics.median(of(each) for each in self.looks[-third:])
        return last / first - 1 if first else 0.0

    def alike(self) -> tuple[Holding, Holding]:
        """Of the looks of the first half and of the second, the two with pages most alike; the latest such pair."""
        half = max(len(self.looks) // 2, 1)
        pairs = product(self.looks[:half], self.looks[half:] or self.looks)
        return min(pairs, key=lambda pair: (abs(pair[0].samples - pair[1].samples), pair[0].cycle - pair[1].cycle))

    def most(self, of: Callable[[Holding], int]) -> tuple[int, int]:
        """A count at the first look, and the most at any."""
        return of(self.looks[0]), max(of(each) for each in self.looks)


def _filters() -> list[tracemalloc.Filter]:
    return [tracemalloc.Filter(inclusive=False, filename_pattern=pattern) for pattern in _NOT_OURS]


def _rss() -> int:
    """Resident bytes of the process, the simulated clouds among them."""
    status = Path("/proc/self/statm")
    return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") if status.exists() else 0
