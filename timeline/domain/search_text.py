"""Text to search in: what of a text counts when somebody looks for words (meaning, section 7).

Texts are compared in NFC and without regard to case: `É` of one code point is `é` of two. Only words count,
not what stands between them, so that `nk-troops` is found by "nk troops" and a quote by its words without
its marks. The bytes that are stored and sent stay as they were posted; only the index holds this form.

Both sides of a comparison go through here: what the views store to search in, and what a request looks for.
"""

import re
from collections.abc import Iterable
from unicodedata import normalize

_WORD = re.compile(r"\w+")


def fold_text(text: str) -> str:
    """A text as it is compared with others."""
    if text.isascii():
        return text.lower()  # the same as below, and most texts are such
    return normalize("NFC", normalize("NFC", text).casefold())


def search_words(texts: Iterable[str]) -> str:
    """The words of texts, in order and with a blank between each two.

    A full-text index takes them as they are, whatever the locale of the database: there are no marks that it
    would have to tell from letters. What is searched for goes through here too.
    """
    return " ".join(_WORD.findall(fold_text("\n".join(texts))))
