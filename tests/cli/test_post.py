import json
import re
import signal
import socket
import subprocess
from uuid import uuid4

import httpx
import pytest

from tests.support.processes import wait_until

TOKEN = "a-long-random-word"


@pytest.fixture(scope="module")
def url(serve, database):
    """A service whose writes need a token."""
    with serve("serve", TIMELINE_DATABASE_URL=database, TIMELINE_WRITE_TOKEN=TOKEN) as service:
        yield service.url


@pytest.fixture
def send(call, url):
    """Post a text as the standard input, with the token unless the variables have another."""

    def post(text, *arguments, timeline="test", **variables):
        defaults = {"TIMELINE_URL": url, "TIMELINE_WRITE_TOKEN": TOKEN}
        return call("post", "-", "-t", timeline, *arguments, stdin=text, **(defaults | variables))

    return post


@pytest.fixture
def timeline():
    """The name of a timeline that no other test uses."""
    return f"t-{uuid4().hex}"


def profile(**members):
    """An event that any timeline accepts."""
    return {"id": str(uuid4()), "type": "actor_profile", "actor": "nobody", "name": "Nobody", **members}


def head(url, timeline):
    """The timeline's last position; None where it does not exist."""
    return httpx.get(f"{url}/v1/timelines/{timeline}").json().get("position")


def ndjson(events):
    """One event per line."""
    return "".join(f"{json.dumps(event)}\n" for event in events)


def test_the_first_case_is_recorded_once(call, url, first_case, timeline):
    """The second time everything is already recorded, and nothing fails."""
    variables = {"TIMELINE_URL": url, "TIMELINE_WRITE_TOKEN": TOKEN}

    first = call("post", first_case, "-t", timeline, "--create", **variables)
    second = call("post", first_case, "-t", timeline, **variables)

    assert (0, 0) == (first.returncode, second.returncode), first.stderr + second.stderr
    assert "Recorded 24 events at positions 1 to 24." in first.stdout
    assert "Recorded 0 events; 24 already recorded." in second.stdout
    assert 24 == len(re.findall(r"^ +\d+ .* already recorded ", second.stdout, re.MULTILINE))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(profile()),
        json.dumps(profile(), indent=2),
        json.dumps([profile()], indent=2),
        ndjson([profile()]),
    ],
    ids=["object", "object over lines", "array", "ndjson"],
)
def test_an_object_an_array_and_ndjson_are_posted(send, timeline, text):
    """Whatever form the file has, the outcome is the same."""
    actual = send(text, "--create", timeline=timeline)

    assert (0, "") == (actual.returncode, actual.stderr)
    assert "Recorded 1 event at position 1." in actual.stdout


def test_a_timeline_that_does_not_exist_is_told_with_what_creates_it(send, timeline):
    """In the words of the command, besides those of the HTTP interface."""
    actual = send(json.dumps(profile()), timeline=timeline)

    assert 1 == actual.returncode
    assert "--create creates it." in actual.stderr


def test_many_events_go_in_batches(send, timeline):
    """With --json each batch's receipt is a line, as it came."""
    events = [profile(actor=f"a-{number}") for number in range(1201)]

    receipts = [
        json.loads(line)
        for line in send(ndjson(events), "--create", "--json", timeline=timeline).stdout.splitlines()
    ]

    assert [500, 500, 201] == [len(receipt["outcomes"]) for receipt in receipts]
    assert [event["id"] for event in events] == [
        outcome["id"] for receipt in receipts for outcome in receipt["outcomes"]
    ]
    assert "Recorded 0 events; 1,201 already recorded.\n" == send(ndjson(events), timeline=timeline).stdout


def test_a_refusal_names_the_event_its_path_and_what_was_recorded_before(send, timeline):
    """The first batch is recorded; of the second, nothing."""
    wrong = profile(actor="Not A Slug")
    events = [*(profile() for _ in range(502)), wrong]

    actual = send(ndjson(events), "--create", timeline=timeline)

    assert (1, "") == (actual.returncode, actual.stdout)
    assert "path: $[2].actor" in actual.stderr
    assert f"in line 503: actor_profile {wrong['id']}" in actual.stderr
    assert "None of the 3 events in this batch was recorded." in actual.stderr
    assert "Before that: recorded 500 events at positions 1 to 500." in actual.stderr


def test_a_refusal_as_json_is_the_problem(send, timeline):
    """After the receipts of what was recorded."""
    actual = send(ndjson([profile(name=5)]), "--create", "--json", timeline=timeline)

    assert 1 == actual.returncode
    assert (400, "$[0].name") == tuple(json.loads(actual.stdout)[name] for name in ("status", "path"))


def test_an_id_with_other_content_is_refused(send, timeline):
    """The message names the one event it is about."""
    event = profile()
    send(json.dumps(event), "--create", timeline=timeline)

    actual = send(json.dumps([profile(), event | {"name": "Other"}]), timeline=timeline)

    assert 1 == actual.returncode
    assert f"in event 2 of the array: actor_profile {event['id']}" in actual.stderr
    assert "Nothing was recorded before that." in actual.stderr


