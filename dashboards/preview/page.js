"use strict";
// Lays a dashboard out as Grafana does, from a dashboard whose panels hold their data.

const column = 1576 / 24;
const line = 38;
const kinds = { stat: numbers, timeseries: graph, heatmap, bargauge: bars, table };

// eslint-disable-next-line no-unused-vars -- pictures.py calls it
function draw(dashboard) {
  document.getElementById("head").innerHTML =
    `<b>${escaped(dashboard.title)}</b><span>Data source Prometheus</span><span>Job All</span><span>Instance All</span>`;
  const board = document.getElementById("board");
  board.innerHTML = "";
  const faults = [];
  let bottom = 0;
  // Panels of a closed row have their place below it: it is drawn as if it were open.
  for (const panel of dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])) {
    const { x, y, w, h } = panel.gridPos;
    const box = document.createElement("div");
    const width = w * column - 8;
    const height = h * line - 8;
    box.style.cssText = `left:${x * column}px;top:${y * line}px;width:${width}px;height:${height}px`;
    bottom = Math.max(bottom, (y + h) * line);
    if (panel.type === "row") {
      box.className = "row";
      box.textContent = (panel.collapsed ? "▸ " : "▾ ") + panel.title;
    } else {
      box.className = "panel";
      let content = "";
      try {
        content = kinds[panel.type](panel, width - 2, height - 26);
      } catch (error) {
        faults.push(`${dashboard.title}: ${error.message}`);
      }
      if (content.includes("NaN")) faults.push(`${dashboard.title}: ${panel.title} holds a place that is no number`);
      box.innerHTML = `<h3>${escaped(panel.title)}</h3>${content}`;
    }
    board.append(box);
  }
  board.style.height = `${bottom}px`;
  return faults;
}
