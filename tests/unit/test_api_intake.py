"""Uploads and receipts over HTTP."""

import asyncio
from hashlib import sha256

import pytest
import pytest_asyncio

from gateway.api.parts import Options
from schemas.envelope import receipt_id
from tests.unit.api_plane import PATIENT, client, intake_records, plane_in


@pytest_asyncio.fixture
async def plane(tmp_path):
    async with plane_in(tmp_path) as made:
        yield made


@pytest.mark.asyncio
async def test_a_raw_body_is_stored_and_committed_before_it_is_answered(plane):
    body = b"ISA*00*" + b"x" * 5000
    async with client(plane, "intake:write") as api:
        headers = {"content-type": "application/EDI-X12", "content-disposition": 'attachment; filename="a.837"'}
        answer = await api.post("/v1/intake/north/claims", content=body, headers=headers)
        receipt = receipt_id("north", "claims", sha256(body).hexdigest())
        assert answer.status_code == 202
        assert answer.json() == {"receipt": receipt, "status": "received", "location": f"/v1/intake/receipts/{receipt}"}
        assert answer.headers["location"] == f"/v1/intake/receipts/{receipt}"
        assert plane.blobs.read(sha256(body).hexdigest()) == body
        assert len(await intake_records(plane)) == 1
        polled = (await api.get(answer.headers["location"])).json()
    assert {name: polled[name] for name in ("status", "site", "feed", "size", "name")} == {
        "status": "received", "site": "north", "feed": "claims", "size": len(body), "name": "a.837",
    }  # fmt: skip


@pytest.mark.asyncio
async def test_an_exact_resend_is_answered_the_same_and_changes_nothing(plane):
    async with client(plane, "intake:write") as api:
        first = await api.post("/v1/intake/north/claims", content=b"same")
        again = await asyncio.gather(*(api.post("/v1/intake/north/claims", content=b"same") for _ in range(5)))
        other = await api.post("/v1/intake/south/claims", content=b"same")
    assert {answer.content for answer in again} == {first.content}
    assert {answer.status_code for answer in again} == {202}
    assert other.json()["receipt"] != first.json()["receipt"]
    assert len(await intake_records(plane)) == 2


@pytest.mark.asyncio
async def test_each_file_of_a_multipart_body_gets_its_receipt(plane):
    files = {
        "a": ("a.837", b"first" * 1000, "application/edi-x12"),
        "b": ("b.837", b"", "text/plain"),
        "c": ("c.837", b"third", "application/octet-stream"),
    }
    async with client(plane, "intake:write") as api:
        answer = await api.post("/v1/intake/north/claims", files=files, data={"comment": "no file"})
    assert answer.status_code == 202
    wanted = [receipt_id("north", "claims", sha256(body).hexdigest()) for _, body, _ in files.values()]
    assert [line["receipt"] for line in answer.json()["receipts"]] == wanted
    assert [plane.state.receipts.get(receipt).name for receipt in wanted] == ["a.837", "b.837", "c.837"]
    assert len(await intake_records(plane)) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["application/hl7-v2", "x-application/hl7-v2+er7; charset=utf-8", "application/hl7-v2+er7"])
async def test_a_message_comes_under_the_media_types_of_hl7(plane, kind):
    async with client(plane, "intake:write") as api:
        answer = await api.post("/v1/intake/north/claims", content=b"MSH|^~\\&|A\r", headers={"content-type": kind})
    assert answer.status_code == 202


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/intake/nowhere/claims", {}, 404),
        ("/v1/intake/north/nothing", {}, 404),
        ("/v1/intake/north/folder", {}, 404),
        ("/v1/intake/north/claims", {"content-type": "application/json"}, 415),
        ("/v1/intake/north/claims", {"content-type": "application/xml"}, 415),
        ("/v1/intake/north/claims", {"content-encoding": "gzip"}, 415),
        ("/v1/intake/north/claims", {"content-type": "multipart/form-data"}, 400),
        ("/v1/intake/north/claims", {"content-type": "multipart/form-data; boundary=cut"}, 400),
        ("/v1/intake/north/claims", {"content-length": "100001"}, 413),
    ],
)
async def test_what_is_refused_leaves_nothing_and_tells_nothing(plane, path, headers, status):
    async with client(plane, "intake:write") as api:
        answer = await api.post(path, content=PATIENT.encode(), headers=headers)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert PATIENT not in answer.text
    assert await intake_records(plane) == []
    assert list(plane.blobs.list()) == []


async def _dripping(count):
    for _ in range(count):
        yield b"x" * 10_000


@pytest.mark.asyncio
async def test_a_body_over_the_limit_is_refused_while_it_streams(plane):
    async with client(plane, "intake:write") as api:
        assert (await api.post("/v1/intake/north/claims", content=_dripping(11))).status_code == 413
        assert (await api.post("/v1/intake/north/claims", content=_dripping(10))).status_code == 202
    assert [size for _, size, _ in plane.blobs.list()] == [100_000]


TWO_FILES = b"".join(
    b'--cut\r\nContent-Disposition: form-data; name="f"; filename="%b"\r\n\r\n%b\r\n' % part for part in ((b"a", b"whole"), (b"b", b"half"))
)


