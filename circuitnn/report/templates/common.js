"use strict";
// What all pictures share: numbers, colours by the reader's theme, controls.

const INK = {
  light: {
    text: "#1c1f23", soft: "#5b6470", line: "#d9dee4", back: "#ffffff", panel: "#f5f7f9", mark: "#D55E00",
    curves: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#B58900", "#000000", "#8c6bb1"],
    load: ["#ececec", "#c9dcea", "#74a9cf", "#0570b0", "#023858", "#000000"],
    signs: [[0, "#2166ac"], [0.25, "#92c5de"], [0.5, "#f7f7f7"], [0.75, "#f4a582"], [1, "#b2182b"]],
  },
  dark: {
    text: "#e4e7eb", soft: "#a0a9b4", line: "#343b44", back: "#14171b", panel: "#1d2228", mark: "#ffe14d",
    curves: ["#56B4E9", "#FF8C42", "#2EC4A0", "#E79AC6", "#8FA8FF", "#F0E442", "#FFFFFF", "#B79BE0"],
    load: ["#23282e", "#29455c", "#2f74a3", "#56b4e9", "#b7e0fa", "#ffffff"],
    signs: [[0, "#6fb7f2"], [0.25, "#2f6da3"], [0.5, "#22272d"], [0.75, "#a8502f"], [1, "#ff9a73"]],
  },
};
const PREFIXES = {"-18": "a", "-15": "f", "-12": "p", "-9": "n", "-6": "µ", "-3": "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"};
const SCALED = new Set(["s", "Hz", "V", "A", "Ω", "C", "F", "S", "W", "V/√Hz", "A/√Hz"]);
const drawers = {};  // kind → function of the drawing's element and content, which returns a function that draws anew

// The library reads markup in texts: names are none.
const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function decoded(key, value) {
  const kind = value && typeof value === "object" && !Array.isArray(value) && ["f4", "f8"].find((k) => typeof value[k] === "string");
  if (!kind) return value;
  const bytes = Uint8Array.from(atob(value[kind]), (c) => c.charCodeAt(0));
  return kind === "f4" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}

function si(value, unit = "", digits = 5) {
  if (!Number.isFinite(value)) return "";
  value = Number(value.toPrecision(digits));  // before the prefix is chosen: 999.999 mV is 1 V
  const size = Math.abs(value);
  if (!SCALED.has(unit) || !(size >= 1e-18 && size < 1e15)) return `${value} ${unit}`.trimEnd();
  const power = Math.max(-18, Math.min(12, 3 * Math.floor(Math.log10(size) / 3 + 1e-12)));
  return `${Number((value / 10 ** power).toPrecision(digits))} ${PREFIXES[power]}${unit}`;
}

function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "style") element.style.cssText = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function button(text, act) {
  const element = made("button", {type: "button"}, text);
  element.addEventListener("click", act);
  return element;
}

function keys(...pairs) {
  const line = made("p", {class: "keys"}, "Keys in the picture: ");
  pairs.forEach(([names, what], k) => {
    for (const name of names.split(" ")) line.append(made("kbd", {}, name), " ");
    line.append(what + (k < pairs.length - 1 ? ", " : "."));
  });
  return line;
}

const axisOf = (ink, title, unit, more = {}) => ({
  title: {text: plain(unit ? `${title} [${unit}]` : title), standoff: 8},
  color: ink.soft, gridcolor: ink.line, zerolinecolor: ink.line, linecolor: ink.soft, showline: true, ticks: "outside",
  tickcolor: ink.soft, exponentformat: "SI", minexponent: 1, automargin: true, ...more,
});

const layoutOf = (ink, height, more = {}) => ({
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", height,
  font: {color: ink.text, size: 13, family: 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif'},
  margin: {l: 70, r: 20, t: 24, b: 50}, legend: {bgcolor: "rgba(0,0,0,0)", itemwidth: 30, tracegroupgap: 18},
  hoverlabel: {bgcolor: ink.panel, bordercolor: ink.line, font: {color: ink.text}}, modebar: {bgcolor: "rgba(0,0,0,0)", color: ink.soft, activecolor: ink.text},
  ...more,
});

// Width and height of a picture of an array, labels and colours beside it included: cells are squares of at most 80 points.
function sized(plot, rows, columns) {
  const beside = 190, around = 110;
  const widest = Math.max(60, Math.min(plot.clientWidth || 900, 1100) - beside);
  const side = Math.min(80, widest / columns, 640 / rows);
  return [Math.round(Math.max(side * columns, Math.min(160, widest))) + beside, Math.round(Math.max(side * rows, 160)) + around];
}

const lineTicks = (count) => (count <= 10 ? {tick0: 0, dtick: 1} : {tickformat: "d"});

// The buttons are listed, so that none comes with a later version of the library; nothing is sent anywhere.
const CONFIG = {
  responsive: true, displaylogo: false, doubleClick: "reset", plotlyServerURL: "", showSendToCloud: false, showLink: false,
  modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]],
};
