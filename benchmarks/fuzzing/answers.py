"""Whole answers with mistakes in them, through every collector: what comes of it is a page that Prometheus reads."""

import io
import json
import math
import random
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from endurance.exporter_life import SIZES, exporter_of
from endurance.line import AsgiLine
from fuzzing.mutation import mutated, written
from fuzzing.readers import must
from prometheus_client.parser import text_string_to_metric_families
from simulated_time import LoopClock, live
from starlette.types import ASGIApp

from exporter import logs
from exporter.catalog import PAGE_ORDER
from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.errors import BadResponseError
from exporter.clouds.exchange import Answer, Request
from exporter.clouds.huaweicloud.dialect import HuaweiDialect
from exporter.collection import Collection, Limits
from exporter.collectors import COLLECTORS
from exporter.collectors.collector import Collector
from exporter.collectors.run import Place
from exporter.self_metrics import SelfMetrics
from exporter.simulator import SimulatedClock, World, create_app
from exporter.store import Store

Sent = tuple[str, frozenset[tuple[str, str]]]  # the operation, and what tells this call of it from others
REGIONS = ("cn-zhangjiakou", "cn-hangzhou")
SHANGHAI = timezone(timedelta(hours=8))
_BATCH = 200  # cases with one exporter: then its memories are as odd as they get
_SERIES = re.compile(r"(\w+(?:\{.*\})?) (\S+)")


def sent(action: str, target: str, body: bytes) -> Sent:
    """What is asked for, without the times of filters."""
    url = urlsplit(target)
    pairs = [*parse_qsl(url.query), *parse_qsl(body.decode("utf-8", "replace"))]
    return action or url.path, frozenset(pair for pair in pairs if not pair[0].startswith(("Start", "End")))


class Recording(AsgiLine):
    """The simulated clouds, whose good answers are kept."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.answers: dict[Sent, bytes] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a call on and keep its answer."""
        response = await super().handle_async_request(request)
        body = await response.aread()
        action = request.headers.get("x-acs-action", "")
        if action != "AssumeRole" and response.status_code == 200:
            self.answers[sent(action, request.url.raw_path.decode(), request.content)] = body
        return httpx.Response(response.status_code, headers=response.headers, content=body)


def recorded(seed: int) -> Mapping[Sent, Any]:
    """What the simulated clouds answer to all collectors."""

    async def record(clock: LoopClock) -> dict[Sent, bytes]:
        line = Recording(create_app(World(seed, SIZES, SimulatedClock(clock.now))))
        exporter = exporter_of(line, clock, random.Random(seed))
        for _ in range(2):
            await exporter.collect_once()
        await exporter.close()
        return line.answers

    return {key: json.loads(body) for key, body in live(record).items()}


class FuzzChannel:
    """Takes the place of a channel: gives recorded answers, some of them with mistakes."""

    def __init__(self, answers: "Answers", provider: str, region: str) -> None:
        self.region = region
        self.regions: Sequence[str] = REGIONS
        self._answers = answers
        self._provider = provider

    def elsewhere(self, _: str, region: str) -> "FuzzChannel":
        """The same for another product or region."""
        return FuzzChannel(self._answers, self._provider, region)

    async def project_id(self) -> str:
        """The simulated project."""
        return "0123456789abcdef0123456789abcdef"

    async def send(self, request: Request) -> Answer:
        """An answer as a channel makes it from what came over the line."""
        body = self._answers.body(sent(request.headers.get("x-acs-action", ""), request.target, request.body))
        try:
            answer = Answer(200, {}, json.loads(body))
        except (ValueError, RecursionError):
            raise BadResponseError("no JSON", operation=request.operation) from None
        dialect = HuaweiDialect() if self._provider == "huaweicloud" else AliyunDialect()
        refusal = dialect.refusal(answer)
        if refusal is not None:
            raise dialect.error(refusal, request.operation)
        return answer


