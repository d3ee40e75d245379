"""The watched directory: what it takes and when, where files end up, and what a crash at any step leaves."""

import asyncio
import json
import logging
import os
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectors.source import PIECE_BYTES, RefusedError
from connectors.sources.directory import DirectorySettings, DirectorySource
from connectors.sources.inbox import Inbox, InboxBusyError, _move

pytestmark = pytest.mark.asyncio


class Sink:
    """Takes messages and tells the outcome that was set for their content."""

    def __init__(self):
        self.taken = []
        self.outcomes = {}
        self.refuse = set()
        self.during = None

    async def accept(self, name, content_type, chunks):
        data = b""
        async for chunk in chunks:
            data += chunk
            if self.during is not None:
                self.during()
        if data in self.refuse:
            raise RefusedError("over the size limit")
        self.taken.append((name, data))
        return data.decode("latin-1") or "empty"

    async def outcome(self, receipt):
        return self.outcomes.get(receipt, {"status": "done", "counts": {"published": 1}})

    def names(self):
        return [name for name, _ in self.taken]


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def settings(root, **changes):
    return DirectorySettings(root, **{"stable_seconds": 0.0, "poll_seconds": 0.001, "retry_seconds": 0.001, **changes})


def put(root, name, data=b"x", mtime=None):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if mtime is not None:
        os.utime(path, (mtime, mtime))
    return path


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 files give no event
            await asyncio.sleep(0.001)


@asynccontextmanager
async def running(root, sink, clock=None, **changes):
    source = DirectorySource(settings(root, **changes), sink, **({"clock": clock} if clock else {}))
    task = asyncio.create_task(source.run())
    try:
        yield source
    finally:
        async with asyncio.timeout(5):
            await source.stop()
            await task


def files_below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def open_inbox(root, **changes):
    given = settings(root, **changes)
    return Inbox(given.path, given.pattern, given.done, given.failed, given.stable_seconds)


# what is taken


async def test_a_file_is_stable_only_when_size_time_and_inode_have_stood_long_enough(tmp_path):
    inbox = open_inbox(tmp_path, stable_seconds=2.0)
    path = put(tmp_path, "a.x12", b"ISA", mtime=100)
    assert inbox.look(10.0) == []
    assert inbox.look(11.9) == []
    put(tmp_path, "a.x12", b"ISA*", mtime=100)
    assert inbox.look(12.1) == []
    os.utime(path, (200, 200))
    assert inbox.look(14.2) == []
    other = put(tmp_path, "new", b"ISA#", mtime=200)
    other.rename(path)
    assert inbox.look(16.3) == []
    assert [found.name for found in inbox.look(18.3)] == ["a.x12"]


async def test_a_growing_file_waits_for_the_clock(tmp_path):
    sink, clock = Sink(), Clock()
    put(tmp_path, "a.x12", b"half")
    async with running(tmp_path, sink, clock, stable_seconds=5.0) as source:
        await until(lambda: source._place._inbox._since)
        clock.now += 4.9
        put(tmp_path, "a.x12", b"half and whole")
        await until(lambda: source._place._inbox._since["a.x12"][0].size == 14)
        clock.now += 4.9
        put(tmp_path, "b.x12", b"later")
        await until(lambda: "b.x12" in source._place._inbox._since)
        assert sink.taken == []
        clock.now += 0.2
        await until(lambda: sink.taken)
    assert sink.taken == [("a.x12", b"half and whole")]


@pytest.mark.parametrize("name", [".hidden", "a.tmp", "a.part", "a.filepart", "a.crdownload", "a.x12~"])
async def test_unfinished_names_are_not_taken(tmp_path, name):
    put(tmp_path, name)
    put(tmp_path, "a.x12")
    assert [found.name for found in open_inbox(tmp_path).look(0.0)] == ["a.x12"]


async def test_links_and_folders_are_not_taken(tmp_path):
    outside = put(tmp_path, "outside/secret")
    watched = tmp_path / "in"
    watched.mkdir()
    (watched / "link").symlink_to(outside)
    put(watched, "sub/a.x12")
    assert open_inbox(watched).look(0.0) == []


