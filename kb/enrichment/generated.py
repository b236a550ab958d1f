"""Summaries by a configured language model: map over windows, reduce, look for the sources."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence

from kb.chunking.sentences import sentence_spans
from kb.domain.errors import ModelOutputInvalid, NoTextFound
from kb.domain.passages import Window
from kb.domain.understanding import (
    Summary,
    SummaryKind,
    SummaryLanguage,
    SummaryLength,
    SummarySentence,
    SummaryStyle,
)
from kb.embedding.protocol import Embedder
from kb.enrichment.protocol import DEFAULT_STYLE, DocumentText, Progress, WindowNotes
from kb.enrichment.script import is_chinese
from kb.enrichment.stable_windows import stable_windows
from kb.enrichment.support import sources_of
from kb.llm import prompts
from kb.llm.protocol import LanguageModel, Message
from kb.llm.schema import points_schema

_ANSWER_TOKENS = 512
_AT_ONCE = 4
"""Windows that are read side by side; their notes are kept and progress is told after each."""
_MOST_POINTS = 7
_LONGEST_POINT = 200
_NUMBERING = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)、])\s*")
_LETTERS_OF_A_SENTENCE = 4
_LONGEST_RECIPE = 160


class ModelSummariser:
    """Reads every window; what it said of unchanged windows is taken from the notes."""

    def __init__(
        self, model: LanguageModel, embedder: Embedder, notes: WindowNotes | None = None
    ) -> None:
        """Take the parts and do nothing.

        Args:
            model: writes.
            embedder: the one that made the documents' vectors; looks for sources.
            notes: what was said of windows before; None reads every window again.
        """
        self._model = model
        self._embedder = embedder
        self._notes: WindowNotes = _NoNotes() if notes is None else notes

    def summarise(
        self, text: DocumentText, progress: Progress, *, style: SummaryStyle = DEFAULT_STYLE
    ) -> Summary:
        """Return the model's sentences; those without support have no passages.

        Raises:
            NoTextFound: the document has no text.
            ModelFailure: the model could not answer.
        """
        begun = time.monotonic()
        windows = _fitting_windows(text, self._model)
        run = _Run(self._model, self._notes, style, chinese=_in_chinese(windows, style))
        parts = run.notes_of(windows, progress)
        written = written_sentences(run.combined(parts))
        if not written:
            raise ModelOutputInvalid(model=self._model.model, detail="no sentences in its answer")
        if style.length is SummaryLength.LINE:
            written = written[:1]
        sources = sources_of(written, text, self._embedder)
        return Summary(
            kind=SummaryKind.GENERATED,
            sentences=tuple(map(SummarySentence, written, sources)),
            model=self._model.model,
            windows_read=len(windows),
            windows_total=len(windows),
            path="model",
            tokens=run.tokens,
            seconds=round(time.monotonic() - begun, 3),
        )


class _Run:
    """One summary in the making: what is asked, and what it cost."""

    def __init__(
        self, model: LanguageModel, notes: WindowNotes, style: SummaryStyle, *, chinese: bool
    ) -> None:
        self._model = model
        self._notes = notes
        self._style = style
        self._chinese = chinese
        self._room = min(_ANSWER_TOKENS, model.context_tokens // 4)
        self.tokens = 0

    def notes_of(self, windows: Sequence[Window], progress: Progress) -> list[str]:
        """What the model says of each window, from the notes where it was said before."""
        whole = len(windows) == 1
        recipe = self._recipe(whole=whole)
        hashes = [_digest(window.text) for window in windows]
        known = dict(self._notes.find(recipe, hashes))
        done = sum(digest in known for digest in hashes)
        if done:
            progress(done, len(windows))
        missing = {d: w for d, w in zip(hashes, windows, strict=True) if d not in known}
        for group in _groups(list(missing.items())):
            asked = [self._window(window.text, whole=whole) for _, window in group]
            for (digest, _), note in zip(group, self._answers(asked), strict=True):
                known[digest] = note
                self._notes.put(recipe, digest, note)
                done += 1
                progress(done, len(windows))
        return [known[digest] for digest in hashes]

    def combined(self, parts: list[str]) -> str:
        """Combine as many at once as fit, until one is left."""
        room = prompts.room_for_window(self._model.context_tokens)
        while len(parts) > 1:
            groups: list[list[str]] = []
            filled = room
            for part, tokens in zip(parts, self._model.count_tokens(parts), strict=True):
                if filled + tokens > room and (not groups or len(groups[-1]) > 1):
                    groups.append([])
                    filled = 0
                groups[-1].append(part)
                filled += tokens
            parts = [group[0] if len(group) == 1 else self._reduced(group) for group in groups]
        return parts[0]

    def _reduced(self, group: Sequence[str]) -> str:
        asked = prompts.combine_summaries(
            group, length=self._style.length.value, chinese=self._chinese
        )
        return self._answers([asked])[0]

    def _window(self, text: str, *, whole: bool) -> list[Message]:
        # Parts of a long document are noted at length whatever the style: one line of each part
        # would leave too little to combine.
        length = self._style.length if whole else SummaryLength.ABSTRACT
        return prompts.summarise_window(
            text, length=length.value, whole=whole, chinese=self._chinese
        )

    def _answers(self, asked: Sequence[Sequence[Message]]) -> list[str]:
        if self._style.length is SummaryLength.POINTS:
            answers = [self._points(messages) for messages in asked]
        elif len(asked) == 1:
            answers = [self._model.generate(asked[0], max_tokens=self._room)]
        else:
            answers = self._model.generate_batch(asked, max_tokens=self._room)
        read = [message.content for messages in asked for message in messages]
        self.tokens += sum(self._model.count_tokens([*read, *answers]))
        return answers

    def _points(self, messages: Sequence[Message]) -> str:
        """A list that is bound to be one while it is decoded; one point a line."""
        longest = min(_LONGEST_POINT, max(self._room // 4, 16))
        most = max(min(_MOST_POINTS, self._room // max(longest // 4, 1) // 2), 1)
        schema = points_schema(most=most, longest=longest)
        found = self._model.generate_structured(messages, schema, max_tokens=2 * self._room)
        return "\n".join(" ".join(str(point).split()) for point in found["points"])

    def _recipe(self, *, whole: bool) -> str:
        """Everything that a note depends on besides the window's text."""
        length = self._style.length.value if whole else "part"
        if self._style.length is SummaryLength.POINTS:
            length = f"{length}-points"
        name = self._model.model
        if len(name) > _LONGEST_RECIPE:
            name = hashlib.sha256(name.encode()).hexdigest()
        language = "zh" if self._chinese else "en"
        return f"{name}|{prompts.SUMMARY_RECIPE}|{length}|{language}|{self._room}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class _NoNotes:
    """Remembers nothing."""

    def find(self, recipe: str, text_hashes: Sequence[str]) -> Mapping[str, str]:
        """None."""
        del recipe, text_hashes
        return {}

    def put(self, recipe: str, text_hash: str, note: str) -> None:
        """Forget."""


