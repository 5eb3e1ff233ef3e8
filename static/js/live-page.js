// For a page that shows no wall and no desk: the stream of its team, which nudges the bell.
import "./notice-bell.js";
import "./live-stream.js";
