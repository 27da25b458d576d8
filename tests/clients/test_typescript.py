"""A client that openapi-typescript makes of the contract, with openapi-fetch, compiles and works."""

import shutil
import subprocess

from tests.clients.conftest import EXPECTED, HERE


def test_a_client_in_typescript(node_modules, run, service, tmp_path):
    """With the settings that the two programs have by themselves, and the compiler at its strictest."""
    for name in ("use.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / "typescript" / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(node_modules)
    tools = node_modules / ".bin"
    contract = f"{service.url}/openapi.yaml"
    for command in (
        [tools / "openapi-typescript", contract, "--output", "schema.d.ts"],
        [tools / "tsc", "--project", "."],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    assert EXPECTED == run("node", "compiled/use.js")
