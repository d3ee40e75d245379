"""The data folder: rights, space, and how long the disk takes to keep a write."""

import asyncio
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from gateway.api.parts import Options
from gateway.config import Config, prepare_data_dir
from gateway.doctor.check import Found, check, good, problem, warning
from gateway.local import LocalStore

ORDER = 20
LITTLE_BYTES = 10 << 30
FSYNCS, SLOW_SECONDS = 20, 0.020
OLD_SECONDS = 300.0


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())


@check("data folder", do="mend it as said, or name another data_dir")
async def data_folder(config: Config) -> list[Found]:
    folder = config.data_dir
    if folder.exists():
        await asyncio.to_thread(prepare_data_dir, folder)
        return [good(f"{folder} is ours alone")]
    above = existing(folder)
    if not os.access(above, os.W_OK | os.X_OK):
        return [problem(f"{folder} cannot be made in {above}", "make it, owned by the gateway's user and with mode 700, or name another data_dir")]
    return [good(f"{folder} will be made at the first start")]


@check("disk space", do="name a data_dir on a disk that can be read")
async def disk_space(config: Config) -> list[Found]:
    free = (await asyncio.to_thread(shutil.disk_usage, existing(config.data_dir))).free
    text = f"{free / (1 << 30):.1f} GiB free for the data folder"
    if free < Options().free_bytes:
        return [problem(f"{text}: nothing is taken in below {Options().free_bytes >> 20} MiB", "make room, or name a data_dir on another disk")]
    return [warning(text, "make room before it is used up: see retention in the configuration")] if free < LITTLE_BYTES else [good(text)]


@check("disk writes", do="name a data_dir on a disk that can be written", needs="data folder")
async def disk_writes(config: Config) -> list[Found]:
    """Every acknowledgement on the embedded log, and every stored file, waits for one of these."""
    median = await asyncio.to_thread(_fsync_seconds, existing(config.data_dir))
    text = f"a write is safe on the disk after {1000 * median:.1f} ms"
    return [warning(text, "use a local SSD: each acknowledged file waits so long at least")] if median > SLOW_SECONDS else [good(text)]


@check("local files", do="see what the log of the gateway says about forwarding", only=lambda config: (config.local_path / "log.db").exists())
async def local_files(config: Config) -> list[Found]:
    """What this node has acknowledged and the brokers do not have yet."""
    store = await LocalStore.open(config.local_path, config.log.local_bytes)
    try:
        count, oldest = store.files, store.oldest
    finally:
        await store.close()
    if oldest is None:
        return [good("no file waits for the brokers")]
    minutes = (time.time() - oldest) / 60
    text = f"{count} files wait for the brokers, the oldest for {minutes:.0f} minutes"
    late = minutes * 60 > OLD_SECONDS
    return [warning(text, "run a gateway with the role intake here, with brokers it can reach") if late else good(text)]


def _fsync_seconds(folder: Path) -> float:
    """Median of a few."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
        for _ in range(FSYNCS):
            began = time.perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)
