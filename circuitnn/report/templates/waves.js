"use strict";
// Curves in panels over one axis, with two cursors that read them.

drawers.waves = (element, content) => {
  const plot = element.querySelector(".plot");
  const reading = element.querySelector(".reading");
  const {x: axis, panels, curves} = content;
  const cursors = {A: null, B: null};
  const gap = 0.06 / panels.length;
  let active = "A", ink = INK.light, started = false;

  const bounds = curves.reduce(([low, high], c) => c.x.reduce(([a, b], v) => (Number.isNaN(v) ? [a, b] : [Math.min(a, v), Math.max(b, v)]), [low, high]), [Infinity, -Infinity]);
  const place = axis.log ? Math.log10 : (v) => v;
  const back = axis.log ? (v) => 10 ** v : (v) => v;
  const whole = bounds.map(place);
  for (const curve of curves) curve.rising = curve.x.every((v, k) => k === 0 || v >= curve.x[k - 1]);

  const traces = () => curves.map((curve) => ({
    type: "scatter", mode: "lines", x: curve.x, y: curve.y, name: plain(curve.name), yaxis: curve.panel ? `y${curve.panel + 1}` : "y",
    visible: curve.shown ? true : "legendonly", legend: curve.panel ? `legend${curve.panel + 1}` : "legend",
    line: {width: 1.5, color: ink.curves[curve.colour % ink.curves.length], dash: ["solid", "dash", "dot", "dashdot"][Math.floor(curve.colour / 8) % 4]},
    hovertemplate: hover(panels[curve.panel].unit),
  }));
  const hover = (unit) => (SCALED.has(unit) ? `%{y:.5~s}${plain(unit)}` : `%{y:.5~g} ${plain(unit)}`);

  function layout() {
    const height = 90 + 230 * panels.length;
    const made = layoutOf(ink, height, {hovermode: "x unified", hoverdistance: -1, dragmode: "zoom", uirevision: "kept"});
    made.xaxis = axisOf(ink, axis.name, axis.unit, {type: axis.log ? "log" : "linear", range: whole.slice(), anchor: panels.length > 1 ? `y${panels.length}` : "y", hoverformat: ".6~s", unifiedhovertitle: {text: `${plain(axis.name)} = %{x:.6~s}${plain(axis.unit)}`}});
    panels.forEach((panel, k) => {
      const top = 1 - k / panels.length - (k ? gap / 2 : 0), bottom = 1 - (k + 1) / panels.length + (k < panels.length - 1 ? gap / 2 : 0);
      const id = k ? k + 1 : "";
      made[`yaxis${id}`] = axisOf(ink, panel.label, panel.unit, {domain: [bottom, top], type: panel.log ? "log" : "linear", zeroline: false});
      made[`legend${id}`] = {...made.legend, y: top, yanchor: "top", x: 1.02};
    });
    made.shapes = Object.entries(cursors).filter(([, v]) => v !== null).map(([name, v]) => ({
      type: "line", xref: "x", yref: "paper", x0: v, x1: v, y0: 0, y1: 1, line: {color: name === "A" ? ink.mark : ink.text, width: 1.2, dash: name === "A" ? "solid" : "dash"},
      label: {text: name, textposition: "end", textangle: 0, font: {color: name === "A" ? ink.mark : ink.text, size: 13}, yanchor: "bottom"},
    }));
    return made;
  }

  // Value of a curve at x: between the points next to it; where the axis goes back and forth, at the nearest point.
  function at(curve, x) {
    const {x: xs, y: ys} = curve;
    if (!curve.rising) {
      let best = -1;
      xs.forEach((v, k) => { if (!Number.isNaN(v) && (best < 0 || Math.abs(v - x) < Math.abs(xs[best] - x))) best = k; });
      return ys[best];
    }
    if (x < xs[0] || x > xs[xs.length - 1]) return NaN;
    let low = 0, high = xs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] <= x) low = middle; else high = middle;
    }
    return xs[high] === xs[low] ? ys[high] : ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / (xs[high] - xs[low]);
  }

  function read() {
    reading.replaceChildren();
    const {A, B} = cursors, names = ["A", "B"].filter((name) => cursors[name] !== null);
    if (!names.length) return;
    const both = names.length === 2;
    const cells = (tag, texts) => texts.map((t) => made(tag, {}, t));
    const head = made("tr", {}, made("th", {class: "text"}, "cursor"), ...cells("th", [...names, ...(both ? ["B − A"] : [])]));
    const first = made("tr", {}, made("td", {class: "text"}, axis.name), ...cells("td", names.map((n) => si(cursors[n], axis.unit, 7))));
    if (both) first.append(made("td", {}, si(B - A, axis.unit) + (axis.unit === "s" && B !== A ? ` (1/ = ${si(1 / Math.abs(B - A), "Hz")})` : "")));
    const rows = [first];
    curves.forEach((curve, k) => {
      const shown = started ? plot.data[k].visible !== "legendonly" : curve.shown;
      if (!shown) return;
      const unit = panels[curve.panel].unit, values = names.map((n) => at(curve, cursors[n]));
      const name = made("td", {class: "text"}, made("span", {class: "swatch", style: `background:${ink.curves[curve.colour % ink.curves.length]}`}), curve.name);
      const row = made("tr", {}, name, ...cells("td", values.map((v) => si(v, unit, 6))));
      if (both) row.append(made("td", {}, si(values[1] - values[0], unit)));
      rows.push(row);
    });
    reading.append(made("table", {}, made("thead", {}, head), made("tbody", {}, ...rows)));
  }

  function range() {
    return plot.layout.xaxis.range.map(Number);
  }
  function zoom(low, high) {
    const [a, b] = [Math.min(...whole), Math.max(...whole)];
    const width = Math.min(high - low, b - a), from = Math.min(Math.max(low, a), b - width);
    return Plotly.relayout(plot, {"xaxis.range": [from, from + width], "xaxis.autorange": false});
  }
  function scale(factor) {
    const [low, high] = range();
    const seen = cursors[active] === null ? NaN : place(cursors[active]);
    const centre = seen >= low && seen <= high ? seen : (low + high) / 2;
    return zoom(centre - (centre - low) * factor, centre + (high - centre) * factor);
  }
  function move(name, steps) {
    const [low, high] = range();
    const now = cursors[name] === null ? (low + high) / 2 : place(cursors[name]) + (steps * (high - low)) / 100;
    set(name, back(Math.min(Math.max(now, Math.min(...whole)), Math.max(...whole))));
  }
  function set(name, value) {
    cursors[name] = value;
    Plotly.relayout(plot, {shapes: layout().shapes});
    read();
  }
  function clear() {
    cursors.A = cursors.B = null;
    Plotly.relayout(plot, {shapes: []});
    read();
  }

  const choose = ["A", "B"].map((name) => button(`Cursor ${name}`, () => {
    active = name;
    choose.forEach((b, k) => b.setAttribute("aria-pressed", String("AB"[k] === active)));
    if (cursors[name] === null) move(name, 0);
  }));
  choose.forEach((b, k) => b.setAttribute("aria-pressed", String(k === 0)));
  element.querySelector(".bar").append(...choose, button("Clear cursors", clear), button("Zoom in", () => scale(0.5)), button("Zoom out", () => scale(2)), button("All", () => reset()),
    made("span", {class: "keys"}, "A click sets the cursor, a drag zooms, names in the legend show and hide."));
  reading.before(keys(["← →", "cursor"], ["Shift ← →", "the other one"], ["+ −", "zoom"], ["PageUp PageDown", "move the view"], ["Home", "all"], ["Esc", "clear cursors"]));

  function reset() {
    const all = {"xaxis.range": whole.slice()};
    panels.forEach((_, k) => { all[`yaxis${k ? k + 1 : ""}.autorange`] = true; });
    return Plotly.relayout(plot, all);
  }
  const other = () => (active === "A" ? "B" : "A");
  const pan = (share) => { const [low, high] = range(); return zoom(low + share * (high - low), high + share * (high - low)); };
  const act = {
    ArrowLeft: (e) => move(e.shiftKey ? other() : active, -1), ArrowRight: (e) => move(e.shiftKey ? other() : active, 1),
    "+": () => scale(0.5), "=": () => scale(0.5), "-": () => scale(2), "−": () => scale(2), _: () => scale(2),
    PageUp: () => pan(-0.5), PageDown: () => pan(0.5), Home: reset, Escape: clear,
  };
  plot.addEventListener("keydown", (event) => {
    if (!act[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act[event.key](event);
  });

  return async (chosen) => {
    ink = chosen;
    const seen = started ? plot.data.map((trace) => trace.visible) : null;
    const view = started ? plot.layout.xaxis.range.slice() : null;
    const lines = traces();
    if (seen) lines.forEach((line, k) => { line.visible = seen[k]; });
    const frame = layout();
    if (view) frame.xaxis.range = view;
    await Plotly.react(plot, lines, frame, CONFIG);
    if (!started) {
      plot.on("plotly_click", (event) => { set(event.event && event.event.shiftKey ? other() : active, event.points[0].x); plot.focus(); });
      plot.on("plotly_restyle", read);
    }
    started = true;
    read();
  };
};
