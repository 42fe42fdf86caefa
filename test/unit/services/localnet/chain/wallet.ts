import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Address } from "../../../../../core/types/address.ts";
import type { Clock } from "../../../../../core/types/clock.ts";
import type { Signature } from "../../../../../core/types/identifiers.ts";
import { Chain, type ChainOptions } from "../../../../../services/localnet/chain/chain.ts";
import {
	type AccountKey,
	accountKeyOf,
	addressOf,
	bytesOfKey,
	parseBlockhashKey,
	parseSignatureKey,
	requireAccountKey,
} from "../../../../../services/localnet/chain/keys.ts";
import type { Landed, SendOutcome, SignatureStatus } from "../../../../../services/localnet/chain/types.ts";
import { SYSTEM_PROGRAM_KEY, TOKEN_PROGRAM_KEY } from "../../../../../services/localnet/chain/well-known.ts";

export interface TestClock extends Clock {
	seconds: number;
}

/** A clock that stands still until it is moved. */
export function testClock(seconds = 1_700_000_000): TestClock {
	return {
		seconds,
		epochMicros() {
			return this.seconds * 1_000_000;
		},
		monotonicMicros() {
			return this.seconds * 1_000_000;
		},
	};
}

export function openChain(options: Partial<ChainOptions> = {}): Chain {
	return Chain.open({ dataFolder: null, slotDurationMs: 400, genesisSeed: "unit", clock: testClock(), ...options });
}

/** What the chain knows of a transaction, however old. */
export function statusOf(chain: Chain, signature: Signature): SignatureStatus | null {
	const key = parseSignatureKey(signature);
	return key === null ? null : chain.knownStatus(key);
}

export interface Wallet {
	readonly key: AccountKey;
	readonly address: Address;
	readonly privateKey: KeyObject;
}

export function newWallet(): Wallet {
	const { publicKey, privateKey } = generateKeyPairSync("ed25519");
	const spki = publicKey.export({ format: "der", type: "spki" });
	const key = accountKeyOf(spki.subarray(-32));
	return { key, address: addressOf(key), privateKey };
}

/** A wallet with lamports of its own. */
export function fundedWallet(chain: Chain, lamports = 10_000_000_000n): Wallet {
	const wallet = newWallet();
	chain.setAccount(wallet.address, { lamports, owner: addressOf(SYSTEM_PROGRAM_KEY), data: new Uint8Array() });
	return wallet;
}

export interface TestInstruction {
	readonly program: AccountKey;
	readonly accounts: readonly { readonly key: AccountKey; readonly signer?: boolean; readonly writable?: boolean }[];
	readonly data: Uint8Array;
}

export interface TestLookup {
	readonly table: AccountKey;
	readonly writable: readonly number[];
	readonly readonly: readonly number[];
	/** The addresses behind the indexes, in that order: writable ones first. */
	readonly keys: readonly AccountKey[];
}

/** A signed transaction; version 0 when it has lookups or `version` says so. The first signer pays. */
export function signedTransaction(options: {
	readonly chain: Chain;
	readonly signers: readonly Wallet[];
	readonly instructions: readonly TestInstruction[];
	readonly version?: 0;
	readonly lookup?: TestLookup;
	readonly blockhash?: string;
}): Buffer {
	const { chain, signers, instructions, lookup } = options;
	const blockhash = options.blockhash ?? chain.latestBlockhash("processed").blockhash;
	const loaded = new Set(lookup?.keys ?? []);
	const roles = new Map<AccountKey, { signer: boolean; writable: boolean }>();
	const note = (key: AccountKey, signer: boolean, writable: boolean) => {
		if (loaded.has(key)) return;
		const role = roles.get(key) ?? { signer: false, writable: false };
		roles.set(key, { signer: role.signer || signer, writable: role.writable || writable });
	};
	for (const wallet of signers) note(wallet.key, true, true);
	for (const { program, accounts } of instructions) {
		for (const { key, signer, writable } of accounts) note(key, signer ?? false, writable ?? false);
		note(program, false, false);
	}
	const rank = ({ signer, writable }: { signer: boolean; writable: boolean }) => (signer ? 0 : 2) + (writable ? 0 : 1);
	const payer = signers[0]!.key;
	const statics = [...roles].sort(([a, x], [b, y]) => Number(b === payer) - Number(a === payer) || rank(x) - rank(y));
	const count = (wanted: (role: { signer: boolean; writable: boolean }) => boolean) =>
		statics.filter(([, role]) => wanted(role)).length;
	const keys = [...statics.map(([key]) => key), ...(lookup?.keys ?? [])];
	const isVersioned = options.version === 0 || lookup !== undefined;
	const message = Buffer.concat([
		isVersioned ? Buffer.of(0x80) : Buffer.alloc(0),
		Buffer.of(
			count((r) => r.signer),
			count((r) => r.signer && !r.writable),
			count((r) => !r.signer && !r.writable),
		),
		Buffer.of(statics.length),
		...statics.map(([key]) => bytesOfKey(key)),
		bytesOfKey(parseBlockhashKey(blockhash)!),
		Buffer.of(instructions.length),
		...instructions.flatMap(({ program, accounts, data }) => [
			Buffer.of(keys.indexOf(program), accounts.length, ...accounts.map(({ key }) => keys.indexOf(key))),
			shortLength(data.length),
			data,
		]),
		...(isVersioned ? [Buffer.of(lookup === undefined ? 0 : 1)] : []),
		...(lookup === undefined
			? []
			: [
					bytesOfKey(lookup.table),
					Buffer.of(lookup.writable.length, ...lookup.writable),
					Buffer.of(lookup.readonly.length, ...lookup.readonly),
				]),
	]);
	const signing = statics.filter(([, role]) => role.signer).map(([key]) => signers.find((one) => one.key === key)!);
	const signatures = signing.map(({ privateKey }) => sign(null, message, privateKey));
	return Buffer.concat([Buffer.of(signatures.length), ...signatures, message]);
}

