"""Compares cAdvisor's page with two of the agent's, from before and after it: each of its values must lie between them,
or within the tolerance."""

from prometheus_client.parser import text_string_to_metric_families

# Of a value; small values also by an absolute amount: cAdvisor's are up to two seconds older than its page.
RELATIVE = 0.02
ABSOLUTE = {"_bytes": 256 << 10, "_seconds": 0.05, "_seconds_total": 0.05, "_total": 200, "": 4096}

# Where the agent is right and says so in docs/metrics.md, or where the two are not the same by nature.
EXCEPTIONS = {
    "container_last_seen": "the time of each one's own reading",
    "container_fs_reads_bytes_total": "cAdvisor adds the host's disks",
    "container_fs_writes_bytes_total": "cAdvisor adds the host's disks",
    "container_fs_reads_total": "cAdvisor attaches the host's disks' counters to each container",
    "container_fs_writes_total": "cAdvisor attaches the host's disks' counters to each container",
    "container_fs_inodes_total": "cAdvisor gives the inodes in use",
    "container_fs_inodes_free": "cAdvisor's is 0",
    "container_pressure_cpu_stalled_seconds_total": "cAdvisor writes 0 on cgroup v1",
    "container_pressure_cpu_waiting_seconds_total": "cAdvisor writes 0 on cgroup v1",
    "container_pressure_memory_stalled_seconds_total": "cAdvisor writes 0 on cgroup v1",
    "container_pressure_memory_waiting_seconds_total": "cAdvisor writes 0 on cgroup v1",
    "container_pressure_io_stalled_seconds_total": "cAdvisor writes 0 on cgroup v1",
    "container_pressure_io_waiting_seconds_total": "cAdvisor writes 0 on cgroup v1",
    "container_fs_usage_bytes": "cAdvisor adds the log file to the layer",
    "container_oom_events_total": "cAdvisor's is always 0 without /dev/kmsg",
    "container_start_time_seconds": "cAdvisor gives when the container was created",
    "container_memory_kernel_usage": "moves by itself with the kernel's caches",
}
LABELS = ("cpu", "interface", "failure_type", "scope", "device", "operation", "major", "minor")


def rows(text):
    """{(family, name, labels): value} of Docker's containers."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.labels.get("name", "")
            if not sample.name.startswith("container_") or not name.startswith("bench-"):
                continue
            extra = tuple((label, sample.labels[label]) for label in LABELS if sample.labels.get(label))
            found[(sample.name, name, extra)] = sample.value
    return found


def tolerance(name, value):
    absolute = next(amount for ending, amount in ABSOLUTE.items() if name.endswith(ending))
    return max(abs(value) * RELATIVE, absolute)


def disagreements(before, theirs, after):
    before, theirs, after = rows(before), rows(theirs), rows(after)
    shared = sorted({key[0] for key in theirs} & {key[0] for key in before})
    compared, differ, missing = 0, {}, {}
    for key, value in theirs.items():
        name = key[0]
        if name not in shared or name in EXCEPTIONS:
            continue
        if key not in before or key not in after:
            if value != 0:  # cAdvisor says 0 where there is nothing to tell
                missing[name] = missing.get(name, 0) + 1
            continue
        compared += 1
        low, high = sorted((before[key], after[key]))
        spare = tolerance(name, value)
        if not low - spare <= value <= high + spare:
            differ.setdefault(name, []).append((key[1], value, before[key], after[key]))
    return {"families": len([name for name in shared if name not in EXCEPTIONS]), "values": compared,
            "differ": {name: {"count": len(found), "example": found[0]} for name, found in differ.items()},
            "missing": missing, "exceptions": sorted(set(EXCEPTIONS) & set(shared)),
            "only_theirs": sorted({key[0] for key in theirs} - {key[0] for key in before})}
