"""Text to search in: what of a text counts when somebody looks for words (meaning, section 7).

Texts are compared in NFC and without regard to case: `É` of one code point is `é` of two. Only words count,
not what stands between them, so that `nk-troops` is found by "nk troops" and a quote by its words without
its marks. The bytes that are stored and sent stay as they were posted; only the index holds this form.

Both sides of a comparison go through here: what the views store to search in, and what a request looks for.

PostgreSQL's index takes no word of 2,047 bytes or more, and refuses a text whose words come to a megabyte. So
words are cut after WORD_LENGTH_MAX characters, on both sides: those that begin with the same so many are one.
And of a text only the first WORDS_BYTES_MAX bytes of words count: an entry that shows more, of many reports
that are one, is found by what comes first, the leading report's words before the others'.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import normalize

WORD_LENGTH_MAX = 500
"""How many characters of a word count: they are at most four bytes each."""

WORDS_BYTES_MAX = 500_000
"""How many bytes of words a text may have: an index needs at most twice as many, six for a word of two."""

_CHARACTER_BYTES_MAX = 4
_WORD = re.compile(r"[^\W_]+")

# what the two together do to ASCII, of which most texts are, four times as fast
_ASCII_WORDS = bytes(
    ord(letter.lower()) if letter.isalnum() else ord(" ") for letter in map(chr, range(128))
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
        folded = b" ".join(text.encode().translate(_ASCII_WORDS).split()).decode()
    else:
        folded = " ".join(_WORD.findall(fold_text(text)))
    if len(folded) > WORD_LENGTH_MAX and _may_have_long_word(folded):
        folded = " ".join(word[:WORD_LENGTH_MAX] for word in folded.split(" "))
    return _first_words(folded)


def _may_have_long_word(text: str) -> bool:
    """Whether a part as long as half a word may be has no blank, as every longer word holds one."""
    part = WORD_LENGTH_MAX // 2
    for first in range(0, len(text) - part, part):  # noqa: SIM110 - most are short, and a generator costs more
        if text.find(" ", first, first + part) < 0:
            return True
    return False


def _first_words(text: str) -> str:
    """As many whole words as may be stored."""
    if len(text) <= WORDS_BYTES_MAX // _CHARACTER_BYTES_MAX:
        return text  # as most are
    data = text.encode()
    if len(data) <= WORDS_BYTES_MAX:
        return text
    return data[: data.rindex(b" ", 0, WORDS_BYTES_MAX + 1)].decode()
