import { describe, expect, test } from "@jest/globals";
import type { Address } from "@solana/web3.js";
import { getMintDecoder, getTokenDecoder } from "@solana-program/token";
import { LiteSVM } from "litesvm";
import {
	MINT_SIZE,
	mintAccount,
	NATIVE_MINT,
	rentExemptLamports,
	TOKEN_ACCOUNT_SIZE,
	tokenAccount,
} from "../../../../../services/localnet/genesis/token.ts";

const address = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
const mint = "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263" as Address;
const owner = "5Q544fKrFoe6tsEbD7S8EmxGTJYAKtTVhAW5Q5pge4j1" as Address;
const token2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;

describe("genesis token accounts", () => {
	test("are read back by the token program's own client", () => {
		const account = tokenAccount({ address, mint, owner, amount: 123n });
		expect(account.owner).toBe("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
		expect(account.lamports).toBe(2_039_280n);
		expect(getTokenDecoder().decode(account.data)).toMatchObject({
			mint,
			owner,
			amount: 123n,
			state: 1,
			delegate: { __option: "None" },
			isNative: { __option: "None" },
			closeAuthority: { __option: "None" },
		});
	});

	test("back wrapped SOL by lamports", () => {
		const account = tokenAccount({ address, mint: NATIVE_MINT, owner, amount: 5_000n });
		expect(account.lamports).toBe(2_039_280n + 5_000n);
		expect(getTokenDecoder().decode(account.data).isNative).toEqual({ __option: "Some", value: 2_039_280n });
	});

	test("belong to the token program that is named", () => {
		expect(tokenAccount({ address, mint, owner, amount: 1n, tokenProgram: token2022 }).owner).toBe(token2022);
		expect(mintAccount({ address, decimals: 1, supply: 1n, tokenProgram: token2022 }).owner).toBe(token2022);
	});
});

test("genesis mints are read back by the token program's own client", () => {
	const fixed = mintAccount({ address, decimals: 5, supply: 9n });
	expect(getMintDecoder().decode(fixed.data)).toMatchObject({
		decimals: 5,
		supply: 9n,
		isInitialized: true,
		mintAuthority: { __option: "None" },
		freezeAuthority: { __option: "None" },
	});
	const open = mintAccount({ address, decimals: 5, supply: 9n, mintAuthority: owner });
	expect(getMintDecoder().decode(open.data).mintAuthority).toEqual({ __option: "Some", value: owner });
});

test("rent is the chain's own", () => {
	const chain = new LiteSVM();
	for (const size of [0, MINT_SIZE, TOKEN_ACCOUNT_SIZE, 8_624]) {
		expect(rentExemptLamports(size)).toBe(chain.minimumBalanceForRentExemption(BigInt(size)));
	}
});
