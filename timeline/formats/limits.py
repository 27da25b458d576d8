"""Texts of outside files within the bounds of the vocabulary; what is cut says so by its ellipsis."""

LINE_LENGTH_MAX = 500
TEXT_LENGTH_MAX = 20_000
SOURCES_MAX = 50


def line(text: str) -> str:
    """The text without blanks around it, and no longer than a line may be."""
    return bounded(text, LINE_LENGTH_MAX)


def text(words: str) -> str:
    """The text without blanks around it, and no longer than a text may be."""
    return bounded(words, TEXT_LENGTH_MAX)


def bounded(words: str, length_max: int) -> str:
    """The text without blanks around it; a longer one ends in an ellipsis."""
    words = words.strip()
    return words if len(words) <= length_max else f"{words[: length_max - 1]}…"
