"""Whatever stands in file and environment: settings come out or mistakes of one line each, never another error."""

import tempfile
from pathlib import Path

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exporter.settings import document
from exporter.settings.environment import PREFIX
from exporter.settings.loading import load
from exporter.settings.mistake import SettingsError
from exporter.settings.model import CollectorDefaults, Settings

COLLECTORS = {
    "a": CollectorDefaults(60.0, 50.0, True, 60.0, 120.0, 10, "aliyun"),
    "b": CollectorDefaults(60.0, 50.0, True, None, None, 10, "huaweicloud", "regional"),
}
WORDS = [
    "a",
    "aliyun",
    "huaweicloud",
    "cn-north-4",
    "1m",
    "10/s",
    "https://a.example",
    "[::1]:1",
    "a,b",
    "[1]",
    "{}",
    "(",
    "[[:x:]]",
]
KEYS = sorted({key for one in (document.Document, *document.Section.__subclasses__()) for key in one.model_fields})
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS) | st.dates()
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "a", "b"]) | st.text(), inner),
    max_leaves=20,
)
documents = st.dictionaries(st.sampled_from(list(document.Document.model_fields)), trees)
levels = st.lists(st.sampled_from([*KEYS, "0", "1", "a", "b"]) | st.text(alphabet="AZ_09"), min_size=1, max_size=4)
environments = st.dictionaries(levels.map(lambda parts: PREFIX + "__".join(parts).upper()), st.sampled_from(WORDS))


def outcome(path: Path | None, environ: dict[str, str]) -> Settings | SettingsError:
    try:
        return load(path, environ, COLLECTORS)
    except SettingsError as error:
        return error


@settings(max_examples=100, deadline=None)
@given(documents, environments)
@example({"collectors": ""}, {f"{PREFIX}COLLECTORS__ACCESS_KEY_ID": "a"})
def test_settings_or_mistakes_of_one_line(tree: dict[str, object], environ: dict[str, str]):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yml"
        path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
        result = outcome(path, environ)

    if isinstance(result, SettingsError):
        assert result.mistakes
        assert len(result.mistakes) == len(str(result).splitlines())


@settings(max_examples=100, deadline=None)
@given(st.text() | st.text(alphabet="ab:- \n[]{}&*!'\"#|>%@`,?<1"))
def test_any_text_is_settings_or_mistakes(text: str):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yml"
        path.write_text(text, encoding="utf-8")
        result = outcome(path, {})

    assert isinstance(result, SettingsError)
    assert len(result.mistakes) == len(str(result).splitlines())
