/** What commands may ask of the process around the core; the core itself knows no process. */

export type LogLevel = "debug" | "verbose" | "notice" | "warning";

export interface Timer {
  cancel(): void;
}

export interface Host {
  /** Absolute path of the configuration file, or "" when there is none. */
  readonly configFile: string;
  /** Ends the server after the replies in flight; exit code 0. */
  shutdown(): void;
  /** Applies a setting that CONFIG SET has changed; throws a ReplyError to refuse it. */
  settingChanged(name: string): void;
  /** Calls `fn` once, when so many milliseconds have passed. */
  after(milliseconds: number, fn: () => void): Timer;
  log(level: LogLevel, message: string): void;
}
