// All behaviours of an open wall.
import "./wall-pill.js";
import "./live-wall.js";
