"""Who may call the API, and how it is operated: keys, health, metrics, logs, the page, the server."""

import json
import logging
import sqlite3
from hashlib import sha256

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from gateway.api import held
from gateway.api.auth import PUBLIC, unguarded
from gateway.api.keys import SCOPES
from gateway.api.parts import Options
from gateway.logs import JsonFormatter
from schemas.envelope import claim_key
from tests.unit.api_plane import PATIENT, app_on, calls, client, plane_in


@pytest_asyncio.fixture
async def plane(tmp_path):
    async with plane_in(tmp_path) as made:
        yield made


@pytest.mark.asyncio
async def test_every_route_without_a_key_is_denied_but_the_public_ones(plane):
    async with client(plane) as api:
        found = list(calls(api.app))
        assert {path for _, path, scopes in found if not scopes} == set(PUBLIC)
        assert len(found) > len(PUBLIC)
        for method, path, _ in found:
            answer = await api.request(method, path)
            assert (answer.status_code == 401) == (path not in PUBLIC), path
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"] == "Bearer"
                assert answer.headers["content-type"] == "application/problem+json"
        assert (await api.get("/no/such/path")).status_code == 401


@pytest.mark.asyncio
@pytest.mark.parametrize("scope", SCOPES)
async def test_each_scope_opens_its_routes_and_no_other(plane, scope):
    async with client(plane, scope, options=Options(heartbeat_seconds=0.01)) as api:
        for method, path, scopes in calls(api.app):
            if scopes and not path.endswith("/stream"):
                answer = await api.request(method, path)
                assert (answer.status_code == 403) == (scope != "admin" and scope not in scopes), f"{path} {answer.status_code}"
                assert answer.status_code != 500


def _spoiled(token):
    key_id, secret = token.split("_", 2)[1:]
    return [
        f"Bearer cp_{key_id}_{secret[:-1]}", f"Bearer cp_{key_id}_{secret}x", f"Bearer cp_{'0' * 12}_{secret}", f"Bearer cp_{key_id}_",
        f"Basic {token}", token, "Bearer", "Bearer cp__", f"Bearer xx_{key_id}_{secret}", f"Bearer cp_{key_id}_\udcff",
    ]  # fmt: skip


@pytest.mark.asyncio
async def test_a_wrong_or_revoked_key_is_denied(plane):
    token = plane.token("events:read")
    async with client(plane) as api:
        for header in _spoiled(token):
            answer = await api.get("/v1/events", headers={"Authorization": header.encode("utf-8", "surrogateescape")})
            assert answer.status_code == 401, header
        good = {"Authorization": f"Bearer {token}"}
        assert (await api.get("/v1/events", headers=good)).status_code == 200
        plane.state.keys.revoke(token.split("_")[1])
        assert (await api.get("/v1/events", headers=good)).status_code == 401


@pytest.mark.asyncio
async def test_secrets_are_not_stored_and_use_is_noted(plane):
    token = plane.token("events:read")
    async with client(plane, token=token) as api:
        await api.get("/v1/events")
    (key,) = plane.state.keys.all()
    assert key.last_used_at == plane.clock.iso()
    assert key.sha256 == sha256(token.split("_", 2)[2].encode()).hexdigest()
    with sqlite3.connect(plane.config.data_dir / "state.db") as database:
        assert token.split("_", 2)[2] not in "".join(database.iterdump())


@pytest.mark.asyncio
async def test_nothing_of_a_body_is_read_before_the_caller_is_known(plane):
    app, sent = app_on(plane), []

    async def receive():
        pytest.fail("the body was read")

    async def send(message):
        sent.append(message)

    wrong = plane.token("events:read")
    for authorization in (b"Bearer nothing", f"Bearer {wrong}".encode()):
        scope = {
            "type": "http", "method": "POST", "path": "/v1/intake/north/claims", "raw_path": b"", "query_string": b"",
            "root_path": "", "scheme": "http",
            "headers": [(b"authorization", authorization), (b"content-length", b"5"), (b"content-type", b"text/plain")],
            "server": ("plane", 80), "client": ("127.0.0.1", 1), "http_version": "1.1", "asgi": {"version": "3.0"},
        }  # fmt: skip
        sent.clear()
        await app(scope, receive, send)
        assert sent[0]["status"] in (401, 403)
        assert (b"connection", b"close") in sent[0]["headers"]
        app = app_on(plane)


