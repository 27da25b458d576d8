from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from tests.support.profiles import examples
from timeline.domain.codec import encode_event
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Correction, Event, Retraction
from timeline.domain.record import new_record
from timeline.domain.validation import add_valid_record
from timeline.formats.drafts import Draft, LeftOut, Reject, Withdrawal, correction_id, event_id, retraction_id
from timeline.formats.edition_rows import CurrentRow, EditionCounts, FigureChange, OlderRow
from timeline.formats.editions import RETRACTIONS_MAX, Edition
from timeline.formats.late_words import LaterWord

OUT = datetime(2024, 1, 5, tzinfo=UTC)
RECORDED = datetime(2024, 1, 6, tzinfo=UTC)


def draft(key: str, value: int = 1, line: int = 1, **members: Any) -> Draft:
    """A count of killed."""
    content = {
        "type": "casualty_estimate",
        "summary": f"{value} killed.",
        "tags": ["losses"],
        "claimant": "staff",
        "subject": "army",
        "measure": "killed",
        "basis": "cumulative",
        "figure": {"qualifier": "exact", "value": value},
    }
    return Draft(line, key, content | members, f"{key},{value}")


class Log:
    """A log without a database, and the rows of the data set as they stand in it."""

    def __init__(self) -> None:
        self.graph = EventGraph()
        self.position = 0
        self.ids: list[UUID] = []

    def take(self, *drafts: Draft, **options: Any) -> list[Event]:
        """Import an edition of the claimant's own; gives what was posted."""
        standing = self.standing()
        edition = Edition("losses", standing, **{"maker": "staff", **options})
        events = [event for row in drafts for event in edition.take(row)]
        events += edition.retract_missing()
        for event in events:
            self.record(event)
        assert self.standing() == {id_: row._replace(said_at=None) for id_, row in standing.items()}
        return events

    def rows_at(self, said_at: datetime) -> dict[UUID, CurrentRow]:
        """The rows as they stand, all said or withdrawn at a time."""
        return {id_: row._replace(said_at=said_at) for id_, row in self.standing().items()}

    def compare(
        self, *drafts: Draft, said_at: datetime = RECORDED, **options: Any
    ) -> tuple[list[Event], list[OlderRow]]:
        """What an edition would post, and the rows that refuse it; one without rows tells of withdrawals."""
        options = {"maker": "staff", "newest_at": said_at, **options}
        edition = Edition("losses", self.rows_at(said_at), **options)
        events = [event for row in drafts for event in edition.take(row)]
        return events if drafts else edition.retract_missing(), edition.older

    def record(self, event: Event) -> None:
        """Admit an event by the rules of the service."""
        self.position += 1
        add_valid_record(self.graph, new_record("t", self.position, RECORDED, "tests", event))
        if not isinstance(event, Correction | Retraction):
            self.ids.append(event.id)

    def standing(self) -> dict[UUID, CurrentRow]:
        """The rows of the data set as they stand."""
        return {id_: self._standing(id_) for id_ in self.ids}

    def values(self) -> list[tuple[str, int]]:
        """The standing figures by scope, which distinguishes the rows here."""
        standing = (self.graph.at(self.position).standing(id_) for id_ in self.ids)
        return sorted((event.scope or "", event.figure.value) for event in standing if event)

    def _standing(self, id_: UUID) -> CurrentRow:
        amendments = [event for _, event in self.graph.at(self.position).amendments(id_)]
        reasons = [event.reason for event in amendments if isinstance(event, Retraction)]
        return CurrentRow(
            encode_event(self.graph.at(self.position).corrected(id_)),
            len(amendments),
            retracted=bool(reasons),
            set_aside=any(reason != "withdrawn" for reason in reasons),
        )


def kinds(events: list[Event]) -> list[str]:
    """The types of events."""
    return [type(event).__name__ for event in events]


ROWS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3))


