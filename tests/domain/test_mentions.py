"""Mentions: one more of them makes what all of them make; the last word of each speaker stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import engagement, event, evidence, id_of, same_as, statement, toll, verification
from tests.support.sequences import record_of, records_of
from timeline.domain.event_graph import EventGraph
from timeline.domain.last_word import first_word
from timeline.domain.mention import Mention
from timeline.domain.mentions import Mentions
from timeline.domain.topics import CARRIED_MENTIONS_MIN
from timeline.views.projection.entries import development_rows
from timeline.views.projection.mentions import status_of

SPEAKERS = ("nis", "mod", "rfa")
STANCES = {"confirms": True, "denies": False, "not_acknowledged": None}
GRADES = {"confirmed": True, "discounted": False, "possible": None}
OTHER_STANCES = ("condemns", "announces")
DAYS = (None, 1, 2, 3)


def mention_of(position, kind, speaker, says, day):
    """What is mentioned of a development, published on a day, or none."""
    published = {} if day is None else {"published_at": f"2024-12-{day:02}T00:00:00Z"}
    if kind == "verification":
        posted = event(position, kind, claimant=speaker, grade=says, about=[id_of(99)], **published)
    elif kind == "official_statement":
        posted = event(position, kind, speaker=speaker, stance=says, about=[id_of(99)], **published)
    else:
        posted = toll(position, 99, **published) if kind == "count" else evidence(position, 99, **published)
    return Mention(position, first_word(record_of(posted, position), posted))


words = st.one_of(
    st.tuples(
        st.just("official_statement"), st.sampled_from(SPEAKERS), st.sampled_from((*STANCES, *OTHER_STANCES))
    ),
    st.tuples(st.just("verification"), st.sampled_from(SPEAKERS), st.sampled_from((*GRADES, "contested"))),
    st.tuples(st.sampled_from(("count", "evidence")), st.none(), st.none()),
)
mentions_lists = st.lists(st.tuples(words, st.sampled_from(DAYS))).map(
    lambda mentioned: [
        mention_of(position, *word, day) for position, (word, day) in enumerate(mentioned, start=1)
    ]
)


def contents(mentions):
    """All that is looked up of mentions."""
    kinds = mentions.by_kind
    verdicts = {verdict: kinds.speakers(verdict) for verdict in (*STANCES, *GRADES, "contested")}
    lists = kinds.statements, kinds.evidence, kinds.verifications, kinds.counts
    superseded = [each for each in (*kinds.statements, *kinds.verifications) if kinds.is_superseded(each)]
    publications, verifiers = list(kinds.publications), kinds.verifiers
    return list(mentions), lists, publications, verifiers, kinds.count_dates, superseded, verdicts


@given(mentions_lists.filter(bool), st.data())
def test_an_amended_one_makes_what_all_make(mentioned, data):
    """Whether it says something else, at another time, or nothing of the development any more."""
    old = data.draw(st.sampled_from(mentioned))
    word, day = data.draw(st.tuples(words, st.sampled_from(DAYS)))
    other = mention_of(len(mentioned) + 1, *word, day).word
    new = data.draw(st.sampled_from((None, Mention(old.position, other))))
    before = Mentions(mentioned)
    if data.draw(st.booleans()):
        contents(before)

    after = before.amended(old, new)

    rest = [each for each in mentioned if each is not old]
    assert contents(Mentions([*rest, *filter(None, [new])])) == contents(after)
    assert contents(Mentions(mentioned)) == contents(before)
    assert contents(Mentions(mentioned)) == contents(Mentions(rest).amended(None, old))


@given(mentions_lists, st.data())
def test_what_is_united_is_what_all_make(mentioned, data):
    """Each once, whatever both hold of it."""
    parts = [
        Mentions([each for each in mentioned if data.draw(st.integers(0, 2)) != part]) for part in (0, 1)
    ]
    contents(parts[0])
    every = {each.position: each for part in parts for each in part}

    assert contents(Mentions(every.values())) == contents(parts[0].united(parts[1]))


@given(mentions_lists)
def test_one_more_makes_what_all_make(mentioned):
    """In whatever order they were published."""
    mentions = Mentions()
    for mention in mentioned:
        before, earlier = contents(mentions), mentions
        mentions = mentions.followed_by(mention)

        assert before == contents(earlier)  # they are values

    assert contents(mentions) == contents(Mentions(reversed(mentioned)))
    assert mentions == Mentions(mentioned)


@given(mentions_lists, st.sets(st.sampled_from(SPEAKERS)))
def test_the_last_word_of_each_speaker_decides(mentioned, claimants):
    """Other stances supersede nothing and are superseded by nothing; nobody confirms themselves."""
    mentions, last = Mentions(mentioned).by_kind, {}
    for mention in sorted(mentioned, key=lambda each: each.word.order):
        about = mention.word.event
        says = getattr(about, "stance", None) or getattr(about, "grade", None)
        if says in STANCES or says in GRADES or says == "contested":
            last[type(about), getattr(about, "speaker", about.claimant)] = mention, says
    standing = {mention.position for mention, _ in last.values()}
    verdicts = {
        (STANCES | GRADES).get(says, "contested")
        for (_, speaker), (_, says) in last.items()
        if says not in ("confirms", "confirmed") or claimants - {speaker} or not claimants
    }
    expected = {(True, False): "confirmed", (False, True): "denied", (True, True): "contested"}
    status = expected.get((True in verdicts, False in verdicts), "reported")

    assert status_of(mentions, claimants) == ("contested" if "contested" in verdicts else status)
    words = *mentions.statements, *mentions.verifications
    deciding = {mention.position for mention in words if not mentions.is_superseded(mention)}
    assert standing <= deciding
    others = {m.position for m in mentioned if getattr(m.word.event, "stance", None) in OTHER_STANCES}
    assert deciding == standing | others


PUBLISHED = {"published_at": "2024-12-01T00:00:00Z"}
MANY = CARRIED_MENTIONS_MIN + 4
SAID = [
    *(statement(number, 1, stance="denies", **PUBLISHED) for number in range(3, 3 + MANY)),
    *(evidence(number, 1, **PUBLISHED) for number in (50, 51)),
    statement(60, 2, published_at="2024-12-20T00:00:00Z"),
]


@pytest.mark.parametrize(
    "later",
    [
        event(90, "correction", target=id_of(5), reason="transcription", changes={"stance": "confirms"}),
        event(90, "correction", target=id_of(5), reason="transcription", changes={"about": [str(id_of(2))]}),
        event(90, "retraction", target=id_of(5), reason="withdrawn"),
        event(90, "correction", target=id_of(1), reason="transcription", changes={"summary": "Another."}),
        same_as(90, 1, 2),
        statement(90, 1, 2),
        evidence(90, 1),
        engagement(90),
        verification(90, 50),
        same_as(90, 50, 2),
        event(
            90, "correction", target=id_of(60), reason="transcription", changes={"about": [str(id_of(50))]}
        ),
        event(90, "correction", target=id_of(50), reason="transcription", changes={"about": [str(id_of(2))]}),
        event(90, "retraction", target=id_of(50), reason="withdrawn"),
        toll(90, 1),
    ],
    ids=[
        "mended",
        "moved",
        "retracted",
        "report mended",
        "linked",
        "mentioned again",
        "shown",
        "other",
        "evidence graded",
        "evidence linked",
        "put under evidence",
        "evidence moved",
        "evidence retracted",
        "counted",
    ],
)
def test_what_was_carried_is_what_is_looked_up(later):
    """Whatever the next record is, and with what follows on it."""
    records = records_of(
        [*(engagement(n, **PUBLISHED) for n in (1, 2)), *SAID, later, statement(91, 1, **PUBLISHED)]
    )
    graph = EventGraph(records)
    for record in records:
        graph.at(record.position).development(id_of(1))
        graph.at(record.position).development(id_of(2))

        anew = EventGraph(records).at(record.position)
        for number in (1, 2):
            carried = graph.at(record.position).development(id_of(number))
            assert development_rows(anew.development(id_of(number))) == development_rows(carried)


def test_nothing_said_is_each_development_s_own():
    """What is looked up of one of which nothing is said tells nothing of another."""
    records = records_of([engagement(1), engagement(2), engagement(3)])
    merges = EventGraph(records).at(3).merges

    assert merges.topics.mentions(id_of(1)) is not merges.topics.mentions(id_of(2))
