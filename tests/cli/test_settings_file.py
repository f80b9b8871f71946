"""What makes the daemon read its settings again: changes of the file, whichever way they are made."""

import asyncio
import contextlib
import os
import shutil
import signal
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from watchfiles import awatch

from exporter.app import Exporter
from exporter.cli.settings_file import SettingsFile, hangups_kept, reloads
from exporter.settings.mistake import SettingsError
from exporter.settings.model import Settings
from exporter.surroundings import Surroundings
from tests.doubles import FakeClock

GOOD = "accounts: [{name: shop, provider: aliyun}]\n"
OTHER = "accounts: [{name: mall, provider: aliyun}]\n"


class Reloads:
    """Reads the file whenever it is to be read again, as a reload does."""

    def __init__(self, file: SettingsFile) -> None:
        self.file = file
        self.names: list[str] = []
        self.refused = 0
        self._more = asyncio.Event()

    async def reload(self) -> bool:
        try:
            self.names.append(self.file.read().accounts[0].name)
        except SettingsError as error:
            self.names.append(str(error.mistakes[0].key))
        self._more.set()
        self.refused -= 1
        return self.refused < 0

    async def until(self, *names: str) -> None:
        """Return once these were read, and nothing else."""
        async with asyncio.timeout(10):
            while len(self.names) < len(names):
                await self._more.wait()
                self._more.clear()
        assert list(names) == self.names


class Watched:
    """A settings file under watch; ``looks`` counts how often the watch looked at its folder's news."""

    def __init__(self, path: Path) -> None:
        self.file = SettingsFile(path)
        self.file.read()
        self.reloads = Reloads(self.file)
        self.looked = asyncio.Event()
        self.failures: list[Exception] = []
        self.slept: list[float] = []
        self.asleep = asyncio.Event()

    def begin(self) -> asyncio.Task[None]:
        return asyncio.create_task(self.file.changes(self.reloads.reload, self.at, self.events, self.sleep))

    async def events(self, folder: Path) -> AsyncIterator[object]:
        if self.failures:
            raise self.failures.pop(0)
        self.looked.set()
        yield set()
        async for event in awatch(
            folder, watch_filter=None, recursive=False, step=10, rust_timeout=30, yield_on_timeout=True
        ):
            self.looked.set()
            yield event

    async def at(self, work: Callable[[], object]) -> object:
        return work()

    async def look(self, times: int = 3) -> None:
        """Return once the watch has looked again."""
        for _ in range(times):
            self.looked.clear()
            await asyncio.wait_for(self.looked.wait(), 10)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.asleep.set()
        await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def watched(path: Path) -> AsyncIterator[Watched]:
    under_watch = Watched(path)
    task = under_watch.begin()
    await asyncio.wait_for(under_watch.looked.wait(), 10)
    yield under_watch
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "conf" / "config.yml"
    path.parent.mkdir()
    path.write_text(GOOD)
    return path


async def test_a_file_that_is_written_in_place_is_read_again(path):
    async with watched(path) as it:
        path.write_text(OTHER)
        await it.reloads.until("mall")


async def test_a_file_that_another_one_is_renamed_over_is_read_again_and_temporary_files_are_not(path):
    async with watched(path) as it:
        new = path.with_name(".config.yml.swp")
        new.write_text(OTHER)
        await it.look()
        assert [] == it.reloads.names
        new.rename(path)
        await it.reloads.until("mall")


async def test_a_config_map_that_is_swapped_is_read_again(tmp_path):
    def rollout(name: str, text: str) -> None:
        """As the kubelet does it: a folder of the new files, and a link to it that replaces the old one."""
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yml").write_text(text)
        (tmp_path / "..data_tmp").symlink_to(name)
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")

    rollout("..2026_01_01", GOOD)
    (tmp_path / "config.yml").symlink_to("..data/config.yml")
    async with watched(tmp_path / "config.yml") as it:
        rollout("..2026_01_02", OTHER)
        shutil.rmtree(tmp_path / "..2026_01_01")
        await it.reloads.until("mall")
        rollout("..2026_01_03", OTHER)
        await it.look()
        assert ["mall"] == it.reloads.names


async def test_what_says_the_same_is_not_read_again(path):
    async with watched(path) as it:
        os.utime(path, (1, 1))
        path.write_text(GOOD)
        await it.look()
        assert [] == it.reloads.names


async def test_a_mistake_is_told_once_and_its_correction_is_read(path):
    async with watched(path) as it:
        path.write_text("accounts: []\n")
        await it.reloads.until("accounts")
        await it.look()
        assert ["accounts"] == it.reloads.names
        path.write_text(GOOD)
        await it.reloads.until("accounts", "shop")


async def test_settings_that_were_refused_are_tried_again_until_they_are_in_force(path):
    async with watched(path) as it:
        it.reloads.refused = 2
        path.write_text(OTHER)
        await it.reloads.until("mall", "mall", "mall")
        await it.look()
        assert 3 == len(it.reloads.names)


async def test_a_file_that_is_gone_is_a_mistake_once_and_is_read_when_it_is_back(path):
    async with watched(path) as it:
        path.unlink()
        await it.reloads.until("")
        await it.look(5)
        path.write_text(GOOD)
        await it.reloads.until("", "shop")


async def test_a_folder_that_is_gone_for_a_moment_is_watched_again(path):
    async with watched(path) as it:
        path.parent.rename(path.parent.with_name("old"))
        await asyncio.wait_for(it.asleep.wait(), 10)
        path.parent.mkdir()
        path.write_text(OTHER)
        await it.reloads.until("mall")
        path.write_text(GOOD)
        await it.reloads.until("mall", "shop")


def test_a_hangup_before_there_is_a_loop_is_kept_and_ends_nothing():
    with hangups_kept() as came:
        os.kill(os.getpid(), signal.SIGHUP)
    assert [signal.SIGHUP] == came


class Counted(SettingsFile):
    """Lets those who wait for it know that it was read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.was_read = threading.Semaphore(0)

    def read(self) -> Settings:
        settings = super().read()
        self.was_read.release()
        return settings


async def test_hangups_reload_those_that_came_before_the_start_as_well(path):
    file = Counted(path)
    exporter = Exporter(SettingsFile(path).read(), Surroundings(environ={}, clock=FakeClock()))
    async with reloads(exporter, file, [signal.SIGHUP]):
        assert await asyncio.to_thread(file.was_read.acquire, timeout=10)
        os.kill(os.getpid(), signal.SIGHUP)
        assert await asyncio.to_thread(file.was_read.acquire, timeout=10)
    asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
    assert not file.was_read.acquire(blocking=False)
    await exporter.close()


async def test_a_folder_that_cannot_be_watched_is_told_of_once_and_tried_again(path):
    limit = OSError(28, "No space left on device")
    it = Watched(path)
    it.failures = [limit, limit, RuntimeError("internal")]
    with capture_logs() as logs:
        task = it.begin()
        await asyncio.wait_for(it.looked.wait(), 10)
        await it.look()
        path.write_text(OTHER)
        await it.reloads.until("mall")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [60, 60, 60] == it.slept
    assert ["the folder of the settings cannot be watched", "the folder of the settings is watched again"] == [
        line["event"] for line in logs
    ]
    assert "No space left on device" == logs[0]["reason"]
