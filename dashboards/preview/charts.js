"use strict";
// One function for each kind of panel: data in, HTML out. Every function throws when there is nothing to draw.

const palette = [
  "#73BF69", "#F2CC0C", "#8AB8FF", "#FF780A", "#F2495C", "#5794F2", "#B877D9", "#705DA0", "#37872D", "#FADE2A",
  "#447EBC", "#C15C17", "#890F02", "#0A437C", "#6D1F62", "#584477",
];

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
}

function defined(points) {
  return points.filter((point) => Number.isFinite(point[1]));
}

function last(series) {
  const points = defined(series.points);
  return points.length ? points[points.length - 1][1] : null;
}

function threshold(panel, value) {
  const steps = panel.fieldConfig.defaults.thresholds?.steps ?? [];
  return steps.filter((step) => step.value === null || value >= step.value).at(-1)?.color ?? "#ccccdc";
}

function need(panel) {
  if (!panel.series.length) throw new Error(`${panel.title}: no series`);
  return panel.series;
}

// Round steps: 1, 2, 5 and their multiples by ten; 1024 is 10 for bytes.
function ticks(most, unit, count) {
  const base = unit === "bytes" ? 1024 ** Math.floor(Math.log(most) / Math.log(1024)) : 1;
  const raw = most / base / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= raw) * power * base;
  const found = [];
  for (let value = 0; value <= most * 1.0001; value += step) found.push(value);
  return found;
}

function numbers(panel, width) {
  const defaults = panel.fieldConfig.defaults;
  const cells = need(panel).map((series) => {
    const value = last(series);
    const name = panel.series.length > 1 ? `<span>${escaped(series.legend)}</span>` : "";
    return `<div><b style="color:${threshold(panel, value)}">${format(value, defaults.unit, defaults.decimals)}</b>${name}</div>`;
  });
  let course = "";
  const points = defined(panel.series[0].points);
  if (panel.options.graphMode === "area" && points.length > 1) {
    const most = Math.max(...points.map((point) => point[1])) || 1;
    const from = points[0][0];
    const span = points.at(-1)[0] - from;
    const line = points.map((point) => `${((point[0] - from) / span) * width},${40 - (point[1] / most) * 36}`).join(" ");
    const color = threshold(panel, last(panel.series[0]));
    course = `<svg width="${width}" height="40"><polygon points="0,40 ${line} ${width},40" fill="${color}" opacity="0.18"/></svg>`;
  }
  return `<div class="numbers">${cells.join("")}${course}</div>`;
}

function frame(panel, width, height, yLabels, y) {
  const left = 62;
  const right = width - 10;
  const bottom = height - 20;
  const { begin, end } = panel;
  const x = (time) => left + ((time - begin) / (end - begin)) * (right - left);
  let lines = "";
  for (const [value, text] of yLabels) {
    lines += `<line x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}" stroke="#2a2d33"/>`;
    lines += `<text x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${text}</text>`;
  }
  for (let part = 0; part <= 4; part += 1) {
    const time = begin + ((end - begin) * part) / 4;
    const anchor = part === 4 ? "end" : "middle";
    lines += `<text x="${x(time)}" y="${height - 5}" text-anchor="${anchor}">${new Date(time * 1000).toISOString().slice(11, 19)}</text>`;
  }
  for (const mark of panel.marks) {
    lines += `<line x1="${x(mark.time)}" x2="${x(mark.time)}" y1="4" y2="${bottom}" stroke="${mark.color}" stroke-dasharray="3 3"/>`;
  }
  return { x, left, right, bottom, lines };
}

function colorOf(panel, series, index) {
  const found = panel.fieldConfig.overrides.find((override) => override.matcher.options === series.ref);
  const fixed = found?.properties.find((property) => property.id === "color")?.value.fixedColor;
  return fixed ?? palette[index % palette.length];
}

