"""One small chart of every kind."""

from zuji.datum import LocalText
from zuji.report.charts.model import (
    Chart,
    HistogramChart,
    SankeyChart,
    SankeyEdge,
    SankeyNode,
    Series,
    StackedBars,
    Step,
    TimeSeriesChart,
    TornadoBar,
    TornadoChart,
    TreemapChart,
    TreemapItem,
    WaterfallChart,
)

NAN = float("nan")


def text(zh: str, en: str) -> LocalText:
    return LocalText(zh, en)


CHARTS: dict[str, Chart] = {
    "stacked": StackedBars(
        title=text("各阶段碳足迹", "Footprint by stage"),
        unit="kg CO2e",
        categories=(text("规则甲", "book A"), text("规则乙", "book B")),
        series=(
            Series(name=text("原材料", "raw materials"), values=(30.0, 30.0)),
            Series(name=text("使用", "use"), values=(55.0, NAN)),
            Series(name=text("报废", "end of life"), values=(5.0, -4.0)),
        ),
    ),
    "waterfall": WaterfallChart(
        title=text("差异", "Difference"),
        unit="kg CO2e",
        start=Step(name=text("甲", "A"), value=90.0),
        steps=(Step(name=text("边界", "boundary"), value=-55.0), Step(name=text("电力", "electricity"), value=3.0)),
        end=Step(name=text("乙", "B"), value=38.0),
    ),
    "sankey": SankeyChart(
        title=text("碳流", "Carbon flows"),
        unit="kg CO2e",
        coverage=0.95,
        nodes=(
            SankeyNode(id="p", name=text("电池", "battery"), value=60.0, level=0),
            SankeyNode(id="c", name=text("电芯", "cell"), value=70.0, level=1),
            SankeyNode(id="g", name=text("石墨", "graphite"), value=20.0, level=2, loop=True),
            SankeyNode(id="r", name=text("回收抵扣", "recycling"), value=-10.0, level=1),
        ),
        edges=(
            SankeyEdge(source="c", target="p", value=70.0),
            SankeyEdge(source="r", target="p", value=-10.0),
            SankeyEdge(source="g", target="c", value=20.0),
        ),
    ),
    "treemap": TreemapChart(
        title=text("热点", "Hotspots"),
        unit="kg CO2e",
        items=(
            TreemapItem(name=text("磷酸铁锂", "LFP"), group=text("正极", "cathode"), value=40.0),
            TreemapItem(name=text("石墨", "graphite"), group=text("负极", "anode"), value=20.0),
            TreemapItem(name=text("铝箔", "aluminium foil"), group=text("正极", "cathode"), value=10.0),
        ),
        credits=(TreemapItem(name=text("回收", "recycling"), group=text("报废", "end of life"), value=-5.0),),
    ),
    "tornado": TornadoChart(
        title=text("敏感性", "Sensitivity"),
        unit="kg CO2e",
        base=100.0,
        bars=(TornadoBar(name=text("电网", "grid"), low="0.3", high="0.8", at_low=80.0, at_high=125.0),),
    ),
    "histogram": HistogramChart(
        title=text("不确定性", "Uncertainty"),
        unit="kg CO2e/kWh",
        edges=(60.0, 70.0, 80.0, 90.0),
        counts=(3, 10, 4),
        marks=(Step(name=text("中位数", "median"), value=75.0),),
    ),
    "time series": TimeSeriesChart(
        title=text("小时因子", "Hourly factor"),
        unit="kg CO2e/kWh",
        times=("2025-07-01 00:00", "2025-07-01 01:00", "2025-07-01 02:00"),
        series=(Series(name=text("浙江", "Zhejiang"), values=(0.5, NAN, 0.6)),),
    ),
}
