"""The short form; the long one is `python -m tests.fault.answers_kill`."""

from tests.fault import answers_kill


def test_killed_between_publishing_and_acknowledging_every_sender_has_one_answer(tmp_path):
    counted = answers_kill.run(kills=2, files=40, seed="short", folder=tmp_path)
    assert counted["between"] == 2
    assert counted["acknowledgements"] == 40 * 2 + 40 // 4
