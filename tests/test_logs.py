"""Logs show what went wrong and where, and none of the values that were at hand."""

import asyncio
import io
import json
import logging
import re

import pytest
import structlog

from exporter import logs

SECRETS = ("in-the-text", "in-a-variable")


@pytest.fixture
def logged():
    """Sets logs up in a form and gives what they are written to."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level

    def set_up(form, level="info") -> io.StringIO:
        stream = io.StringIO()
        logs.set_up(level, form, stream)
        return stream

    yield set_up
    root.handlers, root.level = handlers, level
    logging.getLogger("exporter").setLevel(logging.NOTSET)


def fail() -> None:
    secret = SECRETS[1]
    raise ValueError(SECRETS[0], secret)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("logger", [logging.getLogger("a.library"), structlog.get_logger()])
@pytest.mark.parametrize("how", [True, "the error itself"])
def test_an_exception_is_shown_as_its_class_and_frames(logged, form, logger, how):
    stream = logged(form)
    try:
        fail()
    except ValueError as error:
        logger.error("went wrong", exc_info=how if how is True else error)  # noqa: TRY400 -- both ways are in use
    told = stream.getvalue()
    assert [] == [secret for secret in SECRETS if secret in told]
    assert 1 == told.count("\n")
    assert "ValueError" in told
    assert re.search(r"test_logs\.py:\d+ fail < test_logs\.py:\d+ test_an_exception", told)


def test_without_an_exception_nothing_is_said_of_one(logged):
    stream = logged("json")
    structlog.get_logger().warning("so it is", exc_info=True)
    logging.getLogger("a.library").error("so it is, too")
    for line in stream.getvalue().splitlines():
        assert {"event", "level", "timestamp"} == set(json.loads(line))


@pytest.mark.parametrize("name", ["httpcore.connection", "markdown_it.rules_block.code", "a.library"])
def test_libraries_have_their_say_from_warnings_on(logged, name):
    stream = logged("json", "debug")
    logging.getLogger(name).info("GET https://key@host")
    assert "" == stream.getvalue()
    logging.getLogger(name).warning("so it is")
    structlog.get_logger("exporter.snapshot").debug("ours")
    assert ["so it is", "ours"] == [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


def test_a_request_that_the_stop_calls_off_is_no_error(logged):
    stream = logged("text")
    for error in (asyncio.CancelledError(), ValueError()):
        logging.getLogger("uvicorn.error").error("went wrong", exc_info=error)
    assert 1 == stream.getvalue().count("went wrong")
    assert "ValueError" in stream.getvalue()
