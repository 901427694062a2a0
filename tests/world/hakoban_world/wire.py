"""The wire forms of AWS: which call a request is, and how each service words an answer or an error."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

JSON_VERSIONS = {"ecs": "1.1", "ssm": "1.1", "logs": "1.1", "sqs": "1.0", "dynamodb": "1.0", "athena": "1.1",
                 "servicediscovery": "1.1"}
_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]*)/([^/]*)/aws4_request")


@dataclass(frozen=True)
class Request:
    """One call as the caller meant it. `service` is the name in the signature's scope, "" when unsigned."""

    service: str
    action: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    access_key: str = ""
    region: str = ""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        return json.loads(self.body) if self.body else {}


def identify(method: str, raw_path: str, headers: Mapping[str, str], body: bytes | None) -> Request:
    """`body` None: it was not read (S3 streams)."""
    scope = _SCOPE.search(headers.get("Authorization", ""))
    access_key, region, service = scope.groups() if scope else ("", "", "")
    if service == "s3":
        action, parameters = _s3_call(method, raw_path)
        return Request(service, action, parameters, access_key, region)
    target = headers.get("X-Amz-Target", "")
    if target:
        return Request(service, target.rpartition(".")[2], _json_object(body), access_key, region)
    form = dict(parse_qsl((body or b"").decode("utf-8", "replace"), keep_blank_values=True))
    form |= dict(parse_qsl(urlsplit(raw_path).query, keep_blank_values=True))
    return Request(service, form.pop("Action", ""), form, access_key, region)


def member_list(parameters: Mapping[str, Any], prefix: str) -> list[dict[str, str]]:
    """`Targets.member.1.Id=…&Targets.member.1.Port=…` as a list of {"Id": …, "Port": …}; scalars under ""."""
    found: dict[int, dict[str, str]] = {}
    pattern = re.compile(re.escape(prefix) + r"\.member\.(\d+)(?:\.(.+))?$")
    for name, value in parameters.items():
        if match := pattern.match(name):
            found.setdefault(int(match[1]), {})[match[2] or ""] = value
    return [found[index] for index in sorted(found)]


def is_json_service(service: str) -> bool:
    return service in JSON_VERSIONS


def json_answer(service: str, content: Mapping[str, Any], status: int = 200) -> Answer:
    content_type = f"application/x-amz-json-{JSON_VERSIONS.get(service, '1.1')}"
    return Answer(status, {"Content-Type": content_type, "x-amzn-RequestId": str(uuid.uuid4())},
                  json.dumps(content).encode())


def xml_answer(text: str, status: int = 200) -> Answer:
    body = '<?xml version="1.0" encoding="UTF-8"?>\n' + text
    return Answer(status, {"Content-Type": "text/xml", "x-amzn-RequestId": str(uuid.uuid4())}, body.encode())


def error_answer(service: str, code: str, message: str, status: int = 400) -> Answer:
    """An error in the shape that this very service has."""
    if is_json_service(service):
        return json_answer(service, {"__type": code, "message": message}, status)
    request_id, code, message = str(uuid.uuid4()), escape(code), escape(message)
    if service == "s3":
        return xml_answer(f"<Error><Code>{code}</Code><Message>{message}</Message>"
                          f"<RequestId>{request_id}</RequestId><HostId>world</HostId></Error>", status)
    if service == "ec2":
        return xml_answer(f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error>"
                          f"</Errors><RequestID>{request_id}</RequestID></Response>", status)
    sender = "Sender" if status < 500 else "Receiver"
    return xml_answer(f"<ErrorResponse><Error><Type>{sender}</Type><Code>{code}</Code>"
                      f"<Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>", status)


def error_code(status: int, body: bytes) -> str | None:
    """The code of an error answer of whatever shape; "HTML" or "" where there is none in it."""
    if status < 400:
        return None
    text = body[:4096].decode("utf-8", "replace").lstrip()
    if text.startswith("{"):
        return str(_json_object(body).get("__type", "")).rpartition("#")[2]
    if match := re.search(r"<Code>([^<]*)</Code>", text):
        return match[1]
    return "HTML" if "<html" in text.lower() else ""


def error_message(body: bytes) -> str:
    match = re.search(r"<Message>([^<]*)</Message>", body.decode("utf-8", "replace"))
    return match[1] if match else ""


def _json_object(body: bytes | None) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _s3_call(method: str, raw_path: str) -> tuple[str, dict[str, Any]]:
    parts = urlsplit(raw_path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    bucket, _, key = parts.path.lstrip("/").partition("/")
    parameters = {"Bucket": unquote(bucket), "Key": unquote(key), **query}
    if key:
        if "uploadId" in query or "uploads" in query:
            action = {"POST": "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload",
                      "PUT": "UploadPart", "DELETE": "AbortMultipartUpload"}.get(method, "ListParts")
        else:
            action = f"{method.capitalize()}Object"
    elif bucket:
        list_objects = "ListObjectsV2" if query.get("list-type") == "2" else "ListObjects"
        action = {"GET": list_objects, "PUT": "CreateBucket", "HEAD": "HeadBucket", "DELETE": "DeleteBucket",
                  "POST": "DeleteObjects"}.get(method, method)
    else:
        action = "ListBuckets"
    return action, parameters
