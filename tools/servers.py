"""Finds real servers for the tests: those on the PATH, else Debian's packages unpacked into .cache/servers/."""

import re
import shutil
import sys
from pathlib import Path

from tools.debian_packages import CACHE, NotToBeHadError, unpack

PACKAGES = {  # the Debian package of each command
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
}
_DEBIAN_NAMES = {"alertmanager": "prometheus-alertmanager"}  # where Debian calls a command otherwise
_FIXED_FOLDER = re.compile(rb"/usr/share/prometheus/alertmanager(?!/)")  # of the templates that it starts with


def find(command: str) -> Path:
    """The path of a server's command, downloaded when it is not here yet. Raises NotToBeHadError."""
    name = _DEBIAN_NAMES.get(command, command)
    installed = shutil.which(command) or shutil.which(name)
    if installed is not None:
        return Path(installed)
    root = CACHE / "servers" / PACKAGES[command]
    program = root / "usr" / "bin" / name
    if not root.is_dir():
        unpack([PACKAGES[command]], root)
    if not program.is_file():
        raise NotToBeHadError(f"Debian's package {PACKAGES[command]} has no {program.relative_to(root)}")
    if command == "alertmanager":
        program = _with_templates_of(root, program)
    libraries = ":".join(str(folder) for folder in sorted((root / "usr" / "lib").glob("*-linux-*")))
    return _with_libraries(program, libraries) if libraries else program


def _with_templates_of(root: Path, program: Path) -> Path:
    """A script that starts Debian's Alertmanager with the templates unpacked beside it: its arguments name whole paths.

    Debian's build opens its templates at a fixed path and does not start without them. A copy of it has a path of the
    same length in that place, which begins at the folder that the script starts it in.
    """
    copy = program.with_name(f"{program.name}-unpacked")
    if not copy.is_file():
        code = program.read_bytes()
        if len(_FIXED_FOLDER.findall(code)) != 1:
            return program
        scratch = copy.with_suffix(".new")
        scratch.write_bytes(_FIXED_FOLDER.sub(lambda found: found[0][1:] + b"/", code))
        scratch.chmod(0o755)
        scratch.rename(copy)
    return _script(program, f'cd "{root}" && exec "{copy}" "$@"')


def _with_libraries(program: Path, libraries: str) -> Path:
    """A script that starts a program with the libraries unpacked beside it."""
    return _script(program, f'LD_LIBRARY_PATH="{libraries}" exec "{program}" "$@"')


def _script(program: Path, line: str) -> Path:
    script = program.with_name(f"{program.name}-here")
    script.write_text(f"#!/bin/sh\n{line}\n")
    script.chmod(0o755)
    return script


def main() -> None:
    """``python -m tools.servers COMMAND…`` (all, where none is named): prints a path for each."""
    for command in sys.argv[1:] or sorted(PACKAGES):
        try:
            print(find(command))
        except NotToBeHadError as error:
            sys.exit(f"{command} cannot be had: {error}")
        except KeyError:
            sys.exit(f"{command} is not known; known are: {', '.join(sorted(PACKAGES))}")


if __name__ == "__main__":
    main()
