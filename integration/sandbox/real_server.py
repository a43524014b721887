"""A real server as a child process: started on a free loopback port, watched until it answers, stopped or killed."""

import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

START_SECONDS = 240.0
STOP_SECONDS = 60.0
LOOK_EVERY = 0.1
TAIL = 2000


class ServerDidNotStartError(RuntimeError):
    """The server ended, or said nothing useful, before its time was up; the message ends with its last words."""


def free_port() -> int:
    """Gives a loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, path: str) -> bool:
    """Tells whether something on that loopback port answers this path with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class RealServer:
    """One server process: `start`, `stop` in order, `kill` like a power cut, `restart` on the same port and data."""

    def __init__(
        self,
        command: Sequence[str],
        url: str,
        log: Path,
        *,
        folder: Path,
        ready_line: str | None = None,
        ready: Callable[[], bool] | None = None,
        ends_with_stdin: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.url = url
        self.log = log
        self._command = list(command)
        self._folder = folder
        self._ready_line = ready_line
        self._ready = ready
        self._ends_with_stdin = ends_with_stdin
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self._said_ready = threading.Event()
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """True while the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id while one is running."""
        return self._process.pid if self._process is not None and self.running else None

    def start(self) -> Self:
        """Starts the process and returns when it answers; raises with its last words when it does not."""
        if self.running:
            return self
        self._said_ready.clear()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  the command is ours
                self._command,
                cwd=self._folder,
                env=None if self._environment is None else dict(self._environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # a Ctrl-C of the person at the terminal is for us, not for the hospital
            )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        self._await_ready()
        return self

    def stop(self) -> None:
        """Ends the process in order, by force when it does not listen."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()  # HAPI's own sign to end, and the sandbox's; the others get the signal
        if process.poll() is None:
            if not self._ends_with_stdin:
                process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._reap(process)

    def kill(self) -> None:
        """Ends the process at once, as kill -9 or a power cut would."""
        process = self._process
        if process is None:
            return
        process.kill()
        self._reap(process)

    def restart(self) -> None:
        """Starts again on the same port and data, after `stop` or `kill`; stops first when it is still running."""
        self.stop()
        self.start()

    def _reap(self, process: subprocess.Popen[str]) -> None:
        process.wait()
        if self._reader is not None:
            self._reader.join()
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        if process.stdout is not None:
            process.stdout.close()
        self._process = None

    def _read(self, process: subprocess.Popen[str]) -> None:
        """Empties stdout for as long as the process lives: a full pipe would stop the server."""
        assert process.stdout is not None  # noqa: S101  Popen was told to make it
        with self.log.open("a") as log:
            for line in process.stdout:
                log.write(line)
                if self._ready_line is not None and line.startswith(self._ready_line):
                    self._said_ready.set()

    def _await_ready(self) -> None:
        ends = time.monotonic() + START_SECONDS
        while self.running and time.monotonic() < ends:
            if self._said_ready.wait(LOOK_EVERY) or (self._ready is not None and self._ready()):
                return
        why = f"did not answer within {START_SECONDS:.0f} s" if self.running else "ended by itself"
        self.kill()
        raise ServerDidNotStartError(f"{Path(self._command[0]).name} {why}; its last words:\n{self._last_words()}")

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-TAIL:] if self.log.exists() else ""
