// All behaviours of the moderators' desk.
import "./moderators-desk.js";
import "./desk-keys.js";
import "./letter-draft.js";
import "./undo-notice.js";
