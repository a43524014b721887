"""`infusion-fhir serve`: answer programs on this machine."""

import os
import secrets
import socket
import stat
from pathlib import Path
from typing import Annotated, Final

import typer

from integration import bootstrap, errors, logs
from integration.cli import options, output

TOKEN_FILE: Final = "serve.token"  # noqa: S105 - the name of the file, not what is in it
UNUSABLE_TOKEN: Final = "IF-CFG-11"  # noqa: S105 - a code
PORT_TAKEN: Final = "IF-USE-16"
_LOOPBACK: Final = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 0,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Serve health pages and session histories on 127.0.0.1 until it is stopped.

    Example: infusion-fhir serve --port 8642
    """
    import uvicorn  # noqa: PLC0415 - it and FastAPI take long to load, and only this command needs them

    from integration import app as service  # noqa: PLC0415

    logs.configure()
    folder = bootstrap.home_folder(home)
    with bootstrap.open_installation(folder) as installation:
        token = token_of(folder)
        with _listening(port) as listening:
            address = f"http://{_LOOPBACK}:{listening.getsockname()[1]}"
            if as_json:
                output.data_json({"url": address, "token_file": str(folder / TOKEN_FILE)})
            else:
                output.data(address)
                output.chatter(f"the token is in {folder / TOKEN_FILE}; Ctrl-C ends it")
            config = uvicorn.Config(
                service.create(installation, token), log_config=None, access_log=False, server_header=False,
                timeout_graceful_shutdown=5,
            )  # fmt: skip
            try:
                uvicorn.Server(config).run(sockets=[listening])
            except KeyboardInterrupt:
                output.chatter("ended")


def token_of(folder: Path) -> str:
    """The token that readers have to show, made at the first start; a file that others could read is refused."""
    path = folder / TOKEN_FILE
    try:
        if not path.exists():
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
        with path.open(encoding="ascii") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            token = file.read(200).strip()
    except (OSError, UnicodeDecodeError):
        raise errors.ConfigError(UNUSABLE_TOKEN, "the token's file cannot be used", where=str(path)) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise errors.ConfigError(UNUSABLE_TOKEN, f"others may read the token (mode {mode:04o})", where=str(path))
    if len(token) < 32:
        raise errors.ConfigError(UNUSABLE_TOKEN, "the token is too short", where=str(path))
    return token


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_LOOPBACK, port))
        listening.listen()  # from here on nobody who read the address is turned away
    except OSError as error:
        listening.close()
        raise errors.UsageError(PORT_TAKEN, f"port {port} cannot be used: {error.strerror}") from None
    return listening
