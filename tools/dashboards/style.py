"""How values look: colours that mean something, thresholds, states."""

from collections.abc import Iterable
from dataclasses import dataclass

from grafana_foundation_sdk.models import dashboard as model

GREEN, BLUE, YELLOW, ORANGE, RED, DARK_RED = "green", "blue", "yellow", "orange", "red", "dark-red"
DAY = 86_400  # seconds
GREY = "#8e8e8e"  # nothing is known, or nothing is to be said

NOT_SEEN = "not seen"  # what a number says of objects that no collection has now


@dataclass(frozen=True, slots=True)
class State:
    """A word of a state set, the number that stands for it in a panel (higher is worse), and how it looks."""

    word: str
    code: int
    colour: str
    text: str = ""

    @property
    def shown(self) -> str:
        """What a person reads."""
        return self.text or self.word.replace("_", " ")


def steps(base: str, *higher: tuple[float, str]) -> model.ThresholdsConfig:
    """Colours by value: the first one from below, each other from its value on."""
    return model.ThresholdsConfig(
        mode=model.ThresholdsMode.ABSOLUTE,
        steps=[model.Threshold(color=base), *(model.Threshold(value=value, color=colour) for value, colour in higher)],
    )


PLAIN = steps(BLUE)
BAD_IF_ANY = steps(GREEN, (1, RED))
ODD_IF_ANY = steps(GREEN, (1, ORANGE))
REQUESTED = steps(GREEN, (0.85, ORANGE), (0.95, RED))  # shares, as the alerts have them
USED = steps(GREEN, (0.8, ORANGE))
FRESHNESS = steps(GREEN, (0.6, ORANGE), (1, RED))  # age / max_staleness: the alert comes at 0.6, the data goes at 1


def left(warning: float) -> model.ThresholdsConfig:
    """Seconds that are left of a subscription."""
    return steps(RED, (DAY, ORANGE), (warning, GREEN))


def nothing_known(text: str, colour: str = GREY) -> model.ValueMapping:
    """What stands where there is no value, in a colour of its own: the lowest value's would praise or blame."""
    result = model.ValueMappingResult(text=text, color=colour)
    return model.SpecialValueMap(
        options=model.DashboardSpecialValueMapOptions(match=model.SpecialValueMatch.NULL_AND_NAN, result=result)
    )


def mapped(states: Iterable[State]) -> list[model.ValueMapping]:
    """The numbers of states as words, each in its colour."""
    words = {
        str(state.code): model.ValueMappingResult(text=state.shown, color=state.colour, index=index)
        for index, state in enumerate(states)
    }
    return [model.ValueMap(options=words)] if words else []
