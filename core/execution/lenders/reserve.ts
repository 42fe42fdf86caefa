import type { Address } from "../../types/address.ts";
import type { Result } from "../../types/result.ts";
import {
	type FlashLender,
	type LenderKind,
	type ReserveAccount,
	type ReserveError,
	refuseReserve,
} from "../flash-loan.ts";
import { KLEND_PROGRAM, RESERVE_OFFSET, RESERVE_SIZE } from "./klend/layout.ts";
import { decodeKlendReserve } from "./klend/reserve.ts";
import { SOLEND_PROGRAM, SOLEND_RESERVE_OFFSET, SOLEND_RESERVE_SIZE } from "./solend/layout.ts";
import { decodeSolendReserve } from "./solend/reserve.ts";

/** What finding and reading a reserve of one lending program takes. */
export interface LenderProgram {
	readonly kind: LenderKind;
	readonly program: Address;
	readonly reserveSize: number;
	readonly lendingMarketOffset: number;
	/**
	 * Text that stands before the lending market in the seeds of the address that the market signs with (Kamino klend,
	 * utils/seeds.rs `LENDING_MARKET_AUTH`; Solend token-lending/sdk/src/instruction.rs: the market alone).
	 */
	readonly authoritySeeds: readonly string[];
	/** Of an account of this program and size. */
	readonly decode: (account: ReserveAccount) => Result<FlashLender, ReserveError>;
}

const LENDER_PROGRAMS: readonly LenderProgram[] = [
	{
		kind: "klend",
		program: KLEND_PROGRAM,
		reserveSize: RESERVE_SIZE,
		lendingMarketOffset: RESERVE_OFFSET.lendingMarket,
		authoritySeeds: ["lma"],
		decode: decodeKlendReserve,
	},
	{
		kind: "solend",
		program: SOLEND_PROGRAM,
		reserveSize: SOLEND_RESERVE_SIZE,
		lendingMarketOffset: SOLEND_RESERVE_OFFSET.lendingMarket,
		authoritySeeds: [],
		decode: decodeSolendReserve,
	},
];

/** The lending program of that address, or undefined: nobody whom we can borrow from. */
export function lenderProgramOf(owner: Address): LenderProgram | undefined {
	return LENDER_PROGRAMS.find(({ program }) => program === owner);
}

/** Reads a lender from a reserve account of any program that we can borrow from. */
export function decodeReserve(account: ReserveAccount): Result<FlashLender, ReserveError> {
	const { address, owner, data } = account;
	const program = lenderProgramOf(owner);
	if (!program) {
		return refuseReserve("wrongOwner", `reserve ${address} is owned by ${owner}, which is no lender`);
	}
	if (data.length !== program.reserveSize) {
		return refuseReserve("wrongSize", `reserve ${address} has ${data.length} bytes, expected ${program.reserveSize}`);
	}
	return program.decode(account);
}
