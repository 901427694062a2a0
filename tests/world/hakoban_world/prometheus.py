"""A Prometheus server of one's own, with Debian's package."""

import json
import shutil
import urllib.parse
import urllib.request

import yaml

from .run import WorldError, free_port, stop_process, wait_for


class Prometheus:
    """`config` is the content of prometheus.yml; relative paths in it are below `folder`."""

    def __init__(self, run, folder, config, name="prometheus"):
        if not shutil.which("prometheus"):
            raise WorldError("there is no prometheus: install Debian's package of that name (scripts/setup does)")
        self.url = f"http://127.0.0.1:{free_port()}"
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        self.process = run.spawn(name, ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}",
                                        f"--web.listen-address={self.url.removeprefix('http://')}", "--log.level=warn"])
        wait_for("Prometheus to be ready", lambda: self.get("/-/ready") is not None, timeout=20)

    def get(self, path, **parameters):
        asked = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}" if parameters else self.url + path
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code in (400, 422):
                raise AssertionError(f"Prometheus does not understand {parameters}: {error.read().decode()}") from None
            return None
        except OSError:
            return None

    def query(self, expression):
        """The samples of an instant query: [(labels, value), …]."""
        answer = json.loads(self.get("/api/v1/query", query=expression))["data"]
        if answer["resultType"] == "scalar":
            return [({}, float(answer["result"][1]))]
        return [(sample["metric"], float(sample["value"][1])) for sample in answer["result"]]

    def label_values(self, label, selector):
        return json.loads(self.get(f"/api/v1/label/{label}/values", **{"match[]": selector}))["data"]

    def targets(self):
        """[(job, health, last error), …]"""
        active = json.loads(self.get("/api/v1/targets"))["data"]["activeTargets"]
        return [(t["scrapePool"], t["health"], t["lastError"]) for t in active]

    def rules(self):
        """[(name, health, last error), …]"""
        groups = json.loads(self.get("/api/v1/rules"))["data"]["groups"]
        return [(rule["name"], rule["health"], rule.get("lastError", "")) for group in groups for rule in group["rules"]]

    def close(self):
        stop_process(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
