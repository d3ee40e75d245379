"""clearplane.toml and sites/*.toml: defaults, refusals, and problems with their line."""

from pathlib import Path

import pytest

from gateway.config import Config, ConfigError, prepare_data_dir
from gateway.secrets import SecretError, resolve
from gateway.sites import lint_site, load_site, load_sites

GOOD_SITE = """
id = "river"
name = "Riverside"
zone = "America/New_York"
usage = "test"

[[feeds]]
id = "claims"
duplicate_control_number = "report"
sources = [{ type = "http" }, { type = "directory", path = "in/claims", pattern = "*.x12" }]

[[feeds]]
id = "remits"

[[feeds.sources]]
type = "directory"
path = "/srv/remits"
done = "taken"

[findings]
SE_COUNT = "reject_set"
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_without_a_file_everything_has_a_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = Config.load()
    assert (config.api.host, config.api.port) == ("127.0.0.1", 8400)
    assert config.data_dir == tmp_path / "data"
    specs = {spec.name: spec for spec in config.topic_specs()}
    events = {"claims", "claims.test", "patients", "patients.test", "batches", "batches.test"}
    assert set(specs) == {"intake", "work", "chunks", "made", "outcomes", "held", "outbound"} | events
    assert {spec.partitions for spec in specs.values()} == {6}
    assert specs["claims"].retention_ms == 730 * 86_400_000
    assert config.worker_count >= 1


def test_a_file_in_the_current_folder_is_found(tmp_path, monkeypatch):
    write(tmp_path, "clearplane.toml", 'data_dir = "elsewhere"\n')
    monkeypatch.chdir(tmp_path)
    assert Config.load().data_dir == tmp_path / "elsewhere"


def test_settings_reach_the_topics(tmp_path):
    text = """
        log = { prefix = "cp.", partitions = 3 }
        topics.claims = { retention_days = 0, retention_bytes = 1000 }
        topics."claims.test" = { partitions = 2 }
    """
    config = Config.load(write(tmp_path, "c.toml", text))
    specs = {spec.name: spec for spec in config.topic_specs()}
    assert specs["cp.claims"] == ("cp.claims", 3, None, 1000)
    assert specs["cp.claims.test"].partitions == 2
    assert specs["cp.intake"].partitions == 3


def test_relative_paths_count_from_the_file(tmp_path):
    path = write(tmp_path, "etc/c.toml", 'data_dir = "var"\nsites_dir = "/srv/sites"\n')
    config = Config.load(path)
    assert config.data_dir == tmp_path / "etc" / "var"
    assert config.sites_dir == Path("/srv/sites")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("workers = 2\ncolour = 1\n", 2, "unknown key"),
        ("[api]\nport = 8400\n\nport2 = 1\n", 4, "unknown key"),
        ("[api]\nhost = '0.0.0.0'\n", 1, "tls_cert and tls_key are required"),
        ("[api]\ntls_cert = 'c.pem'\n", 1, "go together"),
        ("# note\n[limits]\nchunk_bytes = 'many'\n", 3, "chunk_bytes"),
        ("[topics.cliams]\npartitions = 2\n", 0, "there is no topic cliams"),
        ("[topics.work]\npartitions = 2\n", 0, "same number of partitions"),
        ("[topics.intake]\nretention_bytes = 1000\n", 0, "what was acknowledged could go"),
        ("[topics.held]\nretention_bytes = 1000\n", 0, "what was acknowledged could go"),
        ("workers = \n", 1, "no valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, line, words):
    path = write(tmp_path, "c.toml", text)
    with pytest.raises(ConfigError) as caught:
        Config.load(path)
    [problem] = caught.value.problems
    assert problem.line == line
    assert words in problem.text
    assert str(path) in str(problem)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_needs_no_tls(tmp_path, host):
    assert Config.load(write(tmp_path, "c.toml", f"[api]\nhost = '{host}'\n")).api.tls_cert is None


def test_beyond_loopback_with_tls(tmp_path):
    text = "[api]\nhost = '10.0.0.1'\ntls_cert = 'c.pem'\ntls_key = 'k.pem'\n"
    assert Config.load(write(tmp_path, "c.toml", text)).api.tls_key == tmp_path / "k.pem"


def test_a_missing_file_is_a_problem(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        Config.load(tmp_path / "none.toml")


def test_the_data_folder_is_made_private(tmp_path):
    folder = tmp_path / "a" / "data"
    prepare_data_dir(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    prepare_data_dir(folder)


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_a_data_folder_open_to_others_is_refused_with_the_cure(tmp_path, mode):
    tmp_path.chmod(mode)
    with pytest.raises(ConfigError, match=f"chmod 700 {tmp_path}"):
        prepare_data_dir(tmp_path)


def test_a_file_in_place_of_the_data_folder_is_refused(tmp_path):
    with pytest.raises(ConfigError):
        prepare_data_dir(write(tmp_path, "data", ""))


def test_a_site(tmp_path):
    site = load_site(write(tmp_path, "sites/river.toml", GOOD_SITE))
    assert (site.id, site.usage, site.findings) == ("river", "test", {"SE_COUNT": "reject_set"})
    claims, remits = site.feeds
    assert claims.takes_http
    assert not remits.takes_http
    assert site.feed("claims") is claims
    assert site.feed("none") is None
    assert claims.duplicate_control_number == "report"
    assert claims.sources[1].path == tmp_path / "in/claims"
    assert claims.sources[1].failed == tmp_path / "in/claims/failed"
    assert remits.sources[0].done == Path("/srv/remits/taken")


def test_every_problem_of_a_site_with_its_line(tmp_path):
    text = (
        GOOD_SITE.replace('"America/New_York"', '"Mars/Base"')
        .replace('"report"', '"shrug"')
        .replace("pattern =", "patern =")
        .replace('done = "taken"', 'done = "taken"\nspeed = 3')
        .replace('SE_COUNT = "reject_set"', 'SE_COUNT = "explode"\nNOT_A_CODE = "report"')
    )
    found = lint_site(write(tmp_path, "sites/river.toml", text))
    lines = text.splitlines()
    places = {problem.text.split(":")[0]: lines[problem.line - 1] for problem in found}
    assert places == {
        "zone": 'zone = "Mars/Base"',
        "feeds.0.duplicate_control_number": 'duplicate_control_number = "shrug"',
        "feeds.0.sources.1.patern": next(line for line in lines if line.startswith("sources")),
        "feeds.1.sources.0.speed": "speed = 3",
        "findings.SE_COUNT": 'SE_COUNT = "explode"',
        "findings.NOT_A_CODE": 'NOT_A_CODE = "report"',
    }


def test_a_good_site_has_no_problems(tmp_path):
    assert lint_site(write(tmp_path, "sites/river.toml", GOOD_SITE)) == []


def test_a_folder_of_sites(tmp_path):
    write(tmp_path, "sites/a.toml", 'id = "a"\n')
    write(tmp_path, "sites/b.toml", GOOD_SITE)
    assert set(load_sites(tmp_path / "sites")) == {"a", "river"}
    assert load_sites(tmp_path / "none") == {}


def test_two_sites_of_one_id_and_the_problems_of_all_files(tmp_path):
    write(tmp_path, "sites/a.toml", 'id = "a"\n')
    write(tmp_path, "sites/b.toml", 'id = "a"\n')
    write(tmp_path, "sites/c.toml", "id = 'A B'\n")
    with pytest.raises(ConfigError) as caught:
        load_sites(tmp_path / "sites")
    assert [problem.path.name for problem in caught.value.problems] == ["b.toml", "c.toml"]


def test_two_feeds_of_one_id_are_refused(tmp_path):
    [problem] = lint_site(write(tmp_path, "sites/a.toml", 'id = "a"\n[[feeds]]\nid = "f"\n[[feeds]]\nid = "f"\n'))
    assert "same id" in problem.text


# the distributed sides

BEYOND = {
    "log.kafka.servers": 'log.kafka = {{ servers = ["kafka.example:9092"]{} }}',
    "state.url": 'state = {{ url = "postgresql://me@db.example/clearplane"{} }}',
    "blobs.s3.endpoint": 'blobs.s3 = {{ bucket = "b", endpoint = "http://store.example:9000"{} }}',
}


@pytest.mark.parametrize("place", ["log.kafka.servers", "blobs.s3.endpoint"])
def test_plain_text_beyond_loopback_has_to_be_allowed(tmp_path, place):
    with pytest.raises(ConfigError, match="trusted_network"):
        Config.load(write(tmp_path, "c.toml", BEYOND[place].format("")))
    Config.load(write(tmp_path, "c.toml", BEYOND[place].format(", trusted_network = true")))


@pytest.mark.parametrize("server", ["127.0.0.1:9092", "localhost:9092", "[::1]:9092"])
def test_loopback_brokers_need_no_tls(tmp_path, server):
    assert Config.load(write(tmp_path, "c.toml", f'log.kafka.servers = ["{server}"]')).log.kafka.servers == (server,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('log.kafka = { security = "sasl_tls", username = "me" }', "username and password"),
        ('log.kafka = { username = "me", password = "env:P" }', "username and password"),
        ('log.kafka = { security = "tls", cert_file = "c.pem" }', "go together"),
        ('log.kafka = { ca_file = "ca.pem" }', "go with security tls"),
        ('log.kafka = { security = "sasl", username = "me", password = "hunter2" }', "log.kafka.password"),
        ('state.url = "postgresql://me:hunter2@127.0.0.1/x"', "state.url"),
        ('blobs.s3 = { bucket = "b", access_key = "env:K" }', "go together"),
        ("topics.made.partitions = 3", "same number of partitions"),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path, text, said):
    with pytest.raises(ConfigError, match=said) as raised:
        Config.load(write(tmp_path, "c.toml", text))
    assert "hunter2" not in str(raised.value)


def test_files_of_all_machines_workers_start_at_16_mib_on_kafka_and_never_on_the_embedded_log(tmp_path):
    assert Config.load(write(tmp_path, "c.toml", "")).spread_bytes == 0
    assert Config.load(write(tmp_path, "c.toml", 'log.kind = "kafka"')).spread_bytes == 16 << 20
    assert Config.load(write(tmp_path, "c.toml", "log.spread_bytes = 5")).spread_bytes == 5


def test_secrets_come_from_where_they_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEARPLANE_TEST_SECRET", "from the environment")
    (tmp_path / "secret").write_text("from a file\n")
    assert resolve("env:CLEARPLANE_TEST_SECRET") == "from the environment"
    assert resolve(f"file:{tmp_path / 'secret'}") == "from a file"
    for missing in ("env:CLEARPLANE_NO_SUCH_SECRET", f"file:{tmp_path / 'none'}"):
        with pytest.raises(SecretError):
            resolve(missing)
