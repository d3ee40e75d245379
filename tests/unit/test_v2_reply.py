"""Answers made from a head that was read once: the same as from the bytes, whatever the delimiters and the zone of the clock."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from parsers.hl7v2.acknowledgement import acknowledge, head, reply

ZONES = [None, UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=45))]
MESSAGE = b"MSH|^~\\&|A|B|C|D|20260304||ADT^A01|17|P|2.5|||AL|NE\rPID|1\r"


@pytest.mark.parametrize("zone", ZONES)
def test_the_time_of_an_answer_says_its_zone(zone):
    now = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=zone)
    answer = reply(head(MESSAGE), "AA", now=now, control_id="X1")
    assert answer.split(b"|")[6] == now.strftime("%Y%m%d%H%M%S%z").encode()


def test_the_same_moment_on_clocks_of_two_zones_is_said_in_each():
    here = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    times = [reply(head(MESSAGE), "AA", now=here.astimezone(zone), control_id="X1").split(b"|")[6] for zone in ZONES[1:]]
    assert times == [b"20260304050607+0000", b"20260304000607-0500", b"20260304105107+0545"]


@pytest.mark.parametrize("message", [MESSAGE, b"no head", MESSAGE.replace(b"^~\\&", b"^~A&"), MESSAGE.decode().encode("utf-16-le")])
def test_an_answer_is_the_same_from_the_head_and_from_the_bytes(message):
    facts = {"text": "A way of saying no", "now": datetime(2026, 3, 4, tzinfo=UTC), "control_id": "ABBA1"}
    assert reply(head(message), "AE", **facts) == acknowledge(message, "AE", **facts)


def test_a_letter_that_is_a_delimiter_is_escaped_also_where_all_are_letters():
    answer = reply(head(MESSAGE.replace(b"^~\\&", b"^B\\&")), "AA", now=datetime(2026, 3, 4, tzinfo=UTC), control_id="ABBA1")
    assert answer.split(b"|")[9] == b"A\\R\\\\R\\A1"


def test_what_a_sender_wants_to_hear_is_read_from_the_head():
    assert [head(MESSAGE).text(number) for number in (15, 16, 17, 99)] == ["AL", "NE", "", ""]
