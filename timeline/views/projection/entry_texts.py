"""The texts by which an entry is found: every text that it shows (meaning, section 7).

These are, of every report of the development: its summary, area, quote, statement, role, outcome, the
source's own words for a figure, what evidence shows, the title, caption and credit of its media, the title of
each source, the names of its place, its tags, and the ids of the actors that the entry names. Names and
aliases of actors are not among them: they are looked up in the profiles as these stood, so that a new name
rewrites no entry. What other entries say about it is found as those entries. What is among these texts twice,
such as a tag that is an actor's id, or a place that the summary names, is indexed once.
"""

from collections.abc import Iterable

from timeline.domain.claims import figure_of
from timeline.domain.events import (
    Deployment,
    Development,
    Engagement,
    Event,
    Evidence,
    OfficialStatement,
    TerritorialChange,
)
from timeline.domain.search_text import fold_name, search_words

_BETWEEN_WORDS = " ,.;:()[]/\"'"
"""What stands between words, and changes no letter before it as a combining accent would."""


def texts_searched(reports: Iterable[Development], actors: Iterable[str]) -> str:
    """The words that `q` looks at, of all reports of a development and the ids of its actors."""
    texts: list[str] = []
    for report in reports:
        summary = report.summary
        texts.append(summary)
        texts += [name for name in _place_names(report) if not _names(summary, name)]
        texts += report.tags
        texts += filter(None, _texts_of(report))
        figure = figure_of(report)
        if figure is not None and figure.verbatim:
            texts.append(figure.verbatim)
        for source in report.sources:
            if source.title:
                texts.append(source.title)
    texts += actors
    return search_words(dict.fromkeys(texts))


def _names(text: str, name: str) -> bool:
    """Whether a text certainly has the words of a name beside each other."""
    first = text.find(name)
    if first < 0 or not name:
        return False
    before, after = text[first - 1 : first], text[first + len(name) :][:1]
    return (not before or before in _BETWEEN_WORDS) and (not after or after in _BETWEEN_WORDS)


def places_searched(report: Development) -> list[str]:
    """The names that `place` is compared with, each once."""
    return [*dict.fromkeys(map(fold_name, _place_names(report)))]


def _texts_of(event: Event) -> tuple[str | None, ...]:
    if isinstance(event, Engagement):
        return (event.outcome,)
    if isinstance(event, OfficialStatement):
        return event.statement, event.quote
    if isinstance(event, Evidence):
        return (
            event.shows,
            *(text for item in event.media for text in (item.title, item.caption, item.credit)),
        )
    return (event.role,) if isinstance(event, Deployment) else ()


def _place_names(event: Development) -> list[str]:
    place = event.place
    names = [*filter(None, (place.name, place.admin1, place.country))] if place else []
    if type(event) is TerritorialChange:  # which is told in a fifth of the time
        names.append(event.area)
    return names