class Answers:
    """The recorded answers, and which of them is to be spoilt."""

    def __init__(self, recorded: Mapping[Sent, Any], dice: random.Random) -> None:
        self._recorded = recorded
        self._by_operation: dict[str, list[Any]] = defaultdict(list)
        for (operation, _), value in recorded.items():
            self._by_operation[operation].append(value)
        self.dice = dice
        self.spoil = 0.0
        self.spoilt: list[str] = []

    def body(self, key: Sent) -> bytes:
        """The body of an answer."""
        value = self._recorded.get(key)
        if value is None:
            value = self.dice.choice(self._by_operation.get(key[0]) or [{"Code": 0}])
        if self.dice.random() >= self.spoil:
            return json.dumps(value).encode()
        body = written(mutated(value, self.dice), self.dice)
        self.spoilt.append(f"{key[0]}: {body[:4000]!r}")
        return body


class Clock:
    """A clock that is put forward."""

    def __init__(self) -> None:
        self.seconds = 1_767_225_600.0

    def now(self) -> float:
        """Epoch seconds."""
        return self.seconds

    monotonic = awake = now


class WholeAnswers:
    """Runs of collections, of which some answers are spoilt."""

    def __init__(self, seed: int) -> None:
        self._log = io.StringIO()
        logs.set_up("warning", "text", self._log)
        self._recorded = recorded(seed)
        self._cases = 0
        self._fresh(random.Random(seed))

    def _fresh(self, dice: random.Random) -> None:
        self.clock, self.metrics = Clock(), SelfMetrics("0", 0.0)
        self.store = Store(PAGE_ORDER, self.clock.monotonic)
        self.answers = Answers(self._recorded, dice)
        self.collections = [self._collection(collector, region) for collector, region in _places()]
        for each in self.collections:
            each.siblings = {
                other.collector.name: other
                for other in self.collections
                if other is not each and other.place.region in {"global", each.place.region}
            }

    def _collection(self, collector: Collector[Any, Any], region: str) -> Collection:
        channel = FuzzChannel(self.answers, collector.product.provider, region)
        place = Place("shop", region, SHANGHAI, window=collector.window or 0, history=collector.history or 0)
        limits = Limits(collector.interval, collector.timeout, 3 * collector.interval, 50_000, memory_wait=0.001)
        return Collection(
            collector,
            collector.product(channel),
            place,
            limits,
            store=self.store,
            metrics=self.metrics,
            clock=self.clock,
            neighbour_answered=lambda: False,
        )

    async def case(self, dice: random.Random) -> AsyncIterator[object]:
        """One run of one collection; yields what was spoilt."""
        if self._cases % _BATCH == 0:
            self._fresh(dice)
            for each in sorted(self.collections, key=lambda each: each.collector.name != "retailcloud_apps"):
                await each.run()
        self._cases += 1
        self.clock.seconds += 30
        self._log.seek(0)
        self._log.truncate()
        self.answers.spoil, self.answers.spoilt = dice.choice((0.2, 0.5, 1.0)), []
        self.answers.dice = dice
        collection = dice.choice(self.collections)
        yield {"collection": str(collection.key), "spoilt": self.answers.spoilt}
        status = await collection.run()
        reasons = {status.result, *(why for _, why in status.failed)}
        must("bug" not in reasons, f"a bug: {self._log.getvalue()[-600:]}")
        page = (await self.store.page_of({collection.collector.name})).plain.decode()
        self._check(page)

    def _check(self, page: str) -> None:
        lines = [line for line in page.split("\n") if line and not line.startswith("#")]
        read = [_SERIES.fullmatch(line) for line in lines]
        must(all(read), "a line that is none")
        series = [match[1] for match in read if match]
        must(len(series) == len(set(series)), f"twice: {[each for each in series if series.count(each) > 1][:2]}")
        must(all(math.isfinite(float(match[2])) for match in read if match), "a value that is no number")
        if self._cases % 50 == 0:
            parsed = sum(len(family.samples) for family in text_string_to_metric_families(page))
            must(parsed == len(lines), "Prometheus' parser reads the page otherwise")


def _places() -> list[tuple[Collector[Any, Any], str]]:
    return [
        (collector, region)
        for collector in COLLECTORS
        for region in (
            ("global",)
            if collector.scope == "global"
            else ("cn-north-4",)
            if collector.product.provider == "huaweicloud"
            else ("cn-zhangjiakou",)
        )
    ]
