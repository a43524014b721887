"""Runs the README's console blocks: `python -m tests.shape.readme [FILE]`.

All blocks run in their order, in one shell, in a new empty folder with a new HOME. A line that begins with `$ ` is
typed; the lines below it must come out in that order, `…` standing for anything. A command must end with 0, unless its
line ends with a comment such as `# exit 5`.
"""


import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"#\s*exit (\d+)\s*$")
END = "--- the command has ended with "


@dataclass(frozen=True, slots=True)
class Command:
    """A typed line, what the README shows below it, and the exit code that it promises."""

    typed: str
    shown: tuple[str, ...]
    status: int


def commands(text: str) -> list[Command]:
    """Takes the console blocks of a Markdown text apart."""
    return [command for block in BLOCK.findall(text) for command in _of_block(block)]


def _of_block(block: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        length = next(n for n, line in enumerate(lines, 1) if not line.endswith("\\") or n == len(lines))
        typed = "\n".join(lines[:length])
        promised = EXIT.search(typed)
        shown = tuple(line.rstrip() for line in lines[length:] if line.strip())
        yield Command(typed, shown, int(promised[1]) if promised else 0)


def missing(shown: tuple[str, ...], output: str) -> str | None:
    """Gives the first shown line that did not come out in its place, None when all did."""
    rest = [line.rstrip() for line in output.splitlines()]
    for line in shown:
        if line.strip() in {"…", "..."}:
            continue
        pattern = re.compile(".*".join(re.escape(part.strip()) for part in line.split("…")))
        place = next((n for n, real in enumerate(rest) if pattern.search(real)), None)
        if place is None:
            return line
        rest = rest[place + 1 :]
    return None


def run(text: str, folder: Path) -> list[str]:
    """Types every command in one shell that lives in `folder`; gives what was not as shown."""
    path = f"{ROOT / '.venv' / 'bin'}:{os.environ.get('PATH', '')}"
    environment = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "COLUMNS": "120", "TERM": "dumb"}
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with shell:
        found = [said for command in commands(text) if (said := _type(shell, command))]
        os.killpg(shell.pid, 15)  # and what the README left running in the background
    return found


def _type(shell: "subprocess.Popen[str]", command: Command) -> str | None:
    print(f"$ {command.typed}", flush=True)
    shell.stdin.write(f"{{ {command.typed}\n}} </dev/null\necho '{END}'$?\n")  # type: ignore[union-attr]
    shell.stdin.flush()  # type: ignore[union-attr]
    output: list[str] = []
    for line in shell.stdout:  # type: ignore[union-attr]
        before, mark, status = line.partition(END)
        output.append(before)
        if mark:
            return _judge(command, "".join(output), int(status))
        print(line, end="", flush=True)
    return f"`{command.typed}` ended the shell"


def _judge(command: Command, output: str, status: int) -> str | None:
    if status != command.status:
        return f"`{command.typed}` ended with {status}, the README says {command.status}"
    line = missing(command.shown, output)
    return None if line is None else f"`{command.typed}` did not show: {line}"


def main(arguments: list[str]) -> int:
    """Runs the README, or the file given."""
    readme = Path(arguments[0]) if arguments else ROOT / "README.md"
    text = readme.read_text()
    if not commands(text):
        print(f"{readme.name} has no console block")
        return 1
    with tempfile.TemporaryDirectory(prefix="readme-") as folder:
        wrong = run(text, Path(folder))
    for line in wrong:
        print(f"NOT AS SHOWN: {line}")
    print(f"{len(commands(text))} commands of {readme.name}, {len(wrong)} not as shown")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
