// The page Now: pieces that are put in place, dialogs, the zone in hand, and the live connection.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./plan.css";
import "./cards.css";
import "./desk.css";
import "./why.css";
import { definePieces } from "./pieces.js";
import { watchDialogs } from "./dialogs.js";
import { watchDesk } from "./desk.js";
import { connect } from "./live.js";

definePieces(htmx);
watchDialogs();
watchDesk(htmx);
connect(htmx);
