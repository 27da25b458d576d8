import csv
import io
import json
import os
import pty
import re
import sys
from pathlib import Path

import pytest

SERIES = "casualties.killed_or_wounded.north-korean-troops-in-russia.military.cumulative"
STRENGTH = "strength.deployed.north-korean-troops-in-russia.russia.stock"
CAPTURE = "01940767-a2e0-7e51-b541-51be2431f565"
CONFIRMATION = "0194076d-2120-7c06-ab34-99213ab3fc12"
BEFORE = "23"


@pytest.fixture(scope="module")
def url(serve, run, database, first_case):
    """A service that holds the first case."""
    with serve("serve", TIMELINE_DATABASE_URL=database) as service:
        posted = run("post", first_case, "--timeline", "kursk-2024", "--create", "--url", service.url)

        assert posted.returncode == 0, posted.stderr
        yield service.url


@pytest.fixture
def ask(call, url):
    """Run a command that succeeds against the service; gives what it prints."""

    def run_command(*arguments):
        done = call(*arguments, TIMELINE_URL=url)

        assert (0, "") == (done.returncode, done.stderr)
        return done.stdout

    return run_command


def run_on_terminal(url, *arguments):
    """What a command prints on a terminal of 120 columns."""
    pid, end = pty.fork()
    if pid == 0:
        os.environ.update(COLUMNS="120", TERM="xterm-256color", TIMELINE_URL=url)
        os.environ.pop("NO_COLOR", None)
        os.execvp("timeline", ["timeline", *arguments])
    output = b""
    try:
        while part := os.read(end, 65536):
            output += part
    except OSError:
        pass  # how Linux reports that the other end is closed
    os.close(end)

    assert os.waitpid(pid, 0)[1] == 0
    return output.decode()


def rows(text):
    """The lines of a table, spaces collapsed."""
    return [" ".join(line.split()) for line in text.splitlines()]


def positions(text):
    """The last column of the entries."""
    return [row.split()[-1] for row in rows(text) if re.match(r"(about 27|2024 to 26) December 2024 ", row)]


def test_without_a_timeline_it_lists_them(ask):
    """The first question to a service is what it has."""
    actual = ask("show")

    assert any(row.startswith("kursk-2024 Kursk 2024: ") and " 24 " in row for row in rows(actual))


def test_the_timeline_shows_date_type_status_summary_actors_and_position(ask):
    """One row a development, actors by name."""
    actual = rows(ask("show", "kursk-2024", "--q", "drones"))

    assert "kursk-2024 at position 24" in actual
    assert (
        "about 27 December 2024 evidence reported Notes kept by a North Korean soldier describe how to fight"
        " drones. Media reports, Radio Free Asia 20"
    ) in actual


def test_the_capture_is_confirmed_now_and_was_not_before(ask):
    """The view at the position before the confirmation shows what was recorded then."""
    now = ask("show", "kursk-2024", "--type", "capture")
    then = ask("show", "kursk-2024", "--type", "capture", "--at", BEFORE)

    assert ["confirmed", "reported"] == [re.search(r"confirmed|reported", text)[0] for text in (now, then)]


def test_filters_narrow_the_view(ask):
    """Each is sent to the service, also those that may be repeated."""
    types = ask("show", "kursk-2024", "--type", "capture", "--type", "deployment", "--order", "asc")
    actor = ask("show", "kursk-2024", "--actor", "kim-jong-un", "--json")
    none = ask("show", "kursk-2024", "--claimant", "nobody")

    assert ["15", "18"] == positions(types)
    assert [23] == [entry["position"] for entry in json.loads(actor)["entries"]]
    assert "No entries match." in none


def test_a_limit_is_observed_and_reported(ask):
    """Nobody mistakes a part for the whole."""
    actual = ask("show", "kursk-2024", "--limit", "2")

    assert ["24", "23"] == positions(actual)
    assert "There are more entries than these 2; raise --limit to see them." in actual


