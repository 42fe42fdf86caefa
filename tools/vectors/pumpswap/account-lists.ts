import { createRequire } from "node:module";

/** The accounts that the official client names in a swap of one kind of pool: "S" signs, "W" or "R", then the address. */
export interface AccountList {
	readonly direction: "aToB" | "bToA";
	readonly hasCreator: boolean;
	readonly isCashbackCoin: boolean;
	readonly isMayhemMode: boolean;
	readonly data: string;
	readonly accounts: readonly string[];
}

/** A fixed key for each use: 32 times that byte. The project's tests write the same. */
export const KEYS = {
	protocolRecipient: 40,
	reservedRecipient: 41,
	buybackRecipient: 42,
	creator: 9,
	coinCreator: 7,
	baseMint: 20,
	lpMint: 21,
	vaultA: 22,
	vaultB: 23,
	pool: 24,
	user: 25,
	userBase: 26,
	userQuote: 27,
} as const;
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const WRAPPED_SOL = "So11111111111111111111111111111111111111112";
const RECIPIENTS = 8;

interface Key {
	toBase58(): string;
}
interface Keys {
	new (from: string | Buffer): Key;
	readonly default: Key;
}
interface ClientInstruction {
	readonly programId: Key;
	readonly data: Buffer;
	readonly keys: readonly { readonly pubkey: Key; readonly isSigner: boolean; readonly isWritable: boolean }[];
}
type Build = (state: unknown, first: unknown, second: unknown) => Promise<readonly ClientInstruction[]>;
interface Sdk {
	readonly PUMP_AMM_PROGRAM_ID: Key;
	readonly PUMP_AMM_SDK: { buyInstructions: Build; sellInstructions: Build };
}

/** Of pools with and without creator, cashback and mayhem mode, both ways. The buy is `buy`: its accounts are the same. */
export async function accountLists(folder: string): Promise<AccountList[]> {
	const load = createRequire(`${folder}/package.json`);
	const sdk = load("@pump-fun/pump-swap-sdk") as Sdk;
	const { PublicKey } = load("@solana/web3.js") as { readonly PublicKey: Keys };
	const Big = load("bn.js") as new (value: number) => unknown;
	const lists: AccountList[] = [];
	for (const kind of [0, 1, 2, 3, 4, 5, 6, 7]) {
		const [hasCreator, isCashbackCoin, isMayhemMode] = [(kind & 1) !== 0, (kind & 2) !== 0, (kind & 4) !== 0];
		const state = swapState(PublicKey, { hasCreator, isCashbackCoin, isMayhemMode }, new Big(0));
		for (const direction of ["aToB", "bToA"] as const) {
			const client = sdk.PUMP_AMM_SDK;
			const [first, second] = [new Big(5), new Big(6)];
			const all =
				direction === "aToB"
					? await client.sellInstructions(state, first, second)
					: await client.buyInstructions(state, first, second);
			const own = all.find(({ programId }) => programId.toBase58() === sdk.PUMP_AMM_PROGRAM_ID.toBase58());
			if (own === undefined) throw new Error("the client built no instruction of its program");
			const accounts = own.keys.map(
				({ pubkey, isSigner, isWritable }) => `${isSigner ? "S" : ""}${isWritable ? "W" : "R"}${pubkey.toBase58()}`,
			);
			const data = own.data.toString("hex");
			lists.push({ direction, hasCreator, isCashbackCoin, isMayhemMode, data, accounts });
		}
	}
	return lists;
}

interface Kind {
	readonly hasCreator: boolean;
	readonly isCashbackCoin: boolean;
	readonly isMayhemMode: boolean;
}

function swapState(PublicKey: Keys, { hasCreator, ...flags }: Kind, zero: unknown): unknown {
	const key = (byte: number) => new PublicKey(Buffer.alloc(32, byte));
	const token = new PublicKey(TOKEN);
	const holding = { owner: token, data: Buffer.alloc(165) };
	return {
		globalConfig: {
			protocolFeeRecipients: Array(RECIPIENTS).fill(key(KEYS.protocolRecipient)),
			reservedFeeRecipient: key(KEYS.reservedRecipient),
			reservedFeeRecipients: Array(RECIPIENTS - 1).fill(key(KEYS.reservedRecipient)),
			buybackFeeRecipients: Array(RECIPIENTS).fill(key(KEYS.buybackRecipient)),
		},
		feeConfig: null,
		poolKey: key(KEYS.pool),
		poolAccountInfo: { owner: token, data: Buffer.alloc(300) },
		pool: {
			...flags,
			creator: key(KEYS.creator),
			baseMint: key(KEYS.baseMint),
			quoteMint: new PublicKey(WRAPPED_SOL),
			lpMint: key(KEYS.lpMint),
			poolBaseTokenAccount: key(KEYS.vaultA),
			poolQuoteTokenAccount: key(KEYS.vaultB),
			coinCreator: hasCreator ? key(KEYS.coinCreator) : PublicKey.default,
			virtualQuoteReserves: zero,
			creatorFeeBps: zero,
		},
		poolBaseAmount: zero,
		poolQuoteAmount: zero,
		baseTokenProgram: token,
		quoteTokenProgram: token,
		user: key(KEYS.user),
		userBaseTokenAccount: key(KEYS.userBase),
		userQuoteTokenAccount: key(KEYS.userQuote),
		userBaseAccountInfo: holding,
		userQuoteAccountInfo: holding,
	};
}
