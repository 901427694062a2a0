"""ECS's calls about services, container instances and clusters as the ledger answers them, after moto."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from .ecs_tasks import cluster_name
from .ecs_views import instance_view, service_view
from .launcher import Launcher
from .ledger import Instance, Ledger, ServiceRecord
from .wire import Answer, Request, error_answer, json_answer

Json = dict[str, Any]


def new_deployment() -> str:
    return f"ecs-svc/{random.randint(10**18, 10**19 - 1)}"


class ServiceCalls:
    """One method a call, as in TaskCalls."""

    def __init__(self, ledger: Ledger, launcher: Launcher) -> None:
        self._ledger = ledger
        self._launcher = launcher

    def create_service(self, request: Request, upstream: Answer) -> Answer:
        p, answer = request.parameters, upstream.json()
        made = answer["service"]
        percent = p.get("deploymentConfiguration") or {}
        daemon = p.get("schedulingStrategy") == "DAEMON"
        record = ServiceRecord(
            name=made["serviceName"], arn=made["serviceArn"], cluster=cluster_name(p), deployment_id=new_deployment(),
            definition_arn=self._launcher.definition(p["taskDefinition"])["taskDefinitionArn"], daemon=daemon,
            desired=int(p.get("desiredCount") or 0),
            minimum_percent=percent.get("minimumHealthyPercent", 0 if daemon else 100),
            maximum_percent=percent.get("maximumPercent", 100 if daemon else 200),
            load_balancers=p.get("loadBalancers") or [], network=p.get("networkConfiguration"))
        with self._ledger.changed:
            self._ledger.services[record.cluster, record.name] = record
            self._ledger.changed.notify_all()
            answer["service"] = service_view(self._ledger, record, made)
        return json_answer("ecs", answer)

    def update_service(self, request: Request, upstream: Answer) -> Answer:
        p, answer = request.parameters, upstream.json()
        with self._ledger.changed:
            record = self._ledger.services[cluster_name(p), str(p["service"]).rpartition("/")[2]]
            percent = p.get("deploymentConfiguration") or {}
            record.minimum_percent = percent.get("minimumHealthyPercent", record.minimum_percent)
            record.maximum_percent = percent.get("maximumPercent", record.maximum_percent)
            if p.get("desiredCount") is not None:
                record.desired = int(p["desiredCount"])
            if p.get("taskDefinition"):
                record.definition_arn = self._launcher.definition(p["taskDefinition"])["taskDefinitionArn"]
            if p.get("taskDefinition") or p.get("forceNewDeployment"):
                record.deployment_id = new_deployment()
            self._ledger.changed.notify_all()
            answer["service"] = service_view(self._ledger, record, answer["service"])
        return json_answer("ecs", answer)

    def delete_service(self, request: Request, upstream: Answer) -> Answer:
        p, answer = request.parameters, upstream.json()
        with self._ledger.changed:
            record = self._ledger.services[cluster_name(p), str(p["service"]).rpartition("/")[2]]
            record.active = False
            self._ledger.changed.notify_all()
            draining = bool(self._ledger.tasks_of(record))
            answer["service"] = {**service_view(self._ledger, record, answer["service"]),
                                 "status": "DRAINING" if draining else "INACTIVE"}
        return json_answer("ecs", answer)

    def describe_services(self, request: Request, upstream: Answer) -> Answer:
        if len(request.parameters.get("services") or []) > 10:
            return error_answer("ecs", "InvalidParameterException", "Services cannot have more than 10 elements.")
        answer = upstream.json()
        with self._ledger.changed:
            for index, base in enumerate(answer["services"]):
                key = cluster_name(request.parameters), base["serviceName"]
                if key in self._ledger.services:
                    answer["services"][index] = service_view(self._ledger, self._ledger.services[key], base)
        return json_answer("ecs", answer)

    def register_container_instance(self, request: Request, upstream: Answer) -> Answer:
        p, answer = request.parameters, upstream.json()
        made = answer["containerInstance"]
        total = {r["name"]: r.get("integerValue", 0) for r in p.get("totalResources") or []}
        instance = Instance(made["containerInstanceArn"], made["ec2InstanceId"], cluster_name(p),
                            total.get("CPU", 4096), total.get("MEMORY", 7482))
        with self._ledger.changed:
            self._ledger.instances[instance.arn] = instance
            self._ledger.changed.notify_all()
            answer["containerInstance"] = instance_view(self._ledger, instance, made)
        return json_answer("ecs", answer)

    def describe_container_instances(self, request: Request, upstream: Answer) -> Answer:
        return self._instances(request, upstream, lambda _: None)

    def update_container_instances_state(self, request: Request, upstream: Answer) -> Answer:
        names, status = request.parameters.get("containerInstances") or [], request.parameters.get("status", "")
        if len(names) > 10:
            return error_answer("ecs", "InvalidParameterException", "instanceIds can have at most 10 items.")

        def change(instance: Instance) -> None:
            instance.status = status
        return self._instances(request, upstream, change)

    def _instances(self, request: Request, upstream: Answer, act: Callable[[Instance], None]) -> Answer:
        seen = upstream.json().get("containerInstances", []) if upstream.ok else []
        bases = {base["containerInstanceArn"]: base for base in seen}
        found, failures = [], []
        with self._ledger.changed:
            for name in request.parameters.get("containerInstances") or []:
                instance = self._ledger.find_instance(cluster_name(request.parameters), name)
                if instance is None or instance.status == "INACTIVE":
                    failures.append({"arn": instance.arn if instance else name,
                                     "reason": "INACTIVE" if instance else "MISSING"})
                    continue
                act(instance)
                base = bases.get(instance.arn, {"containerInstanceArn": instance.arn,
                                                "ec2InstanceId": instance.ec2_instance_id})
                found.append(instance_view(self._ledger, instance, base))
            self._ledger.changed.notify_all()
        return json_answer("ecs", {"containerInstances": found, "failures": failures})

    def deregister_container_instance(self, request: Request, upstream: Answer) -> Answer:
        answer = upstream.json()
        with self._ledger.changed:
            arn = answer["containerInstance"]["containerInstanceArn"]
            if arn in self._ledger.instances:
                self._ledger.instances[arn].status = "INACTIVE"
            answer["containerInstance"]["status"] = "INACTIVE"
            self._ledger.changed.notify_all()
        return json_answer("ecs", answer)

    def describe_clusters(self, request: Request, upstream: Answer) -> Answer:
        answer = upstream.json()
        with self._ledger.changed:
            for cluster in answer.get("clusters", []):
                name = cluster["clusterName"]
                tasks = [t for t in self._ledger.tasks.values() if t.live and t.task.cluster == name]
                cluster |= {
                    "registeredContainerInstancesCount": sum(
                        i.cluster == name and i.status != "INACTIVE" for i in self._ledger.instances.values()),
                    "runningTasksCount": sum(t.last_status != "PENDING" for t in tasks),
                    "pendingTasksCount": sum(t.last_status == "PENDING" for t in tasks),
                    "activeServicesCount": sum(
                        s.cluster == name and s.active for s in self._ledger.services.values())}
        return json_answer("ecs", answer)
