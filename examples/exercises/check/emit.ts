/**
 * From TypeScript to JavaScript: files that have no mistake are written, the mistakes of the others
 * are told with their places.
 *
 * See also: own-file.ts, which loads this when there is something to translate */
import { renameSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import ts from "typescript";

/** By file, what TypeScript has against it. */
export function emitAll(root: string, files: readonly string[]): Map<string, readonly string[]> {
  const program = ts.createProgram(files, compilerOptions(root));
  return new Map(files.map((file) => [file, emit(program, root, file)]));
}

/** Those of the build, without what only a later build has use for. */
function compilerOptions(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(`${root}tsconfig.build.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const { incremental, tsBuildInfoFile, ...others } = options;
  return { ...others, declaration: false, declarationMap: false };
}

function emit(program: ts.Program, root: string, file: string): readonly string[] {
  const source = program.getSourceFile(file) as ts.SourceFile;
  const mistakes = [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ];
  if (mistakes.length === 0) program.emit(source, replaceFile);
  return mistakes.map(({ start = 0, messageText }) => {
    const { line, character } = source.getLineAndCharacterOfPosition(start);
    const place = `${relative(root, file)}:${line + 1}:${character + 1}`;
    return `${place}: ${ts.flattenDiagnosticMessageText(messageText, "\n    ")}`;
  });
}

/** As a whole: somebody may be running the file that is there. */
function replaceFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}
