"""Whether two names are one name, however two systems wrote it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_BETWEEN = str.maketrans(dict.fromkeys("^,.;/\\|_()[]", " "))
_WITHIN = str.maketrans(dict.fromkeys("'`´’ʼ‘\"-‐‑‒–", ""))  # noqa: RUF001 - as they stand in names
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_BARE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "đ": "d", "ł": "l", "ı": "i"})  # noqa: RUF001 - letters
_ACCENTS = range(0x0300, 0x0370)
"""Combining marks of alphabets; those of other scripts make another letter."""

_PARTICLES = frozenset(
    {"da", "das", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "du", "el", "la", "le", "los", "ten"}
    | {"ter", "und", "van", "von", "zu", "zum", "zur", "al", "bin", "bint", "ibn", "abu"}
    | {"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "jr", "sr"}
)
"""Words that persons of different families share."""

Word = frozenset[str]
"""One written word in each of its spellings: "müller" is "mueller" and "muller"."""


def same_name(one: str, other: str) -> bool:
    """Return whether two names are the same one.

    Unicode's forms (composed, decomposed, full width), case, umlauts spelt out, accents left out, punctuation and the
    order of the words make no difference; of a DICOM name one of its groups (alphabetic, ideographic, phonetic) is
    enough.
    """
    return any(_alike(mine, theirs) for mine in _groups(one) for theirs in _groups(other))


def share_a_word(one: str, other: str) -> bool:
    """Return whether two names have a word in common that is neither an initial nor one such as "von" or "da"."""
    if same_name(one, other):
        return True
    mine, theirs = _telling(one), _telling(other)
    return any(word & another for word in mine for another in theirs)


def comparable_names(one: str, other: str) -> bool:
    """Return whether two names are written in a common script: "Yamada" says nothing of 山田."""
    return bool(_scripts(one) & _scripts(other))


@lru_cache(maxsize=4096)
def _groups(name: str) -> tuple[tuple[Word, ...], ...]:
    """Return the words of each group of a name, those joined by a hyphen or an apostrophe as one."""
    groups = (_words(group.translate(_WITHIN)) for group in _folded(name).split("="))
    return tuple(group for group in groups if group)


@lru_cache(maxsize=4096)
def _telling(name: str) -> tuple[Word, ...]:
    """Return the words that tell persons apart, the parts of a double name each and together."""
    text = _folded(name).replace("=", " ")
    joined, parts = text.translate(_WITHIN), text.translate(dict.fromkeys(_WITHIN, " "))
    words = tuple(dict.fromkeys((*_words(joined), *_words(parts))))
    telling = tuple(word for word in words if not _tells_little(word))
    return telling or words


def _tells_little(word: Word) -> bool:
    letters = max(word, key=len)
    # One ideograph is a whole name.
    return bool(word & _PARTICLES) or (len(letters) == 1 and letters.isascii())


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _words(text: str) -> tuple[Word, ...]:
    return tuple(frozenset({_plain(word.translate(_SPELT)), _plain(word)}) for word in text.translate(_BETWEEN).split())


def _plain(word: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", word.translate(_BARE))
    return unicodedata.normalize("NFC", "".join(one for one in taken_apart if ord(one) not in _ACCENTS))


def _alike(mine: tuple[Word, ...], theirs: tuple[Word, ...]) -> bool:
    if _joined(mine) & _joined(theirs):
        return True
    left = list(theirs)
    for word in mine:
        found = next((other for other in left if word & other), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _joined(words: tuple[Word, ...]) -> Word:
    """Return a whole name without spaces, in its shortest and its longest spelling."""
    return frozenset({"".join(min(word, key=len) for word in words), "".join(max(word, key=len) for word in words)})


@lru_cache(maxsize=4096)
def _scripts(name: str) -> frozenset[str]:
    return frozenset(unicodedata.name(one, "").partition(" ")[0] for one in _folded(name) if one.isalpha())
