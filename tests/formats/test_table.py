import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.claims import series_of
from timeline.domain.errors import Malformed
from timeline.domain.events import Event, SeriesReset
from timeline.formats.drafts import Draft, Reject, Unmentioned, event_id, validate_draft
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table

WIDE = """
dataset = "losses"
claimant = "general-staff"
subject = "army"
basis = "cumulative"
date = "date"
ignore = ["day"]
summary = "{subject} lost {figure} {label} by {date}, says {claimant}."
[[sources]]
publisher = "ministry"
url = "https://example.org/losses"
[[counts]]
name = "tank"
type = "equipment_loss"
item = "tank"
outcome = "destroyed"
label = "tanks"
column = "tank"
aliases = ["tnak"]
[[counts]]
name = "people"
type = "casualty_estimate"
measure = "killed_or_wounded"
status = "military"
column = "people"
[counts.qualifier]
column = "people*"
values = { about = "about", more = "more_than", "more than" = "more_than", almost = "almost" }
otherwise = "exact"
"""
LONG = """
dataset = "counts"
date = "when"
missing = ["", "NA"]
basis = "incident"
[[counts]]
name = "count"
type = "casualty_estimate"
column = "n"
low = "min"
high = "max"
measure = { column = "what", values = { dead = "killed", hurt = "wounded" } }
subject = { column = "whose" }
claimant = { column = "who" }
scope = { column = "where" }
qualifier = { column = "how", otherwise = "exact" }
"""
REVISIONS = """
dataset = "revisions"
claimant = "general-staff"
subject = "army"
date = "date"
[[counts]]
name = "tank"
type = "adjustment"
item = "tank"
label = "tanks"
column = "tank"
[[counts]]
name = "people"
type = "adjustment"
measure = "killed"
status = "military"
column = "people"
"""


def read(content: Any, mapping: str = WIDE) -> list[Draft | Reject]:
    """A table as CSV where it is text, else as JSON."""
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    rows = read_table(io.BytesIO(text.encode()), read_mapping(mapping))
    return [row for row in rows if not isinstance(row, Unmentioned)]


def event(draft: Draft | Reject) -> Event:
    """The event of a row, which must be one."""
    assert isinstance(draft, Draft), draft
    result = validate_draft(draft)
    assert isinstance(result, Event), result
    return result


def faults(content: Any, mapping: str = WIDE) -> list[tuple[int, str | None]]:
    """Line and column of each reject, by the reader or by the vocabulary's rules."""
    results = [validate_draft(row) if isinstance(row, Draft) else row for row in read(content, mapping)]
    return [(result.line, result.path) for result in results if isinstance(result, Reject)]


@pytest.mark.parametrize(
    "content",
    [
        "date,day,tank,people,people*\n2024-01-01,1,5,1200,more than\n",
        "\ufeffdate,day,tank,people,people*\r\n\r\n2024-01-01,1,5,1200,more than",
        "people*,people,tnak,date\nmore,1200,5,2024-01-01\n",
        [{"date": "2024-01-01", "day": 1, "tank": 5, "people": 1200, "people*": "more"}],
        [{"date": "2024-01-01", "day": None, "tnak": 5, "people": 1200, "people*": "more than"}],
    ],
)
def test_a_row_is_a_claim_for_each_count(content):
    """In CSV and JSON alike, whatever the order and the spelling of the columns."""
    tank, people = read(content)

    assert ["2024-01-01/tank", "2024-01-01/people"] == [tank.key, people.key]
    assert {
        "type": "equipment_loss",
        "summary": "army lost 5 tanks by 2024-01-01, says general staff.",
        "tags": ["losses"],
        "sources": [{"publisher": "ministry", "url": "https://example.org/losses"}],
        "occurred": "2024-01-01",
        "as_of": "2024-01-01",
        "figure": {"qualifier": "exact", "value": 5},
        "subject": "army",
        "claimant": "general-staff",
        "basis": "cumulative",
        "item": "tank",
        "outcome": "destroyed",
    } == json.loads(json.dumps(tank.content))
    assert {"qualifier": "more_than", "value": 1200} == people.content["figure"]
    assert {"status": "military"} == people.content["category"]
    assert "army lost more than 1,200 killed or wounded by" in people.content["summary"]
    assert event(tank)
    assert event(people)


