"use strict";
// Curves and histograms of a study.

drawers.plain = (element, content) => {
  const plot = element.querySelector(".plot");
  const {x, y, overlay, left, legend} = content;
  const total = content.traces.length + left;
  if (left > 0) element.querySelector(".reading").append(made("p", {class: "note"}, `${content.traces.length} of ${total} curves are drawn.`));
  return (ink) => {
    const lines = content.traces.map((trace) => {
      const colour = ink.curves[trace.colour % ink.curves.length];
      const made = {type: trace.type, x: trace.x, y: trace.y, name: plain(trace.name), opacity: trace.opacity};
      made.hovertemplate = `${plain(x.name)} %{x:.5~g} ${plain(x.unit)}<br>%{y:.5~g} ${plain(y.unit)}`;
      if (trace.type === "bar") return {...made, width: trace.width, marker: {color: colour}};
      return {...made, mode: trace.mode, line: {color: colour, width: 1.5}, marker: {color: colour, size: 6}};
    });
    if (Array.isArray(content.traces[0] && content.traces[0].x)) content.traces.forEach((trace, k) => { lines[k].x = trace.x.map(plain); });
    const frame = layoutOf(ink, 380, {showlegend: legend, barmode: overlay ? "overlay" : "group", hovermode: "closest", uirevision: "kept"});
    frame.xaxis = axisOf(ink, x.name, x.unit, {type: x.log ? "log" : content.words ? "category" : "linear"});
    frame.yaxis = axisOf(ink, y.name, y.unit, {type: y.log ? "log" : "linear"});
    return Plotly.react(plot, lines, frame, CONFIG);
  };
};
