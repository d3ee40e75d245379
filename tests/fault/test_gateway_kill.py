"""The short form; the long one is `python -m tests.fault.gateway_kill`."""

from tests.fault import gateway_kill


def test_killed_at_any_moment_every_claim_is_published_once(tmp_path):
    counted = gateway_kill.run(kills=4, claims=2000, seed="short", folder=tmp_path)
    assert counted["events"] == counted["claims"] == 2000
    assert counted["interrupted"] > 0
    assert counted["resent"] > 0
