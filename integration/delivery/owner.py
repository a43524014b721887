"""Who holds a lease: a process named so that another one on the same machine can tell when it is dead."""

import json
import os
from pathlib import Path


def me() -> str:
    """Name this process: boot id, pid namespace, pid and its start, as JSON."""
    return json.dumps({"boot": _boot_id(), "ns": _pid_namespace(), "pid": os.getpid(), "start": _start(os.getpid())})


def is_dead(owner: str) -> bool:
    """Whether the owner of a lease is known to be dead; an owner on another machine is never known to be."""
    try:
        who = json.loads(owner)
        pid, start = int(who["pid"]), who["start"]
    except (ValueError, KeyError, TypeError):
        return False
    if who.get("boot") != _boot_id():
        return False  # another machine, or this one before a restart: the lease runs out by itself
    if who.get("ns") != _pid_namespace():
        return False
    return bool(_start(pid) != start)


def _boot_id() -> str:
    return _read(Path("/proc/sys/kernel/random/boot_id"))


def _pid_namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _start(pid: int) -> str:
    """When a process started, in clock ticks since boot; empty when there is none."""
    stat = _read(Path(f"/proc/{pid}/stat"))
    state_on = stat.rpartition(")")[2].split()
    if len(state_on) < 20 or state_on[0] == "Z":
        return ""
    return state_on[19]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
