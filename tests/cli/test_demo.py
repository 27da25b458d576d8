import re
import signal

import httpx

from tests.support.payloads import first_case


def addresses_of(demo):
    """The addresses that a demo prints, once it has the first case."""
    lines = []
    while not lines or "timeline replay" not in lines[-1]:
        lines.append(demo.process.stdout.readline())
    return re.findall(r"http://\S+", "".join(lines))


def test_a_second_demo_keeps_the_data(serve, data_dir):
    """The first case is loaded once; what was posted meanwhile stays; every address answers."""
    variables = {"TIMELINE_DATA_DIR": str(data_dir)}
    with serve("demo", **variables) as demo:
        addresses = addresses_of(demo)
        answers = [httpx.get(address) for address in addresses]

        assert 6 == len(addresses)
        assert [200] * 6 == [answer.status_code for answer in answers]
        assert {"entries", "names"} <= answers[1].json().keys()
        before = answers[2].json()
        capture = next(entry for entry in before["entries"] if entry["type"] == "capture")
        assert (23, "reported") == (before["position"], capture["status"])
        httpx.put(f"{demo.url}/v1/timelines/another").raise_for_status()
        assert 0 == demo.stop(signal.SIGINT)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()

    with serve("demo", **variables) as demo:
        addresses_of(demo)
        timelines = httpx.get(f"{demo.url}/v1/timelines").json()["timelines"]

        assert [("another", 0), ("kursk-2024", 24)] == [
            (timeline["id"], timeline["head"]) for timeline in timelines
        ]


def test_the_other_commands_find_the_demo_on_any_port(serve, run, data_dir):
    """By the data folder; TIMELINE_URL goes before it."""
    variables = {"TIMELINE_DATA_DIR": str(data_dir)}
    with serve("demo", **variables) as demo:
        addresses_of(demo)
        answered = run("show", "kursk-2024", "--limit", "1", **variables)
        refused = run("show", "kursk-2024", TIMELINE_URL="http://127.0.0.1:1", **variables)

        assert (0, 3) == (answered.returncode, refused.returncode), answered.stderr
        assert "kursk-2024 at position 24" in answered.stdout
        (published,) = data_dir.glob("service-*.url")
        assert demo.url == published.read_text()
    assert not list(data_dir.glob("*service-*"))


def test_a_case_in_older_words_stays(serve, dsn):
    """What an older release recorded of the case is neither refused nor replaced."""
    older = [{**event, "summary": f"Once put so: {event['id']}"} for event in first_case()]
    with serve("serve", TIMELINE_DATABASE_URL=dsn) as service:
        httpx.put(f"{service.url}/v1/timelines/kursk-2024").raise_for_status()
        httpx.post(f"{service.url}/v1/timelines/kursk-2024/events", json=older).raise_for_status()
    with serve("demo", TIMELINE_DATABASE_URL=dsn) as demo:
        assert addresses_of(demo)
        entries = httpx.get(f"{demo.url}/v1/timelines/kursk-2024").json()["entries"]

        assert all(entry["event"]["summary"].startswith("Once put so") for entry in entries)
        assert 0 == demo.stop()


def test_the_demo_writes_with_the_token_that_is_set(serve, dsn):
    """It posts like any other client."""
    with serve("demo", TIMELINE_DATABASE_URL=dsn, TIMELINE_WRITE_TOKEN="word") as demo:
        assert addresses_of(demo)
        assert 0 == demo.stop()


def test_a_demo_that_cannot_load_its_case_stops(serve, run, dsn):
    """Where the timeline holds another event under one of its ids, with a message and an exit code."""
    event = '{"id":"01940758-1280-71ca-8001-4e01846f5ad0","type":"actor_profile","actor":"x","name":"x"}'
    with serve("serve", TIMELINE_DATABASE_URL=dsn) as service:
        posted = run("post", "-", "-t", "kursk-2024", "--create", "--url", service.url, stdin=event)

        assert 0 == posted.returncode
    with serve("demo", TIMELINE_DATABASE_URL=dsn) as demo:
        assert 1 == demo.process.wait(60)
        assert "An event with this id is already recorded" in demo.log
