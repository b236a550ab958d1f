"""Converts one old Office file by LibreOffice; a program of its own, since LibreOffice may crash.

    python legacy_convert.py PROGRAM_FOLDER PROFILE_URI SOURCE TARGET FORMAT

It loads LibreOffice as a library (LibreOfficeKit, include/LibreOfficeKit/LibreOfficeKit.h) instead
of starting ``soffice``: that one talks to itself through a socket in /tmp, where a reader may not
write. Macros never run: LibreOfficeKit does not execute them unless asked to. Standard library
only: the reader's environment knows no path of ours.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LIBRARIES = ("libmergedlo.so", "libsofficeapp.so")
_DOCUMENT_LOAD, _GET_ERROR, _SAVE_AS = 2, 3, 2
"""Places in LibreOfficeKitClass and LibreOfficeKitDocumentClass; the first is its size."""
_FAILED = 2


def _method(thing: int, place: int, result: type[Any], texts: int) -> Callable[..., Any]:
    """The function at ``place`` of a C structure of functions; takes ``thing`` and texts."""
    table = ctypes.cast(thing, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
    takes = (ctypes.c_void_p, *[ctypes.c_char_p] * texts)
    return ctypes.CFUNCTYPE(result, *takes)(table[place] or 0)


def convert(program: Path, profile: str, source: Path, target: Path, wanted: str) -> str:
    """Write ``target``; return what is wrong, or nothing."""
    library = next(filter(Path.is_file, (program / name for name in _LIBRARIES)), None)
    if library is None:
        return f"no LibreOffice library in {program.name}"
    hook = ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL).libreofficekit_hook_2
    hook.restype, hook.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
    office = hook(os.fsencode(program), profile.encode())
    if not office:
        return "LibreOffice did not start"
    document = _method(office, _DOCUMENT_LOAD, ctypes.c_void_p, 1)(office, source.as_uri().encode())
    if document:
        save = _method(document, _SAVE_AS, ctypes.c_int, 3)
        if save(document, target.as_uri().encode(), wanted.encode(), None):
            return ""
    told = _method(office, _GET_ERROR, ctypes.c_void_p, 0)(office)
    return ctypes.string_at(told).decode("utf-8", "replace") if told else "could not be opened"


if __name__ == "__main__":
    folder, user, old, new, kind = sys.argv[1:]
    problem = convert(Path(folder), user, Path(old), Path(new), kind)
    sys.stderr.write(f"\n{problem}")
    sys.stderr.flush()
    os._exit(_FAILED if problem else 0)  # its threads and destructors are not waited for
