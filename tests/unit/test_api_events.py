"""Events in pages, raw bytes, schemas and held files over HTTP."""

from datetime import UTC, timedelta
from hashlib import sha256

import pytest
import pytest_asyncio

from gateway.api import raw
from gateway.api.cursor import decode_cursor, encode_cursor
from gateway.api.parts import Options
from gateway.api.raw import asked
from gateway.seams import TopicPartition
from schemas.envelope import claim_key
from tests.unit.api_plane import PATIENT, audited, client, plane_in


@pytest_asyncio.fixture
async def plane(tmp_path):
    async with plane_in(tmp_path) as made:
        yield made


async def all_pages(api, **params):
    found, cursor = [], None
    for _ in range(200):
        answer = await api.get("/v1/events", params={**params, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["events"]
        cursor = page["next"]
        if not page["more"] and not page["events"]:
            return found
    raise AssertionError("the pages never end")


@pytest.mark.asyncio
@pytest.mark.parametrize(("limit", "budget"), [(1, 1000), (7, 1000), (1000, 1000), (10, 3)])
async def test_pages_give_every_event_once_in_order_of_time(plane, limit, budget):
    wanted = []
    for number in range(40):
        plane.clock.ms += 5
        wanted.append((await plane.publish(number, topic=("claims", "batches")[number % 2]))[0])
    async with client(plane, "events:read", options=Options(page_records=budget)) as api:
        found = await all_pages(api, limit=limit)
    assert [event["id"] for event in found] == wanted
    assert found[3]["data"] == {"number": 3}
    assert found[3]["specversion"] == "1.0"
    assert found[3]["datacontenttype"] == "application/json"


@pytest.mark.asyncio
async def test_filters_let_through_what_they_say(plane):
    start = plane.clock.state()
    receipt = "b" * 26
    for number, given in enumerate(
        [
            {}, {"type": "claim.adjudicated"}, {"type": "remittance.received", "topic": "batches"}, {"site": "south"}, {"receipt": receipt},
            {"usage": "test"}, {"site": "south", "type": "claim.adjudicated"},
        ]
    ):  # fmt: skip
        await plane.publish(number, **given)
        plane.clock.ms += 1000

    def at(seconds, zone=UTC):
        return (start + timedelta(seconds=seconds)).astimezone(zone).isoformat()

    async with client(plane, "events:read") as api:

        async def numbers(**params):
            return sorted(event["data"]["number"] for event in await all_pages(api, **params))

        assert await numbers() == [0, 1, 2, 3, 4, 6]
        assert await numbers(type="claim.adjudicated") == [1, 6]
        assert await numbers(type="clearplane.claim.adjudicated.v1") == [1, 6]
        assert await numbers(type=["claim.adjudicated", "remittance.received"]) == [1, 2, 6]
        assert await numbers(type="claim.adjudicated,remittance.received") == [1, 2, 6]
        assert await numbers(site="south") == [3, 6]
        assert await numbers(key=claim_key("north", "PCN1")) == [1]
        assert await numbers(receipt=receipt) == [4]
        assert await numbers(usage="test") == [5]
        assert await numbers(usage="all") == [0, 1, 2, 3, 4, 5, 6]
        assert await numbers(**{"from": at(1), "to": at(4)}) == [1, 2, 3]
        assert await numbers(**{"from": at(6)}) == [6]
        assert await numbers(to=start.isoformat()) == []
        assert await numbers(start="latest") == []
    async with client(plane, "events:read", sites=("south",)) as api:
        assert [event["data"]["number"] for event in await all_pages(api)] == [3, 6]
        assert await all_pages(api, site="north") == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "params",
    [
        {"key": PATIENT}, {"receipt": "x"}, {"type": "a b"}, {"site": "../x"}, {"from": "yesterday"}, {"to": "99999-01-01"}, {"limit": 0},
        {"limit": 1001}, {"usage": "live"}, {"cursor": "x"}, {"cursor": "W10"}, {"cursor": "A" * 20000}, {"start": "now"},
    ],
)  # fmt: skip
async def test_parameters_of_another_form_are_refused_by_name_only(plane, params):
    async with client(plane, "events:read") as api:
        answer = await api.get("/v1/events", params=params)
    assert answer.status_code == 400
    assert answer.json()["parameters"] == list(params)
    assert set(answer.json()) == {"type", "title", "status", "detail", "parameters"}
    assert PATIENT not in answer.text


@pytest.mark.asyncio
async def test_a_cursor_of_another_log_or_of_pruned_events_is_gone_and_the_oldest_is_given(plane):
    for number in range(30):
        await plane.publish(number)
    async with client(plane, "events:read") as api:
        cursor = (await api.get("/v1/events", params={"limit": 3})).json()["next"]
        partitions = [TopicPartition(topic, number) for topic in ("claims", "batches") for number in range(3)]
        foreign = encode_cursor("another log", decode_cursor(cursor, plane.log.log_id, partitions))
        ahead = encode_cursor(plane.log.log_id, dict.fromkeys(partitions, 10_000))
        assert (await api.get("/v1/events", params={"cursor": cursor})).status_code == 200
        assert (await api.get("/v1/events", params={"cursor": foreign})).status_code == 410
        plane.clock.ms += 800 * 86_400_000
        await plane.publish(99)
        assert await plane.log.prune()
        for gone in (foreign, cursor, ahead):
            answer = await api.get("/v1/events", params={"cursor": gone})
            assert answer.status_code == 410
            rest = (await api.get("/v1/events", params={"cursor": answer.json()["oldest"]})).json()
            assert [event["data"]["number"] for event in rest["events"]] == [99]
        assert (await api.get("/v1/events/stream", headers={"Last-Event-ID": foreign})).status_code == 410


@pytest.mark.asyncio
async def test_every_read_leaves_an_audit_record_of_key_filter_and_count(plane):
    body = b"ISA*" + PATIENT.encode()
    receipt = plane.outcome(body, status="done")
    await plane.publish(1)
    async with client(plane, "events:read", "raw:read") as api:
        await api.get("/v1/events", params={"type": "claim.submitted", "site": "north", "from": "2020-01-01"})
        assert (await api.get(f"/v1/raw/{receipt}", headers={"Range": "bytes=0-3"})).content == b"ISA*"
    (key,) = plane.state.keys.all()
    (read,) = audited(plane, "events.read")
    assert (read.actor, read.records) == (f"key:{key.id}", 1)
    assert read.target == "type=clearplane.claim.submitted.v1 site=north from=2020-01-01T00:00:00.000Z usage=production"
    (raw,) = audited(plane, "raw.read")
    assert raw.target == f"{receipt} bytes=0-3"


@pytest.mark.asyncio
async def test_raw_bytes_whole_and_in_ranges(plane, monkeypatch):
    monkeypatch.setattr(raw, "PIECE_BYTES", 1000)
    body = bytes(range(256)) * 300
    receipt = plane.outcome(body)
    async with client(plane, "raw:read") as api:
        whole = await api.get(f"/v1/raw/{receipt}")
        part = await api.get(f"/v1/raw/{receipt}", headers={"Range": "bytes=10-19"})
        outside = await api.get(f"/v1/raw/{receipt}", headers={"Range": f"bytes={len(body)}-"})
        assert (await api.get(f"/v1/raw/{'a' * 26}")).status_code == 404
        plane.blobs.delete(sha256(body).hexdigest())
        assert (await api.get(f"/v1/raw/{receipt}")).status_code == 404
    async with client(plane, "raw:read", sites=("south",)) as other:
        assert (await other.get(f"/v1/raw/{receipt}")).status_code == 404
    assert (whole.status_code, whole.content) == (200, body)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, body[10:20], f"bytes 10-19/{len(body)}")
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{len(body)}")


