/*
 * Draws the figure of the file that a patient takes home, where it is packed into the page together with Plotly.
 * It asks for nothing: the page itself forbids that. Without scripts the table below the figure says the same.
 */
"use strict";

(() => {
  const CONFIG = { displaylogo: false, displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", responsive: true };
  const place = document.getElementById("course-chart");
  const figure = JSON.parse(document.getElementById("course-figure").textContent);

  /** Draw in the colours that the page has now. */
  function draw() {
    const { color, fontFamily } = getComputedStyle(document.body);
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    figure.layout.font = { color, family: fontFamily, size: 12 };
    figure.layout.hoverlabel = { bgcolor: dark ? "#222" : "#fff", font: { color } };
    place.hidden = false;
    Plotly.react(place, figure.data, figure.layout, CONFIG);
  }

  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
