"""A container instance without containers: it obeys at once, or when told. For tests of the AWS side alone."""

import json

from hakoban_world.metadata import identity_document
from hakoban_world.model import Binding, ContainerReport


class MemoryHost:
    """Tasks run as soon as they are started; `slow_start` and `slow_stop` keep them PENDING or STOPPING until told."""

    def __init__(self, aws, cluster, *, cpu=1024, memory=1024, ec2_instance_id=None):
        self.ec2_instance_id = ec2_instance_id or aws.launch_instance()
        self.task_changed = None
        self.slow_start = self.slow_stop = False
        self.started, self.stops = {}, []
        self._next_port = 32768
        resources = [{"name": n, "type": "INTEGER", "integerValue": v} for n, v in (("CPU", cpu), ("MEMORY", memory))]
        answer = aws.client("ecs").register_container_instance(
            cluster=cluster, totalResources=resources, instanceIdentityDocumentSignature="signed-by-the-world",
            instanceIdentityDocument=json.dumps(identity_document(self.ec2_instance_id)))
        self.container_instance_arn = answer["containerInstance"]["containerInstanceArn"]
        aws.add_host(self)

    def start(self, task):
        self.started[task.arn] = task
        if not self.slow_start:
            self.run(task.arn)

    def stop(self, task_arn, reason):
        self.stops.append(task_arn)
        if not self.slow_stop:
            self.end(task_arn, 143)
        else:
            self._tell(task_arn, "STOPPING", "RUNNING")

    def run(self, task_arn):
        self._tell(task_arn, "RUNNING", "RUNNING")

    def end(self, task_arn, exit_code):
        self._tell(task_arn, "STOPPED", "STOPPED", exit_code)

    def _tell(self, task_arn, task_status, container_status, exit_code=None):
        reports = []
        for container in self.started[task_arn].containers:
            bindings = []
            for mapping in container.port_mappings:
                self._next_port += 1
                bindings.append(Binding(mapping.container_port, mapping.host_port or self._next_port))
            reports.append(
                ContainerReport(container.name, container_status, exit_code, f"{container.name}-id", bindings))
        self.task_changed(task_arn, task_status, reports)
