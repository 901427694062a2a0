"""The fleet's size: what the coordinator sees, wants and does."""

from .parts import GREEN, ORANGE, RED, graph, new_dashboard, number, rise, row, variable

IN = 'ecs_cluster=~"$cluster"'
POOL = IN + ', pool=~"$pool"'
RATE = "[$__rate_interval]"


def build():
    made = new_dashboard("hakoban-coordinator", "hakoban / Coordinator", "The size of the fleet: what the coordinator sees, decides and does.", [
        variable("cluster", "Cluster", "label_values(hakoban_cluster_instances, ecs_cluster)"),
        variable("pool", "Pool", f"label_values(hakoban_fleet_units{{{IN}}}, pool)"),
    ])
    now(made)
    demand(made)
    decisions(made)
    machinery(made)
    return made.build()


def now(made):
    made.with_row(row("Now"))
    for panel in (
        number("Hosts, ACTIVE", f'sum(hakoban_cluster_instances{{{IN}, state="active"}})'),
        number("Hosts, DRAINING", f'sum(hakoban_cluster_instances{{{IN}, state="draining"}})', steps=((None, GREEN), (1, ORANGE))),
        number("Hosts, agent disconnected", f'sum(hakoban_cluster_instances{{{IN}, state="disconnected"}})', steps=((None, GREEN), (1, ORANGE))),
        number("Tasks without room", f'sum(hakoban_fleet_demand_tasks{{{IN}, of="without_room"}})', steps=((None, GREEN), (1, RED))),
        number("Coordinators that may act", f"sum(hakoban_lease_held{{{IN}}})", steps=((None, RED), (1, GREEN))),
        number("Seen last", f"max(time() - hakoban_cluster_observed_timestamp_seconds{{{IN}}})", "s", steps=((None, GREEN), (60, ORANGE), (180, RED)),
               description="A cluster that was not seen lately is never made smaller."),
    ):
        made.with_panel(panel)


def demand(made):
    made.with_row(row("What is there, and what is wanted"))
    for panel in (
        graph("Hosts by state", (f"sum by (state) (hakoban_cluster_instances{{{IN}}})", "{{state}}")),
        graph("Units of a pool", (f"sum by (pool, of) (hakoban_fleet_units{{{POOL}}})", "{{pool}}: {{of}}"),
              description="Target, in flight, and what the hour's policy allows: min and max."),
        graph("Booked share of the ACTIVE hosts, by pool", (f"max by (pool, resource) (hakoban_fleet_reservation_ratio{{{POOL}}})", "{{pool}}: {{resource}}"),
              unit="percentunit", most=1),
        graph("Booked share of the ACTIVE hosts, whole cluster", (f"max by (ecs_cluster, resource) (hakoban_cluster_reservation_ratio{{{IN}}})",
                                                                 "{{ecs_cluster}}: {{resource}}"), unit="percentunit", most=1),
        graph("Tasks that want room", (f"sum by (of) (hakoban_fleet_demand_tasks{{{IN}}})", "{{of}}"),
              description="Short: of services. Waiting: RunTasks that were refused. Without room: of both, on the hosts there are."),
        graph("Tasks that services miss", (f"sum by (ecs_cluster) (hakoban_cluster_missing_tasks{{{IN}}})", "{{ecs_cluster}}")),
    ):
        made.with_panel(panel)


def decisions(made):
    made.with_row(row("What is decided and done"))
    for panel in (
        graph("Decided, by pool and action", (rise("pool, action", "hakoban_fleet_actions_decided_total", POOL), "{{pool}}: {{action}}"), bars=True,
              description="Grow counts units, the others hosts."),
        graph("Done, by action and outcome", (rise("action, outcome", "hakoban_fleet_actions_total", IN), "{{action}}: {{outcome}}"), bars=True),
        graph("Times that the size was decided, and held for want of sight", (f"sum(rate(hakoban_fleet_decisions_total{{{IN}}}{RATE})) * 60", "decided"),
              (f"sum(rate(hakoban_fleet_holds_total{{{IN}}}{RATE})) * 60", "held"), unit="suffix: /min"),
        graph("Messages of the queue, by kind", (rise("kind", "hakoban_queue_messages_total", IN), "{{kind}}"), bars=True),
    ):
        made.with_panel(panel)


def machinery(made):
    made.with_row(row("The coordinator itself"))
    for panel in (
        graph("Time of a look at the cluster", (f"max by (part) (hakoban_cluster_observation_seconds{{{IN}}})", "{{part}}"), unit="s", width=8),
        graph("Looks that failed", (f"sum by (part) (increase(hakoban_cluster_observation_failures_total{{{IN}}}{RATE}))", "{{part}}"), bars=True, width=8),
        graph("Calls to AWS", (f'sum by (service) (rate(hakoban_aws_requests_total{{{IN}}}{RATE}))', "{{service}}"), unit="reqps", width=8),
        graph("Lease: who holds it", (f"max by (instance) (hakoban_lease_held{{{IN}}})", "{{instance}}"), most=1, width=8),
        graph("Lease: lost, and trouble with its record", (f"sum(increase(hakoban_lease_losses_total{{{IN}}}{RATE}))", "lost"),
              (f"sum(increase(hakoban_lease_failures_total{{{IN}}}{RATE}))", "failed"), bars=True, width=8),
        graph("Queue: receives and deletions that failed", (f"sum(increase(hakoban_queue_failures_total{{{IN}}}{RATE}))", "failed"), bars=True, width=8),
    ):
        made.with_panel(panel)
