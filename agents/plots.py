"""Charts as Plotly figures in plain JSON, legible on light and dark, never over 2,000 points a line."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lab.indicator import Series

MOST_POINTS = 2_000
MIME = "application/vnd.plotly.v1+json"
INK, GRID = "#808a9f", "rgba(128,138,159,0.22)"  # mid grey: contrast enough on white and on near-black
COLOURS = ("#3b82f6", "#f59e0b", "#10b981", "#ef4444", "#8b5cf6", "#06b6d4", "#ec4899", "#84cc16", "#a16207", "#64748b")
LEGEND_LINE, LEGEND_COLUMNS = 22, 4  # pixels; names side by side on a narrow page
UP, DOWN = "#10b981", "#ef4444"


@dataclass(frozen=True)
class Panel:
    """One row of a chart: traces over a common time axis."""

    title: str
    traces: list[dict[str, Any]] = field(default_factory=list)
    weight: float = 1.0


def figure(panels: Sequence[Panel], *, title: str, footer: str, simulated: bool) -> dict[str, Any]:
    """Panels one above the other, the first on top, as a Plotly figure.

    Args:
        panels: at least one.
        title: what is shown, over which window.
        footer: sources, rows and time zone.
        simulated: writes so across the chart.
    """
    named = [trace["name"] for panel in panels for trace in panel.traces if trace.get("showlegend", True)]
    legend = LEGEND_LINE * math.ceil(len(named) / LEGEND_COLUMNS) if len(named) > 1 else 0
    layout: dict[str, Any] = {
        "title": {"text": title, "x": 0.01, "font": {"size": 15}},
        "font": {"color": INK, "size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 60, "r": 20, "t": 50, "b": 60 + legend},
        "height": 380 + legend + 130 * (len(panels) - 1),
        "hovermode": "x unified",
        "showlegend": len(named) > 1,
        "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        "annotations": [_footer(footer)] + ([_watermark()] if simulated else []),
    }
    traces: list[dict[str, Any]] = []
    for place, (panel, domain) in enumerate(zip(panels, _domains(panels), strict=True)):
        suffix = "" if place == 0 else str(place + 1)
        last = place == len(panels) - 1
        layout[f"yaxis{suffix}"] = {
            "title": {"text": panel.title},
            "domain": domain,
            "gridcolor": GRID,
            "zeroline": False,
        }
        layout[f"xaxis{suffix}"] = {
            "type": "date",
            "anchor": f"y{suffix}",
            "gridcolor": GRID,
            "showticklabels": last,
            "rangeslider": {"visible": False},
            **({} if place == 0 else {"matches": "x"}),
        }
        traces += [{**trace, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"} for trace in panel.traces]
    return {"data": traces, "layout": layout}


def as_bytes(drawn: dict[str, Any]) -> bytes:
    """The figure as JSON; a value that is none is null."""
    return json.dumps(drawn, allow_nan=False, separators=(",", ":")).encode()


def candles(frame: pl.DataFrame, name: str) -> tuple[dict[str, Any], dict[str, Any] | None, int]:
    """Candlesticks, volume bars where volume is stored, and how many bars one candle joins."""
    joined = math.ceil(frame.height / MOST_POINTS)
    thin = frame if joined == 1 else _joined(frame, joined)
    times = _times(thin["open_time"])
    sticks = {
        "type": "candlestick",
        "name": name,
        "x": times,
        **{column: _values(thin[column].to_numpy()) for column in ("open", "high", "low", "close")},
        "increasing": {"line": {"color": UP}},
        "decreasing": {"line": {"color": DOWN}},
    }
    if thin["volume"].null_count():
        return sticks, None, joined
    volume = _values(thin["volume"].to_numpy())
    colour = {"color": INK, "opacity": 0.5}
    return (
        sticks,
        {"type": "bar", "name": "volume", "x": times, "y": volume, "marker": colour, "showlegend": False},
        joined,
    )


def line(times: pl.Series, values: Series, name: str, *, place: int = 0, shape: str = "linear") -> dict[str, Any]:
    """A line; where it has too many points the lowest and highest of each stretch are kept."""
    kept = kept_points(values)
    return {
        "type": "scatter",
        "mode": "lines" if len(values) > 1 else "markers",
        "name": name,
        "x": _times(times[kept]),
        "y": _values(values[kept]),
        "line": {"color": COLOURS[place % len(COLOURS)], "width": 1.6, "shape": shape},
    }


def kept_points(values: Series) -> NDArray[np.intp]:
    """Places of the points to draw, in order: all, or first, last and each stretch's extremes."""
    count = len(values)
    if count <= MOST_POINTS:
        return np.arange(count, dtype=np.intp)
    edges = np.linspace(0, count, MOST_POINTS // 2, dtype=int)
    filled = np.where(np.isnan(values), np.inf, values)
    kept = {0, count - 1}
    for start, end in pairwise(edges):
        stretch = filled[start:end]
        kept.add(int(start + np.argmin(stretch)))
        kept.add(int(start + np.argmax(np.where(np.isinf(stretch), -np.inf, stretch))))
    return np.array(sorted(kept), dtype=np.intp)


def _joined(frame: pl.DataFrame, size: int) -> pl.DataFrame:
    groups = (pl.int_range(pl.len()) // size).alias("group")
    return frame.group_by(groups, maintain_order=True).agg(
        pl.col("open_time").first(),
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        pl.col("volume").sum() if not frame["volume"].null_count() else pl.col("volume").first(),
    )


def _times(times: pl.Series) -> list[str]:
    return times.dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_list()


def _values(values: Series) -> list[float | None]:
    return [float(v) if math.isfinite(v) else None for v in values]


def _domains(panels: Sequence[Panel]) -> list[list[float]]:
    """Heights by weight, from the top down, with a gap between."""
    gap = 0.05
    total = sum(panel.weight for panel in panels)
    room = 1 - gap * (len(panels) - 1)
    domains, top = [], 1.0
    for panel in panels:
        height = room * panel.weight / total
        domains.append([round(max(0.0, top - height), 4), round(top, 4)])
        top -= height + gap
    return domains


def _footer(text: str) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "yshift": -46, "xanchor": "left", "yanchor": "bottom"}
    return {"text": text, "showarrow": False, "font": {"size": 10}, "align": "left", **place}


def _watermark() -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    return {"text": "SIMULATED DATA", "showarrow": False, "font": {"size": 34}, "opacity": 0.25, **place}