@pytest.mark.parametrize(
    ("pattern", "names"),
    [("*.837", ["a.837"]), ("**/*.837", ["a.837", "day/b.837", "day/night/c.837"]), ("day/*.837", ["day/b.837", "day/night/c.837"])],
)
async def test_a_pattern_chooses_and_with_a_slash_goes_into_sub_folders(tmp_path, pattern, names):
    for name in ("a.837", "a.835", "day/b.837", "day/night/c.837", "done/d.837", "failed/e.837"):
        put(tmp_path, name, mtime=5)
    assert [found.name for found in open_inbox(tmp_path, pattern=pattern).look(0.0)] == names


async def test_files_go_in_order_of_time_then_name(tmp_path):
    sink = Sink()
    put(tmp_path, "b", b"2", mtime=200)
    put(tmp_path, "c", b"1", mtime=100)
    put(tmp_path, "a", b"3", mtime=200)
    async with running(tmp_path, sink):
        await until(lambda: len(sink.taken) == 3)
    assert sink.names() == ["c", "a", "b"]


async def test_a_file_that_changes_while_it_is_read_is_taken_whole_later(tmp_path):
    sink = Sink()
    put(tmp_path, "a.x12", b"first half", mtime=5)

    def change():
        sink.during = None
        (ticket,) = (tmp_path / ".clearplane/taking").glob("*/file/a.x12")
        with ticket.open("r+b") as file:
            file.write(b"FIRST half")

    sink.during = change
    async with running(tmp_path, sink):
        await until(lambda: (tmp_path / "done/a.x12").exists())
    assert sink.taken == [("a.x12", b"FIRST half")]


async def test_a_file_is_read_in_bounded_pieces(tmp_path):
    sink, seen = Sink(), []
    sink.during = lambda: seen.append(1)
    put(tmp_path, "big", b"x" * (3 * PIECE_BYTES + 1))
    async with running(tmp_path, sink):
        await until(lambda: sink.taken)
    assert len(seen) == 4


# where it goes


async def test_done_and_failed_files_lie_beside_their_reports(tmp_path):
    sink = Sink()
    sink.outcomes["bad"] = {"status": "failed", "counts": {"dead": 1}}
    sink.refuse.add(b"huge")
    put(tmp_path, "good.x12", b"good", mtime=1)
    put(tmp_path, "bad.x12", b"bad", mtime=2)
    put(tmp_path, "huge.x12", b"huge", mtime=3)
    async with running(tmp_path, sink):
        await until(lambda: len(files_below(tmp_path / "failed")) == 4 and len(files_below(tmp_path / "done")) == 2)
    assert files_below(tmp_path / "done") == ["good.x12", "good.x12.report.json"]
    assert files_below(tmp_path / "failed") == ["bad.x12", "bad.x12.report.json", "huge.x12", "huge.x12.report.json"]
    assert (tmp_path / "done/good.x12").read_bytes() == b"good"
    assert json.loads((tmp_path / "done/good.x12.report.json").read_bytes()).items() >= {"receipt": "good", "status": "done"}.items()
    refused = json.loads((tmp_path / "failed/huge.x12.report.json").read_bytes())
    assert (refused["status"], refused["reason"]) == ("refused", "over the size limit")
    assert files_below(tmp_path / ".clearplane") == ["lock"]


async def test_a_file_stays_taken_until_its_outcome_is_known_and_holds_nobody_up(tmp_path):
    sink = Sink()
    sink.outcomes["slow"] = None
    put(tmp_path, "slow", b"slow", mtime=1)
    put(tmp_path, "fast", b"fast", mtime=2)
    async with running(tmp_path, sink):
        await until(lambda: (tmp_path / "done/fast").exists())
        assert not (tmp_path / "done/slow").exists()
        sink.outcomes["slow"] = {"status": "done"}
        await until(lambda: (tmp_path / "done/slow").exists())