@given(st.lists(ROWS, max_size=6))
@examples(50)
def test_after_any_edition_exactly_its_rows_stand(editions):
    """Whatever came before; and the same edition again adds nothing."""
    log = Log()
    for number, rows in enumerate(editions):
        drafts = [draft(key, value, scope=key) for key, value in rows.items()]
        published_at = OUT.replace(day=number + 1)

        log.take(*drafts, published_at=published_at)

        assert sorted(rows.items()) == log.values()
        assert [] == log.take(*drafts, published_at=RECORDED)


def test_what_changed_is_a_correction_of_just_that():
    """It says why, when the edition came out, and whose data set it is of."""
    log = Log()
    log.take(draft("a", 1), draft("b", 2))

    (event,) = log.take(draft("a", 1), draft("b", 3), published_at=OUT)

    changes = {"summary": "3 killed.", "figure": {"value": 3}}
    target = event_id("losses", "b")
    assert isinstance(event, Correction)
    assert ("restatement", OUT, ("losses",), changes) == (
        event.reason,
        event.published_at,
        event.tags,
        event.changes,
    )
    assert (target, correction_id(target, 0, changes)) == (event.target, event.id)


def test_a_change_of_somebody_elses_figure_is_a_transcription():
    """Who passes a claimant's word on cannot restate it; a reason that is asked for goes before."""
    log = Log()
    log.take(draft("a", 1), maker="registrar")

    (event,) = log.take(draft("a", 2), maker="registrar")
    (asked_for,) = log.take(draft("a", 3), maker="registrar", reason="late_report")

    assert ("transcription", None) == (event.reason, event.published_at)
    assert "late_report" == asked_for.reason


ARTICLE = [{"publisher": "paper", "published_at": "2024-01-02T00:00:00Z"}]


@pytest.mark.parametrize(
    ("maker", "options", "published_at"),
    [
        ("staff", {"published_at": OUT, "file_time": RECORDED}, OUT),
        ("staff", {"file_time": RECORDED}, RECORDED),
        ("staff", {}, None),
        ("registrar", {"published_at": OUT, "file_time": RECORDED}, None),
        (None, {"file_time": RECORDED}, None),
    ],
)
def test_the_coders_word_is_as_old_as_its_edition(maker, options, published_at):
    """The article that coders read dates what others claim, not what the coders do."""
    (event,) = Log().take(draft("a", sources=ARTICLE), maker=maker, **options)

    assert published_at == event.published_at


def test_without_an_article_the_edition_dates_every_word():
    """By then it was public at the latest; but only where that was asked for."""
    (asked_for,) = Log().take(draft("a"), maker=None, published_at=OUT)
    (not_asked_for,) = Log().take(draft("a"), maker=None, file_time=OUT)

    assert (OUT, None) == (asked_for.published_at, not_asked_for.published_at)


def test_a_changed_figure_is_named_among_rows_of_changed_words():
    """With the row, before and after; the fields are counted."""
    log, tally = Log(), EditionCounts()
    words = {"certainty": {"native": "b"}, "summary": "Other words."}
    log.take(*(draft(key, scope=key, certainty={"native": "a"}) for key in "abcd"))

    log.take(*(draft(key, 2 if key == "c" else 1, scope=key, **words) for key in "abcd"), tally=tally)

    assert {"certainty.native": 4, "summary": 4, "figure": 1} == tally.fields
    assert [FigureChange("1 killed.", "figure", "1", "2")] == tally.figures


def test_an_article_from_before_the_date_dates_no_word():
    """As data sets have them by mistake: the edition does, so that a later one is not taken for an older."""
    log = Log()
    row = draft("a", occurred="2024-01-04", sources=ARTICLE)
    later = draft("a", 2, occurred="2024-01-04", sources=ARTICLE)
    (event,) = log.take(row, maker=None, published_at=OUT)

    (correction,) = log.take(later, maker=None, published_at=OUT + timedelta(hours=1))

    assert OUT == event.published_at
    assert isinstance(correction, Correction)


def test_the_time_of_a_row_goes_before_that_of_its_file():
    """As ACLED has one for each row; what is asked for goes before both."""
    row = structs.replace(draft("a"), published_at=OUT)

    (by_row,) = Log().take(row, file_time=RECORDED)
    (asked_for,) = Log().take(row, file_time=RECORDED, published_at=RECORDED)

    assert (OUT, RECORDED) == (by_row.published_at, asked_for.published_at)


