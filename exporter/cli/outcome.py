"""How a command says that it could not do its work."""


class WorkFailedError(Exception):
    """The settings are fine and the work failed; the text says what and, where there is one, the way out."""


class ReaderGoneError(Exception):
    """Nobody reads the output any more, as after `| head`: nothing is left to do, nor to say."""