def test_more_rows_than_a_page_holds_come_from_several_pages(serve, run, url, database):
    """A reader asks for rows, and need not know about pages."""
    with serve(
        "serve",
        TIMELINE_DATABASE_URL=database,
        TIMELINE_PAGE_ENTRIES_MAX="3",
        TIMELINE_PAGE_ENTRIES_DEFAULT="3",
    ) as service:
        actual = run("show", "kursk-2024", TIMELINE_URL=service.url).stdout

    assert [str(number) for number in range(24, 13, -1)] == positions(actual)


def test_an_entry_shows_its_versions_and_the_events_about_it(ask):
    """The capture was reported, then had an image, then was confirmed."""
    actual = rows(ask("show", "kursk-2024", "--entry", CAPTURE))

    assert "status: confirmed" in actual
    assert "related: National Intelligence Service confirms (24)" in actual
    assert ["24 now confirmed", "19 24 reported", "18 19 reported"] == [
        " ".join(row.split()[:3]) for row in actual if re.match(r"\d+ (now|\d+) ", row)
    ]


def test_actors_are_listed_and_one_is_shown_with_its_entries(ask):
    """Everything that the NIS has stated or claimed, with its role there."""
    actors = rows(ask("actor", "kursk-2024"))
    actor = rows(ask("actor", "kursk-2024", "nis-south-korea"))

    assert "nis-south-korea National Intelligence Service agency south-korea NIS" in actors
    assert "part of: South Korea" in actor
    assert ["speaker 24", "claimant 17"] == [
        " ".join(row.split()[-2:]) for row in actor if row.startswith("about 27 December 2024")
    ]


def test_figures_show_whether_claims_agree(ask):
    """Two lower limits: compatible, and at least 3,001 satisfies both."""
    all_series = rows(ask("figures", "kursk-2024"))
    series = rows(ask("figures", "kursk-2024", SERIES))

    because = "two floors; all claims hold from 3,001"
    assert any("at least 1,100 compatible" in row and row.endswith(because) for row in all_series)
    assert any(row.endswith("single only one claim is compared: up to 12,000") for row in all_series)
    assert {
        "agreement: compatible",
        f"because: {because}",
        "overlap: at least 3,001",
        "envelope: at least 1,100",
    } <= set(series)
    assert "about 27 December 2024 Ukrainian sources more than 3,000 at least 3,001 latest 16" in series


def test_figures_at_an_earlier_position_and_by_an_earlier_date(ask):
    """At position 16 there were the claims of one claimant; by October 2024 none."""
    then = rows(ask("figures", "kursk-2024", SERIES, "--at", "16"))
    early = rows(ask("figures", "kursk-2024", SERIES, "--as-of", "2024-10"))

    assert {"agreement: single", "overlap: at least 3,001"} <= set(then)
    assert {"agreement: not comparable", "because: there is no claim for this date"} <= set(early)


def test_totals_are_printed_with_bars_and_what_they_leave_open(ask):
    """One capture of one soldier, in December 2024."""
    actual = ask("totals", "kursk-2024", "--measure", "captured", "--by", "month", "--by", "actor")
    lines = rows(actual)

    assert "captured, people, in kursk-2024" in lines
    assert "at position 24, policy for rival claims: envelope" in lines
    assert any(line.startswith("2024-12 Ukrainian special forces 1 1 1 1 1 0 ████") for line in lines), actual
    assert "total 1 1 1 1 1 0" in lines
    assert "An incident appears once per actor: do not add the lines up." in lines


def test_totals_without_lines(ask):
    """Only the total, even if no incident matches."""
    actual = rows(ask("totals", "kursk-2024", "--measure", "killed"))
    nis = "claimant:nis-south-korea"
    others = rows(ask("totals", "kursk-2024", "--measure", "captured", "--policy", nis))

    assert "0 — — — 0 0" in actual
    assert "Left out: 1 incident: 1 counted only by other claimants." in others


