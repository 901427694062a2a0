"""hakoban's signer against botocore's: the same random requests must get the same Authorization, byte for byte."""

import datetime
import json
import random
import subprocess

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

TIME = datetime.datetime(2026, 11, 23, 20, 52, 58, tzinfo=datetime.timezone.utc)
AWKWARD = ["=", " ", "+", "~", "%", "%2F", "&", "?", "#", ":", ";", "@", "!", "'", "(", ")", "*", "$", ",", "[", "]", '"', "\\", "|", "^",
           "`", "<", ">", "é", "ホ", "🗃", "\t", "..", ".", "-", "_", "A", "z", "0"]
HEADERS = ["Content-Type", "Content-Encoding", "X-Amz-Target", "x-amz-checksum-sha256", "X-Amz-Storage-Class", "Range"]


def word(chance, pieces):
    return "".join(chance.choice(AWKWARD) for _ in range(chance.randint(1, pieces)))


def path_of(chance, s3):
    if not s3 and chance.random() < 0.5:
        return "/"
    parts = [word(chance, 8) for _ in range(chance.randint(1, 5))]
    return "/" + chance.choice(["/", "/", "/", "//"] if s3 else ["/"]).join(parts) + chance.choice(["", "/"])


def random_request(seed):
    chance = random.Random(seed)
    s3 = chance.random() < 0.6
    query = [[word(chance, 3), chance.choice(["", word(chance, 4)])] for _ in range(chance.choice([0, 0, 1, 2, 5]))]
    if s3 and chance.random() < 0.3:
        query = [["list-type", "2"], ["prefix", "web/app/dt=2026-11-23/"], ["delimiter", "/"], ["continuation-token", word(chance, 9)]]
    return {
        "method": chance.choice(["GET", "PUT", "POST", "DELETE", "HEAD"]),
        "host": chance.choice(["example.amazonaws.com", "127.0.0.1:5000", "bucket.s3.eu-west-1.amazonaws.com"]),
        "path": path_of(chance, s3),
        "query": query,
        "headers": [[name, chance.choice(["a", " a  b ", "x,y", "ü", "a\tb"])] for name in chance.sample(HEADERS, chance.randint(0, 4))],
        "body": chance.choice(["", "{}", word(chance, 50)]),
        "region": chance.choice(["eu-west-1", "us-east-1", "cn-north-1"]),
        "service": "s3" if s3 else chance.choice(["ecs", "elasticloadbalancing", "sts"]),
        "s3": s3,
        "access_key": "AKIDEXAMPLE",
        "secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "token": chance.choice(["", "a/session+token=="]),
        "time": TIME.isoformat().replace("+00:00", "Z"),
    }


def botocore_signs(told, target):
    """The Authorization of botocore for the same request, with the target as hakoban would send it."""
    credentials = botocore.credentials.Credentials(told["access_key"], told["secret_key"], told["token"] or None)
    auth = botocore.auth.S3SigV4Auth if told["s3"] else botocore.auth.SigV4Auth
    request = botocore.awsrequest.AWSRequest(told["method"], f"http://{told['host']}{target}", dict(told["headers"]), told["body"].encode())
    auth(credentials, told["service"], told["region"]).add_auth(request)
    return request.headers["Authorization"]


@pytest.fixture
def at_that_time(monkeypatch):
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda remove_tzinfo=True: TIME.replace(tzinfo=None))


def test_signs_like_botocore(tool, at_that_time):
    told = [random_request(seed) for seed in range(3000)]
    lines = "".join(json.dumps(one) + "\n" for one in told)
    ran = subprocess.run([tool("sign_request")], input=lines, capture_output=True, text=True, check=True, timeout=60)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(answers) == len(told)
    for one, answer in zip(told, answers):
        authorization = dict(answer["headers"])["Authorization"]
        assert authorization == botocore_signs(one, answer["target"]), one
