/*
 * Makes Plotly figures of the numbers that the server sends for each panel, with the geometry of its own drawing
 * (monitoring/course/drawing/drawings.py), over which they lie. Colours are names of the stylesheet: charts.js puts in what they
 * stand for now.
 */
"use strict";

const figures = (() => {
  // Lines through all panels, by their class in the drawing.
  const LINES = {
    "chart-event": { color: "var(--line-2)", width: 1, dash: "2px,3px" },
    "chart-zero": { color: "var(--ink-3)", width: 1, dash: "solid" },
    "chart-review": { color: "var(--ink-3)", width: 1, dash: "6px,4px" },
  };
  const EDGE = { color: "var(--usual-edge)", width: 1, dash: "1px,3px" };
  const LEVEL = { color: "var(--level)", width: 2.25 };
  const DOT = { width: 1.2, color: "var(--dot)" };
  const HIDDEN = { visible: false, fixedrange: true };
  // How far above its floor, in pixels, the cross of a missed week stands.
  const CROSS_HEIGHT = 6;

  function trace(x, y, look) {
    return { type: "scatter", x, y, hoverinfo: "skip", connectgaps: false, ...look };
  }

  function pick(column, places) {
    return places.map((place) => (place === null ? null : column[place]));
  }

  /** Return the places of the answers, stretch by stretch without a gap. */
  function stretches(panel) {
    let next = 0;
    return panel.runs.map((length) => Array.from({ length }, () => next++));
  }

  /** Return the places of all stretches in one row; a gap between two of them lifts Plotly's pen. */
  function joined(runs) {
    return runs.flatMap((run, number) => (number ? [null, ...run] : run));
  }

  /** Return the usual range as an area with dotted edges, from the day it was known to the end. */
  function usual(panel, end) {
    const known = panel.on.map((_, place) => place).filter((place) => panel.usual_low[place] !== null);
    if (!known.length) return [];
    const places = [...known, known[known.length - 1]];
    const days = [...pick(panel.on, known), end];
    const filled = { fill: "tonexty", fillcolor: "var(--usual)" };
    return [
      trace(days, pick(panel.usual_low, places), { mode: "lines", line: EDGE }),
      trace(days, pick(panel.usual_high, places), { mode: "lines", line: EDGE, ...filled }),
    ];
  }

  /** Return the level with its 90 % range, broken where the answers break. */
  function levels(panel, runs) {
    const known = runs.map((run) => run.filter((place) => panel.level[place] !== null)).filter((run) => run.length);
    const areas = known.map((run) => {
      const back = [...run].reverse();
      const around = [...pick(panel.low, run), ...pick(panel.high, back)];
      const look = { mode: "none", fill: "toself", fillcolor: "var(--level)", opacity: 0.15 };
      return trace(pick(panel.on, [...run, ...back]), around, look);
    });
    const line = joined(known);
    return [...areas, trace(pick(panel.on, line), pick(panel.level, line), { mode: "lines", line: LEVEL })];
  }

  function links(panel, runs) {
    const places = joined(runs);
    const look = { mode: "lines", line: { color: "var(--dot)", width: 1 }, opacity: 0.38 };
    return trace(pick(panel.on, places), pick(panel.value, places), look);
  }

  function answers(panel, isLate) {
    const late = new Set(panel.late);
    const places = panel.on.map((_, place) => place).filter((place) => late.has(place) === isLate);
    const marker = { color: isLate ? "var(--surface)" : "var(--dot)", size: 6, line: DOT };
    const look = { mode: "markers", marker, text: pick(panel.words, places), hoverinfo: "text" };
    return trace(pick(panel.on, places), pick(panel.value, places), look);
  }

  /** Return the answers that a correction has replaced, as small rings. */
  function replaced(panel) {
    const marker = { color: "rgba(0,0,0,0)", size: 4, line: { width: 1, color: "var(--dot)" } };
    const [days, values] = [0, 1].map((part) => panel.replaced.map((answer) => answer[part]));
    return trace(days, values, { mode: "markers", marker });
  }

  function missed(panel, unit) {
    const floor = panel.minimum + unit * CROSS_HEIGHT;
    const marker = { symbol: "x-thin", size: 6, line: { width: 1.4, color: "var(--none-mark)" } };
    return trace(panel.missed, panel.missed.map(() => floor), { mode: "markers", marker });
  }

  function across(y, color, dash = "solid") {
    return { type: "line", layer: "below", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color, width: 1, dash } };
  }

  function grid(panel) {
    const [color, dash] = panel.has_bands ? ["var(--line-2)", "4px,3px"] : ["var(--line)", "solid"];
    return [
      across(panel.minimum, "var(--line-2)"),
      across(panel.maximum, "var(--line)"),
      ...panel.lines.map((value) => across(value, color, dash)),
    ];
  }

  function upright([day, kind]) {
    return { type: "line", layer: "below", yref: "paper", y0: 0, y1: 1, x0: day, x1: day, line: LINES[kind] };
  }

  function layout(panel, axes, unit) {
    const lowest = panel.minimum - unit * (axes.height - axes.bottom);
    return {
      height: axes.height,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      showlegend: false,
      dragmode: false,
      hovermode: "closest",
      hoverdistance: 30,
      hoverlabel: {
        bgcolor: "var(--surface)",
        bordercolor: "var(--control)",
        font: { color: "var(--ink)", size: 12, family: "Inter, system-ui, sans-serif" },
      },
      xaxis: { ...HIDDEN, type: "date", range: [axes.start, axes.end] },
      yaxis: { ...HIDDEN, range: [lowest, panel.maximum + unit * axes.top] },
      shapes: [...grid(panel), ...axes.lines.map(upright)],
    };
  }

  /** Return the figure of one panel on the time axis of the whole course. */
  function of(panel, axes) {
    // What a pixel of height is worth.
    const unit = (panel.maximum - panel.minimum) / (axes.bottom - axes.top);
    const runs = stretches(panel);
    const traces = [
      ...usual(panel, axes.end),
      ...levels(panel, runs),
      links(panel, runs),
      replaced(panel),
      answers(panel, false),
      answers(panel, true),
      missed(panel, unit),
    ];
    return { data: traces.filter((one) => one.x.length), layout: layout(panel, axes, unit) };
  }

  return { of };
})();
