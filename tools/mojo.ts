#!/usr/bin/env node
import { ProcessTerminal } from "../libs/secrets/terminal.ts";
/** The command line: `node tools/mojo.ts --help`. */
import { runCommandLine } from "./cli/command-line.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), new ProcessTerminal(process));
