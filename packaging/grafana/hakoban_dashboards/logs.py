"""The way of the logs to S3: how far behind, how much, what goes wrong."""

from .parts import GREEN, ORANGE, RED, cluster_variable, graph, new_dashboard, number, row, variable

IN = 'ecs_cluster=~"$cluster", instance=~"$instance"'
RATE = "[$__rate_interval]"


def build():
    made = new_dashboard("hakoban-logs", "hakoban / Logs", "Container logs on their way to the object store.", [
        cluster_variable(),
        variable("instance", "Host", 'label_values(hakoban_logs_lag_seconds{ecs_cluster=~"$cluster"}, instance)'),
    ])
    now(made)
    flow(made)
    speakers(made)
    trouble(made)
    return made.build()


def now(made):
    made.with_row(row("Now"))
    for panel in (
        number("Furthest behind", f"max(hakoban_logs_lag_seconds{{{IN}}})", "s", steps=((None, GREEN), (120, ORANGE), (600, RED)),
               description="How long the oldest byte that is not stored yet has waited."),
        number("Not stored yet", f"sum(hakoban_logs_pending_bytes{{{IN}}})", "bytes"),
        number("Lines per second", f"sum(rate(hakoban_logs_lines_total{{{IN}}}{RATE}))"),
        number("Raw bytes per second", f"sum(rate(hakoban_logs_bytes_total{{{IN}}}{RATE}))", "Bps"),
        number("Log files", f"sum(hakoban_logs_active_files{{{IN}}})"),
        number("Lost, 24 h", f"sum(increase(hakoban_logs_lost_bytes_total{{{IN}}}[24h]))", "bytes", steps=((None, GREEN), (1, RED)),
               description="Files that were deleted or truncated before they were stored."),
    ):
        made.with_panel(panel)


def flow(made):
    made.with_row(row("Flow"))
    for panel in (
        graph("Behind, by host", (f"topk(15, hakoban_logs_lag_seconds{{{IN}}})", "{{instance}}"), unit="s", steps=((None, GREEN), (600, RED))),
        graph("Not stored yet, by host", (f"topk(15, hakoban_logs_pending_bytes{{{IN}}})", "{{instance}}"), unit="bytes"),
        graph("Lines per second, by host", (f"topk(15, rate(hakoban_logs_lines_total{{{IN}}}{RATE}))", "{{instance}}")),
        graph("Bytes: raw, and stored after compression", (f"sum(rate(hakoban_logs_bytes_total{{{IN}}}{RATE}))", "raw"),
              (f"sum(rate(hakoban_logs_stored_bytes_total{{{IN}}}{RATE}))", "stored"), unit="Bps"),
        graph("Objects per minute", (f"sum(rate(hakoban_logs_objects_total{{{IN}}}{RATE})) * 60", "objects")),
        graph("Time of a PUT", (f"histogram_quantile(0.5, sum by (le) (rate(hakoban_logs_put_duration_seconds_bucket{{{IN}}}{RATE})))", "median"),
              (f"histogram_quantile(0.99, sum by (le) (rate(hakoban_logs_put_duration_seconds_bucket{{{IN}}}{RATE})))", "99th percentile"), unit="s"),
    ):
        made.with_panel(panel)


def speakers(made):
    made.with_row(row("Whose logs"))
    by = "ecs_service, ecs_task_family, ecs_container"
    who = "{{ecs_service}} {{ecs_task_family}} {{ecs_container}}"
    for panel in (
        graph("Lines per second, by container", (f"topk(15, sum by ({by}) (rate(hakoban_logs_container_lines_total{{{IN}}}{RATE})))", who)),
        graph("Raw bytes per second, by container", (f"topk(15, sum by ({by}) (rate(hakoban_logs_container_bytes_total{{{IN}}}{RATE})))", who), unit="Bps"),
        graph("Furthest behind, by container", (f"topk(15, max by ({by}) (hakoban_logs_container_lag_seconds{{{IN}}}))", who), unit="s"),
        graph("Lost, by container", (f"topk(15, sum by ({by}) (increase(hakoban_logs_container_lost_bytes_total{{{IN}}}{RATE})))", who), unit="bytes", bars=True),
    ):
        made.with_panel(panel)


def trouble(made):
    made.with_row(row("Trouble"))
    for panel in (
        graph("PUTs tried again and refused", (f"sum(increase(hakoban_logs_put_retries_total{{{IN}}}{RATE}))", "tried again"),
              (f"sum(increase(hakoban_logs_put_failures_total{{{IN}}}{RATE}))", "refused"), bars=True),
        graph("Lost", (f"sum(increase(hakoban_logs_lost_bytes_total{{{IN}}}{RATE}))", "bytes"), unit="bytes", bars=True),
        graph("Gaps and damaged lines", (f"sum(increase(hakoban_logs_gaps_total{{{IN}}}{RATE}))", "gaps"),
              (f"sum(increase(hakoban_logs_torn_lines_total{{{IN}}}{RATE}))", "damaged lines"), bars=True),
        graph("Files that could not be read, watched, or remembered",
              (f"sum(increase(hakoban_logs_read_failures_total{{{IN}}}{RATE}))", "read"),
              (f"sum(increase(hakoban_logs_watch_failures_total{{{IN}}}{RATE}))", "watched"),
              (f"sum(increase(hakoban_logs_cursor_failures_total{{{IN}}}{RATE}))", "remembered"), bars=True),
    ):
        made.with_panel(panel)
