import { expect, test } from "@jest/globals";
import { SignerPolicy } from "../../../../core/execution/signer-policy.ts";
import type { Blockhash } from "../../../../core/types/identifiers.ts";
import { Wallet } from "../../../../libs/solana/keypair.ts";
import { memo } from "../../../../libs/solana/memo.ts";
import { compileMessage } from "../../../../libs/solana/message-template.ts";
import { PolicedWallet, PolicyViolation } from "../../../../libs/solana/policed-wallet.ts";
import { anyAddress } from "./example-route.ts";

const NOTHING = { ownAccounts: new Map(), counterparties: new Set<never>(), lookupTables: new Map() };

function guarded(maxHourlySignatures: number) {
	const signed: Uint8Array[] = [];
	const wallet = new Wallet(new Uint8Array(32).fill(7), {
		by: "node:crypto",
		sign: (message) => void signed.push(message),
	});
	const policy = new SignerPolicy({
		maxFeeLamports: 5_000n,
		maxTipLamports: 0n,
		maxHourlyLamports: 1_000_000n,
		maxHourlySignatures,
		notional: new Map(),
		tipAccounts: new Set(),
	});
	const clock = { epochMicros: () => 0, monotonicMicros: () => 0 };
	return { signed, wallet: new PolicedWallet({ wallet, policy, clock }) };
}

function messageOf(text: string, wallet: PolicedWallet): Uint8Array {
	return compileMessage({
		instructions: [memo(text)],
		feePayer: wallet.address,
		blockhash: anyAddress() as string as Blockhash,
		lastValidBlockHeight: 1,
	});
}

test("the key is not touched for a shape that is not allowed, another shape, or one signature too many", () => {
	const { wallet, signed } = guarded(1);
	expect(() => wallet.check(new Uint8Array(8), NOTHING)).toThrow(PolicyViolation);
	const message = messageOf("one", wallet);
	const checked = wallet.check(message, NOTHING);
	expect(() => wallet.sign(messageOf("longer", wallet), new Uint8Array(64), checked)).toThrow(/not the one/);
	expect(signed).toEqual([]);
	wallet.sign(message, new Uint8Array(64), checked);
	expect(() => wallet.sign(message, new Uint8Array(64), checked)).toThrow(/1 signatures were made/);
	expect(signed).toEqual([message]);
});
