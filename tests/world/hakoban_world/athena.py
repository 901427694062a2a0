"""packaging/athena, tried: the statements are read as Athena reads them (sqlglot), recorded by moto's Athena, and the
questions are asked of the very objects by another engine of SQL (DuckDB)."""

import gzip
import json
import re
from pathlib import Path

import duckdb
import sqlglot

from .run import ROOT

FOLDER = ROOT / "packaging/athena"


def tables(bucket, prefix):
    """The statements that make the tables, by table."""
    text = (FOLDER / "tables.sql").read_text().replace("BUCKET/PREFIX", f"{bucket}/{prefix}")
    statements = [part.strip() for part in _without_comments(text).split(";") if part.strip()]
    return {re.search(r"CREATE EXTERNAL TABLE (\w+)", statement)[1]: statement for statement in statements}


def questions():
    """The example queries, by name."""
    parts = re.split(r"^-- name: (\w+)$", (FOLDER / "examples.sql").read_text(), flags=re.M)[1:]
    return {name: _without_comments(text).strip().rstrip(";") for name, text in zip(parts[::2], parts[1::2])}


def _without_comments(text):
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))


def parsed(statement):
    """Fails for what Athena's grammar does not know."""
    return sqlglot.parse_one(statement, dialect="athena")


def properties(statement):
    return dict(re.findall(r"'([\w.]+)' = '([^']*)'", statement.split("TBLPROPERTIES")[1]))


def columns(statement):
    """Names before the partitions, without those inside of types."""
    inside = statement[statement.index("(") + 1:statement.index("PARTITIONED BY")]
    inside = re.sub(r"<[^()]*>", "", inside)
    return re.findall(r"^\s*`(\w+)`", inside, flags=re.M)


def location(statement, **partitions):
    """Where Athena looks, given the partitions' values."""
    template = properties(statement)["storage.location.template"]
    return re.sub(r"\$\{(\w+)\}", lambda match: partitions[match[1]], template)


class Duck:
    """The table hakoban_logs over objects (key → bytes), as partition projection would find them."""

    def __init__(self, statement, bucket, objects, folder):
        self._database = duckdb.connect()
        rows = []
        pattern = re.escape(properties(statement)["storage.location.template"])
        pattern = re.sub(r"\\\$\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
        names = columns(statement)
        for key, body in objects.items():
            path = f"s3://{bucket}/{key}"
            place = re.match(pattern, path)
            if place is None:
                continue
            for line in gzip.decompress(body).splitlines():
                record = json.loads(line)
                rows.append({name: record.get(name) for name in names if name != "attrs"}
                            | place.groupdict() | {"$path": path})
        source = Path(folder) / "hakoban_logs.ndjson"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self._database.execute(
            f"CREATE VIEW hakoban_logs AS SELECT * FROM read_json('{source}', format='newline_delimited', columns="
            "{log: 'VARCHAR', stream: 'VARCHAR', time: 'VARCHAR', service: 'VARCHAR', container: 'VARCHAR', "
            "dt: 'VARCHAR', \"$path\": 'VARCHAR'})")

    def ask(self, query):
        return self._database.execute(query).fetchall()
