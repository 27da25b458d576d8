// Opens each document of an array on the standard input in TimelineJS, without a browser, and prints what it
// shows: the slides, the markers on the axis, and what it says went wrong. Nothing is fetched.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const { JSDOM, VirtualConsole } = require("jsdom");
const script = readFileSync(require.resolve("@knight-lab/timelinejs/dist/js/timeline.js"), "utf8");

let errors = [];
process.on("unhandledRejection", (error) => errors.push(String(error)));

async function show(json) {
  errors = [];
  const console = new VirtualConsole().on("jsdomError", (error) => errors.push(error.message));
  const { window } = new JSDOM('<div id="timeline"></div>', {
    runScripts: "outside-only",
    pretendToBeVisual: true,
    virtualConsole: console,
  });
  window.eval(`${script};window.TL = TL`);
  const timeline = new window.TL.Timeline("timeline", json, {});
  const until = Date.now() + 20_000;
  const all = (selector) => [...window.document.querySelectorAll(selector)];
  const done = () => errors.length || (timeline.config && !timeline.config.isValid()) || all(".tl-timemarker").length;
  while (!done() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  const html = (slide, selector) => slide.querySelector(selector)?.innerHTML ?? "";
  const shown = {
    errors: [...errors, ...(timeline.config?.getErrors() ?? ["TimelineJS read nothing"])],
    slides: all(".tl-slide").map((slide) => ({
      id: slide.id,
      headline: html(slide, ".tl-headline"),
      date: html(slide, ".tl-headline-date"),
      text: html(slide, ".tl-text-content"),
      has_media: slide.querySelector(".tl-media") !== null,
    })),
    markers: all(".tl-timemarker").length,
    groups: all(".tl-timegroup").map((group) => group.textContent.trim()).filter(Boolean),
  };
  window.close();
  return shown;
}

const shown = [];
for (const json of JSON.parse(readFileSync(0, "utf8"))) shown.push(await show(json));
process.stdout.write(JSON.stringify(shown), () => process.exit(0));
