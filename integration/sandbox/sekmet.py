"""The quick hospital: sekmet-fhir from PyPI, a real FHIR R4 server on SQLite, in a folder of its own."""

import importlib
import importlib.util
import json
import os
import signal
import sys
import threading
from pathlib import Path

from integration.sandbox import real_server

NOT_INSTALLED = "sekmet-fhir is not installed here: it comes with `make setup`, or `uv sync`"


def is_installed() -> bool:
    """Tells whether the server is there at all: tests and practice.py depend on it, the product does not."""
    return importlib.util.find_spec("sekmet") is not None


def server(folder: Path, *, port: int | None = None, users: dict[str, str] | None = None) -> real_server.RealServer:
    """Gives a hospital that keeps its data in `folder`; use it as a context manager, or call `start` and `stop`."""
    if not is_installed():
        raise real_server.ServerDidNotStartError(NOT_INSTALLED)
    folder = folder.resolve()  # the server runs in it: a relative path would lead elsewhere
    folder.mkdir(parents=True, exist_ok=True)
    where = port or real_server.free_port()
    url = f"http://127.0.0.1:{where}/fhir"
    settings = folder / "settings.yaml"
    settings.write_text(json.dumps(_settings(folder, where, url, users)))  # JSON is YAML
    return real_server.RealServer(
        [sys.executable, "-m", "integration.sandbox.sekmet", "serve", "--config", str(settings)],
        url,
        folder / "server.log",
        folder=folder,
        ready=lambda: real_server.answers(where, "/fhir/metadata"),
        environment={k: v for k, v in os.environ.items() if not k.startswith("SEKMET_")},
    )


def _settings(folder: Path, port: int, url: str, users: dict[str, str] | None) -> dict[str, object]:
    return {
        "base_url": url,
        "host": "127.0.0.1",  # its default is every interface
        "port": port,
        "data_dir": str(folder / "data"),
        "simulator": {"enabled": False},  # else it answers orders by itself
        "log_inbound": False,
        "server_auth": {"types": ["basic"], "users": users} if users else {"types": ["none"]},
    }


def _end_with_parent() -> None:
    """No orphans: the pipe on stdin closes when whoever started us is gone, however that happened."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    importlib.import_module("sekmet.cli").main()
