#!/bin/sh
# npm run example NAME [ARGUMENT ...]: one program of the ladder, in the place of this shell, so that
# a signal meant for it reaches it. How it ends when a call fails: examples/cli/failure.ts.
program="dist/examples/${1-}.js"
if [ ! -f "$program" ]; then
  what="There is no program ${1-}."
  [ -n "${1-}" ] || what="Which program?"
  echo "$what npx fdkit examples lists them; the first: npm run example 01-server" >&2
  exit 2
fi
shift
exec node --enable-source-maps --import ./dist/examples/cli/failure.js "$program" "$@"
