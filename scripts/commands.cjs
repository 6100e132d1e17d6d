// Writes docs/commands.md: every command of Redis 7.0, and what our server says of it.
//   node scripts/commands.cjs [--check]
//
// Both servers are asked with `redis-cli --json COMMAND`; redis-server 7.0 has to be installed, and
// ours to be compiled (scripts/setup.cjs). With --check nothing is written: the exit code tells
// whether the file is as it would be.
"use strict";

const { execFileSync, spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const root = path.join(__dirname, "..");
const DIST = process.env.FDKIT_TEST_DIST ?? path.join(root, "dist");
const MAIN = path.join(DIST, "examples/redis/main.js");
const TARGET = path.join(root, "docs/commands.md");
const ATTEMPTS = 500;

/** The words of COMMAND, from a server that lives as long as it takes to ask. */
async function ask(program, args, directory) {
  const socket = path.join(directory, path.basename(program));
  const options = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", directory];
  const server = spawn(program, [...args, ...options], { stdio: "ignore" });
  try {
    await listening(socket);
    const cli = (...words) => {
      const text = execFileSync("redis-cli", ["-s", socket, "--json", ...words], {
        maxBuffer: 2 ** 26,
      });
      return JSON.parse(text);
    };
    return { commands: flatten(cli("command")), docs: cli("command", "docs") };
  } finally {
    server.kill("SIGKILL");
  }
}

async function listening(socket) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (fs.existsSync(socket)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no server on ${socket}`);
}

/** Name to facts, subcommands included. */
function flatten(commands, found = new Map()) {
  for (const [name, arity, flags, first, last, step, categories, tips, specs, subs] of commands) {
    found.set(name, {
      arity: String(arity),
      flags: list(flags),
      keys: `${first} ${last} ${step} ${JSON.stringify(specs.map(withoutNotes))}`,
      categories: list(categories),
      tips: list(tips),
    });
    flatten(subs, found);
  }
  return found;
}

function list(words) {
  return [...words].sort().join(" ");
}

/** The notes on keys are in words of our own. */
function withoutNotes({ notes, flags, ...spec }) {
  return { ...spec, flags: list(flags) };
}

const COLUMNS = ["arity", "flags", "keys", "categories", "tips"];

function row(name, theirs, ours) {
  const shown = `\`${name.replace("|", "\\|")}\``;
  if (ours === undefined) return `| ${shown} | no |${COLUMNS.map(() => " |").join("")}`;
  const cells = COLUMNS.map((column) => cell(ours[column], theirs[column]));
  return `| ${shown} | yes | ${cells.join(" | ")} |`;
}

function cell(ours, theirs) {
  return ours === theirs ? "=" : `${ours || "none"}, not ${theirs || "none"}`.slice(0, 80);
}

function section(group, names, theirs, ours) {
  return [
    `## ${group}`,
    "",
    `| command | here | ${COLUMNS.join(" | ")} |`,
    `|---|---|${COLUMNS.map(() => "---|").join("")}`,
    ...names.sort().map((name) => row(name, theirs.get(name), ours.get(name))),
    "",
  ];
}

function write(theirs, ours) {
  const names = [...theirs.commands.keys()];
  const groups = new Map();
  for (const name of names) {
    const [container] = name.split("|");
    const { group } = theirs.docs[container];
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const here = names.filter((name) => ours.commands.has(name));
  const equal = here.filter((name) => {
    return !row(name, theirs.commands.get(name), ours.commands.get(name)).includes(", not ");
  });
  const newer = [...ours.commands.keys()].filter((name) => !theirs.commands.has(name)).sort();
  const lines = [
    "# Commands",
    "",
    "Every command and subcommand of Redis 7.0.15, and what the server in",
    "[examples/redis](../examples/redis/README.md) says of it: `=` is what Redis says, too.",
    "Made by `node scripts/commands.cjs` from what both servers answer to `COMMAND`.",
    "",
    `Of ${names.length} names ${here.length} are here, ${equal.length} the same in all columns.`,
    "",
    ...[...groups.keys()].sort().flatMap((group) => {
      return section(group, groups.get(group), theirs.commands, ours.commands);
    }),
    "## From newer versions",
    "",
    newer.map((name) => `\`${name}\``).join(", "),
    "",
  ];
  return lines.join("\n");
}

async function main() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "fdkit-commands-"));
  try {
    const theirs = await ask("redis-server", [], directory);
    const ours = await ask(process.execPath, [MAIN], directory);
    const text = write(theirs, ours);
    if (!process.argv.includes("--check")) fs.writeFileSync(TARGET, text);
    else if (fs.readFileSync(TARGET, "utf8") !== text) {
      console.error("docs/commands.md is stale: node scripts/commands.cjs");
      process.exitCode = 1;
    }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

main();