@pytest.mark.asyncio
@pytest.mark.parametrize("end", [TWO_FILES.index(b"half") + 2, len(TWO_FILES), TWO_FILES.rindex(b"--cut") + 7, TWO_FILES.rindex(b"filename")])
async def test_a_multipart_body_that_is_cut_keeps_its_whole_files_only(plane, end):
    async with client(plane, "intake:write") as api:
        answer = await api.post("/v1/intake/north/claims", content=TWO_FILES[:end], headers={"content-type": "multipart/form-data; boundary=cut"})
    assert answer.status_code == 400
    whole = receipt_id("north", "claims", sha256(b"whole").hexdigest())
    assert [line["receipt"] for line in answer.json()["accepted"]] == [whole]
    assert [record.value for record in await intake_records(plane)] == [b"whole"]


@pytest.mark.asyncio
async def test_a_key_for_one_site_sends_to_that_site_only(plane):
    async with client(plane, "intake:write", sites=("south",)) as api:
        assert (await api.post("/v1/intake/south/claims", content=b"x")).status_code == 202
        assert (await api.post("/v1/intake/north/claims", content=b"x")).status_code == 403
        assert (await api.post("/v1/intake/nowhere/claims", content=b"x")).status_code == 403
    assert len(await intake_records(plane)) == 1


@pytest.mark.asyncio
async def test_nothing_is_acknowledged_while_the_log_is_away(plane):
    async with client(plane, "intake:write") as api:
        plane.log.full = True
        answer = await api.post("/v1/intake/north/claims", content=b"x")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        plane.log.full = False
        assert (await api.post("/v1/intake/north/claims", content=b"x")).status_code == 202


@pytest.mark.asyncio
async def test_a_sender_that_falls_silent_is_given_up(plane):
    async def silent():
        yield b"half"
        await asyncio.Event().wait()

    async with client(plane, "intake:write", options=Options(body_seconds=0.01)) as api:
        assert (await api.post("/v1/intake/north/claims", content=silent())).status_code == 408
    assert list(plane.blobs.list()) == []


@pytest.mark.asyncio
async def test_a_receipt_tells_counts_items_and_findings_in_pages(plane):
    findings = [
        {"code": "SE_COUNT", "outcome": "reported", "severity": "error", "scope": "set", "location": {}, "text": "t"},
        *({"code": "ELEMENT_DATE", "outcome": "reported", "item": "100.CLM", "n": n} for n in range(2)),
        {"code": "ITEM_LIMIT", "outcome": "refused", "item": "200.CLM"},
        {"code": "ITEM_OUTSIDE_SET", "outcome": "dead", "item": "300.CLM"},
    ]
    counts = {"published": 7, "no_event_kind": 1, "refused": 1, "dead": 1, "items": 10}
    receipt = plane.outcome(b"file", status="done", counts=counts, events=7, worst="error", findings=list(enumerate(findings)))
    async with client(plane, "events:read") as api:
        whole = (await api.get(f"/v1/intake/receipts/{receipt}")).json()
        pages, cursor = [], -1
        while cursor is not None:
            page = (await api.get(f"/v1/intake/receipts/{receipt}", params={"limit": 2, "cursor": cursor})).json()
            pages += page["findings"]
            cursor = page["next"]
        assert (await api.get(f"/v1/intake/receipts/{'a' * 26}")).status_code == 404
    async with client(plane, "events:read", sites=("south",)) as other:
        assert (await other.get(f"/v1/intake/receipts/{receipt}")).status_code == 404
    assert (whole["status"], whole["counts"], whole["next"]) == ("done", counts, None)
    assert whole["findings"] == findings == pages
    assert [(item["item"], item["outcome"], item["findings"]) for item in whole["items"]] == [
        ("100.CLM", "published", [1, 2]), ("200.CLM", "refused", [3]), ("300.CLM", "dead", [4]),
    ]  # fmt: skip


@pytest.mark.asyncio
async def test_what_curl_sends_by_default_is_taken_as_it_is(plane):
    async with client(plane, "intake:write") as api:
        answer = await api.post("/v1/intake/north/claims", content=b"ISA=1&2", headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 202
    assert answer.json()["receipt"] == receipt_id("north", "claims", sha256(b"ISA=1&2").hexdigest())


@pytest.mark.asyncio
async def test_what_came_in_is_listed_newest_first_and_filtered(plane):
    made = [plane.outcome(b"%d" % n, n, status="done", events=n, worst="error" if n == 1 else "", finished_at=plane.clock.iso()) for n in range(4)]
    elsewhere = plane.outcome(b"far", 4, site="south", status="done", events=1, worst="", finished_at=plane.clock.iso())

    async def names(api, **asked):
        return [line["receipt"] for line in (await api.get("/v1/intake/receipts", params=asked)).json()["receipts"]]

    async with client(plane, "events:read") as api:
        everything = await names(api)
        assert set(everything) == {*made, elsewhere}
        pages, cursor = [], {}
        while cursor is not None:
            page = (await api.get("/v1/intake/receipts", params={"limit": 2, **cursor})).json()
            pages += [line["receipt"] for line in page["receipts"]]
            cursor = {"cursor": page["next"]} if page["next"] else None
        assert pages == everything
        assert await names(api, silent=True) == [made[0]]
        assert await names(api, worst="info") == [made[1]]
        assert await names(api, site="south") == [elsewhere]
        for wrong in ({"cursor": "a" * 26}, {"from": "soon"}, {"worst": "bad"}):
            assert (await api.get("/v1/intake/receipts", params=wrong)).status_code == 400
    async with client(plane, "events:read", sites=("south",)) as other:
        assert (await names(other), await names(other, site="north")) == ([elsewhere], [])
    async with client(plane, "intake:write") as sender:
        assert (await sender.get("/v1/intake/receipts")).status_code == 403
