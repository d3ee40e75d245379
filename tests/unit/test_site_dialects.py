"""Site files for HL7 v2: sources, dialects over four levels, routes, and the site's own tests."""

from pathlib import Path

import pytest

from connectors.sources.mllp import MllpSettings
from gateway.cli.main import main
from gateway.config import Config
from gateway.pipeline.formats.hl7v2 import refusal
from gateway.pipeline.services import settings_of as file_settings
from gateway.routes.ways import _opened
from gateway.site_profile import families, family
from gateway.site_settings import settings_of
from gateway.site_sources import MllpSource, SftpSource
from gateway.site_tests import SiteTest
from gateway.site_trial import Made, differences
from gateway.sites import Feed, Site, lint_site, load_site, load_sites
from gateway.toml_file import ConfigError
from parsers import formats
from parsers.hl7v2.profile import profile_of
from parsers.outputs import Origin
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location

OVER = {"V2_SEGMENT_LIMIT", "V2_MESSAGE_LIMIT"}
FEED = '[[feeds]]\nid = "adt"\nkind = "hl7v2"\n'
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJj"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def site_with(folder: Path, text: str) -> Path:
    return write(folder, "sites/river.toml", f'id = "river"\n{text}')


def told(path: Path) -> dict[str, str]:
    """The line of each problem and its text."""
    return {problem.path.read_text().splitlines()[problem.line - 1]: problem.text for problem in lint_site(path)}


# -- sources


def test_sources_of_messages(tmp_path):
    mllp = '[[feeds.sources]]\ntype = "mllp"\nport = 2575\ntls = {certificate = "tls/c.pem", key = "tls/k.pem", key_password = "file:tls/p"}\n'
    sftp = f'[[feeds.sources]]\ntype = "sftp"\nhost = "files"\nuser = "u"\nkey = "id"\nhost_key = "{KEY}"\npath = "/out"\n'
    listener, folder = load_site(site_with(tmp_path, FEED + mllp + sftp)).feeds[0].sources
    assert (listener.host, listener.acknowledgement, listener.tls.certificate) == ("127.0.0.1", "auto", tmp_path / "tls/c.pem")
    assert listener.tls.key_password == f"file:{tmp_path / 'tls/p'}"
    server = folder.server()
    assert (server.host, server.port, server.key, server.host_key, server.password) == ("files", 22, tmp_path / "id", KEY, None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{type = "mllp", port = 2575, host = "0.0.0.0"}', "beyond loopback it needs tls, or plain = true"),
        ('{type = "mllp", port = 2575, acknowledgement = "soon"}', "must be 'original'"),
        ('{type = "mllp", port = 99999}', "less than or equal to 65535"),
        ('{type = "mllp", port = 2575, peers = ["10.0.0.0/99"]}', "10.0.0.0/99"),
        ('{type = "mllp", port = 2575, subjects = ["CN=lab"]}', "client_ca"),
        ('{type = "mllp", port = 2575, colour = 1}', "unknown key"),
        ('{type = "sftp", host = "h", user = "u", path = "/", password = "env:P"}', "needs either host_key or known_hosts"),
        (f'{{type = "sftp", host = "h", user = "u", path = "/", host_key = "{KEY}"}}', "needs either a password or a key"),
        (f'{{type = "sftp", host = "h", user = "u", path = "/", password = "secret", host_key = "{KEY}"}}', "env:NAME or file:PATH"),
        ('{type = "mlpp", port = 2575}', "one of directory, http, mllp, sftp is wanted; did you mean mllp?"),
        ("{port = 2575}", "type: is missing: one of directory, http, mllp, sftp"),
        ('{type = "mllp", port = 2575, chek = true}', "unknown key; did you mean check?"),
        ('{type = "http", colour = 1}', "unknown key; there are type"),
        ('{type = "mllp", port = "adt"}', "a whole number is wanted"),
        ('{type = "mllp", port = 2575, peers = "10.0.0.0/8"}', "a list is wanted"),
    ],
)
def test_a_source_that_cannot_be_is_named_with_its_line(tmp_path, line, words):
    [(shown, text)] = told(site_with(tmp_path, f'[[feeds]]\nid = "adt"\nsources = [{line}]\n')).items()
    assert words in text
    assert shown.startswith("sources =")
    assert "secret" not in text


