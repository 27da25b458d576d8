"""The whole contract, tried against a service on a real database, by a tool that knows only the contract."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.client import Timeline
from tests.support.payloads import first_case

HERE = Path(__file__).parent


def test_the_service_keeps_its_contract(serve, tmp_path):
    """Schemathesis finds nothing in any phase, with every check, valid and invalid requests alike."""
    service = serve(read_wait_seconds_max="0.05")
    case = Timeline(service.client, "kursk-2024")
    case.put()
    case.take(*first_case())
    run = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            f"--config-file={HERE / 'schemathesis.toml'}",
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
