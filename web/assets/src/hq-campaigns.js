// The calendar of campaigns: a bar is dragged to other dates, or by its ends; that saves a draft, and nothing else.
import htmx from "htmx.org/dist/htmx.esm.js";
import { createCalendar, Interaction, ResourceTimeline } from "@event-calendar/core";
import "@event-calendar/core/index.css";
import "./desk.css";
import "./hq.css";
import "./campaigns.css";
import { keepUp } from "./hq-live.js";

const DAY_MS = 86_400_000;
const board = document.getElementById("almanac");
const token = () => document.querySelector("meta[name=csrf-token]").content;
let drawn = "";
let calendar;

// Dates without a time, whatever the clock of the browser: midday of that day keeps the day in every zone.
const parse = (iso) => new Date(`${iso}T00:00:00`);
const iso = (date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;

function bar(campaign) {
  const box = document.createElement("div");
  box.className = "bar-of";
  if (campaign.colour) box.style.setProperty("--lamp", campaign.colour);
  const name = document.createElement("a");
  name.href = `/campaigns/${campaign.id}`;
  name.textContent = campaign.name;
  name.draggable = false;
  name.tabIndex = -1; // the list below has it for keyboards
  const words = document.createElement("small");
  words.textContent = campaign.words;
  box.append(name, words);
  return box;
}

function events(given) {
  const campaigns = given.bars.map((each) => ({
    id: each.id, resourceId: "campaigns", start: parse(each.start), end: parse(each.end), allDay: true, title: each.name,
    editable: each.movable, startEditable: each.movable, durationEditable: each.movable && Boolean(each.last),
    classNames: [`is-${each.state}`, each.draft ? "is-draft" : ""].filter(Boolean), extendedProps: each,
  }));
  const quiet = given.quiet.flatMap((each) => each.spans.map(([start, end], n) => ({
    id: `${each.id}-${n}`, resourceId: "quiet", start: parse(start), end: parse(end), allDay: true, title: each.name,
    editable: false, classNames: ["is-quiet"], extendedProps: { quiet: each },
  })));
  return [...campaigns, ...quiet];
}

// What was dragged goes to HQ; where HQ says no, the bar goes back, and the reason is told.
async function moved({ event, revert }) {
  const was = event.extendedProps;
  const last = was.last ? iso(new Date(event.end.getTime() - DAY_MS / 2)) : "";
  const sent = new URLSearchParams({ first: iso(event.start), last, seen: was.revision });
  let words = board.dataset.unsaved;
  try {
    const answer = await fetch(`/campaigns/${was.id}/move`, {
      method: "POST", body: sent, headers: { "X-CSRF-Token": token(), "X-Moved": "1" },
    });
    const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    words = said.sentence ?? words;
    if (answer.ok) {
      document.getElementById("spoken").textContent = words;
      htmx.trigger(document.getElementById("live"), "tick");
      return;
    }
  } catch {
    // Told below: HQ did not answer.
  }
  revert();
  const problem = document.getElementById("problem");
  problem.querySelector("[data-words]").textContent = words;
  problem.hidden = false;
  problem.dataset.told = "";
}

function options(given) {
  const monday = (date) => date.getDay() === 1;
  return {
    view: "resourceTimelineMonth", date: parse(given.first), locale: given.language, firstDay: 1, headerToolbar: { start: "", center: "", end: "" },
    duration: { weeks: 13 }, columnWidth: "minmax(.6875rem, 1fr)", height: "auto",
    resources: [{ id: "campaigns", title: given.rows.campaigns }, ...(given.quiet.length ? [{ id: "quiet", title: given.rows.quiet }] : [])],
    events: events(given),
    dayHeaderFormat: (date) => (monday(date) ? String(date.getDate()) : ""),
    dayCellFormat: (date) => (monday(date) ? String(date.getDate()) : ""),
    eventContent: ({ event }) => (event.extendedProps.quiet ? "" : { domNodes: [bar(event.extendedProps)] }),
    eventDidMount: ({ el, event: { extendedProps: { quiet } } }) => {
      if (quiet) el.title = `${quiet.name}: ${quiet.words}`;
    },
    eventDrop: moved, eventResize: moved, eventResizableFromStart: true, eventLongPressDelay: 400, dayMaxEvents: false,
    highlightedDates: [parse(given.today)],
  };
}

function draw() {
  if (board.dataset.calendar === drawn) return;
  drawn = board.dataset.calendar;
  const given = options(JSON.parse(drawn));
  const place = document.getElementById("calendar");
  if (!calendar) {
    calendar = createCalendar(place, [ResourceTimeline, Interaction], given);
    return;
  }
  for (const [name, value] of Object.entries(given)) calendar.setOption(name, value);
}

draw();
keepUp(htmx, { drawn: draw });