def test_a_listener_on_a_private_network(tmp_path):
    [source] = (
        load_site(site_with(tmp_path, '[[feeds]]\nid = "adt"\nsources = [{type = "mllp", port = 1, host = "::", plain = true}]\n')).feeds[0].sources
    )
    assert source.plain


def test_every_setting_of_a_listener_and_of_a_sink_can_be_said(tmp_path):
    numbers = {"connections": 7, "message_bytes": 4096, "pending_bytes": 8192, "memory_bytes": 1 << 20, "in_flight": 3, "read_seconds": 2.5,
               "bytes_per_second": 2048, "idle_seconds": 9.5, "end_seconds": 0.25, "backlog": 5}  # fmt: skip
    source = {"type": "mllp", "host": "::1", "port": 2575, "peers": ["10.0.0.0/8"], "release2": True, **numbers}
    found = MllpSource.model_validate(source).listener()
    usual = MllpSettings()
    assert [name for name in usual._fields if getattr(found, name) == getattr(usual, name)] == ["tls", "subjects"]
    assert (found.max_connections, found.max_message_bytes, found.pending_bytes, found.memory_bytes) == (7, 4096, 8192, 1 << 20)
    assert (found.idle_seconds, found.read_seconds, found.bytes_per_second, found.end_seconds) == (9.5, 2.5, 2048, 0.25)
    to = 'to = {type = "mllp", host = "127.0.0.1", port = 1, connect_seconds = 2, answer_seconds = 3, answer_bytes = 4096, release2 = true}\n'
    route = load_site(site_with(tmp_path, FEED + ROUTE + to)).route("out")
    sink = _opened(route)._settings
    assert (sink.connect_seconds, sink.answer_seconds, sink.max_answer_bytes, sink.release2) == (2, 3, 4096, True)


def test_a_secret_that_is_not_there_is_told_when_it_is_needed():
    from connectors.sftp import SftpError

    source = SftpSource(type="sftp", host="h", user="u", path="/", key="k", key_password="env:NOT_SET_HERE", host_key=KEY)  # noqa: S106 (a reference)
    with pytest.raises(SftpError, match="NOT_SET_HERE is not set"):
        source.server().passphrase()


# -- dialects


@pytest.mark.parametrize("name", families())
def test_every_family_is_a_good_profile(name):
    found = profile_of(Site(id="river", profile=name).profile_data(""))
    assert found.base == name
    assert found.identifiers["patient"]
    assert found.identifiers["visit"]
    assert "NPI" in found.provider_ids


def test_there_are_the_families_that_the_documentation_names():
    assert families() == ["athena", "cerner", "epic", "meditech", "plain"]
    assert family("cerner").duplicate_window_days == family("plain").duplicate_window_days == 7


