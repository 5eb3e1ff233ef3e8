// All behaviours of an open wall.
import "./story-reactions.js";
import "./reaction-presses.js";
import "./own-reactions.js";
import "./reaction-menu.js";
import "./card-links.js";
import "./card-stops.js";
import "./same-card.js";
import "./endless-wall.js";
import "./last-visit.js";
import "./paper-glide.js";
import "./wall-keys.js";
import "./wall-pill.js";
import "./wall-arrangement.js";
import "./live-wall.js";
import "./wall-search.js";
import "./notice-bell.js";
import "./live-stream.js";
