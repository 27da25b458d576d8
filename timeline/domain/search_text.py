"""Text to search in: what of a text counts when somebody looks for words (meaning, section 7).

Texts are compared in NFC and without regard to case: `É` of one code point is `é` of two. Only words count,
not what stands between them, so that `nk-troops` is found by "nk troops" and a quote by its words without
its marks. The bytes that are stored and sent stay as they were posted; only the index holds this form.

Both sides of a comparison go through here: what the views store to search in, and what a request looks for.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import normalize

_WORD = re.compile(r"\w+")

# what the two together do to ASCII, of which most texts are, four times as fast
_ASCII_WORDS = bytes(
    ord(letter.lower()) if letter.isalnum() or letter == "_" else ord(" ") for letter in map(chr, range(128))
).ljust(256)


@lru_cache(maxsize=32_768)  # names of places come again and again
def fold_name(name: str) -> str:
    """A name as it is compared with others, as a whole."""
    return fold_text(name)


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
    text = "\n".join(texts)
    if text.isascii():
        return " ".join(text.encode().translate(_ASCII_WORDS).decode().split())
    return " ".join(_WORD.findall(fold_text(text)))
