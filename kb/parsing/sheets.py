"""Spreadsheets and delimited text: a sheet becomes pages of table rows under its header row."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import python_calamine as calamine

from kb.domain.errors import DamagedFile, PasswordProtected
from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.clean import inline
from kb.parsing.containers import Container
from kb.parsing.facts import DocumentFacts
from kb.parsing.limits import MAX_CELLS, MAX_COLUMNS
from kb.parsing.logical import Piece, has_header, lay_out
from kb.parsing.ooxml import office_facts
from kb.parsing.sheets_sparse import comments, sparse_rows, sparse_sheets
from kb.parsing.text import encoding_of

_ROWS_A_PIECE = 200
_ZIP = b"PK"
_DELIMITERS = ",\t;|"
_SAMPLED_LINES = 50
_LONGEST_FIELD = 1_000_000
_LONGEST_TITLE = 120

Row = list[str]


def workbook_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return metadata of an XLSX; other workbooks say nothing we read.

    Raises:
        CannotRead: the container is damaged, encrypted or beyond the limits.
    """
    with path.open("rb") as file:
        if file.read(2) != _ZIP:
            return DocumentFacts()
    with Container(path, name=name) as container:
        return office_facts(container)


def read_workbook(
    path: Path, *, name: str, first_page: int = 1, max_pages: int
) -> Iterator[ParsedPage]:
    """Yield logical pages of XLSX, XLSB, XLS or ODS; each sheet begins a page.

    Raises:
        CannotRead: with the reason.
    """
    yield from lay_out(_workbook_pieces(path, name), first_page=first_page, max_pages=max_pages)


