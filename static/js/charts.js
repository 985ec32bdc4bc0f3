/*
 * Draws the figures of the page: each [data-columns] names a json_script with the numbers of a panel (figures.js), each
 * [data-figure] one with a whole figure, which stands over a table of the same numbers.
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
  const timelines = new WeakMap();
  // What the server sent for each figure, by the id of its script element.
  const sources = new Map();
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
    const source = sources.get(element.dataset.columns || element.dataset.figure);
    if (!source) return;
    const numbers = JSON.parse(source);
    const plain = element.dataset.figure ? numbers : figures.of(numbers, JSON.parse(sources.get("course-axes")));
    const figure = paint(plain, getComputedStyle(document.documentElement));
    // A figure without a drawing of the server beneath it is not there until it can be drawn.
    element.parentElement.hidden = false;
    try {
      await Plotly.react(element, figure.data, figure.layout, CONFIG);
    } catch (error) {
      console.error(error);
      element.parentElement.hidden = Boolean(element.dataset.figure);
      return;
    }
    if (!element.parentElement.classList.contains("drawn")) join(element);
    element.parentElement.classList.add("drawn");
  }

  function figuresIn(root) {
    return [...root.querySelectorAll("[data-columns], [data-figure]")];
  }

  function drawAll(root) {
    figuresIn(root).forEach(draw);
  }

  /** Let a day that is hovered in one panel be shown in all panels of the same time line, and open its check-in. */
  function join(element) {
    const timeline = timelines.get(element.closest("[data-timeline]"));
    if (!timeline) return;
    element.on("plotly_hover", (event) => {
      if (event.event && event.points.length) timeline.show(event.points[0].x, element);
    });
    element.on("plotly_unhover", () => timeline.hide(element));
    element.on("plotly_click", (event) => timeline.open(event.points[0].x));
  }

  /* ---------- One day through all panels: by hovering, and by keyboard ---------- */

  class Timeline {
    constructor(stack) {
      this.stack = stack;
      this.line = stack.querySelector("[data-hover-line]");
      this.days = JSON.parse(sources.get("course-days") || "[]");
      this.readout = stack.querySelector("[data-readout]");
      this.slider = stack.querySelector("[data-day]");
      this.values = stack.querySelector("[data-values]");
      this.at = this.days.length;
      if (!this.readout || !this.days.length) return;
      this.readout.hidden = false;
      this.slider.addEventListener("keydown", (event) => this.press(event));
      this.slider.addEventListener("blur", () => this.hide());
    }

    get figures() {
      return figuresIn(this.stack).filter((figure) => figure.parentElement.classList.contains("drawn"));
    }

    press(event) {
      const last = this.days.length - 1;
      const steps = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, Home: 0, End: last };
      if (event.key in steps) {
        event.preventDefault();
        this.show(this.days[Math.min(Math.max(steps[event.key], 0), last)].on);
      } else if (event.key === "Enter" && this.days[this.at]) {
        event.preventDefault();
        this.open(this.days[this.at].on);
      }
    }

    /** Show a day in every panel; `source` is the panel that shows it by itself. */
    show(on, source) {
      const drawn = this.figures;
      this.say(on, drawn);
      drawn.filter((figure) => figure !== source).forEach((figure) => point(figure, pointsOn(figure, on)));
      if (drawn.length) this.place(on, source || drawn[0]);
    }

    place(on, figure) {
      const axis = figure._fullLayout.xaxis;
      const left = figure.getBoundingClientRect().left - this.stack.getBoundingClientRect().left;
      this.line.style.left = `${left + axis._offset + axis.d2p(on)}px`;
      this.line.hidden = false;
    }

    say(on, drawn) {
      const index = this.days.findIndex((day) => day.on === on);
      if (index < 0 || !this.readout) return;
      this.at = index;
      this.slider.textContent = this.days[index].label;
      this.slider.setAttribute("aria-valuenow", index + 1);
      this.slider.setAttribute("aria-valuetext", this.days[index].label);
      if (this.days[index].words) {
        this.values.textContent = this.days[index].words;
        return;
      }
      const words = drawn.map((figure) => [nameOf(figure), wordsOn(figure, on)]).filter(([, said]) => said);
      this.values.textContent = words.map(([name, said]) => `${name} ${said}`).join(" \u00b7 ");
    }

    /** Show no day; `source` is the panel that has left its dot by itself: asked to leave again, it would lose the next. */
    hide(source) {
      this.figures.filter((figure) => figure !== source).forEach((figure) => Plotly.Fx.unhover(figure));
      this.line.hidden = true;
    }

    /** Open the check-in of a day beside the charts; without htmx, as a page. */
    open(on) {
      const day = this.days.find((one) => one.on === on);
      if (!day || !day.href) return;
      if (window.htmx && document.getElementById("check-in")) htmx.ajax("GET", day.href, { target: "#check-in" });
      else location.assign(day.href);
    }
  }

  /* ---------- The check-in beside the charts: opened, closed, and the focus given back ---------- */

  // What had the focus when a check-in was opened; a dot that was clicked has none to give back.
  let opener = null;

  function pane() {
    return document.getElementById("check-in");
  }

  function remember(event) {
    if (event.detail.target !== pane() || pane().contains(document.activeElement)) return;
    opener = document.activeElement === document.body ? null : document.activeElement;
  }

  /** Empty the pane and its place in the address; read on where it was opened from. */
  function close(link) {
    pane().replaceChildren();
    history.pushState({ htmx: true }, "", link.href);
    const back = [opener, document.querySelector("[data-readout]:not([hidden]) [data-day]"), courseTitle()];
    back.find((element) => element && element.isConnected).focus();
    opener = null;
  }

  function courseTitle() {
    const title = document.getElementById("course-title") || document.querySelector("h1");
    title.tabIndex = -1;
    return title;
  }

  function onClose(event) {
    const link = event.target.closest("[data-close-check-in]");
    if (!link || !document.getElementById("trajectory") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    close(link);
  }

  /** Where the numbers are read, the reasons are read too. */
  function unfold() {
    const reads = document.querySelector("#trajectory table.values:not(.around)") !== null;
    document.querySelectorAll(".why-more").forEach((more) => {
      more.open = reads;
    });
  }

  function onEscape(event) {
    const link = event.key === "Escape" && event.target.closest("#check-in") && pane().querySelector("[data-close-check-in]");
    if (link && document.getElementById("trajectory")) close(link);
  }

  /** Show points of a figure; Plotly refuses to hover over none. */
  function point(figure, points) {
    if (points.length) Plotly.Fx.hover(figure, points);
    else Plotly.Fx.unhover(figure);
  }

  /** Return the answers a figure has on a day, in the form Plotly hovers over. */
  function pointsOn(element, on) {
    return element.data.flatMap((trace, curveNumber) => {
      if (trace.hoverinfo === "skip") return [];
      const pointNumber = trace.x.indexOf(on);
      return pointNumber < 0 ? [] : [{ curveNumber, pointNumber }];
    });
  }

  function wordsOn(element, on) {
    const [point] = pointsOn(element, on);
    return point && element.data[point.curveNumber].text[point.pointNumber];
  }

  function nameOf(element) {
    return element.closest(".panel").querySelector("h3").textContent;
  }

  function readSources(root) {
    root.querySelectorAll("script[type='application/json']").forEach((one) => sources.set(one.id, one.textContent));
  }

  function begin(root) {
    const stacks = [...root.querySelectorAll("[data-timeline]")].filter((stack) => !timelines.has(stack));
    stacks.forEach((stack) => timelines.set(stack, new Timeline(stack)));
    drawAll(root);
  }

  function start() {
    readSources(document);
    begin(document);
    const redraw = () => drawAll(document);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    // htmx leaves script elements out of what it swaps in, those that only hold data too.
    document.body.addEventListener("htmx:beforeSwap", (event) => {
      readSources(new DOMParser().parseFromString(event.detail.serverResponse, "text/html"));
    });
    document.body.addEventListener("htmx:afterSettle", (event) => {
      begin(event.target);
      if (event.target.id === "trajectory") unfold();
    });
    document.body.addEventListener("htmx:beforeRequest", remember);
    document.addEventListener("click", onClose);
    document.addEventListener("keydown", onEscape);
  }

  start();
})();