def test_each_level_is_over_the_one_below(tmp_path):
    write(
        tmp_path,
        "sites/groups/all.toml",
        'profile = "epic"\n[hl7v2]\nversion = "2.3"\n[hl7v2.codes]\n"PV1-2" = {X = "I", Y = "O"}\n[findings]\nV2_CODE = "ignore"\n',
    )
    write(
        tmp_path,
        "sites/groups/north.toml",
        'extends = "all.toml"\nprofile = "cerner"\n[hl7v2]\nversion = "2.4"\n[hl7v2.codes]\n"PV1-2" = {Y = "E"}\n',
    )
    text = 'extends = "groups/north.toml"\nzone = "America/Denver"\n[hl7v2]\ncharset = "8859/1"\n[hl7v2.codes]\n"PID-8" = {W = "F"}\n'
    feeds = FEED + '[feeds.hl7v2]\nzone = "America/Chicago"\n[[feeds]]\nid = "lab"\n'
    site = load_site(site_with(tmp_path, text + feeds))
    adt, lab = (profile_of(site.profile_data(feed)) for feed in ("adt", "lab"))
    assert (adt.base, adt.version, adt.charset) == ("cerner", "2.4", "8859/1")
    assert adt.codes == {"PV1-2": {"X": "I", "Y": "E"}, "PID-8": {"W": "F"}}
    assert (adt.zone, lab.zone) == ("America/Chicago", "America/Denver")
    assert adt.identifiers["account"][0].type == "FIN NBR"
    assert site.findings == {"V2_CODE": "ignore"}
    assert site.profile_data("no such feed") == site.profile_data("lab")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('profile = "epik"\n', 'profile = "epik"', "no profile 'epik'; there are athena, cerner"),
        ('extends = "none.toml"\n', 'extends = "none.toml"', "there is no file"),
        ('zone = "America/NewYork"\n', 'zone = "America/NewYork"', "did you mean America/New_York?"),
        ('[hl7v2.codes]\n"PV1-99" = {A = "I"}\n', '"PV1-99" = {A = "I"}', "the standard has no such field"),
        ('[hl7v2.codes]\n"PV1-2" = "I"\n', '"PV1-2" = "I"', "a table is wanted"),
        ('[hl7v2.fields]\n"ZPV-3" = "extension.a"\n', '"ZPV-3" = "extension.a"', "did you mean extensions.a?"),
        ('[hl7v2.fields]\n"ZPV-3" = "visit.admit_time"\n', '"ZPV-3" = "visit.admit_time"', "takes no text as it stands"),
        ('[hl7v2.fields]\n"ZPV-3" = "visit.number"\n', '"ZPV-3" = "visit.number"', "takes no text as it stands"),
        ('[hl7v2.fields]\n"ZPV-3" = "provenance.receipt"\n', '"ZPV-3" = "provenance.receipt"', "takes no text as it stands"),
        ('[hl7v2.identifiers]\nmrn = []\n', "mrn = []", "there are account, patient, visit"),
        ('[findings]\nV2_COED = "ignore"\n', 'V2_COED = "ignore"', "did you mean V2_CODE?"),
        ('[hl7v2]\nzone = "Mars/Base"\n', 'zone = "Mars/Base"', "no IANA time zone"),
        ('[hl7v2]\ncharset = "klingon"\n', 'charset = "klingon"', "no character set 'klingon'"),
        ('[hl7v2.identifiers]\npatient = [{field = "PID3"}]\n', 'patient = [{field = "PID3"}]', "'PID3' is no field, as PID-3"),
        ('[hl7v2.identifiers]\npatient = [{field = "PID-3.1"}]\n', 'patient = [{field = "PID-3.1"}]', "a whole field"),
        ('[hl7v2.fields]\n"ZPV-1" = "extensions.a"\n"ZPV-3" = "visit.nothing"\n', '"ZPV-3" = "visit.nothing"', "no event has a field"),
        ('[hl7v2.events]\n"ADT^A04" = "encounter.begun"\n', '"ADT^A04" = "encounter.begun"', "encounter.begun"),
        ('[hl7v2]\nduplicate_window_days = -1\n', "duplicate_window_days = -1", "greater than or equal to 0"),
        ('[hl7v2]\ncolour = 1\n', "colour = 1", "unknown key"),
        ('[hl7v2.limits]\nsegments = 5\nfields = 0\n', "fields = 0", "greater than or equal to 1"),
        ('[hl7v2.codes]\n"PID-8" = {W = "F"}\n"ORC-1" = {NEW = "NW", GONE = "CAN"}\n', '"ORC-1" = {NEW = "NW", GONE = "CAN"}',
         "HL7 table 0119 has no code 'CAN'"),
    ],
)  # fmt: skip
def test_a_dialect_that_cannot_be_is_named_with_its_line(tmp_path, text, line, words):
    path = site_with(tmp_path, text + FEED)
    [problem] = lint_site(path)
    assert words in problem.text
    assert not line or path.read_text().splitlines()[problem.line - 1] == line


def test_a_text_may_go_to_any_text_of_the_event(tmp_path):
    text = '[hl7v2.fields]\n"ZPV-3" = "visit.episode_description"\n"ZPV-4.2" = "patient.birth_place"\n"ZPV-5" = "extensions.a"\n'
    assert lint_site(site_with(tmp_path, text + FEED)) == []


