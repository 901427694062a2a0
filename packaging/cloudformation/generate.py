#!/usr/bin/env python3
"""Prints the CloudFormation template of one cluster's hakoban: agent on every host, coordinator, queue, log bucket, roles.

Made of packaging/iam and packaging/ecs, so that neither is written twice: generate.py > hakoban.template.json
(a test tells when that file is not current).
"""

import json
import pathlib
import re

PACKAGING = pathlib.Path(__file__).resolve().parents[1]
# Our policies' placeholders, in CloudFormation's words.
PLACEHOLDERS = {"Partition": "${AWS::Partition}", "Region": "${AWS::Region}", "Account": "${AWS::AccountId}",
                "LogBucket": "${LogBucket}", "LeaseTable": "${LeaseTable}", "Queue": "${Queue.QueueName}",
                "Bucket": "${LogBucket}", "Groups": "${GroupPattern}", "LeaseKey": "leases/${Cluster}",
                "TaskStatusPrefix": "oneshot", "DecisionsPrefix": "decisions"}
HOUR, DAY = 3600, 86400


def sub(text):
    """Fn::Sub where there is something to substitute."""
    return {"Fn::Sub": text} if "${" in text else text


def ref(name):
    return {"Ref": name}


def att(name, attribute):
    return {"Fn::GetAtt": [name, attribute]}


def policy(name):
    def filled(value):
        if isinstance(value, dict):
            return {filled_key(key): filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        if isinstance(value, str):
            return sub(re.sub(r"\$\{(\w+)\}", lambda m: PLACEHOLDERS.get(m[1], "${" + m[1] + "}"), value))
        return value

    def filled_key(key):
        assert "${" not in key, f"{name}: a placeholder in the key {key} cannot be substituted"
        return key
    return filled(json.loads((PACKAGING / f"iam/{name}.json").read_text()))


def role(service, *policies, managed=()):
    return {"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]},
        **({"ManagedPolicyArns": [sub(m) for m in managed]} if managed else {}),
        **({"Policies": [{"PolicyName": p, "PolicyDocument": policy(p)} for p in policies]} if policies else {})}}


def capital(name):
    return name[0].upper() + name[1:]


def task_definition(name, role_name, environment):
    """packaging/ecs's file in CloudFormation's spelling, with this stack's names in place of the examples."""
    def spelled(value):
        if isinstance(value, dict):
            return {capital(key): spelled(item) for key, item in value.items()}
        return [spelled(item) for item in value] if isinstance(value, list) else value

    source = json.loads((PACKAGING / f"ecs/{name}.json").read_text())
    container = source["containerDefinitions"][0]
    fixed = [item for item in container["environment"] if item["name"].startswith("HAKOBAN_PATH_")]
    container["environment"] = [*fixed, *({"name": key, "value": value} for key, value in environment.items())]
    labels = container.pop("dockerLabels", None)
    options = container.get("logConfiguration", {}).pop("options", None)
    properties = spelled(source)
    made = properties["ContainerDefinitions"][0]
    made["Image"] = ref("Image")
    if labels:
        made["DockerLabels"] = labels
    if options:
        made["LogConfiguration"]["Options"] = options
    properties["Family"] = {"Fn::Sub": f"{name}-${{Cluster}}"}
    properties["TaskRoleArn"], properties["ExecutionRoleArn"] = att(role_name, "Arn"), att("ExecutionRole", "Arn")
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}


def rule(description, source, detail_type, detail=None):
    pattern = {"source": [source], "detail-type": [detail_type], **({"detail": detail} if detail else {})}
    return {"Type": "AWS::Events::Rule", "Properties": {
        "Description": description, "EventPattern": pattern,
        "Targets": [{"Id": "hakoban", "Arn": att("Queue", "Arn")}]}}


def parameters():
    return {
        "Cluster": {"Type": "String", "Description": "Name of the ECS cluster, which exists already."},
        "Image": {"Type": "String", "Description": "The image of hakoban, agent and coordinator in one."},
        "Pools": {"Type": "CommaDelimitedList", "Description": "Names of Auto Scaling groups and ids of Spot Fleet requests that feed the cluster, in the order in which they grow."},
        "GroupPattern": {"Type": "String", "Default": "*",
                         "Description": "Names of the Auto Scaling groups that the coordinator may size, as IAM's pattern: my-cluster-*."},
        "LogPrefix": {"Type": "String", "Default": "containers", "Description": "Below it the log objects stand in the bucket."},
        "LogDays": {"Type": "Number", "Default": 400, "MinValue": 1, "Description": "Log objects are deleted after so many days."},
        "CoordinatorLaunchType": {"Type": "String", "Default": "FARGATE", "AllowedValues": ["FARGATE", "EC2"],
                                  "Description": "Where the coordinator runs. On Fargate the cluster may shrink to nothing."},
        "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>", "Description": "Of the coordinator."},
        "SecurityGroups": {"Type": "List<AWS::EC2::SecurityGroup::Id>",
                           "Description": "Of the coordinator: out to AWS, and in from Prometheus on 9421."},
        "AssignPublicIp": {"Type": "String", "Default": "DISABLED", "AllowedValues": ["ENABLED", "DISABLED"]},
    }


