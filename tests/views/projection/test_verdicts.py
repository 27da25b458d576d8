"""Verdicts: the last word of each speaker stands, whatever is said between; nobody confirms themselves."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.codec import decode_event
from timeline.views.projection.verdicts import status_of, superseded_ids

SPEAKERS = ("nis", "mod", "rfa")
DECISIVE = {"confirms": True, "denies": False, "not_acknowledged": None}


def statement_of(number, speaker, stance):
    """A statement."""
    fields = f'"speaker": "{speaker}", "stance": "{stance}", "summary": "They say so."'
    return decode_event(f'{{"id": "{UUID(int=number)}", "type": "official_statement", {fields}}}'.encode())


stances = st.sampled_from((*DECISIVE, "condemns", "announces"))
statements = st.lists(st.tuples(st.sampled_from(SPEAKERS), stances)).map(
    lambda pairs: [statement_of(number, *pair) for number, pair in enumerate(pairs, start=1)]
)


@given(statements, st.sets(st.sampled_from(SPEAKERS)))
def test_the_last_word_of_each_speaker_decides(events, claimants):
    """Other stances supersede nothing and are superseded by nothing."""
    superseded = superseded_ids(events)
    last = {event.speaker: event for event in events if event.stance in DECISIVE}
    verdicts = {
        DECISIVE[e.stance]
        for s, e in last.items()
        if e.stance != "confirms" or claimants - {s} or not claimants
    }

    assert {e.id for e in events if e.stance in DECISIVE} - superseded == {e.id for e in last.values()}
    assert superseded <= {event.id for event in events if event.stance in DECISIVE}
    expected = {(True, False): "confirmed", (False, True): "denied", (True, True): "contested"}
    status = status_of(events, superseded, claimants)
    assert status == expected.get((True in verdicts, False in verdicts), "reported")
