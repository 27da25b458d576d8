"""Which format an answer has: chosen by name or by Accept, and JSON unless another is wanted."""

from typing import Any

import pytest

from tests.api.format_readers import TYPED, ids_in
from tests.support.client import Timeline, refused
from timeline.formats.registry import CLAIM_FORMATS, ENTRY_FORMATS, RECORD_FORMATS


@pytest.mark.parametrize("name", TYPED)
def test_a_format_is_chosen_by_name_or_by_its_media_type(case: Timeline, name: str) -> None:
    """Both ways lead to the same entries, and the answer says that it varies."""
    media_type = ENTRY_FORMATS[name].media_type.partition(";")[0]
    by_name = case.client.get(case.path, params={"format": name, "at": 24})
    by_accept = case.client.get(case.path, params={"at": 24}, headers={"accept": f"text/html, {media_type}"})

    assert [200, 200] == [by_name.status_code, by_accept.status_code]
    assert media_type == by_name.headers["content-type"].partition(";")[0]
    assert by_name.headers["content-type"] == by_accept.headers["content-type"]
    assert "accept, accept-encoding, origin" == by_accept.headers["vary"]
    assert ids_in(name, by_name.content) == ids_in(name, by_accept.content)


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/*",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/json, application/geo+json",
        "application/geo+json;q=0.5, application/json",
        "text/csv;q=0, */*;q=0.1",
        "",
        "APPLICATION/JSON;Q=0.5",
    ],
)
def test_json_stays_the_default(case: Timeline, accept: str) -> None:
    """Nothing but another format's own name leads away from it; its bytes are what they were."""
    plain = case.client.get(case.path, params={"at": 24})
    answer = case.client.get(case.path, params={"at": 24}, headers={"accept": accept})

    assert ("application/json", plain.content) == (answer.headers["content-type"], answer.content)
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("application/geo+json, */*", "geojson"),
        ("application/geo+json;q=0.8, text/csv;q=0.9, application/json;q=0.1", "csv"),
        ("text/*", "csv"),
        ("application/atom+xml, application/rss+xml;q=0.9, */*;q=0.1", "atom"),
        ("application/json;q=0, application/feed+json;q=0.001", "jsonfeed"),
    ],
)
def test_accept_is_weighed(case: Timeline, accept: str, name: str) -> None:
    """By quality, then by how exactly a format is named."""
    answer = case.client.get(case.path, headers={"accept": accept})

    assert ENTRY_FORMATS[name].media_type.partition(";")[0] in answer.headers["content-type"]


@pytest.mark.parametrize(
    ("path", "formats"), [("", ENTRY_FORMATS), ("/figures", CLAIM_FORMATS), ("/events", RECORD_FORMATS)]
)
def test_unknown_formats_are_refused_with_the_ones_there_are(case: Timeline, path: str, formats: Any) -> None:
    """An unknown Accept gets 406 and an unknown format 400; both name the formats."""
    for accept in ("text/html", "image/png", "*/*;q=0", "application/json;q=0", "nonsense", ",;q=x"):
        response = case.client.get(case.path + path, headers={"accept": accept})
        detail = refused(case.client, response, 406, "not-acceptable", "Accept")
        assert all(name in detail for name in formats)
        assert all(kind.media_type.partition(";")[0] in detail for kind in formats.values())
    response = case.client.get(case.path + path, params={"format": "rss"})
    detail = refused(case.client, response, 400, "malformed", "format")
    assert f"expected one of json, {', '.join(formats)}" == detail