def test_a_file_is_not_older_than_what_it_tells():
    """An archive may give its files the year 1980, which is then no time at all."""
    (event,) = Log().take(draft("a", occurred="2024-01-01"), file_time=OUT.replace(year=1980))

    assert event.published_at is None


def test_a_withdrawal_was_said_when_its_edition_was():
    """So was everything else that the claimant's own edition says."""
    log = Log()
    log.take(draft("a"), draft("b"), file_time=OUT)

    correction, retraction = log.take(draft("a", 2), file_time=RECORDED)

    assert ("restatement", RECORDED) == (correction.reason, correction.published_at)
    assert ("withdrawn", RECORDED) == (retraction.reason, retraction.published_at)


def test_ids_are_derived_from_data_set_key_and_amendments():
    """Nothing else: whoever imports the file makes the same events."""
    editions = [[draft("a", 1)], [draft("a", 2)], [], [draft("a", 2)], []]
    first, second = Log(), Log()

    posted = [first.take(*rows) for rows in editions]

    assert posted == [second.take(*rows) for rows in editions]
    target, again = event_id("losses", "a"), event_id("losses", "a", 1)
    assert [target, retraction_id(target, 1), again, retraction_id(again, 0)] == [
        posted[number][0].id for number in (0, 2, 3, 4)
    ]
    assert event_id("others", "a") != target


def test_the_ids_never_change():
    """They are in the records of those who imported before."""
    target = event_id("losses", "a")
    changes = {"b": 1, "a": "x"}
    actual = [target, event_id("losses", "a", 1), correction_id(target, 1, changes), retraction_id(target, 0)]

    assert IDS == [str(id_) for id_ in actual]
    assert IDS[2] == str(correction_id(target, 1, dict(sorted(changes.items()))))


IDS = [
    "7d91937f-b950-5201-8409-64b9c2d45e48",
    "2402a115-e9cf-57d5-a0cb-2b8baaed9b97",
    "b983fe94-1993-5ba0-9288-28f5ed650d15",
    "56ecaaf3-e184-5a68-b1e5-56e207409f7b",
]


def test_when_an_edition_came_out_is_no_change():
    """Unless the row itself says when it was published."""
    log = Log()
    log.take(draft("a"), draft("b", published_at="2024-01-01T00:00:00Z"), published_at=OUT)

    actual = log.take(draft("a"), draft("b", published_at="2024-01-02T00:00:00Z"), published_at=RECORDED)

    assert [{"published_at": "2024-01-02T00:00:00Z"}] == [event.changes for event in actual]


def test_a_row_of_another_type_takes_the_place_of_what_stood():
    """A correction cannot change a type."""
    log = Log()
    log.take(draft("a"))
    other = {
        "type": "equipment_loss",
        "summary": "A tank.",
        "claimant": "staff",
        "subject": "army",
        "item": "tank",
        "basis": "cumulative",
        "figure": {"qualifier": "exact", "value": 1},
    }

    assert ["Retraction", "EquipmentLoss"] == kinds(log.take(Draft(1, "a", other)))
    assert [] == log.take(Draft(1, "a", other))


def test_a_second_row_with_the_same_key_is_rejected():
    """Which of the two holds, nobody can say."""
    edition = Edition("losses", {})

    edition.take(draft("a", 1, line=2))
    second = edition.take(draft("a", 2, line=3))

    assert isinstance(second, Reject)
    assert (3, "a,2") == (second.line, second.row)
    assert 1 == edition.tally.rejected
    assert 0 == edition.unreadable


def test_the_same_row_twice_is_one():
    """As where pages of an API overlap; also where the text that the importer writes reads otherwise now."""
    standing = {}
    edition = Edition("losses", standing)
    for line in (2, 3):
        edition.take(draft("a", 1, line=line))
    reworded = structs.replace(draft("a", 1), generated=("summary",))
    reworded = structs.replace(reworded, content={**reworded.content, "summary": "In other words"})
    again = Edition("losses", standing)

    results = [again.take(reworded), again.take(reworded)]

    assert (1, 1, 0) == (edition.tally.new, edition.tally.repeated, edition.tally.rejected)
    assert ([[], []], 1, 1) == (results, again.tally.unchanged, again.tally.repeated)