def test_what_is_empty_claims_nothing():
    """An empty cell, a null and a column that is not there; but zero is a claim."""
    assert ["2024-01-03/tank"] == [
        draft.key
        for draft in read(
            [
                {"date": "2024-01-01"},
                {"date": "2024-01-02", "tank": None, "people": ""},
                {"date": "2024-01-03", "tank": 0},
            ]
        )
    ]


@given(st.integers(0, 2**53 - 1), st.sampled_from(["about", "more", "almost", None]))
def test_a_number_comes_in_as_it_is(number, word):
    """Whatever its size, in CSV and in JSON."""
    row = {"date": "2024-01-01", "people": number} | ({"people*": word} if word else {})
    text = f"date,people,people*\n2024-01-01,{number},{word or ''}\n"

    (typed,), (untyped,) = read([row]), read(text)

    assert typed.content == untyped.content
    assert number == typed.content["figure"]["value"]


@pytest.mark.parametrize("cell", [1.5, "5.5", "many", True, [5], -1, 2**53])
def test_json_that_is_no_count_is_rejected(cell):
    """With the line of its row; the row's other cells are taken."""
    rows = [{"date": "2024-01-01"}, {"date": "2024-01-02", "tank": 4, "people": cell}]

    ((line, path),) = faults(rows)

    assert 5 == line
    assert "2024-01-02/tank" in [draft.key for draft in read(rows)]
    assert path in ("people", "figure.value")


@pytest.mark.parametrize("cell", ["5.5", "many", "-1", "1e-3", "1 000", '"1,000"', "100+", "٣"])
def test_csv_that_is_no_count_is_rejected(cell):
    """Nothing is guessed, and nothing mended."""
    assert [(3, "tank")] == faults(f"date,tank\n2024-01-01,1\n2024-01-02,{cell}\n")


def test_a_reject_holds_the_row_as_it_came():
    """On one line, for whoever must mend it."""
    rejects = [*read([{"date": "2024-01-02", "tank": "x y"}]), *read("date,tank\n2024-01-02,x y\n")]

    assert ['{ "date": "2024-01-02", "tank": "x y" }', "2024-01-02,x y"] == [reject.row for reject in rejects]
    assert {"2024-01-02/tank"} == {reject.key for reject in rejects}


@pytest.mark.parametrize("date", ["", "01.02.2024", "2024-02-30", "2024-01-01/2024-01-02", "yesterday"])
def test_a_row_without_a_date_is_rejected_whole(date):
    """A figure speaks for a date."""
    assert [(2, "date")] == faults(f"date,tank,people\n{date},1,2\n")


def test_a_word_that_the_mapping_does_not_know_is_rejected():
    """It may be anything."""
    assert [(2, "people*")] == faults("date,people,people*\n2024-01-01,5,roughly\n")


def test_two_names_of_one_column_in_a_row_are_rejected():
    """Which of them holds, nobody can say."""
    assert [(2, "tnak")] == faults("date,tank,tnak\n2024-01-01,5,6\n")
    assert [] == faults("date,tank,tnak\n2024-01-01,,6\n")


@pytest.mark.parametrize(
    "content",
    ["date,tank,drone\n2024-01-01,5,6\n", [{"date": "2024-01-01"}, {"date": "2024-01-02", "drone": 1}]],
)
def test_a_column_that_the_mapping_does_not_mention_refuses_the_table(content):
    """The message says what to add to the mapping."""
    with pytest.raises(Malformed, match=r'"drone"') as refused:
        read(content)

    assert "drone" == refused.value.path
    assert "[[counts]]" in refused.value.message
    assert "ignore" in refused.value.message


def test_a_row_may_hold_one_count():
    """Its words stand in columns, and tell it apart from the others of its date."""
    rows = "when,what,whose,who,where,n,min,max,how\n"
    rows += "2024-01-01,dead,army,staff,,12,,,at_least\n"
    rows += "2024-01-01,hurt,army,staff,NA,,40,60,\n"
    rows += "2024-01-02,hurt,militia,agency,,50,40,60,\n"

    first, second, third = read(rows, LONG)

    assert ["2024-01-01/count/army/staff//killed", "2024-01-01/count/army/staff//wounded"] == [
        first.key,
        second.key,
    ]
    assert {"qualifier": "at_least", "value": 12} == first.content["figure"]
    assert {"qualifier": "between", "low": 40, "high": 60} == second.content["figure"]
    assert {"qualifier": "exact", "value": 50, "low": 40, "high": 60} == third.content["figure"]
    assert ("militia", "agency", "wounded") == tuple(
        third.content[name] for name in ("subject", "claimant", "measure")
    )
    assert all(map(event, (first, second, third)))


