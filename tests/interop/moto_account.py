"""An account in moto's server with signature checks and IAM on, a role that may do what the adapters ask, and that role's credentials on a
container endpoint of our own."""

import contextlib
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import boto3

REGION = "eu-west-1"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
POLICY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["ecs:*", "elasticloadbalancing:*"], "Resource": "*"},
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/allowed/*"},
]}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def moto_server(log):
    """moto's server, once it answers."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None and time.monotonic() < deadline, "moto's server does not come up"
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).read()
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def container_endpoint(credentials):
    """Serves a role's credentials as the ECS agent does, to who brings the authorization token "let-me-in"."""
    answer = json.dumps({
        "AccessKeyId": credentials["AccessKeyId"], "SecretAccessKey": credentials["SecretAccessKey"],
        "Token": credentials["SessionToken"], "Expiration": credentials["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    }).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            allowed = self.headers["Authorization"] == "let-me-in"
            self.send_response(200 if allowed else 403)
            self.send_header("Content-Length", str(len(answer) if allowed else 0))
            self.end_headers()
            if allowed:
                self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/role"
    finally:
        server.shutdown()
        server.server_close()


class Account:
    """What boto3 sets up before signatures count, and sees afterwards as the administrator."""

    def __init__(self, url):
        self.url = url
        setup = boto3.Session("setup", "setup", region_name=REGION)
        iam = setup.client("iam", endpoint_url=url)
        iam.create_user(UserName="admin")
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        iam.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=json.dumps(everything))
        key = iam.create_access_key(UserName="admin")["AccessKey"]
        role = iam.create_role(RoleName="agent", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        iam.put_role_policy(RoleName="agent", PolicyName="least", PolicyDocument=json.dumps(POLICY))
        self.session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
        sts = self.session.client("sts", endpoint_url=url)
        self.role_credentials = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="agent")["Credentials"]
        self._build(setup)
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset-auth", data=b"0", method="POST",
                                                      headers={"Content-Type": "text/plain"})).read()

    def client(self, service):
        return self.session.client(service, endpoint_url=self.url)

    def _build(self, setup):
        ec2, ecs, elb, s3 = (setup.client(name, endpoint_url=self.url) for name in ("ec2", "ecs", "elbv2", "s3"))
        s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": REGION})
        ecs.create_cluster(clusterName="prod")
        image = ec2.describe_images()["Images"][0]["ImageId"]
        self.instance_id = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        document = json.dumps({"instanceId": self.instance_id, "region": REGION})
        registered = ecs.register_container_instance(cluster="prod", instanceIdentityDocument=document)
        self.container_instance = registered["containerInstance"]["containerInstanceArn"]
        self.definition = ecs.register_task_definition(family="web", containerDefinitions=[
            {"name": "app", "image": "busybox", "cpu": 1, "memory": 8, "stopTimeout": 20},
            {"name": "sidecar", "image": "busybox", "cpu": 1, "memory": 8},
        ])["taskDefinition"]["taskDefinitionArn"]
        self.task = ecs.run_task(cluster="prod", taskDefinition="web:1", count=1, group="family:web",
                                 tags=[{"key": "team", "value": "web"}])["tasks"][0]["taskArn"]
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        self.group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance")["TargetGroups"][0]["TargetGroupArn"]
        elb.modify_target_group_attributes(TargetGroupArn=self.group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "7"}])
        ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web:1", desiredCount=3,
                           loadBalancers=[{"targetGroupArn": self.group, "containerName": "app", "containerPort": 80}])
        elb.register_targets(TargetGroupArn=self.group, Targets=[{"Id": self.instance_id, "Port": 32768}])
