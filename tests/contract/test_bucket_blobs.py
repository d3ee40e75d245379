"""What the bucket side of the Blobs seam promises beyond the contract: faults, errors that say why, bounded memory, integrity."""

import hashlib
import re
import socket
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.blobs import probe
from gateway.blobs.bucket import FRESH_SECONDS, BucketBlobs
from gateway.blobs.bucket_client import open_bucket
from gateway.blobs.read_ahead import ReadAhead
from gateway.config import BucketSettings
from gateway.pipeline import worker
from gateway.pipeline.pool import WorkerPool
from gateway.pipeline.reading import FileSettings, Topics
from gateway.seams import BlobError, BlobNotFound
from gateway.state import Arrival
from gateway.stores import BlobPlace
from tests.contract.blob_sides import PART, BucketSide, Relay, open_files_below
from tests.servers.s3 import S3
from tests.unit.pipeline_world import remittance

SMALL = b"small" * 1000
LARGE = hashlib.shake_128(b"large").digest(2 * PART + 1000)
ABSENT = "0" * 64


def name_of(data):
    return hashlib.sha256(data).hexdigest()


def put_in_pieces(blobs, data):
    writer = blobs.writer()
    for start in range(0, len(data), 1 << 18):
        writer.write(data[start : start + (1 << 18)])
    return writer.commit()


@pytest.fixture
def side(s3, tmp_path):
    return BucketSide(s3, tmp_path)


@pytest.fixture(scope="module")
def own_s3():
    """To be stopped and started."""
    with S3() as server:
        yield server


@pytest.fixture
def relay(s3):
    with Relay(s3.endpoint) as relay:
        yield relay


@pytest.fixture
def relayed(s3, relay, tmp_path):
    """A side whose requests all go through `relay`."""
    return BucketSide(s3, tmp_path, relay.endpoint)


def test_the_key_is_the_hash_below_prefix_and_name(side):
    name = side.blobs.put(SMALL)
    assert side.names() == [f"site/blobs/{name[:2]}/{name}"]
    values = BucketBlobs.open(side.settings, "values")
    assert not values.exists(name), "another name is another place"
    values.put(b"value")
    assert [found[0] for found in side.blobs.list()] == [name]


def test_list_goes_over_pages_and_passes_over_foreign_keys(s3, side):
    """The objects are laid under the server's hands, because there are many."""
    root = s3.buckets / side.bucket / "site"
    names = [name_of(b"%d" % number) for number in range(1100)]
    other = "f" if names[0][0] != "f" else "0"
    foreign = [f"blobs/{names[0][:2]}/{names[0]}.old", f"blobs/{other}{other}/{names[0]}", f"blobs/{names[0]}", f"blobsy/{names[0][:2]}/{names[0]}"]
    for key in [*(f"blobs/{name[:2]}/{name}" for name in names), *foreign, "blobs/readme"]:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(b"four")
    found = list(side.blobs.list())
    assert sorted(sha256 for sha256, _, _ in found) == sorted(names)
    assert {size for _, size, _ in found} == {4}
    assert all(abs(time.time() - modified) < 60 for _, _, modified in found)


# -- age


def puts(relay):
    return [head for head in relay.requests() if head.startswith("PUT ")]


def test_a_small_blob_is_sent_again_so_that_its_age_is_new(relayed, relay):
    relayed.blobs.put(SMALL)
    relayed.blobs.put(SMALL)
    assert len(puts(relay)) == 2


def test_a_large_blob_is_sent_again_only_when_it_is_not_fresh(relayed, relay):
    put_in_pieces(relayed.blobs, LARGE)
    assert len(puts(relay)) == 3, "its parts"
    put_in_pieces(relayed.blobs, LARGE)
    assert len(puts(relay)) == 3
    put_in_pieces(BucketBlobs(relayed.settings, "blobs", clock=lambda: time.time() + FRESH_SECONDS + 5), LARGE)
    assert len(puts(relay)) == 6
    put_in_pieces(BucketBlobs(relayed.settings, "blobs", clock=lambda: time.time() - FRESH_SECONDS - 5), LARGE)
    assert len(puts(relay)) == 9, "clocks differ too much to tell its age"


def test_a_large_blob_that_is_stored_short_is_sent_again(side):
    side.overwrite(name_of(LARGE), LARGE[:-1])
    put_in_pieces(side.blobs, LARGE)
    assert side.blobs.verify(name_of(LARGE))


