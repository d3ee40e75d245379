"""What a site may say about its HL7 v2, and how a mistake in it is named."""

from typing import Any

import pytest

from parsers.hl7v2.limits import Limits
from parsers.hl7v2.profile import Profile, Rule, profile_of, split_path


def test_a_full_profile() -> None:
    profile = profile_of(
        {
            "base": "epic", "zone": "America/Chicago", "charset": "cp1252", "version": "2.3",
            "identifiers": {"patient": [{"field": "PID-3", "authority": "HOSP", "type": "MR"}], "visit": [{"field": "PV1-19"}]},
            "provider_ids": ["NPI"], "events": {"ADT^A04": "patient.registered"}, "codes": {"PV1-2": {"X": "I"}},
            "fields": {"ZPV-3.1": "extensions.ORIGIN"}, "duplicate_window_days": 30, "limits": {"message_bytes": 5000, "segments": 9},
        }
    )  # fmt: skip
    assert profile.identifiers == {"patient": (Rule("PID-3", "HOSP", "MR"),), "visit": (Rule("PV1-19"),)}
    assert profile.limits == Limits(message=5000, segments=9)
    assert profile.overlay().keys() == {"events", "codes", "fields", "provider_ids", "identifiers"}


def test_nothing_said_is_nothing_changed() -> None:
    assert profile_of({}) == Profile()
    assert Profile().overlay() == {}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"zones": "UTC"}, "zones"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../etc"}, "zone"),
        ({"charset": 5}, "charset"),
        ({"identifiers": {"doctor": []}}, "identifiers.doctor"),
        ({"identifiers": []}, "identifiers"),
        ({"identifiers": {"patient": [{"field": "PID3"}]}}, "identifiers.patient.0.field"),
        ({"identifiers": {"patient": [{"field": "PID-3.1"}]}}, "identifiers.patient.0.field"),
        ({"identifiers": {"patient": [{"field": "PID-3"}, {"authority": "X"}]}}, "identifiers.patient.1"),
        ({"identifiers": {"patient": [{"field": "PID-3", "kind": "MR"}]}}, "identifiers.patient.0.kind"),
        ({"events": {"A04": "patient.updated"}}, "events.A04"),
        ({"events": {"ADT^A04": 1}}, r"events.ADT\^A04"),
        ({"codes": {"PV1": {}}}, "codes"),
        ({"codes": {"PV1-2": {"X": 1}}}, "codes.PV1-2.X"),
        ({"fields": {"ZPV-1": "Visit"}}, "fields.ZPV-1"),
        ({"fields": {"ZPV-1": "a.b.c"}}, "fields.ZPV-1"),
        ({"fields": {"Z-1": "extensions.a"}}, "fields"),
        ({"provider_ids": [1]}, "provider_ids.0"),
        ({"duplicate_window_days": -1}, "duplicate_window_days"),
        ({"duplicate_window_days": True}, "duplicate_window_days"),
        ({"limits": {"bytes": 1}}, "limits.bytes"),
        ({"limits": {"fields": 0}}, "limits.fields"),
        ({"limits": {"findings": "many"}}, "limits.findings"),
    ],
)
def test_a_mistake_is_named_by_its_place(data: dict[str, Any], place: str) -> None:
    with pytest.raises(ValueError, match=f"^{place}: "):
        profile_of(data)


def test_paths() -> None:
    assert split_path("PID-3") == ("PID", 3, ())
    assert split_path("ZP1-12.3.4") == ("ZP1", 12, (3, 4))
    for wrong in ("PID-0", "PID-", "pid-3", "PID-3.0", "PID-3.1.2.3"):
        with pytest.raises(ValueError, match="is no field"):
            split_path(wrong)
