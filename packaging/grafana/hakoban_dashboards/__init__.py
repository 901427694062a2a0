"""hakoban's Grafana dashboards as code, on Grafana's Foundation SDK. One module a dashboard, each with build()."""

from . import cluster, coordinator, drain, host, logs, service, task

MODULES = (cluster, service, task, host, drain, logs, coordinator)


def all_dashboards():
    """uid → the dashboard, built."""
    return {dashboard.uid: _numbered(dashboard) for dashboard in (module.build() for module in MODULES)}


def _numbered(dashboard):
    """Links to one panel need its id, which Grafana makes up where it may write; a provisioned file it may not."""
    for index, panel in enumerate(dashboard.panels, 1):
        panel.id_val = index
    return dashboard
