"""Files over HTTP: each with its own outcome, none half taken."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.domain.access import Level
from web.api.content import attachment

D = "/api/v1/documents"


def send(client, *files: tuple[str, bytes], **data):
    return client.post(D, files=[("files", each) for each in files], data=data)


def test_each_file_has_its_own_outcome_in_order(admin) -> None:
    answer = send(admin.client, ("a.txt", b"one"), ("empty.txt", b""), ("b.txt", b"two"))
    assert answer.status_code == 201
    outcomes = answer.json()["documents"]
    assert [each["status"] for each in outcomes] == ["received", "rejected", "received"]
    assert outcomes[1]["id"] is None
    assert outcomes[1]["error"]["code"] == "empty_file"
    assert outcomes[1]["error"]["stage"] == "receive"


def test_the_same_content_again_links_to_the_document_that_is_there(admin) -> None:
    first = send(admin.client, ("a.txt", b"one")).json()["documents"][0]["id"]
    again = send(admin.client, ("b.txt", b"one"))
    assert again.status_code == 200
    outcome = again.json()["documents"][0]
    assert (outcome["id"], outcome["duplicate_of"]) == (first, first)


def test_a_repeated_request_makes_no_second_document(admin) -> None:
    for _ in range(3):
        admin.client.post(
            D, files=[("files", ("a.txt", b"one"))], headers={"Idempotency-Key": "k1"}
        )
    assert admin.client.get(D).json()["counts"]["total"] == 1


def test_a_file_above_the_limit_is_refused_and_leaves_nothing_behind(admin, kb) -> None:
    answer = send(admin.client, ("big.txt", b"x" * (1024 * 1024 + 1)))
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert "1 MB" in answer.json()["detail"]
    assert answer.json()["documents"][0]["status"] == "rejected"
    assert not list((kb.settings.blobs_path / "incoming").glob("*"))


def test_a_body_far_above_the_limit_is_refused_before_it_is_read(admin) -> None:
    answer = send(admin.client, ("huge.txt", b"x" * (12 * 1024 * 1024)))
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert admin.client.get(D).json()["counts"]["total"] == 0


def test_a_body_without_a_declared_length_is_counted(admin) -> None:
    def pieces():
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        for _ in range(12):
            yield b"x" * 1024 * 1024
        yield b"\r\n--b--\r\n"

    answer = admin.client.post(
        D, content=pieces(), headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_a_small_file_of_an_unknown_kind_says_what_to_do(admin) -> None:
    answer = send(admin.client, ("a.xyz", bytes(range(256)) * 4))
    assert answer.status_code == 422
    assert answer.json()["code"] == "unsupported_format"
    assert "PDF" in answer.json()["detail"]


def test_when_all_are_refused_each_reason_is_there(admin) -> None:
    answer = send(admin.client, ("a.txt", b""), ("b.txt", b""))
    assert answer.status_code == 422
    codes = [each["error"]["code"] for each in answer.json()["documents"]]
    assert codes == ["empty_file", "empty_file"]


def test_folders_keep_their_paths(admin) -> None:
    answer = admin.client.post(
        D,
        files=[("files", ("a.txt", b"one")), ("files", ("b.txt", b"two"))],
        data={"paths": ["Contracts/2024/a.txt", "../../etc/b.txt"]},
    )
    rows = [admin.client.get(f"{D}/{each['id']}").json() for each in answer.json()["documents"]]
    assert [(row["path"], row["name"]) for row in rows] == [
        ("Contracts/2024", "a.txt"),
        ("etc", "b.txt"),
    ]


def test_a_request_without_files_or_that_is_no_form_is_explained(admin) -> None:
    nothing = admin.client.post(D, data={"collection": "1"})
    broken = admin.client.post(
        D, content=b"junk", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    for answer in (nothing, broken):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_without_a_collection_the_first_writable_one_is_taken(
    member, allow, collection, upload
) -> None:
    assert send(member.client, ("a.txt", b"one")).status_code == 403
    place = collection("mine")
    allow(member, place, Level.WRITE)
    document = upload(member.client, "one")
    row = member.client.get(f"{D}/{document}").json()
    assert row["collection"]["id"] == place
    assert row["created_by"] == "mei"


@given(st.text(max_size=80).filter(lambda text: "\0" not in text))
def test_any_name_gives_a_header_that_ends_where_it_should(name: str) -> None:
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    quoted = header.removeprefix('attachment; filename="').partition('"')[0]
    assert header.count('"') == 2
    assert "\\" not in quoted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.text(min_size=1, max_size=60))
def test_any_file_name_is_taken_as_data(admin, name: str) -> None:
    encoded = name.encode("utf-8", "replace").decode()
    answer = send(admin.client, (encoded, b"one"))
    assert answer.status_code in (200, 201, 422)
