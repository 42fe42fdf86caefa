import { type Draft, named, PAYER, PROGRAM, SYSTEM_KEY, TOKEN_KEY } from "./draft.ts";

const FLAGS_OFFSET = 40;
const REMAINING_OFFSET = 42;
const TOKEN_STATE = 108;
const MINT_INITIALIZED = 45;
const TOKEN_OWNER = 32;
const DISCRIMINATOR = 8;

function replaceKey(draft: Draft, from: Uint8Array, to: Uint8Array): void {
	draft.keys = draft.keys.map((key) => (String(key) === String(from) ? to : key));
}

function exchangeKeys(draft: Draft, first: Uint8Array, second: Uint8Array): void {
	draft.keys = draft.keys.map((key) =>
		String(key) === String(first) ? second : String(key) === String(second) ? first : key,
	);
}

function setRemaining(draft: Draft, bytes: readonly number[]): void {
	draft.data = Uint8Array.from([...draft.data.subarray(0, REMAINING_OFFSET), ...bytes]);
}

function spoil(data: Uint8Array, offset: number): void {
	data[offset] = (data[offset] as number) ^ 0xff;
}

/** What can be wrong with a swap's accounts and bytes; each is applied to an instruction `swap_v2` that is right. */
export const TAMPERINGS = {
	poolOfAnotherProgram: (draft) => {
		draft.pool.owner = TOKEN_KEY;
	},
	poolDiscriminator: (draft) => spoil(draft.pool.data, 0),
	shortPool: (draft) => {
		draft.pool.data = draft.pool.data.slice(0, 652);
	},
	emptyPool: (draft) => {
		draft.pool.data = draft.pool.data.slice(0, DISCRIMINATOR - 1);
	},
	arrayOfAnotherProgram: (draft) => {
		for (const array of draft.arrays) array.owner = TOKEN_KEY;
	},
	arrayDiscriminator: (draft) => {
		for (const array of draft.arrays) spoil(array.data, 0);
	},
	arrayOfAnotherPool: (draft) => {
		for (const array of draft.arrays) spoil(array.data, array.data.length - 1);
	},
	arrayTooShort: (draft) => {
		for (const array of draft.arrays) array.data = array.data.slice(0, -1);
	},
	emptyArray: (draft) => {
		for (const array of draft.arrays) array.data = array.data.slice(0, DISCRIMINATOR - 1);
	},
	readonlyArrays: (draft) => draft.readonlyKeys.push(...draft.arrays.map((array) => array.key)),
	readonlyPool: (draft) => draft.readonlyKeys.push(draft.pool.key),
	readonlyHolding: (draft) => draft.readonlyKeys.push(draft.holdings[0].key),
	readonlyVault: (draft) => draft.readonlyKeys.push(draft.vaults[1].key),
	exchangedVaults: (draft) => exchangeKeys(draft, draft.vaults[0].key, draft.vaults[1].key),
	exchangedHoldings: (draft) => exchangeKeys(draft, draft.holdings[0].key, draft.holdings[1].key),
	exchangedMints: (draft) => exchangeKeys(draft, draft.mints[0].key, draft.mints[1].key),
	mintOfAnotherProgram: (draft) => {
		draft.mints[1].owner = PROGRAM;
	},
	impossibleMint: (draft) => spoil(draft.mints[0].data, MINT_INITIALIZED),
	uninitializedMint: (draft) => {
		draft.mints[0].data[MINT_INITIALIZED] = 0;
	},
	shortMint: (draft) => {
		draft.mints[1].data = draft.mints[1].data.slice(0, -1);
	},
	shortHolding: (draft) => {
		draft.holdings[1].data = draft.holdings[1].data.slice(0, -1);
	},
	uninitializedHolding: (draft) => {
		draft.holdings[0].data[TOKEN_STATE] = 0;
	},
	frozenHolding: (draft) => {
		draft.holdings[0].data[TOKEN_STATE] = 2;
	},
	anothersHolding: (draft) => {
		draft.holdings[0].data.set(named(77), TOKEN_OWNER);
	},
	holdingOfAnotherProgram: (draft) => {
		draft.holdings[1].owner = PROGRAM;
	},
	vaultOfAnotherOwner: (draft) => {
		draft.vaults[0].data.set(named(77), TOKEN_OWNER);
		draft.vaults[1].data.set(named(77), TOKEN_OWNER);
	},
	anotherTokenProgram: (draft) => {
		draft.keys[1] = SYSTEM_KEY;
		draft.readonlyKeys.push(SYSTEM_KEY);
	},
	anotherMemoProgram: (draft) => {
		draft.keys[2] = SYSTEM_KEY;
		draft.readonlyKeys.push(SYSTEM_KEY);
	},
	unsigned: (draft) => replaceKey(draft, PAYER, named(77)),
	anotherOracle: (draft) => replaceKey(draft, draft.oracle.key, named(77)),
	oracleOfAnotherProgram: (draft) => {
		draft.oracle.owner = TOKEN_KEY;
		draft.oracle.data = new Uint8Array(254);
	},
	oracleDiscriminator: (draft) => {
		draft.oracle.owner = PROGRAM;
		draft.oracle.data = new Uint8Array(254);
	},
	emptyOracle: (draft) => {
		draft.oracle.owner = PROGRAM;
		draft.oracle.data = new Uint8Array(1);
	},
	readonlyOracle: (draft) => draft.readonlyKeys.push(draft.oracle.key),
	unknownInstruction: (draft) => spoil(draft.data, 0),
	shortInstruction: (draft) => {
		draft.data = draft.data.slice(0, DISCRIMINATOR - 1);
	},
	shortArguments: (draft) => {
		draft.data = draft.data.slice(0, REMAINING_OFFSET - 1);
	},
	withoutOption: (draft) => setRemaining(draft, []),
	impossibleOption: (draft) => setRemaining(draft, [2]),
	impossibleFlag: (draft) => {
		draft.data[FLAGS_OFFSET] = 2;
	},
	tooFewAccounts: (draft) => draft.keys.splice(-1),
	shortSlices: (draft) => setRemaining(draft, [1, 2, 0, 0, 0, 6, 1]),
	impossibleSlice: (draft) => setRemaining(draft, [1, 1, 0, 0, 0, 13, 0]),
	sliceOfAReward: (draft) => setRemaining(draft, [1, 1, 0, 0, 0, 2, 0]),
	sliceWithoutAccounts: (draft) => setRemaining(draft, [1, 1, 0, 0, 0, 6, 1]),
	emptySlice: (draft) => setRemaining(draft, [1, 1, 0, 0, 0, 6, 0]),
	sliceTwice: (draft) => {
		setRemaining(draft, [1, 2, 0, 0, 0, 6, 1, 6, 1]);
		for (const array of draft.arrays.slice(0, 2)) draft.keys.push(array.key);
	},
	sliceTooLong: (draft) => {
		setRemaining(draft, [1, 1, 0, 0, 0, 6, 4]);
		for (let index = 0; index < 4; index++) draft.keys.push(draft.arrays[0]?.key as Uint8Array);
	},
	hookAccounts: (draft) => {
		setRemaining(draft, [1, 2, 0, 0, 0, 0, 1, 1, 1]);
		draft.keys.push(draft.mints[0].key, draft.mints[1].key);
	},
} as const satisfies Record<string, (draft: Draft) => unknown>;

export type Tampering = keyof typeof TAMPERINGS;
