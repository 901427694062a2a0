"""One ECS service: its tasks, each container of its tasks apart, memory against limits, throttling, deaths."""

from .parts import (GREEN, ORANGE, RED, cluster_variable, dashboard_link, graph, listing, new_dashboard, number, rise, row, variable)

IN = 'ecs_cluster=~"$cluster", ecs_service=~"$service"'
EACH = IN + ', ecs_container=~"$container"'
RATE = "[$__rate_interval]"
MEMORY_LIMIT = "(container_spec_memory_limit_bytes{%s} > 0)" % EACH


def build():
    made = new_dashboard("hakoban-service", "hakoban / Service", "An ECS service, its containers apart from each other.", [
        cluster_variable(),
        variable("service", "Service", 'label_values(ecs_task_info{ecs_cluster=~"$cluster"}, ecs_service)'),
        variable("container", "Container", f"label_values(ecs_container_info{{{IN}}}, ecs_container)"),
    ])
    summary(made)
    cpu(made)
    memory(made)
    rest(made)
    return made.build()


def summary(made):
    made.with_row(row("At a glance"))
    for panel in (
        number("Tasks that run", f"count(ecs_task_running_containers{{{IN}}})"),
        number("Cores in use", f"sum(rate(ecs_task_cpu_usage_seconds_total{{{IN}}}{RATE}))", decimals=2),
        number("Memory", f"sum(ecs_task_memory_working_set_bytes{{{IN}}})", "bytes"),
        number("Fullest task", f"max(ecs_task_memory_working_set_bytes{{{IN}}} / (ecs_task_memory_limit_bytes{{{IN}}} > 0))", "percentunit",
               steps=((None, GREEN), (0.8, ORANGE), (0.95, RED)), description="Working set against the task's memory limit.", none="no limit"),
        number("Restarts, 1 h", f"sum(increase(ecs_task_restarts_total{{{IN}}}[1h]))", steps=((None, GREEN), (1, ORANGE)), decimals=0),
        number("OOM kills, 1 h", "sum(%s) or vector(0)" % rise("ecs_service", "ecs_family_oom_kills_total", IN, "1h"), steps=((None, GREEN), (1, RED)), decimals=0),
    ):
        made.with_panel(panel)


def cpu(made):
    made.with_row(row("CPU"))
    for panel in (
        graph("CPU seconds per second, by container",
              (f"sum by (ecs_container, ecs_role) (rate(container_cpu_usage_seconds_total{{{EACH}}}{RATE}))", "{{ecs_container}} ({{ecs_role}})"),
              unit="suffix: cores", stacked=True, description="The app apart from its sidecars."),
        graph("CPU seconds per second, by task", (f"topk(20, sum by (ecs_task_id) (rate(ecs_task_cpu_usage_seconds_total{{{IN}}}{RATE})))",
                                                  "{{ecs_task_id}}"), unit="suffix: cores"),
        graph("Periods in which the CPU limit ran out, by task",
              ("topk(20, rate(ecs_task_cpu_cfs_throttled_periods_total{%s}%s) / (rate(ecs_task_cpu_cfs_periods_total{%s}%s) > 0))"
               % (IN, RATE, IN, RATE), "{{ecs_task_id}}"),
              unit="percentunit", most=1, description="Only tasks with a CPU limit of their own have such periods: ECS gives containers shares."),
        graph("Time that the container waited for CPU",
              (f"avg by (ecs_container) (rate(container_pressure_cpu_waiting_seconds_total{{{EACH}}}{RATE}))", "{{ecs_container}}"),
              unit="percentunit", description="Pressure stall information: cgroup v2 only."),
    ):
        made.with_panel(panel)


def memory(made):
    made.with_row(row("Memory"))
    for panel in (
        graph("Memory against limit, by container",
              (f"max by (ecs_container) (container_memory_working_set_bytes{{{EACH}}} / {MEMORY_LIMIT})", "{{ecs_container}}"),
              unit="percentunit", steps=((None, GREEN), (0.9, RED)), description="The fullest task's container against its hard limit."),
        graph("Memory against limit, by task",
              (f"topk(20, ecs_task_memory_working_set_bytes{{{IN}}} / (ecs_task_memory_limit_bytes{{{IN}}} > 0))", "{{ecs_task_id}}"),
              unit="percentunit", steps=((None, GREEN), (0.9, RED))),
        graph("Memory by container: used, soft limit, hard limit",
              (f"max by (ecs_container) (container_memory_working_set_bytes{{{EACH}}})", "{{ecs_container}} used"),
              (f"max by (ecs_container) (container_spec_memory_reservation_limit_bytes{{{EACH}}} > 0)", "{{ecs_container}} soft limit"),
              (f"max by (ecs_container) {MEMORY_LIMIT}", "{{ecs_container}} hard limit"), unit="bytes"),
        graph("What it is: anonymous, page cache, mapped",
              (f"sum by (ecs_container) (container_memory_rss{{{EACH}}})", "{{ecs_container}} anonymous"),
              (f"sum by (ecs_container) (container_memory_cache{{{EACH}}})", "{{ecs_container}} cache"),
              (f"sum by (ecs_container) (container_memory_mapped_file{{{EACH}}})", "{{ecs_container}} mapped"), unit="bytes"),
    ):
        made.with_panel(panel)


def rest(made):
    made.with_row(row("Network, disk, ends"))
    for panel in (
        graph("Network", (f"sum by (ecs_service) (rate(ecs_task_network_receive_bytes_total{{{IN}}}{RATE}))", "{{ecs_service}} in"),
              (f"sum by (ecs_service) (rate(ecs_task_network_transmit_bytes_total{{{IN}}}{RATE}))", "{{ecs_service}} out"), unit="Bps"),
        graph("Packets dropped and in error",
              (f"sum by (ecs_service) (rate(ecs_task_network_receive_packets_dropped_total{{{IN}}}{RATE}))", "{{ecs_service}} in, dropped"),
              (f"sum by (ecs_service) (rate(ecs_task_network_transmit_packets_dropped_total{{{IN}}}{RATE}))", "{{ecs_service}} out, dropped"),
              (f"sum by (ecs_service) (rate(ecs_task_network_receive_errors_total{{{IN}}}{RATE}))", "{{ecs_service}} in, errors"), unit="pps"),
        graph("Disk", (f"sum by (ecs_container) (rate(container_fs_reads_bytes_total{{{EACH}}}{RATE}))", "{{ecs_container}} read"),
              (f"sum by (ecs_container) (rate(container_fs_writes_bytes_total{{{EACH}}}{RATE}))", "{{ecs_container}} written"), unit="Bps"),
        graph("Tasks that ended, by exit code",
              (rise("exit_code", "ecs_family_tasks_finished_total", IN), "{{exit_code}}"), bars=True),
        listing("Tasks", [
            ("Containers", f"sum by (ecs_task_id, instance) (ecs_task_running_containers{{{IN}}})", "short"),
            ("Cores", f"sum by (ecs_task_id, instance) (rate(ecs_task_cpu_usage_seconds_total{{{IN}}}{RATE}))", "short"),
            ("Memory", f"sum by (ecs_task_id, instance) (ecs_task_memory_working_set_bytes{{{IN}}})", "bytes"),
            ("Age", f"time() - max by (ecs_task_id, instance) (ecs_task_start_time_seconds{{{IN}}})", "s"),
        ], by=("ecs_task_id", "instance"),
            links={"ecs_task_id": dashboard_link("hakoban-task", task="${__value.raw}"),
                   "instance": dashboard_link("hakoban-host", instance="${__value.raw}")}),
    ):
        made.with_panel(panel)