def test_a_row_that_is_no_event_is_rejected_with_the_field():
    """And its event in the timeline does not count as missing."""
    log = Log()
    log.take(draft("a"))
    edition = Edition("losses", log.standing())

    actual = edition.take(draft("a", -1))

    assert isinstance(actual, Reject)
    assert "figure.value" == actual.path
    assert not edition.missing


def test_a_hand_that_retracted_a_row_is_not_overruled():
    """The row stays away until the retraction itself is retracted."""
    log = Log()
    (event,) = log.take(draft("a"))
    retraction = Retraction(id=UUID(int=1), target=event.id, reason="duplicate")
    log.record(retraction)

    assert [] == log.take(draft("a", 2))

    log.record(Retraction(id=UUID(int=2), target=retraction.id, reason="erroneous"))

    assert ["Correction"] == kinds(log.take(draft("a", 2)))


@pytest.mark.parametrize(
    ("standing", "present", "expected"),
    [
        (5, 4, True),
        (20, 18, False),
        (20, 17, True),
        (200, 200 - RETRACTIONS_MAX, False),
        (200, 200 - RETRACTIONS_MAX - 1, True),
        (10, 10, False),
    ],
)
def test_a_file_that_lacks_more_than_a_tenth_or_ten_rows_looks_like_a_part(standing, present, expected):
    """A few of many rows may always vanish."""
    log = Log()
    log.take(*(draft(f"a{number}") for number in range(standing)))
    edition = Edition("losses", log.standing())
    for number in range(present):
        edition.take(draft(f"a{number}"))
    for number in range(100):
        edition.take(draft(f"new{number}"))

    assert expected == edition.looks_partial
    assert standing - present == len(edition.missing)


def test_unchanged_rows_can_be_counted_without_comparing_them():
    """Whoever holds the last edition may say so."""
    log = Log()
    (event,) = log.take(draft("a"))
    edition = Edition("losses", log.standing())

    edition.keep([event.id])

    assert not edition.missing
    assert 1 == edition.tally.unchanged


def test_the_content_of_a_row_is_json():
    """The views' documents hold it so."""
    log = Log()
    (event,) = log.take(draft("a"))

    content = log.standing()[event.id].content

    assert str(event.id) == msgspec.json.decode(content)["id"]


def test_a_part_that_is_left_out_holds_nothing_back():
    """The rest of its row was read, so that it is certain which rows are missing."""
    edition = Edition("losses", {})
    edition.take(draft("a"))
    edition.reject(LeftOut(1, "left out: a colour", "red", "$.colour"))

    assert (0, 1, 0) == (edition.tally.rejected, edition.tally.left_out, edition.unreadable)


def rows_of(log: Log, event: Event, said_at: datetime) -> dict[UUID, CurrentRow]:
    """The rows of a log, of which that of an event was said, or withdrawn, at a time."""
    standing = log.standing()
    return standing | {event.id: standing[event.id]._replace(said_at=said_at)}


def test_an_older_edition_is_noticed_and_changes_nothing():
    """It may be a stale copy: what differs is named, and when it was said."""
    log = Log()
    (event,) = log.take(draft("a", 1), published_at=RECORDED)
    edition = Edition("losses", rows_of(log, event, RECORDED), maker="staff", published_at=OUT)

    assert [] == edition.take(draft("a", 2, line=7))

    ((line, row, told_at, said_at),) = edition.older
    assert (7, "1 killed.", OUT, RECORDED) == (line, row, told_at, said_at)