function legend(panel, all, rows) {
  const unit = panel.fieldConfig.defaults.unit;
  const sorted = [...all].sort((one, other) => other.most - one.most);
  const lines = sorted.slice(0, rows).map((series) =>
    `<tr><td><i style="background:${series.color}"></i>${escaped(series.legend)}</td><td>${format(series.mean, unit)}</td>` +
    `<td>${format(series.most, unit)}</td><td>${format(series.last, unit)}</td></tr>`);
  const more = all.length > rows ? ` (${all.length - rows} more)` : "";
  return `<table class="legend"><tr><th style="text-align:left">Name${more}</th><th>Mean</th><th>Max ▾</th><th>Last</th></tr>${lines.join("")}</table>`;
}

function graph(panel, width, height) {
  const custom = panel.fieldConfig.defaults.custom ?? {};
  const { unit, max, thresholds } = panel.fieldConfig.defaults;
  const isStacked = custom.stacking?.mode === "normal";
  const isLogarithmic = custom.scaleDistribution?.type === "log";
  const all = need(panel).map((series, index) => {
    const values = defined(series.points).map((point) => point[1]);
    if (!values.length) return { ...series, color: "#555", mean: NaN, most: -Infinity, last: NaN };
    return {
      ...series, color: colorOf(panel, series, index), mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      most: Math.max(...values), last: values.at(-1),
    };
  });
  const rows = Math.min(all.length, 5);
  const plot = height - 22 - rows * 16;
  const top = new Map();
  const drawn = all.map((series) => defined(series.points).map(([time, value]) => {
    const below = isStacked ? top.get(time) ?? 0 : 0;
    top.set(time, below + value);
    return [time, below + value, below];
  }));
  const highest = Math.max(...drawn.flat().map((point) => point[1]));
  const most = max ?? (highest > 0 ? highest * 1.05 : 1);
  const bottom = plot - 20;
  const low = isLogarithmic ? Math.min(...drawn.flat().map((point) => point[1]).filter((value) => value > 0)) / 2 : 0;
  const share = (value) => isLogarithmic
    ? (value > 0 ? Math.log(value / low) / Math.log(most / low) : 0) : value / most;
  const y = (value) => bottom - Math.max(0, share(value)) * (bottom - 6);
  const marks = isLogarithmic
    ? Array.from({ length: 5 }, (_, part) => low * (most / low) ** (part / 4)) : ticks(most, unit, 4);
  const { x, left, right, lines } = frame(panel, width, plot, marks.map((value) => [value, format(value, unit)]), y);
  let shapes = "";
  drawn.forEach((points, index) => {
    if (!points.length) return;
    const line = points.map(([time, value], at) => {
      const stair = at && custom.lineInterpolation === "stepAfter" ? `${x(time)},${y(points[at - 1][1])} ` : "";
      return stair + `${x(time)},${y(value)}`;
    }).join(" ");
    const under = isStacked ? [...points].reverse().map(([time, , below]) => `${x(time)},${y(below)}`).join(" ")
      : `${x(points.at(-1)[0])},${bottom} ${x(points[0][0])},${bottom}`;
    shapes += `<polygon points="${line} ${under}" fill="${all[index].color}" opacity="${(custom.fillOpacity ?? 0) / 100}"/>`;
    shapes += `<polyline points="${line}" fill="none" stroke="${all[index].color}" stroke-width="1.3"/>`;
  });
  if (custom.thresholdsStyle) {
    for (const step of thresholds.steps.filter((step) => step.value !== null && step.value <= most)) {
      shapes += `<line x1="${left}" x2="${right}" y1="${y(step.value)}" y2="${y(step.value)}" stroke="${step.color}" stroke-dasharray="8 5"/>`;
    }
  }
  return `<svg width="${width}" height="${plot}">${lines}${shapes}</svg>${legend(panel, all, rows)}`;
}

// Viridis, coarse.
const viridis = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

function shade(share) {
  const place = share * (viridis.length - 1);
  const index = Math.min(viridis.length - 2, Math.floor(place));
  const mix = viridis[index].map((part, at) => Math.round(part + (viridis[index + 1][at] - part) * (place - index)));
  return `rgb(${mix.join(",")})`;
}

