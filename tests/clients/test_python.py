"""What datamodel-code-generator and openapi-python-client make of the contract works, as they are set."""

import os
import shutil
import subprocess

from tests.clients.conftest import EXPECTED, HERE

PROGRAMS = HERE / "python"


def generate(generators, folder, program, *arguments):
    """Run a generator, whose own helpers are beside it."""
    environment = {**os.environ, "PATH": f"{generators}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [generators / program, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_models_in_python(generators, run, service, tmp_path):
    """Answers validate as the models that are generated, and a minimal event is one."""
    contract = tmp_path / "contract.yaml"
    contract.write_bytes(service.client.get("/openapi.yaml").content)
    generate(generators, tmp_path, "datamodel-codegen", "--input", contract, "--output", "models.py")
    shutil.copy(PROGRAMS / "use_models.py", tmp_path)

    assert EXPECTED == run(generators / "python", "use_models.py")


def test_a_client_in_python(generators, run, service, tmp_path):
    """It posts one event, an array and a CloudEvent; only what is in lines of JSON is not for it."""
    words = generate(
        generators, tmp_path, "openapi-python-client", "generate", "--url", f"{service.url}/openapi.json"
    )
    package = "conflict_timeline_service_client"
    (tmp_path / package).symlink_to(tmp_path / "conflict-timeline-service-client" / package)
    shutil.copy(PROGRAMS / "use_client.py", tmp_path)

    for place in ("POST /v1/timelines/{timeline}/events/lines", "GET /v1/timelines/{timeline}/replay"):
        assert f"WARNING parsing {place}" in words
    assert 2 == words.count("WARNING parsing")
    assert EXPECTED == run(generators / "python", "use_client.py")
