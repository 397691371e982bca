// The page Today: a day as lanes, pieces that are put in place, and the live connection.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./why.css";
import "./today.css";
import { definePieces } from "./pieces.js";
import { watchDialogs } from "./dialogs.js";
import { watchProblems } from "./problems.js";
import { connect, sinceDrawn } from "./live.js";
import { here, moveNow, showLanes } from "./lanes.js";

definePieces(htmx);
watchDialogs();
watchProblems(htmx);
showLanes(htmx, sinceDrawn);
connect(htmx, { inHand: here, paths: () => [here()], drawn: moveNow });