@pytest.mark.asyncio
async def test_an_app_with_an_unguarded_route_does_not_start(plane, monkeypatch):
    async def open_door():
        return {}

    assert unguarded(app_on(plane)) == []
    monkeypatch.setattr(held.router, "routes", [*held.router.routes, APIRoute("/v1/open", open_door)])
    with pytest.raises(RuntimeError, match="/v1/open"):
        app_on(plane)


@pytest.mark.asyncio
async def test_ready_only_with_space_and_running_tasks(plane):
    async with client(plane) as api:
        answer = await api.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")
        assert (await api.get("/health/live")).status_code == 200
    async with client(plane, options=Options(free_bytes=1 << 60)) as api:
        answer = await api.get("/health/ready")
        assert (answer.status_code, answer.json()["checks"]["disk"]) == (503, False)
    await plane.log.close()
    async with client(plane) as api:
        answer = await api.get("/health/ready")
        assert (answer.status_code, answer.json()["checks"]["log"]) == (503, False)


@pytest.mark.asyncio
async def test_metrics_name_routes_not_paths(plane):
    async with client(plane, "metrics:read", "events:read") as api:
        await api.get("/v1/events", params={"key": claim_key("north", "PCN1")})
        await api.get("/v1/DOE/JOHN")
        text = (await api.get("/metrics")).text
    assert 'clearplane_http_requests_total{method="GET",route="/v1/events",status="200"} 1.0' in text
    assert 'route="unmatched",status="404"' in text
    assert "DOE" not in text


@pytest.mark.asyncio
async def test_logs_hold_no_values_of_a_request(plane, caplog):
    key = claim_key("north", "PCN1")
    with caplog.at_level(logging.DEBUG):
        async with client(plane, "events:read") as api:
            await api.get("/v1/events", params={"key": key, "from": "2020-01-01"})
            await api.get(f"/v1/{PATIENT}", params={PATIENT: PATIENT})
            lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records if record.name == "clearplane.access"]
    ours = "\n".join(JsonFormatter().format(record) for record in caplog.records if record.name.startswith("clearplane"))
    assert key not in ours
    assert "DOE" not in ours
    assert (lines[0]["route"], lines[0]["status"], lines[0]["query"]) == ("/v1/events", 200, ["from", "key"])
    assert lines[0]["key"] == plane.state.keys.all()[0].id
    assert (lines[1]["route"], lines[1]["status"], lines[1]["query"]) == ("unmatched", 404, [])


@pytest.mark.asyncio
async def test_our_own_bug_is_a_problem_without_its_text(plane, caplog, monkeypatch):
    async def broken():
        raise ValueError(PATIENT)

    async with client(plane, "held:write") as api:
        monkeypatch.setattr(plane.hold, "held", broken)
        answer = await api.get("/v1/held")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert PATIENT not in answer.text + caplog.text
    assert "ValueError at broken" in caplog.text


@pytest.mark.asyncio
async def test_the_page_of_the_api_needs_no_other_network_and_runs_no_inline_script(plane):
    async with client(plane) as api:
        for path in ("/docs", "/docs/docs.js", "/docs/docs.css"):
            answer = await api.get(path)
            assert answer.status_code == 200
            assert "//" not in answer.text.replace("// ", "")
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "<script src=" in (await api.get("/docs")).text
        front = await api.get("/")
        assert (front.status_code, front.headers["location"]) == (307, "/docs")
        document = (await api.get("/openapi.json")).json()
        secured = {path for path, methods in document["paths"].items() if all("security" in found for found in methods.values())}
        assert set(document["paths"]) - secured == {"/health/live", "/health/ready"}
