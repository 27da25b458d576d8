"""The examples in the contract: what the first case looks like through each operation."""

from importlib.resources import files
from typing import Any

import msgspec


def add_to(operation: dict[str, Any]) -> None:
    """Put an operation's examples where OpenAPI has them: with its parameters, its body and its answers."""
    known = EXAMPLES.get(operation["operationId"], {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in known.get("parameters", {}):
            parameter["example"] = known["parameters"][parameter["name"]]
    for media_type, example in known.get("body", {}).items():
        operation["requestBody"]["content"][media_type]["example"] = example
    for status, example in known.get("answers", {}).items():
        content = operation["responses"][status]["content"]
        next(iter(content.values()))["example"] = example
    for media_type, example in known.get("formats", {}).items():
        operation["responses"]["200"]["content"][media_type]["example"] = example


EXAMPLES: dict[str, dict[str, Any]] = msgspec.json.decode((files(__package__) / "examples.json").read_bytes())
