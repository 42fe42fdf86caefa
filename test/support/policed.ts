import { SignerPolicy } from "../../core/execution/signer-policy.ts";
import type { Address } from "../../core/types/address.ts";
import { systemClock } from "../../libs/clock.ts";
import type { Wallet } from "../../libs/solana/keypair.ts";
import { PolicedWallet } from "../../libs/solana/policed-wallet.ts";

/** So high that nothing reaches it. */
const NO_LIMIT = 2n ** 120n;

/** A wallet whose policy looks at shapes, and sets no limit to amounts. */
export function policed(wallet: Wallet, mints: readonly Address[], tipAccounts: readonly Address[] = []) {
	const cap = { perTransaction: NO_LIMIT, perHour: NO_LIMIT };
	const policy = new SignerPolicy({
		maxFeeLamports: NO_LIMIT,
		maxTipLamports: NO_LIMIT,
		maxHourlyLamports: NO_LIMIT,
		maxHourlySignatures: Number.MAX_SAFE_INTEGER,
		notional: new Map(mints.map((mint) => [mint, cap])),
		tipAccounts: new Set(tipAccounts),
	});
	return new PolicedWallet({ wallet, policy, clock: systemClock });
}
