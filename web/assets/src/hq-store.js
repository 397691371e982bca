// A store as HQ sees it: how it stands, what is asked of it, and its own day, read-only.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./desk.css";
import "./why.css";
import "./today.css";
import "./hq.css";
import "./fleet.css";
import { keepUp, sinceDrawn } from "./hq-live.js";
import { moveNow, showLanes } from "./lanes.js";

keepUp(htmx, { drawn: moveNow });
showLanes(htmx, sinceDrawn);
