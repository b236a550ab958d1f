"""The single page and its files, and the search page without JavaScript."""

from __future__ import annotations

import pypdfium2
import pytest
from starlette.testclient import TestClient

from web.app import create_app
from web.page_images import PageImages, media_type_of


@pytest.mark.parametrize("path", ["/", "/documents/3", "/signin?token=x", "/anything/else"])
def test_addresses_of_the_page_give_the_page(stranger, path) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 200
    assert "the page" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


def test_hashed_files_may_be_kept_for_ever(stranger) -> None:
    answer = stranger.get("/assets/index-abc123.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert stranger.get("/assets/gone-123.js").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "//etc/passwd"],
)
def test_nothing_outside_the_folder_is_given(stranger, static, path) -> None:
    (static.parent / "secret.txt").write_text("the secret")
    answer = stranger.get(path)
    assert "the secret" not in answer.text
    assert "root:" not in answer.text


def test_without_a_built_page_the_remedy_is_told(kb, tmp_path) -> None:
    client = TestClient(create_app(kb, static=tmp_path / "none"), base_url="http://127.0.0.1")
    english = client.get("/")
    chinese = client.get("/", headers={"Accept-Language": "zh-CN"})
    assert english.status_code == 503
    assert "make run" in english.text
    assert "网页文件还没有构建" in chinese.text


# /s -------------------------------------------------------------------------------------------


@pytest.fixture
def found(admin, upload, fill):
    text = "<script>alert(1)</script> contract & Acme"
    fill(upload(admin.client, text, name="<b>.txt"), text)
    return admin.client


def test_strangers_are_told_to_sign_in(stranger) -> None:
    answer = stranger.get("/s", params={"q": "acme"}, headers={"Accept-Language": "zh"})
    assert answer.status_code == 401
    assert "请先登录" in answer.text


def test_hits_come_with_links_and_marks_and_escaped(found) -> None:
    page = found.get("/s", params={"q": "acme", "mode": "lexical"}).text
    assert "<mark>Acme</mark>" in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;.txt" in page
    assert 'href="/api/v1/documents/1/original"' in page
    assert 'href="/documents/1?page=1&amp;q=acme"' in page
    assert "1 document in" in page


def test_what_was_typed_is_escaped(found) -> None:
    query = '"><script>alert(1)</script>'
    page = found.get("/s", params={"q": query, "mode": "lexical"}).text
    assert "<script>" not in page


@pytest.mark.parametrize("mode", ["hybrid", "vector"])
def test_nothing_asked_shows_an_empty_form_in_the_readers_language(found, mode) -> None:
    page = found.get("/s", params={"mode": mode}, headers={"Accept-Language": "zh-CN"}).text
    assert '<html lang="zh-CN">' in page
    assert f'<option value="{mode}" selected>' in page


def test_a_fruitless_search_says_what_to_try(found) -> None:
    page = found.get("/s", params={"q": "zebra", "mode": "lexical"}).text
    assert "Nothing found" in page


# Pictures of pages ----------------------------------------------------------------------------


def test_a_picture_is_drawn_once_for_each_width(tmp_path) -> None:
    drawn = []

    def draw(width: int) -> bytes:
        drawn.append(width)
        return b"\x89PNG" + bytes([width % 251])

    images = PageImages(tmp_path)
    for wanted in (10, 200, 201, 390, 9999, 5000):
        images.get("ab-1", wanted, draw)
    images.get("ab-2", 200, draw)
    assert drawn == [200, 400, 2400, 200]


def test_the_oldest_pictures_go_when_there_are_too_many(tmp_path) -> None:
    images = PageImages(tmp_path)
    for number in range(6):
        images.get(f"ab-{number}", 200, lambda _: b"x" * 100)
    assert images.sweep(300) == 3
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 3


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp")],
)
def test_the_type_of_a_picture(start, kind) -> None:
    assert media_type_of(start) == kind


def test_a_pdf_page_is_drawn_by_the_sandboxed_reader(admin, upload, kb) -> None:
    pdf = pypdfium2.PdfDocument.new()
    pdf.new_page(200, 100).close()
    path = kb.settings.data / "one.pdf"
    pdf.save(path)
    pdf.close()
    answer = admin.client.post(
        "/api/v1/documents", files=[("files", ("one.pdf", path.read_bytes()))]
    )
    document = answer.json()["documents"][0]["id"]
    image = admin.client.get(f"/api/v1/documents/{document}/pages/1.png", params={"width": 400})
    assert image.status_code == 200, image.text
    assert int.from_bytes(image.content[16:20]) == 400
    kb.reader.close()