def csv_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return the encoding as metadata.

    Raises:
        DamagedFile: the bytes are no text.
    """
    encoding = encoding_of(path, name=name)
    return DocumentFacts(metadata={} if encoding.startswith("utf-8") else {"encoding": encoding})


def read_csv(path: Path, *, name: str, first_page: int = 1, max_pages: int) -> Iterator[ParsedPage]:
    """Yield logical pages of comma-, tab-, semicolon- or bar-separated text, streamed.

    Raises:
        DamagedFile: the bytes are no text, or no table.
    """
    yield from lay_out(_csv_pieces(path, name), first_page=first_page, max_pages=max_pages)


def _csv_pieces(path: Path, name: str) -> Iterator[Piece]:
    csv.field_size_limit(_LONGEST_FIELD)
    encoding = encoding_of(path, name=name)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = [file.readline(10_000) for _ in range(_SAMPLED_LINES)]
        file.seek(0)
        plain = (line.replace("\0", "") for line in file)
        rows = csv.reader(plain, delimiter=_delimiter(sample))
        try:
            yield from table_pieces([inline(cell) for cell in row] for row in rows)
        except csv.Error as error:
            raise DamagedFile(
                name=name, detail=f"CSV: {error}", detail_zh=f"CSV 错误：{error}"
            ) from error


def _delimiter(lines: list[str]) -> str:
    """Return the mark that splits most lines into the same number of cells, more than one."""

    def consistency(mark: str) -> tuple[int, int]:
        counts = Counter(line.count(mark) for line in lines if line.strip())
        counts.pop(0, None)
        if not counts:
            return (0, 0)
        marks, times = counts.most_common(1)[0]
        return (times, marks)

    return max(_DELIMITERS, key=consistency)


def _workbook_pieces(path: Path, name: str) -> Iterator[Piece]:
    with path.open("rb") as file:
        zipped = file.read(2) == _ZIP
    if not zipped:
        yield from _sheets(path, name, {})
        return
    with Container(path, name=name) as container:
        yield from _sheets(path, name, sparse_sheets(container))
        for text in comments(container):
            yield Piece(BlockKind.FOOTNOTE, text)


def _sheets(path: Path, name: str, sparse: dict[str, str]) -> Iterator[Piece]:
    workbook = _opened(path, name)
    cells = 0
    alone = len(workbook.sheets_metadata) == 1
    for sheet in workbook.sheets_metadata:
        if sheet.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        yield _sheet_piece(sheet, alone=alone)
        for piece in table_pieces(_rows(path, name, workbook, sheet.name, sparse)):
            cells += sum(len(row) for row in piece.rows or ())
            if cells > MAX_CELLS:
                yield Piece(BlockKind.PARAGRAPH, warning=f"Only {MAX_CELLS} cells were read.")
                return
            yield piece


def _opened(path: Path, name: str) -> calamine.CalamineWorkbook:
    try:
        return calamine.load_workbook(path)
    except calamine.PasswordError as error:
        raise PasswordProtected(name=name) from error
    except calamine.CalamineError as error:
        raise _damaged(name, error) from error


def _sheet_piece(sheet: calamine.SheetMetadata, *, alone: bool) -> Piece:
    title = inline(sheet.name)
    hidden = sheet.visible is not calamine.SheetVisibleEnum.Visible
    warning = f"The sheet {title} is hidden in the workbook." if hidden else ""
    text = "" if alone and title.lower().startswith(("sheet", "工作表")) else title
    return Piece(BlockKind.HEADING, text, 1, new_page="sheet", warning=warning)


def _rows(
    path: Path, name: str, workbook: calamine.CalamineWorkbook, sheet: str, sparse: dict[str, str]
) -> Iterator[Row]:
    if sheet in sparse:
        with Container(path, name=name) as container:
            yield from sparse_rows(container, sparse[sheet])
        return
    try:
        found = workbook.get_sheet_by_name(sheet)
    except (calamine.CalamineError, ValueError) as error:
        raise _damaged(name, error) from error
    covered = _covered(found)
    for place, row in enumerate(found.iter_rows(), found.start[0] if found.start else 0):
        texts = [cell_text(value) for value in row[:MAX_COLUMNS]]
        for column, text in covered.get(place, ()):
            if column < len(texts) and not texts[column]:
                texts[column] = text
        yield texts


def _covered(sheet: calamine.CalamineSheet) -> dict[int, list[tuple[int, str]]]:
    """Return row -> (column, text) for cells merged downwards: each row says what it is about."""
    covered: dict[int, list[tuple[int, str]]] = {}
    ranges = [(begin, end) for begin, end in sheet.merged_cell_ranges or () if end[0] > begin[0]][
        :10_000
    ]
    if not ranges or sheet.start is None:
        return covered
    wanted = {begin for begin, _ in ranges}
    first_row, first_column = sheet.start
    texts = {}
    for place, row in enumerate(sheet.iter_rows(), first_row):
        for column, value in enumerate(row, first_column):
            if (place, column) in wanted:
                texts[place, column] = cell_text(value)
    for begin, end in ranges:
        text = texts.get(begin, "")
        if text and len(text) <= _LONGEST_TITLE:
            for place in range(begin[0] + 1, min(end[0], begin[0] + 10_000) + 1):
                covered.setdefault(place, []).append((begin[1] - first_column, text))
    return covered


def table_pieces(rows: Iterable[Row]) -> Iterator[Piece]:
    """Yield tables of at most a few hundred rows each, the header row repeated.

    Blank rows part tables; a row with one cell above a table is its title.
    """
    region: list[tuple[str, ...]] = []
    header: tuple[str, ...] | None = None
    for row in chain(rows, [[]]):
        filled = [place for place, cell in enumerate(row) if cell]
        if not filled:
            yield from _region(region, header)
            region, header = [], None
            continue
        if not region and header is None and len(filled) == 1:
            yield _title(row[filled[0]])
            continue
        region.append(tuple(row[:MAX_COLUMNS]))
        if len(region) >= _ROWS_A_PIECE:
            yield from _region(region, header)
            header = header or (region[0] if has_header(tuple(region)) else ())
            region = []


def _title(text: str) -> Piece:
    short = len(text) <= _LONGEST_TITLE
    return Piece(BlockKind.HEADING, text, 2) if short else Piece(BlockKind.PARAGRAPH, text)


def _region(region: list[tuple[str, ...]], header: tuple[str, ...] | None) -> Iterator[Piece]:
    """Yield a block of rows as one table, or as several where empty columns part it."""
    if not region:
        return
    rows = [header, *region] if header else region
    spans = _spans(rows) if header is None and len(rows) < _ROWS_A_PIECE else []
    if len(spans) <= 1 or min(end - begin for begin, end in spans) <= 1:
        used = [place for row in rows for place, cell in enumerate(row) if cell]
        spans = [(min(used), max(used) + 1)]
    for begin, end in spans:
        cut = [row[begin:end] + ("",) * (end - max(begin, len(row))) for row in rows]
        if filled := tuple(row for row in cut if any(row)):
            yield Piece(BlockKind.TABLE, rows=filled)


def _spans(rows: list[tuple[str, ...]]) -> list[tuple[int, int]]:
    """Return the runs of columns that hold anything, as (first, after the last)."""
    used = sorted({place for row in rows for place, cell in enumerate(row) if cell})
    spans: list[tuple[int, int]] = []
    for place in used:
        if spans and spans[-1][1] == place:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    return spans


def cell_text(value: object) -> str:  # noqa: PLR0911 - one line a type
    """Return a cell as people read it: whole numbers without ".0", dates as ISO 8601."""
    if isinstance(value, str):
        return inline(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, dt.time):
        return value.isoformat("seconds")
    return "" if value is None else str(value)


def _damaged(name: str, error: Exception) -> DamagedFile:
    return DamagedFile(name=name, detail=f"workbook: {error}", detail_zh=f"工作簿错误：{error}")