def test_a_row_that_lacks_what_a_count_needs_is_rejected():
    """With the column or the field; which count it is nobody knows without the words that tell it apart."""
    header = "when,what,whose,who,where,n\n"

    assert [(2, "who")] == faults(f"{header}2024-01-01,dead,army,,,5\n", LONG)
    assert [(2, "what")] == faults(f"{header}2024-01-01,gone,army,staff,,5\n", LONG)
    assert [(2, "subject")] == faults(f"{header}2024-01-01,dead,The Army,staff,,5\n", LONG)


def test_an_increment_covers_its_date():
    """It needs a period, and the row has no other date."""
    (draft,) = read("date,tank\n2024-01,5\n", WIDE.replace('"cumulative"', '"increment"'))

    assert "2024-01" == event(draft).period


def test_revisions_of_totals_are_resets_with_an_adjustment():
    """Signed, in the series that the totals themselves are in; none where nothing was revised."""
    tank, people = read(
        [{"date": "2024-01-01", "tank": -25, "people": 32}, {"date": "2024-01-02", "tank": 0}], REVISIONS
    )

    assert ["2024-01-01/tank", "2024-01-01/people"] == [tank.key, people.key]
    resets = [event(tank), event(people)]
    assert all(isinstance(reset, SeriesReset) for reset in resets)
    assert [-25, 32] == [reset.adjustment for reset in resets]
    assert "The claimant revised its total by -25 tanks on 2024-01-01." == resets[0].reason
    assert ["equipment.lost.army.tank.cumulative", "casualties.killed.army.military.cumulative"] == [
        reset.series for reset in resets
    ]


def test_a_series_is_the_one_that_the_claims_are_in():
    """A revision bears on nothing else."""
    series = series_of(event(read("date,tank\n2024-01-01,5\n")[0]))
    (reset,) = read(
        "date,tank\n2024-01-01,-5\n",
        REVISIONS.replace('item = "tank"', 'item = "tank"\noutcome = "destroyed"'),
    )

    assert series == reset.content["series"]


@pytest.mark.parametrize("cell", ["8", "8.0", "8.", "8e0", "0.8E1", " 8 ", "+8"])
def test_a_number_may_be_written_as_a_data_frame_writes_it(cell):
    """In CSV and in the texts of JSON."""
    rows = [read(f"date,tank\n2024-01-01,{cell}\n"), read([{"date": "2024-01-01", "tank": cell}])]

    assert [[8], [8]] == [[draft.content["figure"]["value"] for draft in drafts] for drafts in rows]


@pytest.mark.parametrize(
    ("thousands", "cell"),
    [(",", "1,234"), (".", "1.234"), (".", "1.000"), (" ", "1\u202f234"), ("'", "1'234"), ("_", "1_234")],
)
def test_thousands_are_separated_as_the_mapping_says(thousands, cell):
    """Without it the message says what to write."""
    text = f'date,tank\n2024-01-01,"{cell}"\n'

    (draft,) = read(text, f'thousands = "{thousands}"\n{WIDE}')
    (refused,) = read(text)

    assert int(re.sub(r"\D", "", cell)) == draft.content["figure"]["value"]
    assert "thousands =" in refused.reason


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        ("100+", {"qualifier": "at_least", "value": 100}),
        ("at least 1,200", {"qualifier": "at_least", "value": 1200}),
        ("> 100", {"qualifier": "more_than", "value": 100}),
        ("<100", {"qualifier": "fewer_than", "value": 100}),
        ("up to 100", {"qualifier": "up_to", "value": 100}),
        ("~100", {"qualifier": "about", "value": 100}),
        ("c. 100", {"qualifier": "about", "value": 100}),
        ("nearly 100", {"qualifier": "almost", "value": 100}),
        ("10-20", {"qualifier": "between", "low": 10, "high": 20}),
        ("10 \u2013 1,020", {"qualifier": "between", "low": 10, "high": 1020}),
        ("between 10 and 20", {"qualifier": "between", "low": 10, "high": 20}),
        ("Dozens", {"qualifier": "vague"}),
        ("100", {"qualifier": "exact", "value": 100}),
    ],
)
def test_cells_may_hold_qualifiers_where_the_mapping_says_so(cell, figure):
    """The cell itself is kept as what was written."""
    style = 'thousands = ","\nqualifiers = true\n'

    (draft,) = read(f'date,tank\n2024-01-01,"{cell}"\n', style + WIDE)

    written = {} if figure["qualifier"] == "exact" else {"verbatim": cell}
    assert figure | written == draft.content["figure"]
    assert event(draft)


