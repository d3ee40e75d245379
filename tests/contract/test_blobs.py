"""The contract of the Blobs seam on both sides, and what the directory side promises beyond it."""

import hashlib
import os
import subprocess
import sys
import time

import pytest

from gateway.blobs import DirectoryBlobs, probe
from gateway.seams import BlobDamaged, BlobError, BlobNotFound
from tests.contract.blob_sides import BucketSide, DirectorySide

DATA = bytes(range(256)) * 40
NAME = hashlib.sha256(DATA).hexdigest()
ABSENT = "0" * 64


@pytest.fixture(params=["directory", "bucket"])
def side(request, tmp_path):
    side = DirectorySide(tmp_path) if request.param == "directory" else BucketSide(request.getfixturevalue("s3"), tmp_path)
    yield side
    side.close()


@pytest.fixture
def blobs(side):
    return side.blobs


def files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_put_is_found_under_its_hash(blobs):
    assert blobs.put(DATA) == NAME
    assert blobs.read(NAME) == DATA
    assert blobs.size(NAME) == len(DATA)
    assert blobs.exists(NAME)


def test_putting_the_same_content_again_changes_nothing(blobs):
    before = time.time() - 2
    assert blobs.put(DATA) == blobs.put(DATA) == NAME
    [(name, size, modified)] = list(blobs.list())
    assert (name, size) == (NAME, len(DATA))
    assert before < modified < time.time() + 2


def test_the_empty_blob(blobs):
    name = blobs.put(b"")
    assert name == hashlib.sha256(b"").hexdigest()
    assert blobs.read(name) == b""
    assert blobs.size(name) == 0


def test_a_writer_takes_bytes_as_they_come_and_shows_nothing_before_commit(blobs):
    writer = blobs.writer()
    for start in range(0, len(DATA), 1000):
        writer.write(DATA[start : start + 1000])
    assert writer.size == len(DATA)
    assert not blobs.exists(NAME)
    assert list(blobs.list()) == []
    assert writer.commit() == NAME
    assert writer.commit() == NAME
    assert blobs.read(NAME) == DATA
    with pytest.raises(BlobError):
        writer.write(b"more")


def test_abort_leaves_nothing(side, blobs):
    writer = blobs.writer()
    writer.write(DATA)
    writer.abort()
    writer.abort()
    assert side.names() == []
    with pytest.raises(BlobError):
        writer.commit()


def test_abort_after_commit_keeps_the_blob(blobs):
    writer = blobs.writer()
    writer.write(DATA)
    writer.commit()
    writer.abort()
    assert blobs.read(NAME) == DATA


@pytest.mark.parametrize(("start", "length"), [(0, None), (0, 0), (5, 7), (10_239, 1), (10_240, 0), (10_240, None), (100, None)])
def test_range_read(blobs, start, length):
    blobs.put(DATA)
    assert blobs.read(NAME, start, length) == DATA[start : None if length is None else start + length]


@pytest.mark.parametrize(("start", "length"), [(-1, 1), (0, -1), (0, 10_241), (10_241, None), (10_240, 1), (10_241, 0)])
def test_a_range_outside_the_blob_is_refused(blobs, start, length):
    blobs.put(DATA)
    with pytest.raises(BlobError):
        blobs.read(NAME, start, length)


@pytest.mark.parametrize(("start", "length"), [(0, len(DATA)), (8_000, 1), (7_999, 2), (8_001, 0), (9_000, None)])
def test_a_blob_that_lost_its_end_is_damaged_and_no_store_that_is_away(side, blobs, start, length):
    blobs.put(DATA)
    side.overwrite(NAME, DATA[:8_000])
    with pytest.raises(BlobDamaged, match="only 8000 bytes"):
        blobs.read(NAME, start, length)
    assert blobs.read(NAME, 7_000, 1_000) == DATA[7_000:8_000]


def test_no_such_blob(blobs):
    assert not blobs.exists(ABSENT)
    for call in (blobs.read, blobs.size, blobs.verify):
        with pytest.raises(BlobNotFound):
            call(ABSENT)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 63, "0" * 63 + "G", "A" * 64, "0" * 64 + "\n"])
def test_what_is_no_hash_is_refused(blobs, name):
    for call in (blobs.read, blobs.size, blobs.exists, blobs.delete):
        with pytest.raises(BlobError):
            call(name)


def test_delete_is_idempotent_and_list_shows_the_rest(blobs):
    names = {blobs.put(bytes([n])) for n in range(20)}
    gone = names.pop()
    blobs.delete(gone)
    blobs.delete(gone)
    assert not blobs.exists(gone)
    assert {name for name, _, _ in blobs.list()} == names


def test_verify_reads_the_bytes(side, blobs):
    blobs.put(DATA)
    assert blobs.verify(NAME)
    side.overwrite(NAME, DATA[:-1] + b"x")
    assert not blobs.verify(NAME)
    blobs.put(DATA)
    assert blobs.verify(NAME), "putting it again heals it"


def test_a_large_blob_in_many_pieces(blobs):
    """More than two parts of an upload, and more than one request of a whole read."""
    data = hashlib.shake_128(b"large").digest((11 << 20) + 7)
    writer = blobs.writer()
    for start in range(0, len(data), 700_001):
        writer.write(data[start : start + 700_001])
    name = writer.commit()
    assert name == hashlib.sha256(data).hexdigest()
    assert blobs.size(name) == len(data)
    assert blobs.read(name) == data
    assert blobs.read(name, 5) == data[5:]
    assert blobs.read(name, 1, 10 << 20) == data[1 : 1 + (10 << 20)]
    assert blobs.read(name, (11 << 20) - 3) == data[-10:]
    assert blobs.verify(name)
    with pytest.raises(BlobError):
        blobs.read(name, 1, len(data))


def test_a_probe_leaves_nothing(side, blobs):
    probe(blobs)
    assert side.names() == []


def test_everything_is_private(tmp_path):
    old = os.umask(0)
    try:
        DirectoryBlobs(tmp_path / "blobs").put(DATA)
    finally:
        os.umask(old)
    for path in (tmp_path / "blobs").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert (tmp_path / "blobs").stat().st_mode & 0o777 == 0o700


def test_what_killed_writers_left_is_swept_after_an_hour(tmp_path):
    root = tmp_path / "blobs"
    writer = DirectoryBlobs(root).writer()
    writer.write(DATA)
    DirectoryBlobs(root)
    assert len(files(root)) == 1, "it may still be written"
    DirectoryBlobs(root, clock=lambda: time.time() + 3601)
    assert files(root) == []
    writer.abort()


def test_a_disk_that_takes_no_more_gives_an_error_and_shows_nothing(tmp_path):
    code = (
        "import resource, signal, sys\n"
        "from gateway.blobs import DirectoryBlobs\n"
        "from gateway.seams import BlobError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "blobs = DirectoryBlobs(sys.argv[1])\n"
        "try:\n    blobs.put(bytes(200_000))\n"
        "except BlobError as error:\n    print(error)\n"
        "print(blobs.put(bytes(50_000)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path / "blobs")], capture_output=True, text=True, check=True)
    error, name = run.stdout.splitlines()
    assert error.startswith("the blob store cannot be used")
    assert str(tmp_path) not in error
    assert name == hashlib.sha256(bytes(50_000)).hexdigest()
    assert files(tmp_path / "blobs") == [f"{name[:2]}/{name}"]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BlobError):
        DirectoryBlobs(tmp_path / "file" / "blobs")
