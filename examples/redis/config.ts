/**
 * The settings of a server: the defaults of options.ts, changed by a configuration file, by the
 * command line, by CONFIG SET. A setting bears the option's own name: `settings["tcp-backlog"]`.
 *
 * https://redis.io/docs/latest/operate/oss_and_stack/management/config/
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Glob } from "./glob.ts";
import { splitInline } from "./inline.ts";
import { OptionError } from "./option-kinds.ts";
import { OPTIONS, type Option, SECRETS, WITHOUT_EFFECT } from "./options.ts";

export type OptionName = keyof typeof OPTIONS;
type OptionValues = { [Name in OptionName]: (typeof OPTIONS)[Name]["value"] };

export interface Settings extends OptionValues {
  /** The `user` lines of the configuration file, in order: they add up and are no option. */
  readonly userLines: UserLine[];
}

/** The words behind `user`: a name and rules. */
export interface UserLine {
  readonly words: readonly string[];
  /** Where the line stands, and what to tell of it. */
  readonly fail: (reason: string) => UsageError;
}

/** A mistake in the arguments or in the configuration file, told in one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const NAMES = Object.keys(OPTIONS) as OptionName[];
const CANONICAL_NAMES = new Map<string, OptionName>();
for (const name of NAMES) {
  CANONICAL_NAMES.set(name, name);
  const { alias } = OPTIONS[name];
  if (alias !== undefined) CANONICAL_NAMES.set(alias, name);
}

/** Every name an option may be called by, old ones included. */
export const OPTION_NAMES: readonly string[] = [...CANONICAL_NAMES.keys()];

/** The name in the table of an option called by any of its names, in any case. */
export function findOption(name: string): OptionName | undefined {
  return CANONICAL_NAMES.get(name.toLowerCase());
}

/** One type for all of them: TypeScript can't see that kind and value of a row belong together. */
function optionOf(name: OptionName): Option<Settings[OptionName]> {
  return OPTIONS[name] as unknown as Option<Settings[OptionName]>;
}

export function settable(name: OptionName): Option<unknown>["settable"] {
  return OPTIONS[name].settable;
}

/** Whether the value is several words, which stand unquoted in a configuration file. */
export function takesWords(name: OptionName): boolean {
  return OPTIONS[name].kind.takesWords === true;
}

export function isSecret(name: OptionName): boolean {
  return SECRETS.has(name);
}

export function defaultSettings(): Settings {
  const values = Object.fromEntries(NAMES.map((name) => [name, OPTIONS[name].value]));
  return { ...(values as OptionValues), userLines: [] };
}

/** The value as CONFIG GET shows it, a byte string. */
export function printOption(settings: Settings, name: OptionName): string {
  return optionOf(name).kind.print(settings[name]);
}

/** The names of the settings that are not as `defaultSettings` made them. */
export function changedOptions(settings: Settings): OptionName[] {
  return NAMES.filter((name) => !isDefault(settings, name));
}

function isDefault(settings: Settings, name: OptionName): boolean {
  const { kind, value } = optionOf(name);
  return kind.print(settings[name]) === kind.print(value);
}

/**
 * Sets an option from the words behind its name; one word may hold all of them, as in CONFIG SET.
 * Throws an OptionError, in Redis's words, and changes nothing then.
 */
export function setOption(settings: Settings, name: OptionName, words: readonly string[]): void {
  Object.assign(settings, { [name]: parseOption(settings, name, words) });
}

function parseOption(settings: Settings, name: OptionName, given: readonly string[]) {
  const { kind } = optionOf(name);
  const [first = "", ...more] = given;
  const words = kind.takesWords && more.length === 0 ? first.split(" ") : given;
  return kind.parse(words, settings[name]);
}

/** As `setOption`, for a line in a file: several lines of `save` add up. */
function addOption(settings: Settings, name: OptionName, words: readonly string[]): void {
  const { kind } = optionOf(name);
  const value = parseOption(settings, name, words);
  const sum = kind.append === undefined ? value : kind.append(settings[name], value);
  Object.assign(settings, { [name]: sum });
}

/** Options that were given a value of their own and have no effect in this server. */
export function optionsWithoutEffect(settings: Settings): OptionName[] {
  return changedOptions(settings).filter((name) => WITHOUT_EFFECT.has(name));
}

/** Redis ignores these, which it once had. */
const RETIRED = new Set([
  "list-max-ziplist-entries",
  "list-max-ziplist-value",
  "lua-replicate-commands",
]);
const MAX_INCLUDES = 16;

