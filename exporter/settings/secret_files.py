"""Reads the files of secrets ahead, so that settings which could not be used are not put in force."""

from collections.abc import Iterator

from exporter.clouds.errors import CredentialsError
from exporter.clouds.secret_text import SecretText
from exporter.settings.login import Profile
from exporter.settings.login_masking import files_of, is_there
from exporter.settings.mistake import Mistake
from exporter.settings.model import Account


def unusable_files(account: Account) -> Iterator[Mistake]:
    """Each file of the account's login that cannot be read, or whose content can be no secret; repeats nothing of it.

    A profile is read when it is used, as other programs write it: here it only has to be there.
    """
    for setting, path in files_of(account.login).items():
        where = f"accounts.{account.name}.credentials.{setting}"
        if isinstance(account.login.source, Profile):
            if not is_there(path):
                yield Mistake(where, "there is no such file; check its path", None, None)
            continue
        try:
            SecretText(where, "", path, file_setting=where, password=setting == "password_file").read()
        except CredentialsError as error:
            yield Mistake("", str(error), None, None)
