"""Hosts that have to go: notices, how a drain goes, how much time was left at its end."""

from .parts import GREEN, ORANGE, RED, cluster_variable, graph, listing, new_dashboard, number, rise, row, variable

IN = 'ecs_cluster=~"$cluster", instance=~"$instance"'
RATE = "[$__rate_interval]"


def build():
    made = new_dashboard("hakoban-drain", "hakoban / Drain", "Spot interruptions and other ends of hosts: did all tasks leave in time?", [
        cluster_variable(),
        variable("instance", "Host", 'label_values(hakoban_drain_active{ecs_cluster=~"$cluster"}, instance)'),
    ])
    now(made)
    course(made)
    trouble(made)
    return made.build()


def now(made):
    made.with_row(row("Now"))
    for panel in (
        number("Hosts that drain", f"sum(hakoban_drain_active{{{IN}}})", steps=((None, GREEN), (1, ORANGE))),
        number("Nearest deadline", f"min(hakoban_drain_deadline_timestamp_seconds{{{IN}}} - time())", "s", none="none",
               steps=((None, RED), (30, ORANGE), (60, GREEN))),
        number("Notices, 24 h", "sum(%s) or vector(0)" % rise("kind", "hakoban_notices_total", IN, "24h"), decimals=0),
        number("Drains, 24 h", "sum(%s) or vector(0)" % rise("kind", "hakoban_drains_total", IN, "24h"), decimals=0),
        number("Deadlines missed, 24 h", f"sum(increase(hakoban_drain_missed_deadline_total{{{IN}}}[24h]))", steps=((None, GREEN), (1, RED)), decimals=0),
        number("Stopped while registered, 24 h", f"sum(increase(hakoban_drain_stopped_while_registered_total{{{IN}}}[24h]))",
               steps=((None, GREEN), (1, RED)), decimals=0, description="Tasks that were still a target of a load balancer when they had to be stopped."),
    ):
        made.with_panel(panel)


def course(made):
    made.with_row(row("How drains go"))
    for panel in (
        graph("Slack to the deadline, by step", (f"min by (step) (hakoban_drain_slack_seconds{{{IN}}})", "{{step}}"), unit="s", least=None,
              description="When a step was done, how much time the deadline still left."),
        graph("Seconds from the notice to each step, 90th percentile",
              ("histogram_quantile(0.9, %s)" % rise("le, step", "hakoban_drain_step_seconds_bucket", IN, "6h"), "{{step}}"), unit="s",
              description="Over six hours: a host drains once in its life."),
        graph("Slack at the end of a drain, 10th percentile",
              ("histogram_quantile(0.1, %s)" % rise("le, kind", "hakoban_drain_final_slack_seconds_bucket", IN, "6h"), "{{kind}}"),
              unit="s", least=None, description="Over six hours. Below 0 the deadline was missed."),
        graph("Notices", (rise("kind", "hakoban_notices_total", IN), "{{kind}}"), bars=True),
        graph("Drains that ended", (rise("kind, result", "hakoban_drains_total", IN), "{{kind}}: {{result}}"), bars=True),
        graph("Tasks stopped", (rise("kind, how", "hakoban_drain_tasks_stopped_total", IN), "{{kind}}: {{how}}"), bars=True),
        listing("Hosts that drain", [
            ("Left", f"(hakoban_drain_deadline_timestamp_seconds{{{IN}}} - time()) and on (instance) (hakoban_drain_active{{{IN}}} == 1)", "s"),
        ], by=("instance", "ecs_cluster")),
    ):
        made.with_panel(panel)


def trouble(made):
    made.with_row(row("Trouble"))
    for panel in (
        graph("Calls of drains that failed", (f"sum by (call) (increase(hakoban_drain_api_failures_total{{{IN}}}{RATE}))", "{{call}}"), bars=True),
        graph("Calls of drains that were throttled", (f"sum by (call) (increase(hakoban_drain_throttled_total{{{IN}}}{RATE}))", "{{call}}"), bars=True),
        graph("Polls of instance metadata that failed", (f"sum(rate(hakoban_notice_poll_failures_total{{{IN}}}{RATE}))", "polls"), unit="ops"),
        graph("What should not happen",
              (f"sum(increase(hakoban_drain_registered_again_total{{{IN}}}{RATE}))", "registered again while draining"),
              (f"sum(increase(hakoban_drain_journal_failures_total{{{IN}}}{RATE}))", "journal not written"),
              (f"sum(increase(hakoban_drain_missed_deadline_total{{{IN}}}{RATE}))", "deadline missed"), bars=True),
        graph("Another drainer at work on the same host", (f"max by (with) (hakoban_drain_conflict{{{IN}}})", "{{with}}"), most=1,
              description="ECS's own draining of spot instances, or aws-node-termination-handler: have one only."),
    ):
        made.with_panel(panel)