def test_an_older_edition_may_be_taken_in_as_what_was_said_then():
    """As a late report with the time of the edition; the same again makes the same event."""
    log = Log()
    (event,) = log.take(draft("a", 1), published_at=RECORDED)
    first, second = (
        Edition("losses", rows_of(log, event, RECORDED), maker="staff", published_at=OUT, takes_late=True)
        for _ in range(2)
    )

    again, late = first.take(draft("a", 2))

    assert ("late_report", OUT, 1) == (late.reason, late.published_at, first.tally.late)
    assert (RECORDED, {"figure": {"value": 1}, "summary": "1 killed."}) == (again.published_at, again.changes)
    assert [again, late] == second.take(draft("a", 2))


def test_an_older_edition_withdraws_nothing_that_was_said_after_it():
    """A row that it lacks was not known then."""
    log = Log()
    (event,) = log.take(draft("a", 1), published_at=RECORDED)
    edition = Edition("losses", rows_of(log, event, RECORDED), maker="staff", published_at=OUT)

    assert [] == edition.retract_missing()
    assert [None] == [row.line for row in edition.older]


@pytest.mark.parametrize(("row_time", "comes_back"), [(OUT, False), (RECORDED.replace(day=9), True)])
def test_a_stale_row_does_not_revive_what_was_withdrawn(row_time, comes_back):
    """Unless it was published after the withdrawal."""
    log = Log()
    (event,) = log.take(draft("a", 1), published_at=OUT)
    log.take(published_at=RECORDED)
    edition = Edition("losses", rows_of(log, event, RECORDED), maker="staff")

    events = edition.take(structs.replace(draft("a", 1), published_at=row_time))

    assert comes_back == bool(events)
    assert (not comes_back) == edition.tally.withdrawn


@pytest.mark.parametrize("maker", ["staff", "registrar"])
@pytest.mark.parametrize("how_dated", ["published_at", "file_time"])
def test_an_edition_that_is_older_by_whichever_date_overwrites_nothing(maker, how_dated):
    """The time of its file dates it where nothing else does; neither changes nor withdraws what stands."""
    log = Log()
    log.take(draft("a", 1), maker=maker, published_at=RECORDED)

    events, older = log.compare(draft("a", 2), maker=maker, **{how_dated: OUT})
    retractions, unmentioned = log.compare(maker=maker, **{how_dated: OUT})

    assert ([], []) == (events, retractions)
    assert [(1, OUT, RECORDED)] == [(row.line, row.told_at, row.said_at) for row in older]
    if (maker, how_dated) != ("registrar", "published_at"):
        assert [(None, OUT, RECORDED)] == [(row.line, row.told_at, row.said_at) for row in unmentioned]


@pytest.mark.parametrize(
    ("stands_at", "maker", "file_time"),
    [
        (OUT, "staff", RECORDED),  # a newer file
        (OUT + timedelta(milliseconds=700), "staff", OUT),  # files have times in whole seconds
        (OUT, "staff", OUT.replace(year=1980)),  # no file is older than what it tells of
        (RECORDED, None, OUT),  # nobody publishes the data set that could have dated it
    ],
)
def test_a_file_that_is_not_known_to_be_older_is_taken(stands_at, maker, file_time):
    """What it changes is never dated before the word that it changes."""
    log = Log()
    log.take(draft("a", 1, occurred="2024-01-01"), maker=maker, published_at=stands_at)

    row = draft("a", 2, occurred="2024-01-01")
    (correction,), older = log.compare(row, said_at=stands_at, maker=maker, file_time=file_time)

    assert [] == older
    assert correction.published_at in (None, RECORDED)


def test_an_older_file_is_taken_in_late_as_of_its_time():
    """By the option, as an edition whose date was given."""
    log = Log()
    log.take(draft("a", 1), published_at=RECORDED)

    events, older = log.compare(draft("a", 2), file_time=OUT, takes_late=True)

    assert ([], OUT) == (older, events[-1].published_at)


