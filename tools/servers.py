"""Finds real servers for the tests: those on the PATH, else Debian's packages unpacked into .cache/servers/."""

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
    libraries = ":".join(str(folder) for folder in sorted((root / "usr" / "lib").glob("*-linux-*")))
    return _with_libraries(program, libraries) if libraries else program


def _with_libraries(program: Path, libraries: str) -> Path:
    """A script that starts a program with the libraries unpacked beside it."""
    script = program.with_name(f"{program.name}-here")
    script.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{libraries}" exec "{program}" "$@"\n')
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