@pytest.mark.parametrize(
    ("format_name", "cell"),
    [
        ("day-first", "01.02.2024"),
        ("day-first", "1/2/2024"),
        ("month-first", "02/01/2024 00:00:00"),
        (None, "2024-02-01 00:00:00"),
        (None, "2024-02-01T00:00:00Z"),
        (None, "2024/2/1"),
        (None, "1 February 2024"),
    ],
)
def test_dates_are_read_as_the_mapping_says(format_name, cell):
    """Those that leave nothing open are read in any case; midnight is no time of day."""
    mapping = f'date_format = "{format_name}"\n{WIDE}' if format_name else WIDE

    (draft,) = read(f"date,tank\n{cell},5\n", mapping)

    assert "2024-02-01" == draft.content["as_of"]


def test_a_key_has_every_term_from_a_column():
    """Wherever the mapping names it: two countries' losses never mix."""
    shared = WIDE.replace('subject = "army"', 'subject = { column = "who", slug = true }')
    rows = ["date,who,tank\n", "2024-01-01,A,10\n", "2024-01-01,B,90\n"]

    drafts = read("".join(rows), shared)

    assert {"2024-01-01/tank/a": 10, "2024-01-01/tank/b": 90} == {
        draft.key: draft.content["figure"]["value"] for draft in drafts
    }


def test_members_of_members_are_columns_and_a_page_holds_rows():
    """As in `verified.killed`; numbers and words may be mapped to terms."""
    mapping = WIDE.replace('column = "tank"', 'column = "verified.tank"').replace('aliases = ["tnak"]\n', "")
    page = {"meta": 1, "data": [{"date": "2024-01-01", "verified": {"tank": 8.0}}]}

    (draft,) = read(page, mapping)
    (other,) = read({"list": page["data"]}, f'rows = "list"\n{mapping}')

    assert 8 == draft.content["figure"]["value"]
    assert draft.content == other.content


def test_rows_that_do_not_belong_are_skipped():
    """By the words of their columns."""
    rules = 'only = { kind = ["a", "b"] }\nskip = { state = ["draft"] }\n'
    rows = "date,kind,state,tank\n2024-01-01,a,,1\n2024-01-02,b,draft,2\n2024-01-03,c,,3\n"

    assert ["2024-01-01/tank"] == [draft.key for draft in read(rows, rules + WIDE)]


@pytest.mark.parametrize(
    ("period", "column", "cell", "expected"),
    [
        ("{ hours = 'h' }", "h", "48", "2024-01-09/2024-01-10"),
        ("{ hours = 'h' }", "h", "24.0", "2024-01-10"),
        ("{ hours = 'h' }", "h", "0", None),
        ("{ days = 7 }", "day", "", "2024-01-04/2024-01-10"),
        ("{ start = 's' }", "s", "2024-01-08", "2024-01-08/2024-01-10"),
    ],
)
def test_an_increment_covers_what_its_columns_say(period, column, cell, expected):
    """A count of 48 hours is no day's count, and one of none is no count."""
    mapping = f"period = {period}\n" + WIDE.replace('"cumulative"', '"increment"')

    drafts = read(f"date,tank,{column}\n2024-01-10,5,{cell}\n", mapping)

    assert [period for period in [expected] if period] == [event(draft).period for draft in drafts]


@pytest.mark.parametrize("cell", ["36", "", "long"])
def test_a_period_that_is_no_number_of_days_is_rejected(cell):
    """With the column that says it."""
    mapping = "period = { hours = 'h' }\n" + WIDE.replace('"cumulative"', '"increment"')

    assert [(2, "h")] == faults(f"date,tank,h\n2024-01-10,5,{cell}\n", mapping)


def test_columns_may_be_matched_by_a_pattern():
    """Each is a count, and the groups of the pattern are its terms."""
    mapping = WIDE.replace(
        'item = "tank"\noutcome = "destroyed"\nlabel = "tanks"\ncolumn = "tank"\naliases = ["tnak"]',
        'columns = "(?P<item>[a-z]+)_(?P<outcome>destroyed|captured)"',
    )

    drafts = read("date,tank_destroyed,apc_captured\n2024-01-01,5,6\n", mapping)

    assert [("tank", "destroyed", 5), ("apc", "captured", 6)] == [
        (loss.item, loss.outcome, loss.figure.value) for loss in map(event, drafts)
    ]
    assert 2 == len({draft.key for draft in drafts})


