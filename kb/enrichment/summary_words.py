"""Words as summaries count them: English words, Chinese segmented by jieba's dictionary."""

from __future__ import annotations

import re
from collections.abc import Sequence

import rjieba

_RUNS = re.compile(r"[㐀-鿿豈-﫿]+|[^\W_㐀-鿿豈-﫿]+")
_HAN_START = "㐀"
_EMPTY_ENGLISH = (
    "the a an of to and in that it is i you we they he she was were be been are for on with as at "
    "by this these those so but or if not do does did have has had can could would will shall may "
    "should just like know think um uh yeah okay ok well right mm hmm oh really there what which "
    "who how all about your our their his her its my me us them from up out then than one more "
    "some any get got go going thing things kind sort mean also because when where here no yes "
    "very into over only such other s t re ve ll d m"
)
_EMPTY_CHINESE = (
    "的 了 在 是 我 你 他 她 它 我们 你们 他们 这个 那个 就 也 都 和 与 及 或 不 有 对 这 那 一个 "
    "就是 然后 所以 因为 但是 可以 会 要 去 说 到 很 吧 啊 嗯 呢 吗 的话 其实 还是 还 没有 什么 "
    "怎么 觉得 可能 比较 非常 大家 现在 一 上 下 里 来 能 把 被 让 给 从 向 以 等 并 而 为 于 之 "
    "其 将 应当 或者 以及"
)
_EMPTY = frozenset(_EMPTY_ENGLISH.split()) | frozenset(_EMPTY_CHINESE.split())
_NAMING_WORDS = "the of and to in a an for with by on from 的 和 与 在 及"
_NAMING = frozenset(_NAMING_WORDS.split())
_CHATTING_ENGLISH = (
    "i you we he she they uh um hmm mm oh yeah okay ok well just like know think so right mean "
    "maybe actually basically kind sort really guess gonna wanna it that this there"
)
_CHATTING_CHINESE = (
    "我 你 我们 你们 他 大家 嗯 啊 呃 哦 就是 然后 这个 那个 这 那 对 对吧 吧 呢 是不是 觉得 其实 "
    "可能 的话 好"
)
_CHATTING = frozenset(_CHATTING_ENGLISH.split()) | frozenset(_CHATTING_CHINESE.split())


def naming_share(words: Sequence[str]) -> float:
    """Share of articles and prepositions: sentences that name things rather than chat.

    What the formality of a text is measured by (Heylighen and Dewaele 1999).
    """
    return sum(word in _NAMING for word in words) / max(len(words), 1)


def chatting_share(words: Sequence[str]) -> float:
    """Share of pronouns, hesitations and fillers."""
    return sum(word in _CHATTING for word in words) / max(len(words), 1)


def words_of(text: str) -> list[str]:
    """Words in order, lower-cased; punctuation is left out."""
    words: list[str] = []
    for run in _RUNS.findall(text.lower()):
        if run[0] >= _HAN_START and (run[0] <= "鿿" or run[0] >= "豈"):
            words += rjieba.cut(run)
        else:
            words.append(run)
    return words


def telling_words(words: Sequence[str]) -> list[str]:
    """Those that say something: no function words, fillers or single letters."""
    return [word for word in words if word not in _EMPTY and (len(word) > 1 or word >= _HAN_START)]
