"""Knows where each value came from, so that a mistake can name the line of the file or the variable."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exporter.settings.environment import variable_name
from exporter.settings.mistake import Finding, Mistake, Place, rendered


@dataclass(frozen=True, slots=True)
class Origin:
    """Lines of the file and names of the variables, by place. Variables win, as their values do."""

    file: Path | None
    lines: Mapping[Place, int]
    variables: Mapping[Place, str]

    def mistake(self, finding: Finding) -> Mistake:
        """Turn a finding into a mistake that says where to look."""
        place, text = finding.place, finding.text
        for depth in range(len(place), 0, -1):
            above = place[:depth]
            if above in self.variables:
                return Mistake(rendered(place, self.variables[above], depth), text, None, None)
            if above in self.lines:
                return Mistake(rendered(place), text, self._file_name, self.lines[above])
            below = [name for known, name in sorted(self.variables.items()) if known[:depth] == above]
            if below:
                # Variables for parts of the value: name one, the last where an item before it is missing. Variables
                # beside it only: the value is missing, name the variable that would give it.
                return Mistake(below[-1] if depth == len(place) else variable_name(place), text, None, None)
        return Mistake(rendered(place), text, self._file_name, None)

    def resolved(self, place: Place, path: Path) -> Path:
        """Read a path the way its writer meant it: relative to the file's folder, or, from a variable, to ours."""
        for depth in range(len(place), 0, -1):
            if place[:depth] in self.variables:
                return path
            if place[:depth] in self.lines:
                break
        return path if self.file is None else self.file.parent / path

    @property
    def _file_name(self) -> str | None:
        return None if self.file is None else str(self.file)
