"""One ECS cluster, or several: how many run, what they use, what ended and how."""

from .parts import GREEN, ORANGE, RED, cluster_variable, dashboard_link, graph, listing, new_dashboard, number, rise, row

IN = 'ecs_cluster=~"$cluster"'
RATE = "[$__rate_interval]"


def build():
    made = new_dashboard("hakoban-cluster", "hakoban / Cluster", "What runs in an ECS cluster, what it uses, what ended and how.",
                         [cluster_variable()])
    running(made)
    use(made)
    batch(made)
    hosts(made)
    return made.build()


def running(made):
    made.with_row(row("What runs"))
    for panel in (
        number("Hosts", f"count(machine_cpu_cores{{{IN}}})", description="Container instances whose agent answers."),
        number("Tasks", f"count(ecs_task_running_containers{{{IN}}})"),
        number("Containers", f"sum(ecs_task_running_containers{{{IN}}})"),
        number("Services", f'count(count by (ecs_cluster, ecs_service) (ecs_task_running_containers{{{IN}, ecs_service!=""}}))'),
        number("Batch tasks", f'count(ecs_task_running_containers{{{IN}, ecs_service=""}}) or vector(0)',
               description="Tasks that no service keeps: RunTask, StartTask."),
        number("Hosts that drain", f"sum(hakoban_drain_active{{{IN}}}) or vector(0)", steps=((None, GREEN), (1, ORANGE))),
        graph("Tasks that run, by service", (f'count by (ecs_service) (ecs_task_running_containers{{{IN}, ecs_service!=""}})',
                                             "{{ecs_service}}"), stacked=True),
        graph("Tasks that run, by family", (f"topk(20, count by (ecs_task_family) (ecs_task_running_containers{{{IN}}}))",
                                            "{{ecs_task_family}}"), stacked=True,
              description="Batch tasks have a family and no service."),
    ):
        made.with_panel(panel)


def use(made):
    made.with_row(row("What they use"))
    for panel in (
        graph("CPU seconds per second, by service",
              (f"topk(15, sum by (ecs_service, ecs_task_family) (rate(ecs_task_cpu_usage_seconds_total{{{IN}}}{RATE})))",
               "{{ecs_service}} {{ecs_task_family}}"), unit="suffix: cores", stacked=True),
        graph("Memory, by service",
              (f"topk(15, sum by (ecs_service, ecs_task_family) (ecs_task_memory_working_set_bytes{{{IN}}}))",
               "{{ecs_service}} {{ecs_task_family}}"), unit="bytes", stacked=True),
        graph("Network, by service",
              (f"topk(10, sum by (ecs_service, ecs_task_family) (rate(ecs_task_network_receive_bytes_total{{{IN}}}{RATE})))",
               "in {{ecs_service}} {{ecs_task_family}}"),
              (f"topk(10, sum by (ecs_service, ecs_task_family) (rate(ecs_task_network_transmit_bytes_total{{{IN}}}{RATE})))",
               "out {{ecs_service}} {{ecs_task_family}}"), unit="Bps"),
        graph("Disk, by service",
              (f"topk(10, sum by (ecs_service, ecs_task_family) (rate(ecs_task_fs_reads_bytes_total{{{IN}}}{RATE})))",
               "read {{ecs_service}} {{ecs_task_family}}"),
              (f"topk(10, sum by (ecs_service, ecs_task_family) (rate(ecs_task_fs_writes_bytes_total{{{IN}}}{RATE})))",
               "written {{ecs_service}} {{ecs_task_family}}"), unit="Bps"),
        listing("Services", [
            ("Running", f'count by (ecs_cluster, ecs_service) (ecs_task_running_containers{{{IN}, ecs_service!=""}})', "short"),
            ("Cores", f'sum by (ecs_cluster, ecs_service) (rate(ecs_task_cpu_usage_seconds_total{{{IN}, ecs_service!=""}}{RATE}))', "short"),
            ("Memory", f'sum by (ecs_cluster, ecs_service) (ecs_task_memory_working_set_bytes{{{IN}, ecs_service!=""}})', "bytes"),
            ("Fullest task", 'max by (ecs_cluster, ecs_service) (ecs_task_memory_working_set_bytes{%s, ecs_service!=""} '
                             '/ (ecs_task_memory_limit_bytes{%s, ecs_service!=""} > 0))' % (IN, IN), "percentunit"),
            ("Restarts, 1 h", f'sum by (ecs_cluster, ecs_service) (increase(ecs_task_restarts_total{{{IN}, ecs_service!=""}}[1h]))', "short"),
            ("OOM kills, 1 h", rise("ecs_cluster, ecs_service", "ecs_family_oom_kills_total", IN + ', ecs_service!=""', "1h"), "short"),
        ], by=("ecs_cluster", "ecs_service"),
            links={"ecs_service": dashboard_link("hakoban-service", cluster="${__data.fields.ecs_cluster}", service="${__value.raw}")}),
    ):
        made.with_panel(panel)


def batch(made):
    made.with_row(row("What ended, batch jobs above all"))
    for panel in (
        graph("Tasks that started and ended",
              (rise("ecs_cluster", "ecs_family_tasks_started_total", IN), "started in {{ecs_cluster}}"),
              (rise("exit_code", "ecs_family_tasks_finished_total", IN), "ended, exit code {{exit_code}}"), bars=True),
        graph("CPU seconds per second of batch families, ended tasks included",
              (f'topk(15, sum by (ecs_task_family) (rate(ecs_family_cpu_seconds_total{{{IN}, ecs_service=""}}{RATE})))',
               "{{ecs_task_family}}"), unit="suffix: cores", stacked=True),
        graph("Tasks that failed, by family",
              ("topk(15, %s)" % rise("ecs_task_family, exit_code", "ecs_family_tasks_finished_total", IN + ', exit_code!="0"'),
               "{{ecs_task_family}}: {{exit_code}}"), bars=True),
        graph("Processes killed for want of memory, by family",
              ("topk(15, %s)" % rise("ecs_task_family", "ecs_family_oom_kills_total", IN), "{{ecs_task_family}}"), bars=True),
    ):
        made.with_panel(panel)


def hosts(made):
    made.with_row(row("Hosts"))
    for panel in (
        graph("CPU in use, by host", (f'1 - avg by (instance) (rate(node_cpu_seconds_total{{{IN}, mode="idle"}}{RATE}))', "{{instance}}"),
              unit="percentunit", most=1, steps=((None, GREEN), (0.9, RED))),
        graph("Memory in use, by host",
              (f"1 - node_memory_MemAvailable_bytes{{{IN}}} / node_memory_MemTotal_bytes{{{IN}}}", "{{instance}}"),
              unit="percentunit", most=1, steps=((None, GREEN), (0.9, RED))),
        graph("Time that something waited for memory, by host",
              (f"rate(node_pressure_memory_waiting_seconds_total{{{IN}}}{RATE})", "{{instance}}"), unit="percentunit"),
        graph("Time that something waited for CPU, by host",
              (f"rate(node_pressure_cpu_waiting_seconds_total{{{IN}}}{RATE})", "{{instance}}"), unit="percentunit"),
    ):
        made.with_panel(panel)
