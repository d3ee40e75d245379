"""The most characters of fields whose length receivers rely on, in versions before 2.7. Control numbers have the length of 2.7: longer
ones than before are everywhere."""

from typing import Final

LENGTHS: Final = {
    "MSH-8": 40, "MSH-10": 199, "MSH-13": 15, "MSH-15": 2, "MSH-16": 2, "MSA-1": 2, "MSA-2": 199, "MSA-3": 80,
    "EVN-1": 3, "PID-8": 1, "PID-19": 16, "PID-24": 2, "PID-30": 1, "PV1-2": 1, "PV1-36": 3,
    "ORC-1": 2, "ORC-5": 2, "OBR-11": 1, "OBR-24": 10, "OBR-25": 1, "OBX-2": 3, "OBX-11": 1,
    "IN1-8": 12, "IN1-10": 12, "IN1-15": 3, "TXA-17": 2, "TXA-19": 2,
}  # fmt: skip
