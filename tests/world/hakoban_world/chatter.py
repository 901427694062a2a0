"""Containers that talk: numbered lines, so that a recount tells each one lost and each one doubled."""

import gzip
import json
from collections import Counter


def numbered(who, count=0, pause=0.05, serve=0):
    """A shell script that prints {"who":…,"seq":n} to stdout, every tenth line to stderr as well; for ever when
    `count` is 0, then sleeps. On SIGTERM it prints a farewell and exits 0. `serve`: a port for its httpd."""
    return (f"n=0; trap 'echo \"{{\\\"who\\\":\\\"{who}\\\",\\\"bye\\\":$n}}\"; exit 0' TERM; "
            + (f"httpd -p {serve} -h /www; " if serve else "")
            + f"while [ {count} = 0 ] || [ $n -lt {count} ]; do n=$((n+1)); "
            f"echo \"{{\\\"who\\\":\\\"{who}\\\",\\\"seq\\\":$n}}\"; "
            f"if [ $((n % 10)) = 0 ]; then echo \"{{\\\"who\\\":\\\"{who}\\\",\\\"err\\\":$n}}\" >&2; fi; "
            + (f"sleep {pause}; " if pause else "")
            + "done; while true; do sleep 0.2; done")


def burst(who, count):
    """Prints `count` numbered lines as fast as it can, then sleeps."""
    return (f"awk 'BEGIN{{for(i=1;i<={count};i++) printf \"{{\\\"who\\\":\\\"{who}\\\",\\\"seq\\\":%d}}\\n\", i}}'; "
            "trap 'exit 0' TERM; while true; do sleep 0.2; done")


class Recount:
    """What was shipped of one container: Docker's json-file records, from the objects' bytes."""

    def __init__(self, objects):
        """`objects`: key → bytes of the .ndjson.gz objects."""
        self.keys = sorted(objects)
        self.lines = [line for key in self.keys for line in gzip.decompress(objects[key]).splitlines() if line]
        self.records = [json.loads(line) for line in self.lines]
        self.said = [json.loads(r["log"]) for r in self.records if r["log"].startswith("{")]

    def faults(self, who, last=None):
        """What is wrong with the numbered lines of `who`, in words; empty when each came exactly once."""
        found = []
        mine = [said for said in self.said if said.get("who") == who]
        counts = Counter(said["seq"] for said in mine if "seq" in said)
        highest = max(counts, default=0) if last is None else last
        lost = [n for n in range(1, highest + 1) if n not in counts]
        doubled = [n for n, times in counts.items() if times > 1]
        if lost:
            found.append(f"{who}: {len(lost)} of {highest} lines lost, first {lost[0]}")
        if doubled:
            found.append(f"{who}: {len(doubled)} lines more than once, first {min(doubled)}")
        errors = Counter(said["err"] for said in mine if "err" in said)
        wrong = [n for n in range(10, highest + 1, 10) if errors and errors[n] != 1]
        if wrong:
            found.append(f"{who}: {len(wrong)} stderr lines not exactly once, first {wrong[0]}")
        if highest == 0:
            found.append(f"{who}: no line at all")
        return found

    def highest(self, who):
        return max((said["seq"] for said in self.said if said.get("who") == who and "seq" in said), default=0)


def spoken(engine, container_id):
    """Docker's own account of what the container said, through its API: the truth for a recount."""
    said = [engine.client.api.logs(container_id, stdout=out, stderr=not out) for out in (True, False)]
    return sum(len(stream.splitlines()) for stream in said)
