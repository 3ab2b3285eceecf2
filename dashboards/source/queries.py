"""Queries and the short forms that keep them readable.

In an expression ``{@}`` stands for the matchers that every selector of every dashboard has, ``{@, qos="0"}`` for
these and another one, and ``[@]`` for the range that Grafana chooses from scrape interval and resolution.
"""

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

MATCHERS = 'job=~"$job", instance=~"$instance"'

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
"""The data source that the reader has chosen at the top of the dashboard."""

LOST = 'reason!~"client_offline|session_ended|expired|not_authorized"'
"""Drops that nobody asked for. Left out: QoS 0 for clients that are away, what waited in a session that ended, what its
publisher let expire, and what was not permitted."""

OURS = " and on (job, instance) skep_build_info{@}"
"""Appended to metrics that every program has (up, process_*): with "All" chosen, the matchers let other jobs in."""

MEMORY_LIMIT = "((skep_cgroup_memory_limit_bytes{@} < skep_host_memory_bytes{@}) or skep_host_memory_bytes{@})"
"""What the broker may use: the control group's limit where there is one, else the machine's memory."""

CPU_LIMIT = "((skep_cgroup_cpu_limit{@} < skep_host_cpus{@}) or skep_host_cpus{@})"
"""Processors that the broker may use."""


def expand(expression: str) -> str:
    """The expression as Prometheus (or Grafana, which fills in the variables) gets it."""
    return expression.replace("{@", "{" + MATCHERS).replace("[@]", "[$__rate_interval]")


class Query:
    """One query of a panel. An instant query looks at the end of the time that is shown."""

    def __init__(self, expression: str, legend: str = "", *, instant: bool = False, form: str = "time_series"):
        self.expression = expand(expression)
        self.legend = legend
        self.instant = instant
        self.form = form

    def build(self, index: int) -> prometheus.Dataquery:
        """The query as the SDK has it, with the letter of its position."""
        query = prometheus.Dataquery().expr(self.expression).ref_id("ABCDEFGHIJKLMNOP"[index]).datasource(SOURCE)
        query = query.instant() if self.instant else query.range()
        return query.legend_format(self.legend or "__auto").format(PromQueryFormat(self.form))


def quantile(share: float, histogram: str, by: str = "") -> str:
    """The quantile of a histogram, over all chosen brokers, or by the labels ``by``."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({histogram}_bucket{{@}}[@])))"


def each(metric: str) -> str:
    """The sum of a metric's series for each broker."""
    return f"sum by (job, instance) ({metric})"


def rate(metric: str, by: str = "", where: str = "") -> str:
    """How fast a counter grows in a second, over all chosen brokers, or by the labels ``by``."""
    matchers = "{@, " + where + "}" if where else "{@}"
    return f"sum{f' by ({by})' if by else ''} (rate({metric}{matchers}[@]))"
