"""The short form of the log's torture; the long one is `python -m tests.fault.log_torture`."""

import json
import sqlite3

import pytest

from tests.fault import log_torture

SEED = "short"


def test_kill_at_any_moment_loses_nothing_acknowledged(tmp_path):
    acknowledged, commits = log_torture.kills(30, SEED, tmp_path)
    assert acknowledged > 20
    assert commits > 5


def test_damaged_files_never_give_a_wrong_record(tmp_path):
    outcomes = log_torture.flips(200, SEED, tmp_path)
    assert sum(outcomes.values()) == 200
    assert outcomes["flip: CorruptRecord"] > 30


def test_a_cut_or_flipped_write_ahead_log_leaves_an_exact_prefix(tmp_path):
    assert log_torture.wal_tails(40, SEED, tmp_path) > 10


def test_a_disk_that_takes_no_more_acknowledges_nothing_that_is_not_there(tmp_path):
    said = log_torture.full_disks(5, SEED, tmp_path)
    assert all(sentence.startswith("the log cannot be used now") for sentence in said)


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "log.db"
    log_torture.asyncio.run(log_torture.write_sample(path, 10, 1000))
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("DELETE FROM batch WHERE id = (SELECT max(id) FROM batch WHERE topic = 1)", "only a part"),
        ("DELETE FROM batch WHERE topic = 2 AND id = (SELECT max(id) FROM batch WHERE topic = 2)", "do not belong together"),
        ("UPDATE position SET next = next - 2", "do not belong together"),
        (
            "INSERT INTO batch SELECT 999, topic, number, first, last + 1, records, timestamp, bytes, data FROM batch WHERE id = 1",
            "offsets do not rise",
        ),
    ],
)
def test_the_independent_reader_sees_what_is_wrong(sample, change, words):
    state, positions = log_torture.check_content(sample)
    assert state == {0: 10}
    assert positions
    with sqlite3.connect(sample) as connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(log_torture.ViolationError, match=words):
        log_torture.check_content(sample)


def test_the_torture_writes_what_its_reader_understands(sample):
    records, _ = log_torture.raw_records(sample)
    assert {len(json.loads(value)) for (topic, _), found in records.items() for _, _, value in found if topic == "in"} == {5}