@pytest.mark.asyncio
async def test_raw_bytes_of_a_message_out_of_its_pack(plane):
    body = b"MSH|the message|"
    pack = plane.blobs.put(b"one before it|" + body + b"one behind it")
    receipt = plane.outcome(body, status="done", blob=pack, blob_offset=14)
    plane.blobs.delete(sha256(body).hexdigest())
    async with client(plane, "raw:read") as api:
        assert (await api.get(f"/v1/raw/{receipt}")).content == body
        part = await api.get(f"/v1/raw/{receipt}", headers={"Range": "bytes=-8"})
        assert (part.content, part.headers["content-range"]) == (b"message|", "bytes 8-15/16")
        plane.blobs.delete(pack)
        assert (await api.get(f"/v1/raw/{receipt}")).status_code == 404


@pytest.mark.parametrize(
    ("header", "size", "wanted"),
    [
        (None, 10, (0, 10)), ("bytes=0-", 10, (0, 10)), ("bytes=3-5", 10, (3, 6)), ("bytes=3-99", 10, (3, 10)), ("bytes=-4", 10, (6, 10)),
        ("bytes=-99", 10, (0, 10)), ("bytes=-0", 10, None), ("bytes=10-", 10, None), ("bytes=5-4", 10, None), ("bytes=0-1,3-4", 10, (0, 10)),
        ("lines=1-2", 10, (0, 10)), ("bytes=-", 10, (0, 10)), (None, 0, (0, 0)), ("bytes=0-", 0, None), ("bytes=-1", 0, None),
    ],
)  # fmt: skip
def test_ranges(header, size, wanted):
    assert asked(header, size) == wanted


@pytest.mark.asyncio
async def test_held_files_are_listed_released_and_dropped_once(plane):
    first = plane.outcome(b"first", 0, status="held", held=("held", "ISA_REUSED", plane.clock.iso()))
    second = plane.outcome(b"second", 1, site="south", status="held", held=("held", "ISA_REUSED", plane.clock.iso()))
    async with client(plane, "held:write", sites=("north",)) as north:
        assert [line["receipt"] for line in (await north.get("/v1/held")).json()["held"]] == [first]
        assert (await north.post(f"/v1/held/{second}/drop")).status_code == 404
        assert (await north.post(f"/v1/held/{first}/release")).json() == {"receipt": first, "status": "released"}
        assert (await north.post(f"/v1/held/{first}/release")).status_code == 409
    async with client(plane, "held:write") as api:
        assert (await api.post(f"/v1/held/{second}/drop")).status_code == 200
        assert (await api.get("/v1/held")).json() == {"held": []}
    assert [entry.target for entry in audited(plane, "held.release") + audited(plane, "held.drop")] == [first, second]


@pytest.mark.asyncio
async def test_schemas_are_those_that_events_name(plane):
    async with client(plane, "events:read") as api:
        listed = (await api.get("/v1/schemas")).json()["schemas"]
        assert "/v1/schemas/claim.submitted.v1.json" in listed
        for path in listed:
            assert (await api.get(path)).json()["$id"] == path
        assert (await api.get("/v1/schemas/passwd")).status_code == 404
