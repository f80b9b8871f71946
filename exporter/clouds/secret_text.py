"""Secrets as they are given: a value or the file that holds it, read without ever repeating either."""

from pathlib import Path

from exporter import files
from exporter.clouds.errors import BadResponseError, CredentialsError

Stamp = tuple[int, int, int] | None


class SecretText:
    """One secret: a value, or the path of a file, which is read again when it changes.

    ``setting`` is the name of the value, ``file_setting`` that of its file (``_file`` at the end, unless given).
    A ``password`` may hold blanks and any letter, as it becomes no header.
    """

    def __init__(
        self, setting: str, value: str, path: Path | None, *, file_setting: str = "", password: bool = False
    ) -> None:
        file_setting = file_setting or f"{setting}_file"
        if bool(value) == bool(path):
            problem = "are both set: keep one of them" if value else "are both missing: set one of them"
            raise CredentialsError(f"{setting} and {file_setting} {problem}")
        self._check = _checked_password if password else checked
        self._value = "" if path else self._check(value, setting)
        self._path = path
        self._file_setting = file_setting
        self._way_out = f", or set {setting}" if setting != file_setting else ""

    def stamp(self) -> Stamp:
        """Tell one state of the file from the next; follows symlinks, by which Kubernetes swaps mounted secrets."""
        if self._path is None:
            return None
        try:
            status = self._path.stat()
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from None  # an OSError repeats the path
        return status.st_mtime_ns, status.st_size, status.st_ino

    def read(self) -> str:
        """The secret as it is now; raises CredentialsError."""
        if self._path is None:
            return self._value
        try:
            content = files.content(self._path)
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from None  # an OSError repeats the path
        # Undecodable bytes are replaced, not raised: a UnicodeDecodeError carries the content.
        return self._check(content.decode("utf-8", errors="replace"), f"the file of {self._file_setting}")

    def _unreadable(self, error: OSError | ValueError) -> CredentialsError:
        # The path is not repeated: people put the secret itself where its file belongs.
        said = error.strerror if isinstance(error, OSError) else None  # a ValueError is of a path that can be none
        return CredentialsError(
            f"{self._file_setting}: the file cannot be read: {said or type(error).__name__}; "
            f"check its path and permissions{self._way_out}"
        )


def checked(value: str, source: str) -> str:
    """Strip a value and refuse what cannot be a key.

    HTTP libraries quote an illegal header in their error, and each part of a key but the secret becomes a header.
    """
    value = value.strip()
    flaw = _flaw(value)
    if flaw:
        raise CredentialsError(f"{source} {flaw}; put the value there, and nothing else")
    return value


def handed_out(value: str, name: str, operation: str) -> str:
    """The same for a part of an answer, called ``name``: raises BadResponseError, which repeats nothing of it."""
    value = value.strip()
    flaw = _flaw(value)
    if flaw:
        raise BadResponseError(f"{operation}: the answer holds no {name}: it {flaw}", operation=operation)
    return value


def _flaw(value: str) -> str:
    if not value:
        return "is empty"
    is_plain = all("!" <= character <= "~" for character in value)
    return "" if is_plain else "holds white space or a character outside ASCII"


def _checked_password(value: str, source: str) -> str:
    """Take the end of the line off a password; blanks may be part of it."""
    value = value.rstrip("\r\n")
    if not value:
        raise CredentialsError(f"{source} is empty; put the password there, and nothing else")
    if not value.isprintable():
        raise CredentialsError(f"{source} holds a line break or another character that no password has")
    return value
