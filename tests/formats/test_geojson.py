"""GeoJSON: what maps read, judged by a library that knows the specification."""

import json

import geojson
from hypothesis import given

from tests.formats.documents import HEAD, heads, page_of, sequences, single_entry_pages, write_document
from tests.support.profiles import examples
from tests.support.samples import engagement, estimate, id_of
from timeline.formats.geojson import GeoJson


def features_of(*events, **more):
    """The features that are written of events."""
    return json.loads(write_document(GeoJson(), "entries", page_of(events), **more))["features"]


@examples(40)
@given(sequences, heads)
def test_whatever_is_recorded_is_valid(events, head):
    """Any text, any place, any page size: the library reads it and has nothing to say against it."""
    page = page_of(events)
    document = write_document(GeoJson(), "entries", *single_entry_pages(page), head=head)

    collection = geojson.loads(document)
    assert isinstance(collection, geojson.FeatureCollection)
    assert collection.is_valid, collection.errors()
    assert len(page.documents) == len(collection["features"])
    assert document == write_document(GeoJson(), "entries", page, head=head)


def test_a_place_with_coordinates_is_a_point():
    """Longitude comes first; the properties are what a map shows."""
    place = {"name": "Kursk", "country": "RU", "latitude": 51.7, "longitude": 36.2, "precision": "near"}
    (feature,) = features_of(
        engagement(1, place=place, attackers=["russia"], occurred="2024-12-26", tags=["a"])
    )

    assert {"type": "Point", "coordinates": [36.2, 51.7]} == feature["geometry"]
    assert str(id_of(1)) == feature["id"] == feature["properties"]["id"]
    expected = {
        "type": "engagement",
        "status": "reported",
        "summary": "Event 1.",
        "starts": "2024-12-26T00:00:00Z",
        "ends": "2024-12-27T00:00:00Z",
        "place": "Kursk",
        "country": "RU",
        "precision": "near",
        "actors": [{"id": "russia", "name": "Russia; the = state", "roles": ["attacker"]}],
        "tags": ["a"],
        "url": HEAD.entry_url(id_of(1)),
    }
    assert expected == {name: feature["properties"][name] for name in expected}


def test_an_entry_without_coordinates_has_no_geometry():
    """It is a feature all the same: what is not on the map is not lost."""
    assert [None, None] == [
        feature["geometry"] for feature in features_of(engagement(1), engagement(2, place={"name": "Kursk"}))
    ]


def test_a_claim_has_its_bounds():
    """What the words allow, and null where they set no limit."""
    more_than = {"qualifier": "more_than", "value": 3000}
    first, second = features_of(estimate(1), estimate(2, figure=more_than))

    assert {"low": 3, "high": 3} == first["properties"]["claim"]["bounds"]
    assert {"low": 3001, "high": None} == second["properties"]["claim"]["bounds"]


def test_a_claim_has_its_words_and_its_date():
    """As its source gave it, in words, and by the days that it names."""
    event = estimate(1, figure={"qualifier": "up_to", "value": 12000}, occurred="2024-12-27~")
    (feature,) = features_of(event)

    claim = feature["properties"]["claim"]
    assert (
        "up to 12,000",
        "2024-12-27~",
        "about 27 December 2024",
        "2024-12-27",
        "2024-12-27",
        "occurred",
    ) == (*(claim[name] for name in ("text", "as_of", "as_of_text", "earliest", "latest", "dated_by")),)
    assert "2024-12-27~" == feature["properties"]["date"]


def test_the_collection_says_what_it_is_of():
    """Beside its features it holds the timeline, the position and its own address."""
    collection = json.loads(write_document(GeoJson(), "entries"))

    assert ("kursk-2024", 9, HEAD.url, []) == tuple(
        collection[name] for name in ("timeline", "position", "url", "features")
    )
    assert "title" not in collection
