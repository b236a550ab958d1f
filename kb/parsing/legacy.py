"""DOC and PPT through antiword or LibreOffice where installed; encrypted Office files refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kb.domain.errors import DamagedFile, MissingTool, PasswordProtected
from kb.domain.parsed import ParsedPage
from kb.parsing.facts import DocumentFacts
from kb.parsing.logical import lay_out
from kb.parsing.slides import read_pptx
from kb.parsing.text import text_pieces
from kb.parsing.word import read_docx

_SECONDS = 120
_OFFICE = ("soffice", "libreoffice")


def doc_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return nothing: what an old file says about itself shows only after conversion."""
    del path, name
    return DocumentFacts()


ppt_facts = doc_facts


def encrypted_facts(path: Path, *, name: str) -> DocumentFacts:
    """Refuse an encrypted Office file.

    Raises:
        PasswordProtected: always.
    """
    del path
    raise PasswordProtected(name=name)


def read_encrypted(
    path: Path, *, name: str, first_page: int = 1, max_pages: int
) -> Iterator[ParsedPage]:
    """Refuse an encrypted Office file.

    Raises:
        PasswordProtected: always.
    """
    del path, first_page, max_pages
    raise PasswordProtected(name=name)


def read_doc(path: Path, *, name: str, first_page: int = 1, max_pages: int) -> Iterator[ParsedPage]:
    """Yield logical pages of a Word 97-2003 document.

    Raises:
        MissingTool: neither LibreOffice nor antiword is installed.
        DamagedFile: the program could not read it.
    """
    if _office():
        with tempfile.TemporaryDirectory() as folder:
            converted = _converted(path, Path(folder), "docx", name)
            yield from read_docx(converted, name=name, first_page=first_page, max_pages=max_pages)
        return
    antiword = shutil.which("antiword")
    if not antiword:
        raise MissingTool(name=name, tool="LibreOffice / antiword", instead="DOCX")
    text = _output([antiword, "-m", "UTF-8.txt", "-w", "0", str(path)], name)
    lines = iter(text.decode("utf-8", "replace").splitlines())
    yield from lay_out(text_pieces(lines), first_page=first_page, max_pages=max_pages)


def read_ppt(path: Path, *, name: str, first_page: int = 1, max_pages: int) -> Iterator[ParsedPage]:
    """Yield the slides of a PowerPoint 97-2003 presentation.

    Raises:
        MissingTool: LibreOffice is not installed.
        DamagedFile: it could not read the file.
    """
    if not _office():
        raise MissingTool(name=name, tool="LibreOffice", instead="PPTX")
    with tempfile.TemporaryDirectory() as folder:
        converted = _converted(path, Path(folder), "pptx", name)
        yield from read_pptx(converted, name=name, first_page=first_page, max_pages=max_pages)


def _office() -> Path | None:
    """Folder of LibreOffice's programs and libraries."""
    found = next(filter(None, map(shutil.which, _OFFICE)), None)
    return Path(found).resolve().parent if found else None


def _converted(path: Path, folder: Path, wanted: str, name: str) -> Path:
    """Return ``path`` converted by LibreOffice, with a profile of its own and no macros."""
    target = folder / f"converted.{wanted}"
    profile = (folder / "profile").as_uri()
    # Handed over as text: the new process may not be allowed to read our files.
    converter = Path(__file__).with_name("legacy_convert.py").read_text("utf-8")
    python = [sys.executable, "-I", "-c", converter]
    _output([*python, str(_office()), profile, str(path), str(target), wanted], name)
    if not target.is_file():
        raise DamagedFile(
            name=name, detail="LibreOffice could not open it", detail_zh="LibreOffice 无法打开"
        )
    return target


def _output(command: list[str], name: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - fixed programs, no shell
            command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise DamagedFile(name=name, detail=str(error)[:200], detail_zh=str(error)[:200]) from error
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        detail = told[:200] or f"exit {done.returncode}"
        if "password" in detail.lower() or "encrypt" in detail.lower():
            raise PasswordProtected(name=name)
        raise DamagedFile(name=name, detail=detail, detail_zh=f"转换程序报告：{detail}")
    return done.stdout


__all__ = [
    "doc_facts",
    "encrypted_facts",
    "ppt_facts",
    "read_doc",
    "read_encrypted",
    "read_ppt",
]
