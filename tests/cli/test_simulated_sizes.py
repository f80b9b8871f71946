"""The sizes of the simulated world, as options of the command."""

import dataclasses
import inspect

from exporter.cli.main import simulate
from exporter.simulator import Sizes


def test_every_size_is_an_option_with_the_worlds_own_default():
    options = {name: option.default for name, option in inspect.signature(simulate).parameters.items()}
    sizes = dataclasses.asdict(Sizes())
    assert sizes == {name: options.get(name, "missing") for name in sizes}
