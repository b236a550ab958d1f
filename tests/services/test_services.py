"""The services that other tests ask for are real and of the test's own."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
import redis

from tests.support.services import PostgresServer, RedisServer

pytestmark = pytest.mark.services


def test_each_test_gets_an_empty_database_of_its_own(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    # given a database with a table
    plain = postgres_url.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute("CREATE TABLE t (x int)")
    # when another is asked for
    other = postgres_server.create_database()
    # then it knows nothing of the first
    with psycopg.connect(other.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)
    postgres_server.drop_database(other)


def test_redis_vanishes_and_comes_back_empty(
    redis_server: RedisServer, redis_vanishes: Callable[[], None]
) -> None:
    # given a Redis that holds a key
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("key", "value")
    # when it vanishes
    redis_vanishes()
    # then nobody answers, and after a start it is empty
    with redis.Redis.from_url(redis_server.url, retry=None) as client:
        with pytest.raises(redis.ConnectionError):
            client.ping()
        redis_server.start()
        assert client.get("key") is None
