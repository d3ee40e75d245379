"""Messages handed on by a gateway on Kafka that is killed meanwhile."""

from pathlib import Path

from tests.fault import routes_kill


def test_killed_while_it_hands_on_every_acknowledged_message_reaches_the_receiver_in_order(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    counted = routes_kill.run(kills=2, messages=200, connections=10, seed="short", folder=tmp_path, servers=kafka_servers)
    assert counted["messages"] == 200
    assert counted["interrupted"] > 0
