import io
import json

import pytest

from timeline.domain.errors import Malformed
from timeline.domain.events import TerritorialChange
from timeline.formats.areas import read_areas
from timeline.formats.drafts import Draft, LeftOut, Reject, validate_draft

SQUARE = {"type": "Polygon", "coordinates": [[[30, 50], [32, 50], [32, 51], [30, 51], [30, 50]]]}


def read(*features, order=None, **members):
    """What a collection of these features is read as."""
    collection = {"type": "FeatureCollection", "features": list(features), **members}
    return list(read_areas(io.BytesIO(json.dumps(collection).encode()), "areas", order))


def feature(geometry=SQUARE, **properties):
    """A feature."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_an_area_of_a_day_is_a_territorial_change():
    """At the middle of its shape, which itself is not kept."""
    draft, left_out = read(
        feature(
            id=7.0,
            date="2024-02-01 00:00:00",
            name="The Hill",
            status="Captured",
            to="The Army",
            claimant="Staff",
        )
    )

    event = validate_draft(draft)
    assert isinstance(event, TerritorialChange), event
    assert "2024-02-01/7" == draft.key
    assert ("The Hill", "captured", "the-army", "staff") == (
        event.area,
        event.status,
        event.to_actor,
        event.claimant,
    )
    assert (50.5, 31, "area") == (event.place.latitude, event.place.longitude, event.place.precision)
    assert "The Hill captured by The Army" == event.summary
    assert "left out: an event has no field for the shape" == left_out.reason


def test_what_an_event_has_no_field_for_is_told():
    """By its name in the file."""
    _, left_out = read(feature(date="2024-02-01", name="A", fill="#fff", km2=5))

    assert isinstance(left_out, LeftOut)
    assert "fill, km2, the shape" in left_out.reason


@pytest.mark.parametrize(
    ("properties", "path"),
    [
        ({"name": "A"}, "properties.date"),
        ({"name": "A", "date": "soon"}, "properties.date"),
        ({"date": "2024-02-01"}, "properties.name"),
        ({"date": "2024-02-01", "name": "A", "status": "red"}, "properties.status"),
    ],
)
def test_an_area_that_cannot_be_is_rejected(properties, path):
    """With the property at fault."""
    (reject,) = read(feature(**properties))

    assert isinstance(reject, Reject)
    assert path == reject.path


@pytest.mark.parametrize("geometry", [None, {"type": "Point", "coordinates": []}, {"type": "Polygon"}])
def test_an_area_may_have_no_shape(geometry):
    """Then it has no place."""
    (draft,) = read(feature(geometry, date="2024-02-01", name="A"))

    assert isinstance(draft, Draft)
    assert "place" not in draft.content


def test_a_file_without_features_is_refused():
    """It is another kind of GeoJSON."""
    with pytest.raises(Malformed):
        list(read_areas(io.BytesIO(b'{"type": "Feature"}'), "areas"))


@pytest.mark.parametrize("gap", ["", "\n"])
def test_features_may_stand_alone_or_on_lines(gap):
    """As tools write them that add to a file."""
    features = [feature(date=f"2024-02-0{number}", name="The Hill") for number in (1, 2)]
    text = gap.join(map(json.dumps, features[: 2 if gap else 1]))

    drafts = [row for row in read_areas(io.BytesIO(text.encode()), "areas") if isinstance(row, Draft)]

    assert len(drafts) == (2 if gap else 1)


@pytest.mark.parametrize(
    ("longitudes", "middle"),
    [((30, 32), 31), ((178, -179), 179.5), ((179, -176), -178.5), ((180, -180), 180)],
)
def test_an_area_across_the_antimeridian_is_there(longitudes, middle):
    """Not on the other side of the earth."""
    line = {"type": "LineString", "coordinates": [[longitude, 60] for longitude in longitudes]}

    (draft, _) = read(feature(line, date="2024-02-01", name="The Strait"))

    assert middle == draft.content["place"]["longitude"]


POINT = {"type": "Point", "coordinates": [34, 53]}


@pytest.mark.parametrize(
    ("geometries", "place"),
    [
        ([SQUARE], (50.5, 31)),
        ([SQUARE, POINT], (51.5, 32)),
        ([{"type": "GeometryCollection", "geometries": [POINT, None]}, SQUARE], (51.5, 32)),
    ],
)
def test_a_collection_of_shapes_is_at_the_middle_of_all(geometries, place):
    """However deep; its shapes are left out as those of other areas are."""
    geometry = {"type": "GeometryCollection", "geometries": geometries}

    draft, left_out = read(feature(geometry, date="2024-02-01", name="A"))

    assert place == (draft.content["place"]["latitude"], draft.content["place"]["longitude"])
    assert "the shape" in left_out.reason


@pytest.mark.parametrize(
    "geometry",
    ["POINT (1 2)", {"type": "Arc", "centre": [1, 2]}, {"type": "Point", "coordinates": ["x", "y"]}],
)
def test_a_geometry_that_cannot_be_read_is_left_out_aloud(geometry):
    """The rest of the feature is imported."""
    draft, left_out = read(feature(geometry, date="2024-02-01", name="A"))

    assert "place" not in draft.content
    assert "the shape" in left_out.reason


@pytest.mark.parametrize(
    ("order", "day"), [("day_first", "2024-02-05"), ("month_first", "2024-05-02"), (None, None)]
)
def test_a_date_that_leaves_the_day_open_needs_an_order(order, day):
    """Without one the report says which option gives it."""
    (row, *_) = read(feature(date="05/02/2024", name="A"), order=order)

    if day:
        assert (day, f"{day}/a") == (row.content["occurred"], row.key)
    else:
        assert "--dates day-first or month-first" in row.reason


def test_only_the_order_that_fits_a_date_is_named():
    """And none for what is no date in any."""
    day, nothing = read(feature(date="25/02/2024", name="A"), feature(date="25/25/2024", name="A"))

    assert day.reason.endswith("--dates day-first says which number is the day")
    assert "--dates" not in nothing.reason