async def test_no_more_files_are_taken_than_may_be_pending(tmp_path):
    sink = Sink()
    for number in range(5):
        sink.outcomes[str(number)] = None
        put(tmp_path, f"f{number}", str(number).encode(), mtime=number)
    async with running(tmp_path, sink, pending=2) as source:
        await until(lambda: len(sink.taken) == 2)
        await source._round()
        assert len(sink.taken) == 2
        sink.outcomes.clear()
        await until(lambda: len(sink.taken) == 5)


async def test_a_name_used_before_gets_a_suffix_with_its_report(tmp_path):
    sink = Sink()
    for number in range(3):
        put(tmp_path, "same.x12", f"content {number}".encode())
        async with running(tmp_path, sink):
            await until(lambda: len(files_below(tmp_path / "done")) == 2 * number + 2)  # noqa: B023
    wanted = ["same-1.x12", "same-1.x12.report.json", "same-2.x12", "same-2.x12.report.json", "same.x12", "same.x12.report.json"]
    assert files_below(tmp_path / "done") == wanted
    assert [(tmp_path / "done" / name).read_bytes() for name in wanted[::2]] == [b"content 1", b"content 2", b"content 0"]


async def test_the_longest_names_and_names_that_are_no_text_are_moved_too(tmp_path):
    sink = Sink()
    for count in (4, 8):
        put(tmp_path, "n" * 251 + ".x12", b"long")
        put(tmp_path, os.fsdecode(b"\xff\xfe.x12"), b"bytes")
        async with running(tmp_path, sink):
            await until(lambda: (tmp_path / "done").exists() and len(files_below(tmp_path / "done")) == count)  # noqa: B023
    assert all(name.isprintable() and name.encode() for name in sink.names())


async def test_a_sub_folder_is_kept_below_done(tmp_path):
    put(tmp_path, "day/a.837", b"x")
    async with running(tmp_path, Sink(), pattern="**/*.837"):
        await until(lambda: (tmp_path / "done/day/a.837.report.json").exists())


# trouble


async def test_an_unreadable_file_is_reported_without_its_name_and_taken_once_readable(tmp_path, caplog):
    sink = Sink()
    path = put(tmp_path, "DOE_JOHN.x12")
    real = os.open

    def refuse(name, flags, *rest, **options):
        if str(name).endswith("DOE_JOHN.x12") and not readable:
            raise PermissionError(13, "Permission denied", str(name))
        return real(name, flags, *rest, **options)

    readable = False
    with caplog.at_level(logging.WARNING), pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", refuse)
        async with running(tmp_path, sink):
            await until(lambda: caplog.records)
            inode = path.stat().st_ino
            readable = True
            await until(lambda: sink.taken)
    assert f"inode {inode}" in caplog.text
    assert str(tmp_path) in caplog.text
    assert "DOE" not in caplog.text


async def test_a_directory_that_comes_later_is_watched_once_it_is_there(tmp_path, caplog):
    (tmp_path / "in").write_bytes(b"a file where the folder shall be")
    sink = Sink()
    async with running(tmp_path / "in", sink):
        await until(lambda: "cannot be watched" in caplog.text)
        (tmp_path / "in").unlink()
        put(tmp_path, "in/a")
        await until(lambda: sink.taken)


async def test_two_sources_never_watch_one_directory(tmp_path, caplog):
    first, second = Sink(), Sink()
    async with running(tmp_path, first) as source:
        await until(lambda: source._place._inbox._lock is not None)
        with pytest.raises(InboxBusyError):
            open_inbox(tmp_path).open()
        async with running(tmp_path, second):
            await until(lambda: "another process" in caplog.text)
            put(tmp_path, "a")
            await until(lambda: first.taken)
    assert second.taken == []


# crashes


class Crash(BaseException):
    pass


CRASH_POINTS = ["take: folder made", "take: moved", "settle: report written", "settle: file moved", "settle: report moved"]