function heatmap(panel, width, height) {
  const unit = panel.options.yAxis.unit;
  // Buckets hold all that is at most `le`: what lies between two of them is their difference.
  const levels = need(panel).map((series) => ({ le: Number(series.legend.replace("+Inf", "Infinity")), series }))
    .sort((one, other) => one.le - other.le);
  const cells = [];
  levels.forEach(({ le, series }, index) => {
    const below = new Map(index ? levels[index - 1].series.points : []);
    for (const [time, value] of defined(series.points)) {
      const own = value - (below.get(time) ?? 0);
      if (own > 1e-9) cells.push({ time, le, index, own });
    }
  });
  if (!cells.length) throw new Error(`${panel.title}: no cell`);
  const lowest = Math.max(0, Math.min(...cells.map((cell) => cell.index)) - 1);
  const highest = Math.max(...cells.map((cell) => cell.index));
  const bottom = height - 24;
  const tall = (bottom - 4) / (highest - lowest + 1);
  const y = (index) => bottom - (index - lowest + 1) * tall;
  const labels = [];
  for (let index = lowest; index <= highest; index += Math.ceil((highest - lowest + 1) / 8)) {
    labels.push([index, Number.isFinite(levels[index].le) ? format(levels[index].le, unit) : "more"]);
  }
  const { x, lines } = frame(panel, width, height - 4, labels, y);
  const wide = Math.max(1, x(panel.begin + panel.step) - x(panel.begin) - 1);
  const most = Math.max(...cells.map((cell) => cell.own));
  const shapes = cells.map((cell) => `<rect x="${x(cell.time) - wide}" y="${y(cell.index)}" width="${wide}" ` +
    `height="${tall - 1}" fill="${shade((cell.own / most) ** 0.5)}"/>`);
  return `<svg width="${width}" height="${height - 4}">${lines}${shapes.join("")}</svg>`;
}

function bars(panel, width, height) {
  const { unit, max } = panel.fieldConfig.defaults;
  const most = max ?? Math.max(...need(panel).map((series) => last(series)));
  const high = Math.min(26, Math.floor((height - 12) / panel.series.length) - 5);
  const lines = panel.series.map((series) => {
    const value = last(series);
    const color = threshold(panel, value);
    const share = Math.min(100, (value / most) * 100);
    return `<div><span>${escaped(series.legend)}</span><u><i style="height:${high}px;width:${share}%;background:${color}"></i></u>` +
      `<span style="color:${color}">${format(value, unit)}</span></div>`;
  });
  return `<div class="bars" style="height:${height - 6}px">${lines.join("")}</div>`;
}

function table(panel) {
  const organize = panel.transformations.find((transformation) => transformation.id === "organize").options;
  const names = Object.entries(organize.renameByName);
  const labels = names.filter(([key]) => !key.startsWith("Value #")).map(([key]) => key);
  const rows = new Map();
  for (const series of need(panel)) {
    const key = `${series.labels.job} ${series.labels.instance}`;
    const row = rows.get(key) ?? {};
    for (const label of labels) row[label] = series.labels[label] ?? row[label];
    row[`Value #${series.ref}`] = last(series);
    rows.set(key, row);
  }
  const cell = (row, key, name) => {
    if (labels.includes(key)) return `<td>${escaped(row[key])}</td>`;
    const properties = panel.fieldConfig.overrides.find((override) => override.matcher.options === name)?.properties ?? [];
    const find = (id) => properties.find((property) => property.id === id)?.value;
    const steps = find("thresholds")?.steps ?? [];
    const color = steps.filter((step) => step.value === null || row[key] >= step.value).at(-1)?.color ?? "transparent";
    return `<td style="background:${color}">${format(row[key], find("unit"))}</td>`;
  };
  const head = names.map(([, name]) => `<th>${escaped(name)}</th>`).join("");
  const body = [...rows.values()].map((row) => `<tr>${names.map(([key, name]) => cell(row, key, name)).join("")}</tr>`);
  return `<table class="table"><tr>${head}</tr>${body.join("")}</table>`;
}
