/** A rule that can't be applied, with what Redis says of it. */

export class RuleError extends Error {
  override readonly name = "RuleError";
}

export const SYNTAX = new RuleError("Syntax error");
/** The only one after which ACL LOAD goes on, to find all of its kind. */
export const UNKNOWN_NAME = new RuleError("Unknown command or category name in ACL");
export const FIRST_ARGUMENT = new RuleError("Allowing first-arg of a subcommand is not supported");
export const BAD_HASH = new RuleError(
  "The password hash must be exactly 64 characters and contain only lowercase hexadecimal " +
    "characters",
);
export const NO_SUCH_PASSWORD = new RuleError(
  "The password you are trying to remove from the user does not exist",
);
/** No rule is wrong: the file is. */
export const DUPLICATE_USER =
  "Duplicate user found. A user can only be defined once in config files";
export const ALL_KEYS_ALREADY = inVain("pattern", "*", "allkeys", "resetkeys", "patterns");
export const ALL_CHANNELS_ALREADY = inVain(
  "pattern",
  "*",
  "allchannels",
  "resetchannels",
  "channels",
);

function inVain(what: string, all: string, flag: string, reset: string, list: string): RuleError {
  return new RuleError(
    `Adding a ${what} after the ${all} pattern (or the '${flag}' flag) is not valid and does not ` +
      `have any effect. Try '${reset}' to start with an empty list of ${list}`,
  );
}
