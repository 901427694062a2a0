"""One container instance: what it has, what its containers take of it, and what the agent itself costs."""

from .parts import GREEN, ORANGE, RED, cluster_variable, graph, new_dashboard, number, row, variable

IN = 'ecs_cluster=~"$cluster", instance=~"$instance"'
RATE = "[$__rate_interval]"
DISKS = 'device!~"loop.*|ram.*|dm-.*"'
LINKS = 'device!~"lo|veth.*|docker.*|br-.*|ecs-.*"'
REAL = 'fstype!~"tmpfs|overlay|squashfs|ramfs"'


def build():
    made = new_dashboard("hakoban-host", "hakoban / Host", "A container instance: its machine, its containers, its agent.", [
        cluster_variable(),
        variable("instance", "Host", 'label_values(machine_cpu_cores{ecs_cluster=~"$cluster"}, instance)'),
    ])
    summary(made)
    machine(made)
    tenants(made)
    agent(made)
    return made.build()


def summary(made):
    made.with_row(row("At a glance"))
    for panel in (
        number("CPU in use", f'1 - avg(rate(node_cpu_seconds_total{{{IN}, mode="idle"}}{RATE}))', "percentunit",
               steps=((None, GREEN), (0.8, ORANGE), (0.95, RED))),
        number("Memory in use", f"1 - sum(node_memory_MemAvailable_bytes{{{IN}}}) / sum(node_memory_MemTotal_bytes{{{IN}}})", "percentunit",
               steps=((None, GREEN), (0.85, ORANGE), (0.95, RED))),
        number("Fullest file system", f"max(1 - node_filesystem_avail_bytes{{{IN}, {REAL}}} / (node_filesystem_size_bytes{{{IN}, {REAL}}} > 0))",
               "percentunit", steps=((None, GREEN), (0.8, ORANGE), (0.9, RED))),
        number("Tasks", f"count(ecs_task_running_containers{{{IN}}})"),
        number("Containers", f'count(container_last_seen{{{IN}, name!=""}})', description="Those outside ECS included."),
        number("Up for", f"max(time() - node_boot_time_seconds{{{IN}}})", "s"),
    ):
        made.with_panel(panel)


def machine(made):
    made.with_row(row("The machine"))
    for panel in (
        graph("CPU by mode", (f'sum by (mode) (rate(node_cpu_seconds_total{{{IN}, mode!="idle"}}{RATE}))', "{{mode}}"), unit="suffix: cores", stacked=True),
        graph("Load", (f"sum(node_load1{{{IN}}})", "1 min"), (f"sum(node_load5{{{IN}}})", "5 min"),
              (f"sum(node_load15{{{IN}}})", "15 min"), (f"sum(machine_cpu_cores{{{IN}}})", "cores")),
        graph("Memory",
              (f"sum(node_memory_MemTotal_bytes{{{IN}}} - node_memory_MemAvailable_bytes{{{IN}}})", "in use"),
              (f"sum(node_memory_Cached_bytes{{{IN}}})", "page cache"), (f"sum(node_memory_Slab_bytes{{{IN}}})", "kernel's slab"),
              (f"sum(node_memory_MemTotal_bytes{{{IN}}})", "there is"), unit="bytes"),
        graph("Pressure: share of the time in which something waited",
              (f"avg(rate(node_pressure_cpu_waiting_seconds_total{{{IN}}}{RATE}))", "for CPU"),
              (f"avg(rate(node_pressure_memory_waiting_seconds_total{{{IN}}}{RATE}))", "for memory"),
              (f"avg(rate(node_pressure_io_waiting_seconds_total{{{IN}}}{RATE}))", "for the disk"), unit="percentunit"),
        graph("Disks", (f"sum by (device) (rate(node_disk_read_bytes_total{{{IN}, {DISKS}}}{RATE}))", "{{device}} read"),
              (f"sum by (device) (rate(node_disk_written_bytes_total{{{IN}, {DISKS}}}{RATE}))", "{{device}} written"), unit="Bps"),
        graph("Disks: share of the time at work", (f"max by (device) (rate(node_disk_io_time_seconds_total{{{IN}, {DISKS}}}{RATE}))", "{{device}}"),
              unit="percentunit"),
        graph("File systems, in use",
              (f"1 - node_filesystem_avail_bytes{{{IN}, {REAL}}} / (node_filesystem_size_bytes{{{IN}, {REAL}}} > 0)", "{{instance}} {{mountpoint}}"),
              unit="percentunit", most=1, steps=((None, GREEN), (0.9, RED))),
        graph("Network", (f"sum by (device) (rate(node_network_receive_bytes_total{{{IN}, {LINKS}}}{RATE}))", "{{device}} in"),
              (f"sum by (device) (rate(node_network_transmit_bytes_total{{{IN}, {LINKS}}}{RATE}))", "{{device}} out"), unit="Bps"),
        graph("TCP: sent again, connections refused for want of room",
              (f"sum(rate(node_netstat_Tcp_RetransSegs{{{IN}}}{RATE}))", "segments sent again"),
              (f"sum(rate(node_netstat_TcpExt_ListenDrops{{{IN}}}{RATE}))", "dropped at a full backlog"), unit="ops"),
        graph("Descriptors and tracked connections",
              (f"max(node_filefd_allocated{{{IN}}} / node_filefd_maximum{{{IN}}})", "open files"),
              (f"max(node_nf_conntrack_entries{{{IN}}} / node_nf_conntrack_entries_limit{{{IN}}})", "conntrack entries"),
              unit="percentunit", description="Each against its limit."),
    ):
        made.with_panel(panel)


