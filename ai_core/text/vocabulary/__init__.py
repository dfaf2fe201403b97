"""Word lists by language: what binds sentences, what says little, what must not end a sentence."""

from ai_core.text.vocabulary import english, french

BY_LANGUAGE = {"fr": french, "en": english}
STOP_WORDS = {code: module.STOP_WORDS for code, module in BY_LANGUAGE.items()}
WEAK_WORDS = {code: module.WEAK_WORDS for code, module in BY_LANGUAGE.items()}
ANY_STOP_WORDS = french.STOP_WORDS | english.STOP_WORDS
ANY_WEAK_WORDS = french.WEAK_WORDS | english.WEAK_WORDS


def stop_words(language: str) -> frozenset[str]:
    """The function words of a language; of both languages when it is not known."""
    return STOP_WORDS.get(language, ANY_STOP_WORDS)


def weak_words(language: str) -> frozenset[str]:
    """Words that carry little meaning alone: common verbs, adverbs, time words."""
    return WEAK_WORDS.get(language, ANY_WEAK_WORDS)
