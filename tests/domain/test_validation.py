import pytest
from hypothesis import given

from tests.domain.test_amended_events import recorded
from tests.support.meaning.incidents import is_circular
from tests.support.meaning.strategies import event_of, logs, toll
from tests.support.samples import id_of
from timeline.domain.effect import effect_of
from timeline.domain.errors import RuleBroken, TimelineError
from timeline.domain.event_graph import EventGraph
from timeline.domain.validation import add_valid_record

FIVE = {"qualifier": "exact", "value": 5}


def posted(*events):
    """A graph of the events, each validated, and their records."""
    graph, records = EventGraph(), recorded(events)
    for record in records:
        add_valid_record(graph, record)
    return graph, records


def merge(number: int, *members: int):
    """A `same_as` of these events."""
    return event_of(number, "same_as", developments=[str(id_of(member)) for member in members])


def count(number: int, incident: int | None = None):
    """A count, of another if one is named."""
    return toll(number, "m", FIVE, None if incident is None else id_of(incident))


CIRCLES = {
    "a merge of a count with its incident": ([count(1), count(2, 1), merge(3, 1, 2)], "$.developments"),
    "a merge of a count's count with what that counts": (
        [count(1), count(2, 1), count(3, 2), merge(4, 3, 1)],
        "$.developments",
    ),
    "a correction": (
        [
            count(1),
            count(2, 1),
            event_of(
                3,
                "correction",
                target=str(id_of(1)),
                reason="transcription",
                changes={"incident": str(id_of(2))},
            ),
        ],
        "$.changes",
    ),
    "a count of what is one with its own merge": (
        [
            count(1),
            count(2, 1),
            event_of(3, "retraction", target=str(id_of(2)), reason="erroneous"),
            merge(4, 1, 2),
            event_of(5, "retraction", target=str(id_of(3)), reason="erroneous"),
        ],
        "$.target",
    ),
}


@pytest.mark.parametrize(("events", "path"), CIRCLES.values(), ids=CIRCLES.keys())
def test_a_count_never_counts_itself(events, path):
    """By whatever event the circle would arise, it is refused with the place of the link."""
    *before, last = events

    posted(*before)
    with pytest.raises(RuleBroken, match="a count of itself") as refusal:
        posted(*before, last)

    assert path == refusal.value.path


def test_a_circle_that_a_log_holds_may_be_linked_further():
    """What was recorded before the rule is borne, and what is recorded about it is taken."""
    graph = EventGraph()
    for record in recorded([count(1), count(2, 1), merge(3, 1, 2), count(4), merge(5, 4, 1)])[:4]:
        graph.add(record)
    *_, last = recorded([count(1), count(2, 1), merge(3, 1, 2), count(4), merge(5, 1, 4)])

    add_valid_record(graph, last)

    assert graph.at(5).leader(id_of(4)) == id_of(1)


@pytest.mark.parametrize(
    "events",
    [[count(1, 1)], [count(1), event_of(2, "correction", target=str(id_of(1)), reason="transcription",
                                        changes={"incident": str(id_of(1))})]],
    ids=["a count", "a correction"],
)  # fmt: skip
def test_a_count_of_its_own_names_no_incident(events):
    """What names itself is told so: it is in the timeline."""
    with pytest.raises(RuleBroken, match="a count cannot count itself; leave `incident` out"):
        posted(*events)


@pytest.mark.parametrize(
    ("incident", "message"),
    [(2, "a count cannot count itself; leave `incident` out"), (9, "there is no development")],
)
def test_a_correction_that_a_later_word_overrides_names_what_is_there(incident, message):
    """By a time before that word it is the last, and what it names is shown."""
    later = event_of(
        3, "correction", target=str(id_of(2)), reason="late_report", changes={"incident": str(id_of(1))}
    )
    earlier = event_of(
        4,
        "correction",
        target=str(id_of(2)),
        reason="late_report",
        published_at="2024-12-03T00:00:00Z",
        changes={"incident": str(id_of(incident))},
    )

    with pytest.raises(RuleBroken, match=message) as refusal:
        posted(count(1), count(2, 1), later, earlier)

    assert refusal.value.path == "$.changes"


def test_a_correction_merges_nothing_with_itself():
    """By whichever route."""
    itself = {"changes": {"developments": [str(id_of(1)), str(id_of(1))]}, "target": str(id_of(3))}
    repeated = event_of(4, "correction", reason="transcription", **itself)

    with pytest.raises(RuleBroken, match="cannot be merged with itself") as refusal:
        posted(count(1), count(2), merge(3, 1, 2), repeated)

    assert refusal.value.path == "$.changes"


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("transcription", {"reason": "source_revision"}),
        ("transcription", {"published_at": "2024-03-01T00:00:00Z"}),
        ("source_revision", {"reason": "transcription"}),
    ],
)
def test_who_speaks_by_a_correction_is_not_corrected(reason, changes):
    """As it was recorded decides what the world was told; another reason must not be shown beside that."""
    tags = event_of(2, "correction", target=str(id_of(1)), reason=reason, changes={"tags": ["drones"]})
    mended = event_of(3, "correction", target=str(id_of(2)), reason="transcription", changes=changes)

    with pytest.raises(RuleBroken, match="and stays so; retract it") as refusal:
        posted(count(1), tags, mended)

    assert refusal.value.path == "$.changes"


