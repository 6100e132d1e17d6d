/** Who may import what: the floors of the project. Imports go down, never up. */

import { type Finding, lineOf, type SourceText } from "./finding.ts";

interface ImportRule {
  /** The files that the rule is for. */
  readonly files: RegExp;
  /**
   * What they may import, as a path from the root or a package's name; anything else is a finding.
   */
  readonly allowed?: RegExp;
  readonly forbidden?: RegExp;
}

const SYS = "lib/sys/[a-z]+\\.ts";

/** Every rule that fits a file holds for it. */
export const IMPORT_RULES: readonly ImportRule[] = [
  { files: /^lib\/(constants\/[a-z]+|structs)\.ts$/, allowed: /^lib\/native\.ts$/ },
  { files: /^lib\/(sigset|paths)\.ts$/, allowed: /^$/ },
  { files: /^lib\/constants\.ts$/, allowed: /^lib\/constants\/[a-z]+\.ts$/ },
  { files: /^lib\/errno\.ts$/, allowed: /^lib\/(native|constants)\.ts$/ },
  { files: /^lib\/inet\.ts$/, allowed: /^lib\/constants\.ts$/ },
  {
    files: /^lib\/sockaddr\.ts$/,
    allowed: /^(lib\/(constants|structs|inet|link-address)\.ts|node:os)$/,
  },
  {
    files: /^lib\/sys\//,
    allowed: /^(lib\/(native|errno|constants|structs|sockaddr|sigset|paths)\.ts|node:os)$/,
  },
  {
    files: /^lib\/net\.ts$/,
    allowed: new RegExp(`^(${SYS}|lib/(sockaddr|errno|constants)\\.ts|node:fs)$`),
  },
  {
    files: /^lib\/loop\.ts$/,
    allowed: new RegExp(
      `^(${SYS}|lib/(sockaddr|constants|timers|signals|wakeups)\\.ts|node:worker_threads)$`,
    ),
  },
  {
    files: /^lib\/(timers|signals|wakeups)\.ts$/,
    allowed: new RegExp(`^(${SYS}|lib/constants\\.ts)$`),
  },
  { files: /^lib\/option-levels\.ts$/, allowed: /^lib\/constants\.ts$/ },
  {
    files: /^lib\/has\.ts$/,
    allowed: new RegExp(`^(${SYS}|lib/(native|errno|constants|option-levels)\\.ts)$`),
  },
  {
    files: /^lib\/node\.ts$/,
    allowed: new RegExp(`^(${SYS}|lib/constants\\.ts|node:(net|dgram))$`),
  },
  { files: /^lib\/owned-fd\.ts$/, allowed: /^lib\/sys\/file\.ts$/ },
  { files: /^lib\/options\.ts$/, allowed: /^lib\/options\/[a-z]+\.ts$/ },
  {
    files: /^lib\/options\//,
    allowed: new RegExp(
      `^(${SYS}|lib/options/bytes\\.ts|node:os|` +
        "lib/(native|errno|constants|structs|inet|sockaddr|cmsg-types)\\.ts)$",
    ),
  },
  { files: /^lib\/(?!inspect\/)/, forbidden: /^lib\/inspect\// },
  { files: /^lib\/addon\.ts$/, allowed: /^node:(fs|module|path)$/ },
  { files: /^lib\/(?!native\.ts)/, forbidden: /^lib\/addon\.ts$/ },
  // environment.ts loads inspect/, and only when a variable asks for it.
  { files: /^lib\/(?!(addon|environment)\.ts)/, forbidden: /^node:module$/ },
  { files: /^examples\/(?!15|16)\d\d-/, allowed: /^fdkit$/ },
  { files: /^examples\/15-/, allowed: /^(fdkit|examples\/http\/conversation\.ts)$/ },
  { files: /^examples\/http\//, allowed: /^$/ },
  { files: /^examples\/16-/, allowed: /^(fdkit|node:worker_threads)$/ },
  {
    files: /^examples\/redis-steps\//,
    allowed: /^(fdkit|node:worker_threads|examples\/redis-steps\/[a-z-]+\.ts)$/,
  },
  {
    files: /^examples\/redis-steps\/(?!\d\d-|server|idle|expiring|lazy-free\.|thread|free)/,
    forbidden: /^fdkit$/,
  },
  {
    files: /^(examples|test)\/exercises\/(solutions\/)?(?!18)\d\d-/,
    allowed: /^(fdkit|node:worker_threads|examples\/redis-steps\/[a-z-]+\.ts)$/,
  },
  {
    files: /^(examples|test)\/exercises\/(solutions\/)?18-/,
    allowed: /^examples\/redis\/[a-z/-]+\.ts$/,
  },
  {
    files: /^examples\/redis\/(commands|types|keyspace)\//,
    forbidden: /^(fdkit|lib\/.*|examples\/redis\/(client|server|main)\.ts)$/,
  },
  {
    files: /^examples\/redis\/(core|args|call|reply|request|session|command|lookup)\.ts$/,
    forbidden: /^(fdkit|lib\/.*|examples\/redis\/(client|server|main)\.ts)$/,
  },
  {
    files: /^examples\/redis\/keyspace\//,
    forbidden: /^examples\/redis\/(reply|request|call|core)\.ts$/,
  },
  { files: /^examples\//, forbidden: /^(node:)?(net|dgram|stream)$/ },
  { files: /^(lib|examples)\//, forbidden: /^(bench|test)\// },
];

const IMPORT =
  /^\s*(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;

/** What a TypeScript file imports, paths from the root, with the place. */
export function importsOf({ path, text }: SourceText): { target: string; line: number }[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const specifier = (match[1] ?? match[2] ?? match[3]) as string;
    const target = specifier.startsWith(".") ? resolve(path, specifier) : specifier;
    return { target, line: lineOf(text, match.index + match[0].length - 1) };
  });
}

function resolve(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

export function checkImports(files: readonly SourceText[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    if (!file.path.endsWith(".ts")) continue;
    for (const { target, line } of importsOf(file)) {
      if (isForbidden(file.path, target)) {
        findings.push({
          path: file.path,
          line,
          rule: "imports",
          what: `must not import ${target}`,
        });
      }
    }
  }
  return findings;
}

function isForbidden(path: string, target: string): boolean {
  return IMPORT_RULES.some(({ files, allowed, forbidden }) => {
    if (!files.test(path)) return false;
    return (allowed !== undefined && !allowed.test(target)) || (forbidden?.test(target) ?? false);
  });
}

/**
 * The C++ files include call.h and what the system has, never one another. The lists of constants
 * are for whoever reads them.
 */
export function checkIncludes(files: readonly SourceText[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of files) {
    if (!path.startsWith("native/")) continue;
    const allowed = path.endsWith("call.h") ? "owner.h" : "call.h";
    for (const match of text.matchAll(/^#include "([^"]+)"/gm)) {
      if (match[1] === allowed || /^constants(-[a-z]+)?\.h$/.test(match[1] as string)) continue;
      const line = lineOf(text, match.index);
      findings.push({ path, line, rule: "includes", what: `must not include ${match[1]}` });
    }
  }
  return findings;
}