@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_crash_at_any_step_loses_nothing_and_leaves_nothing_lying(tmp_path, monkeypatch, point):
    """The process dies right after the named step; the next one brings everything to its end."""
    put(tmp_path, "a.x12", b"content")
    with monkeypatch.context() as patch:
        _crash_after(patch, point)
        inbox = open_inbox(tmp_path)
        try:
            inbox.open()
            (found,) = inbox.look(0.0)
            inbox.settle(inbox.take(found), True, {"status": "done", "receipt": "content"})
        except Crash:
            pass
        else:
            pytest.fail("the step was never reached")
        finally:
            inbox.close()
    sink = Sink()
    async with running(tmp_path, sink):
        await until(lambda: not list((tmp_path / ".clearplane/taking").iterdir()) and (tmp_path / "done/a.x12.report.json").exists())
    assert files_below(tmp_path) == [".clearplane/lock", "done/a.x12", "done/a.x12.report.json"]
    assert (tmp_path / "done/a.x12").read_bytes() == b"content"
    assert json.loads((tmp_path / "done/a.x12.report.json").read_bytes())["receipt"] == "content"
    assert sink.names() == (["a.x12"] if point in CRASH_POINTS[:3] else [])


def _crash_after(patch, point):
    """Renames happen in this order: the file into its ticket, the report's first name, the file to done, the report to done."""
    renames = {"take: moved": 1, "settle: report written": 2, "settle: file moved": 3, "settle: report moved": 4}
    count = 0
    rename, mkdir = Path.rename, Path.mkdir

    def renaming(self, target):
        nonlocal count
        result = rename(self, target)
        count += 1
        if count == renames.get(point):
            raise Crash
        return result

    def making(self, *args, **options):
        mkdir(self, *args, **options)
        if point == "take: folder made" and self.name.isdigit():
            raise Crash

    patch.setattr(Path, "rename", renaming)
    patch.setattr(Path, "mkdir", making)


async def test_tickets_of_an_earlier_run_go_first_and_in_their_order(tmp_path):
    inbox = open_inbox(tmp_path)
    inbox.open()
    for number, name in enumerate(("z", "y", "x")):
        put(tmp_path, name, name.encode(), mtime=number)
        (found,) = inbox.look(0.0)
        inbox.take(found)
    inbox.close()
    put(tmp_path, "older", b"older", mtime=0)
    assert [ticket.name for ticket in inbox.open()] == ["z", "y", "x"]
    again = open_inbox(tmp_path)
    inbox.close()
    earlier = again.open()
    assert again.take(again.look(0.0)[0]).folder > earlier[-1].folder
    again.close()
    sink = Sink()
    async with running(tmp_path, sink):
        await until(lambda: len(sink.taken) == 4)
    assert sink.names() == ["z", "y", "x", "older"]


async def test_done_on_another_file_system_is_reached_by_copy(tmp_path, monkeypatch):
    rename = Path.rename

    def renaming(self, target):
        if "done" in Path(target).parts and not self.name.startswith("."):
            raise OSError(18, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", renaming)
    other = put(tmp_path, "other", b"moved")
    _move(other, tmp_path / "done/other")
    assert not other.exists()
    (tmp_path / "done/other").unlink()
    put(tmp_path, "a.x12", b"content")
    async with running(tmp_path, Sink()):
        await until(lambda: (tmp_path / "done/a.x12.report.json").exists() and not list((tmp_path / ".clearplane/taking").iterdir()))
    assert files_below(tmp_path) == [".clearplane/lock", "done/a.x12", "done/a.x12.report.json"]


async def test_a_full_done_folder_is_tried_again(tmp_path, monkeypatch, caplog):
    full = True
    copy = Inbox.settle

    def settle(self, *args):
        if full:
            raise OSError(28, "No space left on device")
        return copy(self, *args)

    monkeypatch.setattr(Inbox, "settle", settle)
    put(tmp_path, "a", b"x")
    async with running(tmp_path, Sink()):
        await until(lambda: "No space left" in caplog.text)
        full = False
        await until(lambda: (tmp_path / "done/a").exists())


async def test_an_empty_ticket_is_removed(tmp_path):
    (tmp_path / ".clearplane/taking/000000000007/file").mkdir(parents=True)
    inbox = open_inbox(tmp_path)
    assert inbox.open() == []
    inbox.close()
    assert files_below(tmp_path) == [".clearplane/lock"]
