"""What may go wrong around the agent while it works: nothing crashes, nothing is lost, each is counted.

The tests share one world and one agent, and leave both whole.
"""

import time

import pytest

from hakoban_world.run import wait_for
from hakoban_world.scenario import talker

CHANGING = {"UpdateContainerInstancesState", "StopTask", "DeregisterTargets", "PutObject"}


class Place:
    def __init__(self, world, binary):
        self.world = world
        self.binary = binary
        world.scenario.service("steady", world.scenario.define("steady", talker("main")), count=1)
        world.aws.wait_for_tasks("the steady service")
        self.agent = world.host.agent(binary, "faults", {"notices.poll_interval": "200ms"})

    def counted(self, name, **labels):
        return self.agent.scrape().sum(name, **labels)

    def failed_calls(self, service):
        page = self.agent.scrape()
        return page.sum("hakoban_aws_requests_total", service=service) - \
            page.sum("hakoban_aws_requests_total", service=service, outcome="ok")

    def complete_and_single(self):
        """All that was said so far is in S3; and no line of it twice."""
        spoken = self.world.spoken()
        self.world.wait_shipped(spoken)
        recount = self.world.recount()
        doubled = {key: len(lines) - len(set(lines)) for key, lines in recount.lines.items()}
        assert recount.faults == [] and not any(doubled.values()), doubled


@pytest.fixture(scope="module")
def place(make_world, agent_binary):
    place = Place(make_world(), agent_binary)
    place.agent.start()
    return place


@pytest.fixture(autouse=True)
def whole_again(place):
    yield
    place.world.aws.faults.clear()
    place.world.host.imds.mend()
    place.world.host.imds.withdraw()
    place.agent.check_alive()


@pytest.mark.parametrize("kind", ["500", "garbage", "hang", "drop"])
def test_broken_metadata_is_counted_and_is_no_notice(place, kind):
    imds = place.world.host.imds
    before = place.counted("hakoban_notice_poll_failures_total")
    imds.break_with(kind)
    wait_for(f"failed polls to be counted ({kind})",
             lambda: place.counted("hakoban_notice_poll_failures_total") > before, timeout=15)
    imds.mend()
    asked = len([a for a in imds.asked("/latest/meta-data/spot") if a.status == 404])
    wait_for("polls to succeed again",
             lambda: len([a for a in imds.asked("/latest/meta-data/spot") if a.status == 404]) > asked + 2, timeout=15)
    assert place.counted("hakoban_notices_total") == 0
    assert place.world.host.status() == "ACTIVE"


def test_an_expired_metadata_token_is_replaced_and_the_call_made_once_more(place):
    imds = place.world.host.imds
    failures = place.counted("hakoban_notice_poll_failures_total")
    refused = len([a for a in imds.asked("/latest/") if a.status == 401])
    imds.expire_tokens()
    wait_for("a refused call", lambda: len([a for a in imds.asked("/latest/") if a.status == 401]) > refused)
    time.sleep(0.6)
    assert place.counted("hakoban_notice_poll_failures_total") == failures, "a renewed token is no failure"
    since = [a for a in imds.asked("/latest/") if a.status == 401]
    assert len(since) - refused <= 3, "a refused token is not used again"


def test_expired_role_credentials_are_fetched_anew(place):
    world = place.world
    old = world.host.credentials()["AccessKeyId"]
    world.host.rotate_credentials()
    world.aws.overlay.expire(old)
    new = world.host.credentials()["AccessKeyId"]
    wait_for("a call with the new key", lambda: [c for c in world.aws.calls(access_key=new) if c.status == 200])
    place.complete_and_single()


def test_odd_answers_of_aws_delay_the_knowledge_of_a_task_and_no_more(place):
    """HTML, XML where JSON was due, half a JSON, throttling and a lost connection on the way to one new service."""
    faults, world = place.world.aws.faults, place.world
    failed = place.failed_calls("ecs")
    rules = [faults.add(kind, service="ecs", action="Describe*", times=2, **more) for kind, more in (
        ("html_500", {}), ("garbage", {"body": b"<Response><Error>no JSON</Error></Response>"}), ("garbage", {}),
        ("throttle", {}), ("reset", {}))]
    elb = faults.add("garbage", service="elasticloadbalancing", action="Describe*", times=2,
                     body=b"<!doctype html><html>")
    group = world.aws.add_target_group("odd", delay=1)
    world.scenario.service("odd-service", world.scenario.define("odd", talker("app", serve=True)), group=group)
    world.aws.wait_for_tasks("the odd service", service="odd-service")
    wait_for("all the odd answers to be given", lambda: all(rule.hits == 2 for rule in [*rules, elb]), timeout=45)
    wait_for("the service's name on the page", lambda: place.agent.scrape().all(
        "container_start_time_seconds", ecs_service="odd-service", ecs_task_family="odd"), timeout=45)
    assert place.failed_calls("ecs") - failed >= 5
    assert place.counted("hakoban_aws_unreadable_answers_total", service="ecs") == 4
    assert place.counted("hakoban_aws_unreadable_answers_total") == 6, "with those of the load balancers"
    assert place.counted("hakoban_aws_throttles_total", service="ecs") >= 2
    assert place.agent.health() == 200
    place.complete_and_single()
    assert {key[:2] for key in world.recount().lines} >= {("odd-service", "app"), ("steady", "main")}
    assert not [key for key in world.recount().lines if key[0] == "odd"], "no line under the family of a service's task"


def test_an_s3_that_refuses_for_a_while_loses_nothing(place):
    faults, world = place.world.aws.faults, place.world
    failed = place.failed_calls("s3")
    lost_answer = faults.add("reset", service="s3", action="PutObject", times=2, after_call=True)
    wait_for("two stored objects whose answer was lost", lambda: lost_answer.hits == 2)
    refusing = faults.add("slow_down", service="s3", action="PutObject")
    wait_for("several refusals", lambda: refusing.hits >= 4)
    time.sleep(2)
    assert place.agent.health() == 200
    seen = {key: len(lines) for key, lines in world.recount().lines.items()}
    faults.clear()
    place.complete_and_single()
    assert place.failed_calls("s3") - failed >= 6
    assert sum(len(lines) for lines in world.recount().lines.values()) > sum(seen.values())


def test_a_stop_while_s3_refuses_ends_in_time_and_the_next_start_ships_the_rest(place):
    refusing = place.world.aws.faults.add("slow_down", service="s3", action="PutObject")
    wait_for("refusals", lambda: refusing.hits >= 2)
    seconds, code = place.agent.terminate()
    assert code == 0 and seconds < 10
    print(f"SIGTERM to end with S3 refusing: {seconds:.2f} s")
    place.world.aws.faults.clear()
    place.agent.restart()
    place.complete_and_single()


def test_a_dry_run_changes_nothing(place):
    world = place.world
    place.agent.terminate()
    calls = len(world.calls_of_agents())
    dry = world.host.agent(place.binary, "dry", arguments=["--dry-run"], by_file=True)
    dry.start()
    world.host.imds.spot_notice()
    wait_for("the dry run to say what it would do", lambda: [line for line in dry.log()
             if line["event"].startswith("dry run: would")], timeout=20)
    time.sleep(2)
    made = {c.action for c in world.calls_of_agents()[calls:]}
    assert made and made & CHANGING == set()
    assert world.host.status() == "ACTIVE"
    assert dry.terminate()[1] == 0
    world.host.imds.withdraw()
    place.agent.restart()
    place.complete_and_single()
