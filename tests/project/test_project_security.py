"""SECURITY.md promises nothing that no test holds; and the clouds are read, no more."""

import re
from pathlib import Path

from exporter.collectors import COLLECTORS
from exporter.doctor.policies import iam_policy, permissions, ram_policy
from exporter.simulator import OPERATION_NAMES
from tests.simulated import SMALL, Simulated

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
READING = re.compile(r"List|Describe|Get|Query")
ACTION = re.compile(r"\w+:(?:(?:List|Describe|Get|Query)\w+|\w+:list)")
OPERATIONS = [operation for collector in COLLECTORS for operation in collector.operations]


def test_every_promise_names_a_test_that_there_is():
    promises = [line for line in TEXT.splitlines() if line.startswith("| ") and "| held by |" not in line]
    assert len(promises) > 12
    assert [] == [promise for promise in promises if not NAMED.search(promise.rpartition(" | ")[2])]
    missing = [
        f"{path}::{name}"
        for path, name in NAMED.findall(TEXT)
        if not re.search(rf"^(?:async )?def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert [] == missing


def test_the_tests_that_it_names_are_of_the_unit_suite():
    assert [] == [path for path, _ in NAMED.findall(TEXT) if "servers" in path]


def test_every_operation_of_a_collector_reads():
    assert [] == [each.name for each in OPERATIONS if not READING.match(each.name)]
    assert [] == [each.request for each in OPERATIONS if each.request and not each.request.startswith("GET ")]


async def test_a_whole_exporter_calls_nothing_but_what_is_declared():
    simulated = Simulated(sizes=SMALL)
    await simulated.run()
    await simulated.run(1800)
    await simulated.exporter.close()
    called = {name.rpartition(".")[2] for name in simulated.clouds.state.calls}
    assert len(called) > 15
    assert set() == called - {each.name for each in OPERATIONS}
    assert called <= {name.rpartition(".")[2] for name in OPERATION_NAMES}


def test_the_policies_grant_nothing_but_reading():
    granted = [
        action
        for policy in (ram_policy, iam_policy)
        for statement in (policy(permissions(OPERATIONS, [])) or {})["Statement"]
        for action in statement["Action"]
    ]
    assert len(granted) > 30
    assert [] == [action for action in granted if not ACTION.fullmatch(action)]
