"""Short words for what tests and the demo set up: container definitions, services, batch jobs. Plain boto3 below."""

from .chatter import numbered
from .engine import IMAGE

WEB_PORT = 80


def talker(name, who=None, *, pause=0.05, count=0, serve=False, **more):
    """A container definition whose container numbers its lines as `who`; with `serve` it is a web server, too."""
    script = numbered(who or name, count=count, pause=pause, serve=WEB_PORT if serve else 0)
    ports = {"portMappings": [{"containerPort": WEB_PORT, "protocol": "tcp"}]} if serve else {}
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", script], "cpu": 64, "memory": 64, "essential": True,
            **ports, **more}


def sleeper(name, **more):
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.2; done"],
            "cpu": 16, "memory": 32, "essential": True, **more}


class Scenario:
    def __init__(self, aws, cluster):
        self.aws, self.ecs, self.cluster = aws, aws.client("ecs"), cluster

    def define(self, family, *containers, **more):
        made = self.ecs.register_task_definition(family=family, containerDefinitions=list(containers), **more)
        return made["taskDefinition"]["taskDefinitionArn"]

    def service(self, name, definition, *, count=1, group=None, container="app", daemon=False, awsvpc=False, **more):
        """`group`: the ARN of a target group that `container` serves."""
        wanted = {"cluster": self.cluster, "serviceName": name, "taskDefinition": definition, "launchType": "EC2", **more}
        wanted |= {"schedulingStrategy": "DAEMON"} if daemon else {"desiredCount": count}
        if group:
            wanted["loadBalancers"] = [{"targetGroupArn": group, "containerName": container, "containerPort": WEB_PORT}]
        if awsvpc:
            ec2 = self.aws.client("ec2")
            wanted["networkConfiguration"] = {"awsvpcConfiguration": {
                "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
                "securityGroups": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]]}}
        return self.ecs.create_service(**wanted)["service"]["serviceArn"]

    def batch(self, definition, count=1, **more):
        """ARNs of the tasks that RunTask started."""
        answer = self.ecs.run_task(cluster=self.cluster, taskDefinition=definition, count=count, launchType="EC2", **more)
        if answer["failures"]:
            raise AssertionError(f"RunTask of {definition}: {answer['failures']}")
        return [task["taskArn"] for task in answer["tasks"]]
