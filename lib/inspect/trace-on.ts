// fdkit/trace: `node --import fdkit/trace app.js` shows every call of app.js on stderr, or does
// what FDKIT_TRACE says. See variables.ts.
import { startTrace } from "./trace.ts";
import "./variables.ts";

if ((process.env.FDKIT_TRACE ?? "") === "") startTrace();
