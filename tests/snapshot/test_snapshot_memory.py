"""Whatever a collector remembers comes back from a snapshot as it was."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Union

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from exporter.clouds.payload import Identifier, Payload
from exporter.collectors import COLLECTORS
from exporter.snapshot import chunk
from exporter.store import CollectionKey, Record, Status
from tests.simulated import Simulated, document, exporter_of, settings_of

REMEMBERING = [each for each in COLLECTORS if each.memory is not None]
KEY = CollectionKey("test", "shop", "global")
STATUS = Status(60, 60, 300, 1000)

# Half a character of a raw value is written as "?", which no reader can read either; NaN and the infinities, which are
# not in JSON, come back as absent.
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
RAW = st.none() | st.booleans() | NUMBERS | WORDS
SCALARS = {
    str: WORDS,
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    types.NoneType: st.none(),
    object: RAW,
}


@cache
def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any values of a type of which memories are made."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in SCALARS:
        made = SCALARS[kind]
    elif origin is Annotated:
        made = values_of(arguments[0])
    elif origin in {Union, types.UnionType}:
        made = st.one_of(*map(values_of, arguments))
    elif origin is Mapping:
        made = st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=2)
    elif origin is tuple:
        assert arguments[1] is Ellipsis
        made = st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    elif origin is frozenset:
        made = st.frozensets(values_of(arguments[0]), max_size=2)
    elif issubclass(kind, Payload):
        fields = {name: answered(field) for name, field in kind.model_fields.items()}
        made = st.fixed_dictionaries(fields).map(kind.model_validate)
    else:
        assert dataclasses.is_dataclass(kind), kind
        made = st.builds(kind, **{name: values_of(each) for name, each in typing.get_type_hints(kind).items()})
    return made


def answered(field: FieldInfo) -> st.SearchStrategy[Any]:
    """What an answer may have in a field of a payload."""
    if field.is_required():
        assert field.rebuild_annotation() == Identifier
        return WORDS.filter(str.strip)
    return RAW if field.annotation in {str, object} else values_of(field.annotation).map(_plain)


def _plain(value: Any) -> Any:
    return [each.model_dump() for each in value]


@pytest.mark.parametrize("collector", REMEMBERING, ids=lambda each: each.name)
def test_a_memory_comes_back_as_it_was(collector):
    @given(values_of(collector.memory))
    @settings(max_examples=20)
    def comes_back(memory):
        packed = chunk.packed(KEY, "", collector, Record(STATUS, memory=memory))
        assert memory == chunk.Chunk(packed).record(collector).memory

    comes_back()


def test_half_a_character_in_an_answer_costs_no_memory():
    [deploys] = [each for each in COLLECTORS if each.name == "retailcloud_deploys"]
    order = {"number": 1, "env_id": "e", "status": "deploying", "result": "success", "start": None, "end": None}
    wire = {"deploy_order_id": "1", "env_id": "e", "start_time": "10:\ud800"}
    standing = {"latest": {**order, "wire": wire}}
    remembered = {"read_at": 5, "standing": standing}
    memory = chunk.memory_type(deploys).validate_python({"apps": {"a": {"orders": {"e": remembered}}}})
    packed = chunk.packed(KEY, "", deploys, Record(STATUS, memory=memory))
    restored = chunk.Chunk(packed).record(deploys).memory
    assert "10:?" == restored.apps["a"].orders["e"].standing.latest.wire.start_time


async def test_every_declared_memory_is_what_is_remembered_and_comes_back():
    simulated = Simulated()
    await simulated.run()
    apart = {"retailcloud_instances", "retailcloud_claims"}  # these remember where retailcloud_apps is off
    alone = exporter_of(settings_of(document(simulated.world)), simulated.transport, simulated.clock, only=tuple(apart))
    await alone.collect_once()
    remembering = set()
    for collection in (*simulated.exporter.collections, *alone.collections):
        memory = collection.record.memory
        if memory is not None:
            remembering.add(collection.collector.name)
            packed = chunk.packed(collection.key, "", collection.collector, collection.record)
            assert memory == chunk.Chunk(packed).record(collection.collector).memory
    assert {each.name for each in REMEMBERING} == remembering
