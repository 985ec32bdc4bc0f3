/*
 * Draws the figures of the page: each [data-figure] names a json_script with a plain Plotly figure.
 * The server has already drawn the same picture as SVG beneath it, for print and for pages without scripts;
 * this file adds hovering on one date through all panels. Colours come from the stylesheet, so that both agree.
 */
"use strict";

(() => {
  const CONFIG = {
    displayModeBar: false,
    displaylogo: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    responsive: true,
    scrollZoom: false,
    doubleClick: false,
    showTips: false,
  };
  const TOKEN = /^var\((--[\w-]+)\)$/;

  /** Return a copy of the value in which every "var(--token)" is the colour it stands for now. */
  function paint(value, style) {
    if (typeof value === "string") {
      const token = value.match(TOKEN);
      return token ? style.getPropertyValue(token[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map((entry) => paint(entry, style));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, paint(entry, style)]));
  }

  /** Draw one figure over the picture of the server; a figure that fails leaves that picture standing. */
  async function draw(element) {
    const source = document.getElementById(element.dataset.figure);
    if (!source) return;
    const figure = paint(JSON.parse(source.textContent), getComputedStyle(document.documentElement));
    try {
      await Plotly.react(element, figure.data, figure.layout, CONFIG);
    } catch (error) {
      console.error(error);
      return;
    }
    if (!element.parentElement.classList.contains("drawn")) join(element);
    element.parentElement.classList.add("drawn");
  }

  function figuresIn(root) {
    return [...root.querySelectorAll("[data-figure]")];
  }

  function drawAll(root) {
    figuresIn(root).forEach(draw);
  }

  /** Let a date that is hovered in one panel be shown in all panels of the same time line. */
  function join(element) {
    const stack = element.closest("[data-timeline]");
    if (!stack) return;
    element.on("plotly_hover", (event) => {
      if (event.event) showDate(stack, element, event.points[0].x);
    });
    element.on("plotly_unhover", () => hideDate(stack));
  }

  function showDate(stack, source, date) {
    figuresIn(stack)
      .filter((other) => other !== source && other.data)
      .forEach((other) => Plotly.Fx.hover(other, pointsOn(other, date)));
    const line = stack.querySelector("[data-hover-line]");
    const axis = source._fullLayout.xaxis;
    const left = source.getBoundingClientRect().left - stack.getBoundingClientRect().left;
    line.style.left = `${left + axis._offset + axis.d2p(date)}px`;
    line.hidden = false;
  }

  /** Return the answers a figure has on a date, in the form Plotly hovers over. */
  function pointsOn(element, date) {
    return element.data.flatMap((trace, curveNumber) => {
      if (trace.hoverinfo === "skip") return [];
      const pointNumber = trace.x.indexOf(date);
      return pointNumber < 0 ? [] : [{ curveNumber, pointNumber }];
    });
  }

  function hideDate(stack) {
    figuresIn(stack).forEach((element) => element.data && Plotly.Fx.unhover(element));
    stack.querySelector("[data-hover-line]").hidden = true;
  }

  function start() {
    drawAll(document);
    const redraw = () => drawAll(document);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    document.body.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
  }

  start();
})();
