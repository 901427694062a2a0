"""What the dashboards are made of: panels of one look, variables that every query obeys, links among the dashboards.

A query is (PromQL, legend). Rates are over $__rate_interval, so that they fit the scrape interval of the data source.
"""

from grafana_foundation_sdk.builders import common as common_parts
from grafana_foundation_sdk.builders import dashboard as parts
from grafana_foundation_sdk.builders import prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="$datasource")
GREEN, ORANGE, RED, BLUE = "green", "orange", "red", "blue"
TAG = "hakoban"


def new_dashboard(uid, title, description, variables):
    made = (parts.Dashboard(title).uid(uid).description(description).tags([TAG]).editable()
            .tooltip(dashboard.DashboardCursorSync.CROSSHAIR).refresh("30s").time("now-1h", "now").timezone("browser")
            .link(parts.DashboardLink("hakoban").type(dashboard.DashboardLinkType.DASHBOARDS).tags([TAG])
                  .as_dropdown(True).include_vars(True).keep_time(True))
            .with_variable(parts.DatasourceVariable("datasource").label("Data source").type("prometheus")))
    for variable in variables:
        made.with_variable(variable)
    return made


def variable(name, label, query, many=True):
    """`query` as Grafana's label_values(…)."""
    made = (parts.QueryVariable(name).label(label).query(query).datasource(SOURCE)
            .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(dashboard.VariableSort.ALPHABETICAL_ASC))
    if many:
        made.multi(True).include_all(True).all_value(".*").current(dashboard.VariableOption(text="All", value="$__all"))
    return made


def cluster_variable():
    return variable("cluster", "Cluster", "label_values(ecs_task_running_containers, ecs_cluster)")


def row(title):
    return parts.Row(title)


def _queries(made, queries, instant=False, form=PromQueryFormat.TIME_SERIES):
    for index, (expression, legend) in enumerate(queries):
        query = (prometheus.Dataquery().expr(expression).legend_format(legend).format(form).ref_id(chr(ord("A") + index))
                 .datasource(SOURCE))
        made.with_target(query.instant() if instant else query.range())
    return made


def _thresholds(steps):
    """`steps`: colours with the value each begins at; the first begins at minus infinity."""
    return parts.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(
        [dashboard.Threshold(value=value, color=color) for value, color in steps])


def number(title, expression, unit="short", *, steps=((None, BLUE),), description="", width=4, decimals=None, none="0"):
    """One number, with its recent course behind it."""
    made = (stat.Panel().title(title).description(description).datasource(SOURCE).unit(unit).height(4).span(width)
            .graph_mode(common.BigValueGraphMode.AREA).color_mode(common.BigValueColorMode.VALUE)
            .reduce_options(common_parts.ReduceDataOptions().calcs(["lastNotNull"])).thresholds(_thresholds(steps)).no_value(none))
    if decimals is not None:
        made.decimals(decimals)
    return _queries(made, [(expression, "")])


def graph(title, *queries, unit="short", description="", width=12, height=8, stacked=False, least=0, most=None, bars=False,
          steps=None):
    legend = (common_parts.VizLegendOptions().display_mode(common.LegendDisplayMode.TABLE)
              .placement(common.LegendPlacement.BOTTOM).show_legend(True).calcs(["lastNotNull", "max"])
              .sort_by("Last *").sort_desc(True))
    made = (timeseries.Panel().title(title).description(description).datasource(SOURCE).unit(unit).height(height).span(width)
            .line_width(1).fill_opacity(25 if stacked or bars else 5).show_points(common.VisibilityMode.NEVER).legend(legend)
            .tooltip(common_parts.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)))
    if stacked:
        made.stacking(common_parts.StackingConfig().mode(common.StackingMode.NORMAL))
    if bars:
        made.draw_style(common.GraphDrawStyle.BARS)
    if least is not None:
        made.min(least)
    if most is not None:
        made.max(most)
    if steps:
        made.thresholds(_thresholds(steps)).thresholds_style(
            common_parts.GraphThresholdsStyleConfig().mode(common.GraphTresholdsStyleMode.DASHED))
    return _queries(made, queries)


def listing(title, columns, *, by, description="", width=24, height=9, hide=(), links=None):
    """A table: one row for each value of the labels `by`. `columns`: (name, PromQL, unit); each is an instant query."""
    made = table.Panel().title(title).description(description).datasource(SOURCE).height(height).span(width).show_header(True)
    _queries(made, [(expression, "") for _, expression, _ in columns], instant=True, form=PromQueryFormat.TABLE)
    names = {f"Value #{chr(ord('A') + index)}": name for index, (name, _, _) in enumerate(columns)}
    if len(columns) == 1:
        names["Value"] = columns[0][0]
    made.with_transformation(dashboard.DataTransformerConfig(id_val="merge", options={}))
    made.with_transformation(dashboard.DataTransformerConfig(id_val="organize", options={
        "excludeByName": {name: True for name in ("Time", "__name__", "job", *hide)},
        "indexByName": {name: index for index, name in enumerate(by)},
        "renameByName": names}))
    for name, _, unit in columns:
        made.override_by_name(name, [dashboard.DynamicConfigValue(id_val="unit", value=unit)])
    for label, url in (links or {}).items():
        made.override_by_name(label, [dashboard.DynamicConfigValue(
            id_val="links", value=[{"title": f"Open {label}", "url": url}])])
    return made


def rise(by, metric, selector, window="$__rate_interval"):
    """How much counters rose, what they began with included. A counter by exit code, or of a host that is new, begins with
    its first event, and increase() alone would never see that one."""
    series = f"{metric}{{{selector}}}"
    return (f'sum by ({by}) (label_replace(increase({series}[{window}]), "part", "later", "", "") or '
            f'label_replace(min_over_time({series}[{window}]) unless {series} offset {window}, "part", "first", "", ""))')


def dashboard_link(uid, **variables):
    """To another dashboard, in its time range; a variable's value is Grafana's ${…} text."""
    chosen = "".join(f"&var-{name}={value}" for name, value in variables.items())
    return f"/d/{uid}?${{__url_time_range}}{chosen}"
