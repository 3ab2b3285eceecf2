"use strict";
// Numbers with their unit, as Grafana writes them; those of its units that the dashboards use.

function scaled(value, base, names) {
  let step = 0;
  let rest = Math.abs(value);
  while (rest >= base && step < names.length - 1) {
    rest /= base;
    step += 1;
  }
  return digits(Math.sign(value) * rest) + names[step];
}

// Three digits that matter.
function digits(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return String(Number(value.toFixed(1)));
  if (size >= 0.01) return String(Number(value.toFixed(2)));
  return value.toExponential(1);
}

function seconds(value) {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 1e-3) return digits(value * 1e6) + " µs";
  if (size < 1) return digits(value * 1e3) + " ms";
  if (size < 120) return digits(value) + " s";
  if (size < 7200) return digits(value / 60) + " min";
  if (size < 172800) return digits(value / 3600) + " h";
  return digits(value / 86400) + " d";
}

const short = ["", " K", " Mil", " Bil"];
const suffixes = { ops: " ops/s", mps: " msg/s", pps: " p/s" };

// `value` in `unit`; `decimals` where a panel asks for a fixed number of them.
function format(value, unit, decimals) {
  if (value === null || Number.isNaN(value)) return "–";
  if (decimals === 0 && Math.abs(value) < 1000) return value.toFixed(0);
  if (unit === "percentunit") return digits(value * 100) + " %";
  if (unit === "s") return seconds(value);
  if (unit === "bytes") return scaled(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB"]);
  if (unit === "Bps") return scaled(value, 1000, [" B/s", " kB/s", " MB/s", " GB/s"]);
  if (unit in suffixes) return scaled(value, 1000, ["", "K", "M", "G"]) + suffixes[unit];
  if (unit === "none") return digits(value);
  return scaled(value, 1000, short);
}
