"""What of a snapshot may be shown again, in the time of this process."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from exporter.collectors.collector import Collector
from exporter.snapshot import file
from exporter.snapshot.chunk import Chunk, DamagedError
from exporter.store import Block, CollectionKey, Record

_MOST_AHEAD = 60.0  # seconds: clocks are set a little back now and then


@dataclass(frozen=True, slots=True)
class Restored:
    """The records to go on from, with times of this process, and why others are left out.

    ``saved_at`` is in epoch seconds, ``age`` in seconds.
    """

    saved_at: float
    age: float
    records: Mapping[CollectionKey, Record] = field(default_factory=dict)
    left_out: Mapping[CollectionKey, str] = field(default_factory=dict)


def restored(
    path: Path, wanted: Mapping[CollectionKey, tuple[str, Collector[Any, Any]]], now: file.Moment
) -> Restored | None:
    """What a snapshot has of the wanted collections, each with its identity; None where there is no file.

    Raises SnapshotError, also where the file comes from the future: then nobody knows how old its rows are.
    """
    found = file.read(path)
    if found is None:
        return None
    saved, chunks = found
    age = now.wall - saved.wall
    if age < -_MOST_AHEAD:
        raise file.SnapshotError(f"{path} was saved {-age:.0f} s in the future: a clock is wrong, or was")
    age = max(age, 0.0)
    records: dict[CollectionKey, Record] = {}
    left_out: dict[CollectionKey, str] = {}
    for data in chunks:
        try:
            chunk = Chunk(data)
            if chunk.key not in wanted:
                left_out[chunk.key] = "not in the settings any more"
                continue
            identity, collector = wanted[chunk.key]
            if chunk.head.identity != identity:
                left_out[chunk.key] = "read with other settings"
                continue
            records[chunk.key] = _moved(chunk.record(collector), saved.monotonic, now.monotonic - age)
        except DamagedError as error:
            raise file.SnapshotError(f"{path} is damaged: {error}") from None
    return Restored(saved.wall, age, records, left_out)


def _moved(record: Record, written_at: float, here: float) -> Record:
    """A record with times of this process: ``written_at`` of the other's monotonic clock is ``here`` of this one's.

    What is younger than its own file is as old as that.
    """

    def moved(moment: float) -> float:
        return min(moment, written_at) - written_at + here

    parts = {key: replace(part, read_at=moved(part.read_at)) for key, part in record.block.parts.items()}
    asked_at = {owner: moved(at) for owner, at in record.turns.asked_at.items()}
    return replace(
        record,
        block=Block(parts),
        remembered_at=moved(record.remembered_at),
        turns=replace(record.turns, asked_at=asked_at),
    )
