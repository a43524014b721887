"""Somebody else's JavaScript client, run by Node.js: what it says of a server as JSON."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

FHIR_KIT_CLIENT = Path(__file__).parent / "fhir_kit_client"
NEEDED = "no Node.js or no fhir-kit-client: `make test` installs them, or type: .ci/node"


class NodeError(RuntimeError):
    """The client is not installed, or a flow ended with an error."""


def fhir_kit_client(flow: str, url: str) -> Any:
    """Gives what one flow of `fhir_kit_client/flows.js` says of the server at a FHIR base."""
    if shutil.which("node") is None or not (FHIR_KIT_CLIENT / "node_modules").exists():
        raise NodeError(NEEDED)
    line = ["node", str(FHIR_KIT_CLIENT / "flows.js"), url, flow]
    ran = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    if ran.returncode:
        raise NodeError(f"{flow} ended with {ran.returncode}:\n{ran.stderr[-2000:]}")
    return json.loads(ran.stdout)
