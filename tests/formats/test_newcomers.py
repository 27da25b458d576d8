"""Mappings that people wrote who had read the guide and no code: they are read as they were meant."""

from pathlib import Path

from timeline.domain.events import Event, event_type
from timeline.formats.drafts import Draft, Reject, Unmentioned, event_id, validate_draft
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table

FOLDER = Path(__file__).parent / "newcomers"


def events(file: str) -> dict[str, Event]:
    """The events of a file, by the keys of their rows; every row is valid."""
    path = FOLDER / file
    mapping = read_mapping(path.with_suffix(".toml").read_text())
    with path.open("rb") as table:
        drafts = [row for row in read_table(table, mapping) if not isinstance(row, Unmentioned)]
    assert all(isinstance(draft, Draft) for draft in drafts), drafts
    results = {draft.key: validate_draft(draft, event_id(mapping.dataset, draft.key)) for draft in drafts}
    assert all(isinstance(event, Event) for event in results.values()), results
    return results


def test_an_incident_list_with_tolls_by_side():
    """Tabs, days first, an end, points between thousands, words beside numbers, gaps of three kinds."""
    rows = events("clashes.csv")
    counts = {key: event for key, event in rows.items() if event_type(event) == "casualty_estimate"}

    assert ["2023-03-05", "2023-03-06/2023-03-07", "2023-03-09"] == [
        rows[key].occurred for key in ("R-01", "R-02", "R-03")
    ]
    assert ["ambush", "shelling", "air_strike"] == [rows[key].method for key in ("R-01", "R-02", "R-03")]
    assert {
        "R-01/rebels-dead": ("exact", 2),
        "R-01/government-dead": ("exact", 11),
        "R-02/rebels-dead": ("up_to", 30),
        "R-02/government-dead": ("exact", 0),
        "R-02/wounded": ("vague", None),
        "R-02/civilians-dead": ("between", None),
        "R-03/rebels-dead": ("exact", 1200),
        "R-03/wounded": ("about", 40),
        "R-03/civilians-dead": ("exact", 12),
    } == {key: (event.figure.qualifier, event.figure.value) for key, event in counts.items()}
    assert {rows["R-02"].id} == {event.incident for key, event in counts.items() if key.startswith("R-02")}


def test_a_cumulative_daily_table_of_two_sides():
    """JSON with members of members, a pattern over columns, bounds, a revision, and two sides kept apart."""
    rows = events("tally.json")
    tanks = {
        (event.subject, event.occurred): event.figure.value
        for event in rows.values()
        if event_type(event) == "equipment_loss" and event.item == "tank"
    }
    people = [
        (event.figure.low, event.figure.best, event.figure.high)
        for event in rows.values()
        if event_type(event) == "casualty_estimate"
    ]
    revisions = [event for event in rows.values() if event_type(event) == "series_reset"]

    assert {
        ("alpha-army", "2023-05-01"): 12,
        ("bravo-army", "2023-05-01"): 7,
        ("alpha-army", "2023-05-02"): 13,
        ("bravo-army", "2023-05-02"): 7,
    } == tanks
    assert [(100, 130, 180), (60, 60, 90), (104, 140, 190)] == people
    assert [("equipment.lost.alpha-army.truck.cumulative.river-front", -3)] == [
        (event.series, event.adjustment) for event in revisions
    ]


def test_a_spreadsheet_of_statements():
    """Bars, quotes in cells, a day of printing, and links to the rows of the other file."""
    clashes, rows = events("clashes.csv"), events("remarks.csv")

    assert ["denies", "confirms", "requests"] == [event.stance for event in rows.values()]
    assert [
        (clashes["R-02"].id,),
        (clashes["R-01"].id, clashes["R-02"].id),
        (),
    ] == [event.about for event in rows.values()]
    assert "maj-lind-005ffb" == rows["1"].speaker  # the point makes it another name than "Maj Lind"
    assert "2023-03-11" == rows["1"].sources[0].published_at.date().isoformat()


def test_an_incident_register_of_a_spreadsheet():
    """A title above the header row, points in dates, commas in degrees, a row without a place, a draft."""
    rows = events("register.csv")
    counts = {key: event.figure for key, event in rows.items() if event_type(event) == "casualty_estimate"}

    assert {
        "VI-014": "Artillery at Oak Bridge in Upper Valley, by Rebels",
        "VI-015": "Ambush at Mill Lane in Upper Valley, by Rebels",
        "VI-016": "Air strike in Lower Valley, by Army",
        "VI-018": "Clash at Salt Ford in Lower Valley, by Army",
    } == {key: rows[key].summary for key in rows.keys() - counts.keys()}
    assert (50.5123, 30.4021) == (rows["VI-014"].place.latitude, rows["VI-014"].place.longitude)
    assert ("2025-05-03/2025-05-04", "rebels", "local-militia") == (
        rows["VI-014"].occurred,
        *rows["VI-016"].targets,
    )
    assert (
        "army: 3 killed on 2025-05-03, by the count of valley register" == rows["VI-014/army-killed"].summary
    )
    assert "civilians: 0 killed on" in rows["VI-018/civilians-killed"].summary
    assert ["at_least", "about", "vague", "between"] == [
        counts[key].qualifier
        for key in (
            "VI-015/army-killed",
            "VI-015/army-wounded",
            "VI-016/rebels-killed",
            "VI-018/rebels-killed",
        )
    ]


def test_a_daily_table_whose_header_is_written_for_people():
    """One pattern finds both sides; what cannot be read is rejected cell by cell."""
    mapping = read_mapping((FOLDER / "bulletins.toml").read_text())
    with (FOLDER / "bulletins.csv").open("rb") as table:
        read = list(read_table(table, mapping))
    rejects = [row for row in read if isinstance(row, Reject)]
    counts = [validate_draft(row) for row in read if isinstance(row, Draft)]

    assert all(isinstance(event, Event) for event in counts)
    assert {("north", "killed"), ("north", "wounded"), ("south", "killed"), ("south", "wounded")} == {
        (event.subject, event.measure) for event in counts if event_type(event) == "casualty_estimate"
    }
    assert {("tanks", "destroyed"), ("tanks", "damaged")} == {
        (event.item, event.outcome) for event in counts if event_type(event) == "equipment_loss"
    }
    assert ["300 (est.)", "≈1 250", "150-", "several hundred", "1.3k"] == [
        reject.reason.split("'")[1] for reject in rejects
    ]
