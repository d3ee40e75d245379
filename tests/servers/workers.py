"""Imported by the fork server of a test run before it forks workers of gateways: what they need is there then, compiled once for all of them."""

from collections import defaultdict
from pathlib import Path

from gateway.pipeline import formats
from gateway.pipeline.reading import FileSettings, Packer, Topics
from gateway.pipeline.worker import bytes_reader

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = {"837p_simple/input.x12": formats.X12, "835_paid_denied/input.x12": formats.X12, "v2_adt_admit/input.hl7": formats.HL7V2}
SETTINGS = FileSettings("UTC", "test", {}, 1 << 18, 1 << 16, 1000, 100)


def read(content: bytes, kind: str) -> None:
    settings = SETTINGS._replace(kind=kind)
    packer = Packer(Topics("", defaultdict(lambda: 1)), "")
    for _ in formats.read_whole(formats.format_named(kind), bytes_reader(content), len(content), settings.origin("", "", ""), settings, packer):
        pass


for name, kind in FILES.items():
    read((GOLDEN / name).read_bytes(), kind)
