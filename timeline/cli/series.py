"""Prints series of figures: the claims of each claimant, and whether they agree."""

from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from timeline.cli.layout import Rows
from timeline.cli.tables import AGREEMENT_STYLES, console, fact, names_on, print_unknown, style_word, table
from timeline.cli.text import bounds_words, clean, figure_on_one_line, name_words, reset_words
from timeline.domain.words import edtf_words
from timeline.views.documents import ClaimDocument
from timeline.views.figure_responses import Chosen, Reconciled, SeriesList, SeriesSummary, SeriesView


def print_series_list(pages: Sequence[SeriesList], series: Sequence[SeriesSummary]) -> None:
    """Print the series of a timeline: each claimant's latest claim, and how these compare."""
    names = names_on(pages)
    rows = table("series", "latest claims", "agreement", "because")
    for summary in series:
        latest = "\n".join(
            f"{name_words(claim.claimant, names)}: {figure_on_one_line(claim.figure)}"
            for claim in summary.latest
        )
        standings = [*filter(None, [summary.reconciled]), *summary.other_units]
        agreement = Text("\n").join(map(_agreement, standings)) if standings else _NO_CLAIMS
        reasons = "\n".join(_reason(standing, of_several=len(standings) > 1) for standing in standings)
        rows.add_row(clean(summary.series), latest, agreement, reasons)
    console().print(rows if series else Text("No figures yet."))
    print_unknown(pages[0].publication_unknown, "claims or resets")


def print_series(pages: Sequence[SeriesView], claims: Sequence[ClaimDocument]) -> None:
    """Print one series: how its latest claims compare, every claim, and its resets."""
    out = console()
    view, names = pages[0], names_on(pages)
    out.print(Text(clean(view.series), style="bold"))
    out.print(Text(f"{view.timeline} at position {view.position}", style="dim"))
    for line in fact("claims for", view.as_of and edtf_words(view.as_of)):
        out.print(line)
    _print_standing(view, view.reconciled, view.chosen, view.not_chosen)
    for other in view.other_units:
        out.print(Text(f"counted in {clean(other.reconciled.unit)}, which is no rival:", style="bold"))
        _print_standing(view, other.reconciled, other.chosen, other.not_chosen)
    out.print(_claims_table(claims, view, names))
    print_unknown(view.publication_unknown, "claims or resets")
    for reset in view.resets:
        words = reset_words(reset, names)
        out.print(Text(f"{words[0].upper()}{words[1:]} ({reset.position}): {clean(reset.reason)}"))


def _print_standing(
    view: SeriesView, reconciled: Reconciled | None, chosen: Chosen | None, not_chosen: str | None
) -> None:
    """Print how the claims in one unit compare, and what the policy makes of them."""
    out = console()
    if reconciled is None:
        for line in fact("agreement", _NO_CLAIMS):
            out.print(line)
        return
    choice = clean(chosen.text) if chosen else not_chosen and f"nothing: {clean(not_chosen)}"
    for line in (
        *fact("agreement", _agreement(reconciled)),
        *fact("because", _reason(reconciled)),
        *fact("overlap", bounds_words(reconciled.overlap)),
        *fact("envelope", bounds_words(reconciled.envelope)),
        # that of the envelope is printed in a line of its own
        *fact(f"chosen by the policy {clean(view.policy)}", None if view.policy == "envelope" else choice),
    ):
        out.print(line)


def _claims_table(claims: Iterable[ClaimDocument], view: SeriesView, names: Mapping[str, str]) -> Rows:
    latest = {claim.id: claim for claim in view.latest}
    standings = [*filter(None, [view.reconciled]), *(other.reconciled for other in view.other_units)]
    aside = {claim.claim: claim.reason for standing in standings for claim in standing.set_aside}
    rows = table(
        "as of",
        "claimant",
        "figure",
        "allows",
        "remarks",
        "#position",
        drop=("allows", "#position"),
    )
    for claim in claims:
        is_latest = latest.get(claim.id) == claim  # a report may claim something for several days
        marks = ["latest"] if is_latest else []
        marks += ["only holds the date"] if is_latest and claim.id in view.containing else []
        marks += (
            [f"set aside: {aside[claim.id]}"]
            if claim.id in aside and (is_latest or claim.id not in latest)
            else []
        )
        marks += ["out of order"] if claim.disordered else []
        rows.add_row(
            claim.as_of_text,
            name_words(claim.claimant, names),
            figure_on_one_line(claim.figure),
            Text(bounds_words(claim.bounds), style="bold"),
            ", ".join(marks),
            str(claim.word or claim.position),
        )
    return rows


_NO_CLAIMS = Text("no claims", style="dim")


def _agreement(reconciled: Reconciled) -> Text:
    return style_word(reconciled.standing, AGREEMENT_STYLES)


def _reason(reconciled: Reconciled, *, of_several: bool = False) -> str:
    """Why the claims stand so, with the unit where there are several."""
    reason = clean(reconciled.reason)
    return f"{clean(reconciled.unit)}: {reason}" if of_several else reason