def test_replay_prints_each_record_and_what_it_changed(ask):
    """Figures before and after; entries that a record changes."""
    actual = rows(ask("replay", "kursk-2024", "--after", "15"))

    assert (
        f"figure {SERIES} new: more than 3,000 (by Ukrainian sources, as of about 27 December 2024)" in actual
    )
    assert any(row.startswith("entry reported → confirmed: Ukraine reports") for row in actual)
    assert "9 records replayed." == actual[-1]
    assert [str(number) for number in range(16, 25)] == [
        row.split()[0] for row in actual if re.match(r"\d+ [a-z]", row) and "Z by " in row
    ]


def test_replay_of_a_stretch(ask):
    """`--to` is the last record; after the head there are no records."""
    actual = ask("replay", "kursk-2024", "--after", "1", "--to", "2")

    assert "actor   north-korea  — → North Korea" in actual
    assert "1 record replayed." in actual
    assert "No records to replay.\n" == ask("replay", "kursk-2024", "--after", "24")


@pytest.mark.parametrize(
    ("arguments", "member"),
    [
        (["show"], "timelines"),
        (["show", "kursk-2024"], "entries"),
        (["show", "kursk-2024", "--entry", CAPTURE], "versions"),
        (["actor", "kursk-2024"], "actors"),
        (["actor", "kursk-2024", "nis-south-korea"], "entries"),
        (["figures", "kursk-2024"], "series"),
        (["figures", "kursk-2024", SERIES, "--as-of", "2024-12-31"], "claims"),
        (["totals", "kursk-2024", "--measure", "captured", "--by", "actor", "--by", "month"], "lines"),
    ],
)
def test_json_is_the_answer_unchanged(ask, arguments, member):
    """One page, with the address of the next."""
    actual = json.loads(ask(*arguments, "--json", "--limit", "1"))

    assert 1 == len(actual[member])
    assert "next" in actual


def test_a_cursor_continues_where_a_page_ended(ask):
    """The cursor in `next` gives the next page."""
    first = json.loads(ask("show", "kursk-2024", "--limit", "1", "--json"))
    cursor = first["next"].rpartition("cursor=")[2]
    second = json.loads(ask("show", "kursk-2024", "--limit", "1", "--cursor", cursor, "--json"))

    assert [24, 23] == [page["entries"][0]["position"] for page in (first, second)]


def test_replay_as_json_is_a_line_a_record(ask):
    """Fit for jq."""
    actual = [json.loads(line) for line in ask("replay", "kursk-2024", "--json").splitlines()]

    assert list(range(1, 25)) == [step["record"]["position"] for step in actual]
    assert CONFIRMATION == actual[-1]["record"]["event"]["id"]


def test_a_diff_shows_each_thing_once_before_and_after(ask):
    """New entries by their summaries, a status that changed, figures, and how many there are."""
    late = rows(ask("diff", "kursk-2024", "--after", "18"))
    early = ask("diff", "kursk-2024", "--to", "17")

    assert "kursk-2024 after position 18, up to 24" == late[0]
    assert any(row.startswith("entry reported → confirmed: Ukraine reports that its special") for row in late)
    assert any(row.startswith("entry reported, new: Kim Jong Un has said nothing") for row in late)
    assert "What differs: 8 entries, 0 figures, 0 actors." == late[-1]
    assert "more than 3,000 (by Ukrainian sources, as of about 27 December 2024)" in early
    assert "Nothing differs." == rows(ask("diff", "kursk-2024", "--after", "24"))[-1]


def test_a_diff_as_json_is_one_page(ask):
    """With the address of the next, which the cursor continues."""
    first = json.loads(ask("diff", "kursk-2024", "--json", "--limit", "2"))
    cursor = first["next"].rpartition("cursor=")[2]
    second = json.loads(ask("diff", "kursk-2024", "--json", "--limit", "2", "--cursor", cursor))

    ids = [{entry["id"] for entry in page["changes"]["entries"]} for page in (first, second)]
    assert (0, 2) == (first["after_position"], len(ids[0]))
    assert ids[1]
    assert not ids[0] & ids[1]