# -- faults


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_store_that_is_away_gives_an_error_and_the_same_handle_works_when_it_is_back(own_s3, tmp_path, data):
    side = BucketSide(own_s3, tmp_path)
    kept = side.blobs.put(b"kept")
    own_s3.kill()
    try:
        for call in (lambda: side.blobs.put(data), lambda: side.blobs.read(kept), lambda: side.blobs.exists(kept), lambda: list(side.blobs.list())):
            with pytest.raises(BlobError, match="cannot be reached"):
                call()
    finally:
        own_s3.start()
    assert [found[0] for found in side.blobs.list()] == [kept], "nothing of the failed put is visible"
    assert side.blobs.put(data) == name_of(data)
    assert side.blobs.verify(name_of(data))
    assert side.blobs.read(kept) == b"kept"


def test_a_store_that_dies_in_the_middle_of_a_put_shows_nothing_of_it(own_s3, tmp_path):
    died = threading.Event()
    passed = 0

    def up(data):
        nonlocal passed
        passed += len(data)
        if passed > PART + 1000 and not died.is_set():
            died.set()
            own_s3.kill()
        return data

    with Relay(own_s3.endpoint) as relay:
        side = BucketSide(own_s3, tmp_path, relay.endpoint)
        relay.up = up
        try:
            with pytest.raises(BlobError):
                put_in_pieces(side.blobs, LARGE)
        finally:
            own_s3.start()
        assert died.is_set()
        assert side.names() == []
        assert put_in_pieces(side.blobs, LARGE) == name_of(LARGE)
        assert side.blobs.verify(name_of(LARGE))


def test_a_short_break_is_bridged_by_trying_again(relayed, relay):
    blobs = relayed.open(retry_seconds=10)
    cuts = iter([None, None])
    relay.up = lambda data: next(cuts, data)
    assert blobs.put(SMALL) == name_of(SMALL)
    assert next(cuts, "none left") == "none left", "both cuts happened"
    assert blobs.verify(name_of(SMALL))


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_bytes_altered_on_the_way_are_refused_by_the_store(relayed, relay, data):
    altered = []

    def up(piece):
        at = piece.find(data[-20:])
        if at < 0:
            return piece
        altered.append(at)
        return piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1 :]

    relay.up = up
    with pytest.raises(BlobError):
        put_in_pieces(relayed.blobs, data)
    assert altered
    assert relayed.names() == []


def test_every_upload_carries_its_sha256(relayed, relay):
    put_in_pieces(relayed.blobs, SMALL)
    put_in_pieces(relayed.blobs, LARGE)
    assert len(puts(relay)) == 4
    assert all(re.search(r"(?i)\r\nx-amz-checksum-sha256: \S{44}\r\n", head) for head in puts(relay))


def test_a_read_that_breaks_off_is_an_error_and_never_short(relayed, relay):
    name = relayed.blobs.put(LARGE[: 1 << 20])
    passed = 0

    def down(data):
        nonlocal passed
        passed += len(data)
        return data if passed < 300_000 else None

    relay.down = down
    with pytest.raises(BlobError):
        relayed.blobs.read(name, 0, 1 << 20)
    assert passed >= 300_000


def test_an_answer_shorter_than_its_range_is_an_error(relayed, relay):
    name = relayed.blobs.put(LARGE[: 1 << 20])
    shortened = []

    def down(data):
        said = re.search(rb"(?i)\r\ncontent-length: 1048576\r\n", data)
        if said is None:
            return data
        shortened.append(said)
        return data.replace(said.group(), b"\r\nContent-Length: 1000000\r\n")

    relay.down = down
    with pytest.raises(BlobError):
        relayed.blobs.read(name, 0, 1 << 20)
    assert shortened


def test_a_store_that_never_answers_ends_in_an_error_in_time(side):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        blobs = side.open(endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=0.3, retry_seconds=0.3)
        before = time.monotonic()
        for call in (lambda: blobs.put(SMALL), lambda: blobs.read(ABSENT), lambda: put_in_pieces(blobs, LARGE)):
            with pytest.raises(BlobError, match="did not answer in time"):
                call()
        assert time.monotonic() - before < 8


def test_a_disk_without_room_for_a_large_body_is_an_error(tmp_path):
    """The child may write no file over 6 MB."""
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from gateway.blobs.bucket import BucketBlobs\n"
        "from gateway.config import BucketSettings\n"
        "from gateway.seams import BlobError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))\n"
        "blobs = BucketBlobs.open(BucketSettings(bucket='b', endpoint='http://127.0.0.1:1', part_bytes=5 << 20), 'blobs', Path(sys.argv[1]))\n"
        "writer = blobs.writer()\n"
        "try:\n    for _ in range(100):\n        writer.write(bytes(100_000))\n"
        "except BlobError as error:\n    print(error)\n"
        "try:\n    writer.commit()\n"
        "except BlobError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    first, second = run.stdout.splitlines()
    assert first.startswith("the folder for temporary files cannot be used")
    assert str(tmp_path) not in first
    assert second == "this blob writer is closed"


