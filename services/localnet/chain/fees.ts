import {
	COMPUTE_BUDGET_KEY,
	ED25519_PROGRAM_KEY,
	SECP256K1_PROGRAM_KEY,
	SECP256R1_PROGRAM_KEY,
	SYSTEM_PROGRAM_KEY,
	UPGRADEABLE_LOADER_KEY,
} from "./well-known.ts";
import type { WireMessage } from "./wire-transaction.ts";

/** Lamports for each signature (`solana-fee-structure`, `FeeStructure::default`). */
export const LAMPORTS_PER_SIGNATURE = 5_000n;

/** Compute units that a transaction may ask for at most (`solana-compute-budget`, `MAX_COMPUTE_UNIT_LIMIT`). */
const MAX_COMPUTE_UNITS = 1_400_000n;
/** Compute units granted to each instruction of an ordinary program without a request (`DEFAULT_INSTRUCTION_…`). */
const DEFAULT_INSTRUCTION_UNITS = 200_000n;
/** … and of a built-in program (`MAX_BUILTIN_ALLOCATION_COMPUTE_UNIT_LIMIT`). */
const BUILTIN_INSTRUCTION_UNITS = 3_000n;
const MICRO_LAMPORTS = 1_000_000n;

const PRECOMPILES: ReadonlySet<string> = new Set([ED25519_PROGRAM_KEY, SECP256K1_PROGRAM_KEY, SECP256R1_PROGRAM_KEY]);
const BUILTINS: ReadonlySet<string> = new Set([
	SYSTEM_PROGRAM_KEY,
	COMPUTE_BUDGET_KEY,
	UPGRADEABLE_LOADER_KEY,
	ED25519_PROGRAM_KEY,
	SECP256K1_PROGRAM_KEY,
]);

const TAG_SET_UNIT_LIMIT = 2;
const TAG_SET_UNIT_PRICE = 3;

/** What a message offers for a compute unit, micro-lamports; 0 when it names no price. */
export function computeUnitPriceOf({ accountKeys, instructions }: WireMessage): bigint {
	let price = 0n;
	for (const { programIdIndex, data } of instructions) {
		if (accountKeys[programIdIndex] !== COMPUTE_BUDGET_KEY) continue;
		if (data[0] === TAG_SET_UNIT_PRICE && data.length >= 9) price = data.readBigUInt64LE(1);
	}
	return price;
}

/**
 * What a message would be charged: signatures plus the priority fee, rounded up to a lamport (`solana-fee`,
 * `calculate_fee`; `compute-budget-instruction`). Landed transactions do not need it: their fee is what their accounts lost.
 */
export function feeLamportsOf(message: WireMessage): bigint {
	let signatures = BigInt(message.requiredSignatures);
	let requestedUnits: bigint | null = null;
	let defaultUnits = 0n;
	let microLamportsPerUnit = 0n;
	for (const { programIdIndex, data } of message.instructions) {
		const program = message.accountKeys[programIdIndex]!;
		if (PRECOMPILES.has(program)) signatures += BigInt(data[0] ?? 0);
		defaultUnits += BUILTINS.has(program) ? BUILTIN_INSTRUCTION_UNITS : DEFAULT_INSTRUCTION_UNITS;
		if (program !== COMPUTE_BUDGET_KEY) continue;
		if (data[0] === TAG_SET_UNIT_LIMIT && data.length >= 5) requestedUnits = BigInt(data.readUInt32LE(1));
		if (data[0] === TAG_SET_UNIT_PRICE && data.length >= 9) microLamportsPerUnit = data.readBigUInt64LE(1);
	}
	const wanted = requestedUnits ?? defaultUnits;
	const units = wanted < MAX_COMPUTE_UNITS ? wanted : MAX_COMPUTE_UNITS;
	const priority = (units * microLamportsPerUnit + MICRO_LAMPORTS - 1n) / MICRO_LAMPORTS;
	return signatures * LAMPORTS_PER_SIGNATURE + priority;
}