def test_a_row_may_have_a_source_a_place_and_tags():
    """From columns; a source of the mapping comes after."""
    mapping = (
        'tags = [{ column = "kind" }, "daily"]\n'
        + WIDE
        + """
[source]
publisher = { column = "paper", slug = true }
url = { column = "link" }
[place]
name = { column = "town" }
country = "UA"
latitude = { column = "lat" }
longitude = { column = "lon" }
"""
    )
    row = "2024-01-01,5,Night Raid,The Paper,https://example.org/1,Town,50.5,30"

    (draft,) = read(f"date,tank,kind,paper,link,town,lat,lon\n{row}\n", mapping)

    content = draft.content
    assert ["losses", "night-raid", "daily"] == content["tags"]
    assert ["the-paper", "ministry"] == [source["publisher"] for source in content["sources"]]
    assert {"name": "Town", "country": "UA", "latitude": 50.5, "longitude": 30.0} == content["place"]
    assert event(draft)


def test_a_column_that_the_file_lacks_leaves_its_rows_alone():
    """They are neither claims nor missing."""
    rows = list(read_table(io.BytesIO(b"date,tank\n2024-01-01,5\n"), read_mapping(WIDE)))

    assert ["2024-01-01/tank", "2024-01-01/people"] == [row.key for row in rows]
    assert isinstance(rows[1], Unmentioned)


INCIDENTS = """
dataset = "incidents"
claimant = "monitor"
basis = "incident"
date = "date"
date_format = "day-first"
qualifiers = true
[event]
type = "engagement"
key = ["id"]
summary = "{what} in {town}"
until = "until"
[event.members]
attackers = { column = "by", slug = true, split = ";" }
method = { column = "what", values = { Shelling = "shelling", Raid = "raid" } }
[event.figures.killed]
column = "killed"
[place]
name = { column = "town" }
[[counts]]
name = "civilians"
type = "casualty_estimate"
measure = "killed"
status = "civilian"
subject = "civilians"
column = "civilians"
"""


def test_a_row_may_be_an_event_with_its_tolls():
    """The counts are those of the incident."""
    header = "id,date,until,what,town,by,killed,civilians\n"

    first, toll, second = read(
        f"{header}7.0,01/02/2024,03/02/2024,Shelling,Town,Army; Militia,10+,4\n"
        "8,05/02/2024,,Raid,Town,Army,,\n",
        INCIDENTS,
    )

    assert ["7", "7/civilians", "8"] == [first.key, toll.key, second.key]
    engagement = event(first)
    assert ("Shelling in Town", "2024-02-01/2024-02-03") == (engagement.summary, engagement.occurred)
    assert (("army", "militia"), "shelling") == (engagement.attackers, engagement.method)
    assert ("at_least", 10) == (engagement.killed.qualifier, engagement.killed.value)
    assert event_id("incidents", "7") == event(toll).incident
    assert event(second).killed is None


STATEMENTS = """
dataset = "statements"
date = "day"
[event]
type = "official_statement"
key = ["no"]
summary = "{who}: {words}"
[event.members]
speaker = { column = "who", slug = true }
stance = { column = "kind", values = { no = "denies", yes = "confirms" } }
quote = { column = "words" }
[event.links.about]
dataset = "incidents"
key = [{ column = "incident", split = ";" }]
"""


def test_a_row_may_speak_of_rows_of_another_table():
    """By their keys."""
    (draft,) = read(
        "no,day,who,kind,words,incident\n1,2024-02-01,The Army,no,It was not us.,7; 8\n", STATEMENTS
    )

    statement = event(draft)
    assert ("the-army", "denies", "It was not us.") == (statement.speaker, statement.stance, statement.quote)
    assert (event_id("incidents", "7"), event_id("incidents", "8")) == statement.about


def test_an_empty_table_has_no_rows():
    """That is not a fault."""
    assert [] == read("")
    assert [] == read("\n")
    assert [] == read([])
    assert [] == read("date,tank\n")


PATTERN = """
dataset = "losses"
claimant = "staff"
subject = "army"
date = "day"
ignore = ["Tanks_note"]
[[counts]]
name = "equipment"
type = "equipment_loss"
columns = "(?P<item>[a-zé]+)s_(?P<outcome>destroyed|captured)"
"""


