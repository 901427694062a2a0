"""What the world's service scheduler decides, case by case."""

import pytest
from hakoban_world.ledger import Instance, Needs, ServiceRecord, TaskRecord
from hakoban_world.model import WorldTask
from hakoban_world.scheduler import plan_daemons, plan_replicas


def task(host, status="RUNNING", deployment="new", **more):
    made = WorldTask(arn=f"{host}-{id(more)}", id="t", cluster="c", family="f", revision=1, group="service:s",
                     started_by=deployment, container_instance_arn=host, containers=())
    return TaskRecord(made, "f:1", Needs(1, 1), {}, service="s", last_status=status, **more)


def service(desired, minimum=100, maximum=200, **more):
    return ServiceRecord("s", "arn", "c", "f:1", "new", desired, minimum_percent=minimum, maximum_percent=maximum,
                         **more)


@pytest.mark.parametrize("name, record, tasks, starts, stops", [
    ("starts_what_is_missing", service(3), [task("a")], 2, 0),
    ("counts_a_pending_task", service(1), [task("a", "PENDING")], 0, 0),
    ("replaces_before_it_moves", service(2), [task("old"), task("old")], 2, 0),
    ("moves_when_the_replacement_runs", service(2), [task("old"), task("old"), task("a"), task("a")], 0, 2),
    ("moves_one_if_one_replacement_runs", service(2),
     [task("old"), task("old"), task("a"), task("a", "PENDING")], 0, 1),
    ("a_pending_task_on_a_draining_instance_goes_at_once", service(1), [task("old", "PENDING")], 1, 1),
    ("stops_down_to_the_minimum", service(4, minimum=50, maximum=100), [task("old")] * 4, 0, 2),
    ("never_above_the_maximum", service(4, minimum=50, maximum=125), [task("old")] * 4, 1, 2),
    ("scales_in", service(1), [task("a"), task("a"), task("a")], 0, 2),
    ("scales_to_zero", service(0), [task("a"), task("old")], 0, 2),
    ("an_older_deployment_moves_too", service(1), [task("a", deployment="old"), task("a")], 0, 1),
    ("a_stopping_task_is_replaced_at_once", service(1), [task("a", desired_status="STOPPED")], 1, 0),
    ("a_protected_task_stays", service(1), [task("old", protected=True), task("a")], 0, 0),
])
def test_replicas(name, record, tasks, starts, stops):
    plan = plan_replicas(record, tasks, {"a"})
    assert (plan.start, len(plan.stop)) == (starts, stops), name


@pytest.mark.parametrize("name, tasks, busy, starts, stops", [
    ("starts_one_on_each_active_instance", [], set(), ["a", "b"], 0),
    ("leaves_the_one_that_runs", [task("a"), task("b")], set(), [], 0),
    ("stays_on_a_draining_instance_with_replicas", [task("a"), task("b"), task("old")], {"old"}, [], 0),
    ("leaves_a_draining_instance_when_alone", [task("a"), task("b"), task("old")], set(), [], 1),
    ("an_older_deployment_ends_before_the_new_one_starts", [task("a", deployment="old"), task("b")], set(), [], 1),
])
def test_daemons(name, tasks, busy, starts, stops):
    active = [Instance(arn, "i", "c", 1, 1) for arn in ("a", "b")]
    plan = plan_daemons(service(0, daemon=True), tasks, active, busy)
    assert ([i.arn for i in plan.start_on], len(plan.stop)) == (starts, stops), name
