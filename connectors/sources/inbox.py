"""The folders of a watched directory: what lies there, what was taken, where it goes. Blocking; the directory source calls it from threads.

A file is taken by renaming it into a ticket, a numbered folder under `.clearplane/taking`, so it is never taken twice and a crash leaves
either the file in its ticket (handed over again) or only the finished report (put where it says it belongs).
"""

import contextlib
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Any, NamedTuple, TypeVar

P = TypeVar("P", bound=PurePath)
PRIVATE = ".clearplane"
REPORT_SUFFIX = ".report.json"
TEMPORARY_SUFFIXES = (".tmp", ".part", ".filepart", ".crdownload", "~")
"""Names that senders use for files they have not finished."""
NAME_BYTES = 255


class Print(NamedTuple):
    """What tells that a file has not changed."""

    size: int
    mtime_ns: int
    inode: int


class Found(NamedTuple):
    """A file that has not changed for long enough. `name` is relative to the watched directory, with `/`."""

    name: str
    print: Print


class Ticket(NamedTuple):
    """A file that was taken: it lies at `folder`/file/`name`."""

    folder: Path
    name: str
    print: Print

    @property
    def path(self) -> Path:
        return self.folder / "file" / self.name

    @property
    def label(self) -> str:
        """What stands for it in the log."""
        return f"file with inode {self.print.inode}"


class InboxBusyError(Exception):
    """Another process watches the same directory."""


class Inbox:
    """`pattern` is matched against the name; with a `/` in it against the path below `root` (`*` matches `/` too), and sub-folders are watched."""

    def __init__(self, root: Path, pattern: str, done: str, failed: str, stable_seconds: float) -> None:
        self.root = root
        self._pattern = pattern
        self._folders = {True: root / done, False: root / failed}
        self._taking = root / PRIVATE / "taking"
        self._stable = stable_seconds
        self._since: dict[str, tuple[Print, float]] = {}
        self._number = 0
        self._lock: int | None = None

    def open(self) -> list[Ticket]:
        """Lock the directory, finish what a crash cut short, and return the tickets still to hand over, oldest first. OSError, InboxBusyError."""
        self._taking.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._acquire()
        tickets = []
        for folder in sorted(path for path in self._taking.iterdir() if path.name.isdigit()):
            self._number = max(self._number, int(folder.name))
            ticket = _recover(folder)
            if ticket is not None:
                tickets.append(ticket)
            else:
                self._finish(folder)
        return tickets

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def look(self, now: float) -> list[Found]:
        """Files whose size, time and inode have stood for `stable_seconds` before `now`, oldest first, then by name. OSError."""
        seen: dict[str, tuple[Print, float]] = {}
        ready = []
        for name, found in self._files():
            before = self._since.get(name)
            first = before[1] if before is not None and before[0] == found else now
            seen[name] = found, first
            if now - first >= self._stable:
                ready.append(Found(name, found))
        self._since = seen
        return sorted(ready, key=lambda each: (each.print.mtime_ns, each.name))

    def take(self, found: Found) -> Ticket | None:
        """Rename a file into a ticket of its own; None when it changed or went away meanwhile. OSError when it cannot be read or moved."""
        source = self.root / found.name
        try:
            file = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            if print_of(os.fstat(file)) != found.print:
                return None
        finally:
            os.close(file)
        ticket = Ticket(self._new_folder(), found.name, found.print)
        try:
            ticket.path.parent.mkdir(parents=True)
            source.rename(ticket.path)
        except FileNotFoundError:
            shutil.rmtree(ticket.folder)
            return None
        except OSError:
            shutil.rmtree(ticket.folder)
            raise
        self._since.pop(found.name, None)
        return ticket

    def put_back(self, ticket: Ticket) -> None:
        """Undo `take`, under another name if the old one is in use again."""
        _move(ticket.path, _free(self.root, ticket.name))
        shutil.rmtree(ticket.folder)

    def settle(self, ticket: Ticket, done: bool, report: dict[str, Any]) -> None:
        """Move the file to done or failed and put its report beside it. Safe to repeat after a crash at any point."""
        target = _free(self._folders[done], ticket.name)
        text = json.dumps({**report, "name": target.name, "moved_to": str(target)}, indent=2, ensure_ascii=True)
        _write(ticket.folder / "report.json", text.encode())
        _move(ticket.path, target)
        self._finish(ticket.folder)

    def _finish(self, folder: Path) -> None:
        """Put a report whose file has been moved beside that file, and remove the ticket."""
        report = folder / "report.json"
        if report.exists():
            target = Path(json.loads(report.read_bytes())["moved_to"])
            _move(report, report_path(target))
        shutil.rmtree(folder)

    def _acquire(self) -> None:
        lock = os.open(self._taking.parent / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise InboxBusyError("another process watches this directory") from error
        self._lock = lock

    def _new_folder(self) -> Path:
        self._number += 1
        folder = self._taking / f"{self._number:012d}"
        folder.mkdir(mode=0o700)
        return folder

    def _files(self) -> Iterator[tuple[str, Print]]:
        deep = "/" in self._pattern
        folders = [""]
        while folders:
            below = folders.pop()
            with os.scandir(self.root / below) as entries:
                for entry in entries:
                    name = f"{below}{entry.name}"
                    if entry.name.startswith(".") or entry.name.endswith(TEMPORARY_SUFFIXES):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if deep and self.root / name not in self._folders.values():
                            folders.append(f"{name}/")
                    elif entry.is_file(follow_symlinks=False) and self._matches(name, entry.name):
                        with contextlib.suppress(FileNotFoundError):
                            yield name, print_of(entry.stat(follow_symlinks=False))

    def _matches(self, name: str, last: str) -> bool:
        if "/" not in self._pattern:
            return fnmatch(last, self._pattern)
        return fnmatch(name, self._pattern) or (self._pattern.startswith("**/") and fnmatch(name, self._pattern[3:]))


def print_of(status: os.stat_result) -> Print:
    return Print(status.st_size, status.st_mtime_ns, status.st_ino)


def _recover(folder: Path) -> Ticket | None:
    """The ticket of a folder that still holds its file; a report beside it will be written anew."""
    base = folder / "file"
    for path in sorted(base.rglob("*")):
        if path.is_file() and not path.is_symlink():
            return Ticket(folder, path.relative_to(base).as_posix(), print_of(path.stat()))
    return None


def _free(folder: Path, name: str) -> Path:
    """A path under `folder` that neither a file nor its report has; a suffix counts up before the extension."""
    wanted = folder / name
    target, number = wanted, 0
    while target.exists() or report_path(target).exists():
        number += 1
        target = numbered(wanted, number)
    return target


def numbered(wanted: P, number: int) -> P:
    """With the number before the extension, no longer than a name may be."""
    return wanted.with_name(f"{_cut(wanted.stem, 12 + len(os.fsencode(wanted.suffix)))}-{number}{wanted.suffix}")


def report_path(target: P) -> P:
    return target.with_name(_cut(target.name, len(REPORT_SUFFIX)) + REPORT_SUFFIX)


def _cut(name: str, room: int) -> str:
    """The name shortened so that `room` bytes can follow it."""
    return os.fsdecode(os.fsencode(name)[: NAME_BYTES - room])


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".tmp")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _move(source: Path, target: Path) -> None:
    """Rename, or across file systems copy, flush and only then remove."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f".{_cut(target.name, 5)}.tmp")
        shutil.copy2(source, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(target)
        source.unlink()
