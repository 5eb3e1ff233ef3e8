// All behaviours of a published story on its own page.
import "./story-reactions.js";
import "./reaction-presses.js";
import "./own-reactions.js";
import "./reaction-menu.js";
import "./card-links.js";
import "./back-to-wall.js";