def written_sentences(answer: str) -> list[str]:
    """Sentences of an answer without numbering and repetitions."""
    sentences: list[str] = []
    for line in answer.splitlines():
        plain = _NUMBERING.sub("", line).strip()
        for start, end in sentence_spans(plain):
            sentence = plain[start:end].strip()
            letters = sum(character.isalpha() for character in sentence)
            if letters >= _LETTERS_OF_A_SENTENCE and sentence not in sentences:
                sentences.append(sentence)
    return sentences


def _fitting_windows(text: DocumentText, model: LanguageModel) -> Sequence[Window]:
    """One window where the document fits into one, else windows that survive edits."""
    if not any(passage.text.strip() for passage in text.passages):
        raise NoTextFound(name=text.name)
    room = prompts.room_for_window(model.context_tokens)
    if len(text.windows) == 1 and model.count_tokens([text.windows[0].text])[0] <= room:
        return text.windows
    return stable_windows(text.passages, count_tokens=model.count_tokens, max_tokens=room)


def _in_chinese(windows: Sequence[Window], style: SummaryStyle) -> bool:
    if style.language is SummaryLanguage.DOCUMENT:
        return is_chinese(windows[0].text)
    return style.language is SummaryLanguage.CHINESE


def _groups(missing: Sequence[tuple[str, Window]]) -> Iterator[Sequence[tuple[str, Window]]]:
    for start in range(0, len(missing), _AT_ONCE):
        yield missing[start : start + _AT_ONCE]