# -- memory and disk


def test_what_waits_to_be_sent_has_no_name_on_disk(side, tmp_path):
    spool = tmp_path / "spool"
    spool.mkdir()
    writer = BucketBlobs.open(side.settings, "blobs", spool).writer()
    writer.write(LARGE)
    assert writer.size == len(LARGE) > PART
    assert list(spool.iterdir()) == []
    assert len(open_files_below(spool)) == 1, "it is in that folder"
    writer.abort()
    assert open_files_below(spool) == []
    with pytest.raises(BlobError):
        writer.write(b"more")


def test_memory_does_not_grow_with_the_blob(side):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from gateway.blobs.bucket import BucketBlobs\n"
        "from gateway.config import BucketSettings\n"
        "blobs = BucketBlobs.open(BucketSettings.model_validate_json(sys.argv[1]), 'blobs')\n"
        "def peak():\n    return int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]) >> 10\n"
        "def send(megabytes, seed):\n"
        "    writer = blobs.writer()\n"
        "    for number in range(megabytes):\n        writer.write(bytes([seed, number]) * (1 << 19))\n"
        "    assert blobs.verify(writer.commit())\n"
        "send(1, 1)\n"
        "before = peak()\n"
        "send(64, 2)\n"
        "print(peak() - before)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, side.settings.model_dump_json()], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 48, "six parts of 5 MiB, or a read of 8 MiB and its copy"


# -- errors


def calls(blobs):
    """All but delete, which some stores do not mind."""
    return [
        lambda: blobs.put(SMALL),
        lambda: put_in_pieces(blobs, LARGE),
        lambda: blobs.read(ABSENT),
        lambda: blobs.read(ABSENT, 0, 0),
        lambda: blobs.size(ABSENT),
        lambda: blobs.exists(ABSENT),
        lambda: list(blobs.list()),
        lambda: probe(blobs),
    ]


def test_a_bucket_that_is_not_there_is_no_missing_blob(side):
    for call in calls(side.open(bucket="not-there")):
        with pytest.raises(BlobError, match="the bucket not-there does not exist") as raised:
            call()
        assert not isinstance(raised.value, BlobNotFound)


def test_keys_that_are_not_known_are_no_missing_blob(side, tmp_path):
    (tmp_path / "stranger").write_text("stranger")
    for call in calls(side.open(access_key=f"file:{tmp_path / 'stranger'}")):
        with pytest.raises(BlobError) as raised:
            call()
        assert not isinstance(raised.value, BlobNotFound)


def test_a_wrong_secret_is_said_without_it(side, tmp_path):
    (tmp_path / "wrong").write_text("wrong-secret-value")
    blobs = side.open(secret_key=f"file:{tmp_path / 'wrong'}")
    for call in calls(blobs):
        with pytest.raises(BlobError, match=f"denies access to the bucket {side.bucket}") as raised:
            call()
        assert raised.value.__suppress_context__
        assert len(str(raised.value)) < 200, "none of what was signed"
        assert "wrong-secret-value" not in f"{raised.value!r} {blobs!r}"