function shortLength(length: number): Buffer {
	return length < 0x80 ? Buffer.of(length) : Buffer.of((length & 0x7f) | 0x80, length >> 7);
}

export function transfer(from: Wallet, to: AccountKey, lamports: bigint): TestInstruction {
	const data = Buffer.alloc(12);
	data.writeUInt32LE(2, 0);
	data.writeBigUInt64LE(lamports, 4);
	const accounts = [
		{ key: from.key, signer: true, writable: true },
		{ key: to, writable: true },
	];
	return { program: SYSTEM_PROGRAM_KEY, accounts, data };
}

/** A signed transfer of one lamport amount; distinct amounts make distinct transactions. */
export function signedTransfer(chain: Chain, from: Wallet, to: AccountKey, lamports: bigint): Buffer {
	return signedTransaction({ chain, signers: [from], instructions: [transfer(from, to, lamports)] });
}

export function landed(outcome: SendOutcome): Landed {
	if (!outcome.landed) throw new Error(`refused: ${outcome.code}: ${outcome.message}`);
	return outcome;
}

/** The 165 bytes of an initialized token account. */
export function tokenAccountData(mint: AccountKey, owner: AccountKey, amount: bigint): Buffer {
	const data = Buffer.alloc(165);
	bytesOfKey(mint).copy(data, 0);
	bytesOfKey(owner).copy(data, 32);
	data.writeBigUInt64LE(amount, 64);
	data[108] = 1;
	return data;
}

/** The 82 bytes of an initialized mint. */
export function mintData(supply: bigint, decimals: number): Buffer {
	const data = Buffer.alloc(82);
	data.writeBigUInt64LE(supply, 36);
	data[44] = decimals;
	data[45] = 1;
	return data;
}

export function putTokenAccount(chain: Chain, mint: AccountKey, owner: AccountKey, amount: bigint): AccountKey {
	const { key, address } = newWallet();
	const data = tokenAccountData(mint, owner, amount);
	chain.setAccount(address, { lamports: 2_039_280n, owner: addressOf(TOKEN_PROGRAM_KEY), data });
	return key;
}

export function putMint(chain: Chain, supply: bigint, decimals: number): AccountKey {
	const { key, address } = newWallet();
	chain.setAccount(address, {
		lamports: 1_461_600n,
		owner: addressOf(TOKEN_PROGRAM_KEY),
		data: mintData(supply, decimals),
	});
	return key;
}

/** SPL Token `Transfer` (tag 3). */
export function tokenTransfer(from: AccountKey, to: AccountKey, owner: Wallet, amount: bigint): TestInstruction {
	const data = Buffer.alloc(9);
	data[0] = 3;
	data.writeBigUInt64LE(amount, 1);
	const accounts = [
		{ key: from, writable: true },
		{ key: to, writable: true },
		{ key: owner.key, signer: true },
	];
	return { program: TOKEN_PROGRAM_KEY, accounts, data };
}

export const SYSTEM_ADDRESS = addressOf(SYSTEM_PROGRAM_KEY);
export const CLOCK_KEY = requireAccountKey("SysvarC1ock11111111111111111111111111111111");
