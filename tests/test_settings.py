import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.settings import Settings, cors_origins, describe_settings
from timeline.variables import SettingsError


def read(**variables):
    """Settings from an environment with these TIMELINE_ variables."""
    return Settings.from_environment({f"TIMELINE_{name}": text for name, text in variables.items()})


def test_an_empty_environment_gives_the_defaults():
    """Nothing has to be set."""
    actual = Settings.from_environment({})

    assert Settings() == actual


def test_numbers_are_read_from_text():
    """The environment holds text only, and a setting has its own type."""
    actual = read(PORT="81", POOL_WAIT_SECONDS_MAX="0.5", DATA_DIR="/srv", LOG_LEVEL="debug")

    assert Settings(port=81, pool_wait_seconds_max=0.5, data_dir="/srv", log_level="debug") == actual


def test_an_empty_variable_is_unset():
    """Compose files pass empty variables for those that are not set."""
    assert Settings() == read(PORT="", WRITE_TOKEN="", DATABASE_URL="", DATA_DIR="")


def test_the_word_null_is_text_like_any_other():
    """A lenient decoder would open a service whose token is "null" to everyone."""
    assert read(WRITE_TOKEN="null").write_token == "null"


@pytest.mark.parametrize(
    "name", ["SHARED_DATA", "SERVICE_PORT", "PORT_8000_TCP_ADDR", "TEST_DATABASE_URL", "URL"]
)
def test_other_variables_are_ignored(name):
    """Other programs may use the prefix too, as Kubernetes does for a service of the name timeline."""
    assert Settings() == read(**{name: "elsewhere"})


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("ULR", "URL"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("MAX_BODY_BYTES", "BODY_BYTES_MAX"),
        ("TOKEN", "WRITE_TOKEN"),
        ("port", "PORT"),
        ("DATABASE", "DATABASE_URL"),
        ("CORS", "CORS_ORIGINS"),
        ("LOG", "LOG_LEVEL"),
        ("DIR", "DATA_DIR"),
        ("MAX_BODY", "BODY_BYTES_MAX"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_nearest_name(name, nearest):
    """Ignored, it would leave the default in force, and nobody would notice."""
    with pytest.raises(SettingsError) as caught:
        read(**{name: "1"})

    assert f"TIMELINE_{name}: there is no such setting; the nearest is TIMELINE_{nearest}" == str(
        caught.value
    )


@pytest.mark.parametrize("name", Settings.__struct_fields__)
@given(data=st.data())
def test_a_slip_in_any_variable_is_noticed(name, data):
    """A letter left out of the name of any setting, however long."""
    letters = name.upper()
    index = data.draw(st.integers(0, len(letters) - 1))
    slip = letters[:index] + letters[index + 1 :]

    with pytest.raises(SettingsError):
        read(**{slip: "1"})


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("PORT", "http", "expected a whole number, not 'http'"),
        ("PORT", "1.5", "expected a whole number, not '1.5'"),
        ("PORT", "99999", "expected a whole number <= 65535, not '99999'"),
        ("WORKERS", "0", "expected a whole number >= 1, not '0'"),
        ("POOL_WAIT_SECONDS_MAX", "soon", "expected a number, not 'soon'"),
        ("POOL_WAIT_SECONDS_MAX", "nan", "expected a number > 0.0, not 'nan'"),
        ("LOG_LEVEL", "loud", "expected one of debug, info, warning, error, critical, not 'loud'"),
        ("PAGE_ENTRIES_DEFAULT", "900", "expected at most TIMELINE_PAGE_ENTRIES_MAX (500)"),
        (
            "PUBLIC_URL",
            "news",
            "expected an address such as https://news.example/api, without ? or #, not 'news'",
        ),
    ],
)
def test_a_bad_value_is_refused_by_name(name, text, message):
    """The error names the variable and its allowed values."""
    with pytest.raises(SettingsError) as caught:
        read(**{name: text})

    assert (f"TIMELINE_{name}", message) == (caught.value.name, caught.value.message)


@pytest.mark.parametrize("text", ["https://news.example/", "news.example", "https://*.news.example", "null"])
def test_what_is_no_origin_is_refused_in_words(text):
    """A pattern is no help to who has written an address of a page, or hopes for a wildcard."""
    with pytest.raises(SettingsError) as caught:
        read(CORS_ORIGINS=text)

    assert "origins such as https://news.example and http://localhost:3000, each in full" in str(caught.value)
    assert "regex" not in str(caught.value)


def test_origins_are_what_browsers_send():
    """In lower case, and without the port that a scheme has anyway."""
    origins = cors_origins("HTTPS://News.Example:443, http://a.example:80 http://a.example:8080")

    assert {"https://news.example", "http://a.example", "http://a.example:8080"} == origins


def test_a_bad_secret_is_not_repeated():
    """Error messages end up in logs, and a mistyped token is still most of a token."""
    with pytest.raises(SettingsError) as caught:
        read(WRITE_TOKEN="not sendable")

    assert "TIMELINE_WRITE_TOKEN" in str(caught.value)
    assert "not sendable" not in str(caught.value)


def test_every_setting_is_described():
    """The help of `timeline serve` names each variable with its default and its purpose."""
    lines = list(describe_settings())

    assert [f"TIMELINE_{name.upper()}" for name in Settings.__struct_fields__] == [
        line.variable for line in lines
    ]
    assert all(line.description.endswith(".") for line in lines)
    assert next(line.default for line in lines if line.variable == "TIMELINE_PORT") == "8000"
