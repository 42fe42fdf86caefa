import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Address } from "../core/types/address.ts";

export type ProgramName = "raydium-cpmm" | "raydium-amm-v4" | "klend";

export interface OnChainProgram {
	readonly name: ProgramName;
	/** The id under which the real program runs on mainnet; ours runs there on the local chain. */
	readonly programId: Address;
}

/** The programs that the local chain loads besides those built into it. */
export const ON_CHAIN_PROGRAMS: readonly OnChainProgram[] = [
	{ name: "raydium-cpmm", programId: "CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C" as Address },
	{ name: "raydium-amm-v4", programId: "675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8" as Address },
	{ name: "klend", programId: "KLend2g3cP87fffoy8q1mQqGKjrxjC8boSyAYavgmjD" as Address },
];

/** Where the built program of that name is kept. */
export function programPath(name: ProgramName): string {
	return join(import.meta.dirname, "elf", `${name}.so`);
}

/**
 * The built program's bytes, ready to load into a chain.
 *
 * @throws Error naming the fix when it has not been built
 */
export function readProgram(name: ProgramName): Uint8Array {
	try {
		return new Uint8Array(readFileSync(programPath(name)));
	} catch (cause) {
		throw new Error(`program ${name} is not built: run \`node programs/build.ts\` (needs clang 14)`, { cause });
	}
}
