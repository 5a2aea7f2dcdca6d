"use strict";
// Currents drawn on the lines of a small array: busy segments are strong, idle ones hardly seen.

drawers.wires = (element, content) => {
  const plot = element.querySelector(".plot");
  const {rows, columns, selected, word, bit, cell} = content;
  const DECADES = 6, LEVELS = 24, ASIDE = 0.35;  // bit lines lie a little aside, so that cells are seen between the lines
  const size = [word, bit, cell].reduce((most, part) => part.reduce((m, v) => Math.max(m, Math.abs(v)), most), 0);
  const level = (v) => (size && v ? Math.max(0, Math.min(1, 1 + Math.log10(Math.abs(v) / size) / DECADES)) : 0);
  const bins = Array.from({length: LEVELS}, () => ({x: [], y: []}));
  const points = {x: [], y: [], text: []};

  function segment(x0, y0, x1, y1, value, name) {
    const bin = bins[Math.min(LEVELS - 1, Math.floor(level(value) * LEVELS))];
    bin.x.push(x0, x1, null);
    bin.y.push(y0, y1, null);
    points.x.push((x0 + x1) / 2);
    points.y.push((y0 + y1) / 2);
    points.text.push(`${name}<br>${plain(si(value, "A"))}`);
  }
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      if (j < columns - 1) segment(j, i, j + 1, i, word[i * (columns - 1) + j], `word line ${i}, from bit line ${j} to ${j + 1}`);
      if (i < rows - 1) segment(j + ASIDE, i + ASIDE, j + ASIDE, i + 1 + ASIDE, bit[i * columns + j], `bit line ${j}, from word line ${i} to ${i + 1}`);
      segment(j, i, j + ASIDE, i + ASIDE, cell[i * columns + j], `cell at word line ${i}, bit line ${j}`);
    }
  }

  function mixed(colours, share) {
    const at = share * (colours.length - 1), k = Math.min(Math.floor(at), colours.length - 2);
    const parts = (c) => [1, 3, 5].map((n) => parseInt(c.slice(n, n + 2), 16));
    const a = parts(colours[k]), b = parts(colours[k + 1]);
    return `rgb(${a.map((v, n) => Math.round(v + (b[n] - v) * (at - k))).join(",")})`;
  }

  function traces(ink) {
    const width = Math.max(1.5, Math.min(4, 60 / Math.max(rows, columns)));
    const lines = bins.map((bin, k) => ({
      type: "scatter", mode: "lines", x: bin.x, y: bin.y, hoverinfo: "skip", showlegend: false, line: {width, color: mixed(ink.load, k / (LEVELS - 1))},
    })).filter((line) => line.x.length);
    const ticks = Array.from({length: DECADES / 2 + 1}, (_, k) => k * (2 / DECADES));
    const marker = {
      size: 10, opacity: 0, color: [0, 1], cmin: 0, cmax: 1, colorscale: ink.load.map((c, k) => [k / (ink.load.length - 1), c]), showscale: true,
      colorbar: {thickness: 16, outlinewidth: 0, tickvals: ticks, ticktext: ticks.map((t) => plain(si(size * 10 ** (DECADES * (t - 1)), "A", 2))), tickfont: {color: ink.text}, tickcolor: ink.soft},
    };
    lines.push({type: "scatter", mode: "markers", x: points.x, y: points.y, text: points.text, hovertemplate: "%{text}<extra></extra>", showlegend: false, marker: {size: 10, opacity: 0}});
    lines.push({type: "scatter", mode: "markers", x: [0, 0], y: [0, 0], hoverinfo: "skip", showlegend: false, marker});
    return lines;
  }

  return (ink) => {
    const [width, height] = sized(plot, rows, columns);
    const frame = layoutOf(ink, height, {width, hovermode: "closest", dragmode: "zoom", uirevision: "kept"});
    frame.xaxis = axisOf(ink, "bit line", "", {range: [-0.6, columns], showgrid: false, zeroline: false, constrain: "domain", ...lineTicks(columns)});
    frame.yaxis = axisOf(ink, "word line", "", {range: [rows, -0.6], showgrid: false, zeroline: false, scaleanchor: "x", constrain: "domain", ...lineTicks(rows)});
    if (selected) {
      const [i, j] = selected, middle = ASIDE / 2;
      frame.shapes = [{type: "rect", x0: j + middle - 0.45, x1: j + middle + 0.45, y0: i + middle - 0.45, y1: i + middle + 0.45, line: {color: ink.mark, width: 2.5}}];
    }
    return Plotly.react(plot, traces(ink), frame, CONFIG);
  };
};