def test_colours_are_for_terminals_only(ask, url, monkeypatch):
    """A pipe gets plain text."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

    assert "\x1b[32mcompatible" in run_on_terminal(url, "figures", "kursk-2024")
    assert "\x1b[32mconfirmed" in run_on_terminal(url, "show", "kursk-2024", "--type", "capture")
    assert "\x1b" not in ask("figures", "kursk-2024") + ask("show", "kursk-2024")


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "nowhere"],
        ["show", "kursk-2024", "--at", "25"],
        ["show", "kursk-2024", "--at=-1"],
        ["show", "kursk-2024", "--type", "nonsense"],
        ["show", "kursk-2024", "--entry", CONFIRMATION.replace("f", "0")],
        ["show", "a/b?c=d#e"],
        ["actor", "kursk-2024", "nobody"],
        ["figures", "kursk-2024", "nothing"],
        ["totals", "kursk-2024", "--measure", "killed", "--country", "ua"],
        ["replay", "kursk-2024", "--after", "25"],
        ["diff", "kursk-2024", "--after", "25"],
        ["replay", "kursk-2024", "--after", "9", "--to", "8"],
    ],
)
def test_a_refusal_is_reported_in_words_and_as_json(call, url, arguments):
    """Exit code 1; the problem's title and details, and with --json the problem itself."""
    words = call(*arguments, TIMELINE_URL=url)
    problem = call(*arguments, "--json", TIMELINE_URL=url)

    assert (1, 1, "") == (words.returncode, problem.returncode, words.stdout)
    assert json.loads(problem.stdout)["title"] in words.stderr
    assert json.loads(problem.stdout).get("path", "") in words.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "--entry", CAPTURE],
        ["show", "kursk-2024", "--entry", CAPTURE, "--type", "capture"],
        ["show", ".."],
        ["show", "kursk-2024", "--limit", "0"],
        ["show", "kursk-2024", "--url", "ftp://example.org"],
        ["show", "kursk-2024", "--token", "two words"],
        ["figures", "kursk-2024", "--as-of", "2024"],
        ["totals", "kursk-2024"],
        ["totals", "kursk-2024", "--measure", "nonsense"],
        ["totals", "kursk-2024", "--measure", "killed", "--by", "week"],
        ["actor"],
    ],
)
def test_options_that_mean_nothing_are_wrong_usage(call, url, arguments):
    """They are refused, not ignored."""
    actual = call(*arguments, TIMELINE_URL=url)

    assert (2, "") == (actual.returncode, actual.stdout)
    assert actual.stderr


@pytest.mark.parametrize("command", [["show"], ["replay", "kursk-2024"], ["post", "-", "-t", "kursk-2024"]])
def test_a_service_that_is_not_available_is_exit_code_3(run, command):
    """Nothing listens on port 1."""
    actual = run(*command, "--url", "http://127.0.0.1:1", stdin="{}")

    assert (3, "") == (actual.returncode, actual.stdout)
    assert "no answer from http://127.0.0.1:1" in actual.stderr


def test_an_audit_shows_the_history_of_a_series(ask):
    """Each change with the figures before and after it; a chart if a claimant has several figures."""
    output = ask("audit", "kursk-2024", STRENGTH)

    assert ": 1 change\n" in output
    assert "first report" in output
    assert STRENGTH == json.loads(ask("audit", "kursk-2024", STRENGTH, "--json"))["series"]


def test_an_audit_can_be_written_as_csv(ask):
    """With --csv all changes are printed, whatever the limit of the table."""
    rows = list(csv.DictReader(io.StringIO(ask("audit", "kursk-2024", STRENGTH, "--csv"))))

    assert {"first_report"} <= {row["kind"] for row in rows}
    assert all(row["source"] and row["cause"] for row in rows)


def test_figures_are_chosen_by_a_policy(ask):
    """The table names the policy and what it chose."""
    output = ask("figures", "kursk-2024", STRENGTH, "--policy", "lowest")

    assert "chosen by the policy lowest: " in output
