"""The whole contract, tried against a service on a real database, by a tool that knows only the contract."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.client import Timeline
from tests.support.payloads import first_case
from timeline.api.app import documented_app
from timeline.api.openapi import openapi_document

HERE = Path(__file__).parent
CONFIG = HERE / "schemathesis.toml"


@pytest.mark.parametrize(("parameter", "refusal"), [("cursor", 400), ("rules", 410)])
def test_what_a_schema_cannot_say_may_be_refused(parameter, refusal):
    """Schemathesis makes up cursors and rules, so it must let each operation that takes them refuse them."""
    takers = {
        operation["operationId"]
        for item in openapi_document(documented_app())["paths"].values()
        for operation in item.values()
        if parameter in {each["name"] for each in operation.get("parameters", ())}
    }
    lenient = {
        name
        for rule in tomllib.loads(CONFIG.read_text())["operations"]
        if refusal in rule.get("checks", {}).get("positive_data_acceptance", {}).get("expected-statuses", ())
        for name in rule["include-operation-id"]
    }

    assert takers
    assert takers <= lenient


def test_the_service_keeps_its_contract(serve, tmp_path):
    """Schemathesis finds nothing in any phase, with every check, valid and invalid requests alike."""
    # most of its thousands of addresses name a min_position that the log never reaches
    service = serve(read_wait_seconds_max="0.001")
    case = Timeline(service.client, "kursk-2024")
    case.put()
    case.take(*first_case())
    run = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            f"--config-file={CONFIG}",
            "run",
            f"{service.url}/openapi.json",
            "--checks=all",
            "--phases=examples,coverage,fuzzing,stateful",
            "--no-color",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        capture_output=True,
        check=False,
        text=True,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "unforeseen error" not in service.log