@pytest.mark.parametrize("header", ["day,tanks_destroyed", "Day,TANKS_Destroyed"])
def test_capitals_do_not_matter_in_columns_that_a_pattern_matches(header):
    """As in other names of columns; the words that it takes from them are in lower case."""
    file = io.BytesIO(f"{header},Tanks_note\n2024-02-01,3,x\n".encode())

    draft, _ = read_table(file, read_mapping(PATTERN))

    assert "2024-02-01/equipment-tanks-destroyed" == draft.key
    assert ("tank", "destroyed") == (draft.content["item"], draft.content["outcome"])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('skip = { state = ["draft"] }', "lacks the column 'state', which tells which of its rows to read"),
        (
            'basis = "increment"\nperiod = { hours = "48" }',
            "lacks the column '48', which tells what a period is",
        ),
    ],
)
def test_a_column_that_a_mapping_needs_is_missed_once_with_what_it_is_for(line, words):
    """Not in every row, nor as if it were part of a key."""
    file = io.BytesIO(b"day,tanks_destroyed\n2024-02-01,3\n2024-02-02,4\n")

    with pytest.raises(Malformed, match=words):
        list(read_table(file, read_mapping(f"{line}\n{PATTERN}")))


SIDES = """
dataset = "losses"
claimant = "staff"
date = "day"
subject = { column = "side", values = { North = "army" } }
[place]
latitude = { column = "lat" }
[[counts]]
name = "dead"
type = "casualty_estimate"
measure = "killed"
column = "dead"
[[counts]]
name = "hurt"
type = "casualty_estimate"
measure = "wounded"
column = "hurt"
"""


@pytest.mark.parametrize(
    ("row", "column", "keys"),
    [
        ("South,50,3,4", "side", {None}),
        ("North,95,3,4", "latitude", {"2024-02-01/dead/army", "2024-02-01/hurt/army"}),
    ],
)
def test_what_is_wrong_with_all_counts_of_a_row_is_told_once(row, column, keys):
    """And each of them stays as it is recorded, where it is known which these are."""
    (reject,) = read(f"day,side,lat,dead,hurt\n2024-02-01,{row}\n", SIDES)

    assert isinstance(reject, Reject)
    assert column == reject.path
    assert keys == {reject.key, *reject.parts}


NESTED = """
dataset = "toll"
claimant = "ministry"
subject = "people"
date = "day"
[[counts]]
name = "counted"
type = "casualty_estimate"
measure = "killed"
column = "verified.dead"
[[counts]]
name = "estimated"
type = "casualty_estimate"
measure = "killed"
scope = "model"
low = "Estimate.low"
high = "Estimate.high"
[[counts]]
name = "losses"
type = "equipment_loss"
columns = '(?P<subject>army)\\.(?P<item>.+)'
"""
FILLED = {"verified": {"dead": 3}, "estimate": {"low": 4, "high": 9}, "army": {"tank": 5}}


@given(
    st.lists(
        st.fixed_dictionaries({name: st.sampled_from([None, value]) for name, value in FILLED.items()}),
        min_size=1,
        max_size=3,
    )
)
def test_null_is_an_empty_cell_in_the_place_of_any_object(rows):
    """In some rows or in all; the file says that it is empty, as with an empty cell of each member."""
    dated = [{"day": f"2024-02-0{day}", **row} for day, row in enumerate(rows, 1)]

    drafts = read(dated, NESTED)

    days = [(draft.key.partition("/")[0][-1], draft.key.partition("/")[2]) for draft in drafts]
    names = {"verified": "counted", "estimate": "estimated", "army": "losses-army-tank"}
    assert [
        (str(day), names[name]) for day, row in enumerate(rows, 1) for name in FILLED if row[name] is not None
    ] == days
    rows_of_nothing = read_table(io.BytesIO(json.dumps(dated).encode()), read_mapping(NESTED))
    assert not [row for row in rows_of_nothing if type(row) is Unmentioned]


@pytest.mark.parametrize("at", [0, 1])
def test_a_row_that_names_a_member_twice_is_rejected_alone(at):
    """Whether it is the first, and whatever is null in the others."""
    rows = [{"day": "2024-02-01", "verified": {"dead": 3}, "estimate": None}] * 2
    text = [json.dumps(row) for row in rows]
    text[at] = text[at].replace('"dead": 3', '"dead": 3, "dead": 4')

    results = read(f"[{','.join(text)}]", NESTED)

    assert ["'dead' appears twice" in getattr(row, "reason", "") for row in results] == [at == 0, at == 1]