def test_the_environment_overrules_nothing_that_is_configured(side, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "AWS_ENDPOINT": "http://127.0.0.1:1", "AWS_SESSION_TOKEN": "token", "AWS_BUCKET": "other",
        "AWS_ACCESS_KEY_ID": "other", "AWS_SECRET_ACCESS_KEY": "other", "AWS_SKIP_SIGNATURE": "true", "AWS_REGION": "eu-west-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    blobs = side.open()
    assert blobs.read(blobs.put(SMALL)) == SMALL


def test_without_keys_the_environment_s_are_used(s3, side, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret_key)
    blobs = side.open(access_key=None, secret_key=None)
    assert blobs.read(blobs.put(SMALL)) == SMALL


def test_virtual_hosted_style_has_the_bucket_in_the_host_name():
    settings = BucketSettings(bucket="claims", endpoint="https://store.example:9000/", path_style=False)
    assert open_bucket(settings).config["endpoint"] == "https://claims.store.example:9000"


def test_no_credentials_at_all_is_said(side, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(BlobError, match="no credentials"):
        side.open(access_key=None, secret_key=None).put(SMALL)


def test_a_library_that_is_not_installed_is_said_with_what_to_do():
    code = (
        "import sys\n"
        "sys.modules['obstore'] = sys.modules['obstore.exceptions'] = sys.modules['obstore.store'] = None\n"
        "from gateway.config import BucketSettings\n"
        "from gateway.seams import BlobError\n"
        "from gateway.stores import BlobPlace, open_blobs\n"
        "try:\n    open_blobs(BlobPlace('', BucketSettings(bucket='b'), 'blobs'))\n"
        "except BlobError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "install clearplane[cluster]" in run.stdout


# -- worker processes


TOPICS = Topics("", {"claims": 1, "claims.test": 1, "batches": 1, "batches.test": 1})


def arrival_of(name, body):
    return Arrival("r", "site", "feed", name, len(body), "", "", "2026-01-01T00:00:00Z")


def gets(relay):
    return [head for head in relay.requests() if head.startswith("GET ")]


@pytest.mark.asyncio
async def test_workers_read_blobs_of_the_bucket_in_few_requests(relayed, relay, tmp_path):
    """The first pass looks a chunk ahead at every set; none of these looks may be a request."""
    body = b"".join(remittance(number, claims=3) for number in range(1, 1000))
    arrival = arrival_of(relayed.blobs.put(body), body)
    settings = FileSettings("UTC", "test", {}, 1 << 18, 1 << 16, 1000, 100)
    spool = tmp_path / "plan"
    pool = WorkerPool(1, BlobPlace("", relayed.settings, "blobs"), TOPICS)
    try:
        survey = await pool.run(worker.survey_large, arrival, settings, spool)
        assert len(survey.keys) == 999
        assert len(gets(relay)) == 1
        units = [line.partition(b" ")[2] for line in spool.read_bytes().splitlines()]
        made = await pool.run(worker.read_units, [(arrival, settings, unit) for unit in units])
    finally:
        await pool.close()
    assert len(units) == survey.units >= 3
    assert len(gets(relay)) == 1 + len(units)
    assert sum(len(one.records) for unit in made for one in unit) == 999 * 4, "three claims each and the remittance"


@pytest.mark.asyncio
async def test_a_chunk_of_a_large_set_is_read_with_its_context_and_no_more(relayed, relay, tmp_path):
    body = remittance(1, claims=8000)
    arrival = arrival_of(relayed.blobs.put(body), body)
    settings = FileSettings("UTC", "test", {}, 1 << 18, 1 << 16, 1000, 100)
    spool = tmp_path / "plan"
    pool = WorkerPool(1, BlobPlace("", relayed.settings, "blobs"), TOPICS)
    try:
        survey = await pool.run(worker.survey_large, arrival, settings, spool)
        before = len(gets(relay))
        last = spool.read_bytes().splitlines()[-1].partition(b" ")[2]
        [[made]] = await pool.run(worker.read_units, [(arrival, settings, last)])
    finally:
        await pool.close()
    assert survey.units >= 3
    asked = [re.search(r"(?i)\r\nrange: bytes=(\d+)-(\d+)\r\n", head) for head in gets(relay)[before:]]
    assert len(asked) == 2, "context and body"
    assert sum(int(one[2]) + 1 - int(one[1]) for one in asked) < (1 << 18) + (1 << 16) + 10_000
    assert made.closing.chunk.items_above + len(made.records) == 8000


@given(st.lists(st.tuples(st.integers(0, 1100), st.integers(0, 300)), max_size=40), st.integers(0, 1000), st.integers(0, 1000))
def test_reading_ahead_gives_what_reading_gives(reads, start, end):
    data = LARGE[:1000]
    asked = []

    def read_at(offset, length):
        asked.append((offset, length))
        assert 0 <= offset < offset + length <= len(data)
        return data[offset : offset + length]

    ahead = ReadAhead(read_at, len(data), range(start, end))
    for offset, length in reads:
        assert ahead(offset, length) == data[offset : offset + length]
    assert len(asked) <= sum(1 for offset, length in reads if offset < len(data) and length)


def test_reading_at_two_places_a_chunk_apart_fetches_nothing_twice():
    asked = []

    def read_at(offset, length):
        asked.append(length)
        return bytes(length)

    ahead = ReadAhead(read_at, 12 << 20, range(12 << 20))
    for at in range(0, 11 << 20, 1 << 16):
        ahead(at + (1 << 20), 1 << 16)
        ahead(at, 1 << 16)
    assert sum(asked) <= 17 << 20, "the file, and one look ahead beside it"
