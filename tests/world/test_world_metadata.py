"""Instance metadata, the fake and AWS's own mock, with a client of a few lines."""

import json
import urllib.error
import urllib.request

import pytest

from hakoban_world.aemm import Aemm, install
from hakoban_world.metadata import TOKEN_HEADER, TTL_HEADER, Imds, identity_document


def ask(imds, path, token=None, method="GET", **headers):
    request = urllib.request.Request(imds.endpoint + path, method=method, headers=headers)
    if token:
        request.add_header(TOKEN_HEADER, token)
    try:
        with urllib.request.urlopen(request, timeout=1) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def token_of(imds, ttl="60"):
    return ask(imds, "/latest/api/token", method="PUT", **{TTL_HEADER: ttl})[1].decode()


def test_metadata_obeys_version_two_and_breaks_on_request():
    role = {"Code": "Success", "AccessKeyId": "AKIA", "SecretAccessKey": "s", "Token": "t"}
    with Imds(identity_document("i-1"), credentials=lambda: role) as imds:
        assert ask(imds, "/latest/api/token", method="PUT")[0] == 400
        assert ask(imds, "/latest/api/token", method="PUT", **{TTL_HEADER: "21601"})[0] == 400
        assert ask(imds, "/latest/api/token", method="PUT", **{TTL_HEADER: "60", "X-Forwarded-For": "1.2.3.4"})[0] == 403
        assert ask(imds, "/latest/meta-data/instance-id")[0] == 401
        token = token_of(imds)
        assert ask(imds, "/latest/meta-data/instance-id", token) == (200, b"i-1")
        assert ask(imds, "/latest/meta-data/iam/security-credentials/", token) == (200, b"world-host")
        assert json.loads(ask(imds, "/latest/meta-data/iam/security-credentials/world-host", token)[1]) == role
        assert ask(imds, "/latest/meta-data/spot/instance-action", token)[0] == 404
        imds.spot_notice(seconds=120)
        assert json.loads(ask(imds, "/latest/meta-data/spot/instance-action", token)[1])["action"] == "terminate"
        imds.withdraw()
        assert ask(imds, "/latest/meta-data/spot/instance-action", token)[0] == 404
        imds.expire_tokens()
        assert ask(imds, "/latest/meta-data/instance-id", token)[0] == 401
        token = token_of(imds)
        imds.break_with("500")
        assert ask(imds, "/latest/meta-data/instance-id", token)[0] == 500
        imds.mend()
        imds.break_with("garbage", "/latest/meta-data/instance-id")
        assert b"<html>" in ask(imds, "/latest/meta-data/instance-id", token)[1]
        imds.mend()
        imds.break_with("hang")
        with pytest.raises(OSError):
            ask(imds, "/latest/meta-data/instance-id", token)
        imds.mend()
        assert ask(imds, "/latest/meta-data/instance-id", token)[0] == 200
        assert imds.asked("/latest/meta-data/spot")[-1].status == 404


def test_the_mock_of_aws_gives_a_spot_notice(world_run):
    with Aemm(world_run, install(), identity_document("i-2"), delay=0) as mock:
        token = token_of(mock)
        assert ask(mock, "/latest/meta-data/instance-id")[0] == 401
        assert ask(mock, "/latest/meta-data/instance-id", token) == (200, b"i-2")
        notice = json.loads(ask(mock, "/latest/meta-data/spot/instance-action", token)[1])
        assert notice["action"] == "terminate"
        assert json.loads(ask(mock, "/latest/dynamic/instance-identity/document", token)[1])["instanceId"] == "i-2"
