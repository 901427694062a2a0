"""What moto lacks. Every call goes to moto first, which checks its signature and its action; only then is its answer
rewritten here, so nothing of this is to be had without good credentials and the policy's leave."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from xml.sax.saxutils import escape

from . import policies
from .balancers import Balancers
from .ecs_services import ServiceCalls
from .ecs_tasks import TaskCalls
from .targets import Target
from .wire import Answer, Request, error_answer, error_code, error_message, is_json_service, member_list, xml_answer

_ELB = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"
_AUTOSCALING = "http://autoscaling.amazonaws.com/doc/2011-01-01/"
_ID = "<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>"
_REFUSALS = {  # moto words them for IAM; this is how a JSON service does
    "AccessDenied": "AccessDeniedException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
}
_UNKNOWN_TO_MOTO = {"GetTaskProtection", "UpdateTaskProtection", "CompleteLifecycleAction",
                    "RecordLifecycleActionHeartbeat", "RunTask", "StopTask", "UpdateContainerInstancesState",
                    "DescribeContainerInstances"}


class Overlay:
    """Called by the recorder from several threads."""

    def __init__(self, tasks: TaskCalls, services: ServiceCalls, balancers: Balancers, account: str) -> None:
        self._account = account
        self._balancers = balancers
        self._lock = threading.Lock()
        self._policies: dict[str, list[policies.Statement]] = {}
        self._expired: set[str] = set()
        self._unknown_to_moto = _UNKNOWN_TO_MOTO
        self._around: dict[tuple[str, str], Callable[[Request], AbstractContextManager[None]]] = {}
        self._calls: dict[tuple[str, str], Callable[[Request, Answer], Answer]] = {
            ("ecs", "RunTask"): tasks.run_task,
            ("ecs", "StartTask"): tasks.start_task,
            ("ecs", "StopTask"): tasks.stop_task,
            ("ecs", "DescribeTasks"): tasks.describe_tasks,
            ("ecs", "ListTasks"): tasks.list_tasks,
            ("ecs", "GetTaskProtection"): tasks.get_task_protection,
            ("ecs", "UpdateTaskProtection"): tasks.update_task_protection,
            ("ecs", "CreateService"): services.create_service,
            ("ecs", "UpdateService"): services.update_service,
            ("ecs", "DeleteService"): services.delete_service,
            ("ecs", "DescribeServices"): services.describe_services,
            ("ecs", "RegisterContainerInstance"): services.register_container_instance,
            ("ecs", "DeregisterContainerInstance"): services.deregister_container_instance,
            ("ecs", "DescribeContainerInstances"): services.describe_container_instances,
            ("ecs", "UpdateContainerInstancesState"): services.update_container_instances_state,
            ("ecs", "DescribeClusters"): services.describe_clusters,
            ("elasticloadbalancing", "RegisterTargets"): self._register_targets,
            ("elasticloadbalancing", "DeregisterTargets"): self._deregister_targets,
            ("elasticloadbalancing", "DescribeTargetHealth"): self._describe_target_health,
            ("autoscaling", "CompleteLifecycleAction"): lifecycle_answer,
            ("autoscaling", "RecordLifecycleActionHeartbeat"): lifecycle_answer,
        }

    def add(self, calls: dict[tuple[str, str], Callable[[Request, Answer], Answer]], *, unknown_to_moto: set[str],
            around: dict[tuple[str, str], Callable[[Request], AbstractContextManager[None]]]) -> None:
        """More of what moto lacks; `unknown_to_moto`: actions that are answered here whatever moto says; `around`: what has
        to know of a call as long as moto carries it out. That must not wait, as all calls wait for it."""
        self._calls |= calls
        self._around |= around
        self._unknown_to_moto = self._unknown_to_moto | unknown_to_moto

    def holds_to(self, access_key: str, statements: list[policies.Statement]) -> None:
        """From now on the calls of this key are judged by the policy's resources and conditions, too."""
        with self._lock:
            self._policies[access_key] = statements

    def expire(self, access_key: str) -> None:
        """From now on this key's time is over."""
        with self._lock:
            self._expired.add(access_key)

    def refuse(self, request: Request) -> Answer | None:
        """What must not even reach moto, since it carries a call out while it judges it. None: go on."""
        with self._lock:
            expired, policy = request.access_key in self._expired, self._policies.get(request.access_key)
        if expired:
            code = "ExpiredToken" if not is_json_service(request.service) else "ExpiredTokenException"
            status = 400 if is_json_service(request.service) or request.service == "s3" else 403
            return error_answer(request.service, code, "The security token included in the request is expired", status)
        if policy is not None and not policies.allows(policy, request, self._account):
            return _denied(request)
        return None

    def passing(self, request: Request) -> AbstractContextManager[None]:
        around = self._around.get((request.service, request.action))
        return around(request) if around else nullcontext()

    def answer(self, request: Request, upstream: Answer) -> Answer:
        if _is_gone_already(request, upstream):
            upstream = xml_answer(f'<DeregisterTargetsResponse xmlns="{_ELB}"><DeregisterTargetsResult/>{_ID}'
                                  "</DeregisterTargetsResponse>")
        if upstream.status < 500 and not upstream.ok:
            return _in_own_words(request, upstream)
        handler = self._calls.get((request.service, request.action))
        if handler is None or not (upstream.ok or request.action in self._unknown_to_moto):
            return upstream
        return handler(request, upstream)

    def _register_targets(self, request: Request, upstream: Answer) -> Answer:
        group = request.parameters["TargetGroupArn"]
        self._balancers.states.register(group, self._targets(request))
        return upstream

    def _deregister_targets(self, request: Request, upstream: Answer) -> Answer:
        group = request.parameters["TargetGroupArn"]
        self._balancers.states.deregister(group, self._targets(request), self._balancers.delay(group))
        return upstream

    def _describe_target_health(self, request: Request, _: Answer) -> Answer:
        healths = self._balancers.states.health(request.parameters["TargetGroupArn"], self._targets(request) or None)
        members = "".join(
            f"<member><HealthCheckPort>{h.target[1]}</HealthCheckPort>"
            f"<Target><Id>{escape(h.target[0])}</Id><Port>{h.target[1]}</Port></Target>"
            f"<TargetHealth><State>{h.state}</State>"
            + (f"<Reason>{h.reason}</Reason><Description>{h.description}</Description>" if h.reason else "")
            + "</TargetHealth></member>" for h in healths)
        return xml_answer(f'<DescribeTargetHealthResponse xmlns="{_ELB}"><DescribeTargetHealthResult>'
                          f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
                          f"</DescribeTargetHealthResult>{_ID}</DescribeTargetHealthResponse>")

    def _targets(self, request: Request) -> list[Target]:
        members = member_list(request.parameters, "Targets")
        if any("Port" not in m for m in members):
            default = str(self._balancers.default_port(request.parameters["TargetGroupArn"]))
            members = [{"Port": default, **m} for m in members]
        return [(m["Id"], int(m["Port"])) for m in members]


def lifecycle_answer(request: Request, _: Answer) -> Answer:
    """Accepted; what it leads to (the instance's end) is for the test to play."""
    name = request.action
    return xml_answer(f'<{name}Response xmlns="{_AUTOSCALING}"><{name}Result/>{_ID}</{name}Response>')


def _is_gone_already(request: Request, upstream: Answer) -> bool:
    """ELB takes a target that is not registered for deregistered; moto refuses it, and knows one port an instance."""
    return request.action == "DeregisterTargets" and error_code(upstream.status, upstream.body) == "InvalidTarget"


def _in_own_words(request: Request, upstream: Answer) -> Answer:
    if not is_json_service(request.service) or upstream.body.lstrip().startswith(b"{"):
        return upstream
    code = error_code(upstream.status, upstream.body) or "InternalFailure"
    return error_answer(request.service, _REFUSALS.get(code, code), error_message(upstream.body))


def _denied(request: Request) -> Answer:
    code = "AccessDeniedException" if is_json_service(request.service) else "AccessDenied"
    message = (f"User: {request.access_key} is not authorized to perform: {request.service}:{request.action} because "
               "no identity-based policy allows it on this resource")
    return error_answer(request.service, code, message, 400 if is_json_service(request.service) else 403)