def tenants(made):
    made.with_row(row("Its containers"))
    for panel in (
        graph("CPU seconds per second, by container", (f'topk(15, sum by (name) (rate(container_cpu_usage_seconds_total{{{IN}, name!=""}}{RATE})))', "{{name}}"),
              unit="suffix: cores", stacked=True),
        graph("Memory, by container", (f'topk(15, sum by (name) (container_memory_working_set_bytes{{{IN}, name!=""}}))', "{{name}}"), unit="bytes", stacked=True),
        graph("Disk, by container", (f'topk(10, sum by (name) (rate(container_fs_reads_bytes_total{{{IN}, name!=""}}{RATE})))', "{{name}} read"),
              (f'topk(10, sum by (name) (rate(container_fs_writes_bytes_total{{{IN}, name!=""}}{RATE})))', "{{name}} written"), unit="Bps"),
        graph("Memory limits of its tasks together, against its memory",
              (f"sum(ecs_task_memory_limit_bytes{{{IN}}})", "limits of the tasks"), (f"sum(machine_memory_bytes{{{IN}}})", "memory"), unit="bytes"),
    ):
        made.with_panel(panel)


def agent(made):
    made.with_row(row("The agent itself"))
    for panel in (
        graph("CPU", (f"rate(process_cpu_seconds_total{{{IN}}}{RATE})", "{{instance}}"), unit="suffix: cores", width=8),
        graph("Memory", (f"process_resident_memory_bytes{{{IN}}}", "{{instance}}"), unit="bytes", width=8),
        graph("Time to make the page of metrics", (f"sum by (collector) (hakoban_collector_duration_seconds{{{IN}}})", "{{collector}}"),
              (f"sum(rate(hakoban_scrape_seconds_sum{{{IN}}}{RATE})) / sum(rate(hakoban_scrape_seconds_count{{{IN}}}{RATE}))", "whole page"), unit="s", width=8),
        graph("Collectors that give their families", (f"min by (collector) (hakoban_collector_success{{{IN}}})", "{{collector}}"), width=8, most=1),
        graph("Calls to AWS", (f"sum by (service) (rate(hakoban_aws_requests_total{{{IN}}}{RATE}))", "{{service}}"), unit="reqps", width=8),
        graph("Starts of components that failed", (f"sum by (component) (hakoban_component_restarts_total{{{IN}}})", "{{component}}"), width=8),
    ):
        made.with_panel(panel)
