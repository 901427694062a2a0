"""One task, its containers, and tasks that have ended of late."""

from .parts import GREEN, RED, cluster_variable, graph, listing, new_dashboard, rise, row, variable

FAMILY = 'ecs_cluster=~"$cluster", ecs_task_family=~"$family"'
IN = FAMILY + ', ecs_task_id=~"$task"'
RATE = "[$__rate_interval]"


def build():
    made = new_dashboard("hakoban-task", "hakoban / Task", "A task of ECS and its containers; batch tasks that have ended, too.", [
        cluster_variable(),
        variable("family", "Family", 'label_values(ecs_task_info{ecs_cluster=~"$cluster"}, ecs_task_family)'),
        variable("task", "Task", f"label_values(ecs_task_info{{{FAMILY}}}, ecs_task_id)"),
    ])
    who(made)
    containers(made)
    ended(made)
    return made.build()


def who(made):
    made.with_row(row("Who it is"))
    made.with_panel(listing("Tasks", [("Runs", f"ecs_task_info{{{IN}}}", "short")], by=("ecs_task_id", "ecs_service", "ecs_task_family",
                            "ecs_task_revision", "kind", "group", "started_by", "network_mode", "instance"), hide=("task_arn", "Value"), height=6))
    made.with_panel(listing("Containers", [("Runs", f"ecs_container_info{{{IN}}}", "short")],
                            by=("ecs_container", "ecs_role", "essential", "image", "name", "network_of"),
                            hide=("container_id", "ecs_task_revision", "ecs_cluster", "Value"), height=6))


def containers(made):
    made.with_row(row("What it uses"))
    for panel in (
        graph("CPU seconds per second, by container",
              (f"sum by (ecs_task_id, ecs_container) (rate(container_cpu_usage_seconds_total{{{IN}}}{RATE}))", "{{ecs_container}} {{ecs_task_id}}"),
              (f"ecs_task_cpu_limit_cores{{{IN}}}", "limit of {{ecs_task_id}}"), unit="suffix: cores"),
        graph("In user mode and in the kernel",
              (f"sum by (ecs_task_id) (rate(ecs_task_cpu_user_seconds_total{{{IN}}}{RATE}))", "user {{ecs_task_id}}"),
              (f"sum by (ecs_task_id) (rate(ecs_task_cpu_system_seconds_total{{{IN}}}{RATE}))", "kernel {{ecs_task_id}}"), unit="suffix: cores"),
        graph("Memory, by container",
              (f"container_memory_working_set_bytes{{{IN}}}", "{{ecs_container}} {{ecs_task_id}}"),
              (f"ecs_task_memory_limit_bytes{{{IN}}}", "limit of {{ecs_task_id}}"), unit="bytes"),
        graph("Memory against the container's own limit",
              (f"container_memory_working_set_bytes{{{IN}}} / (container_spec_memory_limit_bytes{{{IN}}} > 0)",
               "{{ecs_container}} {{ecs_task_id}}"), unit="percentunit", steps=((None, GREEN), (0.9, RED))),
        graph("Page faults that needed the disk",
              (f'sum by (ecs_task_id) (rate(ecs_task_memory_failures_total{{{IN}, failure_type="pgmajfault"}}{RATE}))', "{{ecs_task_id}}"), unit="ops"),
        graph("Processes and threads", (f"ecs_task_processes{{{IN}}}", "processes {{ecs_task_id}}"),
              (f"ecs_task_threads{{{IN}}}", "threads {{ecs_task_id}}")),
        graph("Network", (f"sum by (ecs_task_id, interface) (rate(ecs_task_network_receive_bytes_total{{{IN}}}{RATE}))", "in {{interface}} {{ecs_task_id}}"),
              (f"sum by (ecs_task_id, interface) (rate(ecs_task_network_transmit_bytes_total{{{IN}}}{RATE}))", "out {{interface}} {{ecs_task_id}}"), unit="Bps"),
        graph("Disk", (f"sum by (ecs_task_id) (rate(ecs_task_fs_reads_bytes_total{{{IN}}}{RATE}))", "read {{ecs_task_id}}"),
              (f"sum by (ecs_task_id) (rate(ecs_task_fs_writes_bytes_total{{{IN}}}{RATE}))", "written {{ecs_task_id}}"), unit="Bps"),
        graph("Layer on disk", (f"ecs_task_fs_usage_bytes{{{IN}}}", "{{device}} {{ecs_task_id}}"), unit="bytes"),
        graph("Starts of containers after their first", (f"ecs_task_restarts_total{{{IN}}}", "{{ecs_task_id}}")),
    ):
        made.with_panel(panel)


def ended(made):
    made.with_row(row("Tasks that ended in the last minutes"))
    by = "ecs_task_id, ecs_task_family, ecs_service, instance"
    made.with_panel(listing("Ended", [
        ("Exit code", f"max by ({by}) (ecs_finished_task_exit_code{{{IN}}})", "short"),
        ("Duration", f"max by ({by}) (ecs_finished_task_duration_seconds{{{IN}}})", "s"),
        ("CPU seconds", f"max by ({by}) (ecs_finished_task_cpu_seconds{{{IN}}})", "s"),
        ("Peak memory", f"max by ({by}) (ecs_finished_task_max_memory_bytes{{{IN}}})", "bytes"),
        ("OOM kills", f"max by ({by}) (ecs_finished_task_oom_kills{{{IN}}})", "short"),
        ("Received", f"max by ({by}) (ecs_finished_task_network_receive_bytes{{{IN}}})", "bytes"),
        ("Sent", f"max by ({by}) (ecs_finished_task_network_transmit_bytes{{{IN}}})", "bytes"),
        ("Ended", f"1000 * max by ({by}) (ecs_finished_task_end_time_seconds{{{IN}}})", "dateTimeAsIso"),
    ], by=("ecs_task_family", "ecs_service", "ecs_task_id", "instance")))
    made.with_panel(graph("CPU seconds per second of the family, ended tasks included",
                          (f"sum by (ecs_task_family) (rate(ecs_family_cpu_seconds_total{{{FAMILY}}}{RATE}))", "{{ecs_task_family}}"), unit="suffix: cores"))
    made.with_panel(graph("Duration of the family's tasks, on average",
                          ("%s / (%s > 0)" % (rise("ecs_task_family", "ecs_family_task_seconds_total", FAMILY, "1h"),
                                              rise("ecs_task_family", "ecs_family_tasks_finished_total", FAMILY, "1h")),
                           "{{ecs_task_family}}"), unit="s", description="Over the last hour."))
