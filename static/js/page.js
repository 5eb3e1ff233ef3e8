// For every page of a team.
import "./time-ago.js";
import "./request-toasts.js";
