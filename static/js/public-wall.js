// All behaviours of a public wall, whose visitors do not react.
import "./story-reactions.js";
import "./card-links.js";
import "./card-stops.js";
import "./same-card.js";
import "./endless-wall.js";
import "./page-address.js";
import "./last-visit.js";
import "./paper-glide.js";
import "./wall-keys.js";
import "./keys-switch.js";
import "./wall-pill.js";
import "./wall-arrangement.js";
import "./live-wall.js";
import "./wall-search.js";
import "./live-stream.js";
