"use strict";
// Maps of an array: colours of all cells, linear or logarithmic, and the numbers of the cell pointed at.

drawers.map = (element, content) => {
  const plot = element.querySelector(".plot");
  const reading = element.querySelector(".reading");
  const {rows, columns, selected, maps} = content;
  let shown = 0, log = maps[0].log, cell = selected ? selected.slice() : [0, 0], ink = INK.light, started = false;

  const table = (map, change = (v) => v) => Array.from({length: map.rows}, (_, i) => Array.from(map.values.subarray(i * map.columns, (i + 1) * map.columns), change));
  const places = (map, count) => Array.from({length: count}, (_, k) => k * map.step + (map.step - 1) / 2);

  // Colours: of values of one sign from nothing up, of both signs from the middle; logarithmic ones over six decades, or four on either side.
  function look(map) {
    let low = Infinity, high = -Infinity;
    for (const v of map.values) { low = Math.min(low, v); high = Math.max(high, v); }
    const most = Math.max(Math.abs(low), Math.abs(high));
    const both = Math.min(-low, high) > (log ? 1e-4 : 0.01) * most;
    const sign = !both && -low > high ? -1 : 1;
    if (!log || most === 0) {
      const scale = both ? {zmin: -most, zmax: most, colorscale: ink.signs} : {zmin: low, zmax: high > low ? high : low + (Math.abs(low) || 1), colorscale: "Viridis"};
      return {...scale, z: table(map), colorbar: {exponentformat: "SI", ticksuffix: map.unit}};
    }
    if (both) {
      const base = 1e-4 * most, bend = (v) => Math.sign(v) * Math.log10(1 + Math.abs(v) / base), end = bend(most);
      const ticks = [-1, -1e-2, 0, 1e-2, 1].map((share) => share * most);
      return {zmin: -end, zmax: end, colorscale: ink.signs, z: table(map, bend), colorbar: {tickvals: ticks.map(bend), ticktext: ticks.map((t) => plain(si(t, map.unit, 2)))}};
    }
    let least = most;
    for (const v of map.values) if (sign * v > 1e-6 * most) least = Math.min(least, sign * v);
    const from = Math.log10(least) - 0.15, to = Math.log10(most);
    const ticks = [];
    for (let d = Math.ceil(from); d <= to; d += 1) ticks.push(d);
    if (ticks.length < 2) ticks.splice(0, ticks.length, from + 0.15, to);
    return {zmin: from, zmax: to > from ? to : from + 1, colorscale: "Viridis", z: table(map, (v) => Math.log10(Math.max(sign * v, 10 ** from))),
      colorbar: {tickvals: ticks, ticktext: ticks.map((t) => plain(si(sign * 10 ** t, map.unit, 2)))}};
  }

  const pairName = (k) => (content.paired ? `${k >> 1}${k % 2 ? "−" : "+"}` : String(k));

  function trace() {
    const map = maps[shown], made = look(map);
    const colorbar = {...made.colorbar, thickness: 16, outlinewidth: 0, tickcolor: ink.soft, tickfont: {color: ink.text}, title: {text: plain(map.unit), side: "top"}};
    if (!made.colorbar.tickvals) delete colorbar.title;
    return {type: "heatmap", ...made, colorbar, x: places(map, map.columns), y: places(map, map.rows), customdata: table(map), hovertemplate: hover(map), xgap: columns <= 48 && rows <= 48 ? 1 : 0, ygap: columns <= 48 && rows <= 48 ? 1 : 0};
  }
  const hover = (map) => (map.step === 1 ? `word line %{y}, bit line %{x}<br>%{customdata:.5~s}${plain(map.unit)}<extra></extra>` : `around word line %{y:.0f}, bit line %{x:.0f}<br>%{customdata:.5~s}${plain(map.unit)}<extra></extra>`);

  const isSelected = () => selected && cell[0] === selected[0] && cell[1] === selected[1];

  function marks() {
    const size = Math.max(1, Math.max(rows, columns) / 60) / 2;
    const frame = ([row, column], colour, half, dash) => ({type: "rect", x0: column - half, x1: column + half, y0: row - half, y1: row + half, line: {color: colour, width: 2.5, dash}});
    const frames = selected ? [frame(selected, ink.mark, size, "solid")] : [];
    return isSelected() ? frames : [...frames, frame(cell, ink.text, size, "dot")];
  }

  function layout() {
    const [width, height] = sized(plot, rows, columns);
    const frame = layoutOf(ink, height, {width, shapes: marks(), dragmode: "zoom", uirevision: "kept", margin: {l: 70, r: 20, t: 40, b: 50}});
    frame.xaxis = axisOf(ink, content.paired ? "bit line, pairs + and −" : "bit line", "", {range: [-0.5, columns - 0.5], showgrid: false, zeroline: false, constrain: "domain", ...lineTicks(columns)});
    frame.yaxis = axisOf(ink, "word line", "", {range: [rows - 0.5, -0.5], showgrid: false, zeroline: false, scaleanchor: "x", constrain: "domain", ...lineTicks(rows)});
    const arrows = selected ? [
      {x: selected[1], y: 1, xref: "x", yref: "y domain", yanchor: "bottom", text: "▼", showarrow: false, font: {color: ink.mark}},
      {x: 1, y: selected[0], xref: "x domain", yref: "y", xanchor: "left", text: "◀", showarrow: false, font: {color: ink.mark}},
    ] : [];
    frame.annotations = arrows;
    return frame;
  }

  function read() {
    const [row, column] = cell;
    const heading = `Word line ${row}, bit line ${pairName(column)}${isSelected() ? " (selected)" : ""}`;
    const cells = maps.map((map) => {
      const i = Math.min(Math.floor(row / map.step), map.rows - 1), j = Math.min(Math.floor(column / map.step), map.columns - 1);
      const what = map.step === 1 ? map.title : `${map.title} (${map.largest ? "largest" : "mean"} of ${map.step} × ${map.step} around)`;
      return made("tr", {}, made("td", {class: "text"}, what), made("td", {}, si(map.values[i * map.columns + j], map.unit, 6)));
    });
    reading.replaceChildren(made("table", {}, made("thead", {}, made("tr", {}, made("th", {class: "text", colspan: "2"}, heading))), made("tbody", {}, ...cells)));
  }

  function go(row, column) {
    cell = [Math.min(Math.max(row, 0), rows - 1), Math.min(Math.max(column, 0), columns - 1)];
    Plotly.relayout(plot, {shapes: marks()});
    read();
  }

  const draw = () => Plotly.react(plot, [trace()], keptView(layout()), CONFIG);
  function keptView(frame) {
    if (started) for (const name of ["xaxis", "yaxis"]) frame[name].range = plot.layout[name].range.slice();
    return frame;
  }
  const list = made("select", {"aria-label": "Quantity"}, ...maps.map((map, k) => made("option", {value: String(k)}, map.title)));
  list.addEventListener("change", () => pick(Number(list.value)));
  const scale = button("Logarithmic", () => logarithmic(!log));
  function pick(k) {
    shown = (k + maps.length) % maps.length;
    list.value = String(shown);
    logarithmic(maps[shown].log);
  }
  function logarithmic(wanted) {
    log = wanted;
    scale.setAttribute("aria-pressed", String(log));
    draw();
  }
  scale.setAttribute("aria-pressed", String(log));
  const whole = () => Plotly.relayout(plot, {"xaxis.range": [-0.5, columns - 0.5], "yaxis.range": [rows - 0.5, -0.5]});
  const bar = [list, scale, button("All", whole)];
  if (selected) bar.push(button("Selected cell", () => go(...selected)));
  element.querySelector(".bar").append(...bar, made("span", {class: "keys"}, "A click reads a cell, a drag zooms."));
  reading.before(keys(["← → ↑ ↓", "next cell"], ["Shift", "ten at a time"], ["Q", "next quantity"], ["L", "scale"], ["S", "selected cell"], ["Home", "all"]));

  const act = {
    ArrowLeft: (n) => go(cell[0], cell[1] - n), ArrowRight: (n) => go(cell[0], cell[1] + n), ArrowUp: (n) => go(cell[0] - n, cell[1]), ArrowDown: (n) => go(cell[0] + n, cell[1]),
    q: () => pick(shown + 1), l: () => logarithmic(!log), s: () => selected && go(...selected), Home: whole,
  };
  plot.addEventListener("keydown", (event) => {
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!act[name] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act[name](event.shiftKey ? 10 : 1);
  });

  return async (chosen) => {
    ink = chosen;
    await draw();
    if (!started) plot.on("plotly_click", (event) => { go(Math.round(event.points[0].y), Math.round(event.points[0].x)); plot.focus(); });
    started = true;
    read();
  };
};
