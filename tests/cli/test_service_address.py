"""The commands find a service by the file that it holds locked, and by nothing that a killed one left."""

from pathlib import Path

import pytest

from timeline.cli.service_address import publishing, service_url
from timeline.settings import Settings
from timeline.variables import SettingsError


def url_by(folder: Path, **variables: str) -> str:
    """The address that commands use with this data folder and these variables."""
    return service_url({"TIMELINE_DATA_DIR": str(folder)} | variables)


def test_a_service_is_found_while_it_runs(tmp_path):
    """The last one that started, then the one before it; nothing is left in the end."""
    settings = Settings(data_dir=str(tmp_path))
    with publishing(settings) as publish:
        publish("http://127.0.0.1:4001")
        with publishing(settings) as publish_another:
            publish_another("http://[::1]:4002")

            assert "http://[::1]:4002" == url_by(tmp_path)
        assert "http://127.0.0.1:4001" == url_by(tmp_path)

    assert "http://127.0.0.1:8000" == url_by(tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_what_a_killed_service_left_is_not_followed(tmp_path):
    """Another program may listen there by now, and would get the token."""
    (tmp_path / "service-127.0.0.1-4001.url").write_text("http://127.0.0.1:4001")

    assert "http://127.0.0.1:8000" == url_by(tmp_path)
    with publishing(Settings(data_dir=str(tmp_path))) as publish:
        publish("http://127.0.0.1:4001")
        assert "http://127.0.0.1:4001" == url_by(tmp_path)


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"TIMELINE_PORT": "4003"}, "http://127.0.0.1:4003"),
        ({"TIMELINE_HOST": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"TIMELINE_HOST": "::"}, "http://[::1]:8000"),
        ({"TIMELINE_HOST": "localhost", "TIMELINE_PORT": "4003"}, "http://localhost:4003"),
    ],
)
def test_without_a_service_the_variables_decide(tmp_path, variables, url):
    """As they do for a service that is started with them."""
    assert url == url_by(tmp_path / "missing", **variables)


def test_a_database_of_ones_own_has_no_data_folder(tmp_path):
    """A service on another database says nothing there, and is not looked for there."""
    with publishing(Settings(data_dir=str(tmp_path), database_url="postgresql://x")) as publish:
        publish("http://127.0.0.1:4001")

        assert [] == list(tmp_path.iterdir())
    with publishing(Settings(data_dir=str(tmp_path))) as publish:
        publish("http://127.0.0.1:4001")

        assert "http://127.0.0.1:8000" == url_by(tmp_path, TIMELINE_DATABASE_URL="postgresql://x")


def test_a_folder_that_cannot_be_written_to_does_no_harm(tmp_path):
    """The service runs, and its banner says its address."""
    with publishing(Settings(data_dir=str(tmp_path / "missing"))) as publish:
        publish("http://127.0.0.1:4001")


def test_a_misspelt_variable_is_refused_by_commands_that_only_need_the_address(call, tmp_path):
    """Also where the address is an option."""
    with pytest.raises(SettingsError):
        url_by(tmp_path, TIMELINE_PROT="4001")
    refused = call("show", "--url", "http://127.0.0.1:1", TIMELINE_ULR="http://127.0.0.1:4001")

    assert (2, "") == (refused.returncode, refused.stdout)
    assert "TIMELINE_ULR: there is no such setting; the nearest is TIMELINE_URL" in refused.stderr
