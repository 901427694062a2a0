"""A second S3, which neither we nor moto's authors wrote: versitygw checks signatures, checksums and If-None-Match, and
keeps objects as files."""

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from . import go_program
from .run import WorldError, free_port, stop_process, wait_for

MODULE = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
REGION = "us-east-1"
BUCKET = "hakoban-logs"


def install():
    """The program, built once."""
    return go_program.install(MODULE)


class Versity:
    """Not started yet: until start() nobody listens at `url`."""

    KEYS = {"AWS_ACCESS_KEY_ID": "versity-root", "AWS_SECRET_ACCESS_KEY": "versity-secret"}

    def __init__(self, run, program):
        self.run = run
        self.program = program
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = run.folder / f"versity-{self.port}"
        self.folder.mkdir()
        self._process = None
        self.s3 = boto3.client("s3", endpoint_url=self.url, region_name=REGION,
                               aws_access_key_id=self.KEYS["AWS_ACCESS_KEY_ID"],
                               aws_secret_access_key=self.KEYS["AWS_SECRET_ACCESS_KEY"],
                               config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))

    def start(self):
        name = f"versity-{self.port}"
        self._process = self.run.spawn(name, [self.program, "--port", f"127.0.0.1:{self.port}", "posix", self.folder],
                                       {"ROOT_ACCESS_KEY": self.KEYS["AWS_ACCESS_KEY_ID"],
                                        "ROOT_SECRET_KEY": self.KEYS["AWS_SECRET_ACCESS_KEY"]})
        wait_for("versitygw to answer", self._answers, timeout=20)
        if BUCKET not in [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]]:
            self.s3.create_bucket(Bucket=BUCKET)
        return self

    def _answers(self):
        if self._process.poll() is not None:
            raise WorldError("versitygw ended:\n" + self.run.log_tail(f"versity-{self.port}"))
        try:
            return self.s3.list_buckets() is not None
        except (BotoCoreError, ClientError):
            return False

    def environment(self):
        """For an agent that ships to it."""
        return {**self.KEYS, "AWS_REGION": REGION, "AWS_ENDPOINT_URL_S3": self.url, "AWS_EC2_METADATA_DISABLED": "true"}

    def objects(self):
        """key → bytes, as boto3 gives them."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        return {key: self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}

    def close(self):
        if self._process:
            stop_process(self._process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
