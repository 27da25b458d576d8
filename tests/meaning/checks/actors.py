"""Checks of the actors: which are listed, and each one's own view, with its parts unless told not to."""

from collections.abc import Iterator

from tests.meaning.checks.check import Check, Question
from tests.meaning.checks.entries import ACTORS


def checks(question: Question) -> Iterator[Check]:
    """The list, and the views of listed actors."""
    model, at, published_by = question.model, question.at, question.published_by
    listed, names = model.actors(published_by, at), model.names(published_by, at)
    yield Check(
        "actors",
        "/actors",
        {**question.parameters, "limit": 4},
        [[actor, names.get(actor, actor)] for actor in sorted(listed)],
        lambda answer: [[actor["id"], actor["name"]] for actor in answer["actors"]],
    )
    for actor in question.some(ACTORS, 1):
        parts = question.random.choice((True, False))
        entries = [str(entry.id) for entry in model.actor(actor, published_by, at, parts=parts)]
        parameters = {**question.parameters, "parts": None if parts else "false", "limit": 100}
        yield Check(
            "actor",
            f"/actors/{actor}",
            parameters,
            entries if actor in listed or entries else None,
            lambda answer: None if answer is None else [entry["id"] for entry in answer["entries"]],
        )