def test_codes_of_a_field_that_the_site_maps_are_looked_up(tmp_path):
    text = '[hl7v2.fields]\n"ZPV-3" = "extensions.kind"\n[hl7v2.codes]\n"ZPV-3" = {A = "B"}\n'
    assert lint_site(site_with(tmp_path, text + FEED)) == []


TEST = '[[tests]]\nname = "t"\nfeed = "adt"\ninput = "i"\n[[tests.events]]\ntype = "encounter.started"\n'
MLLP = '[[feeds.sources]]\ntype = "mllp"\nport = 2575\n'
RULE = '[[rules]]\ncode = "SITE_A"\nevent = "claim.submitted"\nfield = "/total_charge"\ntext = "t"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[[feeds]]\nid = "adt"\nsources = []\n', 'id = "adt"', "two feeds have the same id adt"),
        (MLLP + '[[feeds]]\nid = "lab"\n' + MLLP, "port = 2575", "the feed adt listens there too"),
        (MLLP + MLLP, "port = 2575", "the feed adt listens there too"),
        ('[[feeds]]\nid = "claims"\nkind = "x12"\n' + MLLP, 'type = "mllp"', "this feed is X12"),
        (RULE.replace("claim.submitted", "encounter.started").replace("/total_charge", "/action") + "present = true\n",
         'event = "encounter.started"', "rules are about events of X12 files"),
        (RULE + "present = true\n" + RULE + "absent = true\n", "absent = true", "another rule asks for the opposite"),
        (RULE.replace("/total_charge", "/total_charg") + "present = true\n", 'field = "/total_charg"', "has no field /total_charg"),
        (TEST + 'fields = {"/visit/clas" = "I"}\n', 'fields = {"/visit/clas" = "I"}', "encounter.started has no field /visit/clas"),
        (TEST + 'absent = ["/vist"]\n', 'absent = ["/vist"]', "encounter.started has no field /vist"),
        (TEST + 'fields = {"visit" = "I"}\n', 'fields = {"visit" = "I"}', "a JSON Pointer is wanted"),
        (TEST.replace("started", "startd"), 'type = "encounter.startd"', "did you mean encounter.started?"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_or_can_never_be_is_named_with_its_line(tmp_path, text, line, words):
    path = site_with(tmp_path, FEED + text)
    problem = lint_site(path)[-1]
    assert words in problem.text
    assert path.read_text().splitlines()[problem.line - 1] == line


def test_problems_of_every_kind_are_told_at_once(tmp_path):
    path = site_with(tmp_path, FEED + TEST + 'absent = ["/vist"]\n[hl7v2]\ncharset = "klingon"\n[findings]\nV2_COED = "ignore"\n')
    said = [problem.text.partition(":")[0] for problem in lint_site(path)]
    assert said == ["tests.0.events.0.absent", "hl7v2.charset", "findings.V2_COED"]


def test_fields_that_the_site_itself_maps_may_be_expected(tmp_path):
    pointers = '{"/extensions/arrival" = "A", "/site_identifiers/ZPV-2/0/value" = "1", "/unmapped/0/elements/1" = "x"}'
    assert lint_site(site_with(tmp_path, FEED + TEST + f"fields = {pointers}\n")) == []


def test_two_sites_on_one_port_are_told(tmp_path):
    site_with(tmp_path, FEED + MLLP)
    write(tmp_path, "sites/lake.toml", 'id = "lake"\n' + FEED + MLLP)
    with pytest.raises(ConfigError, match=r"river/adt and lake/adt listen on the same address 127\.0\.0\.1:2575"):
        load_sites(tmp_path / "sites")


def test_a_code_of_the_users_may_become_one_that_no_table_lists(tmp_path):
    assert lint_site(site_with(tmp_path, '[hl7v2.codes]\n"PV1-2" = {DAY = "D"}\n' + FEED)) == []


def test_limits_of_a_message_are_those_of_its_feed_for_gateway_and_commands(tmp_path):
    text = "[hl7v2.limits]\nsegments = 3\nmessage_bytes = 2000\n" + FEED + "[feeds.hl7v2.limits]\nsegments = 4\n" + '[[feeds]]\nid = "lab"\n'
    site = load_site(site_with(tmp_path, text))
    body = b"MSH|^~\\&|A|B|C|D|20260304||ADT^A01|1|P|2.5\r" + b"ZPV|1\r" * 3

    def over(feed, body):
        by_gateway = refusal(body, file_settings(Config(), site, site.feed(feed)), site.id, feed)
        outputs = formats.convert(lambda at, length: body[at : at + length], len(body), Origin(site.id, feed, "0" * 64), settings_of(site, feed))
        both = [{each.code for each in found if isinstance(each, Finding)} & OVER for found in (by_gateway, outputs)]
        assert both[0] == both[1]
        return both[0]

    assert (over("adt", body), over("lab", body)) == (set(), {"V2_SEGMENT_LIMIT"})
    assert over("adt", body.replace(b"ZPV|1", b"ZPV|" + b"x" * 2000, 1)) == {"V2_MESSAGE_LIMIT"}


def test_what_is_wrong_in_a_group_is_named_there(tmp_path):
    group = write(tmp_path, "sites/groups/north.toml", '[hl7v2.fields]\n"ZPV-3" = "visit.nothing"\n')
    [problem] = lint_site(site_with(tmp_path, 'extends = "groups/north.toml"\n' + FEED))
    assert (problem.path, problem.line) == (group, 2)
    write(tmp_path, "sites/groups/north.toml", 'extends = "../river.toml"\n')
    [problem] = lint_site(site_with(tmp_path, 'extends = "groups/north.toml"\n'))
    assert "comes round again" in problem.text
    group = write(tmp_path, "sites/groups/north.toml", '\n[findings]\nNO_SUCH = "ignore"\n')
    [problem] = lint_site(site_with(tmp_path, 'extends = "groups/north.toml"\n'))
    assert (problem.path, problem.line) == (group, 3)


def test_what_is_wrong_with_a_feed_is_named_there(tmp_path):
    path = site_with(tmp_path, FEED + '[feeds.hl7v2]\ncharset = "klingon"\n')
    assert told(path) == {'charset = "klingon"': "feeds.0.hl7v2.charset: no character set 'klingon' is known"}


# -- routes

ROUTE = '[[routes]]\nid = "out"\nfeed = "adt"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ROUTE.replace("adt", "none") + 'to = {type = "directory", path = "o"}\n', "the site has no feed none"),
        (ROUTE + 'to = {type = "mllp", host = "lab", port = 1}\n', "beyond loopback it needs tls"),
        (ROUTE + 'to = {type = "carrier pigeon"}\n', "one of directory, mllp, sftp is wanted"),
        (ROUTE + 'types = ["adt"]\nto = {type = "directory", path = "o"}\n', "'adt' is no message type, as ADT"),
        (ROUTE + 'first_pause_seconds = 90\nto = {type = "directory", path = "o"}\n', "longer than"),
        (2 * (ROUTE + 'to = {type = "directory", path = "o"}\n'), "two routes have the same id"),
        ('[[feeds]]\nid = "x"\nkind = "x12"\n' + ROUTE.replace("adt", "x") + 'to = {type = "directory", path = "o"}\n', "X12 feeds are not routed"),
        (
            '[[feeds]]\nid = "x"\nkind = "x12"\n' + ROUTE.replace("adt", "x") + 'what = "acknowledgements"\nto = {type = "directory", path = "o"}\n',
            "no [feeds.answers]",
        ),
    ],
)
def test_a_route_that_leads_nowhere_is_told(tmp_path, text, words):
    [problem] = lint_site(site_with(tmp_path, FEED + text))
    assert words in problem.text
    assert problem.line


