import { AccountRole, type Address, address, getAddressEncoder, isSignerRole, isWritableRole } from "@solana/web3.js";
import { Account, Clock } from "litesvm";
import { LiteSvm } from "litesvm/dist/internal.js";
import { encodeBase58 } from "../../../core/types/base58.ts";

/** An instruction as the project's pure builders return it. */
export interface PlainInstruction {
	readonly programAddress: Address;
	readonly accounts: readonly { readonly address: Address; readonly role: AccountRole }[];
	readonly data: Uint8Array;
}

/** An unsigned transaction's bytes, and where each instruction's data stands in them, for patching. */
export interface WireTransaction {
	readonly bytes: Uint8Array;
	readonly dataOffsets: readonly number[];
}

/** `error` is a custom error's number, or the runtime's own name or number of it. */
export type Outcome =
	| { readonly ok: true; readonly computeUnits: number; readonly logs: readonly string[] }
	| { readonly ok: false; readonly error: number | string; readonly logs: readonly string[] };

const addressEncoder = getAddressEncoder();
const RENT_EXEMPT_LAMPORTS = 1_000_000_000n;
/** Names of LiteSVM's `InstructionErrorFieldless`, as far as the tests meet them. */
const RUNTIME_ERRORS: Readonly<Record<number, string>> = {
	1: "InvalidArgument",
	2: "InvalidInstructionData",
	3: "InvalidAccountData",
	6: "IncorrectProgramId",
	7: "MissingRequiredSignature",
	9: "UninitializedAccount",
	15: "ReadonlyDataModified",
	19: "NotEnoughAccountKeys",
	31: "MissingAccount",
	34: "InvalidSeeds",
	37: "PrivilegeEscalation",
	38: "ProgramEnvironmentSetupFailure",
	39: "ProgramFailedToComplete",
	40: "ProgramFailedToCompile",
	46: "UnsupportedSysvar",
};

/** Bytes of an address. Addresses in these tests are few: memoised by the caller where it matters. */
export function addressBytes(of: Address): Uint8Array {
	return new Uint8Array(addressEncoder.encode(of));
}

/** A distinct, off-program address for each number. */
export function testAddress(seed: number): Address {
	const bytes = new Uint8Array(32).fill(seed & 0xff);
	new DataView(bytes.buffer).setUint32(0, seed + 1, true);
	return address(encodeBase58(bytes));
}

/** The embedded virtual machine by bytes: no signatures, no blockhash window, no history; nothing else is relaxed. */
export class VirtualMachine {
	readonly #svm = new LiteSvm();

	constructor() {
		this.#svm.setSigverify(false);
		this.#svm.setBlockhashCheck(false);
		this.#svm.setTransactionHistory(0n);
	}

	addProgram(programId: Address, elf: Uint8Array): void {
		this.#svm.addProgram(addressBytes(programId), elf);
	}

	setAccount(of: Address, owner: Address, data: Uint8Array, lamports = RENT_EXEMPT_LAMPORTS): void {
		this.setAccountBytes(addressBytes(of), addressBytes(owner), data, lamports);
	}

	setAccountBytes(of: Uint8Array, owner: Uint8Array, data: Uint8Array, lamports = RENT_EXEMPT_LAMPORTS): void {
		this.#svm.setAccount(of, new Account(lamports, data, owner, false, 0n));
	}

	accountData(of: Uint8Array): Uint8Array {
		const account = this.#svm.getAccount(of);
		if (account === null) throw new Error("the account does not exist");
		return account.data();
	}

	setUnixTimestamp(seconds: bigint): void {
		this.#svm.setClock(new Clock(1_000n, 0n, 7n, 8n, seconds));
	}

	send(transaction: WireTransaction): Outcome {
		const result = this.#svm.sendVersionedTransaction(transaction.bytes);
		if (!("err" in result)) {
			return { ok: true, computeUnits: Number(result.computeUnitsConsumed()), logs: result.logs() };
		}
		const logs = result.meta().logs();
		const error = result.err();
		if (typeof error === "number") return { ok: false, error: `transaction error ${error}`, logs };
		const inner = (error as { err?: () => unknown }).err?.();
		if (typeof inner === "number") return { ok: false, error: RUNTIME_ERRORS[inner] ?? `runtime error ${inner}`, logs };
		return { ok: false, error: (inner as { code?: number } | undefined)?.code ?? String(error), logs };
	}
}

/** Compiles instructions into one legacy transaction with an empty signature. `payer` signs and pays. */
export function wireTransaction(payer: Address, instructions: readonly PlainInstruction[]): WireTransaction {
	const roles = new Map<Address, AccountRole>([[payer, AccountRole.WRITABLE_SIGNER]]);
	for (const instruction of instructions) {
		for (const { address: of, role } of instruction.accounts) roles.set(of, (roles.get(of) ?? 0) | role);
		if (!roles.has(instruction.programAddress)) roles.set(instruction.programAddress, AccountRole.READONLY);
	}
	// Roles are bits (signer 2, writable 1): the order that a message wants is their descending order, payer first.
	const keys = [...roles].sort(([, first], [, second]) => second - first).map(([of]) => of);
	keys.splice(keys.indexOf(payer), 1);
	keys.unshift(payer);
	const all = [...roles.values()];
	const signers = all.filter(isSignerRole).length;
	const bytes: number[] = [...compact(signers), ...new Array<number>(64 * signers).fill(0)];
	bytes.push(signers, all.filter((role) => isSignerRole(role) && !isWritableRole(role)).length);
	bytes.push(all.filter((role) => !isSignerRole(role) && !isWritableRole(role)).length);
	bytes.push(...compact(keys.length), ...keys.flatMap((key) => [...addressBytes(key)]));
	bytes.push(...new Array<number>(32).fill(1), ...compact(instructions.length));
	const dataOffsets = instructions.map((instruction) => {
		bytes.push(keys.indexOf(instruction.programAddress), ...compact(instruction.accounts.length));
		bytes.push(...instruction.accounts.map(({ address: of }) => keys.indexOf(of)), ...compact(instruction.data.length));
		const offset = bytes.length;
		bytes.push(...instruction.data);
		return offset;
	});
	return { bytes: Uint8Array.from(bytes), dataOffsets };
}

/** A plain token account's 165 bytes (SPL Token, `state::Account`), initialized. */
export function tokenAccountData(mint: Address, owner: Address, amount: bigint): Uint8Array {
	const data = new Uint8Array(165);
	data.set(addressBytes(mint), 0);
	data.set(addressBytes(owner), 32);
	new DataView(data.buffer).setBigUint64(64, amount, true);
	data[108] = 1;
	return data;
}

/** A plain mint's 82 bytes (SPL Token, `state::Mint`), initialized, without authorities. */
export function mintData(decimals: number, supply: bigint): Uint8Array {
	const data = new Uint8Array(82);
	new DataView(data.buffer).setBigUint64(36, supply, true);
	data[44] = decimals;
	data[45] = 1;
	return data;
}

function compact(length: number): number[] {
	return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
}