def test_input_that_is_not_json_is_refused_here(send, timeline):
    """The service gets no request; the line is named."""
    actual = send('{"id": 1}\n{"id"', "--create", timeline=timeline)

    assert 1 == actual.returncode
    assert "line 2 is not JSON" in actual.stderr
    assert "Nothing was recorded before that." in actual.stderr


def test_a_timeline_that_does_not_exist_is_created_on_request_only(send, timeline):
    """A misspelt name does not become a timeline."""
    assert 1 == send(json.dumps(profile()), timeline=timeline).returncode
    assert 0 == send(json.dumps(profile()), "--create", timeline=timeline).returncode


def test_if_match_holds_over_all_batches(send, timeline):
    """The expected position moves on by what each batch added."""
    events = ndjson(profile() for _ in range(600))

    assert 0 == send(events, "--create", "--if-match", "0", timeline=timeline).returncode
    stale = send(json.dumps(profile()), "--if-match", "599", timeline=timeline)

    assert 1 == stale.returncode
    assert "position: 600" in stale.stderr
    assert 0 == send(json.dumps(profile()), "--if-match", "600", timeline=timeline).returncode


def test_a_batch_sent_ahead_in_vain_is_sent_again(send, timeline):
    """A batch that was recorded before adds nothing, so the next one expected the log to be longer."""
    events = [profile() for _ in range(2_100)]
    assert 0 == send(ndjson(events[:300]), "--create", timeline=timeline).returncode

    sent = send(ndjson(events), "--if-match", "300", "--json", timeline=timeline)

    outcomes = [outcome for line in sent.stdout.splitlines() for outcome in json.loads(line)["outcomes"]]
    assert (0, "") == (sent.returncode, sent.stderr)
    assert [*range(1, 2_101)] == [outcome["position"] for outcome in outcomes]
    assert [event["id"] for event in events] == [outcome["id"] for outcome in outcomes]


def test_a_write_needs_the_token(send, timeline):
    """From the option or the environment; without a token, or with a wrong one, the post is refused."""
    event = json.dumps(profile())

    assert 1 == send(event, "--create", timeline=timeline, TIMELINE_WRITE_TOKEN="").returncode
    assert 1 == send(event, "--create", timeline=timeline, TIMELINE_WRITE_TOKEN="wrong").returncode
    assert (
        0 == send(event, "--create", "--token", TOKEN, timeline=timeline, TIMELINE_WRITE_TOKEN="").returncode
    )


def test_it_reads_a_pipe(run, url, timeline):
    """As a process of its own, whose input has no size."""
    variables = {"TIMELINE_URL": url, "TIMELINE_WRITE_TOKEN": TOKEN}

    actual = run("post", "-", "-t", timeline, "--create", stdin=ndjson([profile(), profile()]), **variables)

    assert (0, "") == (actual.returncode, actual.stderr)
    assert "Recorded 2 events at positions 1 to 2." in actual.stdout
    assert "\x1b" not in actual.stdout


def test_an_empty_input_posts_nothing(send, timeline):
    """And is not an error."""
    assert (0, "Recorded 0 events.\n") == (
        send("", timeline=timeline).returncode,
        send("", timeline=timeline).stdout,
    )


def test_a_file_that_does_not_exist_is_wrong_usage(call, url):
    """As with every option."""
    assert 2 == call("post", "/nowhere/events.json", "-t", "test", TIMELINE_URL=url).returncode


def test_ctrl_c_says_how_far_it_came(start, call, url, timeline):
    """What is recorded is counted, what is read of the next batch is not posted, and 130 is the exit code."""
    variables = {"TIMELINE_URL": url, "TIMELINE_WRITE_TOKEN": TOKEN}
    events = [profile() for _ in range(700)]
    arguments = ("post", "-", "-t", timeline, "--create")
    with start(*arguments, stdin=subprocess.PIPE, **variables) as process:
        process.stdin.write(ndjson(events))
        process.stdin.flush()
        wait_until(lambda: head(url, timeline) == 500)
        process.send_signal(signal.SIGINT)

        assert 130 == process.wait(60)
        words = process.stderr.read()
    assert "Stopped: recorded 500 events at positions 1 to 500." in words
    assert "Repeat the command to go on" in words
    again = call(*arguments, stdin=ndjson(events), **variables)
    assert "Recorded 200 events at positions 501 to 700; 500 already recorded." in again.stdout


@pytest.mark.parametrize("is_read", [True, False], ids=["all is read", "more may come"])
def test_ctrl_c_waits_for_the_batch_under_way_unless_pressed_twice(start, is_read):
    """Whether it is recorded would not be known otherwise; a second Ctrl-C says that it is not."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with start("post", "-", "-t", "test", "--url", address, stdin=subprocess.PIPE) as process:
            process.stdin.write(ndjson([profile() for _ in range(600)]))
            process.stdin.flush()
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)
                if is_read:
                    process.stdin.close()
                process.send_signal(signal.SIGINT)
                first = process.stderr.readline()
                process.send_signal(signal.SIGINT)
                words = process.stderr.read()

                assert -signal.SIGINT == process.wait(60)
    assert "Stopping when the batch under way is recorded; Ctrl-C again does not wait for it.\n" == first
    assert "Stopped: nothing was recorded, besides the batch under way, of which it is not known." in words
