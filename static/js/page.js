// For every page of a team.
import "./no-inline-handlers.js";
import "./time-ago.js";
import "./request-toasts.js";
