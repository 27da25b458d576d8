import csv
import io
import random
from collections import Counter, defaultdict

import pytest

from tests.support.posting import new_appender, new_timeline, post, recorded
from tests.support.shared_data import shared_folder
from timeline.domain.codec import encode_event
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Amendment, Correction, Engagement, Retraction, event_type
from timeline.formats.countries import OF_GLEDITSCH_WARD
from timeline.formats.drafts import Reject, event_id, validate_draft
from timeline.formats.edition_rows import CurrentRow
from timeline.formats.editions import Edition
from timeline.formats.ucdp_ged import read_ucdp_ged

FILES = {
    "ged231_sample_49col.csv": 1_000,
    "ged191_MMR_BGD_42col.csv": 3_194,
    "hdx_conflict_data_BGD_hxl_43col.csv": 601,
}
BOUNDS = ("low", "best", "high")


@pytest.fixture
def ged():
    """The folder of UCDP's files."""
    return shared_folder("ucdp_ged")


def import_edition(edition, file):
    """The events that an edition posts for a file, and its rejected rows."""
    results = [
        edition.reject(row) if isinstance(row, Reject) else edition.take(row) for row in read_ucdp_ged(file)
    ]
    events = [event for result in results if not isinstance(result, Reject) for event in result]
    return events + edition.retract_missing(), [row for row in results if isinstance(row, Reject)]


def standing_in(records):
    """The rows of the data set as they stand after these records."""
    graph = EventGraph(records)
    events = [record.event for record in records if not isinstance(record.event, Amendment)]
    amendments = Counter(record.event.target for record in records if isinstance(record.event, Amendment))
    gone = {record.event.target for record in records if isinstance(record.event, Retraction)}
    last = records[-1].position
    contents = {event.id: graph.at(last).corrected(event.id) for event in events}
    return {
        id_: CurrentRow(encode_event(content), amendments[id_], id_ in gone)
        for id_, content in contents.items()
    }


@pytest.mark.parametrize(("name", "count"), FILES.items())
def test_every_row_arrives_as_a_valid_event(ged, name, count):
    """No row is rejected, and each becomes one engagement with a country."""
    with (ged / name).open("rb") as file:
        events = [validate_draft(row) for row in read_ucdp_ged(file)]

    assert count == len(events)
    assert all(isinstance(event, Engagement) and event.place.country for event in events)


@pytest.mark.parametrize("name", FILES)
def test_sums_by_country_and_year_are_those_of_the_file(ged, name):
    """Low, best and high, added up without the reader."""
    expected, actual = defaultdict(lambda: [0, 0, 0]), defaultdict(lambda: [0, 0, 0])
    with (ged / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["id"]:
                sums = expected[OF_GLEDITSCH_WARD[row["country_id"]], row["year"]]
                sums[:] = [total + int(row[bound]) for total, bound in zip(sums, BOUNDS, strict=True)]

    with (ged / name).open("rb") as file:
        for draft in read_ucdp_ged(file):
            killed = draft.content["killed"]
            sums = actual[draft.content["place"]["country"], draft.content["occurred"][:4]]
            sums[:] = [total + killed[bound] for total, bound in zip(sums, BOUNDS, strict=True)]

    assert expected == actual


def next_edition(text, seed):
    """The same rows with 40 estimates and 17 sides changed, 12 rows gone and 9 new, reordered and respelt."""
    chance = random.Random(seed)
    reader = csv.DictReader(io.StringIO(text))
    rows = list(reader)
    chance.shuffle(rows)
    estimates, sides, rest = rows[12:52], rows[52:69], rows[69:]
    for row in estimates:
        bound = chance.choice(BOUNDS)
        row[bound] = str(int(row[bound]) + chance.randint(1, 9))
    actors = sorted({(row["side_b"], row["side_b_new_id"]) for row in rows})
    for row in sides:
        side = chance.choice(("side_a", "side_b"))
        others = [actor for actor in actors if actor[1] != row[f"{side}_new_id"]]
        row[side], row[f"{side}_new_id"] = chance.choice(others)
    for row in rest:  # which is who it was
        row["side_a"] = chance.choice((row["side_a"], row["side_a"].upper(), f"{row['side_a']} (Renamed)"))
    fresh = [row | {"id": str(9_000_000 + index)} for index, row in enumerate(chance.sample(rest, 9))]
    edition_rows = [*estimates, *sides, *rest, *fresh]
    chance.shuffle(edition_rows)
    written = io.StringIO()
    writer = csv.DictWriter(written, reader.fieldnames)
    writer.writeheader()
    writer.writerows(edition_rows)
    return io.BytesIO(written.getvalue().encode())


@pytest.mark.parametrize("seed", range(8))
def test_an_edition_posts_what_changed_and_nothing_else(ged, seed):
    """57 corrections, 12 retractions and 9 events; and nothing the second time."""
    text = (ged / "ged231_sample_49col.csv").read_text("utf-8")
    standing = {}
    first, rejects = import_edition(Edition("ucdp-ged", standing, maker="ucdp"), io.BytesIO(text.encode()))
    assert (1_000, []) == (len(first), rejects)

    events, rejects = import_edition(Edition("ucdp-ged", standing, maker="ucdp"), next_edition(text, seed))

    assert {"correction": 57, "retraction": 12, "engagement": 9} == Counter(map(event_type, events))
    assert [] == rejects
    makers_own = {
        draft.key for draft in read_ucdp_ged(next_edition(text, seed)) if "ucdp" == draft.content["claimant"]
    }
    own_ids = {event_id("ucdp-ged", key) for key in makers_own}
    corrections = [event for event in events if isinstance(event, Correction)]
    assert 57 == len(corrections)
    assert all(
        ("restatement" if event.target in own_ids else "transcription") == event.reason
        for event in corrections
    )
    assert ([], []) == import_edition(Edition("ucdp-ged", standing, maker="ucdp"), next_edition(text, seed))


async def test_an_edition_in_the_log_stands(ged, pool):
    """What the log holds after two editions is the second one, and importing it again adds nothing."""
    text = (ged / "ged231_sample_49col.csv").read_text("utf-8")
    appender, timeline = new_appender(pool), await new_timeline(pool)
    first, _ = import_edition(Edition("ucdp-ged", {}), io.BytesIO(text.encode()))
    await post(appender, timeline, *first)
    second, _ = import_edition(
        Edition("ucdp-ged", standing_in(await recorded(pool, timeline))), next_edition(text, 1)
    )
    await post(appender, timeline, *second)

    standing = standing_in(await recorded(pool, timeline))

    assert {"correction": 57, "retraction": 12, "engagement": 9} == Counter(map(event_type, second))
    assert 1_000 - 12 + 9 == sum(not row.retracted for row in standing.values())
    assert ([], []) == import_edition(Edition("ucdp-ged", standing, maker="ucdp"), next_edition(text, 1))