def test_the_reason_of_a_correction_may_be_another_of_the_same_kind():
    """So may the time at which the source published it."""
    revised = {"target": str(id_of(1)), "reason": "source_revision", "published_at": "2024-03-01T00:00:00Z"}
    tags = event_of(2, "correction", changes={"tags": ["drones"]}, **revised)
    changes = {"reason": "late_report", "published_at": "2024-03-02T00:00:00Z"}

    posted(
        count(1),
        tags,
        event_of(3, "correction", target=str(id_of(2)), reason="transcription", changes=changes),
    )


def test_a_correction_leaves_an_adjustment_its_number():
    """Without one it would begin the count again, which is another thing to say."""
    without = event_of(
        2, "correction", target=str(id_of(1)), reason="transcription", changes={"adjustment": None}
    )

    with pytest.raises(RuleBroken, match="an adjustment needs a number"):
        posted(reset(1, "cumulative", adjustment=-4), without)


def reset(number: int, basis: str, **fields: object):
    """A restart of a series on a basis."""
    content = {"series": f"casualties.killed.a.all.{basis}", "reason": "anew"}
    return event_of(number, "series_reset", **content | fields)


@pytest.mark.parametrize("basis", ["increment", f"incident.{id_of(9)}", "stock", "nonsense"])
def test_only_running_totals_restart(basis):
    """By a reset or by a correction of one; what a log holds may be corrected in what else it says."""
    posted(reset(1, "cumulative"))
    with pytest.raises(RuleBroken, match="only running totals") as refusal:
        posted(reset(1, basis))
    with pytest.raises(RuleBroken, match="only running totals") as correction:
        posted(reset(1, "cumulative"), correct(2, 1, {"series": reset(1, basis).series}))
    old, mended = recorded([reset(1, basis), correct(2, 1, {"reason": "A new count."})])
    graph = EventGraph()
    graph.add(old)
    add_valid_record(graph, mended)

    assert ("$.series", "$.changes") == (refusal.value.path, correction.value.path)
    assert graph.at(2).standing(id_of(1)) == reset(1, basis, reason="A new count.")


@given(logs(max_size=12))
def test_what_is_valid_has_no_circles(log):
    """Of any events, those that the validation takes make no count a count of itself."""
    graph, taken_over = EventGraph(), []
    for event in log:
        attempt = EventGraph(parent=graph)
        record = recorded([*[r.event for r in taken_over], event])[-1]
        try:
            add_valid_record(attempt, record)
        except TimelineError:
            continue
        graph.merge(attempt)
        taken_over.append(record)

    assert not is_circular(taken_over)


def test_a_development_is_not_merged_with_itself():
    """Each development may be listed once; the second place is at fault."""
    with pytest.raises(RuleBroken, match="merged with itself") as refusal:
        posted(count(1), merge(2, 1, 1))

    assert refusal.value.path == "$.developments[1]"


def correct(number: int, target: int, changes: dict[str, object]):
    """An editor's correction."""
    return event_of(number, "correction", target=str(id_of(target)), reason="transcription", changes=changes)


def retract(number: int, target: int):
    """A retraction."""
    return event_of(number, "retraction", target=str(id_of(target)), reason="erroneous")


@pytest.mark.parametrize(
    ("events", "effect"),
    [
        pytest.param([retract(3, 1)], None, id="a retraction"),
        pytest.param([retract(3, 1), retract(4, 1)], "none", id="a second retraction"),
        pytest.param([correct(3, 1, {"figure": {"value": 6}})], None, id="a correction"),
        pytest.param([correct(3, 1, {"figure": {"value": 5}})], "none", id="a correction to what it says"),
        pytest.param(
            [correct(3, 1, {"tags": ["a"]}), retract(4, 3), retract(5, 3)], "none", id="of a correction"
        ),
        pytest.param([merge(3, 1, 2)], None, id="a merge"),
        pytest.param([merge(3, 1, 2), merge(4, 2, 1)], "none", id="a merge of what is one"),
        pytest.param([count(3)], None, id="a report"),
    ],
)
def test_what_changes_nothing_is_told_so(events, effect):
    """It is taken, and its effect is `none`."""
    graph, records = posted(count(1), count(2), *events)

    assert effect == effect_of(graph, records[-1])
