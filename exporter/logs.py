"""How the exporter logs: structured, to standard error, and nothing of what the HTTP libraries would tell."""

import asyncio
import logging
import sys
from typing import Literal, TextIO

import structlog

from exporter.collection.report import where

LogFormat = Literal["json", "text"]


def set_up(level: str, form: LogFormat, stream: TextIO) -> None:
    """Log from ``level`` up; our lines and those of libraries in one form.

    An exception is shown as its class and its frames. Its text and its values may be answers of a cloud, or keys.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_values, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # Libraries have their say from warnings on. httpcore logs every header at debug, the Authorization among them;
    # httpx every URL; markdown-it ten thousand steps at every start, among which nobody finds a line of ours.
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    logging.getLogger("exporter").setLevel(logging.getLevelName(level.upper()))
    # It warns of every request that is none: whoever reaches the port could fill the disk.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").addFilter(_is_no_stop)


def _is_no_stop(record: logging.LogRecord) -> bool:
    """Whether it is no request that was called off, which the end of the process does with those still under way."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


def _without_values(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event.update(error=type(error).__name__, where=where(error))
    return event
