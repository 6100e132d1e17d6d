/** What every value that is not a string has in common; the types themselves are beside this. */

import type { Settings } from "../config.ts";

export interface TypedValue {
  /** What OBJECT ENCODING says: the name of the form that Redis would keep this value in. */
  encoding(settings: Settings): string;
  /** A copy that shares nothing with this one, for COPY. */
  clone(): TypedValue;
}