def test_paths_of_a_route_count_from_the_folder_above(tmp_path):
    site = load_site(site_with(tmp_path, FEED + ROUTE + 'to = {type = "mllp", host = "127.0.0.1", port = 1, tls = {ca = "tls/ca.pem"}}\n'))
    assert site.route("out").to.tls.ca == tmp_path / "tls/ca.pem"
    assert site.route("none") is None
    assert [site.route("out").takes(*kind) for kind in (("ADT", "A01"), ("", ""))] == [True, True]


# -- the site's own tests


def finding(code: str) -> Finding:
    about = FINDINGS[code]
    return Finding(code, about.severity, about.scope, "reported", None, Location(), about.text)


DATA = {"visit": {"number": "V1", "class": "I"}, "names": [{"family": "A"}], "gone": None}
MADE = Made([("encounter.started", DATA), ("patient.updated", {}), ("encounter.started", {"visit": {}})], [finding("V2_CHARSET_WRONG")])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"events": [{"type": "encounter.started", "fields": {"/visit/number": "V1", "/names/0/family": "A"}}]}, []),
        (
            {"events": [{"type": "encounter.started", "fields": {"/visit/number": "V2"}}]},
            ['encounter.started 1 /visit/number: expected "V2", is "V1"'],
        ),
        ({"events": [{"type": "encounter.started", "fields": {"/names/1": {}}}]}, ["encounter.started 1 /names/1: expected {}, is not there"]),
        ({"events": [{"type": "encounter.started", "absent": ["/gone"]}]}, ["encounter.started 1 /gone: expected not to be there, is null"]),
        ({"events": [{"type": "encounter.started"}, {"type": "encounter.started", "absent": ["/visit/number"]}]}, []),
        ({"events": [{"type": "patient.updated"}] * 2}, ["patient.updated 2: expected, but the input gives 1 of this kind"]),
        (
            {"events": [{"type": "encounter.started"}], "only_events": True},
            ["encounter.started: 1 more events than expected", "patient.updated: 1 more events than expected"],
        ),
        ({"findings": [{"code": "V2_CHARSET_WRONG"}], "only_findings": True}, []),
        ({"findings": [{"code": "V2_CHARSET_WRONG", "times": 0}]}, ["finding V2_CHARSET_WRONG: expected 0, there are 1"]),
        ({"findings": [{"code": "V2_CODE"}]}, ["finding V2_CODE: expected at least one, there are 0"]),
        ({"only_findings": True}, ["finding V2_CHARSET_WRONG: not expected, there are 1"]),
    ],
)
def test_what_differs_is_told(asked, told):
    assert [text for _, text in differences(SiteTest.model_validate({"name": "t", "feed": "adt", "input": "i", **asked}), MADE)] == told


