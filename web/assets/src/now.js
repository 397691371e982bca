// The page Now: pieces that are put in place, dialogs, the zone in hand, and the live connection.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./plan.css";
import "./cards.css";
import "./desk.css";
import "./why.css";
import { definePieces } from "./pieces.js";
import { watchDialogs } from "./dialogs.js";
import { watchDesk, zoneInHand } from "./desk.js";
import { watchProblems } from "./problems.js";
import { connect } from "./live.js";

definePieces(htmx);
watchDialogs();
watchProblems(htmx);
watchDesk();

const query = () => `?zone=${encodeURIComponent(zoneInHand())}`;
connect(htmx, { inHand: zoneInHand, paths: () => [`/now/fragment${query()}`, `/now/desk${query()}`] });