/** Applies the lines of a configuration file (a byte string) to `settings`; throws a UsageError. */
export function parseConfigFile(
  text: string,
  source: string,
  settings: Settings,
  includes = 0,
): void {
  for (const [i, line] of text.split("\n").entries()) {
    const fail = (reason: string) => new UsageError(`${source}:${i + 1}: ${reason}`);
    if (/^\s*(?:#|$)/.test(line)) continue;
    const words = splitInline(line);
    if (words === undefined) throw fail("unbalanced quotes");
    const [directive = "", ...values] = words;
    applyDirective(settings, directive, values, fail, includes);
  }
}

function applyDirective(
  settings: Settings,
  directive: string,
  values: readonly string[],
  fail: (reason: string) => UsageError,
  includes = 0,
): void {
  const isInclude = directive.toLowerCase() === "include";
  if (RETIRED.has(directive.toLowerCase())) return;
  const isUser = directive.toLowerCase() === "user";
  const name = findOption(directive);
  if (name === undefined && !isInclude && !isUser) throw fail(`unknown option '${directive}'`);
  if (values.length === 0) throw fail(`${directive}: value missing`);
  if (isUser) settings.userLines.push({ words: values, fail });
  else if (name === undefined) include(settings, values, fail, includes + 1);
  else applyOption(settings, name, directive, values, fail);
}

function applyOption(
  settings: Settings,
  name: OptionName,
  directive: string,
  values: readonly string[],
  fail: (reason: string) => UsageError,
): void {
  try {
    addOption(settings, name, values);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw fail(`${directive} ${values.join(" ")}: ${error.message}`);
  }
}

function include(
  settings: Settings,
  paths: readonly string[],
  fail: (reason: string) => UsageError,
  depth: number,
): void {
  if (depth > MAX_INCLUDES) throw fail("too many files include each other");
  for (const path of paths.flatMap(includedFiles)) loadConfigFile(path, settings, depth);
}

/** What a path in a file means; `*`, `?` and `[…]` in its last part: each such file. glob(7) */
function includedFiles(bytes: string): string[] {
  const path = Buffer.from(bytes, "latin1").toString("utf8");
  const [folder, pattern] = [dirname(path), basename(path)];
  if (!/[*?[]/.test(pattern)) return [path];
  const glob = new Glob(pattern);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const found = names.filter((name) => !name.startsWith(".") && glob.matches(name));
  return found.sort().map((name) => join(folder, name));
}

/** `-` is standard input. */
function loadConfigFile(path: string, settings: Settings, includes = 0): void {
  let text: string;
  try {
    text = readFileSync(path === "-" ? STDIN : path, "latin1");
  } catch (error) {
    throw new UsageError(`Can't open config file '${path}': ${(error as Error).message}`);
  }
  parseConfigFile(text, path, settings, includes);
}

const STDIN = 0;

export interface Arguments {
  /** What the user wants: a server, or to be told something. */
  readonly wish: "serve" | "help" | "version";
  readonly settings: Settings;
  /** Absolute path of the configuration file, or "" when there is none. */
  readonly configFile: string;
}

/** `[file|-] [--option value…]… [-]`, the words after the program's name; throws a UsageError. */
export function parseArguments(argv: readonly string[]): Arguments {
  const settings = defaultSettings();
  const wish = WISHES.get(argv[0]);
  if (wish !== undefined) return { wish, settings, configFile: "" };
  const [first = "--"] = argv;
  const path = first.startsWith("-") ? "" : first;
  const readsStdin = first === "-" || argv.at(-1) === "-";
  if (path !== "") loadConfigFile(path, settings);
  if (readsStdin) loadConfigFile("-", settings);
  const start = path === "" && first !== "-" ? 0 : 1;
  const options = argv.slice(start, argv.at(-1) === "-" ? -1 : undefined);
  applyOptions(options.map(toByteString), settings);
  return { wish: "serve", settings, configFile: path === "" ? "" : resolve(path) };
}

function applyOptions(words: readonly string[], settings: Settings): void {
  for (let i = 0; i < words.length; ) {
    const flag = words[i++] as string;
    const fail = (reason: string) => new UsageError(`${reason}; --help tells more`);
    if (!flag.startsWith("--")) throw fail(`'${flag}' is not an option`);
    const values: string[] = [];
    // A first word that looks like an option and is none is the value of this one.
    while (i < words.length && !isNextOption(words[i] as string, values)) {
      values.push(words[i++] as string);
    }
    applyDirective(settings, flag.slice(2), values, fail);
  }
}

const WISHES = new Map<string | undefined, Arguments["wish"]>([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-v", "version"],
]);

function isNextOption(text: string, valuesSoFar: readonly string[]): boolean {
  if (!text.startsWith("--")) return false;
  return valuesSoFar.length > 0 || findOption(text.slice(2)) !== undefined;
}

function toByteString(argument: string): string {
  return Buffer.from(argument, "utf8").toString("latin1");
}

export const USAGE = `Usage: npm start -- [FILE | -] [--OPTION VALUE...]...
  or:  npx fdkit redis [FILE | -] [--OPTION VALUE...]...     where the package is installed

  npm start                                      127.0.0.1:6379
  npm start -- --port 7000 --maxclients 500      any option of redis.conf, with -- before it
  npm start -- redis.conf --loglevel verbose     options of the command line win
  npm start -- --port 0 --unixsocket /tmp/redis.sock
  npm start -- -                                 the configuration comes from standard input

  --help, -h       this text
  --version, -v    the version
`;
