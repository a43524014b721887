"""Each bug that delivery.md §8 names, planted once: the fast tests must catch every one of them.

`python -m tests.delivery.planted_bugs` copies the project, plants one bug at a time and prints which test failed first.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Bug:
    """One change of the code; `old` must stand in the file exactly once."""

    name: str
    file: str
    old: str
    new: str


BOOKS = "integration/delivery/bookkeeping.py"
AHEAD = "integration/delivery/writing_ahead.py"
SETTLING = "integration/delivery/settling.py"
DECIDE = "integration/delivery/decide.py"
DRAIN = "integration/delivery/drain.py"
OUTCOMES = "integration/delivery/outcomes.py"
VERDICTS = "integration/delivery/verdicts.py"
LOOKUPS = "integration/delivery/lookups.py"
BUNDLES = "integration/delivery/bundles.py"
LEDGER = "integration/store/ledger.py"
WANTS = "integration/store/wants.py"
ROWS = "integration/store/rows.py"
MANNERS = "integration/delivery/manners.py"
QUEUE = "integration/delivery/queue.py"
SETTINGS = "integration/hospital/settings.py"

BUGS = (
    Bug("no write-ahead", AHEAD, "        ledger.mark_unknown(conn, self.claim.hospital, wish.rows, begin)\n", ""),
    Bug("a dead owner's unknown rows simply dirty", DECIDE, "    if tried is None:\n        return None\n    waited",
        "    if tried is None or tried.looks == 0:\n        return None\n    waited"),
    Bug("settle without the token", BOOKS,
        "        now = self.now()\n        with self.database.write() as conn:\n            if not lanes.is_mine(conn, self.claim):\n"
        "                return None\n            keys = ",
        "        now = self.now()\n        with self.database.write() as conn:\n            keys = "),
    Bug("write-ahead without re-reading the token", AHEAD,
        "        if not lanes.renew(conn, self.claim, begin + self.manners.lease):\n            raise _RefusedError(Refusal.LOST)\n", ""),
    Bug("write-ahead without re-reading want and state", LEDGER, "    if marked != len(asked):\n        raise MovedError\n", ""),
    Bug("settle rows as they were left though somebody moved one", LEDGER,
        "    if written != len(changed):\n        raise MovedError\n", ""),
    Bug("no clock at Send", AHEAD, "started + self.manners.deadline)", "started + 10 * self.manners.deadline)"),
    Bug("a timed-out write sent again at once", SETTLING, "    if rule.closes:\n", "    if rule.closes or rule.charged:\n"),
    Bug("no wait", DECIDE, "    waited = now >= tried.begin + manners.wait\n", "    waited = True\n"),
    Bug("last look at the deadline, not after the wait", DECIDE, "tried.begin + manners.wait\n    if tried.sure",
        "tried.begin + manners.deadline\n    if tried.sure"),
    Bug("index lag left out", SETTINGS, "    return settings.deadline + settings.commit_delay + settings.index_lag + CLOCK_ERROR\n",
        "    return settings.deadline + settings.commit_delay + CLOCK_ERROR\n"),
    Bug("the wait judged when the look is acted upon", BOOKS, "row, hits, texts.of_open(row), final=found.final,",
        "row, hits, texts.of_open(row), final=self.now() >= asked.begin + self.manners.wait,"),
    Bug("the wait restarted with each claim", BOOKS, "            found = ledger.unclean(conn, self.claim.hospital, self.claim.lane)\n",
        "            found = [replace(r, open=replace(r.open, begin=self.now())) if r.open else r\n"
        "                     for r in ledger.unclean(conn, self.claim.hospital, self.claim.lane)]\n"),
    Bug("rung 1 or an update: not there, PUT again", SETTLING, "    return _not_there(row, entries) if final else _wait(row)\n",
        "    return _not_there(row, entries) if final or tried.write is Write.PUT else _wait(row)\n"),
    Bug("adopt without comparing", SETTLING, "    if found == texts.sent:\n        return Match.SENT, None\n",
        "    if found:\n        return Match.SENT, None\n"),
    Bug("compare with today's want", BOOKS, "row, hits, texts.of_open(row),",
        "row, hits, Texts(texts.wanted(row), texts.have(row), texts.older(row)),"),
    Bug("A, B, A clean with an open attempt", ROWS, "        if self.open is not None:\n            return State.UNKNOWN\n", ""),
    Bug("have := today's want", SETTLING, '    got = {"have": entry.want,', '    got = {"have": row.want,'),
    Bug("200 of a conditional create taken as Accepted", OUTCOMES, "         writes=(Write.CREATE,)),", "         writes=()),"),
    Bug("settle over dismissed", SETTLING,
        "    if row.state in (State.DISMISSED, State.HELD):\n        return replace(row, **changes, open=None)\n", ""),
    Bug("a dismissal closes the attempt", QUEUE, "    _write(conn, hospital, lane, new, \"dismissed\"",
        "    from integration.store import tables\n    conn.execute(tables.attempt_entry.update().values(open=False))\n"
        "    _write(conn, hospital, lane, new, \"dismissed\""),
    Bug("B before A", DECIDE, "        return False\n    return True\n", "        return True\n    return True\n"),
    Bug("a logical reference to a parked referent", LEDGER, "have is not None, state == State.DISMISSED.value)",
        "have is not None, state in (State.DISMISSED.value, State.PARKED.value))"),
    Bug("a refused transaction is not split", SETTLING, "cap=_half(entries) if split else row.cap", "cap=row.cap"),
    Bug("an unknown bundle is sent again whole", SETTLING, "**at, unknowns=unknowns, cap=1)", "**at, unknowns=unknowns)"),
    Bug("no limit for a record that crashes the server", SETTLING, "MOST_UNKNOWNS = 3", "MOST_UNKNOWNS = 3000"),
    Bug("an endpoint fault charged to the record", OUTCOMES,
        "         \"looked up at once and at begin + W; a proxy may say so while the request goes on behind it\"),",
        "         \"looked up at once and at begin + W; a proxy may say so while the request goes on behind it\", charged=True),"),
    Bug("503 closes a write", OUTCOMES, "Outcome.UNKNOWN, False,\n         \"looked up at once and at begin + W; a proxy",
        "Outcome.ENDPOINT_DOWN, True,\n         \"looked up at once and at begin + W; a proxy"),
    Bug("a 412 blindly repeated", SETTLING, "    return replace(now, state=State.HELD, reason=Reason.CONFLICT)\n", "    return now\n"),
    Bug("updates by conditional PUT", MANNERS, "return Write.UPDATE if row.remote_id is not None else", "return"),
    Bug("no version-gap check on answers", SETTLING, "_in_between(entry.version_before, judged.remote_version, manners)", "{}"),
    Bug("no version-gap check on look-ups", SETTLING, "_in_between(row.remote_version, hit.version, manners)", "{}"),
    Bug("200 of a batch taken for all", VERDICTS, "    rule = outcomes.judge(status, entry.write, busy=manners.busy_means_not_done)\n",
        "    status = 200\n    rule = outcomes.judge(status, entry.write, busy=manners.busy_means_not_done)\n"),
    Bug("entries shifted", VERDICTS, "    if kind != entry.key[0] or (", "    if False and ("),
    Bug("look-ups without no-cache", LOOKUPS, '_FRESH = ("cache-control", "no-cache")', '_FRESH = ("accept", "*/*")'),
    Bug("two hits: the first", SETTLING, "    if len(hits) > 1:\n        found = ", "    if len(hits) > 9:\n        found = "),
    Bug("no search before the first POST", DRAIN,
        "            if write is Write.POST and not row.searched and self.manners.can_search(row.type):", "            if False:"),
    Bug("no search by identifier: left unknown", DECIDE, "        return Due.BLIND if tried.write", "        return None if tried.write"),
    Bug("what may be there is sent again once its row moves on", DRAIN,
        "            if row.key in self.view.unsure and decide.is_unsure(row, self.manners):", "            if False:"),
    Bug("what a person said of what may be there is not heard", QUEUE,
        "attempts.is_not_there(conn, hospital, key) if row.reason == Reason.MAY_BE_THERE else []", "[]"),
    Bug("as many updates are read after each endpoint fault", DECIDE, "max(1, manners.bundle_size >> tries)",
        "manners.bundle_size"),
    Bug("a superseded Refused parks the newer version", SETTLING, "and not split and row.want == entry.want:", "and not split:"),
    Bug("parked not reopened", WANTS, "    if row.state is State.HELD and row.reason != rows.OVERTAKEN:",
        "    if row.state in (State.HELD, State.PARKED) and row.reason != rows.OVERTAKEN:"),
    Bug("our own kills counted", SETTLING, "entries == 1 and (tried.sure or not tried.free)", "entries == 1"),
)  # fmt: skip


def main(names: list[str]) -> int:
    """Plant each bug (or those named) in a copy of the project and run the fast tests there."""
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        ignore = shutil.ignore_patterns(".git", ".venv", "build", "target", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=ignore)
        chosen = [bug for bug in BUGS if not names or bug.name in names]
        for bug in chosen:
            caught = plant(copy, bug)
            print(f"{'caught' if caught else 'MISSED':7} {bug.name}: {caught or '-'}", flush=True)
            if not caught:
                missed.append(bug.name)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} planted bugs caught")
    return 1 if missed else 0


def plant(copy: Path, bug: Bug) -> str:
    """Plant one bug; gives the first test that failed."""
    path = copy / bug.file
    text = path.read_text()
    if text.count(bug.old) != 1:
        raise SystemExit(f"{bug.name}: the place to plant it stands {text.count(bug.old)} times in {bug.file}")
    path.write_text(text.replace(bug.old, bug.new))
    command = [sys.executable, "-m", "pytest", "tests/delivery", "-x", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=300)
    path.write_text(text)
    failed = [
        line.split("::", 1)[1].split(" ")[0]
        for line in done.stdout.splitlines()
        if line.startswith(("FAILED", "ERROR"))
    ]
    return failed[0] if failed else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
