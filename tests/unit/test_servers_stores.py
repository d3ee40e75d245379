"""The PostgreSQL and the S3 store of the tests: they keep their data, check who comes, and go without a trace."""

import obstore
import psycopg
import pytest
from obstore.exceptions import BaseError, PermissionDeniedError
from obstore.store import S3Store

from tests.servers.postgres import Postgres
from tests.servers.s3 import S3

PASSWORD = "a word"  # noqa: S105 -- of a server that lives for one test


def test_databases_are_apart(postgres: Postgres) -> None:
    first, second = postgres.new_database(), postgres.new_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE one (number integer)")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'one'").fetchone() == (0,)


def test_a_database_keeps_its_rows_and_its_password() -> None:
    with Postgres(password=PASSWORD) as server:
        database = server.new_database()
        with psycopg.connect(database, password=PASSWORD) as connection:
            connection.execute("CREATE TABLE one AS SELECT 7 AS number")
        for end in (server.stop, server.kill):
            end()
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(database, password=PASSWORD)
            server.start()
            with psycopg.connect(database, password=PASSWORD) as connection:
                assert connection.execute("SELECT number FROM one").fetchone() == (7,)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(database, password=PASSWORD + "s")
    assert not server.folder.exists()


def bucket_of(server: S3, bucket: str, secret: str) -> S3Store:
    return S3Store(
        bucket, endpoint=server.endpoint, region=server.region, access_key_id=server.access_key, secret_access_key=secret,
        virtual_hosted_style_request=False, client_options={"allow_http": True}, retry_config={"max_retries": 0},
    )  # fmt: skip


def test_a_bucket_keeps_parts_and_gives_ranges(s3: S3) -> None:
    store = bucket_of(s3, s3.new_bucket(), s3.secret_key)
    data = bytes(range(256)) * (11 << 12)
    obstore.put(store, "a/large", data, use_multipart=True, chunk_size=5 << 20)
    assert bytes(obstore.get_range(store, "a/large", start=(5 << 20) - 3, end=(5 << 20) + 3)) == data[(5 << 20) - 3 : (5 << 20) + 3]
    assert bytes(obstore.get(store, "a/large").bytes()) == data
    assert [item["path"] for batch in obstore.list(store) for item in batch] == ["a/large"]


def test_a_store_asks_for_the_secret(s3: S3) -> None:
    with pytest.raises(PermissionDeniedError):
        obstore.put(bucket_of(s3, s3.new_bucket(), "wrong"), "a", b"x")


def test_a_store_comes_back_with_its_data() -> None:
    with S3() as server:
        store = bucket_of(server, server.new_bucket(), server.secret_key)
        obstore.put(store, "a", b"x")
        for end in (server.stop, server.kill):
            end()
            with pytest.raises(BaseError):
                obstore.get(store, "a")
            server.start()
            assert bytes(obstore.get(store, "a").bytes()) == b"x"
    assert not server.folder.exists()
