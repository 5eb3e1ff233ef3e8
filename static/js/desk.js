// All behaviours of the moderators' desk.
import "./moderators-desk.js";
import "./desk-keys.js";
import "./letter-draft.js";
import "./unsent-text.js";
import "./undo-notice.js";
import "./notice-bell.js";
import "./live-stream.js";
