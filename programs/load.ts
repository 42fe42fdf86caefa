import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KLEND_PROGRAM } from "../core/execution/lenders/klend/layout.ts";
import { SOLEND_PROGRAM } from "../core/execution/lenders/solend/layout.ts";
import { DAMM_V2_PROGRAM } from "../core/market/venues/meteora-damm-v2/pool-account.ts";
import { WHIRLPOOL_PROGRAM } from "../core/market/venues/orca-whirlpool/accounts.ts";
import { RAYDIUM_AMM_V4_PROGRAM } from "../core/market/venues/raydium-amm-v4/layout.ts";
import { RAYDIUM_CPMM_PROGRAM } from "../core/market/venues/raydium-cpmm/layout.ts";
import type { Address } from "../core/types/address.ts";

export type ProgramName = "raydium-cpmm" | "raydium-amm-v4" | "klend" | "solend" | "orca-whirlpool" | "meteora-damm-v2";

export interface OnChainProgram {
	readonly name: ProgramName;
	/** The id under which the real program runs on mainnet; ours runs there on the local chain. */
	readonly programId: Address;
}

/** The programs that the local chain loads besides those built into it. */
export const ON_CHAIN_PROGRAMS: readonly OnChainProgram[] = [
	{ name: "raydium-cpmm", programId: RAYDIUM_CPMM_PROGRAM },
	{ name: "raydium-amm-v4", programId: RAYDIUM_AMM_V4_PROGRAM },
	{ name: "klend", programId: KLEND_PROGRAM },
	{ name: "solend", programId: SOLEND_PROGRAM },
	{ name: "orca-whirlpool", programId: WHIRLPOOL_PROGRAM },
	{ name: "meteora-damm-v2", programId: DAMM_V2_PROGRAM },
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
