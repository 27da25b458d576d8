"""Prints series of figures: the claims of each claimant, and whether they agree."""

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from timeline.cli.tables import AGREEMENT_STYLES, console, fact, names_on, style_word, table
from timeline.cli.text import bounds_words, clean, figure_on_one_line, name_words
from timeline.views.documents import ClaimDocument
from timeline.views.responses import Reconciled, SeriesList, SeriesSummary, SeriesView


def print_series_list(_: Sequence[SeriesList], series: Sequence[SeriesSummary]) -> None:
    """Print the series of a timeline: each claimant's latest claim, and how these compare."""
    rows = table("series", "latest claims", "agreement", "overlap", "envelope")
    for summary in series:
        latest = "\n".join(
            f"{clean(claim.claimant)}: {bounds_words(claim.bounds)}" for claim in summary.latest
        )
        rows.add_row(clean(summary.series), latest, *_agreement(summary.reconciled))
    console().print(rows if series else Text("No figures yet."))


def print_series(pages: Sequence[SeriesView], claims: Sequence[ClaimDocument]) -> None:
    """Print one series: how its latest claims compare, every claim, and its resets."""
    out = console()
    view, names = pages[0], names_on(pages)
    out.print(Text(clean(view.series), style="bold"))
    out.print(Text(f"{view.timeline} at position {view.position}", style="dim"))
    agreement, overlap, envelope = _agreement(view.reconciled)
    for line in (
        *fact("claims about dates up to", view.as_of.isoformat() if view.as_of else None),
        *fact("agreement", agreement),
        *fact("overlap", overlap),
        *fact("envelope", envelope),
        *fact(f"chosen by the policy {clean(view.policy)}", _choice(view)),
    ):
        out.print(line)
    out.print(_claims_table(claims, {claim.id for claim in view.latest}, names))
    for reset in view.resets:
        claimant = name_words(reset.claimant, names) if reset.claimant else "everyone"
        heading = f"Reset on {reset.as_of_text} for {claimant} ({reset.position})"
        out.print(Text(f"{heading}: {clean(reset.reason)}"))


def _choice(view: SeriesView) -> str | None:
    if view.policy == "envelope":
        return None  # printed in a line of its own
    if view.chosen is None:
        return "no claim qualifies"
    return figure_on_one_line(view.chosen.figure) if view.chosen.figure else bounds_words(view.chosen.bounds)


def _claims_table(claims: Iterable[ClaimDocument], latest: set[object], names: Mapping[str, str]) -> Table:
    rows = table("as of", "claimant", "figure", "bounds", "", "#position")
    for claim in claims:
        marks = ["latest"] if claim.id in latest else []
        marks += ["out of order"] if claim.disordered else []
        rows.add_row(
            claim.as_of_text,
            name_words(claim.claimant, names),
            figure_on_one_line(claim.figure),
            Text(bounds_words(claim.bounds), style="bold"),
            ", ".join(marks),
            str(claim.position),
        )
    return rows


def _agreement(reconciled: Reconciled | None) -> tuple[Text, str, str]:
    """Whether the latest claims agree, their overlap, and their envelope."""
    if reconciled is None:
        return Text("no claims", style="dim"), "—", "—"
    return (
        style_word(reconciled.standing, AGREEMENT_STYLES),
        bounds_words(reconciled.overlap),
        bounds_words(reconciled.envelope),
    )
