"""The short form; the long one is `python -m tests.fault.mllp_kill`."""

from tests.fault import mllp_kill


def test_killed_under_many_connections_every_acknowledged_message_is_published_once(tmp_path):
    counted = mllp_kill.run(kills=3, messages=2000, connections=50, seed="short", folder=tmp_path)
    assert counted["events"] == counted["messages"] == 2000
    assert counted["interrupted"] > 0
    assert counted["again"] > 0
