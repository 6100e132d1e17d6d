#!/usr/bin/env node
// The command `fdkit`. In a clone it does what is missing first; an installed package has it all.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const setup = path.join(__dirname, "setup.cjs");
const isReady =
  !fs.existsSync(setup) || spawnSync(process.execPath, [setup], { stdio: "inherit" }).status === 0;
if (isReady) import("../dist/examples/cli/main.js");
else process.exitCode = 1;
