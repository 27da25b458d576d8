"""An entry in words, for formats that are read and not computed with: when it was, and what it claims."""

from collections.abc import Mapping

from timeline.domain.claims import figure_of, series_of
from timeline.domain.events import CountReport
from timeline.domain.words import day_words, edtf_words, figure_words
from timeline.formats.writers import EntryFields

_DATE_PHRASES = {
    "occurred": "{date}",
    "as_of": "as of {date}",
    "period": "over {date}",
    "published": "date not given; published {date}",
    "recorded": "date not given; recorded {date}",
}


def date_words(entry: EntryFields) -> str:
    """When it happened: `about 27 December 2024`; where no source says that, what dates it instead."""
    if not entry.date:  # a row of views that are still to be rebuilt
        occurred = entry.event.occurred
        return edtf_words(occurred) if occurred else f"date not given; reported {day_words(entry.starts)}"
    return _DATE_PHRASES[entry.dated_by or "occurred"].format(date=entry.date_text)


def claim_words(entry: EntryFields, names: Mapping[str, str]) -> str | None:
    """Who claims it; of a figure its words, what it counts, and the date that it speaks for."""
    event = entry.event
    if event.claimant is None:
        return None
    claimant = names.get(event.claimant, event.claimant)
    figure = figure_of(event)
    if figure is None:
        return f"According to {claimant}"
    _, measure, subject, category, *_ = series_of(event).split(".")
    about = [names.get(subject, subject)] if subject != "all" else []
    about += [names.get(category, category.replace("-", " "))] if category != "all" else []
    counted = f"{figure_words(figure)} {measure.replace('_', ' ')}"
    words = f"{counted} ({', '.join(about)})" if about else counted
    as_of = event.as_of if isinstance(event, CountReport) else None
    return f"{claimant}: {words}{f', as of {edtf_words(as_of)}' if as_of else ''}"