def test_an_older_file_neither_revives_nor_withdraws():
    """What was withdrawn after it stays so, as does what a list without times lists too late."""
    log = Log()
    log.take(draft("a", 1), published_at=OUT - timedelta(days=1))
    log.take(published_at=RECORDED)
    stale = Edition("losses", log.rows_at(RECORDED), maker="staff", file_time=OUT)
    again = Log()
    again.take(draft("a", 1), published_at=RECORDED)
    listed = Edition("losses", again.rows_at(RECORDED), maker="staff", file_time=OUT)

    assert ([], 1) == (stale.take(draft("a", 1)), stale.tally.withdrawn)
    assert ([], 1) == (listed.withdraw(Withdrawal(1, "a")), listed.tally.returned)


def test_an_older_edition_changes_no_type():
    """Nor can it say late what no correction can say."""
    log = Log()
    log.take(draft("a", 1), published_at=RECORDED)
    members = {name: value for name, value in draft("a").content.items() if name != "measure"}
    row = Draft(1, "a", members | {"type": "equipment_loss", "item": "tank"}, "a")

    results = [log.compare(row, published_at=OUT, takes_late=late) for late in (False, True)]

    assert [([], 1)] * 2 == [(events, len(older)) for events, older in results]


def test_generated_text_is_no_reason_for_a_correction():
    """It changes together with what else does; the report says in how many rows each field changed."""
    log = Log()
    log.take(draft("a", 1), draft("b", 1))
    edition = Edition("losses", log.standing(), maker="staff")

    reworded = edition.take(structs.replace(draft("a", 1, summary="Other words."), generated=("summary",)))
    (correction,) = edition.take(structs.replace(draft("b", 2), generated=("summary",)))

    assert [] == reworded
    assert {"summary", "figure"} == correction.changes.keys()
    assert (1, {"figure": 1, "summary": 1}) == (edition.tally.reworded, edition.tally.fields)


def day(number: int) -> datetime:
    """A day of the month in which editions come out here."""
    return datetime(2024, 1, number, tzinfo=UTC)


VALUES = st.tuples(st.integers(0, 3), st.dictionaries(st.just("language"), st.sampled_from(["en", "uk"])))
EDITIONS = st.dictionaries(st.integers(2, 28), VALUES, min_size=1, max_size=4)


@given(EDITIONS, st.integers(1, 27), VALUES)
@examples(100)
def test_what_an_older_edition_said_changes_no_answer_after_it(editions, out, late):
    """At no position, whatever was said since and whether in corrections or in the first report."""
    log = Log()
    (newest, *_), words = sorted(editions, reverse=True), []
    for number, (value, members) in sorted(editions.items()):
        for event in log.take(draft("a", value, **members), published_at=day(number)):
            words += [LaterWord(day(number), event.changes)] if isinstance(event, Correction) else []
    (id_,) = log.ids
    row = log.standing()[id_]._replace(said_at=day(newest), words=words)
    edition = Edition("losses", {id_: row}, maker="staff", published_at=day(out), takes_late=True)
    before = {by: log.graph.at(log.position, by).standing(id_) for by in (None, day(newest))}
    assume(out < newest)

    events = edition.take(draft("a", late[0], **late[1]))
    for event in events:
        log.record(event)
        assert before[None] == log.graph.at(log.position).standing(id_)

    if events:
        assert late[0] == log.graph.at(log.position, day(out)).standing(id_).figure.value
    assert before[day(newest)] == log.graph.at(log.position, day(newest)).standing(id_)


@pytest.mark.parametrize("claimant", ["staff", "somebody"])
def test_an_edition_is_older_than_the_newest_whoever_is_the_claimant(claimant):
    """A row that the maker only passes on bears the time of an article, which each edition may print."""
    log = Log()
    source = {"publisher": "news", "published_at": "2024-01-01T00:00:00Z"}
    article = {"claimant": claimant, "sources": [source]}
    (event,) = log.take(draft("a", 1, **article), published_at=RECORDED)
    rows = rows_of(log, event, event.published_at or day(1))
    older, newer = (
        Edition("losses", rows, maker="staff", published_at=out, newest_at=RECORDED)
        for out in (OUT, RECORDED + timedelta(days=1))
    )

    assert [] == older.take(draft("a", 2, **article))
    assert ["Correction"] == kinds(newer.take(draft("a", 2, **article)))

    assert [RECORDED] == [row.said_at for row in older.older]