def test_tests_of_a_site_are_run_and_named_with_their_line(tmp_path, capsys):
    (tmp_path / "adt.hl7").write_bytes(b"MSH|^~\\&|A|B|C|D|20260102||ADT^A01|1|P|2.5\rPID|1||7^^^R^MR||X^Y\rPV1|1|I\r")
    events = 'events = [{type = "encounter.started", fields = {"/visit/patient_class" = "I"}}]'
    good = f'[[tests]]\nname = "one"\nfeed = "adt"\ninput = "../adt.hl7"\n{events}\n'
    path = site_with(tmp_path, FEED + good)
    assert main(["check", str(path)]) == 0
    assert "good, 1 test passed" in capsys.readouterr().out
    path = site_with(tmp_path, FEED + good.replace('"I"', '"O"') + good.replace("../adt", "../none"))
    assert main(["check", str(path)]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert f'{path}:9: test \'one\': encounter.started 1 /visit/patient_class: expected "O", is "I"' == first
    assert second.startswith(f"{path}:13: test 'one': the input ")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('feed = "none"\nonly_events = true', "the site has no feed none"),
        ('feed = "adt"', "asks for nothing"),
        ('feed = "adt"\nevents = [{type = "encounter.begun"}]', "no event kind"),
        ('feed = "adt"\nfindings = [{code = "NO_SUCH"}]', "no such finding code"),
    ],
)
def test_a_test_that_asks_for_nothing_there_is_told(tmp_path, row, words):
    [problem] = lint_site(site_with(tmp_path, f'{FEED}[[tests]]\nname = "t"\ninput = "i"\n{row}\n'))
    assert words in problem.text


def test_a_site_that_is_made_in_code_has_a_profile():
    assert Site(id="a", feeds=(Feed(id="f"),)).profile_data("f")["base"] == "plain"
