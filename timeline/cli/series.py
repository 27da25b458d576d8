"""Draws series of figures: what each claimant says, and how the claims stand to each other."""

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from timeline.cli.tables import STANDING_STYLES, console, fact, names_on, styled, table
from timeline.cli.words import bounds_words, clean, day_words, figure_words, name_words
from timeline.views.documents import ClaimDocument
from timeline.views.responses import Reconciled, SeriesList, SeriesSummary, SeriesView


def print_series_list(_: Sequence[SeriesList], found: Sequence[SeriesSummary]) -> None:
    """The series of a timeline: each claimant's latest word, and what all of them allow."""
    out = console()
    drawn = table("series", "latest claims", "standing", "all hold", "envelope")
    for one in found:
        standing, overlap, envelope = _standing(one.reconciled)
        drawn.add_row(clean(one.series), "\n".join(map(_claim, one.latest)), standing, overlap, envelope)
    out.print(drawn if found else Text("There is no figure yet."))


def print_series(pages: Sequence[SeriesView], claims: Sequence[ClaimDocument]) -> None:
    """One series: how it stands, and every claim."""
    out = console()
    view, names = pages[0], names_on(pages)
    out.print(Text(clean(view.series), style="bold"))
    out.print(Text(f"{view.timeline} at position {view.position}", style="dim"))
    standing, overlap, envelope = _standing(view.reconciled)
    for line in (
        *fact("claims that may speak for a date up to", day_words(view.as_of) if view.as_of else None),
        *fact("standing", standing),
        *fact("all hold", overlap),
        *fact("envelope", envelope),
        *fact(f"by the policy {clean(view.policy)}", _chosen(view)),
    ):
        out.print(line)
    out.print(_claims_table(claims, {claim.id for claim in view.latest}, names))
    for reset in view.resets:
        whose = name_words(reset.claimant, names) if reset.claimant else "everybody"
        said = f"Starts again on {day_words(reset.as_of)} for {whose} ({reset.position})"
        out.print(Text(f"{said}: {clean(reset.reason)}"))


def _chosen(view: SeriesView) -> str | None:
    if view.policy == "envelope":
        return None  # told already
    if view.chosen is None:
        return "no claim fits"
    return figure_words(view.chosen.figure) if view.chosen.figure else bounds_words(view.chosen.bounds)


def _claims_table(claims: Iterable[ClaimDocument], latest: set[object], names: Mapping[str, str]) -> Table:
    drawn = table("as of", "claimant", "figure", "bounds", "", "#position")
    for claim in claims:
        marks = ["latest"] if claim.id in latest else []
        marks += ["out of order"] if claim.disordered else []
        drawn.add_row(
            day_words(claim.as_of),
            name_words(claim.claimant, names),
            figure_words(claim.figure),
            Text(bounds_words(claim.bounds), style="bold"),
            ", ".join(marks),
            str(claim.position),
        )
    return drawn


def _claim(claim: ClaimDocument) -> str:
    return f"{clean(claim.claimant)}: {bounds_words(claim.bounds)}"


def _standing(found: Reconciled | None) -> tuple[Text, str, str]:
    if found is None:
        return Text("no claim stands", style="dim"), "—", "—"
    return (
        styled(found.standing, STANDING_STYLES),
        bounds_words(found.overlap),
        bounds_words(found.envelope),
    )
