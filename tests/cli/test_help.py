import re
import shlex

import pytest
from click.testing import CliRunner

from timeline.cli import COMMANDS, main
from timeline.settings import describe_settings

# Wide, so that no line of an example is broken.
WIDE = {"COLUMNS": "300", "TERM": "dumb"}


def help_of(*command):
    """What a command's --help prints."""
    result = CliRunner().invoke(main, [*command, "--help"], env=WIDE)

    assert result.exit_code == 0, result.output
    return result.output


def examples_of(command):
    """The example lines of a command's help."""
    _, _, examples = help_of(command).partition(" Examples")
    return [line.strip() for line in examples.splitlines() if line.strip()]


def test_the_help_names_every_command():
    """A newcomer can see all commands in one place."""
    text = help_of()

    assert all(f" {command} " in text for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_examples_that_it_understands(command, tmp_path, monkeypatch):
    """Each example is parsed by the command itself, which is not run."""
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"[\w-]+\.\w+", " ".join(examples_of(command))):
        (tmp_path / name).write_text("{}")

    lines = examples_of(command)

    assert lines
    for line in lines:
        words = shlex.split(line.split(" | ")[-1] if " | timeline" in line else line.split(" | ")[0])
        arguments = words[words.index("timeline") + 1 :]
        assert arguments[0] == command
        main.get_command(None, command).make_context(command, arguments[1:]).close()


def test_the_help_of_serve_lists_every_setting_with_its_default_and_meaning():
    """Nobody has to read the code to find a variable."""
    text = " ".join(help_of("serve").split())

    for setting in describe_settings():
        assert setting.variable in text
        assert setting.description in text
        assert f"[default: {setting.default}]" in text or not setting.default


@pytest.mark.parametrize("command", ["post", "show", "actor", "figures", "totals", "replay", "diff"])
def test_commands_that_talk_to_a_service_have_the_same_options(command):
    """The address, the token and JSON output are options of the same names everywhere."""
    text = help_of(command)

    assert all(
        word in text for word in ("--url", "TIMELINE_URL", "--token", "TIMELINE_WRITE_TOKEN", "--json")
    )


@pytest.mark.parametrize("command", ["show", "export", "import"])
def test_the_help_says_where_the_address_of_the_service_comes_from(command):
    """From the option, the environment, or the data folder of a service that runs."""
    text = " ".join(help_of(command).split())

    for words in ("runs on the data folder", "TIMELINE_DATA_DIR", "TIMELINE_HOST", "TIMELINE_PORT"):
        assert words in text


def test_an_unknown_command_is_wrong_usage(run):
    """The exit code of wrong usage is 2, here as with every option."""
    assert run("nonsense").returncode == 2
    assert run("show", "--nonsense").returncode == 2


def test_the_version_is_the_packages(run):
    """A report of a fault can name it."""
    actual = run("--version")

    assert (0, "timeline, version 0.1.0\n") == (actual.returncode, actual.stdout)
