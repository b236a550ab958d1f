"""Searches of the web door: by words alone while the embedder is still being loaded."""

from __future__ import annotations

import gc
import threading
from dataclasses import replace

import structlog

from kb.bootstrap import Application
from kb.domain.access import Principal
from kb.domain.errors import KbError
from kb.domain.search import (
    PagePlaces,
    SearchMode,
    SearchNotice,
    SearchRequest,
    SearchResult,
)
from kb.search.retrieve import Searcher

_FOLLOW_SECONDS = 0.5
_log = structlog.get_logger(__name__)


class Searching:
    """The searcher, opened in the background so that the server answers from its first moment."""

    def __init__(self, kb: Application) -> None:
        self._kb = kb
        self._lock = threading.Lock()
        self._warming: threading.Thread | None = None
        self._closed = threading.Event()

    def warm_up(self) -> None:
        """Begin to load the index and the embedder; returns at once."""
        self._warming = threading.Thread(target=self._load, name="warm-up", daemon=True)
        self._warming.start()
        threading.Thread(target=self._follow, name="follow-index", daemon=True).start()

    def _follow(self) -> None:
        """Beside the searches, so that none waits: open new snapshots, tell builds the latency."""
        if self._warming is not None:
            self._warming.join()
        while not self._closed.wait(_FOLLOW_SECONDS):
            try:
                self._searcher().warm_up()
                self._kb.search_loads.publish_if_due()
            except KbError as error:
                _log.warning("index_not_followed", code=error.code)

    def close(self) -> None:
        """End what runs in the background."""
        self._closed.set()

    def search(self, request: SearchRequest, who: Principal) -> SearchResult:
        """Answer a query with what is ready; only a search by meaning alone waits."""
        found = self._found(request, who)
        self._kb.search_loads.note(found.took_ms)
        return found

    def _found(self, request: SearchRequest, who: Principal) -> SearchResult:
        loading = self._warming is not None and self._warming.is_alive()
        if not loading or request.mode is not SearchMode.HYBRID:
            return self._searcher().search(request, who)
        found = self._searcher().search(replace(request, mode=SearchMode.LEXICAL), who)
        return replace(found, mode=request.mode, notice=found.notice or SearchNotice.WORDS_ONLY)

    def places(self, document_id: int, query: str, who: Principal) -> tuple[PagePlaces, ...]:
        """Where the words of a query stand in a document."""
        return self._searcher().places(document_id, query, who)

    def _searcher(self) -> Searcher:
        with self._lock:  # made once, whichever request comes first
            return self._kb.searcher

    def _load(self) -> None:
        try:
            self._searcher().warm_up()
            self._kb.embedder.warm_up()
        except KbError as error:  # searches tell of it; words work in any case
            _log.warning("warm_up_failed", code=error.code, detail=str(error))
        # What is loaded by now stays: looking through all of it for garbage again and again
        # would hold up every search for a tenth of a second each time.
        gc.collect()
        gc.freeze()
