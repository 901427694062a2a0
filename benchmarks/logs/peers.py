"""The backlog of the log benchmark by other shippers, when their programs are on the path: fluent-bit, vector. Their
objects are counted in the same way; what they lose or double is theirs, and does not fail the run."""

import shutil
import time

from bench import Bench, wait_for

MB, GB = 10**6, 10**9

FLUENT_BIT = """
[SERVICE]
    flush 1
    log_level error
[INPUT]
    name tail
    path {containers}/*/*-json.log
    read_from_head on
    mem_buf_limit 64MB
[OUTPUT]
    name s3
    match *
    bucket bench-logs
    region us-east-1
    endpoint http://127.0.0.1:{port}
    total_file_size 8M
    upload_timeout 2s
    use_put_object on
    compression gzip
    s3_key_format /x/dt=%Y-%m-%d/$UUID.ndjson.gz
    store_dir {state}
"""

VECTOR = """
data_dir = "{state}"
[sources.docker]
type = "file"
include = ["{containers}/*/*-json.log"]
[sinks.s3]
type = "aws_s3"
inputs = ["docker"]
bucket = "bench-logs"
region = "us-east-1"
endpoint = "http://127.0.0.1:{port}"
key_prefix = "x/dt=%Y-%m-%d/"
compression = "gzip"
encoding.codec = "text"
batch.timeout_secs = 2
"""


def compare_peers(options):
    results = {}
    for name, template, flag in (("fluent-bit", FLUENT_BIT, "-c"), ("vector", VECTOR, "-c")):
        if shutil.which(name):
            results[name] = _backlog(options, name, template, flag)
        else:
            print(f"{name}: not on the path, not compared")
    return results


def _backlog(options, name, template, flag):
    with Bench(options.build) as bench:
        bench.control(verify=False)
        bench.write(containers=20, bytes=256 * MB if options.quick else 2 * GB)
        raw = bench.raw_bytes()
        settings = bench.folder / ("peer.toml" if name == "vector" else "peer.conf")
        settings.write_text(template.format(containers=bench.containers, port=bench.s3_port, state=bench.state))
        bench.agent = bench.spawn([name, flag, settings], cores="0", env={
            "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "PATH": "/usr/bin:/bin:/usr/local/bin"})
        begun = time.monotonic()
        _until_silent(bench)
        took, cpu, rss = time.monotonic() - begun, bench.cpu_seconds(), bench.peak_rss_mb()
        bench.terminate()
        return bench.count() | {"peer": name, "mb_per_s": raw / MB / took, "cpu_s_per_gb": cpu / (raw / GB), "rss_mb": rss}


def _until_silent(bench):
    wait_for("its first object", lambda: bench.control()["puts"] > 0, 60)
    last, since = 0, time.monotonic()
    while time.monotonic() - since < 10:
        puts = bench.control()["puts"]
        if puts != last:
            last, since = puts, time.monotonic()
        time.sleep(0.5)