def storage():
    return {
        "LogBucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": {
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True,
                                               "IgnorePublicAcls": True, "RestrictPublicBuckets": True},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "LifecycleConfiguration": {"Rules": [
                {"Id": "expire", "Status": "Enabled", "ExpirationInDays": ref("LogDays")},
                {"Id": "infrequent", "Status": "Enabled", "ObjectSizeGreaterThan": "131072",
                 "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 30}]}]}}},
        "LeaseTable": {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete", "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "cluster", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "cluster", "KeyType": "HASH"}]}},
    }


def queue():
    """One queue: hako's notices by SNS, EC2's, Auto Scaling's and ECS's events by EventBridge. Old ones say nothing."""
    mine = {"clusterArn": [sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:cluster/${Cluster}")]}
    return {
        "Queue": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete", "Properties": {
            "MessageRetentionPeriod": HOUR, "SqsManagedSseEnabled": True, "ReceiveMessageWaitTimeSeconds": 20, "VisibilityTimeout": 60}},
        "HakoTopic": {"Type": "AWS::SNS::Topic", "Properties": {
            "Subscription": [{"Protocol": "sqs", "Endpoint": att("Queue", "Arn")}]}},
        "QueuePolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [ref("Queue")], "PolicyDocument": {
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": att("Queue", "Arn"),
                 "Principal": {"Service": "sns.amazonaws.com"}, "Condition": {"ArnEquals": {"aws:SourceArn": ref("HakoTopic")}}},
                {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": att("Queue", "Arn"),
                 "Principal": {"Service": "events.amazonaws.com"}, "Condition": {"ArnLike": {
                     "aws:SourceArn": sub("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*")}}}]}}},
        "SpotWarnings": rule("Spot warnings, for hosts whose agent does not answer", "aws.ec2", "EC2 Spot Instance Interruption Warning"),
        "RebalanceRecommendations": rule("Rebalance recommendations", "aws.ec2", "EC2 Instance Rebalance Recommendation"),
        "TerminateHooks": rule("Hosts that wait in a lifecycle hook", "aws.autoscaling", "EC2 Instance-terminate Lifecycle Action"),
        "PlacementFailures": rule("Services of this cluster that find no room: seen before the next look at all of them",
                                  "aws.ecs", "ECS Service Action", {"eventName": ["SERVICE_TASK_PLACEMENT_FAILURE"], **mine}),
        "TaskStates": rule("Task states of this cluster, for hako oneshot", "aws.ecs", "ECS Task State Change", mine),
    }


def programs():
    coordinator = {"HAKOBAN_CLUSTER": ref("Cluster"), "HAKOBAN_POOLS": {"Fn::Join": [",", ref("Pools")]},
                   "HAKOBAN_QUEUE_URL": ref("Queue"), "HAKOBAN_LEASE_STORE": sub("dynamodb://${LeaseTable}"),
                   "HAKOBAN_TASK_STATUS_DESTINATION": sub("s3://${LogBucket}/oneshot"),
                   "HAKOBAN_DECISIONS_DESTINATION": sub("s3://${LogBucket}/decisions"), "AWS_REGION": ref("AWS::Region")}
    return {
        "ExecutionRole": role("ecs-tasks.amazonaws.com",
                              managed=["arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]),
        "AgentRole": role("ecs-tasks.amazonaws.com", "hakoban-agent"),
        "AgentTask": task_definition("hakoban-agent", "AgentRole", {
            "HAKOBAN_LOGS_DESTINATION": sub("s3://${LogBucket}/${LogPrefix}")}),
        "AgentService": {"Type": "AWS::ECS::Service", "Properties": {
            "Cluster": ref("Cluster"), "TaskDefinition": ref("AgentTask"), "LaunchType": "EC2", "SchedulingStrategy": "DAEMON",
            "DeploymentConfiguration": {"MinimumHealthyPercent": 0, "MaximumPercent": 100}}},
        "CoordinatorRole": role("ecs-tasks.amazonaws.com", "hakoban-coordinator"),
        "CoordinatorTask": task_definition("hakoban-coordinator", "CoordinatorRole", coordinator),
        "CoordinatorService": {"Type": "AWS::ECS::Service", "Properties": {
            "Cluster": ref("Cluster"), "TaskDefinition": ref("CoordinatorTask"), "LaunchType": ref("CoordinatorLaunchType"),
            "DesiredCount": 2, "DeploymentConfiguration": {"MinimumHealthyPercent": 50, "MaximumPercent": 200},
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ref("Subnets"), "SecurityGroups": ref("SecurityGroups"),
                                                             "AssignPublicIp": ref("AssignPublicIp")}}}},
    }


def template():
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "hakoban for one ECS cluster: the agent on every container instance, two coordinators of which one acts, and what they need.",
        "Parameters": parameters(),
        "Resources": {**storage(), **queue(), **programs()},
        "Outputs": {"HakoTopic": {"Description": "Where hako oneshot publishes a RunTask that found no room.", "Value": ref("HakoTopic")},
                    "LogBucket": {"Value": ref("LogBucket")}, "Queue": {"Value": ref("Queue")}},
    }


if __name__ == "__main__":
    print(json.dumps(template(), indent=2))
