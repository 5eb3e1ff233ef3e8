// All behaviours of an open wall.
import "./wall-pill.js";
import "./wall-arrangement.js";
import "./live-wall.js";
