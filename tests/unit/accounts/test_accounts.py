"""Passwords, scopes and throttling without HTTP."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from kb.accounts import Accounts, checked_scopes, hash_password, narrowed, passwords, set_password
from kb.accounts.common import COMMON
from kb.accounts.throttle import Throttle, rate
from kb.domain.access import Grant, Level, Principal, Role
from kb.domain.errors import BadCredentials, InvalidInput, TooManyRequests, WeakPassword
from kb.storage import audit, documents, people
from kb.storage.database import Database

GOOD = "correct horse battery staple"


@pytest.fixture
def database(tmp_path: Path):
    found = Database(f"sqlite:///{tmp_path / 'kb.sqlite3'}")
    found.migrate()
    with found.write() as tx:
        people.ensure_administrator(tx)
    yield found
    found.close()


@pytest.mark.parametrize(
    "password",
    ["", "1234567", "password", "Password", "PASSWORD1!", "ｐａｓｓｗｏｒｄ", "12345678",
     "aaaaaaaa", "abababab", "mei12345", "MEI-2026!", "woaini520", "qwertyuiop", "x" * 257],
)  # fmt: skip
def test_passwords_that_are_guessed_first_are_refused(password) -> None:
    with pytest.raises(WeakPassword):
        passwords.check_password(password, name="mei")


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "八个汉字也是好密码",
        "z" * 63 + "yx",
        "blue-teapot",
        " leading and trailing ",
        "x9$kQ2vL",
    ],
)
def test_long_or_unusual_passwords_are_welcome(password) -> None:
    passwords.check_password(password, name="mei")


def test_the_list_of_common_passwords_is_a_list_worth_its_name() -> None:
    assert len(COMMON) > 200
    assert all(word == word.casefold() for word in COMMON)


@given(st.text(max_size=7))
def test_no_short_password_passes_whatever_it_is_made_of(password) -> None:
    with pytest.raises(WeakPassword):
        passwords.check_password(password, name="mei")


def test_a_hash_is_argon2id_and_fits_its_password_only() -> None:
    kept = hash_password(GOOD, name="mei")
    assert kept.startswith("$argon2id$")
    assert passwords.verify(GOOD, kept) == (True, None)
    assert passwords.verify(GOOD + " ", kept)[0] is False
    assert passwords.verify(GOOD, None) == (False, None)
    assert passwords.verify("x" * 100_000, kept)[0] is False


def test_the_same_characters_in_another_form_are_the_same_password() -> None:
    kept = hash_password("café au lait", name="mei")  # é as one character
    assert passwords.verify("cafe\u0301 au lait", kept)[0] is True


def test_an_older_hash_is_renewed_at_sign_in(database) -> None:
    weak = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8192, parallelism=1),)).hash(GOOD)
    with database.write() as tx:
        people.set_password_hash(tx, 1, weak)
    Accounts(database).sign_in("admin", GOOD, address="a")
    with database.read() as tx:
        kept = people.user_with_id(tx, 1).password_hash
    assert kept != weak
    assert passwords.verify(GOOD, kept) == (True, None)


def test_setting_a_password_ends_sessions_and_is_noted(database) -> None:
    accounts = Accounts(database)
    with database.write() as tx:
        token = people.make_link(tx, 1, lifetime=dt.timedelta(minutes=1))
    opened = accounts.sign_in_by_link(token, address="a")
    assert accounts.session(opened.session_id) is not None
    with database.write() as tx:
        set_password(tx, people.user_named(tx, "admin"), GOOD)
    assert accounts.session(opened.session_id) is None
    with database.read() as tx:
        assert audit.entries(tx)[0].action == "password.set"


def test_refused_sign_ins_are_noted(database) -> None:
    with pytest.raises(BadCredentials):
        Accounts(database).sign_in("admin", "wrong password", address="10.0.0.9")
    with database.read() as tx:
        entry = audit.entries(tx)[0]
    assert (entry.action, entry.details) == ("session.refused", {"address": "10.0.0.9"})


def test_a_disabled_account_cannot_come_in(database) -> None:
    with database.write() as tx:
        set_password(tx, people.user_named(tx, "admin"), GOOD)
        token = people.make_link(tx, 1, lifetime=dt.timedelta(minutes=1))
        people.disable(tx, 1)
    accounts = Accounts(database)
    with pytest.raises(BadCredentials):
        accounts.sign_in("admin", GOOD, address="a")
    with pytest.raises(BadCredentials):
        accounts.sign_in_by_link(token, address="a")


def test_an_idle_session_ends(database) -> None:
    with database.write() as tx:
        session_id, _ = people.open_session(tx, 1, lifetime=dt.timedelta(days=30))
        assert people.session_of(tx, session_id, idle=dt.timedelta(days=7)) is not None
        assert people.session_of(tx, session_id, idle=dt.timedelta(seconds=-1)) is None


def test_a_session_ends_after_its_lifetime_however_much_it_is_used(database) -> None:
    with database.write() as tx:
        session_id, _ = people.open_session(tx, 1, lifetime=dt.timedelta(seconds=-1))
    assert Accounts(database).session(session_id) is None


def test_one_account_being_guessed_at_does_not_lock_others_out(database) -> None:
    accounts = Accounts(database)
    with database.write() as tx:
        set_password(tx, people.user_named(tx, "admin"), GOOD)
    for _ in range(5):
        with pytest.raises(BadCredentials):
            accounts.sign_in("mei", "wrong password", address="a")
    with pytest.raises(TooManyRequests):
        accounts.sign_in("mei", "wrong password", address="a")
    assert accounts.sign_in("admin", GOOD, address="a").principal.name == "admin"


def test_a_throttle_counts_each_key_apart_and_can_forget() -> None:
    throttle, twice = Throttle(), rate("test", "2 per hour")
    throttle.count(twice, "a")
    throttle.count(twice, "a")
    throttle.count(twice, "b")
    with pytest.raises(TooManyRequests) as refused:
        throttle.count(twice, "a")
    assert 1 <= int(refused.value.facts["seconds"]) <= 7200
    throttle.forget(twice, "a")
    throttle.count(twice, "a")


# Scopes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scopes", [[], ["collection:1"], ["everything"], ["read", "collection:x"]])
def test_scopes_that_say_nothing_are_refused(scopes) -> None:
    with pytest.raises(InvalidInput):
        checked_scopes(scopes)


def test_scopes_are_kept_in_order_without_doubles() -> None:
    assert checked_scopes(["write", "collection:3", "write"]) == ("write", "collection:3")


@pytest.mark.parametrize(
    ("scopes", "level"),
    [(["read"], Level.READ), (["write"], Level.WRITE), (["admin"], Level.WRITE)],
)
def test_a_members_token_has_at_most_the_members_rights(database, scopes, level) -> None:
    mei = Principal(7, "mei", Role.MEMBER, (Grant(1, Level.READ), Grant(2, Level.WRITE)))
    with database.read() as tx:
        held = narrowed(tx, mei, [*scopes, "collection:1", "collection:2", "collection:3"])
    assert held.role is Role.MEMBER
    assert held.grants == (Grant(1, Level.READ), Grant(2, level))


def test_an_administrators_token_is_one_only_when_it_says_so(database) -> None:
    root = Principal(1, "admin", Role.ADMIN)
    with database.write() as tx:
        place = documents.add_collection(tx, "c").id
        assert narrowed(tx, root, ["admin"]) == root
        assert narrowed(tx, root, ["write"]).grants == (Grant(place, Level.WRITE),)
        assert narrowed(tx, root, ["read"]).role is Role.MEMBER
        assert narrowed(tx, root, ["admin", "collection:99"]).grants == ()
