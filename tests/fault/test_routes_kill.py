"""The short form; the long one is `python -m tests.fault.routes_kill`."""

from tests.fault import routes_kill


def test_killed_while_it_hands_on_every_acknowledged_message_reaches_the_receiver_in_order(tmp_path):
    counted = routes_kill.run(kills=2, messages=400, connections=20, seed="short", folder=tmp_path)
    assert counted["messages"] == 400
    assert counted["interrupted"] > 0
    assert counted["hung up"] > 0
